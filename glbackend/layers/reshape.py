"""Layers that only move values: flatten, reshape, permute, repeat."""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.shapes import Shape
from glbackend.engine.tensor import Tensor
from glbackend.layers.checking import from_rank
from glbackend.layers.inference import known_dims
from glbackend.layers.layer import Layer, layer
from glbackend.layers.spatial import format_of
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.create import zeros


@layer("flatten")
class Flatten(Layer):
    """[batch, ...] to [batch, n]: all dims of an example in one.

    `data_format`: "channelsFirst" moves the channels behind the other dims first, "channelsLast" leaves them.

    As `tf.layers.flatten`.

    >>> import glbackend as gl
    >>> gl.layers.flatten()(gl.zeros([2, 3, 4])).shape
    (2, 12)
    """

    accepts_int = True
    supports_masking = True
    _input_ranks = from_rank(1)

    def __init__(self, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.data_format = format_of(data_format, "flatten")

    def build(self, input_shape: LayerShape) -> None:
        if None in input_shape[1:]:
            raise ShapeError(
                f"flatten {self.name!r}: all dims but the batch must be known, got {list(input_shape)}"
            )

    def call(self, inputs: Tensor) -> Tensor:
        if self.data_format == "channels_first" and inputs.rank > 2:
            inputs = inputs.transpose((0, *range(2, inputs.rank), 1))
        return inputs.reshape((inputs.shape[0], math.prod(inputs.shape[1:])))


@layer("reshape")
class Reshape(Layer):
    """[batch, ...] to [batch, *target_shape].

    `target_shape`: the dims of an example; one of them may be -1 (or None), which takes what is left.

    Raises ShapeError where the sizes do not fit. As `tf.layers.reshape`.

    >>> import glbackend as gl
    >>> gl.layers.reshape(target_shape=[-1, 2])(gl.zeros([5, 6])).shape
    (5, 3, 2)
    """

    accepts_int = True
    _input_ranks = from_rank(1)

    def __init__(self, target_shape: Sequence[int | None], **options: Any) -> None:
        super().__init__(**options)
        self.target_shape = tuple(-1 if dim is None else int(dim) for dim in target_shape)

    def call(self, inputs: Tensor) -> Tensor:
        if -1 not in self.target_shape and None in known_dims(inputs.shape[1:]):
            return zeros((inputs.shape[0], *self.target_shape), inputs.dtype)  # only its shape is asked for
        shape = inputs.shape
        dims = _filled(self.target_shape, shape)
        if dims is None:
            raise ShapeError(
                f"reshape {self.name!r}: {list(shape[1:])} cannot become {list(self.target_shape)}"
            )
        return inputs.reshape(dims)


@lru_cache(maxsize=1024)
def _filled(target: Shape, shape: Shape) -> Shape | None:
    """The batch, and the target with its -1 replaced; None where the sizes do not fit."""
    size = math.prod(shape[1:])
    known = math.prod(dim for dim in target if dim >= 0)
    unknown = sum(dim < 0 for dim in target)
    if unknown > 1 or (known != size if not unknown else not known or size % known):
        return None
    return shape[0], *[size // known if dim < 0 else dim for dim in target]


@layer("permute")
class Permute(Layer):
    """Reorders the dims of an example.

    `dims`: for each dim of the output the dim of the input, counted from 1 (0 is the batch, which stays).

    As `tf.layers.permute`.

    >>> import glbackend as gl
    >>> gl.layers.permute(dims=[2, 1])(gl.zeros([1, 3, 4])).shape
    (1, 4, 3)
    """

    accepts_int = True

    def __init__(self, dims: Sequence[int], **options: Any) -> None:
        super().__init__(**options)
        self.dims = tuple(int(dim) for dim in dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ArgumentError(f"permute: dims must hold 1..{len(self.dims)} once each, got {list(dims)}")
        self._input_ranks = range(len(self.dims) + 1, len(self.dims) + 2)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.transpose((0, *self.dims))


@layer("repeat_vector")
class RepeatVector(Layer):
    """[batch, features] to [batch, n, features].

    `n`: how often the features are repeated.

    As `tf.layers.repeatVector`.

    >>> import glbackend as gl
    >>> gl.layers.repeat_vector(n=3)(gl.tensor([[1., 2.]])).numpy().tolist()
    [[[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]]
    """

    _input_ranks = range(2, 3)

    def __init__(self, n: int, **options: Any) -> None:
        super().__init__(**options)
        self.n = self.positive("n", n)

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.expand_dims(1).tile((1, self.n, 1))
