"""Keras's `ops` that take functions, write into tensors, or add up by segments. They stand in `gl.ops`.

Loops and choices are Python's: within `gl.function` they are unrolled, and what they ask must be known there.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.nested import leaves, map_leaves
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.concat import stack
from glbackend.ops.create import tensor
from glbackend.ops.further.elementwise import counts, in_kind, tensor_of
from glbackend.ops.index import scatter_nd
from glbackend.ops.logical import where
from glbackend.ops.scatter import tensor_scatter_update
from glbackend.ops.segment import unsorted_segment_sum


@checked
def cond(pred: Any, true_fn: Callable[[], Any], false_fn: Callable[[], Any]) -> Any:
    """What `true_fn` gives where `pred` holds, else what `false_fn` gives. As `keras.ops.cond`.

    >>> cond(True, lambda: 1, lambda: 2)
    1
    """
    return true_fn() if bool(pred) else false_fn()


@checked
def fori_loop(lower: Any, upper: Any, body_fun: Callable[[int, Any], Any], init_val: Any) -> Any:
    """The last of `init_val`, body_fun(lower, it), ..., up to but without `upper`. As `keras.ops.fori_loop`.

    `lower`, `upper`: the first number, and the one after the last.
    `body_fun`: takes a number and the value so far, gives the next one.

    >>> fori_loop(0, 3, lambda i, x: x + i, 0)
    3
    """
    value = init_val
    for i in range(int(lower), int(upper)):
        value = body_fun(i, value)
    return value


@checked
def while_loop(
    cond: Callable[..., Any], body: Callable[..., Any], loop_vars: Any, maximum_iterations: int | None = None
) -> Any:
    """The values after `body` of them, again and again while `cond` of them holds. As `keras.ops.while_loop`.

    `loop_vars`: the first values: a list or tuple, whose members are the arguments, or a single one.
    `maximum_iterations`: how often at most.

    >>> while_loop(lambda i: i < 5, lambda i: (i * 2,), (1,))
    (8,)
    """
    several = isinstance(loop_vars, list | tuple)
    values, runs = tuple(loop_vars) if several else (loop_vars,), 0
    while (maximum_iterations is None or runs < maximum_iterations) and bool(cond(*values)):
        found = body(*values)
        values, runs = tuple(found) if isinstance(found, list | tuple) else (found,), runs + 1
    return values if several else values[0]


@checked
def switch(index: Any, branches: Sequence[Callable[..., Any]], *operands: Any) -> Any:
    """What the `index`-th of `branches` gives for `operands`; the nearest for an index outside.

    As `keras.ops.switch`.

    >>> switch(1, [lambda x: x + 1, lambda x: x * 10], 3)
    30
    """
    return branches[min(max(int(index), 0), len(branches) - 1)](*operands)


@checked
def scan(
    f: Callable[[Any, Any], tuple[Any, Any]],
    init: Any,
    xs: Any = None,
    length: int | None = None,
    reverse: bool = False,
) -> tuple[Any, Any]:
    """The last state, and all that `f` gave on the way, stacked. As `keras.ops.scan`.

    `f`: takes the state and the next element, gives the next state and a result.
    `init`: the first state.
    `xs`: tensors in any structure, which are walked along their first axes.
    `length`: how many steps there are without `xs`.
    `reverse`: whether they are walked from the end.

    >>> state, sums = scan(lambda state, x: (state + x, state + x), 0.0, as_tensor([1., 2.], "xs", "scan"))
    >>> sums.numpy().tolist()
    [1.0, 3.0]
    """
    given = map_leaves((Tensor, np.ndarray), lambda one: as_tensor(one, "xs", "scan"), xs)
    sizes = _lengths(given, "scan")
    if not sizes and length is None:
        raise ArgumentError("scan: give xs, or length")
    steps = range(sizes[0] if sizes else int(length or 0))
    if not len(steps):
        raise ArgumentError("scan: there are no steps: the shape of what f gives is not known without one")
    state, results = init, []
    for i in reversed(steps) if reverse else steps:
        state, found = f(state, map_leaves(Tensor, itemgetter(i), given))
        results.append(found)
    results = results[::-1] if reverse else results
    return state, _stacked(results)


def _lengths(xs: Any, op: str) -> list[int]:
    """How many elements the tensors in a structure have along their first axes; ShapeError without one."""
    found = list(leaves((Tensor, np.ndarray), xs))
    if any(not one.ndim for one in found):
        raise ShapeError(f"{op}: xs must have a first axis to walk along, got a single number")
    return [one.shape[0] for one in found]


def _stacked(results: list[Any]) -> Any:
    """A structure of stacks for a list of structures."""
    if not results or results[0] is None:
        return None
    if isinstance(results[0], dict):
        return {key: _stacked([one[key] for one in results]) for key in results[0]}
    if isinstance(results[0], list | tuple):
        return type(results[0])(_stacked(list(group)) for group in zip(*results, strict=True))
    return stack([as_tensor(one, "f", "scan") for one in results])


@checked
def map(f: Callable[[Any], Any], xs: Any) -> Any:
    """`f` of each element along the first axes of `xs`, tensors in any structure, stacked.

    As `keras.ops.map`.

    >>> map(lambda x: x * 2, as_tensor([1., 2.], "xs", "map")).numpy().tolist()
    [2.0, 4.0]
    """

    def step(state: Any, x: Any) -> tuple[Any, Any]:
        return state, f(x)

    if 0 in _lengths(xs, "map"):
        raise ArgumentError("map: xs has no elements: the shape of what f gives is not known without one")
    return scan(step, None, xs)[1]


@checked
def vectorized_map(function: Callable[[Any], Any], elements: Any) -> Any:
    """`function` of each element along the first axes of `elements`, stacked: here the same as `map`.

    As `keras.ops.vectorized_map`.

    >>> vectorized_map(lambda x: x.sum(), as_tensor([[1., 2.], [3., 4.]], "xs", "map")).numpy().tolist()
    [3.0, 7.0]
    """
    return map(function, elements)


@checked
def scatter(indices: TensorLike, values: TensorLike, shape: Sequence[int]) -> Tensor:
    """Zeros of `shape` with `values` added at `indices`, [n, rank]. As `keras.ops.scatter`.

    >>> scatter([[0], [2]], [1., 2.], (3,)).numpy().tolist()
    [1.0, 0.0, 2.0]
    """
    given = tensor_of(values)
    places = as_tensor(indices, "indices", "scatter").cast("int32")
    return in_kind(scatter_nd(places, counts(given), list(shape)), given)


@checked
def scatter_update(
    inputs: TensorLike, indices: TensorLike, updates: TensorLike, reduction: str | None = None
) -> Tensor:
    """`inputs` with `updates` at `indices`, [n, rank]. As `keras.ops.scatter_update`.

    `reduction`: None: they replace what is there; "add": they are added to it.

    >>> scatter_update([1., 2., 3.], [[1]], [9.]).numpy().tolist()
    [1.0, 9.0, 3.0]
    """
    given = as_tensor(inputs, "inputs", "scatter_update")
    places = as_tensor(indices, "indices", "scatter_update").cast("int32")
    new = as_tensor(updates, "updates", "scatter_update").cast(given.dtype)
    if reduction not in (None, "add"):
        raise ArgumentError(f"scatter_update: reduction must be None or 'add', got {reduction!r}")
    if reduction == "add":
        return given + scatter_nd(places, new, given.shape)
    return tensor_scatter_update(given, places, new)


@checked
def slice_update(inputs: TensorLike, start_indices: Sequence[Any], updates: TensorLike) -> Tensor:
    """`inputs` with `updates` written into it from `start_indices` on. As `keras.ops.slice_update`.

    >>> slice_update([1., 2., 3.], [1], [9.]).numpy().tolist()
    [1.0, 9.0, 3.0]
    """
    given = as_tensor(inputs, "inputs", "slice_update")
    new = as_tensor(updates, "updates", "slice_update").cast(given.dtype)
    starts = [int(one) for one in start_indices]
    pads = [
        [start, size - start - part] for start, size, part in zip(starts, given.shape, new.shape, strict=True)
    ]
    if not pads:
        return new
    within = np.pad(np.ones(new.shape, bool), pads)
    return where(tensor(within), new.pad(pads), given)


@checked
def segment_sum(
    data: TensorLike, segment_ids: TensorLike, num_segments: int | None = None, sorted: bool = False
) -> Tensor:
    """The sums of the rows of `data` that have the same number. As `keras.ops.segment_sum`.

    `segment_ids`: the number of each row; a negative one counts nowhere.
    `num_segments`: how many there are; by default the largest number decides.
    `sorted`: says that the numbers are in order, which changes nothing here.

    >>> segment_sum([1., 2., 3.], [0, 0, 1], 2).numpy().tolist()
    [3.0, 3.0]
    """
    numbers = as_tensor(segment_ids, "segment_ids", "segment_sum").cast("int32")
    count = int(numbers.max().item()) + 1 if num_segments is None else num_segments
    given = tensor_of(data)
    return in_kind(unsorted_segment_sum(counts(given), numbers, count), given)


@checked
def get_item(x: TensorLike, key: Any) -> Tensor:
    """`x[key]`. As `keras.ops.get_item`.

    >>> get_item([1., 2., 3.], 1).item()
    2.0
    """
    return as_tensor(x, "x", "get_item")[tuple(key) if isinstance(key, list) else key]
