"""Tables of README.md and docs/benchmark.md from measured rows: `python -m bench.table A.json [B.json ...]`.

Of several runs on one device each side keeps its lowest figure (synced median or amortised, as everywhere).
"""

import argparse
import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Any

from bench.report import geometric_mean
from bench.timing import best

ROOT = Path(__file__).resolve().parents[1]
CPU_BLOCK = re.compile(r"<!-- cpu -->\n.*?<!-- /cpu -->", re.S)
BLOCK = re.compile(r"(<!-- bench -->\n).*?(<!-- /bench -->)", re.S)
SIDES = ("ours", "tfjs", "baseline", "captured")
README_CASES = (
    "relu_1e6", "softmax_1024x1000", "matmul_512", "conv2d_56_64_64_3x3", "mobilenet_v1_224_predict_b1",
    "cnn28_train_step_b64",
)  # fmt: skip


def lowest(files: list[Path]) -> tuple[dict[str, Any], dict[str, dict[str, float]], int]:
    """The first file's head, for each case the lowest figure of every side, and the most runs that a case
    had; devices must be equal.
    """
    loaded = [json.loads(path.read_text(encoding="utf-8")) for path in files]
    if any(one["device"] != loaded[0]["device"] for one in loaded):
        raise SystemExit("the files come from different devices")
    found: dict[str, dict[str, float]] = {}
    for one in loaded:
        for row in one["rows"]:
            figures = found.setdefault(row["case"], {})
            for side in SIDES:
                if row.get(side) and row[side].get("median_ms"):
                    figures[side] = min(best(row[side]), figures.get(side, math.inf))
    runs = Counter(row["case"] for one in loaded for row in one["rows"])
    return loaded[0], found, max(runs.values())


def table(cases: dict[str, dict[str, float]]) -> str:
    """A Markdown table."""
    heads = ("ours, ms", "captured, ms", "TensorFlow.js, ms", "TF.js : ours", "ours : bare moderngl")
    lines = [f"| case | {' | '.join(heads)} |", "| --- |" + " ---: |" * len(heads)]
    for name, figures in cases.items():
        ours, peer, bare, captured = (figures.get(side) for side in SIDES)
        if ours is None:
            continue
        lines.append(
            f"| {name} | {ours:.3g} | {f'{captured:.3g}' if captured else ''} "
            f"| {f'{peer:.3g}' if peer else ''} | {_told(figures)} | {f'{ours / bare:.2f}' if bare else ''} |"
        )
    return "\n".join(lines)


def mean(cases: dict[str, dict[str, float]], what: str = "cases") -> str:
    """The geometric mean of the ratios to TensorFlow.js, and the cases where that is faster."""
    known = [figures for figures in cases.values() if {"tfjs", "ours"} <= set(figures)]
    if not known:
        return ""
    ratios = {name: _ratio(one) for name, one in cases.items() if one in known}
    value, several = geometric_mean([*ratios.values()]), any("captured" in one for one in known)
    with_graphs = geometric_mean([_ratio(one, "captured") for one in known])
    graphs = f", **{with_graphs:.2f}** with functions of several ops captured" if several else ""
    slower = sorted((ratio, name) for name, ratio in ratios.items() if ratio < 1)
    below = f" Below 1: {', '.join(f'{name} {ratio:.2f}' for ratio, name in slower)}." if slower else ""
    return f"Geometric mean of TF.js : ours over {len(ratios)} {what}: **{value:.2f}**{graphs}.{below}"


def _ratio(figures: dict[str, float], side: str = "ours") -> float:
    return figures["tfjs"] / figures.get(side, figures["ours"])


def _told(figures: dict[str, float]) -> str:
    """The ratio to TensorFlow.js, then that of the captured function, where these are known."""
    sides = [side for side in ("ours", "captured") if side in figures] if "tfjs" in figures else []
    return ", ".join(f"{_ratio(figures, side):.2f}" for side in sides)


def main() -> int:
    """Renews both pages."""
    parser = argparse.ArgumentParser(prog="python -m bench.table", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    files = parser.parse_args().files
    head, found, most = lowest(files)
    shared = {case["name"] for case in json.loads((ROOT / "bench" / "cases.json").read_text())["cases"]}
    first = {name: figures for name, figures in found.items() if name in shared}
    rest = {name: figures for name, figures in found.items() if name not in shared}
    device, date = head["device"], head["date"][:10]
    told = (
        device
        if isinstance(device, str)
        else f"{device['renderer']}, {device['cpu']}, {device['cores']} cores"
    )
    runs = "one run" if most == 1 else f"up to {most} runs"
    cold = "\n".join(f"| {row['run']} | {row['ms']:.0f} |" for row in _cold(head))
    intro = (
        f"{told}, {date}, `python -m bench tfjs`: TensorFlow.js 4.22 in headless Chromium on the same Mesa\n"
        "driver, each case right after ours. Figures are the lower of a synced median and an amortised one;\n"
        f"cases near 1 or noisy were measured more often ({runs}), and both sides keep their lowest.\n"
        "Captured: the same function as `gl.function` makes it, for which TensorFlow.js has no counterpart.\n"
    )
    readme = ROOT / "README.md"
    few = {name: first[name] for name in README_CASES if name in first}
    block = (
        f"{intro}\n{table(few)}\n\n{mean(first)}\n{mean(rest, 'cases of other families')}\n\n"
        "Every case, and starts from cold: [docs/benchmark.md](docs/benchmark.md).\n"
    )
    text = BLOCK.sub(lambda match: match[1] + block + match[2], readme.read_text(encoding="utf-8"))
    readme.write_text(text, encoding="utf-8")
    page = f"# Benchmark\n\n{intro}\n{table(first)}\n\n{mean(first)}\n"
    page += f"\n## The other families\n\n{table(rest)}\n\n{mean(rest)}\n"
    if cold:
        page += f"\n## From a cold start\n\n| run | ms |\n| --- | ---: |\n{cold}\n"
    place = ROOT / "docs" / "benchmark.md"
    before = place.read_text(encoding="utf-8")
    found_block = CPU_BLOCK.search(before)  # what `python -m bench cpu --write` wrote, and all after it
    place.write_text(page + (f"\n{before[found_block.start() :]}" if found_block else ""), encoding="utf-8")
    return 0


def _cold(head: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for row in head.get("coldstart") or ():
        name = " ".join(str(row[key]) for key in ("peer", "run", "name", "caches") if row.get(key))
        figure = next((row[key] for key in ("ms", "min_ms", "best_ms") if row.get(key)), None)
        if figure:
            rows.append({"run": name, "ms": figure})
    return rows


if __name__ == "__main__":
    raise SystemExit(main())
