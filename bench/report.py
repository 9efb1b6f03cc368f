"""Results on paper: JSON with the device they come from, tables for people, two runs compared."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import math
import platform
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import machine
from bench.timing import best

FORMAT = 1
Report = dict[str, Any]
CHANGED = 1.1  # ratio from which compare marks a case: less is noise on a shared machine


class NotComparable(Exception):
    """Two reports come from different devices; their figures say nothing about each other."""


def versions(*packages: str) -> dict[str, str]:
    """Gives the versions of Python and of those packages that are installed."""
    found = {"python": platform.python_version()}
    for name in packages:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def new_report(renderer: str, gl_version: str) -> Report:
    """Gives an empty report of this machine and moment."""
    return {
        "format": FORMAT,
        "device": machine.device(renderer),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "versions": {**versions("glbackend", "numpy", "moderngl"), "gl": gl_version},
        "rooflines": [],
        "rows": [],
        "coldstart": [],
    }


def save(report: Report, path: Path) -> None:
    """Writes a report as JSON."""
    path.write_text(json.dumps(report, indent=1) + "\n")


def read(path: Path) -> Report:
    """Gives a report that `save` wrote; ValueError where the file holds something else."""
    report: Report = json.loads(path.read_text())
    known = isinstance(report, dict) and report.keys() >= {"device", "versions", "rows"}
    if not known or report.get("format") != FORMAT:
        raise ValueError(f"{path} is no report of this bench (format {FORMAT})")
    return report


def ms(value: float | None) -> str:
    """Gives a time in ms with three significant digits.

    >>> ms(0.1234), ms(12.34), ms(1234.5), ms(None)
    ('0.123', '12.3', '1234', '')
    """
    if value is None:
        return ""
    return f"{value:.{max(0, 2 - max(-1, math.floor(math.log10(max(value, 1e-9)))))}f}"


def _pair(figures: dict[str, Any] | None) -> str:
    """Gives "synced / amortised", starred where other processes disturbed it."""
    if not figures:
        return ""
    if "median_ms" not in figures:
        return str(figures.get("error", ""))[:30]
    text = ms(figures["median_ms"])
    if "amortised_ms" in figures:
        text += f" / {ms(figures['amortised_ms'])}"
    return text + ("*" if (figures.get("others_cpu") or 0.0) >= machine.NOISY else "")


def ratio(upper: dict[str, Any] | None, lower: dict[str, Any] | None) -> float | None:
    """Gives how many times longer `upper` takes than `lower`, None where either is unknown."""
    if not upper or not lower or "median_ms" not in upper or "median_ms" not in lower:
        return None
    return best(upper) / best(lower)


def geometric_mean(values: list[float]) -> float:
    """Gives the geometric mean of positive numbers.

    >>> geometric_mean([1.0, 4.0])
    2.0
    """
    return math.exp(sum(map(math.log, values)) / len(values))


def print_report(report: Report, console: Console) -> None:
    """Prints the tables of a report: ceilings, cases against baseline (and TensorFlow.js), what failed."""
    d = report["device"]
    console.print(f"[bold]{d['renderer']}[/] on {d['cpu']}, {d['cores']} cores, {report['date']}")
    if report["rooflines"]:
        table = Table(title="ceilings of this device", title_justify="left")
        for heading in ("", "value", "", "ms"):
            table.add_column(heading, justify="left" if heading == "" else "right")
        for r in report["rooflines"]:
            table.add_row(r["name"], f"{r['value']:.2f}", r["unit"], ms(r["ms"]))
        console.print(table)
    if report["rows"]:
        console.print(_case_table(report["rows"]))
        _print_means(report["rows"], console)
    if report["coldstart"]:
        table = Table("cold start", "ms", title_justify="left")
        for r in report["coldstart"]:
            table.add_row(r["name"], ms(r["ms"]))
        console.print(table)
    _print_gaps(report["rows"], console)


def _case_table(rows: list[dict[str, Any]]) -> Table:
    peer = any("tfjs" in r for r in rows)
    graphs = any("captured" in r for r in rows)
    table = Table(title="ms: synced / amortised; * = others kept the machine busy", title_justify="left")
    table.add_column("case", no_wrap=True)
    headings = ["ours", *(["captured"] if graphs else []), "gpu", "bare moderngl", "ours : bare"]
    for heading in [*headings, *(["TensorFlow.js", "TF.js : ours"] if peer else [])]:
        table.add_column(heading, justify="right")
    for r in rows:
        ours, bare, tfjs = r.get("ours"), r.get("baseline"), r.get("tfjs")
        cells = [_pair(ours) or ("not built" if r.get("not_built") else "failed" if r.get("failed") else "")]
        cells += [_pair(r.get("captured"))] if graphs else []
        cells += [ms((ours or {}).get("gpu_ms")), _pair(bare), _times(ratio(ours, bare))]
        if peer:
            cells += [_pair(tfjs), _times(ratio(tfjs, ours))]
        table.add_row(r["case"], *cells)
    return table


def _times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _print_means(rows: list[dict[str, Any]], console: Console) -> None:
    for name, upper, lower in (
        ("ours : bare moderngl", "ours", "baseline"),
        ("TensorFlow.js : ours", "tfjs", "ours"),
        ("ours : captured", "ours", "captured"),
    ):
        found = [x for r in rows if (x := ratio(r.get(upper), r.get(lower))) is not None]
        if found:
            console.print(f"{name}: geometric mean {geometric_mean(found):.2f} over {len(found)} cases")


def _print_gaps(rows: list[dict[str, Any]], console: Console) -> None:
    absent = [r for r in rows if r.get("not_built")]
    if absent:
        console.print("\n[yellow]not built yet:[/]")
        for r in absent:
            console.print(
                f"  {r['case']}: {', '.join('gl.' + name for name in r['not_built'])}", highlight=False
            )
    differing = [r for r in rows if "differs" in (r.get("tfjs") or {})]
    if differing:
        console.print("\nTensorFlow.js's result differs from ours:")
        for r in differing:
            console.print(f"  {r['case']}: {r['tfjs']['differs']}", highlight=False, markup=False)
    failed = [r for r in rows if r.get("failed")]
    if failed:
        console.print("\n[red]failed:[/]")
        for r in failed:
            console.print(f"  {r['case']}: {r['failed']}", highlight=False, markup=False)


def compare(before: Report, after: Report, console: Console) -> None:
    """Prints how the cases of two reports changed; NotComparable where they come from different devices."""
    differs = [k for k in before["device"] if before["device"][k] != after["device"].get(k)]
    if differs:
        what = "; ".join(f"{k}: {before['device'][k]} against {after['device'].get(k)}" for k in differs)
        raise NotComparable(f"the reports come from different devices ({what})")
    for name, version in before["versions"].items():
        if after["versions"].get(name) != version:
            console.print(f"note: {name} {version} -> {after['versions'].get(name)}", highlight=False)
    old = {r["case"]: r for r in before["rows"]}
    table = Table("case", "before", "after", "before : after", "", title_justify="left")
    found = []
    for r in after["rows"]:
        pair = old.get(r["case"], {}).get("ours"), r.get("ours")
        speedup = ratio(*pair)
        if speedup is None:
            continue
        found.append(speedup)
        mark = "faster" if speedup >= CHANGED else "slower" if speedup <= 1 / CHANGED else ""
        table.add_row(r["case"], _pair(pair[0]), _pair(pair[1]), f"{speedup:.2f}", mark)
    console.print(table)
    if found:
        console.print(f"before : after: geometric mean {geometric_mean(found):.2f} over {len(found)} cases")
    gone = sorted(old.keys() - {r["case"] for r in after["rows"]})
    if gone:
        console.print(f"only in the first: {', '.join(gone)}")
