"""`python -m bench report`: one page that holds every case of a report, and the accuracy of a check."""

import io
import json
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import pictures
from tests.browser import structure

REPORT: dict[str, Any] = {
    "format": 1, "date": "2026-11-30T10:00:00+00:00", "versions": {"glbackend": "0.1.0"},
    "device": {"renderer": "a <driver>", "cpu": "a cpu", "cores": 2},
    "rooflines": [{"name": "copy", "value": 3.5, "unit": "GB/s", "ms": 1.25}],
    "coldstart": [{"name": "import", "ms": 80.0}],
    "rows": [
        {"case": "relu", "ours": {"median_ms": 1.0}, "baseline": {"median_ms": 2.0}, "tfjs": {"median_ms": 8.0}},
        {"case": "matmul", "ours": {"median_ms": 100.0}, "baseline": {"median_ms": 50.0}},
        {"case": "broken", "failed": "no"},
    ],
}  # fmt: skip
CHECK = {
    "device": {"renderer": "a <driver>"},
    "kernels": {
        "Relu": {"ulp": 0.0, "failures": []},
        "Exp": {"ulp": 2.5, "failures": []},
        "Bad": {"ulp": 99.0, "failures": ["no"]},
    },
}


def run(*arguments: str) -> tuple[int, str]:
    said = io.StringIO()
    code = pictures.main(list(arguments), Console(file=said, width=200), lambda _: 0)
    return code, said.getvalue()


def test_the_page_holds_every_case(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text(json.dumps(REPORT))
    (tmp_path / "check.json").write_text(json.dumps(CHECK))
    out = tmp_path / "machine.html"
    code, said = run(
        str(tmp_path / "report.json"), "--check", str(tmp_path / "check.json"), "--out", str(out)
    )
    assert code == 0 and "machine.html" in said
    page = structure(out.read_text())
    assert {"a <driver>", "relu", "matmul", "1 ms", "100 ms", "Exp", "2.5 ulp", "copy", "80 ms"} <= set(
        page.words
    )
    assert "2, and 1 that failed" in page.words and "1 failed (Bad)" in " ".join(page.words)
    assert "bare moderngl : ours, geometric mean of 2" in page.words and "1.00" in page.words
    dots = [float(attrs["cx"] or 0) for tag, attrs in page.found if tag == "circle" and attrs["cy"] != "8"]
    line = next(float(attrs["x1"] or 0) for tag, attrs in page.found if tag == "line")
    assert [dot > line for dot in dots] == [True, True, False], "slower ones lie to the right"


def test_a_page_without_peers_and_a_file_that_is_no_report(tmp_path: Path) -> None:
    alone = {**REPORT, "rows": [{"case": "relu", "ours": {"median_ms": 1.0}}]}
    assert structure(pictures.machine_page(alone)).count("circle") == 0
    (tmp_path / "report.json").write_text("{}")
    assert run(str(tmp_path / "report.json"), "--out", str(tmp_path / "no.html"))[0] == 1
    assert not (tmp_path / "no.html").exists()
