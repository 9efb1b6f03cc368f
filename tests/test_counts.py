"""Counts that no memory holds: an error at the call that names the argument, or no more made than is needed."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.counts import MOST
from glbackend.base.errors import GlbackendError
from glbackend.layers.layer import LAYERS

HUGE = [2**40, 2**63, 10**30]
LAYER_COUNTS = [  # class, other arguments, the count
    ("Dense", {}, "units"),
    ("Embedding", {"input_dim": 3}, "output_dim"),
    ("RepeatVector", {}, "n"),
    ("Conv2D", {"kernel_size": 1}, "filters"),
    ("UpSampling1D", {}, "size"),
    ("UpSampling3D", {}, "size"),
    ("AdaptiveMaxPooling1D", {}, "output_size"),
    ("AdaptiveAveragePooling2D", {}, "output_size"),
    ("Resizing", {"height": 1}, "width"),
    ("CenterCrop", {"height": 1}, "width"),
    ("RandomCrop", {"height": 1}, "width"),
    ("CategoryEncoding", {}, "num_tokens"),
    ("Hashing", {}, "num_bins"),
    ("Discretization", {}, "num_bins"),
    ("TextVectorization", {}, "ngrams"),
    ("TextVectorization", {}, "output_sequence_length"),
    ("MultiHeadAttention", {"key_dim": 2}, "num_heads"),
    ("LSTM", {}, "units"),
    ("GroupNormalization", {}, "groups"),
]


@pytest.mark.parametrize("huge", HUGE)
@pytest.mark.parametrize(("kind", "options", "count"), LAYER_COUNTS, ids=lambda one: str(one)[:30])
def test_layers(kind: str, options: dict[str, Any], count: str, huge: int) -> None:
    with pytest.raises(GlbackendError, match=count):
        LAYERS.find(kind).thing(**{count: huge}, **options)


CALLS: list[tuple[str, Callable[[int], Any], str]] = [
    ("auc", lambda n: gl.metrics.AUC(num_thresholds=n), "num_thresholds must be at most"),
    ("recall", lambda n: gl.metrics.RecallAtPrecision(0.5, num_thresholds=n), "num_thresholds must be at most"),
    ("iou", lambda n: gl.metrics.MeanIoU(num_classes=n), "num_classes must be at most"),
    ("confusion", lambda n: gl.metrics.ConfusionMatrix(num_classes=n), "num_classes must be at most"),
    ("categorical", lambda n: gl.to_categorical([0, 1], n), f"more than {MOST} numbers"),
    ("class", lambda n: gl.to_categorical([n]), "."),
    ("maxlen", lambda n: gl.pad_sequences([[1], [2]], maxlen=n), "pad_sequences: maxlen must be at most"),
    ("map", lambda n: gl.data.array([1]).map(abs, num_parallel_calls=n), "num_parallel_calls must be at most"),
    ("summary", lambda n: gl.sequential([gl.layers.dense(units=1, input_shape=[1])]).summary(n), "line_length"),
    ("weights", lambda n: gl.layers.dense(units=MOST, kernel_initializer="zeros")(gl.ones([1, n // n + 1])), "has more"),
]  # fmt: skip


@pytest.mark.parametrize("huge", HUGE)
@pytest.mark.parametrize(("call", "said"), [one[1:] for one in CALLS], ids=[one[0] for one in CALLS])
def test_calls(call: Callable[[int], Any], said: str, huge: int) -> None:
    with pytest.raises(GlbackendError, match=said):
        call(huge)


def test_ngrams_are_no_more_than_the_words() -> None:
    layer = gl.layers.text_vectorization(ngrams=2**31 - 1, vocabulary=["a b c", "b c", "a"])
    assert layer(gl.tensor(["a b c"])).numpy().tolist() == [[4, 1, 1, 1, 3, 2]]
    assert gl.string.string_tokens(["a b"], n_gram_widths=2).numpy().tolist() == [["a", "b", "a b"]]
    with pytest.raises(gl.errors.HostMemoryError, match="string_tokens"):
        gl.string.string_tokens(["a", "b"], length=2**31 - 1)


@pytest.mark.parametrize("huge", [2**20, *HUGE])
def test_walks_take_what_there_is(huge: int) -> None:
    """Without waiting for more, and in no more memory."""
    numbers = gl.data.array(list(range(5)))
    for data in (numbers.take(huge), numbers.shuffle(min(huge, 2**40)), numbers.prefetch(min(huge, 2**40))):
        assert sorted(int(one) for one in data) == list(range(5))
    assert [one.numpy().tolist() for one in numbers.batch(min(huge, 2**40))] == [[0, 1, 2, 3, 4]]
    assert list(numbers.skip(huge)) == []


def test_schedules_come_to_an_end() -> None:
    schedules = gl.optimizers.schedules
    for t_mul in (0, -1, 0.5, float("nan")):
        with pytest.raises(GlbackendError, match="t_mul must be at least 1"):
            schedules.CosineDecayRestarts(0.1, 10, t_mul=t_mul)
    assert schedules.ExponentialDecay(0.1, 1, 10.0)(10**6) == np.inf
    assert schedules.PolynomialDecay(0.1, 1, power=-1)(1) == np.inf


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((3,), "sequences must be a list"),
        (([1, 2],), "each of the sequences must be a list"),
        (([[1]], None, "nothing"), "do not fit"),
        (([[1]], 2, "int32", "pre", "pre", "x"), "do not fit"),
        (([[1]], 2, "int32", "pre", "pre", 2**40), "do not fit"),
    ],
)
def test_pad_sequences_says_what_is_wrong(given: Any, said: str) -> None:
    with pytest.raises(GlbackendError, match=said):
        gl.pad_sequences(*given)


@pytest.mark.parametrize("data", [None, 3, "abc", {"a": [1]}])
def test_time_series_are_arrays(data: Any) -> None:
    with pytest.raises(GlbackendError, match="timeseries_dataset_from_array"):
        gl.data.timeseries_dataset_from_array(data, None, 2)
