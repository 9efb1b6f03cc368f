"""What notebooks show: tables and lines in HTML, without a script or a style sheet."""

from collections.abc import Mapping, Sequence
from html import escape
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
