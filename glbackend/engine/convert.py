"""From what users pass to tensors: the first line of nearly every op."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import copysign
from typing import Any, TypeAlias

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.calling import asks_for
from glbackend.base.dtypes import NUMPY, DType, check_dtype, to_numpy
from glbackend.base.errors import ArgumentError, CallError, DtypeError
from glbackend.base.shapes import Spec
from glbackend.engine.engine import make_tensor
from glbackend.engine.storage import Handle, Storage
from glbackend.engine.tensor import METHODS, Tensor, Variable

TensorLike: TypeAlias = (
    Tensor | float | bool | str | bytes | np.ndarray[Any, Any] | np.generic | list[Any] | tuple[Any, ...]
)

# Python numbers below it are kept as storages: none overflows float32. -0.0 is not, as 0.0 equals it.
MAX_KEPT_NUMBER = 1 << 53
OF_KERAS = {  # further arguments of Keras's variables
    "initializer", "shape", "autocast", "aggregation", "synchronization", "layout",
}  # fmt: skip
asked: dict[str, Callable[[Any], Any]] = {}  # what layers, which stand above, know of names of Keras's


def as_tensor(
    value: Any, name: str, op: str, dtype: DType | None = None, like: DType | None = None
) -> Tensor:
    """`value` if it is a tensor, else a new tensor of it; errors name the argument and the op.

    `dtype` asks for that dtype when a tensor is made (tensors keep theirs). `like` is the dtype of the other
    operand: a Python scalar takes it if that can hold the scalar, else float32.
    """
    if isinstance(value, Tensor):
        return value
    if value is None:
        raise DtypeError(f"{op}: argument {name!r} must be a tensor or an array of numbers, got None")
    if like is not None and dtype is None and isinstance(value, int | float):
        dtype = _scalar_dtype(value, like)
        known = type(value) in (int, float) and dtype != "complex64" and abs(value) < MAX_KEPT_NUMBER
        if known and (value or copysign(1, value) > 0):
            return Tensor(Handle(_number(value, dtype, NUMPY[dtype]), Spec((), dtype)))
    if isinstance(value, list | tuple) and any(isinstance(one, Tensor) for one in value):
        value = [one.numpy() if isinstance(one, Tensor) else one for one in value]
    array = to_numpy(value, dtype, f"{op}: argument {name!r}")
    if array is value:
        array = array.copy()
    resolved = dtype or _inferred(array)
    return make_tensor(array, Spec(array.shape, resolved))


def real_numbers(value: Any, name: str, op: str) -> np.ndarray[Any, Any]:
    """The array of what `as_tensor` takes; DtypeError for strings and complex numbers."""
    tensor = as_tensor(value, name, op)
    if tensor.dtype in ("string", "complex64"):
        raise DtypeError(f"{op}: {name} must be real numbers, got {tensor.dtype}")
    return tensor.numpy()


def as_tensors(values: Iterable[Any], name: str, op: str) -> list[Tensor]:
    """A list of tensors from an iterable of tensor-likes; DtypeError where it is no list."""
    if isinstance(values, Tensor) or not isinstance(values, list | tuple):
        raise DtypeError(f"{op}: argument {name!r} must be a list of tensors, got {type(values).__name__}")
    return [as_tensor(value, f"{name}[{i}]", op) for i, value in enumerate(values)]


def first_value(initial: Any, trainable: Any, dtype: Any, keras: Mapping[str, Any]) -> Handle:
    """What a variable of these arguments starts with; an initializer is asked for a value of the shape."""
    if unknown := keras.keys() - OF_KERAS:
        raise CallError(f"variable: there is no argument {', '.join(sorted(unknown))}")
    if not isinstance(trainable, bool | np.bool):
        raise CallError(f"variable: trainable must be a bool, got {got(trainable)}: name shape=")
    shape, given = keras.get("shape"), keras.get("initializer")
    if (initial is None) == (given is None):
        raise CallError("variable: needs a value, or an initializer and the shape of the value")
    if given is not None:
        initial = np.asarray(given) if isinstance(given, list | tuple | int | float) else given
        dtype = None if dtype is None else asked["dtype"](dtype)
    wanted = None if dtype is None else check_dtype(dtype)
    if isinstance(initial, str) and (shape is not None or given is not None):
        initial = asked["initializer"](initial)
    if callable(initial):
        if shape is None:
            raise ArgumentError("variable: an initializer needs the shape of the value: give shape")
        told = {"dtype": wanted or "float32"} if asks_for(initial, "dtype") else {}
        initial = initial(tuple(shape), **told)
    value = as_tensor(initial, "initial", "variable", wanted)
    return (value if wanted in (None, value.dtype) else METHODS["cast"](value, wanted)).handle


Variable.first_value = staticmethod(first_value)


@lru_cache(maxsize=1024, typed=True)
def _number(value: float, dtype: DType, kept_as: type) -> Storage:
    """The storage of a Python number: programs use the same few again and again."""
    array: np.ndarray[Any, Any] = np.array([value], kept_as)
    array.flags.writeable = False  # many tensors hold it
    return Storage(dtype, 1, array, counted=False)


def _scalar_dtype(value: float | bool, like: DType) -> DType:
    if like in ("float32", "complex64"):
        return like
    if isinstance(value, bool):
        return "bool" if like == "bool" else "int32"
    if like == "int32" and isinstance(value, int) and -(2**31) <= value < 2**31:
        return "int32"
    return "float32"


def _inferred(array: np.ndarray[Any, Any]) -> DType:
    return next(dtype for dtype, numpy in NUMPY.items() if numpy == array.dtype)
