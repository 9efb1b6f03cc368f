"""Control flow of both kinds, lists, arrays and tables, judged by TensorFlow's numbers (tools/graph_goldens.py)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from tests.graph_making import artifacts, node, placeholder

GOLDEN = Path(__file__).parent / "golden" / "graph"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json") if path.stem != "ops")


def calls(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Inputs and outputs of each call."""
    with np.load(GOLDEN / f"{name}.npz") as file:
        data = {
            key: value.astype(object) if value.dtype.kind == "U" else value for key, value in file.items()
        }
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    for key, value in data.items():
        number, part, tensor = key.split("/", 2)
        found.setdefault(number, ({}, {}))[part == "out"][tensor] = value
    return list(found.values())


@pytest.mark.parametrize("name", NAMES)
def test_golden(name: str, backend: str) -> None:
    model = gl.load_graph_model(GOLDEN / f"{name}.json")
    for given, wanted in calls(name):
        for got, (output, value) in zip(model.execute(given, list(wanted)), wanted.items(), strict=True):
            assert got.shape == value.shape, output
            if value.dtype == object:
                assert got.numpy().tolist() == value.tolist()
            else:
                np.testing.assert_allclose(got.numpy(), value, 1e-6, 1e-6, err_msg=output)
    model.dispose()


def test_functions_with_nodes_of_equal_names() -> None:
    """Each has its own constant, as it has its own everything."""

    def scaled(name: str, by: float) -> dict[str, Any]:
        value = {"dtype": "DT_FLOAT", "tensorShape": {}, "floatVal": [by]}
        return {
            "signature": {"name": name, "inputArg": [{"name": "a"}], "outputArg": [{"name": "r"}]},
            "nodeDef": [
                {
                    "name": "c",
                    "op": "Const",
                    "attr": {"dtype": {"type": "DT_FLOAT"}, "value": {"tensor": value}},
                },
                node("y", "Mul", "a", "c:output:0"),
            ],
            "ret": {"r": "y:z:0"},
        }

    made = artifacts([
        placeholder("x"),
        node("two", "PartitionedCall", "x", f={"func": {"name": "f"}}),
        node("three", "PartitionedCall", "x", f={"func": {"name": "g"}}),
    ])  # fmt: skip
    made.model_topology["library"] = {"function": [scaled("f", 2.0), scaled("g", 3.0)]}
    model = gl.load_graph_model(made)
    assert [one.item() for one in model.execute(1.0, ["two", "three"])] == [2.0, 3.0]
    model.dispose()
