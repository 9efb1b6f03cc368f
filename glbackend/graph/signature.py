"""What calls have in common that the same graph serves: `TensorSpec`, and the key of a call's arguments."""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.dtypes import DType, check_dtype
from glbackend.base.errors import CallError, DtypeError, ShapeError
from glbackend.base.shapes import Spec
from glbackend.engine.convert import as_tensor
from glbackend.engine.graph import kind
from glbackend.engine.tensor import Tensor, Variable

PLAIN = (bool, int, float, complex, str, bytes, np.generic, type(None), type)


class TensorSpec:
    """Shape and dtype that an argument of a captured function has. As TensorFlow's `tf.TensorSpec`.

    `shape`: its dims, None where any size will do. `dtype`: float32 by default.

    >>> import glbackend as gl
    >>> gl.TensorSpec([None, 3])
    TensorSpec([None, 3], 'float32')
    """

    __slots__ = ("dtype", "shape")

    def __init__(self, shape: Sequence[int | None], dtype: DType = "float32") -> None:
        if not isinstance(shape, list | tuple):
            raise CallError(
                f"TensorSpec: argument 'shape' must be a list of sizes and None, got {got(shape)}"
            )
        if any(dim is not None and (not isinstance(dim, int | np.integer) or dim < 0) for dim in shape):
            raise ShapeError(
                f"TensorSpec: shape {list(shape)} must hold whole numbers of at least 0, and None"
            )
        self.shape = tuple([None if dim is None else int(dim) for dim in shape])
        self.dtype = check_dtype(dtype)

    def __repr__(self) -> str:
        return f"TensorSpec({list(self.shape)}, {self.dtype!r})"

    def tensor(self, value: Any, name: str) -> Tensor:
        """`value` as a tensor that fits; ShapeError or DtypeError where it does not."""
        one = as_tensor(value, name, "function", self.dtype)
        if one.dtype != self.dtype:
            raise DtypeError(
                f"function: argument {name!r} must be {self.dtype}, got {one.dtype}: cast it first"
            )
        if len(one.shape) != len(self.shape) or any(
            want not in (None, dim) for want, dim in zip(self.shape, one.shape, strict=True)
        ):
            raise ShapeError(
                f"function: argument {name!r} has shape {list(one.shape)}, its input_signature says "
                f"{list(self.shape)}"
            )
        return one


class Same(NamedTuple):
    """Equal only to what holds the very same object."""

    thing: Any

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.thing is self.thing

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return id(self.thing)


def key_of(value: Any, tensors: list[Tensor]) -> Hashable:
    """What of an argument tells graphs apart; its tensors are added to `tensors` in the order of a trace.

    Of tensors and arrays that is shape and dtype, of numbers and text the value, of variables and of
    anything else which one it is.
    """
    if isinstance(value, Tensor | np.ndarray) and not isinstance(value, Variable):
        one = as_tensor(value, "arguments", "function")
        tensors.append(one)
        return one.spec
    if isinstance(value, dict):
        return dict, tuple([(key_of(key, []), key_of(one, tensors)) for key, one in value.items()])
    if isinstance(value, list | tuple):
        return type(value), tuple([key_of(one, tensors) for one in value])
    if isinstance(value, Spec | TensorSpec):
        return Spec(value.shape, value.dtype)  # type: ignore[arg-type]
    if isinstance(value, float):
        return float, repr(value)  # tells 0.0 from -0.0, and finds NaN again
    return (type(value), value) if isinstance(value, PLAIN) else Same(value)


def told(key: Any) -> str:
    """A part of a key in words, for warnings."""
    if isinstance(key, Spec):
        return kind(key)
    if isinstance(key, Same):
        return got(key.thing)
    if isinstance(key, tuple) and len(key) == 2 and isinstance(key[0], type):
        return str(key[1])
    return str(key)
