"""Dense kernels that read their operands from buffer textures: the same bits, and nothing left behind."""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl import gain
from glbackend.backends.webgl.backend import WebGL
from glbackend.backends.webgl.gl.pool import Texture
from glbackend.backends.webgl.plan.tiling import forced
from glbackend.base.errors import ArgumentError, GLMemoryError
from glbackend.testing.case import Case, all_cases
from glbackend.testing.check import Inspecting, results, using

KERNELS = (
    "BatchMatMul", "_FusedMatMul", "Conv2D", "Conv3D", "FusedConv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter",
    "Conv3DBackpropInputV2", "Conv3DBackpropFilterV2", "DepthwiseConv2dNative", "FusedDepthwiseConv2D",
    "DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter", "MaxPool", "MaxPool3D", "AvgPool",
    "AvgPool3D", "MaxPoolGrad", "MaxPool3DGrad", "AvgPoolGrad", "AvgPool3DGrad", "Dilation2D",
    "Dilation2DBackpropInput", "ResizeBilinear", "RNN", "RNNGrad",
)  # fmt: skip
CASES = [one for one in all_cases() if one.kernel in KERNELS]


@contextmanager
def reading(webgl: Inspecting, gain: float) -> Iterator[list[Texture]]:
    """Within it reading from buffers is known to save so much; the buffers that are made."""
    inner: WebGL = webgl.inner
    before, inner.known_gain = inner.known_gain, gain
    made: list[Texture] = []
    copy = inner.pool.copy
    inner.pool.copy = lambda texture, buffer, *what: (made.append(buffer), copy(texture, buffer, *what))[1]  # type: ignore[method-assign]
    try:
        yield made
    finally:
        inner.known_gain = before
        del inner.pool.copy


@pytest.fixture
def on_webgl(webgl: Inspecting) -> Iterator[None]:
    with using(webgl):
        yield


def square() -> gl.Tensor:
    """A matrix that only the GPU holds."""
    return gl.random.uniform([64, 64], -1, 1, seed=1) + 0.0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_the_bits_are_those_of_textures(case: Case, webgl: Inspecting) -> None:
    with using(webgl):
        with reading(webgl, 0.0) as none:
            wanted = results(case.call, case.inputs)
        with reading(webgl, math.inf):
            got = results(case.call, case.inputs)
    assert not none
    for a, b in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(a, b)


def test_every_kernel_has_a_case_that_reads_from_buffers(webgl: Inspecting) -> None:
    seen = set()
    for case in CASES:
        if case.kernel not in seen:
            with using(webgl), reading(webgl, math.inf) as made:
                results(case.call, case.inputs)
            seen |= {case.kernel} if made else set()
    assert seen == set(KERNELS)


def test_buffers_go_back_to_the_pool(webgl: Inspecting, on_webgl: None) -> None:
    x = square()
    used = webgl.memory()["num_bytes_in_textures"]
    with reading(webgl, math.inf) as made:
        product, other = x @ x, x @ (x + 1.0)
    assert len(made) == 1 + 2, "a tensor that is both operands is copied once"
    assert webgl.memory()["num_bytes_in_textures"] == used + 4 * (product.size + other.size)


def test_small_products_stay_with_textures(webgl: Inspecting, on_webgl: None) -> None:
    x = gl.slice(square(), [0, 0], [16, 16])
    with reading(webgl, gain.USUAL_GAIN) as made:
        x @ x
    assert not made


def test_a_driver_with_small_buffers_reads_textures(
    webgl: Inspecting, on_webgl: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webgl.context, "max_buffer_texels", 64 * 16 - 1)
    x = square()
    with reading(webgl, math.inf) as made:
        x @ x
    assert not made


def test_where_memory_is_short_nothing_is_copied_or_recorded(own: WebGL) -> None:
    """Whatever fits without is computed, however much is missing for it."""
    x = square()

    def eager(x: gl.Tensor) -> gl.Tensor:
        return (x @ x).tanh() @ x

    wanted = eager(x).numpy()

    def least(call: Callable[..., gl.Tensor], gain: float) -> int:
        """KiB beside x that the call needs."""
        own.known_gain = gain
        for room in range(0, 400, 4):
            with own.context:
                own.pool.collect()
                own.pool.empty()
            own.pool.budget = own.pool.bytes_used + room * 1024
            with suppress(GLMemoryError):
                np.testing.assert_array_equal(call(x).numpy(), wanted)
                return room
        raise AssertionError("never enough")

    plain = least(eager, 0.0)
    assert least(eager, math.inf) == plain
    assert least(gl.function(eager), 0.0) <= plain
    assert least(gl.function(eager), math.inf) <= plain


def test_a_measurement_that_does_not_fit_is_none(own: WebGL, fresh: WebGL) -> None:
    x = gl.random.uniform([200, 200], -1, 1, seed=1) + 0.0
    own.known_gain = None
    own.pool.budget = own.pool.bytes_used + 400 * 1024
    np.testing.assert_allclose((x @ x).numpy(), x.numpy() @ x.numpy(), 1e-4, 1e-4)
    assert own.known_gain is None


def test_a_captured_graph_copies_before_its_draws(webgl: Inspecting, on_webgl: None) -> None:
    @gl.function
    def twice(x: gl.Tensor) -> gl.Tensor:
        return (x @ x).tanh() @ x

    x = square()
    with reading(webgl, 0.0):
        wanted = ((x @ x).tanh() @ x).numpy()
    with reading(webgl, math.inf):
        np.testing.assert_array_equal(twice(x).numpy(), wanted)  # recorded
        assert str(twice.explain(x)).count("2 textures, 2 of them in buffers") == 2
    with reading(webgl, 0.0) as made:
        other = x * 2.0
        np.testing.assert_array_equal(twice(other).numpy(), ((other @ other).tanh() @ other).numpy())
        np.testing.assert_array_equal(twice(x).numpy(), wanted)  # replayed
        assert len(made) == 2 * 3  # x, then what follows and x; each run


def test_layers_are_copied_in_order_where_all_ask_for_them_in_buffers(
    webgl: Inspecting, on_webgl: None
) -> None:
    """The same bits without the pass that orders them; it stays where a texture is asked for, or lanes pad."""

    def run(x: gl.Tensor, w: gl.Tensor) -> tuple[gl.Tensor, ...]:
        hidden, other = (x @ w).relu(), (w @ x).relu()
        return hidden @ w, hidden @ x, other @ w, other.exp()

    for size, ordered in ((64, 4), (62, 5)):
        x, w = (gl.random.uniform([size, size], -1, 1, seed=i) + 0.0 for i in range(2))
        with forced(rows=4, parts=1), reading(webgl, math.inf):
            wanted = [one.numpy() for one in run(x, w)]
            captured = gl.function(run)
            told = str(captured.explain(x, w))
            captured(x, w)
            draws = webgl.inner.draw_count
            for got, one in zip(captured(x, w), wanted, strict=True):
                np.testing.assert_array_equal(got.numpy(), one)
        assert told.count("untile") == ordered, told
        assert webgl.inner.draw_count - draws == told.count("  draw ")


# -- the choice ---------------------------------------------------------------------------------------


@pytest.fixture
def fresh(webgl: Inspecting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebGL]:
    """A backend that does not know yet what buffers save, and a cache of its own."""
    monkeypatch.setenv("GLBACKEND_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("GLBACKEND_BUFFERS")
    monkeypatch.setattr(webgl.inner, "known_gain", None)
    yield webgl.inner


def test_the_driver_is_measured_once_and_the_answer_kept(
    fresh: WebGL, on_webgl: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = square()
    draws = fresh.draw_count
    x @ x
    assert fresh.draw_count - draws <= 2  # nobody is told of the products that were measured
    (kept,) = tmp_path.glob("buffers-*.json")
    told = json.loads(kept.read_text())
    assert told["renderer"] == fresh.context.renderer
    assert told["gain"] < 1
    assert fresh.known_gain == (gain.USUAL_GAIN if told["gain"] >= gain.LEAST_GAIN else 0.0)
    monkeypatch.setattr(gain, "_measured", lambda webgl: pytest.fail("measured again"))
    for worth, wanted in ((0.5, gain.USUAL_GAIN), (0.01, 0.0)):
        kept.write_text(json.dumps({"gain": worth}))
        assert gain.buffer_gain(fresh) == wanted


@pytest.mark.parametrize("text", ["", "{}", '{"gain": "much"}', "[1]"])
def test_a_damaged_file_is_measured_anew(fresh: WebGL, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.context.file("buffers").write_text(text)
    monkeypatch.setattr(gain, "_measured", lambda webgl: 0.3)
    assert gain.buffer_gain(fresh) == gain.USUAL_GAIN
    assert json.loads(fresh.context.file("buffers").read_text())["gain"] == 0.3


def test_the_environment_says_it(fresh: WebGL, monkeypatch: pytest.MonkeyPatch) -> None:
    for text, wanted in (("0", 0.0), ("1", gain.USUAL_GAIN), ("always", math.inf)):
        monkeypatch.setenv("GLBACKEND_BUFFERS", text)
        assert gain.buffer_gain(fresh) == wanted
    monkeypatch.setenv("GLBACKEND_BUFFERS", "sometimes")
    with pytest.raises(ArgumentError, match="GLBACKEND_BUFFERS must be 0, 1 or \"always\", got 'sometimes'"):
        gain.buffer_gain(fresh)
