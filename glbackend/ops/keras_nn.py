"""Keras's `ops.nn`, where TF.js has no such op or another meaning. They stand in `gl.ops`."""

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import ShapeError
from glbackend.base.shapes import normalize_axis
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.further.elementwise import floats
from glbackend.ops.index import one_hot
from glbackend.ops.keras_arrays import moveaxis

EPSILON = 1e-7  # probabilities are held within [it, 1 - it], as Keras does


@checked
def binary_crossentropy(target: TensorLike, output: TensorLike, from_logits: bool = False) -> Tensor:
    """-(t log p + (1 - t) log(1 - p)) of each element. As `keras.ops.binary_crossentropy`.

    `target`: what is right, 0 to 1.
    `output`: the probabilities, or with `from_logits` what sigmoid makes them of.

    >>> binary_crossentropy([1., 0.], [0.5, 0.5]).numpy().round(4).tolist()
    [0.6930999755859375, 0.6930999755859375]
    """
    right = as_tensor(target, "target", "binary_crossentropy").cast("float32")
    given = floats(output)
    if from_logits:
        return given.relu() - given * right + (-given.abs()).exp().log1p()
    share = given.clip_by_value(EPSILON, 1 - EPSILON)
    return -(right * share.log() + (1.0 - right) * (1.0 - share).log())


@checked
def categorical_crossentropy(
    target: TensorLike, output: TensorLike, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """-sum(t log p) along `axis`. As `keras.ops.categorical_crossentropy`.

    `target`: the right probabilities.
    `output`: those given, or with `from_logits` what softmax makes them of.

    >>> categorical_crossentropy([[0., 1.]], [[0.5, 0.5]]).numpy().round(4).tolist()
    [0.6930999755859375]
    """
    right = as_tensor(target, "target", "categorical_crossentropy").cast("float32")
    given = floats(output)
    if from_logits:
        logs = given - given.logsumexp(axis, True)
    else:
        logs = (given / given.sum(axis, True)).clip_by_value(EPSILON, 1 - EPSILON).log()
    return -(right * logs).sum(axis)


@checked
def sparse_categorical_crossentropy(
    target: TensorLike, output: TensorLike, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """`categorical_crossentropy` for class numbers. As `keras.ops.sparse_categorical_crossentropy`.

    `target`: class numbers, without the axis of the classes, or of size 1 there.
    `output`, `from_logits`, `axis`: as there.

    >>> sparse_categorical_crossentropy([1], [[0.5, 0.5]]).numpy().round(4).tolist()
    [0.6930999755859375]
    """
    right = as_tensor(target, "target", "sparse_categorical_crossentropy").cast("int32")
    given = floats(output)
    if right.rank == given.rank and right.rank and right.shape[axis] == 1:
        right = right.squeeze(axis)
    place = normalize_axis(axis, given.rank, "sparse_categorical_crossentropy")
    if right.shape != (*given.shape[:place], *given.shape[place + 1 :]):
        raise ShapeError(
            f"sparse_categorical_crossentropy: target must have the shape of output without axis {axis}, "
            f"got shapes {list(right.shape)} and {list(given.shape)}"
        )
    hot = one_hot(right, given.shape[axis])
    return categorical_crossentropy(moveaxis(hot, -1, axis), given, from_logits, axis)


@checked
def gelu(x: TensorLike, approximate: bool = True) -> Tensor:
    """x times the share of a normal distribution below `x`. As `keras.ops.gelu`.

    `approximate`: whether by tanh, not by erf.

    >>> gelu([1.], approximate=False).numpy().round(4).tolist()
    [0.8413000106811523]
    """
    given = as_tensor(x, "x", "gelu")
    if approximate:
        return 0.5 * given * (1.0 + (0.7978845608 * (given + 0.044715 * given**3.0)).tanh())
    return 0.5 * given * (1.0 + (given * 0.7071067812).erf())


@checked
def multi_hot(x: TensorLike, num_classes: int, axis: int = -1, dtype: DType | None = None) -> Tensor:
    """1 at the place of every class number in the rows of `x`, else 0. As `keras.ops.multi_hot`.

    `num_classes`: how many classes there are.
    `axis`: where their axis stands before that of the numbers, the second or only one of x, goes.
    `dtype`: of the result, float32 by default.

    >>> multi_hot([[0, 2]], 3).numpy().tolist()
    [[1.0, 0.0, 1.0]]
    """
    given = as_tensor(x, "x", "multi_hot").cast("int32")
    hot = moveaxis(one_hot(given, num_classes, dtype="float32"), -1, axis)
    found = hot.max(1 if given.rank > 1 else 0)
    return (found if given.size else found.zeros_like()).cast(dtype or "float32")
