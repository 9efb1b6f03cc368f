"""One page of pictures for a machine: `python -m bench report [REPORT.json] [--check FILE] [--out FILE]`.

Without a report the bench is run first, with --quick. `--check` takes what `python -m glbackend check --save`
wrote.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import report
from bench.timing import best
from glbackend.base.html import COLOURS, page, section, tiles

WIDTH, NAMES, ROW = 1100, 270, 19  # pixels: of a picture, of the names at its left, from row to row
AGAINST = (("bare moderngl", "baseline"), ("TensorFlow.js", "tfjs"))


def main(argv: list[str], console: Console, measure: Callable[[list[str]], int]) -> int:
    """Writes the page; `measure` runs the bench with these arguments."""
    parser = argparse.ArgumentParser(prog="python -m bench report")
    parser.add_argument(
        "report", type=Path, nargs="?", help="what --json wrote (default: measure now, quickly)"
    )
    parser.add_argument("--check", type=Path, help="what python -m glbackend check --save wrote")
    parser.add_argument(
        "--out", type=Path, default=Path("machine.html"), help="the page (default: machine.html)"
    )
    options = parser.parse_args(argv)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            source = options.report
            if source is None:
                source = Path(scratch) / "report.json"
                measure(["--quick", "--json", str(source)])
            found = report.read(source)
        checked = json.loads(options.check.read_text()) if options.check else None
        options.out.write_text(machine_page(found, checked), encoding="utf-8")
    except (ValueError, OSError) as error:
        console.print(str(error), style="red", highlight=False, markup=False)
        return 1
    console.print(f"written: {options.out}", highlight=False)
    return 0


def machine_page(found: report.Report, checked: Any = None) -> str:
    """The page of a report, and of a check where there is one."""
    device = found["device"]
    rows = [row for row in found["rows"] if row.get("ours") and "median_ms" in row["ours"]]
    failed = sum(bool(row.get("failed")) for row in found["rows"])
    facts = [("cases", f"{len(rows)}" + (f", and {failed} that failed" if failed else ""))]
    for name, key in AGAINST:
        ratios = [one for row in rows if (one := report.ratio(row.get(key), row["ours"])) is not None]
        if ratios:
            facts.append(
                (f"{name} : ours, geometric mean of {len(ratios)}", f"{report.geometric_mean(ratios):.2f}")
            )
    facts += [(row["name"], f"{row['ms']:.0f} ms") for row in found["coldstart"]]
    versions = ", ".join(f"{name} {value}" for name, value in found["versions"].items())
    body = [
        f"<h1>{escape(device['renderer'])}</h1>",
        f"<p>{escape(device['cpu'])}, {device['cores']} cores, {found['date'][:10]}; {escape(versions)}</p>",
        tiles(facts),
    ]
    if any(row.get(key) for row in rows for _, key in AGAINST):
        note = "Right of the line ours is faster; the scale is logarithmic."
        body.append(section("How many times longer others take", _ratios(rows), note))
    note = "The lower of a synced median and an amortised one; the scale is logarithmic."
    times = [(row["case"], best(row["ours"]), f"{best(row['ours']):.3g} ms") for row in rows]
    body.append(section("Milliseconds", _bars(times), note))
    if found["rooflines"]:
        head = "".join(f"<th>{name}</th>" for name in ("ceiling", "value", "", "ms"))
        lines = "".join(
            f"<tr><td>{escape(one['name'])}</td><td>{one['value']:.2f}</td><td>{escape(one['unit'])}</td>"
            f"<td>{one['ms']:.3g}</td></tr>" for one in found["rooflines"]
        )  # fmt: skip
        body.append(section("What this device can do at most", f"<table><tr>{head}</tr>{lines}</table>"))
    body += _accuracy(checked) if checked else []
    return page(f"glbackend on {device['renderer']}", "\n".join(body))


def _accuracy(checked: Any) -> list[str]:
    worst = sorted(checked["kernels"].items(), key=lambda one: -one[1]["ulp"])
    failed = [name for name, one in worst if one["failures"]]
    exact = sum(not one["ulp"] for _, one in worst)
    note = (
        f"Worst error of the sample calls against cpu in float64, in units of the last place, on "
        f"{checked['device']['renderer']}: {len(worst)} kernels, {exact} without any, {len(failed)} failed"
        + (f" ({', '.join(failed)})" if failed else "") + "; those that are furthest off."
    )  # fmt: skip
    shown = [(name, one["ulp"], f"{one['ulp']:.1f} ulp") for name, one in worst[:40] if one["ulp"]]
    return [section("Accuracy", _bars(shown), note)]


def _scale(values: Sequence[float]) -> Callable[[float], float]:
    """Places on a logarithmic scale, in pixels."""
    low, high = math.log(min(values)), math.log(max(values))
    room = WIDTH - NAMES - 90
    return lambda value: NAMES + (math.log(value) - low) / (high - low or 1) * room


def _bars(rows: Sequence[tuple[str, float, str]]) -> str:
    """A bar a row, with its words at the end."""
    place = _scale([value for _, value, _ in rows] or [1.0])
    drawn = []
    for i, (name, value, words) in enumerate(rows):
        y, end = i * ROW, max(place(value), NAMES + 2)
        drawn.append(_text(NAMES - 8, y + 13, name, "end"))
        box = f'x="{NAMES}" y="{y + 3}" width="{end - NAMES:.1f}" height="{ROW - 7}"'
        drawn.append(f'<rect {box} rx="2" fill="{COLOURS[0]}"/>')
        drawn.append(_text(end + 6, y + 13, words))
    return f'<svg width="{WIDTH}" height="{len(rows) * ROW + 4}">{"".join(drawn)}</svg>'


def _ratios(rows: Sequence[dict[str, Any]]) -> str:
    """A dot for each of the others, by how many times longer it takes; ours is the line at 1."""
    found = [(row["case"], [report.ratio(row.get(key), row["ours"]) for _, key in AGAINST]) for row in rows]
    found = [(name, ratios) for name, ratios in found if any(ratios)]
    known = [one for _, ratios in found for one in ratios if one]
    place = _scale([*known, 1.0, 0.5, 2.0])
    height = len(found) * ROW + 40
    ends = f'x1="{place(1):.1f}" x2="{place(1):.1f}" y1="18" y2="{height - 20}"'
    drawn = [f'<line {ends} stroke="currentColor" opacity="0.5"/>']
    for tick in (0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32):
        if min([*known, 0.5]) <= tick <= max([*known, 2.0]):
            drawn.append(_text(place(tick), height - 4, f"{tick:g}", "middle"))
    for i, (name, _) in enumerate(AGAINST):
        drawn.append(f'<circle cx="{NAMES + 10 + i * 150}" cy="8" r="5" fill="{COLOURS[i]}"/>')
        drawn.append(_text(NAMES + 20 + i * 150, 12, name))
    for i, (name, ratios) in enumerate(found):
        y = 30 + i * ROW
        drawn.append(_text(NAMES - 8, y + 4, name, "end"))
        drawn.append(
            f'<line x1="{NAMES}" x2="{WIDTH - 90}" y1="{y}" y2="{y}" stroke="currentColor" opacity="0.1"/>'
        )
        for j, one in enumerate(ratios):
            if one:
                said = f"<title>{escape(AGAINST[j][0])}: {one:.2f}</title>"
                drawn.append(
                    f'<circle cx="{place(one):.1f}" cy="{y}" r="5" fill="{COLOURS[j]}">{said}</circle>'
                )
    return f'<svg width="{WIDTH}" height="{height}">{"".join(drawn)}</svg>'


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y}" font-size="12" text-anchor="{anchor}">{escape(words)}</text>'
