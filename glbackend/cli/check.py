"""`python -m glbackend check`: every kernel on this machine's GL driver against cpu; a table, JSON, a kept
verdict, and other drivers beside it."""

import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.verdict import save_verdict
from glbackend.engine.backend import make_backend
from glbackend.testing.drivers import Difference, compare_results, read_results, save_results
from glbackend.testing.selfcheck import Report, check_kernels


def check(only: str, out: Path | None, save: Path | None, others: Sequence[Path]) -> int:
    """Prints a line a kernel; 1 where one failed. The verdict of a whole check is kept for `route_failed`.

    `save` takes the results for other machines, `others` are such files to compare with.
    """
    stored = [(path, read_results(path)) for path in others]
    backend = make_backend("webgl")
    assert isinstance(backend, WebGL)
    print(f"{backend.context.renderer}, {backend.context.version}\n")
    print(f"{'kernel':<32}{'cases':>6}{'worst error':>14}{'worst ulp':>12}{'ms':>10}")
    reports = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for report in check_kernels(backend, only):
            reports.append(report)
            print(_line(report), flush=True)
    failed = [report.kernel for report in reports if report.failures]
    verdict = {"failed": failed, "kernels": [_figures(report) for report in reports]}
    if out is not None:
        out.write_text(json.dumps({**backend.context.describe(), **verdict}, indent=1), encoding="utf-8")
    print(f"\n{len(reports)} kernels, {len(failed)} failed{': ' + ', '.join(failed) if failed else ''}")
    if save is not None:
        save_results(save, backend.context.describe(), reports)
        print(f"results for other machines: {save} (python -m glbackend check --compare {save})")
    for path, other in stored:
        _tell_differences(path, other["device"], compare_results(reports, other), len(other["kernels"]))
    if not only:
        print(f"kept in {save_verdict(backend.context, verdict)}")
        if failed:
            print("gl.set_backend('webgl', route_failed=True) computes these on the cpu backend")
    return bool(failed)


def _figures(report: Report) -> dict[str, Any]:
    return {name: value for name, value in report._asdict().items() if name != "results"}


def _line(report: Report) -> str:
    line = f"{report.kernel:<32}{report.cases:>6}{report.worst:>14.1e}{report.ulp:>12.1f}"
    return f"{line}{report.milliseconds:>10.1f}" + "".join(
        f"\n    FAILED {failure}" for failure in report.failures
    )


def _tell_differences(path: Path, device: Any, found: Sequence[Difference], there: int) -> None:
    """Kernels whose bits differ, and by how much."""
    print(f"\nagainst {device.get('renderer')}, {device.get('version')} ({path}):")
    differing = [one for one in found if not one.alike or one.failed]
    print(f"{len(found)} kernels on both (of {there} there), {len(found) - len(differing)} alike bit by bit")
    if differing:
        print(f"{'kernel':<32}{'ulp here':>12}{'ulp there':>12}{'ulp apart':>12}")
    for one in differing:
        mark = "  fails on one of them" if one.failed else ""
        print(f"{one.kernel:<32}{one.ulp:>12.1f}{one.other_ulp:>12.1f}{one.apart:>12.1f}{mark}")
