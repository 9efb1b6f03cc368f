"""Charts of numbers, as `gl.vis.render`: what tfjs-vis has there, drawn by matplotlib."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glbackend.base import html
from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.histogram import bars
from glbackend.engine.convert import real_numbers
from glbackend.vis.picture import COLOURS, INK, SOFT, Picture, colour_map, labels_for, one_axes, plain

__all__ = ["barchart", "confusion_matrix", "heatmap", "histogram", "linechart", "scatterplot", "table"]

Array = np.ndarray[Any, Any]
MOST_NUMBERED = 40  # rows or columns of a matrix whose cells are numbered


@dataclass(frozen=True, repr=False)
class Table:
    """Rows under headings: notebooks show it, `str` prints it."""

    headers: list[str]
    values: list[list[Any]]

    def __str__(self) -> str:
        rows = [[str(one) for one in row] for row in [self.headers, *self.values]]
        widths = [max(len(row[i]) for row in rows) for i in range(len(self.headers))]
        lines = ["  ".join(one.ljust(width) for one, width in zip(row, widths, strict=True)) for row in rows]
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return html.table("", self.headers, self.values)


@checked
def table(headers: Sequence[str], values: Sequence[Sequence[Any]]) -> Table:
    """Rows under headings. As `tfvis.render.table`.

    `headers`: names of the columns. `values`: rows, each with a value a column.

    Raises ArgumentError where a row is of another length.

    >>> print(table(["class", "count"], [["cat", 3], ["dog", 12]]))
    class  count
    cat    3
    dog    12
    """
    for row in values:
        if len(row) != len(headers):
            raise ArgumentError(f"table: a row has {len(row)} values for {len(headers)} headers")
    return Table([str(one) for one in headers], [list(row) for row in values])


@checked
def linechart(
    values: Any, series: Sequence[str] | None = None, *, x_label: str = "x", y_label: str = "y",
    title: str = "", zoom_to_fit: bool = False, y_axis_domain: tuple[float, float] | None = None,
    width: float = 640, height: float = 360, axes: Any = None,
) -> Picture:  # fmt: skip
    """Lines. As `tfvis.render.linechart`.

    `values`: numbers; a dict of them by name; or a list of several lines, numbers or pairs (x, y) each.
    `series`: names of the lines.
    `x_label`, `y_label`, `title`: words beside the axes and above.
    `zoom_to_fit`: whether the scale leaves out 0 where no value is near; `y_axis_domain`: its ends.
    `width`, `height`: in pixels. `axes`: matplotlib's axes to draw into, in place of a new figure.

    Lines may be of different length. Raises ArgumentError for another number of names than lines.

    >>> linechart({"a": [1., 2.], "b": [2., 1., 3.]}).figure.axes[0].get_legend_handles_labels()[1]
    ['a', 'b']
    """
    lines = _lines(values, series, "linechart")
    picture, axes = one_axes("linechart", axes, width, height)
    for i, (name, points) in enumerate(lines):
        marker = "o" if len(points) < 2 else None
        axes.plot(
            points[:, 0],
            points[:, 1],
            color=COLOURS[i % len(COLOURS)],
            linewidth=2,
            label=name,
            marker=marker,
        )
    plain(axes, title, x_label, y_label)
    every = np.concatenate([points[:, 1] for _, points in lines] or [np.zeros(0)])
    finite = every[np.isfinite(every)]
    if y_axis_domain is not None:
        axes.set_ylim(*y_axis_domain)
    elif not zoom_to_fit and finite.size and finite.min() >= 0:
        axes.set_ylim(bottom=0)
    if len(lines) > 1 or series is not None:
        axes.legend(frameon=False, fontsize=9, labelcolor=INK)
    return picture


@checked
def scatterplot(
    values: Any, series: Sequence[str] | None = None, *, x_label: str = "x", y_label: str = "y",
    title: str = "", width: float = 480, height: float = 400, axes: Any = None,
) -> Picture:  # fmt: skip
    """Points. As `tfvis.render.scatterplot`.

    `values`: pairs (x, y), or a list or dict of several sets of them; `series`: their names.
    `x_label`, `y_label`, `title`, `width`, `height`, `axes`: as of `linechart`.

    >>> len(scatterplot({"a": [[0., 1.], [2., 3.]]}).figure.axes[0].collections)
    1
    """
    picture, axes = one_axes("scatterplot", axes, width, height)
    for i, (name, points) in enumerate(_lines(values, series, "scatterplot")):
        axes.scatter(
            points[:, 0],
            points[:, 1],
            s=18,
            color=COLOURS[i % len(COLOURS)],
            label=name,
            alpha=0.8,
            linewidths=0,
        )
    plain(axes, title, x_label, y_label, grid="both")
    if len(axes.collections) > 1 or series is not None:
        axes.legend(frameon=False, fontsize=9, labelcolor=INK)
    return picture


@checked
def barchart(
    values: Any, labels: Sequence[Any] | None = None, *, x_label: str = "", y_label: str = "",
    title: str = "", color: Any = None, width: float = 560, height: float = 320, axes: Any = None,
) -> Picture:  # fmt: skip
    """Bars. As `tfvis.render.barchart`.

    `values`: numbers, or a dict of them by name. `labels`: what stands below each bar, by default its number.
    `color`: a colour, or one for each bar.
    `x_label`, `y_label`, `title`, `width`, `height`, `axes`: as of `linechart`.

    >>> [float(bar.get_height()) for bar in barchart([3., 1.]).figure.axes[0].patches]
    [3.0, 1.0]
    """
    if isinstance(values, Mapping):
        labels, values = list(values), list(values.values())
    heights = _flat(values, "values", "barchart")
    names = labels_for(labels, len(heights), "labels", "barchart")
    picture, axes = one_axes("barchart", axes, width, height)
    axes.bar(np.arange(len(heights)), heights, color=COLOURS[0] if color is None else color, width=0.8)
    _ticks(axes.xaxis, names, most=24)
    plain(axes, title, x_label, y_label)
    return picture


@checked
def histogram(
    values: Any, *, max_bins: int = 40, stats: bool = True, color: str = COLOURS[0], x_label: str = "",
    title: str = "", width: float = 560, height: float = 300, axes: Any = None,
) -> Picture:  # fmt: skip
    """How often which values occur. As `tfvis.render.histogram`.

    `values`: numbers of any shape; NaN and infinity are counted above, and not drawn.
    `max_bins`: number of bars. `stats`: whether number, least, largest, zeros, NaN and infinities are told.
    `color`: of the bars. `x_label`, `title`, `width`, `height`, `axes`: as of `linechart`.

    >>> int(sum(bar.get_height() for bar in histogram([1., 2., 2., float("nan")]).figure.axes[0].patches))
    3
    """
    array = _flat(values, "values", "histogram")
    finite = array[np.isfinite(array)]
    picture, axes = one_axes("histogram", axes, width, height)
    counts, edges = bars(finite, max(max_bins, 1))
    axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=color, edgecolor="white", linewidth=0.5)
    plain(axes, title, x_label, "")
    if stats:
        told = f"{array.size:,} values, {int((array == 0).sum()):,} zeros"
        if finite.size:
            told += f", from {finite.min():.4g} to {finite.max():.4g}"
        if finite.size < array.size:
            told += f", {int(np.isnan(array).sum()):,} NaN, {int(np.isinf(array).sum()):,} infinite"
        axes.text(0, 1.01, told, transform=axes.transAxes, size=8.5, color=SOFT, va="bottom")
        axes.set_title(title, loc="left", size=11, color=INK, weight="bold", pad=20)
    return picture


@checked
def heatmap(
    values: Any, *, x_tick_labels: Sequence[Any] | None = None, y_tick_labels: Sequence[Any] | None = None,
    x_label: str = "", y_label: str = "", title: str = "", color_map: str = "viridis",
    domain: tuple[float, float] | None = None, row_major: bool = False, width: float = 560,
    height: float = 400, axes: Any = None,
) -> Picture:  # fmt: skip
    """A matrix as colours. As `tfvis.render.heatmap`.

    `values`: a matrix whose first index goes to the right, as in TF.js, and with `row_major` downwards, as a
    matrix is written.
    `x_tick_labels`, `y_tick_labels`: what stands below the columns and beside the rows.
    `color_map`: "viridis", "greyscale" or "blues". `domain`: the values of its ends.
    `x_label`, `y_label`, `title`, `width`, `height`, `axes`: as of `linechart`.

    >>> heatmap([[1., 2., 3.]], row_major=True).figure.axes[0].images[0].get_array().shape
    (1, 3)
    """
    matrix = _matrix(values, "heatmap")
    matrix = matrix if row_major else matrix.T
    names = [
        None if given is None else labels_for(given, count, what, "heatmap")
        for given, count, what in (
            (x_tick_labels, matrix.shape[1], "x_tick_labels"),
            (y_tick_labels, matrix.shape[0], "y_tick_labels"),
        )
    ]  # fmt: skip
    low, high = domain or (None, None)
    picture, axes = one_axes("heatmap", axes, width, height)
    colours = colour_map(color_map, "heatmap")
    image = axes.imshow(matrix, colours, vmin=low, vmax=high, aspect="auto", interpolation="nearest")
    for axis, given, count in zip((axes.xaxis, axes.yaxis), names, matrix.shape[::-1], strict=True):
        _ticks(axis, given or labels_for(None, count, "", "heatmap"), most=24)
    plain(axes, title, x_label, y_label, grid="")
    bar = picture.figure.colorbar(image, ax=axes, shrink=0.9)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0, labelsize=8, labelcolor=SOFT)
    return picture


@checked
def confusion_matrix(
    values: Any, tick_labels: Sequence[Any] | None = None, *, shade_diagonal: bool = True,
    show_text_overlay: bool = True, color_map: str = "blues", title: str = "", width: float = 520,
    height: float = 460, axes: Any = None,
) -> Picture:  # fmt: skip
    """How often which class (row) was predicted as which (column). As `tfvis.render.confusionMatrix`.

    `values`: counts, as `gl.vis.metrics.confusion_matrix` gives them. `tick_labels`: names of the classes.
    `shade_diagonal`: False leaves the right ones white, so that the scale is of the mistakes; it is ignored
    where there are none. `show_text_overlay`: whether the counts are written. `color_map`: as of `heatmap`.
    `title`, `width`, `height`, `axes`: as of `linechart`.

    >>> [one.get_text() for one in confusion_matrix([[5, 1], [0, 7]]).figure.axes[0].texts]
    ['5', '1', '0', '7']
    """
    matrix = _matrix(values, "confusion_matrix")
    if matrix.shape[0] != matrix.shape[1]:
        raise ShapeError(f"confusion_matrix: the matrix must be square, got {list(matrix.shape)}")
    names = labels_for(tick_labels, len(matrix), "tick_labels", "confusion_matrix")
    mistakes = np.where(np.eye(len(matrix), dtype=bool), np.nan, matrix)
    shown = matrix if shade_diagonal or not np.nan_to_num(mistakes).any() else mistakes
    picture, axes = one_axes("confusion_matrix", axes, width, height)
    axes.imshow(shown, cmap=colour_map(color_map, "confusion_matrix"), interpolation="nearest", vmin=0)
    if show_text_overlay and len(matrix) <= MOST_NUMBERED:
        top = float(np.nanmax(shown, initial=0))
        for (i, j), count in np.ndenumerate(matrix):
            dark = np.isfinite(shown[i, j]) and (shown[i, j] < top / 2) == (color_map != "blues")
            axes.text(j, i, f"{count:g}", ha="center", va="center", size=9, color="white" if dark else INK)
    _ticks(axes.xaxis, names, most=30)
    _ticks(axes.yaxis, names, most=30)
    plain(axes, title, "predicted", "is", grid="")
    return picture


def _ticks(axis: Any, names: Sequence[str], most: int) -> None:
    """A name at each place, of many at every so many-th."""
    step = -(-len(names) // most) or 1
    axis.set_ticks(range(0, len(names), step), labels=list(names[::step]))
    if axis.axis_name == "x" and max(map(len, names), default=0) > 8:
        axis.set_tick_params(rotation=35)


def _lines(values: Any, series: Sequence[str] | None, op: str) -> list[tuple[str, Array]]:
    """Names and points [n, 2] of one line, or of several."""
    if isinstance(values, Mapping):
        series, values = [str(one) for one in values], list(values.values())
    elif not _several(values):
        values = [values]
    names = [f"Series {i + 1}" for i in range(len(values))] if series is None else series
    if len(names) != len(values):
        raise ArgumentError(f"{op}: {len(names)} names in series for {len(values)} lines")
    return [(name, _points(one, op)) for name, one in zip(names, values, strict=True)]


def _several(values: Any) -> bool:
    """Whether these are several lines: numbers, and pairs of them, are one."""
    if not isinstance(values, list | tuple) or not len(values) or np.ndim(values[0]) == 0:
        return False
    return not all(np.shape(one) == (2,) for one in values)


def _points(values: Any, op: str) -> Array:
    # differs from TF.js: tfjs-vis's linechart numbers the points and drops their x; here x is where they lie
    array = np.asarray(real_numbers(values, "values", op), np.float64)
    if array.ndim == 1:
        return np.stack([np.arange(len(array)), array], 1)
    if array.ndim == 2 and array.shape[1] == 2:
        return array
    raise ShapeError(f"{op}: a line must be numbers or pairs (x, y), got shape {list(array.shape)}")


def _flat(values: Any, name: str, op: str) -> Array:
    return np.asarray(real_numbers(values, name, op), np.float64).reshape(-1)


def _matrix(values: Any, op: str) -> Array:
    array: Array = real_numbers(values, "values", op)
    if array.ndim != 2:
        raise ShapeError(f"{op}: values must be a matrix, got shape {list(array.shape)}")
    return array
