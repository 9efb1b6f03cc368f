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


class Merge(Layer):
    """What layers over a list of inputs share: dims of 1 repeat, fewer dims stand last in an example."""

    merges = True
    supports_masking = True

    def build(self, input_shape: list[LayerShape]) -> None:
        if not isinstance(input_shape, list) or len(input_shape) < 2:
            raise ShapeError(f"{self.class_name} {self.name!r}: needs a list of at least two inputs")

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

    def call(self, inputs: list[Tensor]) -> Tensor:
        return concat(inputs, self.axis)
