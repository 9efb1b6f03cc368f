"""Host arrays made ready for training: classes as one-hot rows, sequences of one length."""

import random
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.calling import checked
from glbackend.base.counts import MOST, count_of
from glbackend.base.errors import ArgumentError
from glbackend.engine.convert import real_numbers
from glbackend.ops.random import set_seed

Array = np.ndarray[Any, Any]
Side = Literal["pre", "post"]


@checked
def set_random_seed(seed: int) -> None:
    """Seeds Python's generator, NumPy's and ours: `gl.set_seed` is the last of them. As Keras's.

    `seed`: a whole number of at least 0.

    >>> set_random_seed(1)
    >>> first = np.random.rand(), random.random()
    >>> set_random_seed(1)
    >>> (np.random.rand(), random.random()) == first
    True
    """
    random.seed(seed)
    np.random.seed(seed)
    set_seed(seed)


@checked
def to_categorical(x: Any, num_classes: int | None = None) -> Array:
    """Class numbers as one-hot rows, a float32 array [..., num_classes]. As Keras's.

    `x`: whole numbers, an array, a tensor or a list; a last axis of size 1 is dropped.
    `num_classes`: how many classes there are; one more than the largest number where it is None.

    ArgumentError for a number that is no class.

    >>> to_categorical([0, 2]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    given = real_numbers(x, "x", "to_categorical")
    with np.errstate(invalid="ignore"):  # what no int64 holds is another number then
        classes = given.astype(np.int64)
    if (classes != given).any():
        raise ArgumentError("to_categorical: classes must be whole numbers")
    if classes.ndim > 1 and classes.shape[-1] == 1:
        classes = classes[..., 0]
    count = num_classes if num_classes is not None else int(classes.max(initial=-1)) + 1
    if classes.size and not 0 <= classes.min() <= classes.max() < count:
        raise ArgumentError(
            f"to_categorical: classes must lie in 0 to {count - 1}, got {classes.min()} to {classes.max()}"
        )
    if classes.size * count > MOST:
        raise ArgumentError(
            f"to_categorical: {classes.size} rows of {count} classes are more than {MOST} numbers"
        )
    found = np.zeros((classes.size, count), np.float32)
    found[np.arange(classes.size), classes.ravel()] = 1
    return found.reshape(*classes.shape, count)


@checked
def normalize(x: Any, axis: int = -1, order: float = 2) -> Array:
    """`x` divided by its lengths along `axis`, a float array; what has no length stays. As Keras's.

    `x`: an array, a tensor or a list.
    `axis`: along which the lengths are measured.
    `order`: which length: 2 is Euclid's, 1 the sum of sizes.

    >>> normalize([[3., 4.], [0., 0.]]).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    given = np.asarray(x)
    given = given if given.dtype.kind == "f" else given.astype(np.float32)
    lengths = np.linalg.norm(given, order, axis, keepdims=True)
    return given / np.where(lengths == 0, 1, lengths)


@checked
def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: str = "int32",
    padding: Side = "pre",
    truncating: Side = "pre",
    value: Any = 0.0,
) -> Array:
    """Sequences of any lengths as one array [sequences, maxlen, ...]. As Keras's.

    `sequences`: a list of lists or arrays, whose elements have one shape.
    `maxlen`: the common length; that of the longest where it is None.
    `dtype`: of the array.
    `padding`: whether shorter ones are filled up in front, "pre", or behind, "post".
    `truncating`: whether longer ones lose their beginning, "pre", or their end, "post".
    `value`: what fills them up.

    ArgumentError where elements have different shapes.

    >>> pad_sequences([[1, 2, 3], [4]], maxlen=2, padding="post").tolist()
    [[2, 3], [4, 0]]
    """
    op = "pad_sequences"
    if isinstance(sequences, str | bytes | Mapping) or not hasattr(sequences, "__iter__"):
        raise ArgumentError(f"{op}: sequences must be a list of lists or arrays, got {got(sequences)}")
    rows = [np.asarray(one) for one in sequences]
    if any(not one.ndim for one in rows):
        raise ArgumentError(f"{op}: each of the sequences must be a list or an array, got {got(sequences)}")
    longest = max(map(len, rows), default=0)
    length = longest if maxlen is None else count_of(maxlen, "maxlen", op, 0, MOST // max(len(rows), 1))
    shapes = {one.shape[1:] for one in rows if len(one)}
    if len(shapes) > 1:
        raise ArgumentError(f"pad_sequences: elements must have one shape, got {sorted(shapes)}")
    shape: Sequence[int] = next(iter(shapes), ())
    try:
        found = np.full((len(rows), length, *shape), value, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(f"{op}: value {value!r} and dtype {dtype!r} do not fit: {error}") from None
    for target, one in zip(found, rows, strict=True):
        kept = one[max(len(one) - length, 0) :] if truncating == "pre" else one[:length]
        if len(kept):
            place = slice(length - len(kept), length) if padding == "pre" else slice(0, len(kept))
            target[place] = kept
    return found


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """Inputs, targets and weights of what a `train_step` is given; None for what is not there. As Keras's.

    `data`: x, (x,), (x, y) or (x, y, sample_weight); ArgumentError for more.

    >>> unpack_x_y_sample_weight(("x", "y"))
    ('x', 'y', None)
    """
    parts = tuple(data) if isinstance(data, list | tuple) else (data,)
    if not 1 <= len(parts) <= 3:
        raise ArgumentError(
            f"unpack_x_y_sample_weight: needs x, (x, y) or (x, y, sample_weight), got {got(data)}"
        )
    x, y, weight = (*parts, None, None)[:3]
    return x, y, weight


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """The inverse: what `fit` takes as an element of a data set. As Keras's.

    `x`, `y`, `sample_weight`: inputs, targets and weights; without targets x alone, a tuple around a list.

    >>> pack_x_y_sample_weight("x"), pack_x_y_sample_weight("x", "y")
    ('x', ('x', 'y'))
    """
    if y is None:
        return (x,) if isinstance(x, list | tuple) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)
