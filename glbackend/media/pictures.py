"""Picture files as tensors, upright, in the colours that are asked for."""

import io
import os
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, DataFormatError
from glbackend.base.optional import optional
from glbackend.engine.tensor import Tensor
from glbackend.ops.pixels import from_pixels

Source = str | os.PathLike[str] | bytes
MOST_LEVELS = 1 << 16  # of a channel, in files of 16 bits


@checked
def load(source: Any, channels: int = 3) -> Tensor:
    """A picture file as int32 [height, width, channels], 0 to 255, turned as its camera says.

    `source`: a path, the bytes of a file, or a PIL image. Whatever Pillow reads: PNG, JPEG, WebP, GIF, ...
    `channels`: 1 for grey, 3 for red, green and blue, 4 with alpha (255 where the file has none).

    Phones store pictures lying on their side, with a note (EXIF orientation) how to turn them: that is done
    here. Channels of 16 bits become 8. Raises FileNotFoundError, DataFormatError for what is no picture,
    MissingPackageError without Pillow. As Keras's `load_img`, which does not turn, and NumPy's `asarray`.

    >>> from PIL import Image
    >>> load(Image.new("RGB", (5, 4), "red")).numpy()[0, 0].tolist()
    [255, 0, 0]
    """
    if channels not in (1, 3, 4):
        raise ArgumentError(f"image.load: channels must be 1, 3 or 4, got {channels}")
    picture = upright(source, "image.load")
    kind = "L" if channels == 1 else "RGBA" if channels == 4 else "RGB"
    return from_pixels(np.asarray(picture.convert(kind)), channels)


def upright(source: Any, op: str) -> Any:
    """The PIL image of a source, turned as its camera says, in mode L, RGB or RGBA."""
    images, turning = optional("PIL.Image", "vision", op), optional("PIL.ImageOps", "vision", op)
    if isinstance(source, images.Image):
        return _plain(turning.exif_transpose(source), op)
    opened: io.BytesIO | Path
    if isinstance(source, bytes | bytearray | memoryview):
        name, opened = "the picture", io.BytesIO(source)
    elif isinstance(source, str | os.PathLike):
        name, opened = str(Path(source)), Path(source)
        if not opened.is_file():
            raise FileNotFoundError(f"{name}: there is no such file")
    else:
        raise ArgumentError(f"{op}: source must be a path, bytes or a PIL image, got {type(source).__name__}")
    try:
        with images.open(opened) as picture:
            picture.load()
            return _plain(turning.exif_transpose(picture), op, name)
    except optional("PIL", "vision", op).UnidentifiedImageError:
        raise DataFormatError(f"{op}: {name} is not a picture that can be read") from None
    except (images.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        if isinstance(error, DataFormatError):
            raise
        raise DataFormatError(f"{op}: {name} cannot be read: {error}") from None


def _plain(picture: Any, op: str, name: str = "the picture") -> Any:
    """The picture in 8 bits a channel."""
    if picture.mode.startswith(("I", "F")):
        levels = np.asarray(picture)
        if levels.dtype.kind == "f" or levels.min(initial=0) < 0 or levels.max(initial=0) >= MOST_LEVELS:
            raise DataFormatError(
                f"{op}: {name} has more than 16 bits a channel ({picture.mode}): convert it to 8 bits first"
            )
        images = optional("PIL.Image", "vision", op)
        return images.fromarray((levels >> 8).astype(np.uint8))
    if picture.mode.endswith("a"):  # multiplied by how opaque it is: Pillow knows no other way from there
        picture = picture.convert(picture.mode.upper())
    clear = "A" in picture.getbands() or "transparency" in picture.info
    grey = picture.mode in ("1", "L")
    return picture.convert("RGBA" if clear else "L" if grey else "RGB")
