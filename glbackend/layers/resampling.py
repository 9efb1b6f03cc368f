"""How the pixels of a resized axis are mixed: by kernels wider than two pixels, or antialiased."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class Kernel(NamedTuple):
    """A curve over distances, and beyond which distance it is 0."""

    curve: Callable[[Array], Array]
    radius: float


def _cubic(x: Array) -> Array:
    """Keys 1981, with a = -1/2."""
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, far)


KERNELS = {
    "bilinear": Kernel(lambda x: 1 - x, 1.0),
    "bicubic": Kernel(_cubic, 2.0),
    "lanczos3": Kernel(lambda x: np.sinc(x) * np.sinc(x / 3), 3.0),
    "lanczos5": Kernel(lambda x: np.sinc(x) * np.sinc(x / 5), 5.0),
}


def mixing(size: int, resized: int, interpolation: str, antialias: bool) -> Array:
    """float32 [resized, size]: the share of each pixel in each pixel of the result; each row's sum is 1.

    As TensorFlow's ScaleAndTranslate: with `antialias` the kernel is as wide as the result's pixels.

    >>> mixing(2, 4, "bilinear", False).tolist()
    [[1.0, 0.0], [0.75, 0.25], [0.25, 0.75], [0.0, 1.0]]
    """
    kernel, scale = KERNELS[interpolation], size / resized
    width = max(scale, 1.0) if antialias else 1.0
    centres = (np.arange(resized) + 0.5) * scale
    apart = np.abs(np.arange(size) + 0.5 - centres[:, None]) / width
    shares = np.where(apart < kernel.radius, kernel.curve(apart), 0.0)
    return (shares / shares.sum(1, keepdims=True)).astype(np.float32)
