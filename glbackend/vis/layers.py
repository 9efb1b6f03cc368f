"""What layers hold and give: filters of convolutions, outputs for an example."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.layers.layer import Layer
from glbackend.models.model import Model
from glbackend.models.outputs import every_output
from glbackend.vis.picture import SIGNED, Picture, bare, figure

Array = np.ndarray[Any, Any]
MOST_FILTERS, MOST_CHANNELS = 64, 16
MOST_MAPS = 64  # channels of an output
MOST_FEATURES = 256  # of outputs without place: the first
COLUMNS = 16  # of a mosaic


@checked
def filters(layer: Layer) -> Picture:
    """The kernels of a convolution, one a filter. What guides to Keras and TF.js draw by hand.

    `layer`: a convolution over images.

    Of one channel in blue above and red below zero, of three as the colours that they look for, of more as a
    row a filter with a column a channel. At most 64 filters and 16 channels are drawn. Raises ArgumentError
    for a layer without such a kernel. TF.js's demos have it as a custom drawing.

    >>> import glbackend as gl
    >>> layer = gl.layers.conv2d(filters=4, kernel_size=3, input_shape=[8, 8, 1])
    >>> model = gl.sequential([layer])
    >>> len(filters(layer).figure.axes)
    1
    """
    kernels = [one.numpy() for one in layer.weights if len(one.shape) == 4]
    if not kernels:
        raise ArgumentError(
            f"filters: layer {layer.name!r} ({type(layer).class_name}) has no kernel over images"
        )
    kernel = kernels[0]
    height, width, channels, count = kernel.shape
    shown, limit = min(count, MOST_FILTERS), float(np.abs(kernel).max()) or 1.0
    if channels == 3:
        tiles = [[_framed(kernel[..., i] / (2 * limit) + 0.5, 1.0)] for i in range(shown)]
        image = _grid([one[0] for one in tiles], min(COLUMNS, shown))
    elif channels == 1:
        image = _grid([_framed(kernel[..., 0, i], np.nan) for i in range(shown)], min(COLUMNS, shown))
    else:
        inner = min(channels, MOST_CHANNELS)
        cells = [_framed(kernel[:, :, j, i], np.nan) for i in range(shown) for j in range(inner)]
        image = _grid(cells, inner)
    scale = max(1, min(28, 900 // image.shape[1]))
    made = figure("filters", max(image.shape[1] * scale, 260) + 40, image.shape[0] * scale + 34)
    made.set_layout_engine("constrained")
    axes = made.add_subplot()
    axes.imshow(image, cmap=SIGNED, vmin=-limit, vmax=limit, interpolation="nearest")
    axes.set_anchor("NW")
    of = f"{shown} of {count}" if shown < count else str(count)
    words = (
        ""
        if channels in (1, 3)
        else f", a row each, a column for {min(channels, MOST_CHANNELS)} of {channels} channels"
    )
    bare(axes, f"{layer.name}: {of} filters of {height} x {width}{words}")
    return Picture(made)


@checked
def layer_outputs(model: Model, x: Any, layers: Sequence[str] | None = None, example: int = 0) -> Picture:
    """What layers give for one example: images as a mosaic of channels, the rest as stripes.

    `model`: a model. `x`: its input, or a list of them.
    `layers`: names of those to show, all by default. `example`: which one of the batch.

    Bright is much and dark little, for each layer on its own scale. At most 64 channels a layer are drawn.
    Raises ArgumentError for a name that no layer has. TF.js's demos have it as a custom drawing.

    >>> import glbackend as gl
    >>> look = gl.layers.conv2d(filters=4, kernel_size=3, input_shape=[8, 8, 1], name="look")
    >>> picture = layer_outputs(gl.sequential([look]), gl.ones([1, 8, 8, 1]))
    >>> [one.get_title(loc="left")[:4] for one in picture.figure.axes]
    ['look', 'look']
    """
    every = every_output(model, x, "layer_outputs")
    names = [one.name for one in every]
    unknown = [one for one in layers or () if one not in names]
    if unknown:
        raise ArgumentError(f"layer_outputs: there is no layer {unknown[0]!r}: use {', '.join(names)}")
    chosen = [one for one in every if (layers is None or one.name in layers) and one.tensor.dtype != "string"]
    pictures = []
    for one in chosen:
        values = one.tensor.numpy()
        if not 0 <= example < len(values):
            raise ArgumentError(f"layer_outputs: there is no example {example} among {len(values)}")
        shape = " x ".join(map(str, values.shape[1:]))
        pictures.append((f"{one.name} ({one.made_by or 'called'}): {shape}", *_drawable(values[example])))
    heights = [
        max(min(34 + image.shape[0] * 760 / max(image.shape[1], 1), 300), 60) for _, image, _ in pictures
    ]
    made = figure("layer_outputs", 800, sum(heights) + 10)
    made.set_layout_engine("constrained")
    grid = made.add_gridspec(len(pictures), 1, height_ratios=heights)
    for i, (title, image, left_out) in enumerate(pictures):
        axes = made.add_subplot(grid[i])
        finite = image[np.isfinite(image)]
        high = float(finite.max()) if finite.size else 1.0
        axes.imshow(image, cmap="viridis" if image.ndim == 2 else None, vmax=high, interpolation="nearest")
        axes.set_anchor("W")
        bare(axes, title + (f", the first {MOST_MAPS} channels" if left_out else ""))
    return Picture(made)


def _drawable(values: Array) -> tuple[Array, bool]:
    """One example as an image, and whether some of it is left out."""
    values = np.abs(values) if values.dtype.kind == "c" else values.astype(np.float64)
    if values.ndim == 3:
        if values.shape[-1] == 3 and values.min() >= 0 and values.max() <= 1:
            return values, False
        maps = [_framed(values[..., i], np.nan) for i in range(min(values.shape[-1], MOST_MAPS))]
        columns = min(len(maps), max(1, COLUMNS if len(maps) > 8 else 8))
        return _grid(maps, columns), values.shape[-1] > MOST_MAPS
    if values.ndim == 2:
        return values[:, :MOST_FEATURES].T, values.shape[1] > MOST_FEATURES
    flat = values.reshape(-1)
    return np.repeat(
        flat[None, :MOST_FEATURES], max(1, min(flat.size, MOST_FEATURES) // 24), 0
    ), flat.size > MOST_FEATURES


def _framed(image: Array, edge: float) -> Array:
    """An image with a line to the right and below that separates it."""
    padding = ((0, 1), (0, 1)) + ((0, 0),) * (image.ndim - 2)
    return np.pad(image.astype(np.float64), padding, constant_values=edge)


def _grid(tiles: Sequence[Array], columns: int) -> Array:
    """Tiles of one size side by side, so many a row."""
    rows = -(-len(tiles) // columns)
    empty = np.full_like(tiles[0], np.nan if tiles[0].ndim == 2 else 1.0)
    every = [*tiles, *[empty] * (rows * columns - len(tiles))]
    return np.concatenate([np.concatenate(every[i * columns : (i + 1) * columns], 1) for i in range(rows)], 0)
