"""Losses and metrics as objects: against Keras's numbers, their state, names, files, wrong calls."""

import json
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.training.loss import LOSS_CLASSES
from glbackend.training.metrics import METRIC_CLASSES
from tools import metric_goldens as goldens

FOUND: dict[str, Any] = json.loads(goldens.FILE.read_text(encoding="utf-8"))


def cases(given: list[Any]) -> list[Any]:
    """All on cpu, every other one on webgl too: most are made of the same few kernels."""
    both = [(one, "cpu") for one in given] + [(one, "webgl") for one in given[::2]]
    return [pytest.param(*one, id=goldens.key(one[0])) for one in both]


def test_every_class_has_a_case() -> None:
    """But for what Keras has not got, or what its user gives a function."""
    of_ours = {"Mean", "Sum", "MeanMetricWrapper", "ConfusionMatrix"}
    assert set(LOSS_CLASSES.declared) == {name for name, *_ in goldens.LOSSES}
    assert set(METRIC_CLASSES.declared) - of_ours == {name for name, *_ in goldens.METRICS}


@pytest.mark.parametrize(("case", "backend"), cases(goldens.LOSSES), indirect=["backend"])
def test_losses_are_those_of_keras(case: Any, backend: str) -> None:
    for weigh, wanted in zip((False, True), FOUND["losses"][goldens.key(case)], strict=False):
        got = goldens.loss_of(gl.losses, case, weigh)
        np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(("case", "backend"), cases(goldens.METRICS), indirect=["backend"])
def test_metrics_are_those_of_keras(case: Any, backend: str) -> None:
    """After three unequal batches, with and without weights."""
    for weigh, wanted in zip((False, True), FOUND["metrics"][goldens.key(case)], strict=False):
        got = goldens.metric_of(gl.metrics, case, weigh)
        np.testing.assert_allclose(got, wanted, rtol=2e-5, atol=2e-6, equal_nan=True)


# the best wrong score may be that of two classes: there is no slope
SMOOTH = [pytest.param(one, id=goldens.key(one)) for one in goldens.LOSSES if one[0] != "CategoricalHinge"]


@pytest.mark.parametrize("case", SMOOTH)
def test_gradients_of_losses(case: Any) -> None:
    """Against differences along one direction."""
    name, options, kind = case
    loss = getattr(gl.losses, name)(**{**options, "reduction": "sum"})
    y, p, weights = goldens.batches(kind)[0]
    direction = np.random.default_rng(2).normal(size=p.shape).astype(np.float32)
    slope = gl.grad(lambda x: loss(y, x, weights if goldens.weighted(case) else None))(gl.tensor(p)).numpy()
    assert np.isfinite(slope).all()
    step = 2e-3
    ahead, behind = (
        loss(y, p + sign * step * direction, weights if goldens.weighted(case) else None).item()
        for sign in (1, -1)
    )
    wanted = (ahead - behind) / (2 * step)
    assert float((slope * direction).sum()) == pytest.approx(wanted, rel=0.03, abs=2e-3 * max(1, abs(ahead)))


@pytest.mark.parametrize("name", ["BinaryCrossentropy", "CategoricalCrossentropy"])
def test_large_logits_stay_finite(name: str, backend: str) -> None:
    loss = getattr(gl.losses, name)(from_logits=True)
    y, x = gl.tensor([[1.0, 0.0]]), gl.tensor([[-200.0, 300.0]])
    assert loss(y, x).item() == pytest.approx({"B": (200 + 300) / 2, "C": 500}[name[0]])
    assert np.isfinite(gl.grad(lambda v: loss(y, v))(x).numpy()).all()


def test_an_empty_batch_adds_nothing(backend: str) -> None:
    metric = gl.metrics.MeanSquaredError()
    nothing = np.zeros((0, 2), np.float32)
    assert metric(nothing, nothing).item() == 0.0
    assert metric([[1.0, 1.0]], [[0.0, 2.0]]).item() == 1.0
    assert metric(nothing, nothing).item() == 1.0
