"""The self-check: what it measures, that it notices a broken kernel, that failed kernels can be routed to cpu,
and how drivers are compared."""

import json
from pathlib import Path

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl import verdict
from glbackend.cli.main import main
from glbackend.engine.registry import _kernels
from glbackend.testing.check import Inspecting
from glbackend.testing.drivers import compare_results, read_results, save_results
from glbackend.testing.selfcheck import check_kernels, ulp_apart


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(tmp_path))
    return tmp_path


def test_good_kernels_pass(webgl: Inspecting) -> None:
    (report,) = check_kernels(webgl.inner, "Softplus")
    assert report.kernel == "Softplus" and report.cases > 1 and not report.failures
    assert 0 < report.worst < 1e-5 and report.milliseconds > 0
    assert 0.4 < report.ulp < 84, "1e-5 is 84 ulp"


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


@pytest.mark.parametrize(
    ("got", "wanted", "ulp"),
    [
        ([1.0, 4.0], [1.0, 4.0], 0),
        ([4.0 + 2 * 2**-21], [4.0], 2),
        (
            [1e-9, 1.0, 1.0, 1.0],
            [0.0, 1.0, 1.0, 1.0],
            1e-9 / 2**-24,
        ),  # what a sum leaves: by its typical size
        ([np.nan, np.inf, 1.0], [np.nan, np.inf, 1.0], 0),
        ([1e-40], [0.0], 0),
        ([], [], 0),
    ],
)
def test_ulp(got: list[float], wanted: list[float], ulp: float) -> None:
    assert ulp_apart(np.array(got, np.float32), np.array(wanted, np.float32)) == pytest.approx(ulp, rel=1e-6)


def test_drivers_are_compared_by_bits_and_ulp(
    webgl: Inspecting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner, path = webgl.inner, tmp_path / "new" / "driver.json"
    first = list(check_kernels(inner, "Softplus"))
    save_results(path, inner.context.describe(), first)
    stored = read_results(path)
    assert stored["device"]["renderer"] == inner.context.renderer
    (same,) = compare_results(first, stored)
    assert same.alike and same.apart == 0 and same.ulp == same.other_ulp and not same.failed
    kept = stored["kernels"]["Softplus"]["results"]
    assert all(one["hash"] for found in kept.values() for one in found)
    monkeypatch.setitem(_kernels["webgl"], "Softplus", _kernels["webgl"]["Relu"])
    (other,) = compare_results(check_kernels(inner, "Softplus"), stored)
    assert not other.alike and other.failed and other.apart > 1000
    assert compare_results(check_kernels(inner, "Softsign"), stored) == []


def test_the_command_compares(cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "driver.json"
    assert main(["check", "--only", "Tanh", "--save", str(file)]) == 0
    assert "worst ulp" in capsys.readouterr().out
    assert main(["check", "--only", "Tanh", "--compare", str(file)]) == 0
    assert "kernels on both (of" in capsys.readouterr().out
    assert main(["check", "--only", "Tanh", "--save", str(tmp_path / "driver.json.gz")]) == 0
    assert main(["check", "--only", "Tanh", "--compare", str(tmp_path / "driver.json.gz")]) == 0
    (tmp_path / "driver.json.gz").write_bytes(b"\x1f\x8b no")
    assert main(["check", "--only", "Tanh", "--compare", str(tmp_path / "driver.json.gz")]) == 1
    file.write_text("{}")
    assert main(["check", "--only", "Tanh", "--compare", str(file)]) == 1
    assert "no results of a check" in capsys.readouterr().err
    file.write_text("not JSON")
    assert main(["check", "--only", "Tanh", "--compare", str(file)]) == 1
    assert main(["check", "--only", "Tanh", "--compare", str(tmp_path / "gone")]) == 1


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[1] / "bench" / "drivers").glob("*.json.gz")))
def test_stored_results_of_drivers_can_be_read(path: Path) -> None:
    stored = read_results(path)
    assert stored["device"]["renderer"].split()[0] in path.name
    assert len(stored["kernels"]) > 200 and not any(one["failures"] for one in stored["kernels"].values())
