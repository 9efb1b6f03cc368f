"""Picture files as arrays: decoded, cut and resized on the host, in whichever thread asks."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError, DataFormatError
from glbackend.base.optional import optional

Array = np.ndarray[Any, Any]
MODES = {"grayscale": ("L", 1), "rgb": ("RGB", 3), "rgba": ("RGBA", 4)}
INTERPOLATIONS = ("bilinear", "nearest")


@dataclass(frozen=True)
class Decoder:
    """How picture files become float32 [height, width, channels], 0 to 255; in their own size for None."""

    color_mode: str = "rgb"
    size: tuple[int, int] | None = None
    interpolation: str = "bilinear"
    crop: bool = False
    pad: bool = False

    def check(self, op: str) -> None:
        """ArgumentError for what it cannot do; MissingPackageError without Pillow."""
        if self.color_mode not in MODES:
            raise ArgumentError(
                f"{op}: color_mode must be one of {', '.join(MODES)}, got {self.color_mode!r}"
            )
        if self.interpolation not in INTERPOLATIONS:
            raise ArgumentError(
                f"{op}: interpolation must be one of {', '.join(INTERPOLATIONS)}, got {self.interpolation!r}"
            )
        if self.crop and self.pad:
            raise ArgumentError(f"{op}: only one of crop_to_aspect_ratio and pad_to_aspect_ratio can be true")
        if self.size is not None and min(self.size) < 1:
            raise ArgumentError(f"{op}: image_size must be two numbers of at least 1, got {self.size}")
        optional("PIL.Image", "vision", op)

    @property
    def shape(self) -> tuple[int | None, int | None, int]:
        """The shape of what it gives."""
        height, width = self.size or (None, None)
        return height, width, MODES[self.color_mode][1]

    def decode(self, path: str) -> Array:
        """The picture at `path`, as bytes where it has the size already; DataFormatError for what is none."""
        pictures = optional("PIL.Image", "vision", "image_folder")
        try:
            with pictures.open(path) as picture:
                levels = np.asarray(picture.convert(MODES[self.color_mode][0]))
        except FileNotFoundError:
            raise
        except (OSError, ValueError, SyntaxError) as error:  # Pillow's words for broken files
            raise DataFormatError(f"{path!r} is no picture that can be read: {error}") from None
        image = levels[:, :, None] if levels.ndim == 2 else levels
        if self.size is None or image.shape[:2] == self.size:
            return image
        if self.pad:
            return _padded(image, self.size, self.interpolation)
        return resized(_cropped(image, self.size) if self.crop else image, self.size, self.interpolation)


def resized(image: Array, size: tuple[int, int], interpolation: str) -> Array:
    """[height, width, channels] in another size, as float32. As tf.image.resize, from pixels' middles.

    >>> resized(np.array([[[0], [4]]], np.uint8), (1, 4), "bilinear").ravel().tolist()
    [0.0, 1.0, 3.0, 4.0]
    """
    if interpolation == "nearest":
        rows, columns = (_nearest(have, want) for have, want in zip(image.shape[:2], size, strict=True))
        return image[rows[:, None], columns].astype(np.float32)
    low, high, weight = _between(image.shape[0], size[0])
    mixed = _mix(image[low], image[high], weight[:, None, None])
    low, high, weight = _between(image.shape[1], size[1])
    return _mix(mixed[:, low], mixed[:, high], weight[:, None])


def _nearest(have: int, want: int) -> Array:
    at = (np.arange(want) + 0.5) * (have / want)
    return np.minimum(at.astype(np.int64), have - 1)


def _between(have: int, want: int) -> tuple[Array, Array, Array]:
    """For each new position its two neighbours, and how near the second is."""
    at = np.clip((np.arange(want) + 0.5) * (have / want) - 0.5, 0, have - 1)
    low = at.astype(np.int64)
    return low, np.minimum(low + 1, have - 1), (at - low).astype(np.float32)


def _mix(a: Array, b: Array, weight: Array) -> Array:
    result = b.astype(np.float32)
    result -= a
    result *= weight
    result += a
    return result


def _cropped(image: Array, size: tuple[int, int]) -> Array:
    """The largest part, from the middle, of the new size's proportions. As Keras's smart_resize."""
    (height, width), (rows, columns) = image.shape[:2], size
    tall = max(min(height, int(width * rows / columns)), 1)
    wide = max(min(width, int(height * columns / rows)), 1)
    top, left = (height - tall) // 2, (width - wide) // 2
    return image[top : top + tall, left : left + wide]


def _padded(image: Array, size: tuple[int, int], interpolation: str) -> Array:
    """The image in the middle of black of the new size's proportions. As Keras's smart_resize."""
    (height, width), (rows, columns) = image.shape[:2], size
    above = (max(height, int(width * rows / columns)) - height) // 2
    beside = (max(width, int(height * columns / rows)) - width) // 2
    return resized(np.pad(image, [(above, above), (beside, beside), (0, 0)]), size, interpolation)
