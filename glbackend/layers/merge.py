"""Layers that take several inputs."""

from functools import reduce
from typing import Any

from glbackend.base.errors import ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, LayerShape
from glbackend.ops.arithmetic import maximum, minimum
from glbackend.ops.concat import concat


def _meeting_dim(a: int | None, b: int | None) -> int | None:
    """The larger of two dims of which one may be 1; None where either is unknown."""
    if a is None or b is None:
        return None if a in (None, 1) and b in (None, 1) else (b if a is None else a)
    return b if a == 1 else a


class _Merge(Layer):
    merges = True

    def build(self, input_shape: list[LayerShape]) -> None:
        if not isinstance(input_shape, list) or len(input_shape) < 2:
            raise ShapeError(f"{self.class_name} {self.name!r}: needs a list of at least two inputs")

    def compute_output_shape(self, input_shape: list[LayerShape]) -> LayerShape:
        return reduce(self._meet, input_shape)

    def _meet(self, a: LayerShape, b: LayerShape) -> LayerShape:
        """The shape of two inputs combined;

        the dims of the shorter one's examples stand last, as in TF.js.
        """
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

    def call(self, inputs: list[Tensor], training: bool = False) -> Tensor:
        return reduce(self.combine, self.aligned(inputs))


class Add(_Merge):
    """Sum of the inputs. As `tf.layers.add`."""

    class_name = "Add"


class Subtract(_Merge):
    """First input minus second. As Keras's Subtract."""

    class_name = "Subtract"

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        return a - b


class Multiply(_Merge):
    """Product of the inputs. As `tf.layers.multiply`."""

    class_name = "Multiply"

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        return a * b


class Average(_Merge):
    """Mean of the inputs. As `tf.layers.average`."""

    class_name = "Average"

    def call(self, inputs: list[Tensor], training: bool = False) -> Tensor:
        return reduce(self.combine, self.aligned(inputs)) * (1.0 / len(inputs))


class Maximum(_Merge):
    """Elementwise largest of the inputs. As `tf.layers.maximum`."""

    class_name = "Maximum"

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        return maximum(a, b)


class Minimum(_Merge):
    """Elementwise smallest of the inputs. As `tf.layers.minimum`."""

    class_name = "Minimum"

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        return minimum(a, b)


class Concatenate(_Merge):
    """The inputs one after the other along `axis`. As `tf.layers.concatenate`."""

    class_name = "Concatenate"

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

    def call(self, inputs: list[Tensor], training: bool = False) -> Tensor:
        return concat(inputs, self.axis)

    def get_config(self) -> dict[str, Any]:
        return {"axis": self.axis, **super().get_config()}
