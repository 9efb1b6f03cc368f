"""Pictures made ready for a model: cut and resized, and their numbers as its family wants them."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.convert import TensorLike, as_tensor, real_numbers
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.ops.image import resize_bilinear, resize_nearest_neighbor

Array = np.ndarray[Any, Any]
FITS = ("stretch", "crop", "pad")
INTERPOLATIONS = ("bilinear", "nearest")


class Normalization(NamedTuple):
    """What becomes of levels from 0 to 255: (level - mean) / deviation, for each channel."""

    mean: Sequence[float]
    deviation: Sequence[float]
    bgr: bool = False


MODES = {  # the first three by the names of keras.applications.imagenet_utils.preprocess_input
    "caffe": Normalization((103.939, 116.779, 123.68), (1.0,), bgr=True),
    "tf": Normalization((127.5,), (127.5,)),
    "torch": Normalization((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
    "unit": Normalization((0.0,), (255.0,)),
    "raw": Normalization((0.0,), (1.0,)),
}
FAMILIES = (  # of keras.applications: the beginning of a model's name, without its signs, and its mode
    (r"resnet(50|101|152)v2", "tf"), (r"resnet(50|101|152)|vgg(16|19)", "caffe"),
    (r"mobilenetv3|efficientnet|convnext", "raw"), (r"mobilenet|inception|xception|nasnet", "tf"),
    (r"densenet", "torch"),
)  # fmt: skip


class Window(NamedTuple):
    """The part of a picture that a model sees, in the picture's pixels; with padding it reaches beyond it.

    `top`, `left`, `height`, `width` are floats. `to_picture` and `boxes_to_picture` bring what a model found
    back. Keras and TF.js have none.

    >>> Window(10, 0, 100, 200).to_picture([[0.5, 0.5]]).tolist()
    [[60.0, 100.0]]
    """

    top: float
    left: float
    height: float
    width: float

    def to_picture(self, points: Any) -> Array:
        """Points [..., (y, x)], from 0 to 1 over what the model sees, in the picture's pixels.

        >>> Window(10, 20, 100, 200).to_picture([0., 1.]).tolist()
        [10.0, 220.0]
        """
        return np.asarray(points, np.float64) * [self.height, self.width] + [self.top, self.left]

    def boxes_to_picture(self, boxes: Any) -> Array:
        """Boxes [..., (top, left, bottom, right)] likewise.

        >>> Window(0, 0, 100, 200).boxes_to_picture([[0., 0., .5, .5]]).tolist()
        [[0.0, 0.0, 50.0, 100.0]]
        """
        given = np.asarray(boxes, np.float64)
        return self.to_picture(given.reshape(*given.shape[:-1], 2, 2)).reshape(given.shape)


@checked
def window(
    image_size: Sequence[int], size: Sequence[int], fit: str = "stretch", central_fraction: float = 1.0
) -> Window:
    """What a model sees of a picture that `preprocess` makes ready, to bring boxes and points back.

    `image_size`: height and width of the picture.
    `size`, `fit`, `central_fraction`: as `preprocess` was given them.

    Its source are Keras's `smart_resize` and TensorFlow's `resize_with_pad`, which keep it to themselves.

    >>> window((100, 200), (40, 40), "pad")
    Window(top=-50.0, left=0.0, height=200.0, width=200.0)
    >>> window((100, 200), (50, 50), "crop")
    Window(top=0, left=50, height=100, width=100)
    """
    (height, width), (rows, columns) = _pair(image_size, "image_size"), _pair(size, "size")
    if fit not in FITS:
        raise ArgumentError(f"image.preprocess: fit must be one of {', '.join(FITS)}, got {fit!r}")
    if not 0 < central_fraction <= 1:
        raise ArgumentError(f"image.preprocess: central_fraction must be in (0, 1], got {central_fraction}")
    if fit == "pad":
        top, left, tall, wide = _letterbox((height, width), (rows, columns))
        down, across = height / tall, width / wide
        return Window(-top * down, -left * across, rows * down, columns * across)
    tall, wide = height, width
    if fit == "crop":
        tall, wide = min(height, width * rows // columns), min(width, height * columns // rows)
    tall, wide = (max(round(dim * central_fraction), 1) for dim in (tall, wide))
    return Window((height - tall) // 2, (width - wide) // 2, tall, wide)


def _letterbox(have: tuple[int, int], want: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where a picture lies, in its proportions, within another size: top, left, height and width."""
    ratio = max(have[0] / want[0], have[1] / want[1])
    tall, wide = have[0] / ratio, have[1] / ratio
    return int((want[0] - tall) / 2), int((want[1] - wide) / 2), max(int(tall), 1), max(int(wide), 1)


def _pair(size: Sequence[int], name: str) -> tuple[int, int]:
    if len(size) != 2 or not all(int(dim) == dim and dim >= 1 for dim in size):
        raise ArgumentError(f"image.preprocess: {name} must be height and width of at least 1, got {size}")
    return int(size[0]), int(size[1])


@checked
def preprocess(
    image: TensorLike,
    size: Sequence[int] | None = None,
    *,
    fit: str = "stretch",
    normalize: str | tuple[Any, Any] = "raw",
    interpolation: str = "bilinear",
    antialias: bool = True,
    central_fraction: float = 1.0,
    bgr: bool | None = None,
    pad_value: float = 0.0,
) -> Tensor:
    """A picture as a model wants it: float32 [1, height, width, channels]; computed where the picture is.

    `image`: [height, width, channels] or a batch of such, levels from 0 to 255; what `gl.image.load` gives.
    `size`: height and width that the model wants; by default the picture's own.
    `fit`: "stretch" takes the whole picture, "crop" the largest part from the middle that has the size's
    proportions, "pad" puts the whole picture, in its proportions, in the middle of `pad_value` (letterbox).
    `normalize`: "raw" leaves 0 to 255, "unit" gives 0 to 1, "tf" -1 to 1, "torch" subtracts ImageNet's mean
    and divides by its deviation, "caffe" subtracts the mean and gives blue, green, red. The name of a model
    of keras.applications ("mobilenet_v2", "ResNet50", ...) means what that model was trained with. A pair of
    mean and deviation, in levels, is taken as such.
    `interpolation`: "bilinear" or "nearest", both from pixels' middles.
    `antialias`: whether a picture that shrinks is averaged over what each pixel covers (bilinear alone).
    `central_fraction`: how much of the height and width is kept, from the middle; ImageNet's models were
    often judged with 0.875.
    `bgr`: whether channels are turned round, blue first; by default as `normalize` says.
    `pad_value`: the level around a padded picture.

    Raises ShapeError for what is no picture, ArgumentError for unknown words. As `tf.image.resize` of
    TensorFlow and `preprocess_input` of Keras's applications.

    >>> picture = tensor(np.full((2, 4, 3), 255), dtype="int32")
    >>> preprocess(picture, (1, 1), normalize="tf").numpy().ravel().tolist()
    [1.0, 1.0, 1.0]
    >>> preprocess(picture, (4, 4), fit="pad").numpy()[0, :, 0, 0].tolist()
    [0.0, 255.0, 255.0, 0.0]
    """
    how = normalization(normalize)
    x = as_tensor(image, "image", "image.preprocess")
    x = (x.expand_dims(0) if x.rank == 3 else x).cast("float32")
    if x.rank != 4 or not x.size:
        raise ShapeError(
            f"image.preprocess: image must be [height, width, channels], got shape {list(x.shape)}"
        )
    if interpolation not in INTERPOLATIONS:
        raise ArgumentError(
            f"image.preprocess: interpolation must be one of {', '.join(INTERPOLATIONS)}, "
            f"got {interpolation!r}"
        )
    x = _fitted(
        x, size, fit, central_fraction, pad_value,
        lambda y, to: _resized(y, to, interpolation, antialias),
    )  # fmt: skip
    if how.bgr if bgr is None else bgr:
        x = x.reverse(-1)
    return _scaled(x, how)


def _fitted(x: Tensor, size: Any, fit: str, fraction: float, pad_value: float, resize: Any) -> Tensor:
    have = x.shape[1], x.shape[2]
    want = _pair(have if size is None else size, "size")
    seen = window(have, want, fit, fraction)
    if fit != "pad":
        top, left, tall, wide = (int(one) for one in seen)
        return resize(x[:, top : top + tall, left : left + wide], want)
    top, left, tall, wide = _letterbox(have, want)
    around = [(0, 0), (top, want[0] - tall - top), (left, want[1] - wide - left), (0, 0)]
    return resize(x, (tall, wide)).pad(around, pad_value)


def _resized(x: Tensor, size: tuple[int, int], interpolation: str, antialias: bool) -> Tensor:
    _, height, width, channels = x.shape
    if (height, width) == size:
        return x
    if interpolation == "nearest":
        return resize_nearest_neighbor(x, size, half_pixel_centers=True)
    if not antialias or (size[0] >= height and size[1] >= width):
        return resize_bilinear(x, size, half_pixel_centers=True)
    rows = tensor(_triangles(height, size[0])) @ x.reshape((-1, height, width * channels))
    columns = tensor(_triangles(width, size[1])) @ rows.reshape((-1, width, channels))
    return columns.reshape((-1, *size, channels))


def _triangles(have: int, want: int) -> Array:
    """float32 [want, have]: how much of each old pixel a new one has, when it is as wide as what it covers.

    >>> (_triangles(4, 2) * 7).round().tolist()
    [[3.0, 3.0, 1.0, 0.0], [0.0, 1.0, 3.0, 3.0]]
    """
    scale = have / want
    middles = (np.arange(want)[:, None] + 0.5) * scale
    shares = np.maximum(1 - np.abs(np.arange(have) + 0.5 - middles) / max(scale, 1.0), 0)
    return np.asarray(shares / shares.sum(1, keepdims=True), np.float32)


def _scaled(x: Tensor, how: Normalization) -> Tensor:
    """(x - mean) / deviation; ShapeError where there are other channels than numbers."""
    for numbers in (how.mean, how.deviation):
        if len(numbers) not in (1, x.shape[3]):
            raise ShapeError(
                f"image.preprocess: {len(numbers)} means or deviations for {x.shape[3]} channels"
            )
    if any(how.mean):
        x = x - tensor(np.array(how.mean, np.float32))
    return x if set(how.deviation) == {1.0} else x / tensor(np.array(how.deviation, np.float32))


def normalization(given: str | tuple[Any, Any]) -> Normalization:
    """What a word, a model's name or a pair means; ArgumentError for what is neither.

    >>> normalization("ResNet50").bgr, normalization("mobilenetv2_1.00_224") == MODES["tf"]
    (True, True)
    """
    if not isinstance(given, str):
        mean, deviation = (
            tuple(real_numbers(one, "normalize", "image.preprocess").ravel().astype(float).tolist())
            for one in given
        )
        if not all(deviation):
            raise ArgumentError("image.preprocess: a deviation of 0 cannot be divided by")
        return Normalization(mean, deviation)
    mode = given if given in MODES else mode_of(given)
    if mode is None:
        raise ArgumentError(
            f"image.preprocess: normalize must be one of {', '.join(MODES)}, the name of a model of "
            f"keras.applications, or a pair of mean and deviation; got {given!r}"
        )
    return MODES[mode]


def mode_of(model_name: str) -> str | None:
    """The mode that a model of keras.applications was trained with, by its name; None for other models."""
    plain = re.sub(r"[^a-z0-9]", "", model_name.lower())
    return next((mode for start, mode in FAMILIES if re.match(start, plain)), None)
