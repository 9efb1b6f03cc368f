"""Operators of ONNX: a case of each of ONNX's own node cases, and old operator sets against ONNX Runtime."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from tools.onnx_cases import Case, difference, failure, read_sample
from tools.onnx_goldens import CASES, Old

GOLDEN = Path(__file__).parent / "golden" / "onnx_old.npz"
SAMPLE = read_sample()
EACH = 6  # on webgl a case in so many: programs are compiled


@pytest.fixture(scope="module")
def goldens() -> dict[str, Any]:
    with np.load(GOLDEN) as file:
        return dict(file)


@pytest.mark.parametrize("case", SAMPLE, ids=[one.name for one in SAMPLE])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # cases overflow on purpose
def test_node_case(case: Case) -> None:
    assert failure(case) == ""


@pytest.mark.parametrize("case", SAMPLE[::EACH], ids=[one.name for one in SAMPLE[::EACH]])
@pytest.mark.parametrize("backend", ["webgl"], indirect=True)
def test_node_case_on_webgl(case: Case, backend: str) -> None:
    assert failure(case) == ""


@pytest.mark.parametrize("number", range(len(CASES)), ids=[one.name for one in CASES])
def test_old_operator_set(number: int, goldens: dict[str, Any]) -> None:
    case: Old = CASES[number]
    found = gl.load_onnx_model(case.model().SerializeToString()).predict(case.given)
    results = found if isinstance(found, list) else [found]
    for i, got in enumerate(results):
        assert difference(goldens[f"{number}/{i}"], got, 1e-4, 1e-5) == ""
