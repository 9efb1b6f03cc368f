"""HTML: tables and lines, as notebooks show them; pages that stand alone, with style and script inside."""

from collections.abc import Mapping, Sequence
from html import escape
from json import dumps
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 320, 120  # of a drawing, in pixels
COLOURS = ("#4363d8", "#e6194b", "#3cb44b", "#f58231", "#911eb4")


def table(title: str, head: Sequence[Any], rows: Sequence[Sequence[Any]]) -> str:
    """A table under a title.

    >>> table("a < b", ["x"], [[1]])
    '<b>a &lt; b</b><table><tr><th>x</th></tr><tr><td>1</td></tr></table>'
    """
    first = "".join(f"<th>{escape(str(one))}</th>" for one in head)
    lines = [f"<tr>{first}</tr>"] if first else []
    lines += ["<tr>" + "".join(f"<td>{escape(str(one))}</td>" for one in row) + "</tr>" for row in rows]
    return f"<b>{escape(title)}</b><table>{''.join(lines)}</table>"


def curves(values: Mapping[str, Sequence[float]]) -> str:
    """A line for each sequence, all on one scale, with their names below."""
    every = [one for line in values.values() for one in line if one == one and abs(one) != float("inf")]
    low, high = (min(every), max(every)) if every else (0.0, 1.0)
    drawn = []
    for i, (name, line) in enumerate(values.items()):
        colour = COLOURS[i % len(COLOURS)]
        step, scale = WIDTH / max(len(line) - 1, 1), HEIGHT / ((high - low) or 1.0)
        points = " ".join(
            f"{step * n:.1f},{HEIGHT - scale * (one - low):.1f}"
            for n, one in enumerate(line)
            if low <= one <= high
        )
        drawn.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>')
        drawn.append(
            f'<text x="{i * 80}" y="{HEIGHT + 18}" fill="{colour}" font-size="12">{escape(name)}</text>'
        )
    return f'<svg width="{WIDTH}" height="{HEIGHT + 24}">{"".join(drawn)}</svg>'


def page(title: str, body: str, script: str = "", data: Any = None) -> str:
    """A whole page, which loads nothing: `script` finds `data` as `DATA`.

    >>> "<title>a &lt; b</title>" in page("a < b", "<p>text</p>")
    True
    """
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    known = dumps(data, separators=(",", ":"), allow_nan=False).replace("</", "<\\/")
    run = f"<script>\nconst DATA = {known};\n{script}</script>" if script else ""
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>\n{style}</style></head>\n'
        f"<body>\n{body}\n{run}\n</body></html>\n"
    )


def section(title: str, inner: str, note: str = "") -> str:
    """A part of a page under a title, with a line of explanation."""
    said = f"<p>{escape(note)}</p>" if note else ""
    return f"<section><h2>{escape(title)}</h2>{said}{inner}</section>"


def tiles(facts: Sequence[tuple[str, str]]) -> str:
    """Figures in a row, each with what it is."""
    shown = "".join(
        f'<div class="tile"><b>{escape(value)}</b><span>{escape(name)}</span></div>' for name, value in facts
    )
    return f'<div class="tiles">{shown}</div>'


def nbytes_shown(count: float) -> str:
    """Bytes for people.

    >>> nbytes_shown(20), nbytes_shown(3_500_000), nbytes_shown(-2048)
    ('20 B', '3.34 MiB', '-2 KiB')
    """
    sign, size, unit = "-" if count < 0 else "", float(abs(count)), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{sign}{size:.3g} {unit}" if size < 1000 else f"{sign}{size:.0f} {unit}"
