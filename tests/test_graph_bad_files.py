"""Damaged and hostile graph models: a typed error that says where, or a result; never anything else.

`python -m tests.test_graph_bad_files 10000` runs more cases than the test does.
"""

import copy
import json
import random
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import GlbackendError, ModelFormatError
from glbackend.io.model_json import parse
from tests.graph_making import artifacts, node, placeholder
from tests.test_graph_control import GOLDEN, calls

CASES = 300
NAMES = ("dead_branches", "functions", "lists", "tables", "conv")
STRANGE: list[Any] = [
    None, True, -1, 0, 3, 2**31, 2**70, 1.5, float("nan"), "", "x", "^x", "x:99", "U0FNRQ==", "!", [], [1], [None],
    {}, {"i": "-3"}, {"s": "U0FNRQ=="}, {"list": {"i": ["1", "1000000000", "1", "1"]}}, {"type": "DT_STRING"},
    {"type": 99}, {"shape": {"dim": [{"size": "99999999999"}]}}, {"func": {"name": "none"}}, {"b": True},
]  # fmt: skip


def conv_model() -> Any:
    """A convolution with its norm, a pool and a product: what files hold most."""
    rng = np.random.default_rng(0)
    weights: dict[str, Any] = {name: rng.uniform(0.5, 1, 3).astype(np.float32) for name in "somv"}
    weights |= {
        "w": rng.normal(size=(2, 2, 2, 3)),
        "k": rng.normal(size=(12, 2)),
        "flat": np.array([-1, 12], np.int32),
    }
    nodes = [
        placeholder("x", [-1, 4, 4, 2]),
        node("c", "Conv2D", "x", "w", strides=[1, 1, 1, 1], padding="SAME", data_format="NHWC"),
        node("n", "FusedBatchNormV3", "c", "s", "o", "m", "v", epsilon=0.01, is_training=False),
        node("r", "Relu6", "n"),
        node("p", "MaxPool", "r", ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID"),
        node("f", "Reshape", "p", "flat"),
        node("y", "MatMul", "f", "k", transpose_a=False, transpose_b=False),
    ]
    return artifacts(
        nodes,
        {name: np.asarray(a, np.float32 if a.dtype.kind == "f" else np.int32) for name, a in weights.items()},
    )


def parts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in a JSON value."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        found += parts(one, (*path, key))
    return found


def damaged(topology: Any, rng: random.Random) -> Any:
    """A copy with one to three faults."""
    made = copy.deepcopy(topology)
    for _ in range(rng.randint(1, 3)):
        paths = parts(made)
        if not paths:
            break
        *way, last = rng.choice(paths)
        holder = made
        for key in way:
            holder = holder[key]
        fault = rng.randrange(4)
        if fault == 0:
            del holder[last]
        elif fault == 1:
            holder[last] = copy.deepcopy(rng.choice(STRANGE))
        elif fault == 2 and isinstance(holder, list) and len(holder) > 1:
            other = rng.randrange(len(holder))
            holder[last], holder[other] = holder[other], holder[last]
        else:  # something else of the file
            other_path = rng.choice(paths)
            value: Any = made
            for key in other_path:
                value = value[key] if isinstance(value, dict | list) and _has(value, key) else None
            holder[last] = copy.deepcopy(value)
    return made


def _has(value: Any, key: Any) -> bool:
    return key in value if isinstance(value, dict) else isinstance(key, int) and key < len(value)


def samples() -> dict[str, tuple[Any, dict[str, Any], list[str]]]:
    """Artifacts, inputs and outputs by name."""
    made: dict[str, Any] = {}
    for name in NAMES[:-1]:
        given, wanted = calls(name)[0]
        made[name] = parse((GOLDEN / f"{name}.json").read_bytes(), name)[0], given, list(wanted)
    made["conv"] = conv_model(), {"x": np.ones((1, 4, 4, 2), np.float32)}, ["y"]
    return made


def run_cases(count: int, first: int = 0) -> dict[str, int]:
    """How often each error came; raises where one is not typed."""
    told: dict[str, int] = {}
    known = samples()
    for number in range(first, first + count):
        rng = random.Random(number)
        whole, given, outputs = known[NAMES[number % len(NAMES)]]
        one = copy.copy(whole)
        one.model_topology = damaged(whole.model_topology, rng)
        kind = "none"
        try:
            model = gl.load_graph_model(one)
            try:
                model.execute(given, outputs)
            finally:
                model.dispose()
        except GlbackendError as error:
            kind = type(error).__name__
            assert len(str(error)) > 10, number
        except Exception as error:
            if __name__ == "__main__":
                traceback.print_exc(limit=-4)
                print(number, end=" ")
                told["OTHER"] = told.get("OTHER", 0) + 1
                continue
            raise AssertionError(f"case {number}: {type(error).__name__}: {error}") from error
        told[kind] = told.get(kind, 0) + 1
    return told


def test_damaged_graphs_give_typed_errors() -> None:
    told = run_cases(CASES)
    assert told["ModelFormatError"] > CASES / 4, told


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


if __name__ == "__main__":
    gl.set_backend("cpu")
    print(run_cases(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0))
