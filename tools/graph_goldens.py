"""Graph models that TensorFlow makes, with what TensorFlow gives for them: tests/golden/graph/.

Run with a Python that has TensorFlow 2.21: `python -m tools.graph_goldens`. Control flow v1 and v2 as the
converter writes them, and one node of each op with its inputs, attrs and outputs (`ops.json`, `ops.npz`).
"""

import inspect
import json
from pathlib import Path
from typing import Any

import numpy as np

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden" / "graph"


def main() -> None:
    """Writes all of it."""
    import tensorflow as tf  # noqa: PLC0415 - of another Python than ours

    from tools import graph_controls, graph_samples  # noqa: PLC0415

    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, make in graph_controls.MODELS.items():
        write(tf, name, *make(tf))
    write_ops(tf, graph_samples.op_cases(tf))


def write(tf: Any, name: str, definition: Any, calls: list[dict[str, Any]], outputs: list[str]) -> None:
    """A model.json whose constants stand in the JSON, and TensorFlow's outputs for each call."""
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415

    topology = MessageToDict(definition)
    for nodes in [
        topology["node"],
        *[one["nodeDef"] for one in topology.get("library", {}).get("function", [])],
    ]:
        for node in nodes:
            node.pop("experimentalDebugInfo", None)
            node["attr"] = {
                key: value for key, value in node.get("attr", {}).items() if not key.startswith("_")
            }
    for function in topology.get("library", {}).get("function", []):
        for key in ("attr", "argAttr", "resourceArgUniqueId"):
            function.pop(key, None)
    data: dict[str, Any] = {}
    for number, call in enumerate(calls):
        found = run(tf, definition, call, outputs)
        data |= {f"{number}/in/{key}": plain(value) for key, value in call.items()}
        data |= {f"{number}/out/{key}": plain(value) for key, value in zip(outputs, found, strict=True)}
    model = {
        "format": "graph-model",
        "generatedBy": f"TensorFlow {tf.__version__}",
        "modelTopology": topology,
        "weightsManifest": [],
    }
    (GOLDEN / f"{name}.json").write_text(json.dumps(model, separators=(",", ":")) + "\n")
    np.savez_compressed(GOLDEN / f"{name}.npz", **data)
    print(name, len(topology["node"]), sorted({node["op"] for node in topology["node"]}))


def run(tf: Any, definition: Any, call: dict[str, Any], outputs: list[str]) -> list[Any]:
    """What TensorFlow gives for a graph."""
    graph = tf.Graph()
    with graph.as_default():
        tf.graph_util.import_graph_def(definition, name="")
    fed = {f"{key}:0": value for key, value in call.items()}
    with tf.compat.v1.Session(graph=graph) as session:
        found: list[Any] = session.run([key if ":" in key else f"{key}:0" for key in outputs], fed)
    return found


def write_ops(tf: Any, cases: list[tuple[str, dict[str, Any], dict[str, Any]]]) -> None:
    """One node each: op, inputs in their order, attrs as in files, outputs."""
    records: list[dict[str, Any]] = []
    data: dict[str, Any] = {}
    for number, (op, inputs, attrs) in enumerate(cases):
        entry, given, found = run_op(tf, op, inputs, attrs)
        attr = {key: value for key, value in entry.get("attr", {}).items() if not key.startswith("_")}
        records.append({"op": entry["op"], "inputs": len(given), "outputs": len(found), "attr": attr})
        data |= {f"{number}/in/{i}": plain(value) for i, value in enumerate(given)}
        data |= {f"{number}/out/{i}": plain(value) for i, value in enumerate(found)}
    (GOLDEN / "ops.json").write_text(
        "[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in records) + "\n]\n"
    )
    np.savez_compressed(GOLDEN / "ops.npz", **data)
    print(len(records), "op cases of", len({one["op"] for one in records}), "ops")


def run_op(
    tf: Any, op: str, inputs: dict[str, Any], attrs: dict[str, Any]
) -> tuple[Any, list[Any], list[Any]]:
    """One node as JSON, the values of its inputs in their order, and TensorFlow's outputs."""
    from google.protobuf.json_format import MessageToDict  # noqa: PLC0415

    function, fed = getattr(tf.raw_ops, op), {}
    if list(inputs) == ["x"]:  # some call their only input otherwise
        inputs = {next(iter(inspect.signature(function).parameters)): inputs["x"]}
    graph = tf.Graph()
    with graph.as_default():

        def placed(value: Any) -> Any:
            if isinstance(value, list):
                return [placed(one) for one in value]
            kind = tf.string if value.dtype.kind in "OSU" else value.dtype
            made = tf.compat.v1.placeholder(kind, value.shape)
            fed[made] = value
            return made

        made = tf.nest.flatten(function(**{key: placed(value) for key, value in inputs.items()}, **attrs))
    node = made[0].op
    values = {place.op.name: value for place, value in fed.items()}
    with tf.compat.v1.Session(graph=graph) as session:
        found = session.run(list(node.outputs), fed)
    entry = MessageToDict(node.node_def)
    return entry, [values[one.split(":")[0]] for one in entry["input"]], found


def plain(value: Any) -> Any:
    """Text as an array of str, which needs no pickle."""
    array = np.asarray(value)
    if array.dtype.kind not in "OS":
        return array
    texts = [
        one.decode("utf-8", "surrogateescape") if isinstance(one, bytes) else str(one)
        for one in array.ravel()
    ]
    return np.array(texts, str).reshape(array.shape)


if __name__ == "__main__":
    main()
