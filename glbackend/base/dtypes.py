"""The five dtypes of TF.js, their NumPy counterparts, and the promotion between them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.errors import ArgumentError, DtypeError
from glbackend.base.frames import is_frame, matrix_of

DType = Literal["float32", "int32", "bool", "complex64", "string"]
DTYPES: tuple[DType, ...] = ("float32", "int32", "bool", "complex64", "string")

NUMPY: dict[DType, np.dtype[Any]] = {
    "float32": np.dtype(np.float32),
    "int32": np.dtype(np.int32),
    "bool": np.dtype(np.bool_),
    "complex64": np.dtype(np.complex64),
    "string": np.dtype(object),
}
BYTES: dict[DType, int] = {"float32": 4, "int32": 4, "bool": 1, "complex64": 8, "string": 8}
_ORDER: dict[DType, int] = {"bool": 0, "int32": 1, "float32": 2, "complex64": 3}
PYTHON: dict[Any, DType] = {float: "float32", int: "int32", complex: "complex64", str: "string"}
_INT32 = np.iinfo(np.int32)


@contextmanager
def double_precision() -> Iterator[None]:
    """Lets the cpu backend hold float32 as float64, for finite differences; testing only, not thread-safe."""
    saved = dict(NUMPY)
    NUMPY["float32"], NUMPY["complex64"] = np.dtype(np.float64), np.dtype(np.complex128)
    try:
        yield
    finally:
        NUMPY.update(saved)


def check_dtype(dtype: Any) -> DType:
    """The dtype of that name, or of that NumPy or Python type; DtypeError where glbackend has none.

    >>> check_dtype("int32"), check_dtype(np.float32), check_dtype(np.dtype(bool)), check_dtype(int)
    ('int32', 'float32', 'bool', 'int32')
    """
    if isinstance(dtype, str):
        if dtype in DTYPES:
            return dtype
        name = dtype
    else:
        name = ""
        if isinstance(dtype, np.dtype | type):
            name = PYTHON.get(dtype) or np.dtype(dtype).name
        if name in DTYPES:
            return name
    near = {"float": "float32", "int": "int32", "uint": "int32", "complex": "complex64", "str": "string"}.get(
        name.rstrip("0123456789")
    )
    hint = f"{near!r} is nearest; " if near else ""
    raise DtypeError(f"unknown dtype {got(dtype, False)}: {hint}use one of {', '.join(DTYPES)}")


def with_article(dtype: DType) -> str:
    """The dtype with its article, for messages.

    >>> with_article("int32"), with_article("bool")
    ('an int32', 'a bool')
    """
    return f"an {dtype}" if dtype == "int32" else f"a {dtype}"


def upcast(a: DType, b: DType) -> DType:
    """The dtype that can hold both, as TF.js's upcastType: bool < int32 < float32 < complex64.

    >>> upcast("int32", "float32")
    'float32'
    """
    if a == b:
        return a
    if "string" in (a, b):
        raise DtypeError(f"cannot combine {a} with {b}: string combines with string only")
    return a if _ORDER[a] > _ORDER[b] else b


def infer_dtype(array: np.ndarray[Any, Any]) -> DType:
    """The dtype that a NumPy array becomes: integers int32, floats float32, bool, complex64, text string.

    >>> infer_dtype(np.arange(3))
    'int32'
    """
    kind = array.dtype.kind
    if kind == "b":
        return "bool"
    if kind in "iu":
        return "int32"
    if kind == "f":
        return "float32"
    if kind == "c":
        return "complex64"
    if kind in "USO":
        return "string"
    raise DtypeError(f"no dtype of glbackend holds NumPy's {array.dtype}: convert to float32, int32 or bool")


def to_numpy(values: Any, dtype: DType | None = None, name: str = "values") -> np.ndarray[Any, Any]:
    """A C-ordered NumPy array of `values` in `dtype`, or in the dtype that TF.js would infer.

    Python ints become float32 as in TF.js (`dtype="int32"` asks otherwise); NumPy integer arrays become
    int32; tables of pandas and the like become matrices of their columns. Raises DtypeError for an integer
    out of int32's range, for ragged nesting and for values that `dtype` cannot hold.

    >>> to_numpy([1, 2]).dtype.name, to_numpy(np.array([1, 2])).dtype.name, to_numpy([True]).dtype.name
    ('float32', 'int32', 'bool')
    """
    typed = hasattr(values, "dtype") or hasattr(values, "__array_interface__") or hasattr(values, "__array__")
    if isinstance(values, bytes):
        array = np.array(values, dtype=object)
    elif typed and is_frame(values):
        array = matrix_of(values, name)
    else:
        try:
            array = np.asarray(values)
        except ArgumentError as error:  # it is none, and says why
            raise DtypeError(f"{name}: {error}") from None
        except ValueError as error:
            raise DtypeError(f"{name}: nested lists must form a regular array ({error})") from None
    if array.dtype.kind == "O" and not _all_text(array):
        what = (
            f"{'an array' if typed else 'a list'} that holds {_stranger(array)}"
            if array.ndim
            else f"{values!r:.60} ({type(values).__name__})"
        )
        raise DtypeError(f"{name}: must be numbers, bools or strings, in regular nested lists, got {what}")
    inferred = infer_dtype(array) if array.size or array.dtype.kind in "bcUSO" or typed else "float32"
    if inferred == "int32" and not typed and dtype is None:
        inferred = "float32"
    target = dtype or inferred
    if (target == "string") != (inferred == "string") and array.size:
        raise DtypeError(f"{name}: cannot hold {array.dtype} values in dtype {target}")
    if target == "int32" and array.dtype.kind in "iu" and array.size:
        low, high = array.min(), array.max()
        if low < _INT32.min or high > _INT32.max:
            raise DtypeError(
                f"{name}: values {low}..{high} leave the range of int32 ({_INT32.min}..{_INT32.max})"
            )
    if target == "int32" and array.dtype.kind == "f":
        with np.errstate(invalid="ignore"):
            return np.ascontiguousarray(np.trunc(array).astype(np.int64).astype(np.int32)).reshape(
                array.shape
            )
    with np.errstate(over="ignore"):  # float64 beyond float32 becomes infinity, as in TF.js
        return np.ascontiguousarray(array, dtype=NUMPY[target]).reshape(array.shape)


def _stranger(array: np.ndarray[Any, Any]) -> str:
    plain = (str, bytes, bool, int, float, complex, np.generic)
    strange = [item for item in array.ravel() if not isinstance(item, plain)]
    if not strange:
        return "numbers beside strings"
    one = strange[0]
    return "None" if one is None else f"{one!r:.40} ({type(one).__name__})"


def _all_text(array: np.ndarray[Any, Any]) -> bool:
    return all(isinstance(item, str | bytes) for item in array.ravel())
