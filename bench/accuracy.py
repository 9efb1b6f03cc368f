"""Worst errors of the elementwise functions, per backend and device: `python -m bench.accuracy [--write]`.

Each float row runs over a dense sweep (every exponent, random bit patterns, the neighbourhood of special
points) on webgl and on cpu; the reference is the row's NumPy function in float64. Errors are in units of the
last place (ulp) of the correctly rounded float32; results that are denormal count as zero. `--write` renews
docs/accuracy.md.
"""

import argparse
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

os.environ["GLBACKEND_HOST_FORWARD"] = "0"

import numpy as np

import glbackend as gl
from glbackend.engine.engine import engine
from glbackend.table import ROWS
from glbackend.table.row import Row

Array = np.ndarray[Any, Any]
PAGE = Path(__file__).resolve().parents[1] / "docs" / "accuracy.md"
TINY = float(np.finfo(np.float32).tiny)
# Where the promise of 4 ulp holds; beyond it the functions are bounded, not exact.
RANGES = {"Sin": 2.0**15, "Cos": 2.0**15, "Tan": 2.0**15}
PROMISE = {"Pow": 16.0}
ATTRS = {"clip_value_min": -1.5, "clip_value_max": 2.5, "alpha": 0.2}  # for rows that need some


class Worst(NamedTuple):
    """The worst error of a row: how large, at which inputs, and how many special values came out
    otherwise."""

    ulp: float
    at: tuple[float, ...]
    special: int


def sweep(count: int, seed: int) -> Array:
    """float32 inputs: bit patterns of every exponent, the neighbourhood of small whole numbers, special
    values."""
    generator = np.random.default_rng(seed)
    bits = generator.integers(0, 2**32, count // 2, dtype=np.uint32).view(np.float32)
    near = (generator.integers(-16, 17, count // 4) * 0.5 + generator.normal(size=count // 4) * 1e-3).astype(
        np.float32
    )
    common = generator.uniform(-20, 20, count - len(bits) - len(near)).astype(np.float32)
    special = np.array(
        [0.0, -0.0, np.inf, -np.inf, np.nan, 1, -1, 0.5, -0.5, 2, 88.7, -87.3, 3.4e38], np.float32
    )
    values = np.concatenate([bits, near, common])
    values[: len(special)] = special
    values[np.abs(values) < TINY] = 0  # denormal inputs may be flushed
    return values


def worst_error(row: Row, got: Array, inputs: list[Array], attrs: dict[str, float]) -> Worst:
    """Compares results with the float64 reference."""
    with np.errstate(all="ignore"):
        exact = np.asarray(row.numpy(*(x.astype(np.float64) for x in inputs), **attrs), np.float64)
        rounded = exact.astype(np.float32)
    inside = np.ones(len(exact), bool)
    if row.kernel in RANGES:
        inside = np.abs(inputs[0]) <= RANGES[row.kernel]
    if row.kernel == "Mod":  # smaller divisors leave denormal remainders on the way
        inside = np.abs(inputs[1]) >= 1e-30
    normal = np.isfinite(rounded) & (np.abs(rounded) >= TINY) & inside
    flushed = np.where(np.abs(got) < TINY, 0, got)
    special = ~normal & inside & ~(np.isfinite(rounded) & (rounded != 0))
    same = (np.isnan(flushed) & np.isnan(rounded)) | (flushed == rounded)
    with np.errstate(all="ignore"):
        errors = np.abs(got.astype(np.float64) - exact) / np.spacing(np.abs(rounded)).astype(np.float64)
    errors = np.where(normal, np.where(np.isfinite(got), errors, np.inf), 0)
    at = int(np.argmax(errors))
    return Worst(float(errors[at]), tuple(float(x[at]) for x in inputs), int((special & ~same).sum()))


def measure(row: Row, backend: str, count: int) -> Worst:
    """Runs a row over the sweep on one backend."""
    gl.set_backend(backend)
    inputs = [sweep(count, seed) for seed in range(len(row.inputs))]
    attrs = {name: ATTRS[name] if default is None else default for name, default in row.attrs.items()}
    tensors = dict(zip(row.inputs, (gl.tensor(x) for x in inputs), strict=True))
    got = engine().run_kernel(row.kernel, tensors, attrs).numpy()
    return worst_error(row, got, inputs, attrs)


def rows() -> list[Row]:
    """Rows that compute floats from floats; without those that are gradients of others."""
    return [
        row
        for row in ROWS.values()
        if "float32" in row.accepts and row.result is None and not row.fixed and not row.op.endswith("_grad")
    ]


def page(count: int) -> tuple[str, list[str]]:
    """The text of docs/accuracy.md, and the rows that miss their promise."""
    gl.set_backend("webgl")
    device = gl.engine().backend.context.renderer
    lines = [
        "# Accuracy",
        "",
        "Written by `python -m bench.accuracy --write`; do not edit.",
        "",
        f"Worst error over {count:,} inputs (every exponent, random bits, the neighbourhood of special",
        "points), in units of the last place of the correctly rounded float32; the reference is float64.",
        "Results below",
        "2^-126 may be flushed to zero. `special` counts infinities and NaN that came out otherwise.",
        "",
        f"Device: {device}; {datetime.now(UTC):%Y-%m-%d}.",
        "",
        "| op | worst ulp, webgl | at | special | worst ulp, cpu |",
        "| --- | ---: | --- | ---: | ---: |",
    ]
    missed = []
    for row in rows():
        found = measure(row, "webgl", count)
        host = measure(row, "cpu", count)
        where = ", ".join(f"{x:.7g}" for x in found.at) if found.ulp > 0.5 else ""
        lines.append(f"| {row.op} | {found.ulp:.2f} | {where} | {found.special} | {host.ulp:.2f} |")
        if found.ulp > PROMISE.get(row.kernel, 4.0) or found.special:
            missed.append(f"{row.op}: {found.ulp:.2f} ulp at {found.at}, {found.special} special values")
    lines += [
        "",
        "sin, cos and tan: for |x| <= 2^15 here; tests/test_elementwise.py holds them to 4 ulp beyond.",
        "pow is within 16 ulp; mod holds for divisors of at least 1e-30.",
        "",
    ]
    return "\n".join(lines), missed


def main() -> int:
    """Prints or writes the page; 1 where a row misses its promise."""
    parser = argparse.ArgumentParser(prog="python -m bench.accuracy", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md")
    parser.add_argument("--count", type=int, default=1_000_000, help="inputs a row")
    options = parser.parse_args()
    text, missed = page(options.count)
    if options.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(text, encoding="utf-8")
    print(text)
    for line in missed:
        print(f"misses its promise: {line}")
    return bool(missed)


if __name__ == "__main__":
    raise SystemExit(main())
