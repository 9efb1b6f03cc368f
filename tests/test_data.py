"""Data sets: what each step gives, in which order, for how many threads; training on them; their place."""

import math
import threading
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.training.dataset import is_dataset

data = gl.data


def numbers(count: int) -> gl.data.Dataset:
    return data.array(list(range(count)))


def lists(ds: gl.data.Dataset) -> list[Any]:
    return [one.numpy().tolist() for one in ds]


def test_the_room_is_opened_on_first_use() -> None:
    import subprocess
    import sys

    heavy = ("PIL", "pyarrow", "cv2", "sklearn", "sounddevice", "moderngl")
    code = f"""
import sys, glbackend
print("glbackend.data" in sys.modules, glbackend.data.Dataset.__name__)
print([one for one in {heavy} if one in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "Dataset", "[]"]
    with pytest.raises(AttributeError, match="in Python it is 'from_tensor_slices'"):
        data.fromTensorSlices  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        data.nonsense  # noqa: B018
    with pytest.raises(
        AttributeError, match="Dataset has no attribute 'forEachAsync': in Python it is 'for_each_async'"
    ):
        data.array([1]).forEachAsync  # noqa: B018


def test_steps_give_what_tfjs_gives() -> None:
    """By the report on TF.js: zip, take(0), repeat(-1) and small last batches; -1 as it is documented."""
    assert data.zip({"a": numbers(2), "b": (numbers(3), numbers(9))}).to_array() == [
        {"a": 0, "b": (0, 0)},
        {"a": 1, "b": (1, 1)},
    ]
    assert numbers(3).take(0).to_array() == [] == numbers(3).skip(-1).to_array()
    assert numbers(3).take(-1).to_array() == [0, 1, 2] == numbers(3).skip(0).to_array()
    assert numbers(2).repeat(-1).take(5).to_array() == [0, 1, 0, 1, 0]
    assert numbers(3).repeat(0).to_array() == [] == numbers(0).repeat().to_array()
    assert lists(numbers(3).batch(2)) == [[0, 1], [2]]
    assert lists(numbers(3).batch(2, False)) == [[0, 1]] == lists(numbers(3).batch(2, drop_remainder=True))
    assert numbers(7).shard(3, 1).to_array() == [1, 4]
    assert numbers(4).filter(lambda x: x % 2).map(lambda x: x * 10).enumerate(5).to_array() == [
        (5, 10),
        (6, 30),
    ]
    assert numbers(3).concatenate(numbers(1)).to_array() == [0, 1, 2, 0]
    assert numbers(5).reduce(0, lambda a, b: a + b) == 10
    assert numbers(3).row_major_batch(2).to_array() == [[0, 1], [2]]
    seen: list[int] = []
    numbers(3).for_each(seen.append)
    assert seen == [0, 1, 2]


SIZES: list[tuple[str, Any, Any]] = [
    ("take more", lambda d: d.take(9), 5),
    ("take all", lambda d: d.take(-1), 5),
    ("skip more", lambda d: d.skip(9), 0),
    ("skip all", lambda d: d.skip(-1), 0),
    ("repeat", lambda d: d.repeat(3), 15),
    ("endless", lambda d: d.repeat(), math.inf),
    ("endless batches", lambda d: d.repeat().batch(2), math.inf),
    ("endless, cut", lambda d: d.repeat().skip(3).take(4), 4),
    ("batch", lambda d: d.batch(2), 3),
    ("full batches", lambda d: d.batch(2, False), 2),
    ("filter", lambda d: d.filter(bool), None),
    ("filter, cut", lambda d: d.filter(bool).take(2), None),
    ("nothing of an unknown", lambda d: d.filter(bool).take(0), 0),
    ("window", lambda d: d.window(2, 1), 5),
    ("full windows", lambda d: d.window(2, 1, 2, True), 3),
    ("shard", lambda d: d.shard(2, 1), 2),
    ("concatenate", lambda d: d.concatenate(d.take(1)), 6),
    ("concatenate unknown", lambda d: d.concatenate(d.filter(bool)), None),
    ("concatenate endless", lambda d: d.filter(bool).concatenate(d.repeat()), math.inf),
    ("map, shuffle, prefetch, cache", lambda d: d.map(abs).shuffle(2).prefetch(1).cache(), 5),
    ("zip", lambda d: data.zip([d, d.repeat()]), 5),
    ("zip unknown", lambda d: data.zip([d, d.filter(bool)]), None),
    ("flat_map", lambda d: d.flat_map(lambda x: d), None),
]


def test_functions_of_several_arguments_get_the_parts_of_a_tuple() -> None:
    pairs = data.from_tensor_slices((np.arange(4), np.arange(4) * 10))
    assert pairs.map(lambda x, y: int(x + y)).to_array() == [0, 11, 22, 33]
    assert pairs.filter(lambda x, y: x > 1).map(lambda pair: int(pair[1])).to_array() == [20, 30]
    assert pairs.map(lambda x, scale=2: len(x) * scale).to_array() == [4, 4, 4, 4]
    many = pairs.flat_map(lambda x, y: data.array([int(x), int(y)]))
    assert many.take(4).to_array() == [0, 0, 1, 10]
    with pytest.raises(TypeError, match=r"map: element 0: .* missing 1 required positional argument"):
        data.from_tensor_slices(np.eye(2)).map(lambda x, y: x).to_array()


@pytest.mark.parametrize(("what", "step", "size"), SIZES, ids=[one[0] for one in SIZES])
def test_sizes_are_true(what: str, step: Any, size: Any) -> None:
    ds = step(numbers(5))
    assert ds.size == size
    assert ds.steps == (size if isinstance(size, int) else None)
    assert ds.cardinality() == {None: -2, math.inf: -1}.get(size, size)
    if isinstance(size, int):
        assert len(ds) == size == len(list(ds))
    else:
        assert ds
        with pytest.raises(TypeError, match="size is"):
            len(ds)


def test_batches_keep_structure_and_dtypes() -> None:
    rows = [
        {"n": i, "t": "ab"[i % 2], "v": (np.full(2, i, np.uint8), [i, [i]][:1]), "b": i > 0} for i in range(3)
    ]
    (batch,) = data.array(rows).batch(3)
    assert isinstance(batch["v"], tuple)
    shapes = [batch["n"], batch["t"], batch["v"][0], batch["v"][1], batch["b"]]
    assert [(one.shape, one.dtype) for one in shapes] == [
        ((3,), "float32"), ((3,), "string"), ((3, 2), "int32"), ((3, 1), "float32"), ((3,), "bool"),
    ]  # fmt: skip
    assert lists(data.array([1, None, 3]).map(lambda x: x).batch(3).map(np.nan_to_num)) == [[1, 0, 3]]
    (host,) = data.array(rows).batch(3).as_numpy_iterator()
    assert host["v"][0].dtype == np.uint8, "bytes stay bytes on the host"
    mixed = [gl.tensor([1.0, 2.0]), np.array([3.0, 4.0])]
    assert lists(data.array(mixed).batch(2)) == [[[1, 2], [3, 4]]]
    (made,) = data.array([{"a": 1}, {"a": 2}]).column_major_batch(2, zip_fn=max)
    assert made == {"a": 2}


def test_what_does_not_fit_into_a_batch_says_why() -> None:
    bad: list[tuple[Any, type[Exception], str]] = [
        ([np.zeros(2), np.zeros(3)], ShapeError, r"batch: arrays must have one shape, got \[2\], \[3\]"),
        ([{"a": 1}, {"b": 1}], ArgumentError, "batch: elements must have the same keys"),
        ([(1, 2), (1,)], ArgumentError, "batch: elements must all be of 2 parts"),
        ([1, "x"], DtypeError, "one kind and shape"),
        ([[1], [1, 2]], DtypeError, "one kind and shape"),
        ([None, "x"], DtypeError, "one kind and shape"),
    ]
    for items, kind, words in bad:
        with pytest.raises(kind, match=words):
            list(data.array(items).batch(2))
    (batch,) = data.array([{"a": [1]}, {"a": [1, 2]}]).padded_batch(2, -1)
    assert batch["a"].numpy().tolist() == [[1, -1], [1, 2]]
    (numbers,) = data.array([1.0, 2.0]).padded_batch(2)
    assert numbers.numpy().tolist() == [1.0, 2.0]
    (words,) = data.array([["a"], ["b", "c"]]).padded_batch(2)
    assert words.numpy().tolist() == [["a", ""], ["b", "c"]]


def test_padded_batches_of_structures() -> None:
    """A text beside numbers; shapes and values that do not fit the structure are told."""
    made = data.Dataset.from_generator(lambda: iter([([1, 2], "x"), ([1], "yy")]))
    ((tokens, words),) = made.padded_batch(2, ([3], []), (-1, ""))
    assert tokens.numpy().tolist() == [[1, 2, -1], [1, -1, -1]] and words.numpy().tolist() == ["x", "yy"]
    named = data.Dataset.from_generator(lambda: iter([{"a": [1], "b": 3}]))
    for given in ({"a": [3]},), ([3],), (None, {"a": 9, "c": 1}):
        with pytest.raises(gl.errors.ShapeError, match="structure of an element, 2 parts"):
            list(named.padded_batch(1, *given))
    with pytest.raises(gl.errors.ShapeError, match="cannot be filled up"):
        list(data.Dataset.from_generator(lambda: iter([[1, 2]])).padded_batch(1, [[3]]))


def test_windows_are_tensorflows() -> None:
    def windows(*args: Any) -> list[Any]:
        return [[int(x) for x in one] for one in numbers(7).window(*args)]

    assert windows(3) == [[0, 1, 2], [3, 4, 5], [6]]
    assert windows(3, None, 1, True) == [[0, 1, 2], [3, 4, 5]]
    assert windows(3, 1, 2, True) == [[0, 2, 4], [1, 3, 5], [2, 4, 6]]
    assert windows(2, 3) == [[0, 1], [3, 4], [6]]
    pairs = data.zip({"a": numbers(2), "b": numbers(2)}).window(2)
    (window,) = pairs
    assert list(window["b"]) == [0, 1]


def test_interleave_has_tensorflows_order_for_any_number_of_threads() -> None:
    """The example of TensorFlow's documentation, and sets of different lengths."""

    def repeated(x: int) -> gl.data.Dataset:
        return data.array([x]).repeat(x + 1)

    ds = data.array([1, 2, 3, 4, 5])
    wanted = [1, 1, 1, 1, 2, 2, 2, 2, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 3, 3, 4, 4, 5, 5, 5, 5, 5, 5]
    for threads in (None, 1, 3):
        same = ds.interleave(lambda x: data.array([x]).repeat(6), 2, 4, num_parallel_calls=threads)
        assert same.to_array() == wanted
    found = [ds.interleave(repeated, 3, 2, num_parallel_calls=n).to_array() for n in (None, 1, 8)]
    assert found[0] == found[1] == found[2] and sorted(found[0]) == ds.flat_map(repeated).to_array()
    with pytest.raises(
        ArgumentError, match="flat_map: element 0: flat_map: the function must give a data set"
    ):
        ds.flat_map(lambda x: [x]).to_array()  # type: ignore[arg-type, return-value]


def pipeline(threads: int | None) -> gl.data.Dataset:
    ds = numbers(50).shuffle(20, seed="x").map(lambda x: np.full(3, x) ** 2, num_parallel_calls=threads)
    return ds.filter(lambda x: x[0] % 3 != 1).batch(4).prefetch(2).repeat(2)


def test_one_and_eight_threads_give_the_same() -> None:
    wanted = lists(pipeline(None))
    assert lists(pipeline(1)) == wanted == lists(pipeline(8)) == lists(pipeline(data.AUTOTUNE))
    assert wanted[: len(wanted) // 2] != wanted[len(wanted) // 2 :], "the second pass has another order"


def test_threads_really_work_side_by_side() -> None:
    together = threading.Barrier(4, timeout=20)  # breaks where fewer than four calls run at once

    def meet(x: int) -> int:
        together.wait()
        return -x

    assert numbers(8).map(meet, num_parallel_calls=4).to_array() == [-x for x in range(8)]


def test_prefetch_is_bounded() -> None:
    asked: list[int] = []
    ds = numbers(100).map(lambda x: asked.append(x) or x).prefetch(3)  # type: ignore[func-returns-value]
    with ds.iterator() as elements:
        assert next(elements) == 0
        while len(asked) < 4:
            pass
        assert next(elements) == 1
    assert len(asked) <= 6


def test_shuffle_mixes_anew_or_keeps_its_order() -> None:
    ds = numbers(30).shuffle(30, seed=3)
    first, second = list(ds), list(ds)
    assert sorted(first) == sorted(second) == list(range(30)) and first != second
    assert list(numbers(30).shuffle(30, seed=3)) == first != list(numbers(30).shuffle(30, seed=4))
    kept = numbers(30).shuffle(30, seed=3, reshuffle_each_iteration=False)
    assert list(kept) == list(kept) == first
    assert list(numbers(9).shuffle(1)) == list(range(9))
    places = [list(numbers(6).shuffle(3, seed)) for seed in range(40)]
    assert all(x <= i + 2 for order in places for i, x in enumerate(order)), "drawn from the next three"
    gl.set_seed(5)
    one = [list(numbers(9).shuffle(9)), list(numbers(9).shuffle(9))]
    gl.set_seed(5)
    assert [list(numbers(9).shuffle(9)), list(numbers(9).shuffle(9))] == one and one[0] != one[1]


def test_split_shares_every_element_once() -> None:
    left, right = numbers(10).split(0.7, shuffle=True, seed=1)
    assert (left.size, right.size) == (7, 3)
    assert sorted([*left, *right]) == list(range(10)) and list(left) == list(left) != list(range(7))
    with pytest.raises(ArgumentError, match="split: needs a known size"):
        numbers(3).filter(bool).split(0.5)


@pytest.mark.parametrize("given", [0, 7, 24])
def test_a_saved_place_goes_on_in_another_pipeline(given: int) -> None:
    """After so many elements of the second pass; the new pipeline has another seed of its own."""

    def make() -> gl.data.Dataset:
        ds = numbers(24).shuffle(8).map(lambda x: x * 2, num_parallel_calls=2)
        return data.zip((ds, numbers(99).shuffle(9))).prefetch(3)

    ds = make()
    list(ds)
    elements = iter(ds)
    for _ in range(given):
        next(elements)
    saved = ds.state()
    rest, after = list(elements), list(ds)
    other = make()
    other.set_state(saved)
    assert other.state()["given"] == given
    assert list(other) == rest and list(other) == after
    with pytest.raises(ArgumentError, match="another pipeline"):
        numbers(3).set_state(saved)
    with pytest.raises(ArgumentError, match="no state"):
        numbers(3).set_state({"given": 1})


def test_a_pass_that_is_left_counts_as_one() -> None:
    """However far threads were ahead when it was left: the next one has the order that it would have had."""

    def orders(ahead: int) -> list[Any]:
        ds = numbers(4).shuffle(4, seed=2).repeat().prefetch(ahead)
        found = []
        for _ in range(3):
            with ds.iterator() as elements:
                found.append([next(elements) for _ in range(4)])
        return found

    one = numbers(4).shuffle(4, seed=2)
    assert [list(one), list(one), list(one)] == orders(0) == orders(1) == orders(30)


def test_a_place_behind_a_cache_is_that_of_the_pass_which_filled_it() -> None:
    def make() -> gl.data.Dataset:
        return numbers(9).shuffle(9).cache().shuffle(9)

    ds = make()
    list(ds)
    list(ds)
    saved = ds.state()
    other = make()
    other.set_state(saved)
    assert list(other) == list(ds)


def test_memory_cache_is_filled_by_a_whole_pass() -> None:
    made: list[int] = []
    ds = numbers(3).map(lambda x: made.append(x) or np.full(2, x)).cache()  # type: ignore[func-returns-value]
    next(iter(ds))
    assert len(list(ds)) == 3 and len(made) == 4
    again = list(ds)
    assert len(made) == 4
    with pytest.raises(ValueError, match="read-only"):
        again[0][0] = 5
    shared = np.zeros(2)
    list(data.array([shared]).cache())
    shared[0] = 1  # the user's own stays writable


def test_statistics_are_those_of_the_numbers() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(5, 2, (50, 3))
    rows = [{"v": row, "one": 1.0 if i == 0 else None, "t": "x", "n": i} for i, row in enumerate(values)]
    found = data.array(rows).statistics()
    assert set(found) == {"v", "one", "n"}
    v = found["v"]
    np.testing.assert_allclose(v[:5], [values.min(), values.max(), values.mean(), values.var(), values.std()])
    assert v.length == 150 and math.isnan(found["one"].variance) and found["one"].length == 1
    assert data.array(rows).statistics(sample_size=2)["n"].max == 1
    assert data.array(rows).statistics(2, shuffle_window_size=50)["n"].length == 2
    scale = data.scale_to_01(found["n"].min, found["n"].max)
    assert scale([0, 49]) == [0, 1] and scale(gl.tensor([24.5])).item() == 0.5


def test_functions_and_generators_begin_again() -> None:
    class Counter:  # as TF.js has iterators
        def __init__(self) -> None:
            self.n = 0

        def next(self) -> dict[str, Any]:
            self.n += 1
            return {"value": self.n, "done": self.n > 2}

    ds = data.generator(Counter)
    assert list(ds) == [1, 2] == list(ds)
    left = iter([{"value": 5, "done": False}, {"done": True}])
    assert list(data.func(lambda: next(left))) == [5]
    for make in (data.generator, data.Dataset.from_generator):
        with pytest.raises(ArgumentError, match="give the function itself"):
            make(iter([1]))
    spec = data.TensorSpec((None, 2))
    assert data.Dataset.from_generator(lambda: iter([]), spec).element_spec is spec


def test_arrays_become_tensors_where_they_are_used() -> None:
    where: list[str] = []

    def note(x: Any) -> Any:
        where.append(type(x["x"]).__name__)
        return x

    ds = data.from_tensor_slices({"x": gl.ones([4, 2]), "y": [1, 2, 3, 4]}).batch(2).map(note, 2).prefetch(1)
    first = next(iter(ds))
    assert isinstance(first["x"], gl.Tensor) and set(where) == {"ndarray"}
    assert ds.element_spec is None and ds.take(1).element_spec is None
    assert data.from_tensor_slices({"x": gl.ones([4, 2])}).batch(2).element_spec == {
        "x": data.TensorSpec((None, 2))
    }
    assert isinstance(next(iter(data.array([np.ones(2)]))), np.ndarray), (
        "an element of a list is given as it is"
    )


def test_uploads_are_the_consumers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers make arrays; every tensor is made by the thread that asks for elements."""
    from glbackend.data import element

    names: list[str] = []

    def note(*args: Any) -> Any:
        names.append(threading.current_thread().name)
        return made(*args)

    made = element.make_tensor
    monkeypatch.setattr(element, "make_tensor", note)
    ds = numbers(40).map(lambda x: np.full(3, x, np.float32), num_parallel_calls=4).batch(4)
    ds = ds.augment(lambda x, seed: x + 1).shuffle(3).prefetch(3)
    assert len(list(ds)) == 10
    plain = numbers(40).map(lambda x: np.full(3, x, np.float32), num_parallel_calls=4).batch(4).prefetch(3)
    assert len(list(plain)) == 10 and names == [threading.current_thread().name] * 10


def test_wrong_calls_name_the_remedy() -> None:
    ds = numbers(3)
    wrong: list[tuple[Any, str]] = [
        (lambda: ds.batch(0), "batch: batch_size must be a whole number of at least 1, got 0"),
        (lambda: ds.batch(2.5), "batch: argument 'batch_size' must be an int"),
        (lambda: ds.batch(batchSize=2), "batch: there is no argument 'batchSize': use batch_size"),
        (lambda: ds.shuffle(0), "shuffle: buffer_size must be a whole number of at least 1"),
        (lambda: ds.map(3), "map: argument 'transform' must be"),
        (lambda: ds.map(abs, num_parallel_calls=0), "map: num_parallel_calls must be at least 1"),
        (lambda: ds.prefetch(-2), "prefetch: buffer_size"),
        (lambda: ds.shard(2, 2), r"shard: index must lie in \[0, 2\)"),
        (lambda: ds.concatenate([1]), "concatenate: argument 'dataset' must be one, got list"),
        (lambda: ds.repeat().to_array(), "to_array: this data set has no end"),
        (lambda: ds.statistics(), "statistics: elements must be dicts"),
        (lambda: data.zip([ds, [1]]), "zip: needs data sets"),
        (lambda: data.array(5), "array: "),
        (lambda: data.from_tensor_slices((np.ones(2), np.ones(3))), "as many elements"),
        (lambda: data.from_tensor_slices(np.float32(3)), "at least one dim"),
        (lambda: ds.batch(2).augment(lambda x, seed: x).map(abs), "map: augment works on the device"),
        (lambda: ds.batch(2).augment(lambda x, seed: x).unbatch(), "put it after unbatch"),
        (lambda: data.scale_to_01(1, 1), "max must lie above min"),
    ]
    for call, words in wrong:
        with pytest.raises((ArgumentError, ShapeError), match=words):
            call()


def test_fit_evaluate_and_predict_take_data_sets(backend: str) -> None:
    """The same weights as from arrays, in batches of one order; TF.js's dicts of xs and ys as well."""
    x = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
    y = x @ np.array([[1.0], [2.0], [-1.0]], np.float32)

    def trained(source: Any, **options: Any) -> tuple[gl.Model, Any]:
        dense = gl.layers.dense(units=1, kernel_initializer="ones", input_shape=[3])
        model = gl.sequential([dense])
        model.compile(gl.train.sgd(0.1), "meanSquaredError")
        history = model.fit(*source, epochs=2, verbose=0, **options)
        return model, history.history

    slices = data.from_tensor_slices((x, y))
    named = data.zip({"xs": data.from_tensor_slices(x), "ys": data.from_tensor_slices(y)})
    assert is_dataset(slices) and slices.batch(4).steps == 3
    wanted, losses = trained((x, y), batch_size=4, shuffle=False)
    for ds in (slices.batch(4).prefetch(2), named.batch(4), slices.map(lambda e: e, 2).batch(4)):
        model, found = trained((ds,))
        assert found == losses
        np.testing.assert_array_equal(model.get_weights()[0].numpy(), wanted.get_weights()[0].numpy())
        np.testing.assert_allclose(model.evaluate(ds), wanted.evaluate(x, y, batch_size=4), rtol=1e-6)
    predicted = wanted.predict(data.from_tensor_slices(x).batch(5))
    np.testing.assert_allclose(predicted.numpy(), wanted.predict(x).numpy(), rtol=1e-6)
    endless = slices.batch(4).repeat()
    _, found = trained((endless,), steps_per_epoch=3)
    assert found == losses
    calls = [
        lambda: wanted.fit(endless, verbose=0),
        lambda: wanted.evaluate(endless),
        lambda: wanted.predict(endless),
    ]
    for call in (*calls, lambda: wanted.fit(slices.batch(4), validation_data=endless, verbose=0)):
        with pytest.raises(ArgumentError, match=r"^(fit|evaluate|predict)[^:]*: the data set has no end"):
            call()


def test_a_model_without_shapes_looks_at_the_data_and_leaves_its_order() -> None:
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    ds = data.from_tensor_slices((x, x[:, :1])).map(lambda e: e).shuffle(8, seed=1).batch(2)
    model = gl.sequential([gl.layers.dense(units=1)])
    model.compile("sgd", "meanSquaredError")
    model.fit(ds, verbose=0)
    assert ds.state()["orders"][1][0] == [1, 1], "one pass has begun, not two"


@pytest.mark.parametrize("steps", [None, 3])
def test_a_training_goes_on_in_the_same_order(steps: int | None) -> None:
    """What a callback saves at the end of an epoch, be it a pass or some steps, is where the next one begins."""
    x = np.random.default_rng(0).normal(size=(16, 3)).astype(np.float32)

    def make() -> gl.data.Dataset:
        ds = data.from_tensor_slices((x, x[:, :1])).shuffle(16).map(lambda e: e, 2).batch(4)
        return (ds.repeat() if steps else ds).prefetch(2)

    def train(ds: gl.data.Dataset, start: int, weights: Any) -> tuple[list[Any], list[float], Any]:
        model = gl.sequential([gl.layers.dense(units=1, input_shape=[3])])
        model.compile(gl.train.sgd(0.1), "meanSquaredError")
        model.set_weights(weights)
        places: list[Any] = []
        between: list[Any] = []

        class Keep(gl.Callback):
            def on_epoch_end(self, epoch: int, logs: Any) -> None:
                places.append(ds.state())
                between.append([one.numpy() for one in model.get_weights()])

        found = model.fit(
            ds, epochs=3, initial_epoch=start, steps_per_epoch=steps, callbacks=[Keep()], verbose=0
        )
        return places, found.history["loss"], between

    first = [gl.tensor(np.full((3, 1), 0.5, np.float32)), gl.zeros([1])]
    places, losses, between = train(make(), 0, first)
    for epoch in (1, 2):
        ds = make()
        ds.set_state(places[epoch - 1])
        _, again, _ = train(ds, epoch, [gl.tensor(one) for one in between[epoch - 1]])
        assert again == losses[epoch:]


def test_augmentations_are_the_devices_work_and_of_one_chance(backend: str) -> None:
    images = np.arange(2 * 3 * 4 * 4 * 1, dtype=np.float32).reshape(6, 4, 4, 1)

    def augmented(seed: Any) -> list[Any]:
        ds = data.from_tensor_slices((images, np.arange(6))).batch(3)
        changes = (data.random_flip("horizontal_and_vertical"), data.random_translation(0.25, 0.25))
        more = (data.random_brightness(0.1), data.random_contrast(0.1), data.random_crop(3, 3))
        ds = ds.augment(*changes, *more, seed=seed).prefetch(2)
        return [np.concatenate([x.numpy() for x, _ in ds]) for _ in range(2)]

    first, second = augmented(4)
    again = augmented(4)
    assert first.shape == (6, 3, 3, 1)
    np.testing.assert_array_equal(first, again[0])
    np.testing.assert_array_equal(second, again[1])
    assert not np.array_equal(first, second) and not np.array_equal(first, augmented(5)[0])
    flip = data.random_flip("vertical")(gl.tensor(images), 3).numpy()
    kept = [np.array_equal(a, b) for a, b in zip(flip, images, strict=True)]
    turned = [np.array_equal(a, b[::-1]) for a, b in zip(flip, images, strict=True)]
    assert all(a or b for a, b in zip(kept, turned, strict=True)) and any(kept) and any(turned)
    with pytest.raises(ShapeError, match="does not fit into images of 4 x 4"):
        data.random_crop(5, 1)(gl.tensor(images), 0)
    with pytest.raises(ShapeError, match=r"\[batch, height, width, channels\]"):
        data.random_zoom(0.1)(gl.tensor([1.0]), 0)
