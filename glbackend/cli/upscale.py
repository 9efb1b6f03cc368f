"""`python -m glbackend upscale`: enlarges a picture with a super-resolution layers model, tile by tile."""

import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import glbackend as gl
from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.cli.device import device
from glbackend.cli.esrgan import ESRGAN
from glbackend.cli.holding import ends_of
from glbackend.cli.tiling import MAX_OVERLAP, reach, tiles
from glbackend.media.pictures import upright

Pixels = np.ndarray[Any, Any]
CHANNELS = 3


def upscale(
    source: Path, target: Path, model_path: Path, backend: str | None, tile: int, white: float
) -> int:
    """Reads, enlarges, writes; checks everything cheap before the work starts."""
    if backend:
        gl.set_backend(backend)
    check_target(target)
    image = read(source)
    model = load(model_path)
    print(f"{source} ({image.width} x {image.height}) through {model.name!r} on {device()}", flush=True)
    begun = time.perf_counter()
    colour = np.asarray(image.convert("RGB"))
    enlarged = enlarge(model, colour, tile, white)
    result = Image.fromarray(enlarged)
    if "A" in image.getbands():
        result.putalpha(image.getchannel("A").resize(result.size, Image.Resampling.BICUBIC))
    if target.suffix.lower() in (".jpg", ".jpeg"):
        result.convert("RGB").save(target, quality=95)
    else:
        result.save(target)
    print(f"{target} ({result.width} x {result.height}) in {time.perf_counter() - begun:.1f} s")
    return 0


def check_target(target: Path) -> None:
    """ArgumentError where a picture could not be written there."""
    known = {ending for ending, name in Image.registered_extensions().items() if name in Image.SAVE}
    if target.suffix.lower() not in known:
        raise ArgumentError(f"{target}: end its name in .png, .jpg or .webp, so that its format is known")
    if not target.absolute().parent.is_dir():
        raise ArgumentError(f"{target}: the folder {target.parent} does not exist")


def read(source: Path) -> Image.Image:
    """The picture, upright, as RGB or RGBA."""
    picture: Image.Image = upright(source, "upscale")
    return picture if picture.mode == "RGBA" else picture.convert("RGB")


def load(path: Path) -> gl.Model:
    """The model; ArgumentError or ModelFormatError where it does not take and give pictures."""
    if not path.exists():
        raise ArgumentError(
            f"{path}: there is no such model: --model takes a folder with model.json, or the file"
        )
    model = gl.load_layers_model(path, custom_objects=ESRGAN)
    inputs, outputs = ends_of(model)
    takes = [list(symbol.shape) for symbol in inputs]
    if len(takes) != 1 or len(outputs) != 1 or len(takes[0]) != 4:
        raise ModelFormatError(f"{path} does not map one picture to one picture: its inputs are {takes}")
    channels = takes[0][3]
    if channels not in (None, CHANNELS):
        raise ModelFormatError(
            f"{path} takes pictures of {channels} channels, upscale feeds {CHANNELS} (red, green, blue)"
        )
    return model


def enlarge(model: Any, pixels: Pixels, largest: int, white: float = 255.0) -> Pixels:
    """The picture [height, width, 3] of bytes through the model, as bytes; seamless, a tile at a time.

    `model` is one of layers or a graph. `largest` bounds the sides of a tile, `white` is what the model calls
    white. Raises ModelFormatError where the model's output is no larger picture.
    """
    high, wide = (None if dim is None or dim < 0 else dim for dim in ends_of(model)[0][0].shape[1:3])
    overlap = reach(model) if isinstance(model, gl.Model) else MAX_OVERLAP
    overlap = min(overlap, *(side // 4 for side in (high, wide) if side is not None), MAX_OVERLAP)
    name = getattr(model, "name", "the graph")
    rows = tiles(pixels.shape[0], _side(largest, overlap, high), overlap)
    columns = tiles(pixels.shape[1], _side(largest, overlap, wide), overlap)
    jobs = [(row, column) for row in rows for column in columns]
    canvas: Pixels | None = None
    scale = 1
    for row, column in _watched(jobs):
        part = pixels[row.start : row.stop, column.start : column.stop]
        found = _through(model, part, white, (high, wide))
        if canvas is None:
            scale = _scale(part, found, name)
            canvas = np.empty((pixels.shape[0] * scale, pixels.shape[1] * scale, CHANNELS), np.uint8)
        y, x = row.keep_from, column.keep_from
        inner = found[
            (y - row.start) * scale : (row.keep_to - row.start) * scale,
            (x - column.start) * scale : (column.keep_to - column.start) * scale,
        ]
        canvas[y * scale : row.keep_to * scale, x * scale : column.keep_to * scale] = inner
    assert canvas is not None
    return canvas


def _side(largest: int, overlap: int, fixed: int | None) -> int:
    """The side of tiles: what the model demands, else what was asked for, where the overlaps leave room."""
    return fixed if fixed is not None else max(largest, 2 * overlap + 16)


def _through(model: Any, part: Pixels, white: float, fixed: tuple[int | None, int | None]) -> Pixels:
    """One tile through the model, as bytes; what a model of fixed size lacks is padded by the edge."""
    height, width = part.shape[:2]
    below = max((fixed[0] or height) - height, 0)
    right = max((fixed[1] or width) - width, 0)
    padded = np.pad(part, ((0, below), (0, right), (0, 0)), mode="edge") if below or right else part
    scaled = padded[None].astype(np.float32) * np.float32(white / 255)
    values: Pixels = model.predict(gl.tensor(scaled)).numpy()
    if values.ndim != 4 or values.shape[3] != CHANNELS:
        raise ModelFormatError(f"the model gives {list(values.shape)}, not a picture of {CHANNELS} channels")
    if below or right:
        factor = values.shape[1] // padded.shape[0]
        values = values[:, : height * factor, : width * factor]
    return np.asarray(np.clip(np.rint(values[0] * (255 / white)), 0, 255), np.uint8)


def _scale(part: Pixels, found: Pixels, name: str) -> int:
    scale: int = found.shape[0] // part.shape[0]
    if scale < 1 or found.shape[:2] != (part.shape[0] * scale, part.shape[1] * scale):
        raise ModelFormatError(
            f"model {name!r} turns {part.shape[1]} x {part.shape[0]} pixels into {found.shape[1]} x "
            f"{found.shape[0]}: not a whole factor of enlargement"
        )
    return scale


def _watched(jobs: list[Any]) -> Iterable[Any]:
    """The jobs, with a bar on a terminal where there are several and rich is installed."""
    if len(jobs) > 1 and sys.stdout.isatty():
        try:
            from rich.progress import track  # noqa: PLC0415 - an optional extra

            return track(jobs, description="Tiles")
        except ImportError:
            pass
    return _counted(jobs)


def _counted(jobs: list[Any]) -> Iterator[Any]:
    for i, job in enumerate(jobs):
        yield job
        if len(jobs) > 1:
            print(f"tile {i + 1} of {len(jobs)}", flush=True)
