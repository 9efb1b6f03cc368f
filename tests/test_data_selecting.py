"""Data sets by what elements hold: what TensorFlow's methods of these names give."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from glbackend.errors import ArgumentError

import glbackend as gl

D = gl.data.Dataset


def ragged(*lengths: int, numbered: bool = False) -> Any:
    def make() -> Iterator[Any]:
        for n in lengths:
            yield (np.arange(n, dtype="f4"), n) if numbered else np.arange(n, dtype="f4")

    spec = gl.TensorSpec([None], "float32")
    return D.from_generator(make, output_signature=(spec, gl.TensorSpec([], "int32")) if numbered else spec)


def numbers(*values: int) -> Any:
    return D.from_tensor_slices(np.array(values, "i4"))


def sets() -> list[Any]:
    return [D.range(0, 3), D.range(10, 12), D.range(20, 29)]


LENGTHS = (1, 5, 2, 8, 3, 4, 9, 2, 1, 6, 6)
CASES: dict[str, tuple[Callable[[], Any], list[Any]]] = {  # by TensorFlow 2.21
    "take_while": (lambda: D.range(10).take_while(lambda x: x < 5), [0, 1, 2, 3, 4]),
    "unique": (lambda: numbers(1, 37, 2, 37, 2, 1).unique(), [1, 37, 2]),
    "scan": (lambda: D.range(5).scan(0, lambda s, x: (s + x, s * 2)), [0, 0, 2, 6, 12]),
    "rebatch": (lambda: D.range(10).batch(4).rebatch(3), [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9]]),
    "rebatch, full": (lambda: D.range(5).batch(4).rebatch(3, drop_remainder=True), [[0, 1, 2]]),
    "apply": (lambda: D.range(10).apply(lambda ds: ds.filter(lambda x: x < 3)), [0, 1, 2]),
    "group_by_window": (
        lambda: D.range(13).group_by_window(lambda x: x % 3, lambda key, ds: ds.batch(3), window_size=3),
        [[0, 3, 6], [1, 4, 7], [2, 5, 8], [9, 12], [10], [11]],
    ),
    "group_by_window, sizes": (
        lambda: D.range(7).group_by_window(lambda x: x % 2, lambda key, ds: ds.batch(4), window_size_func=lambda key: 2 + key),
        [[0, 2], [1, 3, 5], [4, 6]],
    ),
    "choose": (lambda: D.choose_from_datasets(sets(), numbers(0, 1, 2, 0, 1, 1, 2, 2)), [0, 10, 20, 1, 11]),
    "choose, on": (
        lambda: D.choose_from_datasets(sets(), numbers(0, 1, 2, 0, 1, 1, 2, 2), stop_on_empty_dataset=False),
        [0, 10, 20, 1, 11, 21, 22],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_elements_are_those_of_tensorflow(name: str) -> None:
    gl.set_backend("cpu")
    make, wanted = CASES[name]
    ds = make()
    for _ in range(2):  # each pass begins anew
        assert [np.asarray(one).tolist() for one in ds.as_numpy_iterator()] == wanted
    elements = ds.as_numpy_iterator()
    next(elements)
    ds.set_state(ds.state())
    assert [np.asarray(one).tolist() for one in ds.as_numpy_iterator()] == wanted[1:]


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, [(0, (2, 2)), (1, (3, 5)), (2, (2, 9)), (0, (2, 2)), (2, (2, 6))]),
        ({"pad_to_bucket_boundary": True}, [(0, (2, 2)), (1, (3, 5)), (2, (2, 9)), (0, (2, 2)), (2, (2, 9))]),
        ({"padded_shapes": [12]}, [(0, (2, 12)), (1, (3, 12)), (2, (2, 12)), (0, (2, 12)), (2, (2, 12))]),
    ],
)
def test_buckets_are_those_of_tensorflow(options: dict[str, Any], wanted: list[Any]) -> None:
    ds = ragged(*LENGTHS).bucket_by_sequence_length(
        len, [3, 6, 10], [2, 3, 2, 1], padding_values=-1.0, **options
    )
    assert [one.shape for one in ds.as_numpy_iterator()] == [shape for _, shape in wanted]
    first = next(iter(ds)).numpy()
    assert first[0].tolist() == [0.0] + [-1.0] * (first.shape[1] - 1)


def test_buckets_of_pairs_and_what_is_left() -> None:
    ds = ragged(1, 5, 2, 8, 3, numbered=True).bucket_by_sequence_length(lambda x, n: n, [3], [2, 2])
    assert [(x.shape, n.tolist()) for x, n in ds.as_numpy_iterator()] == [
        ((2, 2), [1, 2]),
        ((2, 8), [5, 8]),
        ((1, 3), [3]),
    ]
    full = ragged(1, 5, 2, 8, 3).bucket_by_sequence_length(len, [3], [2, 2], drop_remainder=True)
    assert [one.shape for one in full.as_numpy_iterator()] == [(2, 2), (2, 8)]
    with pytest.raises(ArgumentError, match="an element is of length 3 or more"):
        list(ragged(5).bucket_by_sequence_length(len, [3], [2, 1], pad_to_bucket_boundary=True))
    with pytest.raises(ArgumentError, match="one batch size more"):
        ragged(5).bucket_by_sequence_length(len, [3], [2])


def test_samples_are_all_elements_in_an_order_of_chance() -> None:
    everything = [0, 1, 2, 10, 11, *range(20, 29)]
    ds = D.sample_from_datasets(sets(), [0.5, 0.2, 0.3], seed=1)
    first, second = list(ds), list(ds)
    assert sorted(first) == sorted(second) == everything and first != second
    again = D.sample_from_datasets(sets(), [0.5, 0.2, 0.3], seed=1)
    assert list(again) == first
    for one in (first, second):
        assert [n for n in one if n >= 20] == list(range(20, 29)), "each set keeps its order"
    same = D.sample_from_datasets(sets(), seed=2, rerandomize_each_iteration=False)
    assert list(same) == list(same)
    assert sorted(D.sample_from_datasets(sets(), [0.5, 0.5, 0.0])) == everything[:5]
    many = D.sample_from_datasets([D.range(1).repeat(), D.range(1, 2).repeat()], [0.9, 0.1], seed=3).take(
        2000
    )
    assert 120 < sum(many) < 280
    assert len(list(D.sample_from_datasets(sets(), seed=1, stop_on_empty_dataset=True))) < len(everything)


def test_what_does_not_fit_is_said() -> None:
    for count in (0, 2):
        with pytest.raises(ArgumentError, match="needs one element"):
            D.range(count).get_single_element()
    assert D.range(5, 6).get_single_element() == 5
    with pytest.raises(ArgumentError, match="apply: the function must give a data set, got int"):
        D.range(2).apply(lambda ds: 3)  # type: ignore[arg-type, return-value]
    with pytest.raises(ArgumentError, match="reduce_func must give a data set"):
        list(D.range(2).group_by_window(lambda x: 0, lambda key, ds: 3, 1))  # type: ignore[arg-type, return-value]
    with pytest.raises(ArgumentError, match="window_size or window_size_func"):
        D.range(2).group_by_window(lambda x: 0, lambda key, ds: ds)
    with pytest.raises(ArgumentError, match="no data set 3 among 3"):
        list(D.choose_from_datasets(sets(), numbers(3)))
    with pytest.raises(ArgumentError, match="a weight of at least 0 for each"):
        D.sample_from_datasets(sets(), [1.0])
    with pytest.raises(ArgumentError, match="unique: elements must be numbers"):
        list(D.zip(D.range(2), D.range(2)).unique())
