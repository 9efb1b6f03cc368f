"""Layers that take several inputs."""

import math
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any, ClassVar

from glbackend.base.calling import Explained
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.maker import KERAS_3
from glbackend.base.shapes import normalize_axis
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, Mask, layer
from glbackend.layers.symbolic import SymbolicTensor
from glbackend.ops.arithmetic import maximum, minimum
from glbackend.ops.concat import concat
from glbackend.ops.create import ones
from glbackend.ops.logical import logical_and, logical_or
from glbackend.ops.matmul import matmul
from glbackend.ops.rows import in_one_pass

SMALLEST_SQUARE = 1e-7  # of a length that is divided by, as in TF.js


class Merging(Explained):
    """The metaclass of layers over a list, which Keras has as functions of the list too: `add([x, y])`."""

    def __call__(cls, *args: Any, **options: Any) -> Any:
        given = args[0] if args else None
        if isinstance(given, list | tuple) and any(isinstance(one, Tensor | SymbolicTensor) for one in given):
            return super().__call__(*args[1:], **options)(given)
        return super().__call__(*args, **options)


class Merge(Layer, metaclass=Merging):
    """What layers over a list of inputs share: dims of 1 repeat, fewer dims stand last in an example."""

    merges = True
    supports_masking = True
    _meant_otherwise_by = (KERAS_3,)
    takes_two: ClassVar[bool] = False  # and no more

    def _check_inputs(self, group: Sequence[Any]) -> None:
        """ShapeError for another number of inputs.

        `group`: the inputs.
        """
        count = len(group)
        if count < 2 or (self.takes_two and count > 2):
            wanted = "at least two inputs" if count < 2 else "two inputs"
            raise ShapeError(f"{self.class_name} {self.name!r}: needs a list of {wanted}, got {count}")

    _makes_masks = False

    def compute_mask(self, inputs: Any, mask: Any = None) -> Mask:
        """Where the masks of all inputs that have one are true; Keras 3: where one is, and all have one."""
        # differs from TF.js: all masks count; there all but the last, with a dim in front that RNNs refuse
        known = [one for one in mask or () if one is not None]
        if self._config_origin.maker == KERAS_3:
            return reduce(logical_or, known) if known and len(known) == len(mask) else None
        return reduce(logical_and, known) if known else None

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """Two inputs made one."""
        return a + b

    def aligned(self, inputs: list[Tensor]) -> list[Tensor]:
        """All with as many dims: dims of 1 are put in behind the batch."""
        if len({one.rank for one in inputs}) == 1:
            return inputs
        rank = max(one.rank for one in inputs)
        return [
            one
            if one.rank == rank
            else one.reshape((one.shape[0], *(1,) * (rank - one.rank), *one.shape[1:]))
            for one in inputs
        ]

    def call(self, inputs: list[Tensor]) -> Tensor:
        return reduce(self.combine, self.aligned(inputs))


@layer("add")
class Add(Merge):
    """Sum of a list of inputs, of equal shapes or with dims of 1.

    As `tf.layers.add`.

    >>> import glbackend as gl
    >>> gl.layers.add()([gl.tensor([[1., 5.]]), gl.tensor([[2., 3.]])]).numpy().tolist()
    [[3.0, 8.0]]
    """


@layer("subtract")
class Subtract(Merge):
    """First of two inputs minus the second, of equal shapes or with dims of 1.

    As Keras's Subtract.

    >>> import glbackend as gl
    >>> gl.layers.subtract()([gl.tensor([[1., 5.]]), gl.tensor([[2., 3.]])]).numpy().tolist()
    [[-1.0, 2.0]]
    """

    takes_two = True

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        return a - b


@layer("multiply")
class Multiply(Merge):
    """Product of a list of inputs, of equal shapes or with dims of 1.

    As `tf.layers.multiply`.

    >>> import glbackend as gl
    >>> gl.layers.multiply()([gl.tensor([[1., 5.]]), gl.tensor([[2., 3.]])]).numpy().tolist()
    [[2.0, 15.0]]
    """

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        return a * b


@in_one_pass
def _mean(*xs: Tensor) -> Tensor:
    return reduce(add, xs) * (1.0 / len(xs))


@layer("average")
class Average(Merge):
    """Mean of a list of inputs, of equal shapes or with dims of 1.

    As `tf.layers.average`.

    >>> import glbackend as gl
    >>> gl.layers.average()([gl.tensor([[1., 5.]]), gl.tensor([[2., 3.]])]).numpy().tolist()
    [[1.5, 4.0]]
    """

    def call(self, inputs: list[Tensor]) -> Tensor:
        return _mean(*self.aligned(inputs))


@layer("maximum")
class Maximum(Merge):
    """Elementwise largest of a list of inputs, of equal shapes or with dims of 1.

    As `tf.layers.maximum`.

    >>> import glbackend as gl
    >>> gl.layers.maximum()([gl.tensor([[1., 5.]]), gl.tensor([[2., 3.]])]).numpy().tolist()
    [[2.0, 5.0]]
    """

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        return maximum(a, b)


@layer("minimum")
class Minimum(Merge):
    """Elementwise smallest of a list of inputs, of equal shapes or with dims of 1.

    As `tf.layers.minimum`.

    >>> import glbackend as gl
    >>> gl.layers.minimum()([gl.tensor([[1., 5.]]), gl.tensor([[2., 3.]])]).numpy().tolist()
    [[1.0, 3.0]]
    """

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        return minimum(a, b)


@layer("concatenate")
class Concatenate(Merge):
    """A list of inputs one after the other, of shapes that are equal but along one axis.

    `axis`: that axis.

    As `tf.layers.concatenate`.

    >>> import glbackend as gl
    >>> gl.layers.concatenate()([gl.tensor([[1., 5.]]), gl.tensor([[2., 3.]])]).numpy().tolist()
    [[1.0, 5.0, 2.0, 3.0]]
    """

    def __init__(self, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = axis

    _makes_masks = False

    def compute_mask(self, inputs: Any, mask: Any = None) -> Mask:
        """The masks one after the other along a dim that they have, else joined; an input without has all."""
        known = [one for one in mask or () if one is not None]
        if not known:
            return None
        rank = known[0].rank
        filled = [
            ones(x.shape[:rank], "bool") if one is None else one for x, one in zip(inputs, mask, strict=True)
        ]
        if normalize_axis(self.axis, inputs[0].rank, "concatenate") < rank:
            return concat(filled, self.axis)
        return reduce(logical_or if self._config_origin.maker == KERAS_3 else logical_and, filled)

    def call(self, inputs: list[Tensor]) -> Tensor:
        return concat(inputs, self.axis)


@layer("dot")
class Dot(Merge):
    """Products of two inputs summed over one axis of each, example by example.

    Inputs [batch, ...], output [batch, dims of the first without its axis, those of the second without its
    own], of two vectors [batch, 1]; no mask.

    `axes`: the axis of both, or one of each; they must have the same size, and cannot be the batch.
    `normalize`: whether both are first divided by their length along it: cosines.

    Raises ShapeError where the sizes differ. As `tf.layers.dot`.

    >>> import glbackend as gl
    >>> gl.layers.dot(axes=-1)([gl.tensor([[1., 5.]]), gl.tensor([[2., 3.]])]).numpy().tolist()
    [[17.0]]
    """

    takes_two = True

    def __init__(self, axes: int | Sequence[int], normalize: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.axes = axes if isinstance(axes, int) else tuple(axes)
        if isinstance(self.axes, tuple) and len(self.axes) != 2:
            raise ArgumentError(f"dot: axes must be one or two whole numbers, got {axes}")
        self.normalize = bool(normalize)

    _makes_masks = False

    def compute_mask(self, inputs: Any, mask: Any = None) -> Mask:
        """None."""
        return None

    def call(self, inputs: list[Tensor]) -> Tensor:
        pair = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        axes = [normalize_axis(one, x.rank, "dot") for one, x in zip(pair, inputs, strict=True)]
        sizes = [x.shape[one] for one, x in zip(axes, inputs, strict=True)]
        if len(inputs) != 2 or 0 in axes or sizes[0] != sizes[1]:
            raise ShapeError(
                f"dot {self.name!r}: axes {axes} of its two inputs must have one size, and be no batch, "
                f"got shapes {[list(one.shape) for one in inputs]}"
            )
        a, b = (_rows(x, one, self.normalize) for x, one in zip(inputs, axes, strict=True))
        product = matmul(a, b, transpose_b=True)
        kept = [
            n for x, one in zip(inputs, axes, strict=True) for i, n in enumerate(x.shape) if i not in (0, one)
        ]
        return product.reshape((product.shape[0], *(kept or (1,))))


def _rows(x: Tensor, axis: int, normalize: bool) -> Tensor:
    """x [batch, ...] as [batch, all other dims, axis]; normalised, each row by its length."""
    order = [0, *(i for i in range(1, x.rank) if i != axis), axis]
    turned = x if axis == x.rank - 1 else x.transpose(order)
    rows = turned.reshape((x.shape[0], math.prod(turned.shape[1:-1]), x.shape[axis]))
    if not normalize:
        return rows
    squares = rows.square().sum(-1, True)
    return rows * maximum(squares, SMALLEST_SQUARE).rsqrt()
