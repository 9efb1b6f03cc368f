"""The self-check: what it measures, that it notices a broken kernel, and that failed kernels can be routed to
cpu."""

import json
from pathlib import Path

import pytest

import glbackend as gl
from glbackend.backends.webgl import verdict
from glbackend.cli.main import main
from glbackend.engine.registry import _kernels
from glbackend.testing.check import Inspecting
from glbackend.testing.selfcheck import check_kernels


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_good_kernels_pass(webgl: Inspecting) -> None:
    (report,) = check_kernels(webgl.inner, "Softplus")
    assert report.kernel == "Softplus" and report.cases > 1 and not report.failures
    assert 0 < report.worst < 1e-5 and report.milliseconds > 0


def test_a_broken_kernel_is_named_and_routed(
    webgl: Inspecting, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = webgl.inner
    monkeypatch.setitem(_kernels["webgl"], "Softplus", _kernels["webgl"]["Relu"])
    (report,) = check_kernels(inner, "Softplus")
    assert report.failures
    verdict.save_verdict(inner.context, {"failed": [report.kernel]})
    try:
        gl.set_backend("webgl", route_failed=True)
        assert gl.tensor([0.0] * 200).softplus().numpy()[0] == pytest.approx(0.6931472)
    finally:
        inner.routed = frozenset()
        gl.set_backend("cpu")


def test_the_command_prints_a_table_and_writes_json(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--only", "Tanh", "--json", str(tmp_path / "out.json")]) == 0
    assert "Tanh" in capsys.readouterr().out
    assert json.loads((tmp_path / "out.json").read_text())["failed"] == []


def test_a_broken_verdict_routes_nothing(webgl: Inspecting, cache: Path) -> None:
    verdict.verdict_path(webgl.inner.context).write_text("{")
    assert verdict.failed_kernels(webgl.inner.context) == frozenset()
