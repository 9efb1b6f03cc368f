"""Single-op cases made by TensorFlow (../shared/fixtures/ops): values and gradients of the public ops, on
both backends.

Forward values are TF.js's where `tfjs_check.json` says that it differs from TensorFlow; gradients are
TensorFlow's.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.naming import snake_case
from glbackend.engine.autodiff import value_and_grads
from glbackend.ops.op import OPS

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "fixtures" / "ops"
SPELLINGS = {
    "matMul": "matmul",
    "argMax": "argmax",
    "argMin": "argmin",
    "logSumExp": "logsumexp",
    "isNaN": "is_nan",
    "whereAsync": "argwhere",
    "setdiff1dAsync": "setdiff1d",
}


def _load() -> tuple[list[dict[str, Any]], dict[str, Any], Any, dict[str, Any]]:
    if not (FOLDER / "index.json").is_file():
        return [], {}, None, {}
    index = json.loads((FOLDER / "index.json").read_text())
    cases = [case for case in index["cases"] if _function(case) is not None]
    differs = json.loads((FOLDER / "tfjs_check.json").read_text())["results"]
    return cases, index["default_tol"], np.load(FOLDER / "ops.npz", allow_pickle=False), differs


def _function(case: dict[str, Any]) -> Any:
    """The public op that a case calls, by TF.js's name; None where there is none."""
    if not case.get("tfjs"):
        return None
    space, _, name = case["tfjs"][0].rpartition(".")
    for spelling in (SPELLINGS.get(name, ""), snake_case(name), snake_case(name).replace("_", "")):
        found = OPS.get(f"{space}.{spelling}" if space else spelling)
        if found is not None:
            return found
    return None


CASES, TOLERANCE, ARRAYS, TFJS = _load()
absent = pytest.mark.skipif(
    not CASES, reason="the fixtures (../shared/fixtures/ops) are not beside this checkout"
)


def _filled(value: Any, tensors: dict[str, Any]) -> Any:
    """An argument with "$x" replaced by the tensor x; keyword objects become snake_case dicts."""
    if isinstance(value, str) and value.startswith("$"):
        return tensors[value[1:]]
    if isinstance(value, list):
        return [_filled(one, tensors) for one in value]
    if isinstance(value, dict):
        return {snake_case(key): _filled(one, tensors) for key, one in value.items()}
    return value


def _call(case: dict[str, Any], tensors: dict[str, Any]) -> list[Any]:
    arguments = [_filled(one, tensors) for one in case["tfjs"][1:]]
    options = arguments.pop() if arguments and isinstance(arguments[-1], dict) else {}
    result = _function(case)(*arguments, **options)
    if isinstance(result, dict):
        result = list(result.values())
    return list(result) if isinstance(result, tuple | list) else [result]


@absent
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['op']}")
def test_values(case: dict[str, Any], backend: str) -> None:
    tensors = {name: gl.tensor(ARRAYS[key]) for name, key in case["inputs"].items()}
    got = _call(case, tensors)
    wanted = [ARRAYS[key] for key in case["outputs"]]
    assert len(got) == len(wanted)
    tol = {**TOLERANCE, **case.get("tol", {})}
    verdicts = TFJS.get(case["id"], {}).get("differing") or [None] * len(got)
    for a, b, verdict in zip(got, wanted, [*verdicts, *[None] * len(got)][: len(got)], strict=True):
        if verdict is not None and verdict["bad"]:
            assert _is_tfjs(a.numpy(), verdict) or np.allclose(a.numpy(), b, **tol, equal_nan=True)
        else:
            np.testing.assert_allclose(a.numpy(), b, rtol=tol["rtol"], atol=tol["atol"])


def _is_tfjs(got: np.ndarray, verdict: dict[str, Any]) -> bool:
    """Whether a result is what TF.js gives where that differs from TensorFlow: as far as the record tells."""
    if "shape" in verdict:
        return list(got.shape) == verdict["shape"]
    place, value, _ = verdict["first"]
    return bool(np.isclose(got.ravel()[place], float(value), rtol=1e-4, atol=1e-5, equal_nan=True))


@absent
@pytest.mark.parametrize(
    "case", [case for case in CASES if case.get("grads")], ids=lambda case: f"{case['id']}-{case['op']}"
)
def test_gradients(case: dict[str, Any], backend: str) -> None:
    names = list(case["grads"]["inputs"])
    fixed = {name: gl.tensor(ARRAYS[key]) for name, key in case["inputs"].items()}
    weights = [gl.tensor(ARRAYS[key]) for key in case["grads"]["cotangents"]]

    def loss(*variables: Any) -> Any:
        outputs = _call(case, fixed | dict(zip(names, variables, strict=True)))
        terms = [(y * w).sum() for y, w in zip(outputs, weights, strict=False) if y.dtype == "float32"]
        return sum(terms[1:], terms[0])

    found = value_and_grads(loss)([fixed[name] for name in names]).grad
    for name, gradient in zip(names, found, strict=True):
        wanted = ARRAYS[case["grads"]["inputs"][name]]
        np.testing.assert_allclose(
            gradient.numpy(), wanted, rtol=1e-3, atol=1e-4 * max(1.0, np.abs(wanted).max())
        )
