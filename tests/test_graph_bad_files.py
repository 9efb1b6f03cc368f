"""Damaged and hostile graph models: a typed error that says where, or a result; never anything else."""

import json
from pathlib import Path
from typing import Any

import pytest

import glbackend as gl
from glbackend.base.errors import ModelFormatError
from tests.fuzz_samples import conv_model
from tests.graph_making import artifacts, node, placeholder


def constant(tensor: Any) -> Any:
    """A Const node whose value stands in the JSON."""
    return {"name": "y", "op": "Const", "attr": {"dtype": {"type": "DT_FLOAT"}, "value": {"tensor": tensor}}}


@pytest.mark.parametrize(
    ("nodes", "told"),
    [
        ([node("x", "Neg", "y"), node("y", "Neg", "x")], "circle"),
        ([node("x", "Neg", "x")], "circle"),
        ([node("x", "Merge", "x"), node("y", "Neg", "x")], "circle"),
        ([node("e", "Exit", "p"), placeholder("p")], "an Exit that is in no loop"),
        ([placeholder("p"), node("e", "Enter", "p", frame_name="f"), node("y", "Exit", "e")], "no LoopCond"),
        ([node("y", "PartitionedCall", f={"func": {"name": "f"}})], "no function 'f'"),
        ([placeholder("x"), node("y", "Conv2D", "x")], "has 1 inputs: must be at least 2"),
        ([placeholder("x"), node("y", "Neg", "x", "x")], "has 2 inputs: must be 1"),
        ([placeholder("x"), node("y", "Pack", "x", axis="one")], "attr 'axis' is 'one', which does not fit"),
        (
            [placeholder("x"), {"name": "y", "op": "Neg", "input": ["x"], "attr": {"a": {"s": 2**31}}}],
            "byte codes",
        ),
        (
            [placeholder("x"), constant({"dtype": "DT_FLOAT", "tensorShape": {}, "tensorContent": 2**31})],
            "byte codes",
        ),
        ([placeholder("x"), node("y", "MaxPool", "x")], "lacks the attr 'ksize'"),
        ([placeholder("x"), placeholder("x")], "is there twice"),
        ([placeholder("x"), node("y", "Neg", "z")], "there is no node 'z', which inputs of 'y' need"),
    ],
)
def test_graphs_that_make_no_sense(nodes: list[Any], told: str) -> None:
    with pytest.raises(ModelFormatError, match=told):
        model = gl.load_graph_model(artifacts(nodes))
        model.execute(
            dict.fromkeys(model.input_nodes, 1.0),
            [one["name"] for one in nodes if one["op"] != "Placeholder"],
        )


def test_functions_that_call_themselves() -> None:
    body = {
        "signature": {"name": "f", "inputArg": [{"name": "a"}], "outputArg": [{"name": "r"}]},
        "nodeDef": [node("again", "PartitionedCall", "a", f={"func": {"name": "f"}})],
        "ret": {"r": "again:output:0"},
    }
    made = artifacts([placeholder("x"), node("y", "PartitionedCall", "x", f={"func": {"name": "f"}})])
    made.model_topology["library"] = {"function": [body]}
    model = gl.load_graph_model(made)
    with pytest.raises(ModelFormatError, match="more than 64 deep"):
        model.predict(1.0)
    model.dispose()


def test_files_on_disk(tmp_path: Path) -> None:
    """What holds for every model.json is tested in test_io_bad_files: here that loading goes that way."""
    gl.io.save_artifacts(conv_model(), tmp_path)
    (shard,) = tmp_path.glob("*.bin")
    shard.write_bytes(shard.read_bytes()[:-4])
    with pytest.raises(ModelFormatError, match="too short"):
        gl.load_graph_model(tmp_path)
    model = json.loads((tmp_path / "model.json").read_text())
    model["modelTopology"] = {"nodes": []}
    (tmp_path / "model.json").write_text(json.dumps(model))
    with pytest.raises(ModelFormatError):
        gl.load_graph_model(tmp_path)
