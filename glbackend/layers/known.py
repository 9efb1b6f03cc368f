"""Sizes that are made of ops, as Keras takes them: small whole numbers are known within a trace, too."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from glbackend.base.nested import leaves, map_leaves
from glbackend.engine.node import recording, tracing
from glbackend.engine.tensor import Tensor, Variable

MOST = 64  # elements of a tensor that sizes and axes may be made of
SIZES = {"shape", "newshape", "repeats", "pad_width", "size", "num_classes", "num_segments", "k", "shift"}
AS_THEY_ARE: AbstractContextManager[None] = nullcontext()


def plain_sizes(names: Sequence[str], args: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """The arguments with Python's numbers for tensors of sizes, which are read before a trace sees them.

    `names`: of the arguments in their order. `args`, `named`: what is given.

    >>> from glbackend.ops.keras import convert_to_tensor
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
