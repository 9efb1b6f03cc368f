"""Layers of a tiled kernel copied into a buffer as they are, where a draw would only put them in order."""

from collections import defaultdict
from collections.abc import Sequence

from glbackend.backends.webgl.captured.recorder import Cell, Copy, Drawn


def without_ordering(draws: Sequence[Drawn], most_texels: int) -> list[Drawn]:
    """Draws without those that put layers one behind the other, if all who ask for it read from buffers.

    The layers are copied instead: into the buffer that the first of them has, at once, so that the array is
    free again. `most_texels` is what a buffer may show.
    """
    read = {id(source) for drawn in draws for source in drawn.reads.values()}
    copies: dict[int, list[Copy]] = defaultdict(list)  # by the id of what is copied
    for drawn in draws:
        for one in drawn.copies:
            copies[id(one.source)].append(one)
    shared: dict[int, Cell] = {}  # by the id of a buffer: the one that all use
    gone: set[int] = set()  # ids of what is no longer copied
    pending: list[Copy] = []
    kept: list[Drawn] = []
    for drawn in draws:
        target = drawn.targets[0]
        wanted = copies[id(target)]
        if _in_bands(drawn) and wanted and not target.fresh and id(target) not in read:
            found = _of_layers(drawn, wanted[0].buffer, most_texels)
            if found:
                shared.update((id(one.buffer), found[0].buffer) for one in wanted)
                gone.add(id(target))
                pending += found
                continue
        reads = {name: shared.get(id(source), source) for name, source in drawn.reads.items()}
        still = [one for one in drawn.copies if id(one.source) not in gone]
        kept.append(drawn._replace(reads=reads, copies=[*pending, *still]))
        pending = []
    return kept


def _in_bands(drawn: Drawn) -> bool:
    """Whether a draw does no more than put layers one behind the other."""
    return drawn.tiles is not None and drawn.tiles.band > 0 and "tile" in drawn.reads


def _of_layers(drawn: Drawn, buffer: Cell, most_texels: int) -> list[Copy]:
    """The copies that stand for a draw, into `buffer`, which gets room for the last layer's last line; none
    where that is too large.
    """
    layers, tiles = drawn.reads["tile"], drawn.tiles
    assert isinstance(layers, Cell) and tiles is not None
    width, _, _, count = layers.size
    lines = -(-tiles.band // width)
    needed = (tiles.turns - 1) * tiles.texels + (count - 1) * tiles.band + width * lines
    across, down, kind, _ = buffer.size
    down = max(down, -(-needed // across))
    if across * down > most_texels:
        return []
    buffer.size = across, down, kind, 1
    return [
        Copy(
            layers, buffer, (width, lines), count, tiles.band, i * tiles.fragments // width, i * tiles.texels
        )
        for i in range(tiles.turns)
    ]
