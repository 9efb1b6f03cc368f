"""Tiled results drawn in turns, so that the layers between their passes take less memory.

Each turn computes some of the result's texels into layers that the next one uses again, and puts them in
order or copies them into a buffer. The bits are those of one turn.
"""

from collections.abc import Sequence

from glbackend.backends.webgl.captured.arena import slots_of, texels
from glbackend.backends.webgl.captured.recorder import Cell, Copy, Drawn
from glbackend.backends.webgl.gl.layout import raw_layout
from glbackend.backends.webgl.plan.tiling import grid_size
from glbackend.backends.webgl.render import Tiles

MOST_LINES = 1 << 14  # more than the grid of any turn has
FINENESS = (2, 4, 8)  # into how many parts the largest layers are cut, as long as that pays
NEAR = 1.25  # of the bound by lifetime: nothing is cut where a plan holds no more
GAIN = 0.97  # and only where a plan then holds at most so much of what it held


def in_turns(draws: Sequence[Drawn], buffer_step: int, least: int) -> list[Drawn]:
    """The draws, large layers cut as far as it takes to come near the bound by lifetime.

    No turn has fewer than `least` fragments; `buffer_step` is what `slots_of` takes.
    """
    best, held = list(draws), held_texels(draws, buffer_step)
    near = NEAR * bound_texels(draws)
    largest = max((texels(drawn.targets[0].size) for drawn in draws if _leaves_layers(drawn)), default=0)
    for parts in FINENESS if largest else ():
        if held <= near:
            break
        cut = _cut(draws, -(-largest // parts), least)
        needed = held_texels(cut, buffer_step)
        if needed <= GAIN * held:
            best, held = cut, needed
    return best


def held_texels(draws: Sequence[Drawn], buffer_step: int) -> int:
    """How many texels all slots have."""
    return sum(texels(slot.size) for slot in set(slots_of(draws, buffer_step).values()))


def bound_texels(draws: Sequence[Drawn]) -> int:
    """The most texels that are needed at a time, whatever the textures that hold them."""
    change: dict[int, int] = {}
    for cell in slots_of(draws):
        change[cell.first] = change.get(cell.first, 0) + texels(cell.size)
        change[cell.last + 1] = change.get(cell.last + 1, 0) - texels(cell.size)
    most = now = 0
    for time in sorted(change):
        now += change[time]
        most = max(most, now)
    return most


def _leaves_layers(drawn: Drawn) -> bool:
    """Whether it leaves layers that turns can leave one after the other."""
    return drawn.tiles is not None and drawn.tiles.turns > 1 and "tile" not in drawn.reads


def _cut(draws: Sequence[Drawn], most: int, least: int) -> list[Drawn]:
    """The draws, with those whose layers have more than `most` texels in as few turns as make them fit, or as
    many as have `least` fragments.
    """
    made: list[Drawn] = []
    left = list(reversed(draws))
    while left:
        drawn = left.pop()
        large = _leaves_layers(drawn) and texels(drawn.targets[0].size) > most
        if large and left and any(source is drawn.targets[0] for source in left[-1].sources()):
            turns, after = _turns(drawn, left.pop(), most, least)
            made += turns
            left += after
        else:
            made.append(drawn)
    return made


def _turns(drawn: Drawn, after: Drawn, most: int, least: int) -> tuple[list[Drawn], list[Drawn]]:
    """The turns of a draw and of the one after it, which puts its layers in order, or copies them: then that
    one is what is left to do, with copies of what the last turn left.
    """
    tiles, layers = drawn.tiles, drawn.targets[0]
    assert tiles is not None
    count = layers.size[3]
    fitting = max(most // (count * tiles.fragments), -(-least // tiles.fragments))
    each = -(-tiles.turns // -(-tiles.turns // fitting))  # turns of one size
    width, _ = grid_size(each * tiles.fragments, MOST_LINES)
    made: list[Drawn] = []
    copies = drawn.copies
    for first in range(0, tiles.turns, each):
        end = min(first + each, tiles.turns)
        lines = -(-(end - first) * tiles.fragments // width)
        cell = Cell((width, lines, "f4[]", count))
        begin = {"first_fragment": first * tiles.fragments}
        uniforms = {**drawn.uniforms, **begin, "grid_shift": width.bit_length() - 1}
        viewport = 0, 0, width, lines
        made.append(
            drawn._replace(uniforms=uniforms, targets=[cell], viewport=viewport, copies=copies, tiles=None)
        )
        if any(source is layers for source in after.reads.values()):
            copies = []
            made.append(_ordered(after, layers, cell, tiles, first, end))
        else:
            copies = _copied(after, layers, cell, tiles, range(first, end))
    if made[-1].targets[0] is after.targets[0]:
        return made, []
    others = [one for one in after.copies if one.source is not layers]
    return made, [after._replace(copies=[*copies, *others])]


def _ordered(after: Drawn, layers: Cell, cell: Cell, tiles: Tiles, first: int, end: int) -> Drawn:
    """The draw that puts layers in order, of turns from `first` on, which lie in `cell`."""
    wide = after.viewport[2]
    top, bottom = first * tiles.texels // wide, -(-end * tiles.texels // wide)
    begin = {"first_fragment": first * tiles.fragments, "first_texel": first * tiles.texels}
    form = {"tile_form": raw_layout(*cell.size[:2]).uniform}
    return after._replace(
        reads={name: cell if one is layers else one for name, one in after.reads.items()},
        uniforms={**after.uniforms, **begin, **form}, viewport=(0, top, wide, bottom - top), tiles=None,
        copies=after.copies if first == 0 else [],
    )  # fmt: skip


def _copied(after: Drawn, layers: Cell, cell: Cell, tiles: Tiles, turns: range) -> list[Copy]:
    """The copies of some turns' layers, which lie in `cell`."""
    width = cell.size[0]
    size = width, -(-tiles.band // width)
    every = [one for one in after.copies if one.source is layers]
    lines = tiles.fragments // width  # from turn to turn
    return [every[turn]._replace(source=cell, size=size, line=(turn - turns[0]) * lines) for turn in turns]
