"""What `python -m bench cpu` holds its rows to, in words and figures; and its table in Markdown."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from bench.cases import Case, load
from bench.machine import cpu_model

Row = dict[str, Any]
MB = 1 << 20
LARGE = 100_000  # numbers from which on a case must not be slower than wasm
GEOMETRIC_TO_TORCH = 1.4
WASM_AT_MOST = {"dwconv2d_112_32_3x3": 1.3, "resize_bilinear_224_448": 2.5, "topk_64x1000_k10": 1.5}
GRADIENT_AT_MOST = 2.5
RATIOS = {  # case -> (peer, at most)
    "mobilenet_v1_224_predict_b1": (("torch", 1.2), ("onnxruntime", 2.0), ("openvino", 3.5)),
    "cnn28_train_step_b64": (("torch", 2.0),),
    "cnn28_train_on_batch_b64": (("keras", 2.0),),
}
FASTER = {  # case -> how many times faster than the checkout before
    "cnn28_predict_b64": 3.5,
    "lstm128_predict_8x50x64": 2.5,
    "maxpool2_112_64": 6.0,
    "topk_1x200000_k10": 50.0,
    "softmax_1024x1000": 3.5,
    "sum_last_1024": 4.0,
    "sum_all_1024": 4.0,
    "erf_1e5": 20.0,
}
SMALL_US = 25.0
TEMPORARY = 64 * MB
TWO_THREADS = 1.6
NAMES = {"numpy": "NumPy by hand,", "torch": "PyTorch", "wasm": "TensorFlow.js wasm SIMD in Node,"}
Verdict = tuple[str, str, str]


def ratio(row: Row, peer: str) -> float | None:
    """Ours over a peer's; None where one of them is missing."""
    ms = row["ms"]
    return ms["ours"] / ms[peer] if "ours" in ms and peer in ms else None


def geometric(rows: list[Row], peer: str) -> tuple[float, int]:
    """The geometric mean of ours over a peer's, and of how many cases."""
    found = [r for row in rows if not is_gradient(row) and (r := ratio(row, peer)) is not None]
    return (math.exp(sum(map(math.log, found)) / len(found)) if found else math.nan), len(found)


def is_gradient(row: Row) -> bool:
    """Whether the row is a gradient's."""
    return "_grad" in row["case"]


def _numbers(name: str, found: dict[str, Case]) -> int:
    case = found[name]
    return max((math.prod(spec["shape"]) for spec in case["inputs"]), default=0)


def _known() -> dict[str, Case]:
    return {c["name"]: c for c in load(files=("cases.json", "families.json", "cpu.json"))}


def _said(bound: str, measured: str, holds: bool) -> Verdict:
    return bound, measured, "holds" if holds else "FAILS"


def _mean(rows: list[Row]) -> Iterator[Verdict]:
    mean, count = geometric(rows, "torch")
    if count > 1:
        bound = f"geometric mean to torch at most {GEOMETRIC_TO_TORCH}"
        yield _said(bound, f"{mean:.2f} over {count} cases", mean <= GEOMETRIC_TO_TORCH)


def _wasm(rows: list[Row]) -> Iterator[Verdict]:
    cases = _known()
    slow = []
    held = [
        row
        for row in rows
        if ratio(row, "wasm") and _numbers(row["case"], cases) >= LARGE and not is_gradient(row)
    ]
    for row in held:
        limit = WASM_AT_MOST.get(row["case"], 1.0)
        if (r := ratio(row, "wasm")) and (r > limit or row["case"] in WASM_AT_MOST):
            if row["case"] in WASM_AT_MOST:
                yield _said(f"{row['case']}: at most {limit} of wasm", f"{r:.2f}", r <= limit)
            else:
                slow.append(f"{row['case']} {r:.2f}")
    if held:
        yield _said(
            "1e5 numbers and more: never slower than wasm", ", ".join(slow) or f"{len(held)} cases", not slow
        )


def _ratios(rows: list[Row]) -> Iterator[Verdict]:
    for row in rows:
        for peer, limit in RATIOS.get(row["case"], ()):
            if r := ratio(row, peer):
                yield _said(f"{row['case']}: at most {limit} of {peer}", f"{r:.2f}", r <= limit)
        if row["case"] in FASTER and (r := ratio(row, "before")):
            limit = FASTER[row["case"]]
            yield _said(f"{row['case']}: {limit} times faster than before", f"{1 / r:.2f}", 1 / r >= limit)
        if row["case"] == "add_1e3" and "numpy" in row["ms"] and "ours" in row["ms"]:
            us = (row["ms"]["ours"] - row["ms"]["numpy"]) * 1e3
            yield _said(
                f"a small call: at most {SMALL_US:g} us of our Python", f"{us:.1f} us", us <= SMALL_US
            )


def _gradients(rows: list[Row]) -> Iterator[Verdict]:
    for row in rows:
        if is_gradient(row) and (r := ratio(row, "torch")):
            bound = f"{row['case']}: forward and backward at most {GRADIENT_AT_MOST} of torch's"
            yield _said(bound, f"{r:.2f}", r <= GRADIENT_AT_MOST)


def _memory(rows: list[Row]) -> Iterator[Verdict]:
    measured = [
        row for row in rows if row.get("peak_bytes") and not re.search("train|grad|predict", row["case"])
    ]
    large = []
    for row in measured:
        limit = max(*row["sizes"].values(), TEMPORARY)
        if row["peak_bytes"] - row["sizes"]["output"] > limit:
            large.append(f"{row['case']} {row['peak_bytes'] / MB:.0f} MB")
    if measured:
        told = (
            ", ".join(large)
            or f"{len(measured)} kernels, at most {max(r['peak_bytes'] for r in measured) / MB:.0f} MB"
        )
        yield _said("beside the output at most the larger of input, output and 64 MB", told, not large)


def _threads(rows: list[Row]) -> Iterator[Verdict]:
    for row in rows:
        if row.get("two_threads"):
            others = row["others_cpu"] or 0.0
            bound = f"{row['case']}: two threads {TWO_THREADS} times one"
            told = f"{row['two_threads']:.2f} (others took {others:.2f} cores)"
            holds = row["two_threads"] >= TWO_THREADS
            yield (bound, told, "holds" if holds else "cannot be judged" if others > 0.25 else "FAILS")


BOUNDS: tuple[Callable[[list[Row]], Iterator[Verdict]], ...] = (
    _mean,
    _wasm,
    _ratios,
    _gradients,
    _memory,
    _threads,
)


def verdicts(rows: list[Row]) -> list[Verdict]:
    """Each bound that the rows can judge: what is asked, what was measured, whether it holds."""
    return [verdict for bound in BOUNDS for verdict in bound(rows)]


def markdown(rows: list[Row], versions: dict[str, str]) -> str:
    """The section of docs/benchmark.md."""
    peers = [name for name in versions if name not in ("ours", "before")]
    told = ", ".join(f"{NAMES.get(name, name)} {versions[name].partition('-')[0]}" for name in peers)
    ratios = ("before", "torch", "wasm") if "before" in versions else ("torch", "wasm")
    lines = [
        "## The cpu backend beside its peers",
        "",
        f"{cpu_model()}, {datetime.now(UTC):%Y-%m-%d}, `python -m bench cpu`: ms of CPU time, one thread",
        "each, sides in turn in one run, the least of all rounds. Gradients with their forward pass.",
        f"Peers: {told}.",
        "",
        f"| case | ours | {' | '.join(peers)} | {' | '.join(f'ours : {name}' for name in ratios)} |",
        "| --- |" + " ---: |" * (1 + len(peers) + len(ratios)),
    ]
    for row in rows:
        figures = [f"{row['ms'][name]:.3g}" if name in row["ms"] else "" for name in ("ours", *peers)]
        compared = [f"{r:.2f}" if (r := ratio(row, peer)) else "" for peer in ratios]
        lines.append(f"| {row['case']} | {' | '.join(figures + compared)} |")
    means = [
        f"to {peer} **{mean:.2f}** ({n} cases)" for peer in ratios for mean, n in [geometric(rows, peer)]
    ]
    lines += ["", f"Geometric mean of ours, gradients left out: {', '.join(means)}.", ""]
    lines += ["| bound | measured | |", "| --- | --- | --- |"]
    lines += [f"| {bound} | {told} | {verdict} |" for bound, told, verdict in verdicts(rows)]
    return "\n".join(lines) + "\n"
