"""Each op of TensorFlow as a graph of one node, against what TensorFlow 2.21 gives (tools/graph_goldens.py)."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ModelFormatError
from glbackend.io import ModelArtifacts
from tests.graph_making import graph_model, node, placeholder

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


def test_channels_first_is_channels_last_turned_round() -> None:
    """TensorFlow's cpu kernels, and so the goldens, know channels last alone."""
    rng = np.random.default_rng(2)
    weights = {
        name: rng.uniform(0.5, 1.5, 4).astype(np.float32) for name in ("bias", "s", "o", "m", "v", "alpha")
    }
    weights |= {
        "w": rng.normal(size=(3, 3, 3, 4)).astype(np.float32),
        "sizes": np.array([2, 3, 6, 5], np.int32),
    }
    x = rng.normal(size=(2, 6, 5, 3)).astype(np.float32)
    found = []
    for first in (False, True):

        def sizes(height: int, width: int, first: bool = first) -> list[int]:
            return [1, 1, height, width] if first else [1, height, width, 1]

        form = {"data_format": "NCHW" if first else "NHWC", "padding": "SAME"}
        norm = {"epsilon": 0.01, "data_format": form["data_format"]}
        around = [0, 0, 0, 0, 1, 0, 2, 1] if first else [0, 0, 1, 0, 2, 1, 0, 0]
        model = graph_model([
            placeholder("x"),
            node("c", "Conv2D", "x", "w", strides=sizes(1, 1), **{**form, "padding": "EXPLICIT"}, explicit_paddings=around),
            node("b", "BiasAdd", "c", "bias", data_format=form["data_format"]),
            node("r", "Relu", "b"),
            node("n", "FusedBatchNormV3", "r", "s", "o", "m", "v", is_training=False, **norm),
            node("t", "FusedBatchNormV3", "n", "s", "o", "m", "v", is_training=True, **norm),
            node("p", "AvgPool", "t", ksize=sizes(2, 3), strides=sizes(2, 1), **form),
            node("back", "Conv2DBackpropInput", "sizes", "w", "p", strides=sizes(2, 1), **form),
        ], weights | {"sizes": np.array([2, 3, 5, 6] if first else [2, 5, 6, 3], np.int32)})  # fmt: skip
        found.append(model.execute(x.transpose(0, 3, 1, 2) if first else x, ["p", "back"]))
        model.dispose()
    for last, first_ in zip(*found, strict=True):
        np.testing.assert_allclose(first_.numpy().transpose(0, 2, 3, 1), last.numpy(), 1e-5, 1e-5)


@pytest.mark.parametrize(
    ("kind", "field", "given", "wanted"),
    [
        ("DT_HALF", "halfVal", [15360], 1.0),
        ("DT_BFLOAT16", "halfVal", [16256], 1.0),
        ("DT_DOUBLE", "doubleVal", [0.25], 0.25),
        ("DT_INT64", "int64Val", ["-7"], -7),
        ("DT_UINT8", "intVal", [200], 200),
        ("DT_INT32", "tensorContent", "/////w==", -1),
        ("DT_BOOL", "boolVal", [True], 1),
    ],
)
def test_constants_of_all_dtypes_in_the_json(kind: str, field: str, given: Any, wanted: float) -> None:
    tensor = {
        "dtype": kind,
        "tensorShape": {"dim": [{"size": "2"}]},
        field: given * 2 if field == "tensorContent" else given,
    }
    if field == "tensorContent":
        tensor[field] = "//////////8="
    c = {"name": "c", "op": "Const", "attr": {"dtype": {"type": kind}, "value": {"tensor": tensor}}}
    model = graph_model(
        [placeholder("x"), c, node("f", "Cast", "c", DstT="DT_FLOAT"), node("y", "AddV2", "x", "f")]
    )
    assert model.predict([0.5, 1.5]).numpy().tolist() == [wanted + 0.5, wanted + 1.5]
    model.dispose()


def test_whole_numbers_beyond_int32_are_refused() -> None:
    tensor = {"dtype": "DT_INT64", "tensorShape": {}, "int64Val": ["9223372036854775807"]}
    c = {"name": "c", "op": "Const", "attr": {"dtype": {"type": "DT_INT64"}, "value": {"tensor": tensor}}}
    model = graph_model([placeholder("x"), c, node("y", "Pack", "c")])
    with pytest.raises(ModelFormatError, match=r"node 'c' .Const.: .*leave the range of int32"):
        model.execute({}, "y")
    model.dispose()
