"""The wrapper that keeps the largest singular value of a layer's kernel at 1."""

from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.initializers import TruncatedNormal
from glbackend.layers.layer import Layer, get, layer
from glbackend.layers.symbolic import LayerShape

START = TruncatedNormal(stddev=0.02)  # of what the iterations go on from


@layer("spectral_normalization")
class SpectralNormalization(Layer):
    """A layer whose kernel is divided by its largest singular value at each step of training.

    Weight vector_u [1, last axis of the kernel] beside those of the layer: what the value is found from, by a
    few more iterations each step.

    `layer`: the layer, which has a weight `kernel` or `embeddings`; ArgumentError for another.
    `power_iterations`: how many iterations each step makes.

    Miyato et al. 2018. As Keras's SpectralNormalization.

    >>> import glbackend as gl
    >>> layer = gl.layers.spectral_normalization(gl.layers.dense(units=1, kernel_initializer="ones"))
    >>> layer(gl.tensor([[1., 1., 1., 1.]]), training=True).numpy().round(3).tolist()
    [[2.0]]
    """

    supports_masking = True

    def __init__(self, layer: Any, power_iterations: int = 1, **options: Any) -> None:
        super().__init__(**options)
        self.layer: Layer = get(layer)
        self.power_iterations = self.positive("power_iterations", power_iterations)

    def build(self, input_shape: LayerShape) -> None:
        self.layer.ensure_built([input_shape])
        kernel = getattr(self.layer, "kernel", None)
        kernel = getattr(self.layer, "embeddings", None) if kernel is None else kernel
        if kernel is None:
            raise ArgumentError(f"spectralNormalization: layer {self.layer.name!r} has no kernel")
        self.kernel = kernel
        self.vector_u = self.add_weight("vector_u", (1, kernel.shape[-1]), START, trainable=False)

    @property
    def weights(self) -> list[Variable]:
        """All variables, the kernel first, as Keras 3 lists them."""
        return sorted(super().weights, key=lambda one: one is not vars(self).get("kernel"))

    def call(self, inputs: Tensor, training: bool = False) -> Any:
        if training:
            with nothing_recorded():
                self.normalize()
        return self.layer(inputs, **({"training": training} if training else {}))

    def normalize(self) -> None:
        """One step's iterations: the kernel divided by what they find. A kernel of zeros stays."""
        matrix = self.kernel.reshape((-1, self.kernel.shape[-1]))
        u: Tensor = self.vector_u
        for _ in range(self.power_iterations):
            v = unit(u.matmul(matrix, transpose_b=True))
            u = unit(v.matmul(matrix))
        largest = v.matmul(matrix).matmul(u, transpose_b=True).reshape(())
        none = (self.kernel == 0).all()
        self.vector_u.assign(self.vector_u.where(none, u))
        self.kernel.assign(self.kernel / largest.where(largest != 0, 1.0))


def unit(x: Tensor) -> Tensor:
    """A vector brought to length 1; zeros stay."""
    return x * x.square().sum().rsqrt().minimum(1e12)
