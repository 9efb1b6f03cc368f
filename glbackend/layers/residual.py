"""Layers at the end of a residual branch that models of keras.applications bring along as their own."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers.initializers import Constant
from glbackend.layers.layer import Layer, layer
from glbackend.layers.merge import Merge
from glbackend.layers.noise import Drawing
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.random import dropout


@layer("layer_scale")
class LayerScale(Layer):
    """Multiplies each channel by a weight that starts small: a residual branch that fades in.

    Weight gamma, [projection_dim], along the last axis of inputs [batch, ..., projection_dim].

    `init_values`: what gamma starts at.
    `projection_dim`: how many channels there are, or 1 for one weight that serves all.

    Raises ShapeError where the inputs have another number of channels.
    Touvron et al. 2021. As LayerScale in Keras's ConvNeXt, in whose files it stands.

    >>> import glbackend as gl
    >>> gl.layers.layer_scale(init_values=0.5, projection_dim=2)(gl.tensor([[2., 8.]])).numpy().tolist()
    [[1.0, 4.0]]
    """

    def __init__(self, init_values: float, projection_dim: int, **options: Any) -> None:
        super().__init__(**options)
        self.init_values = float(init_values)
        self.projection_dim = self.positive("projection_dim", projection_dim)

    def _check_inputs(self, group: Sequence[Any]) -> None:
        """ShapeError for inputs of another number of channels.

        `group`: the input, in a list.
        """
        shape = group[0].shape
        if not shape or self.projection_dim not in (1, shape[-1]):
            raise ShapeError(
                f"layerScale {self.name!r}: inputs must have projection_dim = {self.projection_dim} "
                f"channels, got shape {list(shape)}"
            )

    def build(self, input_shape: LayerShape) -> None:
        self.gamma = self.add_weight("gamma", [self.projection_dim], Constant(self.init_values))

    def call(self, inputs: Tensor) -> Tensor:
        return inputs * self.gamma


@layer("stochastic_depth")
class StochasticDepth(Drawing):
    """While training sets a share of the examples of a batch to 0 and scales the rest up.

    Behind a residual branch this leaves the branch out for some examples.

    `drop_path_rate`: the share, at least 0 and below 1.
    `seed`: makes the draws repeatable: layers of one seed draw the same examples, one after the other.

    Huang et al. 2016. As StochasticDepth in Keras's ConvNeXt, in whose files it stands.

    >>> import glbackend as gl
    >>> layer = gl.layers.stochastic_depth(drop_path_rate=0.5, seed=1)
    >>> sorted(set(layer(gl.ones([64, 2]), training=True).mean(1).numpy().tolist()))
    [0.0, 2.0]
    """

    def __init__(self, drop_path_rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.drop_path_rate = self.share("drop_path_rate", drop_path_rate)
        self.draw_from(seed)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        if not training or self.drop_path_rate == 0:
            return inputs
        shape = [*inputs.shape[:1], *(1,) * (inputs.rank - 1)]
        return dropout(inputs, self.drop_path_rate, shape, self.drawn())


@layer("custom_scale_layer")
class CustomScaleLayer(Merge):
    """First of two inputs plus `scale` times the second, of equal shapes or with dims of 1.

    `scale`: what the second one, a residual branch, is multiplied by.

    Szegedy et al. 2016. As CustomScaleLayer in Keras's InceptionResNetV2, in whose files it stands.

    >>> import glbackend as gl
    >>> gl.layers.custom_scale_layer(0.5)([gl.tensor([[1., 5.]]), gl.tensor([[2., 4.]])]).numpy().tolist()
    [[2.0, 7.0]]
    """

    takes_two = True

    def __init__(self, scale: float, **options: Any) -> None:
        super().__init__(**options)
        self.scale = float(scale)

    def combine(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b * self.scale
