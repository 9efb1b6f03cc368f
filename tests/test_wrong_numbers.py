"""Numbers that users of other systems found wrong there: the right ones, on both backends."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.training.losses import LOSSES
from glbackend.training.metrics import METRICS

Array = np.ndarray[Any, Any]


def same(loss: Any, **options: Any) -> Any:
    """A model that gives its input [n, 3] back."""
    model = gl.sequential([gl.layers.activation("linear", input_shape=[3])])
    model.compile("sgd", loss, **options)
    return model


# -- targets of whole numbers and of truth values ----------------------------------------------------------

SHARES = np.array([[0.7, 0.2, 0.1], [0.3, 0.4, 0.3]], np.float32)
HOT = np.array([[1, 0, 0], [0, 1, 0]])
NAMED = sorted({**LOSSES.declared, **METRICS.declared})


def test_divergence_of_whole_numbers(backend: str) -> None:
    assert same("kullbackLeiblerDivergence").evaluate(SHARES, HOT) == pytest.approx(0.636483, abs=1e-5)


@pytest.mark.parametrize("dtype", [np.int32, bool])
@pytest.mark.parametrize("name", NAMED)
def test_losses_do_not_ask_for_the_dtype(backend: str, name: str, dtype: type) -> None:
    """Targets and predictions of other dtypes count as the floats that they equal."""
    function = METRICS.get(name)
    targets = np.array([0, 1]) if name.startswith("sparse") else HOT
    for y_true, y_pred in ((targets.astype(dtype), SHARES), (targets.astype(dtype), HOT[::-1].astype(dtype))):
        wanted = function(y_true.astype(np.float32), y_pred.astype(np.float32)).numpy()
        np.testing.assert_array_equal(function(y_true, y_pred).numpy(), wanted)


@pytest.mark.parametrize("dtype", [np.int32, bool])
@pytest.mark.parametrize(
    "name",
    ["absolute_difference", "mean_squared_error", "hinge_loss", "huber_loss", "log_loss",
     "sigmoid_cross_entropy", "softmax_cross_entropy"],
)  # fmt: skip
def test_losses_of_tensors_do_not_ask_for_the_dtype(backend: str, name: str, dtype: type) -> None:
    function = getattr(gl.losses, name)
    assert function(HOT.astype(dtype), SHARES).item() == function(HOT.astype(np.float32), SHARES).item()
    if name not in ("log_loss", "softmax_cross_entropy"):  # these take no whole numbers
        scores = np.array([[3, 0, 1], [0, 1, 2]], np.int32)
        wanted = function(HOT.astype(np.float32), scores.astype(np.float32)).item()
        assert function(HOT.astype(dtype), scores).item() == wanted


# -- precision and recall of probabilities -----------------------------------------------------------------


@pytest.mark.parametrize("name, wanted", [("precision", 2 / 3), ("recall", 1.0)])
def test_positive_is_what_is_above_a_half(backend: str, name: str, wanted: float) -> None:
    x, y = np.array([[0.9], [0.8], [0.2], [0.6]], "f4"), np.array([[1.0], [1.0], [0.0], [0.0]], "f4")
    model = gl.sequential([gl.layers.activation("linear", input_shape=[1])])
    model.compile("sgd", "binaryCrossentropy", metrics=[name])
    assert model.evaluate(x, y)[1] == pytest.approx(wanted)
    assert model.evaluate(np.full((4, 1), 0.5, "f4"), y)[1] == 0  # a half is not above it


# -- movement and order ------------------------------------------------------------------------------------


@pytest.mark.parametrize("paddings", [[[-1, 2], [0, -1]], [[-1, -1], [-2, -2]], [[1, 0], [-4, 3]]])
@pytest.mark.parametrize("dtype", [np.float32, np.int32, bool])
def test_negative_paddings_crop(backend: str, dtype: type, paddings: list[list[int]]) -> None:
    x = np.arange(12).reshape(3, 4).astype(dtype)
    padded = np.pad(x, [(max(a, 0), max(b, 0)) for a, b in paddings])
    kept = [slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(paddings, padded.shape, strict=True)]
    wanted = padded[tuple(kept)]
    got = gl.pad(x, paddings).numpy()
    assert got.dtype == x.dtype and got.tolist() == wanted.tolist()
    with pytest.raises(gl.errors.ShapeError, match=r"crop more than there is of shape \[3, 4\]"):
        gl.pad(x, [[-2, -2], [0, 0]])


def test_bounds_of_whole_numbers_take_fractions(backend: str) -> None:
    """As in TF.js, either way round."""
    row, values = np.array([1, 3, 3, 5], np.int32), np.array([2.5, 3.0, 5.5], np.float32)
    for sequence, wanted in ((row, values), (row.astype(np.float32), np.array([2, 3, 6], np.int32))):
        assert gl.lower_bound(sequence, wanted).numpy().tolist() == np.searchsorted(row, wanted).tolist()
        assert (
            gl.upper_bound(sequence, wanted).numpy().tolist()
            == np.searchsorted(row, wanted, "right").tolist()
        )


def test_index_of_nothing_says_so() -> None:
    with pytest.raises(gl.errors.ShapeError, match=r"holds 0..0, but the axis of shape \[0, 2\] is empty"):
        gl.zeros([0, 2])[[0]]


@pytest.mark.parametrize("data_format", ["channelsLast", "channelsFirst"])
@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_bilinear_upsampling_counts_from_the_middle(backend: str, dtype: type, data_format: str) -> None:
    """As tf_keras 2.21 and Keras 3.15 give it."""
    x = np.arange(4, dtype=dtype).reshape(1, 2, 2, 1)
    layer = gl.layers.up_sampling2d(size=[2, 3], interpolation="bilinear", data_format=data_format)
    y = layer(gl.tensor(x.reshape(1, 1, 2, 2) if data_format == "channelsFirst" else x)).numpy().reshape(4, 6)
    across = np.array([0, 0, 1 / 3, 2 / 3, 1, 1])
    np.testing.assert_allclose(y, across + np.array([[0], [0.5], [1.5], [2]]), atol=1e-6)
