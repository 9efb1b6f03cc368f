"""`gl.tune`: what is tried, what is kept, and that nothing gets slower or wrong by it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl import tuning
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.plan.tiling import Forced, choose, forced, override
from glbackend.base.errors import ArgumentError, DtypeError, ShaderError, TraceError
from glbackend.testing.check import Inspecting, using

KEY = json.dumps(("gemm", (64, 64), (64, 64), "float32", False, False))


@pytest.fixture
def fresh(webgl: Inspecting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebGL]:
    """The backend with nothing tuned, and a cache of its own."""
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(webgl.inner, "tuning", tuning.Tuning(webgl.inner))
    with using(webgl.inner):
        yield webgl.inner


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> dict[Forced, float]:
    """Seconds by the way of drawing, 1 for all others; nothing is really timed."""
    fake: dict[Forced, float] = {}

    def seconds(self: Any, draw: Any, way: Forced, *rest: Any, **more: Any) -> float:
        with forced(*way):
            draw()
        return fake.get(way, 1.0)

    monkeypatch.setattr(tuning.Tuning, "_seconds", seconds)
    return fake


def tuned(size: int = 64) -> Any:
    return gl.tune(lambda a: (a @ a).relu(), gl.TensorSpec([size, size]))


def choices(webgl: WebGL) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(webgl.context.file("tuned").read_text())["choices"]
    return found


def used(monkeypatch: pytest.MonkeyPatch, call: Any) -> list[Forced]:
    """The ways in which matrix products are planned meanwhile."""
    seen: list[Forced] = []
    module = "glbackend.backends.webgl.kernels.matmul"
    with monkeypatch.context() as patch:
        patch.setattr(f"{module}.override", lambda: seen.append(override()) or override())
        call()
    return seen


def test_the_fastest_way_is_used_and_kept(
    fresh: WebGL, times: dict[Forced, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    times |= {Forced(rows=2): 0.8, Forced(rows=2, parts=4): 0.5, Forced(rows=2, parts=4, buffers=False): 0.4}
    (one,) = tuned()
    assert (one.kernel, one.before, one.after) == ("gemm", 1000.0, 400.0)
    assert one.way == "rows 2, parts 4, from textures"
    assert choices(fresh) == {KEY: {"rows": 2, "parts": 4, "buffers": False}}
    x = gl.random.uniform([64, 64], -1, 1, seed=1)
    assert used(monkeypatch, lambda: x @ x) == [Forced(2, 4, None, False)]
    np.testing.assert_allclose((x @ x).numpy(), x.numpy() @ x.numpy(), 1e-5, 1e-5)
    assert used(monkeypatch, lambda: gl.ones([64, 32]) @ gl.ones([32, 64])) == [Forced()]
    monkeypatch.setattr(fresh, "tuning", tuning.Tuning(fresh))  # as another process would find it
    assert used(monkeypatch, lambda: x @ x) == [Forced(2, 4, None, False)]


def test_ways_that_do_not_fit_or_compile_lose(
    own: WebGL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight layers take more memory than the rule's way, and here the driver refuses those of seven."""
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(own, "tuning", tuning.Tuning(own))
    draw_layers, refused = own.draw_layers, []

    def refusing(shader: str, count: int, *rest: Any, **more: Any) -> Any:
        if count == 7:
            refused.append(count)
            raise ShaderError("not here")
        return draw_layers(shader, count, *rest, **more)

    monkeypatch.setattr(own, "draw_layers", refusing)
    x = gl.random.uniform([160, 160], -1, 1, seed=1) + 0.0
    own.pool.budget = own.pool.bytes_used + 1_000_000
    (one,) = gl.tune(lambda: x @ x)
    assert one.after <= one.before and refused
    np.testing.assert_allclose((x @ x).numpy(), x.numpy() @ x.numpy(), 1e-4, 1e-4)


def test_a_choice_that_does_not_fit_any_more_gives_way_to_the_rule(
    own: WebGL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(own, "tuning", tuning.Tuning(own))
    key = KEY.replace("64", "160")
    own.context.file("tuned").write_text(json.dumps({"choices": {key: {"rows": 8, "parts": 16}}}))
    x = gl.random.uniform([160, 160], -1, 1, seed=1) + 0.0
    seen = used(monkeypatch, lambda: x @ x)
    with own.context:
        own.pool.collect()
        own.pool.empty()
    own.pool.budget = own.pool.bytes_used + 500_000
    assert used(monkeypatch, lambda: x @ x) == [*seen, Forced(buffers=False)] == [
        Forced(8, 16), Forced(buffers=False)
    ]  # fmt: skip


def test_a_small_gain_is_none(fresh: WebGL, times: dict[Forced, float]) -> None:
    times[Forced(rows=2)] = 0.96
    (one,) = tuned()
    assert one.way == "as the rule says" and one.after == one.before
    assert not fresh.context.file("tuned").exists()


def test_a_quick_way_that_is_wrong_is_not_taken(fresh: WebGL, times: dict[Forced, float]) -> None:
    """As on a driver that draws tiles of two rows wrongly."""
    times[Forced(rows=2)] = 0.1
    x = gl.ones([8, 8]) * 3.0

    def draw() -> Any:
        return (x * 2.0 if override().rows == 2 else x + 0.0).handle

    with fresh.context, fresh.tuning.on() as found:
        result = fresh.tuning.run(("gemm", "made up"), draw)
    assert found[0].way == "as the rule says" and found[0].after == found[0].before
    assert (result.storage.values() == 3.0).all()
    assert not fresh.context.file("tuned").exists()


def test_what_the_file_says_is_tried_again(fresh: WebGL, times: dict[Forced, float]) -> None:
    path = fresh.context.file("tuned")
    path.write_text(json.dumps({"choices": {KEY: {"rows": 1}, "another": {"rows": 4}}}))
    times[Forced(rows=1)] = 5.0
    (one,) = tuned()
    assert one.way == "as the rule says"
    assert choices(fresh) == {"another": {"rows": 4}}


def test_a_wrong_choice_loses_in_truth(fresh: WebGL) -> None:
    """Not by times that the test made up: one row a fragment reads five texels for each of the product's."""
    key = KEY.replace("64", "192")
    fresh.context.file("tuned").write_text(json.dumps({"choices": {key: {"rows": 1, "parts": 1}}}))
    (one,) = tuned(192)
    assert one.after <= one.before
    assert choices(fresh).get(key) != {"rows": 1, "parts": 1}


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"choices": 3}', '{"choices": {"k": 1}}', '{"choices": {"k": {"rows": 9}}}',
        '{"choices": {"k": {"parts": 0}}}', '{"choices": {"k": {"axis": 2}}}', '{"choices": {"k": {"x": 1}}}',
        '{"choices": {"k": {"rows": 2.0}}}', '{"choices": {"k": {"rows": true}}}', '{"choices": {"k": {"buffers": 1}}}',
        '{"choices": {"k": {"buffers": "yes"}}}', '{"choices": {"k": {"rows": [1]}}}', '{"choices": {"k": {}}}',
    ],
)  # fmt: skip
def test_a_damaged_file_says_nothing(fresh: WebGL, text: str) -> None:
    fresh.context.file("tuned").write_text(text)
    assert fresh.tuning._load() == {}


def test_another_process_loses_nothing(fresh: WebGL, times: dict[Forced, float]) -> None:
    assert fresh.tuning._load() == {}
    fresh.context.file("tuned").write_text(json.dumps({"choices": {"theirs": {"rows": 4}}}))
    times[Forced(rows=2)] = 0.5
    tuned()
    assert choices(fresh) == {"theirs": {"rows": 4}, KEY: {"rows": 2}}


def test_trials_are_not_counted(fresh: WebGL, times: dict[Forced, float]) -> None:
    before = fresh.draw_count
    tuned()
    assert fresh.draw_count - before <= 3  # the product in two passes, and relu


def test_captured_functions_are_drawn_anew(
    fresh: WebGL, times: dict[Forced, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    x = gl.random.uniform([64, 64], -1, 1, seed=1)
    square = gl.function(lambda x: x @ x)
    wanted = [square(x).numpy() for _ in range(2)][-1]
    assert used(monkeypatch, lambda: square(x)) == []
    times[Forced(parts=4)] = 0.5
    gl.tune(square, x)
    assert used(monkeypatch, lambda: square(x)) == [Forced(parts=4)]
    assert used(monkeypatch, lambda: square(x)) == []
    np.testing.assert_allclose(square(x).numpy(), wanted, 1e-5, 1e-5)


def test_every_dense_kernel_is_tuned(fresh: WebGL, times: dict[Forced, float]) -> None:
    model = gl.sequential([
        gl.layers.conv2d(filters=4, kernel_size=3, strides=2, input_shape=[9, 9, 3]),
        gl.layers.conv2d(filters=4, kernel_size=2), gl.layers.flatten(), gl.layers.dense(units=2),
    ])  # fmt: skip
    model.compile("sgd", "meanSquaredError")
    found = gl.tune(model.train_on_batch, np.zeros((2, 9, 9, 3), np.float32), np.zeros((2, 2), np.float32))
    assert {one.kernel for one in found} == {"gemm", "conv2d", "conv2d_filter_grad"}
    dy = gl.tune(
        gl.grad(lambda x: x.conv2d(gl.ones([3, 3, 3, 4]), 2, "same").sum()), gl.TensorSpec([1, 8, 8, 3])
    )
    assert "conv2d_input_grad" in {one.kernel for one in dy}
    assert "together" in str(found) and str(dy).startswith("kernel")


def test_on_cpu_there_is_nothing_to_choose() -> None:
    assert tuned() == []
    with pytest.raises(TypeError, match="positional argument"):  # it is run, so a wrong call is seen
        gl.tune(lambda x: x, gl.TensorSpec([2]), 3)


def test_the_environment_turns_it_on(
    fresh: WebGL, times: dict[Forced, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLBACKEND_TUNE", "1")
    monkeypatch.setattr(fresh, "tuning", tuning.Tuning(fresh))
    times[Forced(rows=2)] = 0.5
    gl.ones([64, 64]) @ gl.ones([64, 64])
    assert choices(fresh) == {KEY: {"rows": 2}}


def test_an_unknown_size_is_refused() -> None:
    with pytest.raises(ArgumentError, match="has an unknown size: give the one to tune for"):
        gl.tune(lambda x: x, gl.TensorSpec([None, 3]))
    for dtype in ("string", "complex64"):
        with pytest.raises(DtypeError, match=f"{dtype}.*: give a tensor of that dtype"):
            gl.tune(lambda x: x, gl.TensorSpec([3], dtype))


def test_within_a_captured_function_it_is_refused() -> None:
    captured = gl.function(lambda x: gl.tune(lambda a: a @ a, x) and x)
    with pytest.raises(TraceError, match=r"call gl\.tune outside of it"):
        captured(gl.ones([4, 4]))


def test_the_rule_stands_where_tests_force_it() -> None:
    with forced(rows=2):
        assert choose(64, 16, 16).rows == 2
