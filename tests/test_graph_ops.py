"""Each op of TensorFlow as a graph of one node, against what TensorFlow 2.21 gives (tools/graph_goldens.py)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.io import ModelArtifacts

GOLDEN = Path(__file__).parent / "golden" / "graph"
RECORDS: list[dict[str, Any]] = json.loads((GOLDEN / "ops.json").read_text())
KINDS = {"f": "DT_FLOAT", "i": "DT_INT32", "b": "DT_BOOL", "U": "DT_STRING", "c": "DT_COMPLEX64"}


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    with np.load(GOLDEN / "ops.npz") as file:
        return dict(file)


def one_node(record: dict[str, Any], inputs: list[Any]) -> gl.GraphModel:
    """A model of one op, all of whose inputs are fed."""
    names = [f"in{i}" for i in range(record["inputs"])]
    nodes = [
        {"name": name, "op": "Placeholder", "attr": {"dtype": {"type": KINDS[value.dtype.kind]}}}
        for name, value in zip(names, inputs, strict=True)
    ]
    nodes.append({"name": "op", "op": record["op"], "input": names, "attr": record["attr"]})
    return gl.load_graph_model(ModelArtifacts({"node": nodes}, format="graph-model"))


@pytest.mark.parametrize(
    "number", range(len(RECORDS)), ids=[f"{i}-{one['op']}" for i, one in enumerate(RECORDS)]
)
def test_op(number: int, data: dict[str, Any]) -> None:
    record = RECORDS[number]
    inputs = [data[f"{number}/in/{i}"] for i in range(record["inputs"])]
    given = [value.astype(object) if value.dtype.kind == "U" else value for value in inputs]
    model = one_node(record, inputs)
    found = model.execute(
        dict(zip(model.input_nodes, given, strict=True)), [f"op:{i}" for i in range(record["outputs"])]
    )
    for i, got in enumerate(found):
        wanted = data[f"{number}/out/{i}"]
        assert got.shape == wanted.shape
        assert np.asarray(got.numpy()).dtype.kind == {"U": "O"}.get(wanted.dtype.kind, wanted.dtype.kind)
        if wanted.dtype.kind == "U":
            assert got.numpy().tolist() == wanted.tolist()
        else:
            np.testing.assert_allclose(got.numpy(), wanted, 2e-5, 2e-6)
    model.dispose()
