"""Tables of pandas, pyarrow and whatever is like them: as tensors, data sets, inputs and targets."""

from typing import Any

import numpy as np
import pytest

import glbackend as gl


class Frame:
    """The least that makes a table: what `base/frames.py` asks for, and no more."""

    def __init__(self, **columns: Any) -> None:
        self._columns = {key: np.asarray(one) for key, one in columns.items()}

    @property
    def columns(self) -> list[str]:
        return list(self._columns)

    @property
    def shape(self) -> tuple[int, int]:
        return len(self), len(self._columns)

    def __len__(self) -> int:
        return len(next(iter(self._columns.values())))

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise AssertionError("columns are taken one by one")


def pandas_frame(**columns: Any) -> Any:
    return pytest.importorskip("pandas", reason="pandas is no dependency").DataFrame(columns)


def arrow_table(**columns: Any) -> Any:
    return pytest.importorskip("pyarrow", reason="pyarrow is an extra").table(columns)


def arrow_batch(**columns: Any) -> Any:
    return pytest.importorskip("pyarrow", reason="pyarrow is an extra").record_batch(columns)


KINDS = [Frame, pandas_frame, arrow_table, arrow_batch]
each = pytest.mark.parametrize("make", KINDS, ids=lambda one: one.__name__)


@each
def test_as_tensors(make: Any) -> None:
    x = gl.tensor(make(a=[1, 2], b=[0.5, 1.5], c=[True, False]))
    assert x.dtype == "float32" and x.numpy().tolist() == [[1, 0.5, 1], [2, 1.5, 0]]
    whole = gl.tensor(make(a=[1, 2], b=[3, 4]))
    assert whole.dtype == "int32" and whole.numpy().tolist() == [[1, 3], [2, 4]]
    assert gl.tensor(make(a=["x", "y"])).numpy().tolist() == [["x"], ["y"]]
    assert gl.tensor(make(a=[1, 2])["a"]).numpy().tolist() == [1, 2]
    with pytest.raises(
        gl.errors.DtypeError, match=r"tensor: .*columns must hold numbers, not so 'b' \(.+\): leave them out"
    ):
        gl.tensor(make(a=[1, 2], b=["x", "y"]))
    with pytest.raises(gl.errors.DtypeError, match=r"range of int32"):
        gl.tensor(make(a=[1, 2**40]))


def line() -> gl.Model:
    model = gl.Sequential([gl.Input(shape=(2,)), gl.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "meanSquaredError")
    return model


@each
def test_as_inputs_and_targets(make: Any, backend: str) -> None:
    frame, y = make(a=[0.0, 1.0, 2.0], b=[1, 2, 3]), make(y=[1.0, 3.0, 5.0])
    values = gl.tensor(frame).numpy()
    results = []
    for x, targets in ((frame, y), (frame, y["y"]), (values, np.array([[1.0], [3.0], [5.0]]))):
        model = line()
        assert model.predict(x).numpy().ravel().tolist() == [1, 3, 5]
        assert model.evaluate(x, targets) == 0
        assert model.train_on_batch(x, targets) == 0
        model.fit(
            x,
            targets,
            epochs=2,
            verbose=0,
            validation_data=(x, targets),
            sample_weight=make(w=[1.0, 2.0, 3.0])["w"],
        )
        results.append(model.predict(x).numpy())
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def two_inputs() -> gl.Model:
    a, b = gl.Input(shape=(1,), name="a"), gl.Input(shape=(1,), name="b")
    return gl.Model(inputs=[a, b], outputs=gl.layers.Subtract()([a, b]))


@each
def test_columns_are_inputs_by_name(make: Any) -> None:
    model = two_inputs()
    frame = make(b=[1.0, 2.0, 3.0], a=[10.0, 10.0, 10.0])
    assert model.predict(frame).numpy().ravel().tolist() == [9, 8, 7]
    assert model.predict({name: frame[name] for name in ("a", "b")}).numpy().ravel().tolist() == [9, 8, 7]
    with pytest.raises(gl.errors.ArgumentError, match=r"the inputs are a, b, but the columns are a, c"):
        model.predict(make(a=[1.0], c=[2.0]))
    with pytest.raises(gl.errors.ShapeError, match=r"\[any, 2\], got \[1, 3\]"):
        line().predict(make(a=[1.0], b=[2.0], c=[3.0]))


@each
def test_as_data_sets(make: Any) -> None:
    frame = make(a=[1.0, 2.0], b=["x", "y"])
    columns = gl.data.from_tensor_slices(({"a": frame["a"], "b": frame["b"]}, make(y=[0, 1])["y"]))
    assert [(x["a"].item(), x["b"], y.item()) for x, y in columns] == [(1, "x", 0), (2, "y", 1)]
    rows = gl.data.from_tensor_slices(make(a=[1.0, 2.0], b=[3.0, 4.0]))
    assert [one.numpy().tolist() for one in rows] == [[1, 3], [2, 4]]
    with pytest.raises(
        gl.errors.DtypeError,
        match=r"from_tensor_slices: columns must hold numbers, not so 'b'.* in a dict by name",
    ):
        gl.data.from_tensor_slices(frame)


def test_what_pandas_alone_has() -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is no dependency")
    gaps = pandas.DataFrame(
        {"a": pandas.array([1, None], "Int64"), "b": pandas.array([1.5, 2], "Float32")}, index=[7, 3]
    )
    np.testing.assert_array_equal(gl.tensor(gaps).numpy(), [[1, 1.5], [np.nan, 2]])
    assert gl.tensor(pandas.DataFrame(np.eye(2))).shape == (2, 2)  # columns named by numbers
    when = pandas.DataFrame(
        {"x": [1.0], "when": pandas.to_datetime(["2020-01-01"]), "kind": pandas.Categorical(["a"])}
    )
    with pytest.raises(
        gl.errors.DtypeError, match=r"not so 'when' \(datetime64\[\w+\]\), 'kind' \(category\)"
    ):
        gl.tensor(when)
    with pytest.raises(gl.errors.DtypeError, match=r"an array that holds <NA> \(NAType\)"):
        gl.tensor(pandas.Series(pandas.array([True, None], "boolean")))
    with pytest.raises(gl.errors.ArgumentError, match="columns must have different names, got a, a"):
        gl.tensor(pandas.DataFrame(np.eye(2), columns=["a", "a"]))
    assert next(iter(gl.data.from_tensor_slices(dict(gaps))))["b"].item() == 1.5


def test_missing_numbers_of_pyarrow() -> None:
    table = arrow_table(a=[1, None], b=[0.5, 1.5])
    np.testing.assert_array_equal(gl.tensor(table).numpy(), [[1, 0.5], [np.nan, 1.5]])
