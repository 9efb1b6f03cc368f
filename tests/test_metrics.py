"""Losses and metrics as objects: against Keras's numbers, their state, names, files, wrong calls."""

import json
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from tools import metric_goldens as goldens

FOUND: dict[str, Any] = json.loads(goldens.FILE.read_text(encoding="utf-8"))


def cases(given: list[Any]) -> list[Any]:
    """All on cpu, every other one on webgl too: most are made of the same few kernels."""
    both = [(one, "cpu") for one in given] + [(one, "webgl") for one in given[::2]]
    return [pytest.param(*one, id=goldens.key(one[0])) for one in both]


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
