"""`inspect`: a page that shows tensors as they lie in their textures, with values, histograms and layouts."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.base.histogram import bars
from glbackend.base.html import nbytes_shown, page, section
from glbackend.debug.texels import Texels, texels_of
from glbackend.engine.convert import as_tensor
from glbackend.engine.engine import engine
from glbackend.engine.storage import Handle
from glbackend.formats.replacing import replace_file
from glbackend.models.model import Model
from glbackend.models.outputs import LayerOutput, every_output

Array = np.ndarray[Any, Any]
MOST_NUMBERS = 400_000  # of a page, in textures: 2 MB
MOST_OF_ONE = 65_536  # numbers of one tensor
FEWEST_OF_ONE = 512
BINS = 48
STATISTICS = ("least", "largest", "mean", "deviation", "zeros", "not finite")
FORMATS = {  # of a kind of texture: its name, and bytes of a lane
    "f4": ("RGBA32F", 4), "i4": ("RGBA32I", 4), "u1": ("RGBA8UI", 1), "u2": ("RGBA16UI", 2),
    "f2": ("RGBA16F", 2),
}  # fmt: skip
COLOURS = (
    "A texel is a column of four cells, its lanes red, green, blue and alpha: dark is 0, bright the largest "
    "magnitude that is drawn, greyed negative; magenta NaN, yellow infinite; hatched lanes hold nothing."
)


@checked
def inspect(thing: Any, x: Any = None, *, path: str | Path = "inspect.html") -> Path:
    """Writes a page that shows a tensor, or what every layer of a model gives for `x`; gives its path.

    `thing`: a tensor (also an array, or a list of numbers), or a model.
    `x`: for a model its input, or a list of its inputs.
    `path`: the HTML file; what is there is replaced as a whole. It needs no network.

    Each tensor is shown as it lies in its texture: a texel is a column of four cells, its lanes. The mouse
    tells where which element lies and what it is. Lanes that pad a row, and texels after the data, are
    hatched. On cpu the page shows how it would lie. Facts and histogram are of all elements; of large tensors
    the first lines of the texture are drawn, so that the page stays below some megabytes. Raises
    ArgumentError for a model without `x`. TF.js's tfjs-vis has `show.valuesDistribution` for the histogram.

    >>> import glbackend as gl
    >>> gl.debug.inspect(gl.ones([2, 5]), path=folder + "/ones.html").name
    'ones.html'
    """
    if isinstance(thing, Model):
        if x is None:
            raise ArgumentError(f"inspect: give an input for model {thing.name!r}: inspect(model, x)")
        title, shown = f"Model {thing.name}", every_output(thing, x, "inspect")
    else:
        title, shown = "Tensor", [LayerOutput("tensor", "", as_tensor(thing, "thing", "inspect"))]
    text = _page(title, shown)
    replace_file(Path(path), lambda made: made.write_text(text, encoding="utf-8"))
    return Path(path)


# -- the page ------------------------------------------------------------------------------------------------


def _page(title: str, shown: Sequence[LayerOutput]) -> str:
    parts = [part for one in shown for part in _parts(one)]
    budget = max(min(MOST_OF_ONE, MOST_NUMBERS // max(len(parts), 1)), FEWEST_OF_ONE)
    body = [f"<h1>{escape(title)}</h1><p>{escape(engine().backend.describe_device())}</p>"]
    body.append(f"<p>{COLOURS}</p>")
    if len(parts) > 1:
        body.append(_overview(parts))
    drawn = []
    for number, (one, handle) in enumerate(parts):
        if handle.dtype == "string":
            body.append(_words(one, handle))
            continue
        found = texels_of(handle)
        drawn.append(_encoded(number, found, handle, budget))
        body.append(_section(number, one, handle, found, drawn[-1]["lines"]))
    script = Path(__file__).with_name("inspect.js").read_text(encoding="utf-8")
    return page(title, "\n".join(body), script, drawn)


def _parts(one: LayerOutput) -> list[tuple[LayerOutput, Handle]]:
    """The textures of a tensor: a complex one has two."""
    if one.tensor.dtype != "complex64":
        return [(one, one.tensor.handle)]
    parts = (("real part", one.tensor.real()), ("imaginary part", one.tensor.imag()))
    return [(LayerOutput(f"{one.name}, {name}", one.made_by, part), part.handle) for name, part in parts]


def _overview(parts: Sequence[tuple[LayerOutput, Handle]]) -> str:
    rows = []
    for number, (one, handle) in enumerate(parts):
        facts = (
            [] if handle.dtype == "string" else [value for _, value in _statistics(handle.storage.values())]
        )
        cells = [f'<a href="#t{number}">{escape(one.name)}</a>', escape(one.made_by), _shape(handle), *facts]
        picture = _histogram(handle.storage.values(), 120, 22, bare=True)
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in [*cells, picture]) + "</tr>")
    head = "".join(f"<th>{name}</th>" for name in ["", "made by", "shape", *STATISTICS, "values"])
    return section("All tensors", f"<table><tr>{head}</tr>{''.join(rows)}</table>")


def _shape(handle: Handle) -> str:
    return f"{handle.dtype}{list(handle.shape)}"


def _statistics(values: Array) -> list[tuple[str, str]]:
    """Facts of all elements; of strings there are none."""
    if values.dtype.kind not in "fiub":
        return [(name, "") for name in STATISTICS]
    numbers = values.astype(np.float64)
    finite = numbers[np.isfinite(numbers)]
    if not finite.size:
        found = ["-"] * 4
    else:
        found = [f"{one:.4g}" for one in (finite.min(), finite.max(), finite.mean(), finite.std())]
    zeros, size = int((numbers == 0).sum()), max(numbers.size, 1)
    named = list(zip(("least", "largest", "mean", "deviation"), found, strict=True))
    return [
        *named,
        ("zeros", f"{100 * zeros / size:.3g} %"),
        ("not finite", f"{numbers.size - finite.size:,}"),
    ]


def _section(number: int, one: LayerOutput, handle: Handle, found: Texels, lines: int) -> str:
    layout = found.layout
    last = layout.row_texels * 4 - layout.row_length
    name, lane_bytes = FORMATS[found.kind]
    words = (
        f"{_shape(handle)}: {layout.rows:,} rows of {layout.row_length:,}, {layout.row_texels:,} texels a row"
        f" = {layout.texels:,} texels in a texture of {layout.width:,} x {found.height:,} {name}"
        f", {nbytes_shown(layout.width * found.height * 4 * lane_bytes)}"
        + (f"; {last} lanes of the last texel pad each row" if last else "")
        + ("; codes, which stand for numbers" if found.kind in ("u1", "u2") else "")
        + (f". The first {lines:,} of {layout.height:,} lines are drawn." if lines < layout.height else ".")
    )
    values = handle.storage.values()
    facts = "".join(f"<tr><td>{what}</td><td>{value}</td></tr>" for what, value in _statistics(values))
    side_by_side = (
        f'<div class="beside">{_histogram(values, 620, 150)}<div><table>{facts}</table></div></div>'
    )
    picture = f'<canvas id="c{number}"></canvas>'
    title = f"{one.name} ({one.made_by})" if one.made_by else one.name
    return f'<a id="t{number}"></a>' + section(title, picture + side_by_side, words)


def _words(one: LayerOutput, handle: Handle) -> str:
    values = handle.storage.values()[:100]
    rows = "".join(f"<tr><td>{escape(str(value))}</td></tr>" for value in values)
    return section(one.name, f"<table>{rows}</table>", f"{_shape(handle)}: strings lie on the host")


def _histogram(values: Array, width: int, height: int, bare: bool = False) -> str:
    """Bars in SVG, of the finite values; a bar tells its bounds and count."""
    finite = values.astype(np.float64) if values.dtype.kind in "fiub" else np.zeros(0)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return "" if bare else "<p>no finite value</p>"
    counts, edges = bars(finite, BINS)
    room, wide = height if bare else height - 18, width / BINS
    drawn = []
    for i, count in enumerate(counts.tolist()):
        tall = count / counts.max() * room
        said = f"<title>{edges[i]:.4g} to {edges[i + 1]:.4g}: {count:,}</title>"
        drawn.append(
            f'<rect x="{i * wide:.1f}" y="{room - tall:.1f}" width="{wide - 0.5:.1f}" height="{tall:.1f}" '
            f'fill="var(--mark)">{said}</rect>'
        )
    ends = "" if bare else (
        f'<text x="0" y="{height - 3}" font-size="11">{edges[0]:.4g}</text>'
        f'<text x="{width}" y="{height - 3}" font-size="11" text-anchor="end">{edges[-1]:.4g}</text>'
    )  # fmt: skip
    return f'<svg width="{width}" height="{height}">{"".join(drawn)}{ends}</svg>'


def _encoded(number: int, found: Texels, handle: Handle, budget: int) -> dict[str, Any]:
    """What the script draws: the first lines of the texture, bits in base64, and the layout."""
    layout = found.layout
    lines = min(max(budget // (layout.width * 4), 1), layout.height)
    values = found.values[:lines].astype(np.float32 if found.kind in ("f4", "f2") else np.int32)
    finite = np.abs(values[np.isfinite(values)].astype(np.float64))
    return {
        "id": number, "lines": lines, "width": layout.width, "texels": layout.texels,
        "row": layout.row_texels, "length": layout.row_length, "shape": list(handle.shape),
        "integer": values.dtype.kind == "i", "most": float(finite.max(initial=0)),
        "bits": base64.b64encode(values.tobytes()).decode(),
    }  # fmt: skip
