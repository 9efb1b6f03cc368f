"""A picture: a matplotlib figure of its own, without display and without global state, in one style."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glbackend.base.errors import ArgumentError
from glbackend.base.optional import optional
from glbackend.formats.replacing import replace_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, FAINT = "#1b2430", "#5b6775", "#e3e8ee"
COLOURS = ("#4363d8", "#e6194b", "#2f9e44", "#f58231", "#911eb4", "#0b7285", "#b08900", "#c2255c")
DPI = 100
COLOUR_MAPS = {"viridis": "viridis", "greyscale": "gray", "blues": "Blues"}  # by TF.js's names
SIGNED = "RdBu"  # red below zero, blue above


class Picture:
    """A drawing: notebooks show it, `save` writes it, `figure` is matplotlib's own to go on with.

    `figure`: a matplotlib Figure.

    >>> import glbackend as gl
    >>> gl.vis.render.linechart([1., 4., 9.]).save(folder + "/curve.png").name
    'curve.png'
    """

    def __init__(self, figure: "Figure") -> None:
        self.figure = figure

    def save(self, path: str | Path) -> Path:
        """Writes the picture in the format that the ending of `path` says (.png, .svg, .pdf, ...)."""
        target = Path(path)
        known = self.figure.canvas.get_supported_filetypes()
        if target.suffix.removeprefix(".").lower() not in known:
            raise ArgumentError(
                f"save: no format by the ending of {str(path)!r}: use one of {', '.join(sorted(known))}"
            )
        replace_file(target, lambda made: self.figure.savefig(made))
        return target

    def _repr_png_(self) -> bytes:
        made = io.BytesIO()
        self.figure.savefig(made, format="png")
        return made.getvalue()

    def __repr__(self) -> str:
        titles = [axes.get_title(loc="left") for axes in self.figure.axes]
        return f"<Picture: {', '.join(filter(None, titles)) or 'untitled'}>"


def figure(op: str, width: float, height: float) -> "Figure":
    """An empty figure of a size in pixels; MissingPackageError where there is no matplotlib."""
    module: Any = optional("matplotlib.figure", "vis", op)
    made: Figure = module.Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor="white")
    return made


def one_axes(op: str, axes: "Axes | None", width: float, height: float) -> "tuple[Picture, Axes]":
    """The user's axes, or those of a new figure."""
    if axes is None:
        made = figure(op, width, height)
        made.set_layout_engine("constrained")
        axes = made.add_subplot()
    whole: Any = axes.figure
    return Picture(whole), axes


def plain(axes: "Axes", title: str = "", x_label: str = "", y_label: str = "", grid: str = "y") -> None:
    """The style of all charts: no box, thin rules behind, the title at the left."""
    axes.set_title(title, loc="left", size=11, color=INK, weight="bold")
    axes.set_xlabel(x_label, color=SOFT, size=9.5)
    axes.set_ylabel(y_label, color=SOFT, size=9.5)
    axes.tick_params(length=0, labelsize=9, labelcolor=SOFT)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if grid:
        axes.grid(axis=grid, color=FAINT, linewidth=1)  # type: ignore[arg-type]
        axes.set_axisbelow(True)


def bare(axes: "Axes", title: str = "") -> None:
    """The style of images: nothing but a title."""
    plain(axes, grid="")
    axes.set_title(title, loc="left", size=9, color=SOFT)
    axes.set_xticks([])
    axes.set_yticks([])


def colour_map(name: str, op: str) -> str:
    """matplotlib's name of a colour map of TF.js."""
    if name not in COLOUR_MAPS:
        raise ArgumentError(f"{op}: color_map must be one of {', '.join(COLOUR_MAPS)}, got {name!r}")
    return COLOUR_MAPS[name]


def labels_for(labels: Sequence[Any] | None, count: int, what: str, op: str) -> list[str]:
    """As many labels as there are, or numbers."""
    if labels is None:
        return [str(i) for i in range(count)]
    if len(labels) != count:
        raise ArgumentError(f"{op}: {len(labels)} {what} for {count}: give one for each")
    return [str(one) for one in labels]
