"""Python's `x[...]`, as in NumPy: ints, slices, ellipsis, None, one array of numbers or truths in front."""

from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.engine.convert import as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run
from glbackend.ops.unique import boolean_mask

_LIMIT = 2**31 - 1


@op()
def getitem(x: Tensor, key: Any) -> Tensor:
    """The part of `x` that `key` names, `x[key]`; differentiable. As NumPy has it.

    `key` holds ints, slices, an ellipsis and None; its first entry may be an int32 or bool tensor, array or
    list (a mask covers as many axes as it has). Raises ShapeError for an index out of range, ArgumentError
    for a key that is not understood.

    >>> x = as_tensor([[1., 2., 3.], [4., 5., 6.]], "x", "getitem")
    >>> x[1, ::-1].numpy().tolist(), x[[0, 0, 1]].shape
    ([6.0, 5.0, 4.0], (3, 3))
    """
    keys = key if isinstance(key, tuple) else (key,)
    if keys and isinstance(keys[0], Tensor | np.ndarray | list):
        x, covered = _gathered(x, keys[0])
        keys = (*(slice(None),) * covered, *keys[1:])
    if not keys:
        return x.clone()
    return _cut(x, keys)


def _cut(x: Tensor, keys: tuple[Any, ...]) -> Tensor:
    """Ints, slices, ellipsis and None as one strided slice."""
    axes = sum(1 for one in keys if one is not None and one is not Ellipsis)
    if axes > x.rank:
        raise ShapeError(f"getitem: {axes} indices for a tensor of shape {list(x.shape)}")
    begin, end, strides = [0] * len(keys), [0] * len(keys), [1] * len(keys)
    masks = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0)
    for i, one in enumerate(keys):
        if one is Ellipsis:
            if masks["ellipsis_mask"]:
                raise ArgumentError("getitem: an index can only have a single ellipsis ('...')")
            masks["ellipsis_mask"] |= 1 << i
        elif one is None:
            masks["new_axis_mask"] |= 1 << i
        elif isinstance(one, slice):
            strides[i] = 1 if one.step is None else _number(one.step)
            for side, bound, values in (("begin_mask", one.start, begin), ("end_mask", one.stop, end)):
                if bound is None:
                    masks[side] |= 1 << i
                else:
                    values[i] = _number(bound)
        else:
            begin[i] = _number(one)
            end[i] = begin[i] + 1
            masks["shrink_axis_mask"] |= 1 << i
    return run("StridedSlice", {"x": x}, begin=tuple(begin), end=tuple(end), strides=tuple(strides), **masks)


def _number(index: Any) -> int:
    if isinstance(index, bool | np.bool_) or not hasattr(index, "__index__"):
        raise ArgumentError(
            f"getitem: {index!r} is no index: use ints, slices, '...', None, an int32 or bool array in front"
        )
    return max(-_LIMIT, min(_LIMIT, int(index.__index__())))


def _gathered(x: Tensor, index: Tensor | np.ndarray[Any, Any] | list[Any]) -> tuple[Tensor, int]:
    """x with its first axis (a mask: axes) replaced by what an array picks; and how many axes that made."""
    if not isinstance(index, Tensor):
        values = np.asarray(index)
        if values.size == 0 and isinstance(index, list):
            values = values.astype(np.int32)
    elif index.dtype == "bool":
        return _by_mask(x, index)
    elif index.handle.storage.host is not None:
        values = index.numpy()
    else:
        return _by_device_index(x, index)
    if values.dtype.kind == "b":
        return _by_mask(x, as_tensor(values, "mask", "getitem"))
    if values.dtype.kind not in "iu":
        raise DtypeError(f"getitem: an index array must be int32 or bool, got {values.dtype}")
    n = x.shape[0] if x.rank else 0
    if values.size and (values.min() < -n or values.max() >= n):
        why = f"outside [-{n}, {n})" if n else f"but the axis of shape {list(x.shape)} is empty"
        raise ShapeError(f"getitem: index array holds {values.min()}..{values.max()}, {why}")
    counted = as_tensor(np.where(values < 0, values + n, values), "index", "getitem")
    return x.gather(counted), values.ndim


def _by_mask(x: Tensor, mask: Tensor) -> tuple[Tensor, int]:
    """How many elements the mask picks decides the shape."""
    if mask.rank == 0 or mask.shape != x.shape[: mask.rank]:
        raise ShapeError(
            f"getitem: a mask of shape {list(mask.shape)} does not fit a tensor of shape {list(x.shape)}"
        )
    return boolean_mask(x, mask), 1


def _by_device_index(x: Tensor, index: Tensor) -> tuple[Tensor, int]:
    """Indices that only the device knows: their range is not checked."""
    if index.dtype != "int32":
        raise DtypeError(f"getitem: an index tensor must be int32 or bool, got {index.dtype}")
    if x.rank == 0:
        raise ShapeError("getitem: a tensor of rank 0 has no axis to index")
    counted = (index + x.shape[0]).where(index.less(0), index)
    return x.gather(counted), index.rank
