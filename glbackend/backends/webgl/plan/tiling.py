"""How the dense kernels are cut into fragments: one cost rule for GEMM, convolution and its gradients.

A fragment computes a tile of `rows` texels, so that what it reads serves several results; `parts` fragments
may share the depth of one sum where there are too few results to give every core work. Either costs a second
pass that puts the tiles in order. Look with `choose(512, 128, 128)`, override with `forced(rows=4)`.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, NamedTuple

from glbackend.base.window import Window

# Costs in texel reads, of which two cores of llvmpipe make 1.7 a nanosecond.
PASS_READS = 130_000  # switching to another framebuffer
TEXEL_READS = 5.0  # finding a texel's address and writing it
ADD_READS = 0.55  # 16 multiply-adds
TURN_READS = 1.0  # one turn of a loop
SATURATING_FRAGMENTS = 2048  # that give every core of a software renderer work
SATURATING_GPU_FRAGMENTS = 32768
# Tiles on GPUs, so that three waves or more fit on GCN, and 576 threads or more on M1 (docs/measurements.md):
MAX_GPU_BLOCKED_ROWS = 4  # of a tile that sums in blocks
MAX_GPU_CONV_ROWS = 6  # of a convolution's that does not
MAX_GPU_TEXELS = 14  # of sums, pixels and filter, where pixels share reads; the border counts as two
MAX_PARTIAL_TEXELS = 1 << 22  # of shares of sums, so that they need not be cut into blocks
MAX_FILTER_TEXELS = 17  # that a fragment of a filter's gradient reads in a turn, where the channels are few
MAX_PARTS = 64
MAX_TURNS = 32768  # of a fragment's loops: llvmpipe of Mesa 22.3 leaves them, silently, after 65,535 in all
BLOCK_TEXELS = 64  # of depth per inner sum: a sum of 1e6 terms stays within 1e-5


@dataclass(frozen=True, slots=True)
class Tiling:
    """`groups` tiles of `rows` lie along the tiled dim, `parts` fragments share a tile's depth.

    `axis` is the axis of the image (0: height, 1: width) along which a convolution's tiles lie, `cost` what
    the rule expects, in texel reads. `taps` neighbours share what they read of the input: of a convolution
    all along the tile or one, of a filter's gradient those of the tile, over `outs` texels of channels.
    """

    rows: int
    parts: int
    groups: int
    cost: float
    axis: Literal[0, 1] = 0
    taps: int = 1
    outs: int = 1

    @property
    def direct(self) -> bool:
        """Whether the first pass writes the result itself."""
        return self.rows == 1 and self.parts == 1


class Forced(NamedTuple):
    """What `forced` asks for."""

    rows: int | None = None
    parts: int | None = None
    axis: Literal[0, 1] | None = None
    buffers: bool | None = None  # whether operands are read from copies in buffers


class Work(NamedTuple):
    """What a choice of rows makes of a problem.

    `fragments` (for one part), `texels` of the result, and the `depth` that parts may share out, of which one
    step takes `step` reads and `turns` turns of a loop. More than `block` of it a fragment sums up in blocks.
    """

    fragments: int
    texels: int
    depth: int
    step: float
    turns: int = 1
    block: int = MAX_TURNS


_forced: ContextVar[Forced] = ContextVar("forced", default=Forced())  # noqa: B039 - immutable


@contextmanager
def forced(
    rows: int | None = None,
    parts: int | None = None,
    axis: Literal[0, 1] | None = None,
    buffers: bool | None = None,
) -> Iterator[None]:
    """Overrides the rule on this thread, as far as the problem allows: for tests, bench and tuning."""
    token = _forced.set(Forced(rows, parts, axis, buffers))
    try:
        yield
    finally:
        _forced.reset(token)


def override() -> Forced:
    """What `forced` asks for on this thread: part of the key of whatever a choice is kept under."""
    return _forced.get()


@lru_cache(maxsize=4096)
def grid_size(fragments: int, max_size: int) -> tuple[int, int]:
    """Width (a power of two from 128) and height (in fours, at most twice the width) of the grid.

    llvmpipe gives each tile of 64 x 64 to one thread: a narrow or flat grid leaves threads idle.

    >>> grid_size(2048, 16384), grid_size(100_000, 16384)
    ((128, 16), (256, 392))
    """
    width = 128
    while 2 * width * width < fragments or -(-fragments // width) > max_size - 4:
        width *= 2
    return width, -(-fragments // width // 4) * 4


def choose(
    m: int,
    columns: int,
    depth: int,
    batch: int = 1,
    *,
    transpose_a: bool = False,
    saturation: int = SATURATING_FRAGMENTS,
) -> Tiling:
    """The tiling of a matrix product: m rows, `columns` texels a row, `depth` texels summed.

    With `transpose_a` the rows come in fours, as they lie in A.

    >>> choose(512, 128, 128).rows, choose(1, 256, 256).parts > 1
    (8, True)
    """
    return _choose(m, columns, depth, batch, transpose_a, saturation, _forced.get())


@lru_cache(maxsize=4096)
def _choose(
    m: int, columns: int, depth: int, batch: int, transpose_a: bool, saturation: int, force: Forced
) -> Tiling:
    tilings = []
    for rows in _candidates(m, transpose_a, force.rows):
        bands = -(-rows // 4) if transpose_a else rows
        groups = -(-(-(-m // 4) if transpose_a else m) // bands)
        # per four depths: a texel of transposed A holds four rows of one depth, else four depths of one row
        reads = (4.0 * bands if transpose_a else rows) + 4
        step = reads + ADD_READS * rows + TURN_READS
        work = Work(batch * groups * columns, batch * m * columns, depth, step, 1, BLOCK_TEXELS)
        tilings += _shared_out(work, rows, groups, saturation, force)
    return min(tilings, key=lambda tiling: tiling.cost)


def _candidates(m: int, fours: bool, wanted: int | None) -> list[int]:
    if fours:
        legal = [max(m, 1)] if m <= 4 else [4, 8]
    else:
        legal = [rows for rows in (1, 2, 3, 4, 5, 6, 7, 8) if rows <= max(m, 1)]
        if wanted is None:
            legal = [rows for rows in legal if rows in (1, 2, 4, 6, 7, 8) or rows == m]
    return [wanted] if wanted in legal else legal


def _shared_out(
    work: Work, rows: int, groups: int, saturation: int, force: Forced, axis: Literal[0, 1] = 0
) -> list[Tiling]:
    """One tiling per number of parts.

    On a GPU large tiles take so many that nothing is summed in blocks; none where that is too many.
    """
    fragments, texels, depth, step, turns, block = work
    tilings = []
    least = -(-depth * turns // MAX_TURNS) or 1
    large = saturation >= SATURATING_GPU_FRAGMENTS and rows > MAX_GPU_BLOCKED_ROWS
    if large and force.rows is None and force.parts is None:
        least = max(least, -(-depth // block))
        if least > MAX_PARTS or (least > 1 and least * texels > MAX_PARTIAL_TEXELS):
            return []
    most = max(least, min(MAX_PARTS, depth))
    doubled = [least * 2**i for i in range(7) if least * 2**i <= most]
    for parts in doubled if force.parts is None else [min(max(force.parts, least), most)]:
        span = -(-depth // parts)
        parts = -(-depth // span) if span else 1
        idle = max(1.0, math.sqrt(saturation / max(fragments * parts, 1)))
        cost = PASS_READS + fragments * parts * (span * step + rows * TEXEL_READS) * idle
        if rows > 1 or parts > 1:
            cost += PASS_READS + texels * (TEXEL_READS + parts)
        tilings.append(Tiling(rows, parts, groups, cost, axis))
    return tilings


def choose_conv(
    window: Window, columns: int, depth: int, images: int = 1, *, saturation: int = SATURATING_FRAGMENTS
) -> Tiling:
    """The tiling of a convolution: `columns` texels a pixel of the result, `depth` a pixel of the input.

    The filter has `images` images, each as large as the window's (more than one: over volumes).
    """
    return _choose_conv(window, columns, depth, images, saturation, _forced.get())


def shares(window: Window, axis: int, rows: int) -> bool:
    """Whether `rows` neighbouring results along `axis` are worth reading their common window once for all."""
    kernel, stride = window.filter_size[axis], window.strides[axis]
    return (
        window.dilations[axis] == 1
        and max(stride, 2) <= kernel <= 5
        and stride <= 2
        and (rows - 1) * stride + kernel <= 4 * rows
    )


def _conv_tiles(
    window: Window, axis: int, depth: int, gpu: bool, wanted: int | None
) -> list[tuple[int, bool]]:
    """Rows that a tile may have, and whether they share what they read: what a GPU's registers hold."""
    found = []
    for rows in _candidates(window.out_size[axis], False, wanted):
        shared = shares(window, axis, rows)
        read = (rows - 1) * window.strides[axis] + window.filter_size[axis]
        blocked = depth > BLOCK_TEXELS
        sums, most = (2 * rows, MAX_GPU_BLOCKED_ROWS) if blocked else (rows, MAX_GPU_CONV_ROWS)
        if not gpu:
            found.append((rows, shared))
        elif shared and sums + read + 4 + 2 * window.over_border <= MAX_GPU_TEXELS:
            found.append((rows, True))
        if gpu and (rows <= most or wanted == rows):
            found.append((rows, False))
    return found


@lru_cache(maxsize=4096)
def _choose_conv(
    window: Window, columns: int, depth: int, images: int, saturation: int, force: Forced
) -> Tiling:
    tilings: list[Tiling] = []
    axes: tuple[Literal[0, 1], ...] = (0, 1) if force.axis is None else (force.axis,)
    for axis in axes:
        extent, across = window.out_size[axis], window.out_size[1 - axis]
        along, lines = window.filter_size[axis], window.filter_size[1 - axis] * images
        for rows, shared in _conv_tiles(
            window, axis, depth, saturation >= SATURATING_GPU_FRAGMENTS, force.rows
        ):
            groups = -(-extent // rows)
            if shared:
                turns, reads, taps = lines, (rows - 1) * window.strides[axis] + along, along
            else:
                turns, reads, taps = lines * along, rows, 1
            step = depth * (reads + 4 * taps + ADD_READS * rows * taps + TURN_READS)
            texels = window.batch * extent * across * columns
            work = Work(window.batch * groups * across * columns, texels, turns, step, depth + 2)
            some = _shared_out(work, rows, groups, saturation, force, axis)
            tilings += [replace(one, taps=taps) for one in some]
    return min(tilings, key=lambda tiling: tiling.cost)


def choose_input_grad(
    window: Window, columns: int, depth: int, images: int, *, saturation: int = SATURATING_FRAGMENTS
) -> Tiling:
    """The tiling of a strided convolution's gradient with respect to its input: rows lie a stride apart.

    The result has `images` images.
    """
    return _choose_input_grad(window, columns, depth, images, saturation, _forced.get())


@lru_cache(maxsize=4096)
def _choose_input_grad(
    window: Window, columns: int, depth: int, images: int, saturation: int, force: Forced
) -> Tiling:
    stride, height = window.strides[0], window.in_height
    taps = -(-window.filter_height // stride) * -(-window.filter_width // window.strides[1])
    tilings = []
    for rows in _candidates(-(-height // stride), False, force.rows):
        groups = height if rows == 1 else -(-height // (rows * stride)) * stride
        fragments = images * groups * window.in_width * columns
        texels = images * height * window.in_width * columns
        work = Work(fragments, texels, taps * depth, rows + 4 + ADD_READS * rows + TURN_READS)
        tilings += _shared_out(work, rows, groups, saturation, Forced(rows, 1))
    return min(tilings, key=lambda tiling: tiling.cost)


def choose_filter_grad(
    window: Window, columns: int, lines: int, *, saturation: int = SATURATING_FRAGMENTS
) -> Tiling:
    """The tiling of a filter's gradient, whose rows are input channels, in fours as they lie in a texel.

    The depth that is shared out are the lines of dy; the filter has `lines` lines of taps. Of at most four
    channels a tile is that of `taps` neighbours in such a line and of `outs` texels of output channels.
    """
    return _choose_filter_grad(window, columns, lines, saturation, _forced.get())


@lru_cache(maxsize=4096)
def _choose_filter_grad(window: Window, columns: int, lines: int, saturation: int, force: Forced) -> Tiling:
    channels, wide = max(window.in_channels, 1), window.filter_width
    depth = window.batch * window.out_height
    texels_in = -(-channels // 4)
    tilings: list[Tiling] = []
    for rows, taps, outs in _filter_tiles(window, columns, force.rows):
        if taps * outs > 1:
            reads = taps_read(window, taps) / 4 + outs
            groups = tiles = -(-wide // taps) * columns // outs
        else:
            bands = -(-rows // 4)
            reads, groups = bands + 1.0, -(-texels_in // bands)
            tiles = groups * wide * columns
        step = (reads + ADD_READS / 4 * rows + TURN_READS) * window.out_width
        texels = lines * wide * channels * columns
        work = Work(lines * tiles, texels, depth, step, window.out_width // 4 + 4, lines_in_block(window))
        tilings += [
            replace(one, taps=taps, outs=outs) for one in _shared_out(work, rows, groups, saturation, force)
        ]
    return min(tilings, key=lambda tiling: tiling.cost)


def lines_in_block(window: Window) -> int:
    """Lines of dy that a filter's gradient may sum up in one."""
    return max(4 * BLOCK_TEXELS // max(window.out_width, 1), 1)


def taps_read(window: Window, taps: int) -> int:
    """Texels of x that so many neighbouring taps read for four pixels of dy, where x has one a pixel."""
    return 3 * min(window.strides[1], taps) + taps


def _filter_tiles(window: Window, columns: int, wanted: int | None) -> list[tuple[int, int, int]]:
    """Rows, taps and texels of output channels that a tile of a filter's gradient may have."""
    channels, wide = max(window.in_channels, 1), window.filter_width
    if channels > 4:
        return [(rows, 1, 1) for rows in _candidates(channels, True, wanted)]
    most = wide if window.dilations[1] == 1 else 1
    taps = sorted({-(-wide // -(-wide // n)) for n in range(1, most + 1)})  # the same of each tile, or nearly
    legal = [
        (n * outs * channels, n, outs)
        for n in taps
        for outs in (1, 2)
        if n * outs * channels <= 8 and columns % outs == 0
        if n * outs == 1 or taps_read(window, n) + 4 * outs <= MAX_FILTER_TEXELS
    ]
    return [one for one in legal if one[0] == wanted] or legal
