"""One case from start to end: ours timed on webgl, judged by cpu, beside its baseline and TensorFlow.js.

The three are measured one after the other, so that whatever else the machine does falls on all of them alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from bench import machine
from bench.bare import Bare
from bench.baselines import baseline
from bench.cases import (
    Case,
    Values,
    composite,
    draw_count,
    least_scale,
    missing,
    prepare,
    suite_of,
    tolerance,
)
from bench.checksum import WrongResult, checksum, disagreement, sample
from bench.inputs import case_input
from bench.peers.tfjs import TfJs
from bench.rooflines import bare_transfer
from bench.timing import measure

Row = dict[str, Any]


def run_cases(
    gl: Any | None, cases: list[Case], bare: Bare, latency_ms: float, peer: TfJs | None = None
) -> Iterator[Row]:
    """Gives a row for each case: `ours`, `captured` (composite ones), `baseline`, `tfjs` (figures in ms), or
    `not_built`, or `failed`.

    Without the library (gl None) only baselines and the peer are measured.
    """
    for case in cases:
        machine.wait_until_quiet(5.0)
        values: Values | None = None
        row: Row = {"case": case["name"], "suite": suite_of(case)}
        absent = missing(gl, case) if gl is not None else ["library"]
        if absent:
            row["not_built"] = absent
        else:
            try:
                row["ours"], values = ours(gl, case, latency_ms)
                if composite(case):
                    row["captured"], _ = ours(gl, case, latency_ms, capture=True)
            except Exception as error:  # one broken case must not hide the others; the run fails at its end
                row["failed"] = f"{type(error).__name__}: {error}"
        try:
            with bare:
                row["baseline"] = _baseline(bare, case, latency_ms)
        except WrongResult as error:
            row["failed"] = str(error)
        if peer is not None and case.get("peer", True):
            found = theirs(peer, case, values)
            row |= {} if "absent" in found else {"tfjs": found}
        yield row


def ours(gl: Any, case: Case, latency_ms: float, capture: bool = False) -> tuple[Row, Values]:
    """Gives the library's figures on webgl and its result; with `capture` of the case as a captured function.

    Raises WrongResult where the cpu backend disagrees or nothing was drawn.
    """
    gl.set_backend("webgl")
    before = draw_count(gl)
    subject = prepare(gl, case, capture)
    timing = measure(subject.work, latency_ms)
    got = subject.values()
    draws = draw_count(gl) - before
    if draws == 0:
        raise WrongResult("no draw happened: nothing ran on the GPU")
    gl.set_backend("cpu")
    try:
        want = prepare(gl, case).values()
    finally:
        gl.set_backend("webgl")
    if wrong := disagreement(got, want, tolerance(case), least_scale(case)):
        raise WrongResult(f"webgl differs from cpu: {wrong}")
    row = {**timing.as_row(), "checksum": checksum(got), "sample": sample(got), "draws": draws}
    return row, got


def theirs(peer: TfJs, case: Case, ours: Values | None) -> Row:
    """Gives TensorFlow.js's figures; `differs` says how its result is not ours, where both are known.

    A difference is told, not judged: TensorFlow.js takes the driver's functions, which are coarse on Mesa.
    What draws random numbers draws others there, and is not compared. `absent` names a layer that it lacks.
    """
    row = peer.run(case)
    values = row.pop("values", None)
    if isinstance(values, np.ndarray):
        row |= {"checksum": checksum(values), "sample": sample(values)}
        if (ours is not None and not case.get("random")) and (
            differs := disagreement(values, ours.ravel(), tolerance(case), least_scale(case))
        ):
            row["differs"] = differs
    return row


def _baseline(bare: Bare, case: Case, latency_ms: float) -> Row | None:
    if suite_of(case) == "transfer":
        work = bare_transfer(bare, case["op"], case_input(case["inputs"][0]))
        return {"name": "one texture", **measure(work, latency_ms).as_row()}
    plan = baseline(bare, case)
    if plan is None:
        return None
    timing = measure(plan.work(), latency_ms)
    plan.free()
    return {"name": plan.name, **timing.as_row()}
