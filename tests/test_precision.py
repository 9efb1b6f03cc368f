"""Policies of precision, as Keras has them: all computes in float32, says so once, and files keep what was asked."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base import errors
from glbackend.base.errors import ArgumentError, DtypeError

X, Y = np.ones([4, 3], np.float32), np.ones([4, 2], np.float32)
MIXED = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test begins as a process does, and leaves the policy as it was."""
    monkeypatch.setattr(errors, "_said", set())
    yield
    gl.mixed_precision.set_global_policy("float32")


def said(action: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
    return [str(one.message) for one in caught]


def test_the_policy_for_all(backend: str) -> None:
    """It is kept by the layers that come, which compute in float32."""
    first = said(lambda: gl.mixed_precision.set_global_policy("mixed_float16"))
    assert first == ["precision 'mixed_float16': all computes in float32 here"]
    assert said(lambda: gl.config.set_dtype_policy("mixed_float16")) == [], "once"
    assert gl.mixed_precision.global_policy().name == gl.config.dtype_policy().name == "mixed_float16"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = gl.sequential([gl.layers.dense(units=2, input_shape=[3]), gl.layers.softmax(dtype="float32")])
        model.compile(gl.optimizers.Adam(), "mse")
        model.fit(X, Y, verbose=0)
    assert [one.dtype_policy.name for one in model.layers] == ["mixed_float16", "float32"]
    layer = model.layers[0]
    assert layer.compute_dtype == layer.variable_dtype == layer.kernel.dtype == "float32"
    assert model.predict(X).dtype == "float32"


@pytest.mark.parametrize("given", ["mixed_float16", MIXED, gl.mixed_precision.Policy])
def test_the_policy_of_a_layer(given: Any) -> None:
    def make() -> None:
        asked = given("mixed_float16") if isinstance(given, type) else given
        layers.append(gl.layers.dense(units=2, dtype=asked))

    layers: list[Any] = []
    assert said(make) == ["precision 'mixed_float16': all computes in float32 here"] and said(make) == []
    for layer in (layers[0], gl.layers.Dense.from_config(layers[0].get_config())):
        assert layer.dtype_policy == gl.mixed_precision.Policy("mixed_float16")
        assert layer.get_config()["dtype"]["config"] == {"name": "mixed_float16"}
        assert layer(X).dtype == "float32"
    assert "dtype" not in gl.layers.dense(units=2).get_config()


@pytest.mark.parametrize("ending", [".keras", ".h5", ""])
def test_files_keep_what_was_asked(ending: str, tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    with warnings.catch_warnings(action="ignore"):
        model = gl.sequential([gl.layers.dense(units=2, input_shape=[3], dtype="mixed_bfloat16")])
        model.save(tmp_path / f"m{ending}")
    loaded: list[Any] = []
    (warned,) = said(lambda: loaded.append(gl.load_model(tmp_path / f"m{ending}")))
    assert "dtype mixed_bfloat16, in its place float32" in warned
    assert loaded[0].layers[-1].dtype_policy.name == "mixed_bfloat16"
    np.testing.assert_array_equal(loaded[0].predict(X).numpy(), model.predict(X).numpy())


@pytest.mark.parametrize("ending", ["keras", "h5"])
def test_training_in_mixed_precision_goes_on(ending: str) -> None:
    """Keras puts a scale around the optimizer, whose own state stands before that of the inner one."""
    pytest.importorskip("h5py")
    path = Path(__file__).parent / "golden" / "keras" / f"mixed.{ending}"
    loaded: list[Any] = []
    (warned,) = said(lambda: loaded.append(gl.load_model(path)))
    assert warned.endswith("unknown here: dtype mixed_float16, in its place float32")
    (model,) = loaded
    assert model.optimizer.class_name == "Adam" and model.optimizer.iterations == 3
    (first, second) = model.optimizer.slots(model.layers[-1].kernel)
    assert np.abs(first).max() > 1e-3 and second.min() > 0
    model.train_on_batch(X, Y)
    assert model.optimizer.iterations == 4


def test_a_loss_needs_no_scale() -> None:
    made: list[Any] = []
    inner = gl.optimizers.SGD(0.5)
    warned = said(lambda: made.append(gl.mixed_precision.LossScaleOptimizer(inner, initial_scale=4.0)))
    assert made == [inner] and len(warned) == 1 and "need no scale" in warned[0]
    loss = gl.tensor(3.0)
    assert inner.scale_loss(loss) is loss
    with pytest.raises(ArgumentError, match="optimizer"):
        gl.optimizers.LossScaleOptimizer(3)


def test_what_is_no_policy() -> None:
    for made in (gl.mixed_precision.Policy, gl.mixed_precision.set_global_policy):
        with pytest.raises(ArgumentError, match=r"must be float32, bfloat16, .*, got"):
            made("float8")
    assert gl.mixed_precision.global_policy().name == "float32"
    wrong: list[Any] = ["half", [1], {}, *({"config": one} for one in (3, [1], {"x": 1}, {"name": [1]}))]
    for given in wrong:
        with pytest.raises(DtypeError, match="unknown dtype"):
            gl.layers.dense(units=2, dtype=given)
