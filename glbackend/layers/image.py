"""Layers over images that act in training and out of it alike: rescaling, resizing, cropping."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.base.maker import CALL
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Layer, layer
from glbackend.layers.resampling import KERNELS, mixing
from glbackend.layers.spatial import Grid, Spatial, format_of
from glbackend.ops.create import tensor
from glbackend.ops.einsum import einsum
from glbackend.ops.image import resize_bilinear, resize_nearest_neighbor
from glbackend.ops.rows import in_one_pass

Interpolation = Literal["bilinear", "nearest"]
INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)


DICT = ("images", "labels")  # what a dict of inputs may have; Keras's boxes and masks are not moved along


class OverImages(Spatial):
    """What layers over [batch, height, width, channels] share, or one image without the batch.

    Inputs may be a dict, as in Keras: its labels come out as they are, unless a layer mixes examples.
    """

    data_format = "channels_last"
    _input_ranks = range(3, 5)

    def _grouped_inputs(self, inputs: Any) -> list[Any]:
        for key in ("_input_keys", "_output_keys"):  # those of a dict that it was called with before
            vars(self).pop(key, None)
        if not isinstance(inputs, Mapping):
            return super()._grouped_inputs(inputs)
        if "images" not in inputs or not inputs.keys() <= set(DICT):
            raise ArgumentError(
                f"{type(self).class_name} {self.name!r}: a dict of inputs has images, and labels if need be, "
                f"got {', '.join(map(str, inputs)) or 'nothing'}"
            )
        self._input_keys = tuple([key for key in DICT if key in inputs])
        return [
            np.asarray(inputs[key]) if isinstance(inputs[key], list) else inputs[key]
            for key in self._input_keys
        ]

    def _cast_inputs(self, inputs: Any) -> Any:
        if isinstance(inputs, dict):
            return {**inputs, "images": super()._cast_inputs(inputs["images"])}
        return super()._cast_inputs(inputs)

    def changed(self, images: Tensor) -> Tensor:
        """What becomes of [batch, height, width, channels]; a subclass gives it."""
        return images

    def call(self, inputs: Tensor) -> Any:
        return self.over(inputs, self.changed)

    def over(self, inputs: Any, changed: Callable[[Tensor], Tensor]) -> Any:
        """The inputs changed by a function of [batch, height, width, channels]."""
        if isinstance(inputs, dict):
            return {**inputs, "images": self.over(inputs["images"], changed)}
        if inputs.rank == 3:
            return self.over(inputs.expand_dims(0), changed).squeeze([0])
        return self.restore(changed(self.channels_last(inputs)))


def resized(images: Tensor, size: Sequence[int], interpolation: Interpolation = "bilinear") -> Tensor:
    """Images in another size, pixels counted from their middle."""
    # differs from TF.js: pixels count from their middle, as in Keras; there corners lie on corners
    resize = resize_bilinear if interpolation == "bilinear" else resize_nearest_neighbor
    return resize(images, size, half_pixel_centers=True)


def resampled(images: Tensor, size: Sequence[int], interpolation: str, antialias: bool) -> Tensor:
    """Images in another size, each pixel mixed from many: a matrix product for rows, and one for columns."""
    rows, columns = (
        tensor(mixing(images.shape[axis], size[axis - 1], interpolation, antialias)) for axis in (1, 2)
    )
    return einsum("bhvc,wv->bhwc", einsum("bgvc,hg->bhvc", images, rows), columns)


def fitting(size: Sequence[int], height: int, width: int) -> tuple[int, int]:
    """Height and width of the largest part of images of `size` that is as wide for its height as asked.

    >>> fitting((9, 8), 4, 8)
    (4, 8)
    """
    rows, columns = int(size[1] * height / width), int(size[0] * width / height)
    return max(min(size[0], rows), 1), max(min(size[1], columns), 1)


def middle(images: Tensor, height: int, width: int) -> Tensor:
    """The part in the middle of images [batch, height, width, channels]."""
    top, left = (images.shape[1] - height) // 2, (images.shape[2] - width) // 2
    return images[:, top : top + height, left : left + width]


def range_of(ends: Sequence[float], layer: str) -> list[float]:
    """The ends of a range of values, the lower one first; ArgumentError where these are not two numbers.

    >>> range_of((255, 0), "random_invert")
    [0, 255]
    """
    found = sorted(ends)
    if len(found) != 2 or not found[0] < found[1]:
        raise ArgumentError(f"{layer}: value_range must be two different numbers, got {ends}")
    return found


def interpolation_of(given: str, layer: str) -> Interpolation:
    """ "bilinear" or "nearest"; ArgumentError otherwise."""
    for known in INTERPOLATIONS:
        if given == known:
            return known
    raise ArgumentError(f"{layer}: interpolation must be 'bilinear' or 'nearest', got {given!r}")


@in_one_pass
def _rescaled(x: Tensor, scale: Tensor, offset: Tensor) -> Tensor:
    return x * scale + offset


@layer("rescaling")
class Rescaling(Layer):
    """Inputs times `scale` plus `offset`.

    `scale`: the factor, or one for each place along the last axis.
    `offset`: what is added, likewise.

    As `tf.layers.rescaling`.

    >>> import glbackend as gl
    >>> gl.layers.rescaling(scale=0.5, offset=1.0)(gl.tensor([2., 4.])).numpy().tolist()
    [2.0, 3.0]
    """

    supports_masking = True

    def __init__(
        self, scale: float | Sequence[float], offset: float | Sequence[float] = 0.0, **options: Any
    ) -> None:
        super().__init__(**options)
        self.scale, self.offset = scale, offset

    def call(self, inputs: Tensor) -> Tensor:
        scale, offset = (
            one if isinstance(one, int | float) else tensor(one, dtype="float32")
            for one in (self.scale, self.offset)
        )
        return _rescaled(inputs, scale, offset)


def _beyond_tfjs(layer: "Resizing") -> bool:
    """Whether it asks for what TF.js's has not."""
    return layer.pad_to_aspect_ratio or layer.antialias or layer.interpolation not in INTERPOLATIONS


def _check(layer: "Resizing") -> None:
    """ArgumentError for arguments that do not go together."""
    if layer.interpolation not in ("nearest", *KERNELS):
        known = ", ".join(map(repr, ("nearest", *KERNELS)))
        raise ArgumentError(f"resizing: interpolation must be {known}, got {layer.interpolation!r}")
    if layer.crop_to_aspect_ratio and layer.pad_to_aspect_ratio:
        raise ArgumentError("resizing: an image is either cropped or padded to its proportions")
    if layer.grid == "tfjs" and _beyond_tfjs(layer):
        raise ArgumentError("resizing: on the grid 'tfjs' are 'bilinear' and 'nearest' alone, unpadded")


def _padded(images: Tensor, height: int, width: int, fill: float) -> Tensor:
    """Images with as much at all sides as brings them to the proportions of a size."""
    rows, columns = images.shape[1:3]
    above = (max(rows, int(columns * height / width)) - rows) // 2
    beside = (max(columns, int(rows * width / height)) - columns) // 2
    return images.pad([[0, 0], [above] * 2, [beside] * 2, [0, 0]], fill)


@layer("resizing")
class Resizing(OverImages, Grid):
    """Images [batch, height, width, channels] in another size, as float32.

    `height`, `width`: that size.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one, "bicubic", "lanczos3" and "lanczos5"
    mix more.
    `antialias`: whether smaller images are mixed from all pixels that they lie over; not by "nearest".
    `crop_to_aspect_ratio`: whether images keep their proportions, and what is over is cut off at both sides.
    `pad_to_aspect_ratio`: whether they keep them, and what lacks is filled up at both sides.
    `fill_value`: what it is filled up with.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.
    `grid`: "tfjs", where corners lie on corners, or "keras", which counts pixels from their middle. A call
    means the first, unless it asks for what TF.js lacks: proportions, antialiasing, the wider mixtures.

    Raises ArgumentError where cropping and padding are both asked for. As `tf.layers.resizing`.

    >>> import glbackend as gl
    >>> image = gl.tensor([[[0.], [2.], [4.], [6.]]])
    >>> gl.layers.resizing(height=1, width=2)(image).numpy().ravel().tolist()
    [0.0, 6.0]
    >>> gl.layers.resizing(height=1, width=2, grid="keras")(image).numpy().ravel().tolist()
    [1.0, 5.0]
    """

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.height, self.width = self.positive("height", height), self.positive("width", width)
        self.interpolation, self.antialias = interpolation, antialias
        self.crop_to_aspect_ratio, self.pad_to_aspect_ratio = crop_to_aspect_ratio, pad_to_aspect_ratio
        self.fill_value, self.data_format = fill_value, format_of(data_format, "resizing")
        _check(self)

    @property
    def of_tfjs(self) -> bool:
        """Whether corners lie on corners: in TF.js's files, and in calls for what it has."""
        called = self.grid is None and self._config_origin.maker == CALL and not self.crop_to_aspect_ratio
        return not _beyond_tfjs(self) and (super().of_tfjs or called)

    def changed(self, images: Tensor) -> Tensor:
        rows, columns = images.shape[1:3]
        if self.of_tfjs:  # which crops nothing
            resize = resize_bilinear if self.interpolation == "bilinear" else resize_nearest_neighbor
            return resize(images, (self.height, self.width), not self.crop_to_aspect_ratio)
        if self.crop_to_aspect_ratio:
            images = middle(images, *fitting((rows, columns), self.height, self.width))
        if self.pad_to_aspect_ratio:
            images = _padded(images, self.height, self.width, self.fill_value)
        size = self.height, self.width
        if self.interpolation == "nearest" or (self.interpolation == "bilinear" and not self.antialias):
            return resized(images, size, interpolation_of(self.interpolation, "resizing"))
        return resampled(images, size, self.interpolation, self.antialias)


@layer("center_crop")
class CenterCrop(OverImages):
    """The middle of images [batch, height, width, channels]; smaller ones are made larger first.

    `height`, `width`: of the middle.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    Images that are smaller in one way are cropped to those proportions and resized. As
    `tf.layers.centerCrop`.

    >>> import glbackend as gl
    >>> gl.layers.center_crop(height=1, width=2)(gl.range(0, 12).reshape([3, 4, 1])).numpy().ravel().tolist()
    [5.0, 6.0]
    """

    def __init__(self, height: int, width: int, data_format: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.height, self.width = self.positive("height", height), self.positive("width", width)
        self.data_format = format_of(data_format, "centerCrop")

    def changed(self, images: Tensor) -> Tensor:
        if images.shape[1] >= self.height and images.shape[2] >= self.width:
            return middle(images, self.height, self.width)
        # differs from TF.js: smaller images keep their proportions, as in Keras; there they are stretched
        part = middle(images, *fitting(images.shape[1:3], self.height, self.width))
        return resized(part, (self.height, self.width))
