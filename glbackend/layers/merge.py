"""Layers that take several inputs."""

from functools import reduce
from typing import Any

from glbackend.base.errors import ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, Mask, layer
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.arithmetic import maximum, minimum
from glbackend.ops.concat import concat
from glbackend.ops.logical import logical_and


def _meeting_dim(a: int | None, b: int | None) -> int | None:
    """The larger of two dims of which one may be 1; None where either is unknown."""
    if a is None or b is None:
        return None if a in (None, 1) and b in (None, 1) else (b if a is None else a)
    return b if a == 1 else a


class Merge(Layer):
    """What layers over a list of inputs share: dims of 1 repeat, fewer dims stand last in an example."""

    merges = True
    supports_masking = True

    def build(self, input_shape: list[LayerShape]) -> None:
        if not isinstance(input_shape, list) or len(input_shape) < 2:
            raise ShapeError(f"{self.class_name} {self.name!r}: needs a list of at least two inputs")

    def compute_output_shape(self, input_shape: list[LayerShape]) -> LayerShape:
        return reduce(self._meet, input_shape)

    def _meet(self, a: LayerShape, b: LayerShape) -> LayerShape:
        """The shape of two inputs combined; as in TF.js the dims of the shorter one stand last."""
        longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
        filled = (shorter[0], *(1,) * (len(longer) - len(shorter)), *shorter[1:])
        if not shorter or any(
            x is not None and y is not None and x != y and 1 not in (x, y)
            for x, y in zip(longer, filled, strict=True)
        ):
            raise ShapeError(
                f"{self.class_name} {self.name!r}: shapes {list(a)} and {list(b)} do not fit: "
                f"dims must be equal or 1"
            )
        return tuple(_meeting_dim(x, y) for x, y in zip(longer, filled, strict=True))

    def compute_mask(self, inputs: Any, mask: Any) -> Mask:
        """Where the masks of all inputs that have one are true."""
        # differs from TF.js: all masks count; there all but the last, with a dim in front that RNNs refuse
        known = [one for one in mask or () if one is not None]
        return reduce(logical_and, known) if known else None

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        """Two inputs made one."""
        return a + b

    def aligned(self, inputs: list[Tensor]) -> list[Tensor]:
        """All with as many dims: dims of 1 are put in behind the batch."""
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


@layer("average")
class Average(Merge):
    """Mean of a list of inputs, of equal shapes or with dims of 1.

    As `tf.layers.average`.

    >>> import glbackend as gl
    >>> gl.layers.average()([gl.tensor([[1., 5.]]), gl.tensor([[2., 3.]])]).numpy().tolist()
    [[1.5, 4.0]]
    """

    def call(self, inputs: list[Tensor]) -> Tensor:
        return reduce(self.combine, self.aligned(inputs)) * (1.0 / len(inputs))


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

    def compute_output_shape(self, input_shape: list[LayerShape]) -> LayerShape:
        first = input_shape[0]
        axis = self.axis % len(first)
        for shape in input_shape[1:]:
            same = all(
                i == axis or a == b or a is None or b is None
                for i, (a, b) in enumerate(zip(first, shape, strict=False))
            )
            if len(shape) != len(first) or not same:
                raise ShapeError(
                    f"Concatenate {self.name!r}: shapes {[list(s) for s in input_shape]} "
                    f"must be equal but in dim {axis}"
                )
        sizes = [shape[axis] for shape in input_shape]
        total = None if None in sizes else sum(size for size in sizes if size is not None)
        return (*first[:axis], total, *first[axis + 1 :])

    def call(self, inputs: list[Tensor]) -> Tensor:
        return concat(inputs, self.axis)
