"""`python -m glbackend check`: every kernel on this machine's GL driver against cpu; a table, JSON, a kept
verdict."""

import json
import warnings
from pathlib import Path

from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.verdict import save_verdict
from glbackend.engine.backend import make_backend
from glbackend.testing.selfcheck import Report, check_kernels


def check(only: str, out: Path | None) -> int:
    """Prints a line a kernel; 1 where one failed. The verdict of a whole check is kept for `route_failed`."""
    backend = make_backend("webgl")
    assert isinstance(backend, WebGL)
    print(f"{backend.context.renderer}, {backend.context.version}\n")
    print(f"{'kernel':<32}{'cases':>6}{'worst error':>14}{'ms':>10}")
    reports = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for report in check_kernels(backend, only):
            reports.append(report)
            print(_line(report), flush=True)
    failed = [report.kernel for report in reports if report.failures]
    verdict = {"failed": failed, "kernels": [report._asdict() for report in reports]}
    if out is not None:
        out.write_text(json.dumps({**backend.context.describe(), **verdict}, indent=1), encoding="utf-8")
    print(f"\n{len(reports)} kernels, {len(failed)} failed{': ' + ', '.join(failed) if failed else ''}")
    if not only:
        print(f"kept in {save_verdict(backend.context, verdict)}")
        if failed:
            print("gl.set_backend('webgl', route_failed=True) computes these on the cpu backend")
    return bool(failed)


def _line(report: Report) -> str:
    line = f"{report.kernel:<32}{report.cases:>6}{report.worst:>14.1e}{report.milliseconds:>10.1f}"
    return line + "".join(f"\n    FAILED {failure}" for failure in report.failures)
