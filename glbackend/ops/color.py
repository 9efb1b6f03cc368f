"""Colours of images: grey to RGB and back, and a threshold, fixed or found by Otsu's method."""

from typing import Literal

import numpy as np

from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import ones, tensor
from glbackend.ops.op import op, run

LUMA = (0.2989, 0.5870, 0.1140)  # shares of red, green and blue (ITU-R BT.601)
LEVELS = 256


def _grey(image: Tensor) -> Tensor:
    """Weighted sums of red, green and blue, as float32 with one channel."""
    return (image.cast("float32") * tensor(LUMA)).sum(-1, True)


def _check_channels(image: Tensor, channels: tuple[int, ...], op: str) -> None:
    if image.rank < 2 or image.shape[-1] not in channels:
        wanted = " or ".join(map(str, channels))
        raise ShapeError(
            f"{op}: image must be of rank 2 at least with a last dim of {wanted}, got {list(image.shape)}"
        )


@op(method=False, namespace="image")
def grayscale_to_rgb(image: TensorLike) -> Tensor:
    """Grey images as red, green and blue alike. As `tf.image.grayscaleToRGB`.

    `image` is [..., 1], the result [..., 3] of its dtype. Raises ShapeError for another last dim.

    >>> grayscale_to_rgb([[[1.], [2.]]]).numpy().tolist()
    [[[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]]
    """
    given = as_tensor(image, "image", "grayscale_to_rgb")
    _check_channels(given, (1,), "grayscale_to_rgb")
    return given.tile((*(1,) * (given.rank - 1), 3))


@op(method=False, namespace="image")
def rgb_to_grayscale(image: TensorLike) -> Tensor:
    """Coloured images in grey: 0.2989 red + 0.587 green + 0.114 blue. As `tf.image.rgbToGrayscale`.

    `image` is [..., 3], the result [..., 1] of its dtype. Raises ShapeError for another last dim.

    >>> rgb_to_grayscale(np.array([[[100, 0, 0], [0, 100, 100]]])).numpy().tolist()
    [[[29], [70]]]
    """
    given = as_tensor(image, "image", "rgb_to_grayscale")
    _check_channels(given, (3,), "rgb_to_grayscale")
    return _grey(given).cast(given.dtype)


@op(method=False, namespace="image")
def threshold(
    image: TensorLike,
    method: Literal["binary", "otsu"] = "binary",
    inverted: bool = False,
    thresh_value: float = 0.5,
) -> Tensor:
    """An image [height, width, 1 or 3] in black and white: int32 [height, width, 1], 0 or 255.

    `image`: int32 or float32 from 0 to 255.
    `method`: "binary", white is what is brighter than 255 * `thresh_value`; or "otsu", what is brighter than
    the level that parts the image's histogram best (Otsu, 1979).
    `inverted`: whether black and white change places.

    As `tf.image.threshold`.

    >>> threshold(np.array([[[3], [200]]])).numpy().tolist()
    [[[0], [255]]]
    """
    given = as_tensor(image, "image", "threshold")
    if given.rank != 3:
        raise ShapeError(f"threshold: image must be of rank 3, got shape {list(given.shape)}")
    _check_channels(given, (1, 3), "threshold")
    if given.dtype not in ("int32", "float32"):
        raise DtypeError(f"threshold: image must be int32 or float32, got {given.dtype}")
    if method not in ("binary", "otsu"):
        raise ArgumentError(f"threshold: method must be binary or otsu, but was {method!r}")
    grey = _grey(given) if given.shape[2] == 3 else given.cast("float32")
    limit = _otsu(grey) if method == "otsu" else tensor([thresh_value * 255], dtype="float32")
    white = grey.less_equal(limit) if inverted else grey.greater(limit)
    return white.cast("int32") * 255


def _otsu(grey: Tensor) -> Tensor:
    """The level after which to cut so that the parts' means differ most, weighted by sizes; -1: none."""
    levels = grey.round().cast("int32").reshape((grey.size,))
    counts = run("UnsortedSegmentSum", {"x": ones((grey.size,)), "segment_ids": levels}, num_segments=LEVELS)
    shares = (counts / max(grey.size, 1)).reshape((1, LEVELS))
    at = np.arange(LEVELS, dtype=np.float32)
    to_here = tensor(np.triu(np.ones((LEVELS, LEVELS), np.float32)))  # sums over all levels up to each
    below, moment = shares.matmul(to_here), (shares * tensor(at)).matmul(to_here)
    above, rest = 1 - below, (shares * tensor(at)).sum() - moment
    gap = (moment.div_no_nan(below) - rest.div_no_nan(above)) * below.greater(0).cast("float32")
    between = below * above * gap * gap
    best = between.reshape((LEVELS,)).argmax(0).cast("float32")
    found = between.max().greater(0).cast("float32")
    return (best + 1) * found - 1
