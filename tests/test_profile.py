"""gl.profile: what ran is counted rightly, page and trace hold it, programs run under it as they would."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl.gl.timer import Stopwatch
from glbackend.cli.main import main
from glbackend.engine.profiler import profilers
from glbackend.testing.check import Inspecting, using
from tests.browser import dom, screenshot, structure


def network() -> gl.Model:
    return gl.sequential([
        gl.layers.dense(units=4, activation="relu", input_shape=[3], name="inner"),
        gl.layers.dense(units=2, name="out"),
    ])  # fmt: skip


def trained() -> None:
    model = network()
    model.compile(optimizer="sgd", loss="meanSquaredError")
    x = np.linspace(-1, 1, 48, dtype=np.float32).reshape(16, 3)
    model.fit(x, x[:, :2], epochs=4, batch_size=8, verbose=0)


def data_of(page: str) -> Any:
    found = re.search(r"const DATA = (.*);\n", page)
    assert found is not None
    return json.loads(found.group(1).replace("<\\/", "</"))


def test_draws_and_bytes_are_those_of_the_backend(webgl: Inspecting) -> None:
    with using(webgl):
        x = gl.tensor(np.ones((8, 5), np.float32))
        before = webgl.inner.draw_count
        report = gl.profile(lambda: (x + 1.0).relu().sum(1))
        assert report.num_draws == webgl.inner.draw_count - before
    add, relu, _ = report.kernels
    assert [run.name for run in report.kernels] == ["Add", "Relu", "Sum"]
    assert (relu.draws[0].bytes_read, relu.draws[0].bytes_written) == (
        8 * 2 * 16,
        8 * 2 * 16,
    )  # two texels a row
    assert add.bytes_added == 8 * 5 * 4 and add.pool[0] > 0
    (upload,) = [span for span in report.spans if span.kind == "upload"]
    assert upload.nbytes == 16 * 16
    assert all(0 < run.python_ms <= run.milliseconds for run in report.kernels)
    assert report.kernel_ms <= report.wall_ms and "webgl" in report.device


def test_memory_is_what_is_held(backend: str, tmp_path: Path) -> None:
    """Tensors that are given back leave the curve."""
    x = gl.ones([64])
    with gl.profile() as report:
        for _ in range(5):
            y = x.exp()
            del y
        kept = [x.exp() for _ in range(3)]
    assert [run.bytes_held for run in report.kernels] == [256] * 5 + [256, 512, 768]
    assert report.new_bytes == 768 and report.peak_bytes == 768 and report.new_tensors == 3
    memory = data_of(report.page(tmp_path / "p.html").read_text())["memory"]
    assert [one[1] for one in memory] == [0, *[256] * 5, 256, 512, 768]
    del kept


def test_compilations_and_read_backs_are_noted(webgl: Inspecting) -> None:
    with using(webgl):
        op = gl.custom_op("fresh", "x * 1.25 + 0.125")
        with gl.profile() as report:
            op([1.0, 2.0]).numpy()
            op([3.0, 4.0]).numpy()
        kinds = [span.kind for span in report.spans]
        assert kinds.count("compile") == 1 and kinds.count("read-back") == 2
        assert not webgl.inner.watchers and not profilers.get()


def test_graphs_run_as_they_are_where_asked(backend: str) -> None:
    @gl.function
    def hidden(x: gl.Tensor) -> gl.Tensor:
        return (x @ x).relu().sum()

    x = gl.ones([4, 4])
    hidden(x)
    assert gl.profile(lambda: hidden(x)).kernel_names == ["BatchMatMul", "Relu", "Sum"]
    report = gl.profile(lambda: hidden(x), graphs=True)
    assert report.kernel_names == ["Graph"] and report.result.item() == 64.0
    if backend == "webgl":
        assert "Chain" in {draw.kernel for draw in report.kernels[0].draws}
    with gl.debug.trace_nan():  # who wants to see kernels gets them
        assert gl.profile(lambda: hidden(x), graphs=True).kernel_names == ["BatchMatMul", "Relu", "Sum"]


def test_layers_lines_and_gradients_are_named(backend: str) -> None:
    model = network()
    x = gl.ones([2, 3])
    with gl.profile() as report:
        model.predict(x)
        gl.grad(lambda x: x.sin().sum())(x)
    assert {run.where.layer for run in report.kernels} >= {"inner", "out"}
    assert "Sin" in {run.gradient_of for run in report.kernels}
    assert all("test_profile.py:" in run.where.line for run in report.kernels)


def test_a_profile_of_a_program_that_fails(backend: str) -> None:
    report = gl.profile()
    with pytest.raises(ZeroDivisionError), report:
        gl.ones([2]).exp()
        raise ZeroDivisionError
    assert report.kernels[-1].name == "Exp" and not profilers.get()
    with pytest.raises(gl.errors.ArgumentError, match="one block a profile"), report:
        pass


def test_a_program_that_changes_the_backend(webgl: Inspecting) -> None:
    with gl.profile() as report:
        gl.tensor([1.0]).exp()
        with using(webgl):
            gl.tensor([1.0]).exp()
    assert report.device.startswith("cpu: NumPy") and " and webgl: " in report.device
    assert report.num_draws == 1 and not webgl.inner.watchers


def test_gpu_time_is_told_only_where_it_is_true(
    webgl: Inspecting, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inner = webgl.inner
    with using(webgl):
        if inner.context.renderer.startswith("llvmpipe"):
            report = gl.profile(lambda: gl.ones([2]).exp())
            assert report.kernels[0].gpu_ms is None and "llvmpipe's timer queries" in report.no_gpu_time

        monkeypatch.setattr(Stopwatch, "total_ms", lambda self: 0.001 * len(self._used))
        monkeypatch.setattr(inner.timer, "distrusted", "")
        op = gl.function(lambda x: (x @ x).sum())
        for _ in range(2):
            op(gl.ones([4, 4]))
        report = gl.profile(lambda: op(gl.ones([4, 4])), graphs=True)
        fill, graph = report.kernels
        nested = gl.profile(lambda: gl.profile(lambda: gl.ones([2]).exp()))
    assert fill.gpu_ms == 0.001 and graph.gpu_ms == 0.001 * len(graph.draws) > 0.001, "each draw has a query"
    assert report.no_gpu_time == "" and inner.stopwatch is None
    assert nested.kernels[-1].gpu_ms is None and nested.result.kernels[-1].gpu_ms == 0.001, "one of them"
    text = report.page(tmp_path / "p.html").read_text()
    assert "No GPU time" not in text and f"GPU {graph.gpu_ms:.3f} ms" in text


def test_the_trace_is_one_that_perfetto_reads(backend: str, tmp_path: Path) -> None:
    with gl.profile(graphs=True) as report:
        trained()
    made = json.loads(report.trace(tmp_path / "new" / "trace.json").read_text())
    spans = [one for one in made["traceEvents"] if one["ph"] == "X"]
    assert len([one for one in spans if one["tid"] == 2]) == len(report.kernels)
    for tid in {one["tid"] for one in spans}:  # on one track spans lie beside or within each other
        ends: list[float] = []
        for one in sorted(
            (one for one in spans if one["tid"] == tid), key=lambda one: (one["ts"], -one["dur"])
        ):
            while ends and ends[-1] <= one["ts"] + 1e-6:
                ends.pop()
            assert one["dur"] >= 0 and (not ends or one["ts"] + one["dur"] <= ends[-1] + 1e-3)
            ends.append(one["ts"] + one["dur"])
    names = {one["name"] for one in made["traceEvents"]}
    assert {"process_name", "thread_name", "bytes of tensors", "Graph"} <= names
    assert all(isinstance(one["args"], dict) for one in made["traceEvents"])


def test_the_page_holds_all_of_it(backend: str, tmp_path: Path) -> None:
    with gl.profile(graphs=True) as report:
        trained()
    text = report.page(tmp_path / "profile.html").read_text()
    page = structure(text)
    assert page.count("section") == 6 and page.count("canvas") == 2 and page.count("table") == 4
    assert {"Kernels", "Layers", "Your lines", "Shaders", "Graph", "inner"} <= set(page.words)
    data = data_of(text)
    assert len([one for one in data["events"] if one[0] == 1]) == len(report.kernels)
    assert data["memory"][-1][0] <= data["wall"] + 1e-3
    assert any(report.no_gpu_time in word for word in page.words)


def test_names_of_the_users_do_not_break_the_page(tmp_path: Path) -> None:
    model = gl.sequential([gl.layers.dense(units=1, input_shape=[2], name="</script><b>&")])
    text = gl.profile(lambda: model.predict(gl.ones([1, 2]))).page(tmp_path / "profile.html").read_text()
    assert structure(text).count("script") == 1


def test_the_page_in_a_browser(webgl: Inspecting, tmp_path: Path) -> None:
    with using(webgl), gl.profile(graphs=True) as report:
        trained()
    page = report.page(tmp_path / "profile.html")
    made = structure(dom(page, tmp_path))
    widths = [float(attrs["width"] or 0) for tag, attrs in made.found if tag == "canvas"]
    assert len(widths) == 2 and min(widths) > 800
    seen = screenshot(page, tmp_path)
    strong = np.ptp(seen.astype(int), axis=2) > 90  # coloured: bars of the time line, curves
    assert strong[:800].sum() > 2000, "nothing was drawn"
    assert not strong[800:].any(), "tables have no colours"


@pytest.mark.parametrize(
    "ends", ["", "raise SystemExit(3)", "raise ValueError('no')", "raise SystemExit('bye')"]
)
def test_the_command(ends: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "helper.py").write_text("NUMBER = 2.0\n")
    program = tmp_path / "train.py"
    program.write_text(
        "import sys, glbackend as gl\nfrom helper import NUMBER\n"
        f"print(sys.argv[1:], (gl.ones([2]) * NUMBER).exp().numpy().shape)\n{ends}\n"
    )
    code = main(
        ["profile", "--out", str(tmp_path / "out"), "--backend", "cpu", str(program), "--epochs", "2"]
    )
    shown = capsys.readouterr()
    assert code == {"": 0, "raise SystemExit(3)": 3}.get(ends, 1)
    assert "['--epochs', '2'] (2,)" in shown.out and "Exp" in shown.out
    assert ("ValueError: no" in shown.err) == ("ValueError" in ends) and ("bye" in shown.err) == (
        "bye" in ends
    )
    assert (tmp_path / "out" / "profile.html").is_file() and (tmp_path / "out" / "profile.json").is_file()


def test_the_command_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile"]) == 1 and "give a program" in capsys.readouterr().err
    assert main(["profile", str(tmp_path / "gone.py")]) == 1 and "there is no file" in capsys.readouterr().err
