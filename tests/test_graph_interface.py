"""Graph models as users hold them: inputs, outputs, names, options, errors."""

import asyncio
import gc
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DisposedError, DtypeError, ModelFormatError, ShapeError
from tests.graph_making import artifacts, graph_model, node, placeholder

SIGNATURE = {
    "inputs": {
        "left": {"name": "a:0", "dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "-1"}, {"size": "2"}]}},
        "right": {"name": "b:0", "dtype": "DT_INT32", "tensorShape": {"dim": [{"size": "2"}]}},
    },
    "outputs": {
        "total": {"name": "sum:0", "dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "-1"}, {"size": "2"}]}},
        "halves": {"name": "split:1", "dtype": "DT_FLOAT"},
    },
}  # fmt: skip
NODES = [
    placeholder("a", [-1, 2]),
    placeholder("b", [2], "DT_INT32"),
    node("cast", "Cast", "b", DstT="DT_FLOAT"),
    node("sum", "AddV2", "a", "cast"),
    node("split", "Split", "axis", "sum", num_split=2),
]
A, B = [[1.0, 2.0]], [10, 20]


def two_inputs(**more: Any) -> gl.GraphModel:
    return graph_model(NODES, {"axis": np.int32(1)}, signature=SIGNATURE, **more)


def values(found: Any) -> Any:
    return [one.numpy().tolist() for one in found]


WANTED = [[[11.0, 22.0]], [[22.0]]]


def test_inputs_by_list_signature_node_and_tensor_name() -> None:
    model = two_inputs()
    given = (
        [A, B], (gl.tensor(A), np.array(B)), {"left": A, "right": B}, {"a": A, "b": B}, {"a:0": A, "right": B},
    )  # fmt: skip
    for one in given:
        assert values(model.predict(one)) == WANTED
        assert values(model.execute(one)) == WANTED
    assert values(asyncio.run(model.execute_async([A, B]))) == WANTED
    assert values(asyncio.run(model.predict_async([A, B]))) == WANTED
    model.dispose()


def test_any_node_may_be_asked_for_and_fed() -> None:
    model = two_inputs()
    asked = ["split:1", "split:output:0", "total", "cast", "halves"]
    assert values(model.execute([A, B], asked)) == [
        [[22.0]],
        [[11.0]],
        [[11.0, 22.0]],
        [10.0, 20.0],
        [[22.0]],
    ]
    assert model.execute({"sum": A}, "split").numpy().tolist() == [[1.0]]
    assert model.execute({"b": B}, "cast").numpy().tolist() == [10.0, 20.0]
    model.dispose()


def test_what_it_says_of_itself() -> None:
    model = two_inputs(user_defined_metadata={"author": "me"})
    assert [(one.name, one.shape, one.dtype) for one in model.inputs] == [
        ("left", (-1, 2), "float32"), ("right", (2,), "int32"),
    ]  # fmt: skip
    assert [one.name for one in model.outputs] == ["total", "halves"]
    assert (model.input_nodes, model.output_nodes) == (["a", "b"], ["sum", "split"])
    assert model.signature == SIGNATURE and model.metadata == {"author": "me"}
    assert list(model.weights) == ["axis"] and model.weights["axis"].item() == 1
    assert repr(model) == (
        "<GraphModel 'left' (float32 [any, 2]), 'right' (int32 [2]) -> 'total' (float32 [any, 2]), 'halves' (float32)>"
    )
    model.dispose()


def test_structured_outputs_are_paired_by_name() -> None:
    model = two_inputs(user_defined_metadata={"structuredOutputKeys": ["halves", "total"]})
    found = model.predict([A, B])
    assert {name: one.numpy().tolist() for name, one in found.items()} == {
        "halves": WANTED[1],
        "total": WANTED[0],
    }
    assert model.model_structured_output_keys == ["halves", "total"]
    model.dispose()


def test_without_a_signature() -> None:
    model = graph_model([placeholder("x"), node("y", "Neg", "x"), node("z", "Exp", "y")])
    assert (model.input_nodes, model.output_nodes, model.signature) == (["x"], ["z"], None)
    assert model.predict([0.0, 0.0]).numpy().tolist() == [1.0, 1.0]
    model.dispose()


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ([A], ArgumentError, "got 1 inputs, the model takes 2: 'left' .float32 .any, 2.., 'right'"),
        ({"left": A}, ArgumentError, "no value is given for the input 'b'"),
        ({"left": A, "rihgt": B}, ArgumentError, "no input 'rihgt': the model takes 'left', 'right'"),
        ({"left": A, "a": A, "right": B}, ArgumentError, "input 'a' is given twice"),
        ([[[1.0, 2.0, 3.0]], B], ShapeError, r"'left' \(float32 \[any, 2\]\) was given float32\[1, 3\]"),
        ([A, [10.5, 20]], DtypeError, "'right' .*holds fractions"),
        ([A, gl.tensor([1.0, 2.0])], DtypeError, r"'right' .* was given float32\[2\]: cast it to int32"),
        ([A, np.array([2**40, 0])], DtypeError, "'right' .*range of int32"),
        ([A, None], DtypeError, "'right'"),
    ],
)
def test_wrong_inputs(given: Any, error: type[Exception], told: str) -> None:
    model = two_inputs()
    with pytest.raises(error, match=told):
        model.predict(given)
    model.dispose()


def test_wrong_outputs_and_disposed() -> None:
    model = two_inputs()
    with pytest.raises(ArgumentError, match=r"no output 'totl': use 'total', 'halves'"):
        model.execute([A, B], "totl")
    with pytest.raises(ModelFormatError, match=r"'split .Split.' has no output 7, only 2"):
        model.execute([A, B], "split:7")
    model.dispose()
    model.dispose()
    with pytest.raises(DisposedError, match="load it again"):
        model.predict([A, B])


def test_unknown_ops_are_named_all_at_once() -> None:
    nodes = [
        placeholder("x"),
        node("p", "Foo", "x"),
        node("q", "Foo", "p"),
        node("r", "Conv2d", "q"),
        node("idle", "Bar", "x"),
    ]
    with pytest.raises(ModelFormatError) as caught:
        graph_model(
            [*nodes, node("s", "SimpleMLCreateModelResource", "r")],
            signature={"outputs": {"s": {"name": "s:0"}}},
        )
    told = str(caught.value)
    assert "3 ops are not known here: Conv2d (of 'r'; Conv2D is known), Foo (of 'p', 'q'), SimpleML" in told
    assert "Decision Forests" in told and "gl.register_op" in told and "Bar" not in told


def test_an_op_of_ones_own() -> None:
    seen = []

    def scaled(node: Any) -> Any:
        seen.append((node.name, node.attrs["by"]))
        return [node.inputs[0] * node.attrs["by"], node.inputs[0]]

    gl.register_op("Scaled", scaled)
    try:
        model = graph_model([placeholder("x"), node("y", "Scaled", "x", by=3.0)])
        assert values(model.execute({"x": [2.0]}, ["y", "y:1"])) == [[6.0], [2.0]]
        model.predict([1.0])
        assert seen == [("y", 3.0)] * 2
        model.dispose()
    finally:
        gl.deregister_op("Scaled")
    with pytest.raises(ModelFormatError, match="Scaled"):
        graph_model([placeholder("x"), node("y", "Scaled", "x", by=3.0)])
    gl.register_op("Neg", lambda node: node.inputs[0])
    gl.deregister_op("Neg")
    model = graph_model([placeholder("x"), node("y", "Neg", "x")])
    assert model.predict([2.0]).numpy().tolist() == [-2.0]
    model.dispose()


def saved(folder: Path) -> Path:
    """A model of one weight in two files."""
    made = artifacts([placeholder("x"), node("y", "Mul", "x", "w")], {"w": np.arange(4, dtype=np.float32)})
    gl.io.save_artifacts(made, folder, shard_bytes=8)
    return folder


def test_load_options(tmp_path: Path) -> None:
    folder, other = saved(tmp_path / "model"), tmp_path / "weights"
    other.mkdir()
    for shard in folder.glob("*.bin"):
        shutil.move(shard, other / f"v2-{shard.name}")
    read: list[float] = []
    model = gl.load_graph_model(
        folder / "model.json", on_progress=read.append, weight_path_prefix=other,
        weight_url_converter=lambda name: f"v2-{name}",
    )  # fmt: skip
    assert model.predict(1.0).numpy().tolist() == [0, 1, 2, 3] and read == [0.5, 1.0]
    model.dispose()
    elsewhere = gl.load_graph_model(folder, weight_url_converter=lambda name: str(other / f"v2-{name}"))
    assert elsewhere.predict(1.0).numpy().tolist() == [0, 1, 2, 3]
    elsewhere.dispose()
    with pytest.raises(ModelFormatError, match="out of the model's folder"):
        gl.load_graph_model(folder, weight_url_converter=lambda name: f"../weights/v2-{name}")
    with pytest.raises(ModelFormatError, match="is missing"):
        gl.load_graph_model(folder, weight_path_prefix=other)
    with pytest.raises(ArgumentError, match="go with paths"):
        gl.load_graph_model(gl.io.from_memory(), weight_path_prefix=other)


def test_load_options_of_layers_models(tmp_path: Path) -> None:
    """Those of graph models."""
    folder, other = tmp_path / "model", tmp_path / "weights"
    made = gl.sequential([gl.layers.dense(units=2, input_shape=[3])])
    made.save(gl.io.file_system(folder, shard_bytes=20))
    other.mkdir()
    shards = list(folder.glob("*.bin"))
    for shard in shards:
        shutil.move(shard, other / f"v2-{shard.name}")
    read: list[float] = []
    model = gl.load_layers_model(
        folder,
        on_progress=read.append,
        weight_path_prefix=other,
        weight_url_converter=lambda name: f"v2-{name}",
    )
    np.testing.assert_array_equal(model.get_weights()[0].numpy(), made.get_weights()[0].numpy())
    assert len(read) == len(shards) > 1 and read[-1] == 1


def test_disposed_models_hold_nothing(tmp_path: Path) -> None:
    """Without the garbage collector: traces that hold their graph's constants in a circle would wait for it."""
    gc.collect()
    gc.disable()
    try:
        before = gl.memory()["num_bytes"]
        model = gl.load_graph_model(saved(tmp_path / "model"))
        model.predict(1.0).dispose()
        assert gl.memory()["num_bytes"] > before
        model.dispose()
        assert gl.memory()["num_bytes"] == before
    finally:
        gc.enable()


def test_a_constant_without_a_weight() -> None:
    made = artifacts(
        [placeholder("x"), node("w", "Const"), node("y", "Mul", "x", "w"), node("z", "Neg", "x")]
    )
    with pytest.raises(ModelFormatError, match=r"'w' .Const. has no weight"):
        gl.load_graph_model(made)
    model = gl.load_graph_model(made, strict=False)
    assert model.execute([1.0], "z").item() == -1
    with pytest.raises(ModelFormatError, match=r"'w' .Const. has no weight"):
        model.execute([1.0], "y")
    model.dispose()


def test_a_constant_of_another_shape_than_its_weight() -> None:
    made = artifacts([placeholder("x"), node("y", "Mul", "x", "w")], {"w": np.zeros(4, np.float32)})
    made.model_topology["node"][0]["attr"]["value"] = {
        "tensor": {"dtype": 1, "tensorShape": {"dim": [{"size": 5}]}}
    }
    with pytest.raises(
        ModelFormatError, match=r"'w' declares shape \[5\], its weight in the manifest has \[4\]"
    ):
        gl.load_graph_model(made)


def test_old_converters() -> None:
    """Enums as numbers, texts as byte codes, every field of a list; no format, no maker."""
    pool = {
        "ksize": {"list": {"s": [], "i": [1, 2, 2, 1], "f": []}},
        "strides": {"list": {"i": ["1", "2", "2", "1"]}},
        "padding": {"s": list(b"VALID")},
    }
    x = {
        "name": "x",
        "op": "Placeholder",
        "attr": {
            "dtype": {"type": 1},
            "shape": {"shape": {"dim": [{"size": -1}, {"size": 2}, {"size": 2}, {"size": 1}]}},
        },
    }
    topology = {"node": [x, {"name": "y", "op": "MaxPool", "input": ["x"], "attr": pool}]}
    raw = json.dumps({"modelTopology": topology, "weightsManifest": []}).encode()
    found, _ = gl.io.model_json.parse(raw, "old")
    model = gl.load_graph_model(found)
    assert model.inputs[0].dtype == "float32"
    assert model.predict(np.arange(4).reshape(1, 2, 2, 1)).numpy().ravel().tolist() == [3.0]
    model.dispose()


def test_a_captured_table() -> None:
    """An initializer makes a table; the graph is fed with it by the number that both signatures give it."""
    made = artifacts(
        [placeholder("table", None, "DT_RESOURCE"), placeholder("keys", [-1], "DT_INT32"), node("found", "LookupTableFindV2", "table", "keys", "none")],
        {"none": np.int32(-1), "k": np.array([4, 9], np.int32), "v": np.array([40, 90], np.int32)},
        signature={
            "inputs": {"keys": {"name": "keys:0", "dtype": "DT_INT32"}, "t": {"name": "table:0", "dtype": "DT_RESOURCE", "resourceId": 5}},
            "outputs": {"found": {"name": "found:0", "dtype": "DT_INT32"}},
        },
        model_initializer={
            "node": [
                node("k", "Const"), node("v", "Const"), node("made", "HashTableV2", shared_name="t", key_dtype="DT_INT64", value_dtype="DT_INT64"),
                node("fill", "LookupTableImportV2", "made", "k", "v"), node("out", "Identity", "made", "^fill"),
            ]
        },
        initializer_signature={"outputs": {"o": {"name": "out:0", "dtype": "DT_RESOURCE", "resourceId": "5"}}},
    )  # fmt: skip
    model = gl.load_graph_model(made)
    assert model.input_nodes == ["keys"]
    assert model.predict([9, 3]).numpy().tolist() == [90, -1]
    model.dispose()


def test_a_layers_model_is_refused_with_the_right_loader() -> None:
    memory = gl.io.from_memory()
    gl.sequential([gl.layers.dense(units=1, input_shape=[2])]).save(memory)
    with pytest.raises(ModelFormatError, match="no graph model: use load_layers_model"):
        gl.load_graph_model(memory)
