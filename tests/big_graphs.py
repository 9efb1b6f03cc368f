"""Generated graphs of any size: long chains with branches, and loops one after the other.

`python -m tests.big_graphs` loads and starts one of 43,000 nodes and one of 2,000 loop frames, and says how
long each takes.
"""

import sys
import time
from typing import Any

import glbackend as gl
from glbackend.io import ModelArtifacts


def constant(name: str, value: float, dtype: str = "DT_FLOAT") -> dict[str, Any]:
    """A scalar in the JSON itself."""
    field = "floatVal" if dtype == "DT_FLOAT" else "intVal"
    tensor = {"dtype": dtype, "tensorShape": {}, field: [value]}
    return {"name": name, "op": "Const", "attr": {"dtype": {"type": dtype}, "value": {"tensor": tensor}}}


def chain(count: int) -> ModelArtifacts:
    """So many nodes: sums of sums, each with a constant of its own, every eighth one read twice."""
    nodes: list[dict[str, Any]] = [
        {"name": "x", "op": "Placeholder", "attr": {"dtype": {"type": "DT_FLOAT"}}}
    ]
    last, older = "x", "x"
    while len(nodes) < count:
        number = len(nodes)
        nodes.append(constant(f"c{number}", number % 7 / 100))
        nodes.append({"name": f"n{number}", "op": "AddV2", "input": [last, f"c{number}"]})
        last = f"n{number}"
        if number % 16 == 1:
            nodes.append({"name": f"m{number}", "op": "Maximum", "input": [last, older]})
            older = last = f"m{number}"
    nodes.append({"name": "y", "op": "Identity", "input": [last]})
    return ModelArtifacts({"node": nodes}, format="graph-model")


def loops(count: int) -> ModelArtifacts:
    """So many frames one after the other, of two rounds each: x = x + 1."""
    nodes: list[dict[str, Any]] = [
        {"name": "x", "op": "Placeholder", "attr": {"dtype": {"type": "DT_FLOAT"}}}
    ]
    nodes += [constant("zero", 0, "DT_INT32"), constant("two", 2, "DT_INT32"), constant("one", 1, "DT_INT32")]
    nodes.append(constant("step", 1.0))
    last = "x"
    for k in range(count):
        frame = {"frame_name": {"s": "bG9vcA==" if k < 0 else _encoded(f"loop{k}")}}

        def add(name: str, op: str, *inputs: str, k: int = k, attr: Any = None) -> str:
            nodes.append({"name": f"{k}/{name}", "op": op, "input": list(inputs), "attr": attr or {}})
            return f"{k}/{name}"

        i = add("i", "Merge", add("enter_i", "Enter", "zero", attr=frame), f"{k}/next_i")
        v = add("v", "Merge", add("enter_v", "Enter", last, attr=frame), f"{k}/next_v")
        go = add("go", "LoopCond", add("less", "Less", i, add("two", "Enter", "two", attr=frame)))
        si, sv = add("si", "Switch", i, go), add("sv", "Switch", v, go)
        add(
            "next_i", "NextIteration", add("more", "AddV2", f"{si}:1", add("one", "Enter", "one", attr=frame))
        )
        add(
            "next_v",
            "NextIteration",
            add("sum", "AddV2", f"{sv}:1", add("step", "Enter", "step", attr=frame)),
        )
        last = add("exit", "Exit", sv)
    nodes.append({"name": "y", "op": "Identity", "input": [last]})
    return ModelArtifacts({"node": nodes}, format="graph-model")


def _encoded(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()


def start(artifacts: ModelArtifacts) -> tuple[float, Any]:
    """Seconds of CPU time to load a model and to run it once, and what it gives."""
    before = time.process_time()
    model = gl.load_graph_model(artifacts)
    found = model.predict(gl.tensor([0.0])).numpy()
    seconds = time.process_time() - before
    model.dispose()
    return seconds, found


if __name__ == "__main__":
    gl.set_backend(sys.argv[1] if len(sys.argv) > 1 else "cpu")
    for name, made in (("43,000 nodes", chain(43_000)), ("2,000 loop frames", loops(2_000))):
        print(name, *start(made))
