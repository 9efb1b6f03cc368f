"""What functions of `keras.ops` make of whole numbers: int32, and within a trace at once what is known."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from glbackend.base.nested import leaves, map_leaves
from glbackend.engine.node import recording, tracing
from glbackend.engine.tensor import Tensor, Variable
from glbackend.ops.keras import convert_to_tensor

MOST = 64  # elements of a tensor that sizes and axes may be made of
# Keras's names of what a function is applied to
_OPERANDS = {"x", "*x", "x1", "xs", "a", "inputs", "indices", "data", "*operands"}
SIZES = {"shape", "newshape", "repeats", "pad_width", "size", "num_classes", "num_segments", "k", "shift"}
AS_THEY_ARE: AbstractContextManager[None] = nullcontext()


def whole_numbers(
    name: str, arguments: Sequence[str], tensors: Sequence[str], args: tuple[Any, ...], named: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments with int32 tensors for Python's whole numbers, where whole ones are all that is given.

    Beside floats they are floats.

    `name`: of the function, `arguments` and `tensors` its arguments in Keras's words and which are tensors.
    `args`, `named`: what it is called with.

    >>> whole_numbers("sum", ["x", "axis"], ["x"], ([1, 2],), {"axis": 0})[0][0].dtype
    'int32'
    """
    if not tensors or tensors[0] not in _OPERANDS:
        return args, named
    starred = [one for one in arguments if one.startswith("*")]
    places = [*arguments[: arguments.index(starred[0])], *starred * len(args)] if starred else arguments
    pairs = [*zip(places, args, strict=False), *named.items()]
    given = [one for key, one in pairs if key in tensors]
    if not given or not all(map(_is_whole, given)):
        return args, named
    beside = next(leaves((Tensor, np.ndarray, np.generic), given), None) is not None

    def told(key: str, one: Any) -> Any:
        if key not in tensors or (beside and isinstance(one, int | Tensor | np.ndarray | np.generic)):
            return one
        return [*map(convert_to_tensor, one)] if key == "xs" or name == "stack" else convert_to_tensor(one)

    placed = [told(key, one) for key, one in zip(places, args, strict=False)]
    return (*placed, *args[len(placed) :]), {key: told(key, one) for key, one in named.items()}


def plain_sizes(names: Sequence[str], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """The arguments with Python's numbers for tensors of sizes, which are read before a trace sees them.

    `names`: of the arguments in their order. `args`, `named`: what is given.

    >>> plain_sizes(["x", "shape"], (0, (convert_to_tensor(2), -1)), {})
    ((0, (2, -1)), {})
    """
    sizes = [one for key, one in (*zip(names, args, strict=False), *named.items()) if key in SIZES]
    if next(leaves(Tensor, sizes), None) is None:
        return args, named

    def told(key: str, one: Any) -> Any:
        return map_leaves(Tensor, _number, one) if key in SIZES else one

    placed = [told(key, one) for key, one in zip(names, args, strict=False)]
    return (*placed, *args[len(placed) :]), {key: told(key, one) for key, one in named.items()}


def _number(one: Tensor) -> Any:
    return one.numpy().tolist() if one.dtype == "int32" else one


def at_once(args: Sequence[Any], named: Mapping[str, Any]) -> AbstractContextManager[None]:
    """Within a trace a block that runs now, as nothing but small known whole numbers goes into it.

    So a shape may be computed with ops: `tile(mask, concatenate([expand_dims(batch, -1), [1, 1]]))`.

    `args`, `named`: the arguments of a function that always gives the same for the same.

    >>> with at_once((1,), {}):
    ...     pass
    """
    if tracing.get() is None:
        return AS_THEY_ARE
    found = list(leaves((Tensor, np.ndarray), [args, dict(named)]))
    return recording(None) if found and all(map(_is_known, found)) else AS_THEY_ARE


def _is_known(one: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype.kind in "iub" and one.size <= MOST
    whole = one.dtype in ("int32", "bool") and one.size <= MOST
    return whole and not isinstance(one, Variable) and not one.handle.storage.symbolic


def _is_whole(value: Any) -> bool:
    """Whether it is a whole number or a tensor of such, or lists of nothing else."""
    if isinstance(value, list | tuple):
        return bool(value) and all(map(_is_whole, value))
    if isinstance(value, Tensor):
        return value.dtype == "int32"
    return type(value) is int or (isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "iu")
