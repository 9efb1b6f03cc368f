"""Python's `x[...]`, as in NumPy: ints, slices, ellipsis, None, arrays of numbers or truths."""

import math
from functools import reduce
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.shapes import broadcast_shapes
from glbackend.engine.convert import as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.op import op, run
from glbackend.ops.unique import boolean_mask

_LIMIT = 2**31 - 1


@op()
def getitem(x: Tensor, key: Any) -> Tensor:
    """The part of `x` that `key` names, `x[key]`; differentiable. As NumPy has it.

    `key` holds ints, slices, an ellipsis, None, and int32 or bool tensors, arrays or lists (a mask covers as
    many axes as it has). Several arrays are broadcast and pick together. Raises ShapeError for an index out
    of range, ArgumentError for a key that is not understood.

    >>> x = as_tensor([[1., 2., 3.], [4., 5., 6.]], "x", "getitem")
    >>> x[1, ::-1].numpy().tolist(), x[[0, 0, 1]].shape
    ([6.0, 5.0, 4.0], (3, 3))
    """
    keys = key if isinstance(key, tuple) else (key,)
    if any(_is_array(one) for one in keys[1:]):
        return _picked(x, keys)
    if keys and _is_array(keys[0]):
        x, covered = _gathered(x, keys[0])
        keys = (*(slice(None),) * covered, *keys[1:])
    if not keys:
        return x.clone()
    return _cut(x, keys)


def _is_array(one: Any) -> bool:
    whole = isinstance(one, Tensor) and one.rank == 0 and one.dtype == "int32"
    return isinstance(one, Tensor | np.ndarray | list) and not whole


def _array(index: Any) -> np.ndarray[Any, Any]:
    """An array of a list; an empty one picks nothing."""
    found = np.asarray(index)
    return found.astype(np.int32) if found.size == 0 and isinstance(index, list) else found


def _picked(x: Tensor, keys: tuple[Any, ...]) -> Tensor:
    """With arrays elsewhere than in front alone: they, and ints beside them, name elements together."""
    entries = _spread(x, keys)
    picks = [i for i, one in enumerate(entries) if not (one is None or isinstance(one, slice))]
    cut = _cut(x, tuple([slice(None) if i in picks else one for i, one in enumerate(entries)]))
    flat: Any = None
    shapes = [entries[i].shape for i in picks if hasattr(entries[i], "shape")]
    reduce(lambda a, b: broadcast_shapes(a, b, "getitem, index arrays"), shapes)
    for i in picks:
        index = _counted(entries[i], cut.shape[i], cut)
        flat = index if flat is None else flat * cut.shape[i] + index
    others = [i for i in range(cut.rank) if i not in picks]
    rest = [cut.shape[i] for i in others]
    rows = cut.transpose([*picks, *others]).reshape((math.prod(cut.shape[i] for i in picks), *rest))
    flat = as_tensor(flat, "index", "getitem", "int32")
    found = rows.gather(flat)
    if picks != list(
        range(picks[0], picks[-1] + 1)
    ):  # apart from each other: their axes come first, as in NumPy
        return found
    before, own = picks[0], list(range(flat.rank))
    after = list(range(flat.rank, found.rank))
    return found.transpose([*after[:before], *own, *after[before:]])


def _spread(x: Tensor, keys: tuple[Any, ...]) -> list[Any]:
    """An entry for each axis of x, and None: without ellipsis, masks as the numbers of what they pick."""
    entries: list[Any] = []
    for one in keys:
        values = one
        if _is_array(one):
            values = one.numpy() if isinstance(one, Tensor) and one.dtype == "bool" else one
            values = _array(values) if isinstance(values, list) else values
        if isinstance(values, np.ndarray) and values.dtype.kind == "b":
            at = sum(1 for it in entries if it is not None)
            if values.shape != x.shape[at : at + values.ndim]:
                raise ShapeError(
                    f"getitem: a mask of shape {list(values.shape)} does not fit a tensor of shape "
                    f"{list(x.shape)} from axis {at} on"
                )
            entries += list(np.nonzero(values))
        else:
            entries.append(values)
    axes = sum(1 for one in entries if one is not None and one is not Ellipsis)
    if axes > x.rank:
        raise ShapeError(f"getitem: {axes} indices for a tensor of shape {list(x.shape)}")
    dots = [i for i, one in enumerate(entries) if one is Ellipsis]
    if len(dots) > 1:
        raise ArgumentError("getitem: an index can only have a single ellipsis ('...')")
    place = dots[0] if dots else len(entries)
    return [*entries[:place], *[slice(None)] * (x.rank - axes), *entries[place + len(dots) :]]


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
            f"getitem: {index!r} is no index: use ints, slices, '...', None, an int32 or bool arrays"
        )
    return max(-_LIMIT, min(_LIMIT, int(index.__index__())))


def _gathered(x: Tensor, index: Tensor | np.ndarray[Any, Any] | list[Any]) -> tuple[Tensor, int]:
    """x with its first axis (a mask: axes) replaced by what an array picks; and how many axes that made."""
    if isinstance(index, Tensor):
        mask: Any = index if index.dtype == "bool" else None
    else:
        index = _array(index)
        mask = as_tensor(index, "mask", "getitem") if index.dtype.kind == "b" else None
    if mask is not None:
        return _by_mask(x, mask)
    if x.rank == 0:
        raise ShapeError("getitem: a tensor of rank 0 has no axis to index")
    counted = as_tensor(_counted(index, x.shape[0], x), "index", "getitem", "int32")
    return x.gather(counted), counted.rank


def _counted(index: Any, n: int, x: Tensor) -> Any:
    """Indices along an axis of n, counted from its front; the range of those on the device is not checked."""
    if isinstance(index, Tensor) and index.handle.storage.host is None:
        if index.dtype != "int32":
            raise DtypeError(f"getitem: an index tensor must be int32 or bool, got {index.dtype}")
        return (index + n).where(index.less(0), index)
    values = index.numpy() if isinstance(index, Tensor) else np.asarray(index)
    if values.dtype.kind not in "iu":
        raise DtypeError(f"getitem: an index array must be int32 or bool, got {values.dtype}")
    if values.size and (values.min() < -n or values.max() >= n):
        why = f"outside [-{n}, {n})" if n else f"but the axis of shape {list(x.shape)} is empty"
        raise ShapeError(f"getitem: index array holds {values.min()}..{values.max()}, {why}")
    return np.where(values < 0, values + n, values).astype(np.int32)


def _by_mask(x: Tensor, mask: Tensor) -> tuple[Tensor, int]:
    """How many elements the mask picks decides the shape."""
    if mask.rank == 0 or mask.shape != x.shape[: mask.rank]:
        raise ShapeError(
            f"getitem: a mask of shape {list(mask.shape)} does not fit a tensor of shape {list(x.shape)}"
        )
    return boolean_mask(x, mask), 1
