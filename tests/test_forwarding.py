"""Equal values give equal bits, wherever they were made: on the host, where kernels may run, or by shaders."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.backends.webgl import forwarding
from glbackend.testing.case import Case, all_cases
from glbackend.testing.check import Inspecting, using
from glbackend.testing.sample import Array


def made_by_shaders(array: Array) -> gl.Tensor:
    """A tensor of these values that the host does not hold."""
    flat = gl.tensor(array).reshape([-1])
    made = gl.concat([flat, flat]).slice([0], [flat.size]).reshape(array.shape)
    assert array.size == 0 or array.dtype.kind in "OSU" or made.handle.storage.host is None
    return made


def bits(call: Any, inputs: Sequence[gl.Tensor]) -> list[tuple[Any, ...]]:
    """dtype, shape and bytes of all that a call gives."""
    value = call(*inputs)
    arrays = [one.numpy() for one in (value if isinstance(value, tuple | list) else (value,))]
    return [
        (one.dtype, one.shape, one.tolist() if one.dtype.kind == "O" else one.tobytes()) for one in arrays
    ]


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_both_ways(case: Case, webgl: Inspecting, monkeypatch: pytest.MonkeyPatch) -> None:
    with using(webgl):
        wanted = bits(case.call, [made_by_shaders(one) for one in case.inputs])
        monkeypatch.setattr(webgl.inner, "forwards", True)
        monkeypatch.setattr(forwarding, "MAX_ELEMENTS", 1 << 30)
        assert bits(case.call, [gl.tensor(one) for one in case.inputs]) == wanted


def test_small_movement_stays_on_the_host(webgl: Inspecting, monkeypatch: pytest.MonkeyPatch) -> None:
    """And whole numbers too, but nothing that floats or divides."""
    x, n = gl.tensor([[1.0, 2.0]]), gl.tensor([3, 4], dtype="int32")
    monkeypatch.setattr(webgl.inner, "forwards", True)
    on_host = [
        lambda: x.transpose(),
        lambda: gl.concat([x, x]),
        lambda: n + n,
        lambda: n.max(),
        lambda: n > 3,
    ]
    on_device = [lambda: x + x, lambda: n / n, lambda: n.cast("float32"), lambda: x.max(), lambda: x > 1.0,
                 lambda: n.mean(), lambda: gl.tile(x, [1, 200]) * 1.0]  # fmt: skip
    with using(webgl):
        for calls, hosted in ((on_host, True), (on_device, False)):
            for call in calls:
                assert (call().handle.storage.host is not None) == hosted


def test_lists_name_kernels_that_exist() -> None:
    from glbackend.contracts.contract import contracts

    assert not (forwarding.MOVING | forwarding.COUNTING) - set(contracts())
    assert not forwarding.MOVING & forwarding.COUNTING


def test_origin_of_small_data_does_not_count(backend: str, webgl: Inspecting, monkeypatch: Any) -> None:
    """A loaded model trains on by the same bits as the one that was saved."""
    monkeypatch.setattr(webgl.inner, "forwards", True)
    x = np.random.default_rng(0).normal(size=(8, 3)).astype("f4")
    model = gl.sequential([gl.layers.dense(units=2, input_shape=[3]), gl.layers.batch_normalization()])
    model.compile(gl.train.adam(0.01), "meanSquaredError")
    model.fit(x, x[:, :2], verbose=0, shuffle=False)
    memory = gl.io.from_memory()
    model.save(memory, include_optimizer=True)
    loaded = gl.load_layers_model(memory)
    for one in (model, loaded):
        one.fit(x, x[:, :2], verbose=0, shuffle=False, epochs=3)
    for a, b in zip(model.get_weights(), loaded.get_weights(), strict=True):
        assert a.numpy().tobytes() == b.numpy().tobytes()
