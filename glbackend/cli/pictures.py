"""The pictures of `demo`: matplotlib figures, drawn straight into files (no display, no global state)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from glbackend.debug.texels import Texels

Array = np.ndarray[Any, Any]
PAPER, INK, SOFT, FAINT = "#fbfaf7", "#22262b", "#6b7280", "#e4e1d8"
BLUE, ORANGE, RED = "#2563a8", "#e07b22", "#cf2e3f"
LANES = ("#d43d3d", "#2f9e5b", "#2f6fd0", "#8a5bb8")  # red, green, blue, alpha
INKED = LinearSegmentedColormap.from_list("inked", [PAPER, "#9fb4cc", INK])
SIGNED = LinearSegmentedColormap.from_list("signed", [ORANGE, PAPER, BLUE])
GLOW = LinearSegmentedColormap.from_list("glow", ["#14181f", "#1f4e79", "#3aa6b9", "#f7e08a", "#ffffff"])
DPI = 120


def _figure(width: float, height: float, title: str, subtitle: str) -> Figure:
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor=PAPER)
    figure.text(0.45 / width, 1 - 0.30 / height, title, size=17, weight="bold", color=INK, va="top")
    figure.text(0.45 / width, 1 - 0.68 / height, subtitle, size=10.5, color=SOFT, va="top", linespacing=1.4)
    return figure


def _panel(figure: Figure, left: float, top: float, width: float, height: float) -> Axes:
    """Axes at a place in inches from the figure's upper left corner, without frame and ticks."""
    total_width, total_height = figure.get_size_inches()
    box = (left / total_width, 1 - (top + height) / total_height, width / total_width, height / total_height)
    axes = figure.add_axes(box, facecolor=PAPER)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    return axes


# -- test digits ---------------------------------------------------------------------------------------------


def draw_digits(path: Path, pixels: Array, truth: Array, probabilities: Array) -> None:
    """Every held-out digit with its prediction; the wrong ones framed, and enlarged at the side."""
    guessed = probabilities.argmax(1)
    wrong = np.flatnonzero(guessed != truth)
    right = 1 - len(wrong) / len(truth)
    columns = 20
    rows = -(-len(pixels) // columns)
    figure = _figure(
        14.5, 0.52 * rows + 1.5, f"{right:.1%} of {len(truth)} unseen digits read correctly",
        "Each digit with the network's reading below it. Framed in red: wrong "
        "(read as \u2192 really is). At the right the six it found hardest.",
    )  # fmt: skip
    axes = _panel(figure, 0.45, 1.15, 0.5 * columns, 0.52 * rows)
    axes.set_xlim(0, columns * 10)
    axes.set_ylim(rows * 11, 0)
    for i, digit in enumerate(pixels):
        x, y = i % columns * 10 + 1, i // columns * 11
        axes.imshow(digit, cmap=INKED, vmin=0, vmax=1, extent=(x, x + 8, y + 8, y), interpolation="nearest")
        missed = guessed[i] != truth[i]
        label = f"{guessed[i]}\u2192{truth[i]}" if missed else str(guessed[i])
        axes.text(x + 4, y + 9.3, label, ha="center", va="center", size=6.5,
                  color=RED if missed else SOFT, weight="bold" if missed else "normal")  # fmt: skip
        if missed:
            axes.add_patch(Rectangle((x - 0.5, y - 0.4), 9, 10.9, fill=False, edgecolor=RED, linewidth=1.6))
    axes.set_xlim(0, columns * 10)
    axes.set_ylim(rows * 11, 0)
    axes.set_aspect("auto")
    doubtful = np.argsort(probabilities[np.arange(len(truth)), truth])
    _draw_doubts(figure, 10.9, pixels, truth, probabilities, doubtful, (0.52 * rows) / 6)
    figure.savefig(path)


def _draw_doubts(
    figure: Figure, left: float, pixels: Array, truth: Array, probabilities: Array, order: Array, pitch: float
) -> None:
    """The digits on whose true class the network put least, each with its ten probabilities."""
    for place, i in enumerate(order[:6]):
        top = 1.15 + place * pitch
        axes = _panel(figure, left, top, 1.15, 1.15)
        axes.imshow(pixels[i], cmap=INKED, vmin=0, vmax=1)
        bars = _panel(figure, left + 1.4, top, 1.85, 1.0)
        guess = int(probabilities[i].argmax())
        colours = [BLUE if k == truth[i] else RED if k == guess else "#c3c8cf" for k in range(10)]
        bars.bar(range(10), probabilities[i], color=colours, width=0.78)
        bars.set_ylim(0, 1.12)
        bars.set_xticks(range(10), [str(k) for k in range(10)], size=7, color=SOFT)
        bars.tick_params(length=0, pad=1)
        verdict = f"read as {guess}, is {truth[i]}" if guess != truth[i] else f"rightly {guess}, but unsure"
        bars.set_title(verdict, size=8.5, color=RED if guess != truth[i] else BLUE, loc="left", pad=3)


# -- curves --------------------------------------------------------------------------------------------------


def draw_curves(path: Path, history: Mapping[str, list[float]]) -> None:
    """Loss and accuracy over the epochs, while learning and on the held-out digits."""
    figure = _figure(
        12.4,
        4.9,
        "Learning",
        "Dropout blanks a part of the hidden layer while learning, so the held-out digits can fare better.",
    )
    for left, key in ((0.95, "loss"), (7.0, "accuracy")):
        axes = _panel(figure, left, 1.45, 3.75, 2.75)
        epochs = np.arange(1, len(history[key]) + 1)
        for series, label, colour in ((key, "learning", SOFT), (f"val_{key}", "held out", BLUE)):
            values = history[series]
            axes.plot(epochs, values, color=colour, linewidth=2.2, marker="o", markersize=3.5, clip_on=False)
            shown = f"{values[-1]:.1%}" if key == "accuracy" else f"{values[-1]:.3f}"
            axes.annotate(f"{label} {shown}", (epochs[-1], values[-1]), size=9.5,
                          xytext=(9, _apart(history, key, series)), textcoords="offset points", color=colour,
                          weight="bold", va="center")  # fmt: skip
        axes.set_title(key, loc="left", size=12, color=INK, weight="bold")
        axes.set_xlim(1, max(len(epochs), 2))
        if key == "accuracy":
            axes.set_ylim(min(0.5, *history["accuracy"], *history["val_accuracy"]), 1)
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        else:
            axes.set_ylim(0)
        _rule(axes)
    figure.savefig(path)


def _apart(history: Mapping[str, list[float]], key: str, series: str) -> int:
    """Keeps the two labels of a panel from covering each other: the higher curve's goes up."""
    mine, other = history[series][-1], history[key if series != key else f"val_{key}"][-1]
    return 7 if mine > other else -7


def _rule(axes: Axes) -> None:
    axes.yaxis.set_major_locator(_nice(5))
    axes.xaxis.set_major_locator(_nice(6, whole=True))
    axes.grid(axis="y", color=FAINT, linewidth=1)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=9, labelcolor=SOFT)
    axes.set_xlabel("epoch", color=SOFT, size=9.5)


def _nice(count: int, whole: bool = False) -> Any:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - used here only

    return MaxNLocator(count, integer=whole)


# -- filters -------------------------------------------------------------------------------------------------


def draw_filters(path: Path, filters: Array, digit: Array, answers: Array) -> None:
    """Each 3 x 3 filter of the first layer, and what it answers to one digit."""
    count = filters.shape[-1]
    figure = _figure(
        13.2, 6.25, "What the first layer looks for",
        "Each 3 x 3 filter (blue adds, orange subtracts), and below it what it answers to the digit at the "
        "left (dark: nothing; one scale for all).",
    )  # fmt: skip
    axes = _panel(figure, 0.45, 2.2, 2.3, 2.3)
    axes.imshow(digit, cmap=INKED, vmin=0, vmax=1)
    axes.set_title("the digit, 8 x 8", size=9.5, color=SOFT, loc="left")
    limit, brightest = float(np.abs(filters).max()), float(answers.max())
    for i in range(count):
        left, top = 3.3 + i % 8 * 1.2, 1.3 + i // 8 * 2.4
        axes = _panel(figure, left, top, 1.05, 1.05)
        axes.imshow(filters[..., i], cmap=SIGNED, vmin=-limit, vmax=limit)
        axes.add_patch(Rectangle((-0.5, -0.5), 3, 3, fill=False, edgecolor=FAINT, linewidth=1.5))
        axes = _panel(figure, left, top + 1.12, 1.05, 1.05)
        axes.imshow(answers[..., i], cmap=GLOW, vmin=0, vmax=brightest)
    figure.savefig(path)


# -- textures ------------------------------------------------------------------------------------------------


def draw_textures(path: Path, digit: Array, steps: Mapping[str, tuple[list[int], Texels]]) -> None:
    """Each layer's activations for one digit as they lie in their RGBA texture, read back texel by texel."""
    heights = [0.16 * 4 * found.layout.height + 0.62 for _, found in steps.values()]
    figure = _figure(
        15.5, 4.75 + sum(heights), "Activations as they lie in their textures",
        "Read back from the GPU texel by texel. A texel is one column of four cells: its red, green, blue "
        "and alpha hold four neighbouring channels.\nTexel t = pixel x texels per pixel + channel / 4 lies "
        "at column t mod W, row t div W; the width W is a power of two. "
        "Dots: lanes that pad a row, always 0. Hatched: nothing lies there.",
    )  # fmt: skip
    first = next(iter(steps))
    _draw_address(figure, digit, first, *steps[first])
    top = 4.2
    for (name, (shape, found)), height in zip(steps.items(), heights, strict=True):
        layout = found.layout
        words = (
            f"{' x '.join(map(str, shape))} numbers: {layout.rows} pixel{'s' * (layout.rows > 1)} x "
            f"{layout.row_texels} texels = {layout.texels} texels in a texture of "
            f"{layout.width} x {layout.height}"
        )
        axes = _panel(
            figure,
            0.45,
            top + 0.3,
            14.6 / 128 * layout.width * (1 if layout.width > 16 else 3),
            height - 0.62,
        )
        figure.text(
            0.45 / 15.5,
            1 - (top + 0.22) / figure.get_size_inches()[1],
            name,
            size=11,
            weight="bold",
            color=INK,
        )
        figure.text(1.5 / 15.5, 1 - (top + 0.22) / figure.get_size_inches()[1], words, size=9.5, color=SOFT)
        _draw_texels(axes, found)
        if name == first:
            column, row = found.place(_followed(digit, shape) * layout.row_texels)
            axes.add_patch(Rectangle((column, row * 4), layout.row_texels, 4, fill=False, edgecolor="white",
                                     linewidth=2.2, clip_on=False))  # fmt: skip
        top += height
    figure.savefig(path)


def _draw_texels(axes: Axes, found: Texels) -> None:
    """The texture with its lanes one below the other, each in its colour; a rule between texture rows."""
    layout = found.layout
    height, width, _ = found.values.shape
    cells = lane_colours(found)
    axes.imshow(cells, aspect="auto", interpolation="nearest", extent=(0, width, height * 4, 0))
    for row in range(1, height):
        axes.axhline(row * 4, color=PAPER, linewidth=2.0)
    for texel in range(layout.texels, height * width):
        x, y = found.place(texel)
        axes.add_patch(
            Rectangle((x, y * 4), 1, 4, facecolor=PAPER, edgecolor=SOFT, hatch="////", linewidth=0)
        )
    pad = layout.row_texels * 4 - layout.row_length
    for row in range(layout.rows if pad else 0):
        x, y = found.place((row + 1) * layout.row_texels - 1)
        axes.add_patch(
            Rectangle(
                (x, y * 4 + 4 - pad), 1, pad, facecolor=PAPER, edgecolor=SOFT, hatch="....", linewidth=0
            )
        )


def lane_colours(found: Texels) -> Array:
    """An image [height * 4, width, 3]: the lanes one below the other, dark for 0, bright for the most."""
    height, width, _ = found.values.shape
    values = np.nan_to_num(found.values)
    inside = np.arange(height * width).reshape(height, width) < found.layout.texels
    top = max(float(np.abs(values[inside]).max(initial=0)), 1e-9)
    share = np.clip(np.abs(values) / top, 0, 1)[..., None] ** 0.45
    dark, colours = np.array(to_rgb("#171a20")), np.array([to_rgb(one) for one in LANES])
    bright = colours + (1 - colours) * 0.25
    image = dark + share * (bright - dark)
    return np.asarray(image.transpose(0, 2, 1, 3).reshape(height * 4, width, 3))


def _followed(digit: Array, shape: list[int]) -> int:
    """Number of the pixel that the picture follows: the darkest of the lower half."""
    middle = shape[0] // 2
    return middle * shape[1] + int(digit[middle:].argmax())


def _draw_address(figure: Figure, digit: Array, name: str, shape: list[int], found: Texels) -> None:
    """One pixel followed into the texture: its texels, their addresses, the numbers in their lanes."""
    pixel = _followed(digit, shape)
    y, x = divmod(pixel, shape[1])
    axes = _panel(figure, 0.45, 1.5, 2.3, 2.3)
    axes.imshow(digit, cmap=INKED, vmin=0, vmax=1)
    axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor=RED, linewidth=2.5))
    title = f"the digit; pixel ({y}, {x}) is number {y} x {shape[1]} + {x} = {pixel}"
    axes.set_title(title, size=9.5, color=SOFT, loc="left")
    layout = found.layout
    start = pixel * layout.row_texels
    table = _panel(figure, 4.1, 1.5, 8.6, 2.3)
    table.set_xlim(0, layout.row_texels + 0.15)
    table.set_ylim(4.9, -0.62)
    words = (
        f"its {layout.row_length} channels after {name}, in {layout.row_texels} texels from number "
        f"{pixel} x {layout.row_texels} = {start} on (framed white below):"
    )
    table.text(0, -0.42, words, size=9.5, color=SOFT)
    for k in range(layout.row_texels):
        column, row = found.place(start + k)
        _draw_texel(table, k, found.values[row, column])
        address = f"texel {start + k}  at column {column}, row {row}"
        table.text(k + 0.5, 4.42, address, ha="center", size=8.5, color=INK)


def _draw_texel(table: Axes, k: int, values: Array) -> None:
    """Column k of the table: the four lanes of a texel, with their channels and numbers."""
    for lane, value in enumerate(values):
        table.add_patch(Rectangle((k + 0.02, lane), 0.96, 0.92, facecolor=LANES[lane], linewidth=0))
        words = (
            (0.08, "left", "RGBA"[lane], 8.0, "normal"),
            (0.5, "center", f"{float(value):.3f}", 10.5, "bold"),
            (0.93, "right", f"channel {4 * k + lane}", 7.0, "normal"),
        )
        for x, align, text, size, weight in words:
            table.text(
                k + x, lane + 0.48, text, color="white", size=size, weight=weight, va="center", ha=align
            )
