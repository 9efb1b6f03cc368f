"""Elements: nested dicts and tuples of arrays, numbers and text. Many as one, one as many, and as tensors."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.dtypes import NUMPY, DType, infer_dtype, to_numpy
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.base.nested import leaves, map_leaves
from glbackend.base.shapes import Spec, TensorSpec, dims_of
from glbackend.engine.engine import make_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor

Array = np.ndarray[Any, Any]
PLAIN_DTYPES: tuple[DType, ...] = ("float32", "int32", "bool")
ARRAYS = (np.ndarray, np.generic)
PLAIN = (bool, int, float, str, bytes, type(None))


class Augmented(NamedTuple):
    """A batch on the host, and what is still to be done with it: functions of it and of a seed."""

    value: Any
    steps: tuple[tuple[Callable[[Any, str], Any], str], ...]

    def finished(self) -> Any:
        """The batch as tensors, all done. A step may add random numbers of its own by its seed."""
        found = consumed(self.value, tensor)
        for function, seed in self.steps:
            found = function(found, seed)
        return found


def handed_over(array: Any) -> Tensor:
    """An array that nobody else has as a tensor, without a copy where its dtype is one of ours."""
    if isinstance(array, np.ndarray) and array.flags.c_contiguous:
        for dtype in PLAIN_DTYPES:
            if array.dtype == NUMPY[dtype]:
                return make_tensor(array, Spec(array.shape, dtype))
    return tensor(array)


def consumed(value: Any, make: Callable[[Any], Tensor] | None) -> Any:
    """An element as its user gets it: what was put off is done, and `make` makes tensors of arrays."""
    if isinstance(value, Augmented):
        return value.finished()
    if make is not None and isinstance(value, ARRAYS):
        return make(value)
    if isinstance(value, dict):
        return {key: consumed(one, make) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return rebuilt(value, [consumed(one, make) for one in value])
    return value


def as_floats(value: Any) -> Any:
    """`value` with float32 for arrays of bytes; others stay as they are."""
    return map_leaves(np.ndarray, lambda one: one.astype(np.float32) if one.dtype == np.uint8 else one, value)


def on_host(value: Any) -> Any:
    """`value` with an array for each tensor."""
    return map_leaves(Tensor, lambda one: one.numpy(), value)


def rebuilt(like: Any, items: list[Any]) -> Any:
    """The items in a list or tuple (or named tuple) as `like` is one."""
    if isinstance(like, list):
        return items
    return type(like)(*items) if hasattr(like, "_fields") else tuple(items)


def stacked(elements: Sequence[Any], op: str = "batch") -> Any:
    """Elements of one structure as one, in which each array has an axis more, in front.

    Dicts and tuples are kept. Numbers and text become arrays, and so do nested lists of them; Python's
    numbers become float32, and None among numbers NaN.

    >>> stacked([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])
    {'a': array([1., 2.], dtype=float32), 'b': array(['x', 'y'], dtype=object)}
    """
    first = elements[0]
    if isinstance(first, dict):
        for one in elements:
            if not isinstance(one, dict) or one.keys() != first.keys():
                raise ArgumentError(
                    f"{op}: elements must have the same keys, got {_keys(first)} and {_keys(one)}"
                )
        return {key: stacked([one[key] for one in elements], op) for key in first}
    if isinstance(first, tuple) or (isinstance(first, list) and not _is_plain(first)):
        if not all(isinstance(one, list | tuple) and len(one) == len(first) for one in elements):
            raise ArgumentError(f"{op}: elements must all be of {len(first)} parts, as the first is")
        return rebuilt(first, [stacked(part, op) for part in zip(*elements, strict=True)])
    return _stacked_leaf(elements, op)


def _keys(one: Any) -> str:
    return ", ".join(map(repr, one)) if isinstance(one, dict) else f"a {type(one).__name__}"


def _is_plain(one: Any) -> bool:
    """Whether a list is an array in all but name: numbers and text, in lists."""
    return isinstance(one, PLAIN) or (isinstance(one, list) and all(map(_is_plain, one)))


def _stacked_leaf(values: Sequence[Any], op: str) -> Array:
    if any(isinstance(one, Tensor) for one in values):
        values = [one.numpy() if isinstance(one, Tensor) else one for one in values]
    if isinstance(values[0], np.generic):
        return np.array(values)
    if isinstance(values[0], np.ndarray):
        try:
            return np.stack(values)
        except ValueError:
            shapes = sorted({str(list(np.shape(one))) for one in values})
            raise ShapeError(
                f"{op}: arrays must have one shape, got {', '.join(shapes[:4])}: "
                f"map them to one shape first, or use row_major_batch"
            ) from None
    if any(one is None for one in values) and not any(isinstance(one, str) for one in values):
        values = [np.nan if one is None else one for one in values]
    try:
        if len({isinstance(one, str) for one in leaves(PLAIN, list(values))}) > 1:
            raise DtypeError(f"{op}: there is text beside numbers")
        return to_numpy(list(values), name=op)
    except DtypeError as error:
        raise DtypeError(f"{error}; a batch needs elements of one kind and shape") from None


def padded(elements: Sequence[Any], value: Any = None, shape: Any = None) -> Any:
    """As `stacked`, of arrays of several shapes: each is filled up with `value` to `shape`, or the largest.

    Both are in the structure of an element; one `value` may be for all parts.

    >>> padded([[1], [2, 3]])
    array([[1., 0.],
           [2., 3.]], dtype=float32)
    >>> padded([([1], 5), ([2, 3], 6)], -1, ([3], []))
    (array([[ 1., -1., -1.],
           [ 2.,  3., -1.]], dtype=float32), array([5., 6.], dtype=float32))
    """
    first = elements[0]
    if isinstance(first, dict):
        return {
            key: padded(
                [one[key] for one in elements],
                _part(value, key, first, "padding_values"),
                _part(shape, key, first, "padded_shapes"),
            )
            for key in first
        }
    if isinstance(first, tuple):
        values = [_part(value, i, first, "padding_values") for i in range(len(first))]
        shapes = [_part(shape, i, first, "padded_shapes") for i in range(len(first))]
        return rebuilt(first, list(map(padded, zip(*elements, strict=True), values, shapes)))
    arrays = [as_arrays(one, "padded_batch") for one in elements]
    if len({one.ndim for one in arrays}) > 1:
        raise ShapeError("padded_batch: arrays must have one rank")
    filled = _filled_to([one.shape for one in arrays], shape)
    text = arrays[0].dtype.kind in "USO"
    fill = str(value or "") if text else value or 0
    result = np.full((len(arrays), *filled), fill, object if text else np.result_type(*arrays))
    for row, one in enumerate(arrays):
        place: tuple[Any, ...] = (row, *map(slice, one.shape))
        result[place] = one[()]  # of a single text the text
    return result


def _part(given: Any, key: Any, element: Any, name: str) -> Any:
    """The part of a structure, or the number or text that is given for all parts."""
    if given is None or isinstance(given, int | float | str | np.generic):
        return given
    try:
        if len(given) == len(element):
            return given[key]
    except (LookupError, TypeError):
        pass
    raise ShapeError(
        f"padded_batch: {name} must have the structure of an element, {len(element)} parts, got {given!r}"
    )


def _filled_to(shapes: Sequence[tuple[int, ...]], wanted: Any) -> tuple[int, ...]:
    """The shape that arrays are filled up to: the largest dims, or those that are wanted."""
    largest = tuple(max(dims) for dims in zip(*shapes, strict=True))
    if wanted is None:
        return largest
    dims = dims_of(wanted)
    known = all(dim is None or isinstance(dim, int | np.integer) for dim in dims)
    pairs = zip(dims, largest, strict=False)
    if not known or len(dims) != len(largest) or any(a not in (None, -1) and a < most for a, most in pairs):
        raise ShapeError(
            f"padded_batch: arrays of shape {list(largest)} cannot be filled up to padded_shapes {wanted}"
        )
    return tuple(most if dim in (None, -1) else int(dim) for dim, most in zip(dims, largest, strict=True))


def typed(value: Any, spec: Any) -> Any:
    """An element as arrays of the dtypes of its spec; ShapeError where it has another structure or shape.

    >>> typed([1, 2], TensorSpec((None,), "int32"))
    array([1, 2], dtype=int32)
    """
    if isinstance(spec, dict):
        if not isinstance(value, dict) or value.keys() != spec.keys():
            raise ShapeError(
                f"from_generator: an element must have the keys {sorted(spec)}, got {got(value)}"
            )
        return {key: typed(value[key], one) for key, one in spec.items()}
    if isinstance(spec, tuple | list):
        if not isinstance(value, tuple | list) or len(value) != len(spec):
            raise ShapeError(f"from_generator: an element must have {len(spec)} parts, got {got(value)}")
        return rebuilt(spec, [typed(*pair) for pair in zip(value, spec, strict=True)])
    array = as_arrays(value, "from_generator")
    dims = spec.shape
    if len(dims) != array.ndim or any(b not in (None, a) for a, b in zip(array.shape, dims, strict=True)):
        raise ShapeError(
            f"from_generator: the output_signature has shape {list(dims)}, an element {list(array.shape)}"
        )
    return value if spec.dtype not in NUMPY or array.dtype.kind in "USO" else array.astype(NUMPY[spec.dtype])


def unstacked(value: Any) -> Iterator[Any]:
    """The elements along the first axis of a structure's arrays: what `stacked` has made of them.

    >>> [(one["a"].item(), one["b"]) for one in unstacked({"a": np.arange(2), "b": np.array(["x", "y"])})]
    [(0, 'x'), (1, 'y')]
    """
    return (element_at(value, i) for i in range(length_of(value, "unbatch")))


def element_at(value: Any, i: int) -> Any:
    """The element of that number along the first axis of a structure's arrays; text as Python's."""
    if isinstance(value, dict):
        return {key: element_at(one, i) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return rebuilt(value, [element_at(one, i) for one in value])
    one = value[i]
    return str(one) if isinstance(one, np.str_) else one


def length_of(value: Any, op: str) -> int:
    """The common length of a structure's arrays; ShapeError where it differs, or there are none."""
    arrays = list(leaves(np.ndarray, value))
    if not arrays or any(one.ndim == 0 for one in arrays):
        raise ShapeError(f"{op}: there must be arrays of at least one dim, got {type(value).__name__}")
    lengths = sorted({len(one) for one in arrays})
    if len(lengths) > 1:
        raise ShapeError(f"{op}: arrays must have as many elements along the first axis, got {lengths}")
    return lengths[0]


def as_arrays(value: Any, op: str) -> Any:
    """A structure of whatever makes arrays, as one of arrays: memory maps stay, tensors are read."""
    if isinstance(value, dict):
        return {key: as_arrays(one, op) for key, one in value.items()}
    if isinstance(value, tuple):
        return rebuilt(value, [as_arrays(one, op) for one in value])
    if isinstance(value, np.ndarray):
        return value
    return value.numpy() if isinstance(value, Tensor) else to_numpy(value, name=op)


def spec_of(value: Any) -> Any:
    """A structure of arrays as one of their specs, by their whole shapes."""
    return map_leaves(np.ndarray, lambda one: TensorSpec(one.shape, infer_dtype(one)), value)


def with_batch(spec: Any, size: int | None) -> Any:
    """Specs of a batch of so many (None: any number) of such elements."""
    return map_leaves(TensorSpec, lambda one: TensorSpec((size, *one.shape), one.dtype), spec)


def without_batch(spec: Any) -> Any:
    """Specs of the elements of such a batch."""
    return map_leaves(TensorSpec, lambda one: TensorSpec(one.shape[1:], one.dtype), spec)
