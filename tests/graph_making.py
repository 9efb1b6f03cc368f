"""Graph models in memory, from nodes that tests write down."""

import base64
from typing import Any

import numpy as np

import glbackend as gl
from glbackend.io import ModelArtifacts

TYPES = {"f": "DT_FLOAT", "i": "DT_INT32", "b": "DT_BOOL", "O": "DT_STRING"}


def attr(value: Any) -> dict[str, Any]:
    """An attr as files hold it."""
    if isinstance(value, bool):
        return {"b": value}
    if isinstance(value, int):
        return {"i": str(value)}
    if isinstance(value, float):
        return {"f": value}
    if isinstance(value, str):
        return (
            {"type": value} if value.startswith("DT_") else {"s": base64.b64encode(value.encode()).decode()}
        )
    if isinstance(value, list):
        kind = next(iter(attr(value[0]))) if value else "i"
        return {"list": {kind: [attr(one)[kind] for one in value]}}
    return dict(value)


def node(name: str, op: str, *inputs: str, **attrs: Any) -> dict[str, Any]:
    """A node of a topology."""
    return {
        "name": name,
        "op": op,
        "input": list(inputs),
        "attr": {key: attr(one) for key, one in attrs.items()},
    }


def placeholder(name: str, shape: list[int] | None = None, dtype: str = "DT_FLOAT") -> dict[str, Any]:
    """An input; -1 is any size."""
    dims = {"unknownRank": True} if shape is None else {"dim": [{"size": str(dim)} for dim in shape]}
    return node(name, "Placeholder", shape={"shape": dims}, dtype=dtype)


def artifacts(
    nodes: list[dict[str, Any]], weights: dict[str, Any] | None = None, **more: Any
) -> ModelArtifacts:
    """A model of these nodes; each weight becomes a Const."""
    arrays = {name: np.asarray(value) for name, value in (weights or {}).items()}
    made = [node(name, "Const", dtype=TYPES[array.dtype.kind]) for name, array in arrays.items()]
    return ModelArtifacts({"node": [*made, *nodes]}, arrays, format="graph-model", **more)


def graph_model(
    nodes: list[dict[str, Any]], weights: dict[str, Any] | None = None, **more: Any
) -> gl.GraphModel:
    """The model of these nodes."""
    return gl.load_graph_model(artifacts(nodes, weights, **more))


def kernels(model: gl.GraphModel) -> list[str]:
    """The kernels of a static model that has been run for inputs of one shape."""
    ((key, plan),) = model._plans.items()
    assert plan is not None, "the model is not static"
    names, _, specs, _ = key
    graph = gl.trace(lambda *xs: model.execute(dict(zip(names, xs, strict=True))), *specs)
    return [one.kernel for one in graph.nodes]
