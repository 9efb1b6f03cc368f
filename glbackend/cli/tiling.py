"""How a large picture is cut for a convolutional model: equal tiles, each wide enough that no seam can show.

An output pixel depends on input pixels within the model's reach. Tiles overlap by that reach and only their
inner part is kept, so the result is what the whole picture at once would give. Arithmetic only.
"""

from collections.abc import Iterator
from typing import NamedTuple

from glbackend.layers.layer import Layer
from glbackend.models.model import Model

MAX_OVERLAP = 48  # pixels, for models whose formal reach is larger than what ever shows


class Tile(NamedTuple):
    """Along one axis: where the tile lies in the input, and which part of it is kept."""

    start: int
    stop: int
    keep_from: int
    keep_to: int


def reach(model: Model) -> int:
    """How many input pixels away a pixel of the output can depend on, at most `MAX_OVERLAP`."""
    far = {symbol.id: 0 for symbol in model._symbolic_inputs}
    for layer, node in model._graph_calls:
        before = max((far.get(symbol.id, 0) for symbol in node.inputs), default=0)
        far.update({symbol.id: before + _own_reach(layer) for symbol in node.outputs})
    return min(max(far[symbol.id] for symbol in model._symbolic_outputs), MAX_OVERLAP)


def _own_reach(layer: Layer) -> int:
    if isinstance(layer, Model):
        return reach(layer)
    kernel: tuple[int, ...] = getattr(layer, "kernel_size", (1, 1))
    dilation: tuple[int, ...] = getattr(layer, "dilation_rate", (1, 1))
    around = max((k - 1) * d for k, d in zip(kernel, dilation, strict=True))
    return -(-around // 2) + int(type(layer).class_name == "UpSampling2D")  # bilinear reads one pixel further


def tiles(size: int, largest: int, overlap: int) -> list[Tile]:
    """Tiles of equal length, at most about `largest`, whose kept parts cover `size` exactly once.

    >>> [tuple(tile) for tile in tiles(100, 60, 5)]
    [(0, 55, 0, 50), (45, 100, 50, 100)]
    >>> [tuple(tile) for tile in tiles(40, 60, 5)]
    [(0, 40, 0, 40)]
    """
    if size <= largest:
        return [Tile(0, size, 0, size)]
    inner = max(largest - 2 * overlap, 1)
    count = 2 if size <= 2 * (largest - overlap) else -(-size // inner)
    core = -(-size // count)
    length = min(size, core + overlap * min(count - 1, 2))
    return list(_row(size, count, core, length, overlap))


def _row(size: int, count: int, core: int, length: int, overlap: int) -> Iterator[Tile]:
    for i in range(count):
        begin, end = i * core, min((i + 1) * core, size)
        if begin >= end:
            return
        start = min(max(begin - overlap, 0), size - length)
        yield Tile(start, start + length, begin, end)
