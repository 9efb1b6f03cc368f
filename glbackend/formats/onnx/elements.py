"""ONNX's element types: how each is carried here, and how values come in and go out.

Integers of all widths are carried as int32, all floats as float32. What is wider is checked on the way in,
and goes out in ONNX's own type.
"""

from typing import Any

import numpy as np

from glbackend.base.dtypes import DType
from glbackend.engine.tensor import Tensor
from glbackend.ops.arithmetic import mod
from glbackend.ops.comparison import greater

NAMES = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64", 8: "string",
    9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128",
    16: "bfloat16", 17: "float8_e4m3fn", 18: "float8_e4m3fnuz", 19: "float8_e5m2", 20: "float8_e5m2fnuz",
    21: "uint4", 22: "int4", 23: "float4_e2m1fn", 24: "float8_e8m0fnu", 25: "uint2", 26: "int2",
}  # fmt: skip
NUMBERS = {name: number for number, name in NAMES.items()}
RANGES = {
    f"{sign}int{bits}": (-(1 << bits - 1), (1 << bits - 1) - 1) if not sign else (0, (1 << bits) - 1)
    for sign in ("", "u")
    for bits in (2, 4, 8, 16, 32, 64)
}
BITS = {name: int(name.strip("uint")) for name in RANGES}
NARROW = (
    "uint2",
    "int2",
    "uint4",
    "int4",
    "uint8",
    "int8",
    "uint16",
    "int16",
)  # those that wrap before int32
CARRIED: dict[str, DType] = {
    **dict.fromkeys(RANGES, "int32"),
    **dict.fromkeys(("float32", "float16", "float64", "bfloat16"), "float32"),
    "bool": "bool",
    "string": "string",
    "complex64": "complex64",
    "complex128": "complex64",
}
NO_END = 1 << 62  # integers beyond it stand for no limit, as the ends of slices do


def dtype_of(element: str) -> DType | None:
    """The dtype in which an element type is carried; None where there is none, or it is unknown."""
    return CARRIED.get(element)


def wrapped(x: Tensor, element: str) -> Tensor:
    """An int32 tensor as integers of a narrower type hold it.

    >>> import glbackend as gl
    >>> wrapped(gl.tensor([300, -1], dtype="int32"), "uint8").numpy().tolist()
    [44, 255]
    """
    if element not in NARROW or x.dtype != "int32":
        return x
    low, high = RANGES[element]
    rest = mod(x, high - low + 1)
    return rest - greater(rest, high).cast("int32") * (high - low + 1) if low else rest


def narrowed(array: np.ndarray[Any, Any], what: str) -> np.ndarray[Any, Any]:
    """An array of ONNX in a type that a tensor of ours takes; ValueError where it leaves int32's range."""
    if array.dtype.kind == "O":
        return np.array([_text(one) for one in array.ravel()], object).reshape(array.shape)
    name = array.dtype.name
    if name in ("int64", "uint64", "uint32"):
        if name != "uint32":
            array = np.where(array > NO_END, np.iinfo(np.int32).max, array)
        if name == "int64":
            array = np.where(array < -NO_END, np.iinfo(np.int32).min, array)
        low, high = (array.min(), array.max()) if array.size else (0, 0)
        if low < RANGES["int32"][0] or high > RANGES["int32"][1]:
            raise ValueError(f"{what} holds {low}..{high}: integers beyond int32 are not carried here")
    dtype = dtype_of(name)
    if dtype is None:
        raise ValueError(f"{what} is {name}: there is no dtype for it here")
    wanted: Any = {"int32": np.int32, "float32": np.float32, "complex64": np.complex64, "bool": np.bool_}[
        dtype
    ]
    with np.errstate(over="ignore"):
        return array.astype(wanted, copy=False)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def outgoing(x: Tensor, element: str) -> Any:
    """A result as users get it: a tensor, or where ONNX's type is none of ours a NumPy array in that type."""
    if element == x.dtype or dtype_of(element) is None or x.handle.storage.symbolic:
        return x
    return x.numpy().astype(numpy_type(element))


def numpy_type(element: str) -> Any:
    """The NumPy type of an element type."""
    if element == "string":
        return np.dtype(object)
    try:
        return np.dtype(element)
    except TypeError:
        import ml_dtypes  # noqa: PLC0415 - comes with onnx

        return np.dtype(getattr(ml_dtypes, element))
