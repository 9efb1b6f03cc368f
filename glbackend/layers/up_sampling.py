"""Layers that make space larger: each place several times, or blended with its neighbours."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import layer
from glbackend.layers.spatial import Grid, Spatial, format_of, sizes
from glbackend.ops.image import resize_bilinear, resize_nearest_neighbor


def repeated(x: Tensor, first: int, counts: Sequence[int]) -> Tensor:
    """x with each place of the axes from `first` on as often as `counts` say, one after the other.

    >>> import glbackend as gl
    >>> repeated(gl.tensor([[1., 2.]]), 1, [2]).numpy().tolist()
    [[1.0, 1.0, 2.0, 2.0]]
    """
    before, after = x.shape[:first], x.shape[first + len(counts) :]
    sides, reps, larger = [], [], []
    for size, count in zip(x.shape[first:], counts, strict=False):
        sides += [size, 1]
        reps += [1, count]
        larger.append(size * count)
    tiled = x.reshape((*before, *sides, *after)).tile((*(1 for _ in before), *reps, *(1 for _ in after)))
    return tiled.reshape((*before, *larger, *after))


@layer("up_sampling1d")
class UpSampling1D(Spatial):
    """A sequence [batch, time, channels] made longer: each step several times.

    `size`: how many steps come of one.

    As Keras's `UpSampling1D`.

    >>> import glbackend as gl
    >>> gl.layers.up_sampling1d(size=2)(gl.tensor([[[1.], [2.]]])).numpy().ravel().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """

    rank = 1
    accepts_int = True
    data_format = "channels_last"

    def __init__(self, size: int = 2, **options: Any) -> None:
        super().__init__(**options)
        self.size = self.positive("size", size)

    def call(self, inputs: Tensor) -> Tensor:
        return repeated(inputs, 1, [self.size])


@layer("up_sampling2d")
class UpSampling2D(Spatial, Grid):
    """Images made larger: each row and column repeated, or blended with its neighbours.

    Input [batch, height, width, channels], with `data_format` "channelsFirst" [batch, channels, height,
    width].

    `size`: how many rows and columns come of one, one number for both.
    `data_format`: "channelsLast" or "channelsFirst".
    `interpolation`: "nearest" repeats, "bilinear" blends.
    `grid`: of "bilinear": "keras" counts pixels from their middle, "tfjs" from their corner, as do its files;
    a call means the first.

    As `tf.layers.upSampling2d`.

    >>> import glbackend as gl
    >>> gl.layers.up_sampling2d(size=[2, 3])(gl.zeros([1, 4, 4, 1])).shape
    (1, 8, 12, 1)
    """

    def __init__(
        self,
        size: int | Sequence[int] = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.size = sizes(size, self.rank, "size", "upSampling2d")
        self.data_format = format_of(data_format, "upSampling2d")
        if interpolation not in ("nearest", "bilinear"):
            raise ArgumentError(
                f"upSampling2d: interpolation must be 'nearest' or 'bilinear', got {interpolation!r}"
            )
        self.interpolation = interpolation

    def call(self, inputs: Tensor) -> Tensor:
        x = self.channels_last(inputs)
        larger = (x.shape[1] * self.size[0], x.shape[2] * self.size[1])
        if self.interpolation == "nearest":
            return self.restore(resize_nearest_neighbor(x, larger))
        # differs from TF.js: pixels count from their middle, as in Keras since 2.4; there, and in its files,
        # from their corner
        return self.restore(resize_bilinear(x, larger, half_pixel_centers=not self.of_tfjs))

    @property
    def of_tfjs(self) -> bool:
        """Whether pixels count from their corner; repeated, they are the same."""
        return self.interpolation == "bilinear" and super().of_tfjs


@layer("up_sampling3d")
class UpSampling3D(Spatial):
    """Volumes made larger: each place several times along each dim.

    `size`: how many come of one along depth, height and width, one number for all three.
    `data_format`: "channelsLast" for inputs [batch, depth, height, width, channels], "channelsFirst" for
    [batch, channels, depth, height, width].

    As Keras's `UpSampling3D`.

    >>> import glbackend as gl
    >>> gl.layers.up_sampling3d(size=[1, 2, 3])(gl.zeros([1, 4, 4, 4, 2])).shape
    (1, 4, 8, 12, 2)
    """

    rank = 3
    accepts_int = True

    def __init__(
        self, size: int | Sequence[int] = (2, 2, 2), data_format: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.size = sizes(size, self.rank, "size", self.class_name)
        self.data_format = format_of(data_format, self.class_name)

    def call(self, inputs: Tensor) -> Tensor:
        return repeated(inputs, 1 + self.first, self.size)
