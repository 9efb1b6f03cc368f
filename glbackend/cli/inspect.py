"""`python -m glbackend inspect`: what is in a model, also in one that cannot be loaded here."""

import argparse
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import glbackend as gl
from glbackend.base.errors import GlbackendError
from glbackend.base.optional import optional
from glbackend.cli.holding import Held, hold
from glbackend.cli.sizes import files_of, spoken
from glbackend.formats.loading import format_of
from glbackend.formats.replacing import replace_file
from glbackend.io import load_artifacts
from glbackend.layers.layer import LAYERS
from glbackend.vis.graph_svg import Edge, Node, svg

FORMATS = {
    "layers-model": "layers model of TF.js", "graph-model": "graph model of TF.js", "keras": "model of Keras",
    "saved-model": "SavedModel of TensorFlow", "onnx": "ONNX model",
    "zip": "zip archive", "tar": "tar archive",
}  # fmt: skip
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.5 Helvetica, Arial, sans-serif; margin: 32px; color: #22262b; background: #fbfaf7 }}
h1 {{ font-size: 22px }} pre {{ font: 13px/1.45 Consolas, Menlo, monospace; overflow-x: auto }}
.graph {{ overflow: auto; border: 1px solid #e4e1d8; background: #fff; max-height: 90vh }}
</style></head><body><h1>{title}</h1><pre>{text}</pre><div class="graph">{graph}</div></body></html>
"""


@dataclass
class Facts:
    """What is told of a model."""

    lines: list[str] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    missing: str | None = None  # what keeps it from being loaded


def inspect(options: argparse.Namespace) -> int:
    """Tells, and writes the page; 1 where the model cannot be loaded here."""
    facts = facts_of(options.model)
    for line in facts.lines:
        print(line)
    print(f"cannot be loaded: {facts.missing}" if facts.missing else "all of it is supported")
    if options.html is not None:
        write_page(options.html, str(options.model), facts)
        print(f"-> {options.html}")
    return int(facts.missing is not None)


def write_page(target: Path, title: str, facts: Facts) -> None:
    """The facts and the picture of the graph, in one file that needs no other."""
    told = [*facts.lines, f"cannot be loaded: {facts.missing}" if facts.missing else "all of it is supported"]
    page = PAGE.format(title=escape(title), text=escape("\n".join(told)), graph=svg(facts.nodes, facts.edges))
    replace_file(target, lambda place: place.write_text(page, encoding="utf-8"))


def facts_of(path: Path) -> Facts:
    """All that is told of the model at a path; errors of files that hold none."""
    kind, facts = format_of(path), Facts()
    files = files_of(path)
    facts.lines.append(f"{path}: {FORMATS[kind]}, {len(files)} files, {spoken(sum(files.values()))}")
    held: Held | None = None
    try:
        held = hold(path)
    except (GlbackendError, OSError) as error:
        facts.missing = str(error)
    if held is not None:
        facts.lines += [f"takes  {slot}" for slot in held.inputs]
        facts.lines += [f"gives  {slot}" for slot in held.outputs]
    if held is not None and isinstance(held.model, gl.Model):
        _of_layers(held.model, facts)
    elif held is not None and isinstance(held.model, gl.GraphModel):
        _of_graph(held.model, facts)
    elif kind == "onnx":
        _of_onnx(path, facts)
    elif kind in ("graph-model", "layers-model"):
        _of_file(path, facts)
    if kind in ("graph-model", "layers-model"):
        _weights_of_file(path, facts)
    return facts


def _of_layers(model: gl.Model, facts: Facts) -> None:
    model.summary(line_length=110, print_fn=facts.lines.append)
    keys: dict[int, str] = {}  # of symbols: the nodes that give them
    for symbol in model._symbolic_inputs:
        keys[symbol.id] = f"in {symbol.id}"
        facts.nodes.append((keys[symbol.id], "Input", f"{symbol.name} {_dims(symbol.shape)}"))
    for i, (layer, node) in enumerate(model._graph_calls):
        facts.nodes.append((str(i), type(layer).class_name, f"{layer.name} {_dims(node.outputs[0].shape)}"))
        facts.edges += [(keys[symbol.id], str(i)) for symbol in node.inputs if symbol.id in keys]
        keys.update((symbol.id, str(i)) for symbol in node.outputs)


def _dims(shape: Iterable[int | None]) -> str:
    return "\u00d7".join("?" if dim is None else str(dim) for dim in list(shape)[1:]) or "1"


def _of_graph(model: Any, facts: Facts) -> None:
    nodes = model.nodes
    _ops(Counter(node.op for node in nodes.values()), facts)
    _graph(((node.name, node.op, [ref.node for ref in node.inputs]) for node in nodes.values()), facts)


def _ops(counts: Counter[str], facts: Facts) -> None:
    told = ", ".join(f"{op} {count}" for op, count in counts.most_common())
    facts.lines.append(f"nodes  {counts.total()} of {len(counts)} kinds: {told}")


def _graph(nodes: Iterable[tuple[str, str, Sequence[str]]], facts: Facts) -> None:
    """Nodes and edges without constants, which would hide what is computed."""
    shown = [node for node in nodes if node[1] not in ("Const", "Constant")]
    known = {name for name, _, _ in shown}
    facts.nodes += [(name, op, name) for name, op, _ in shown]
    facts.edges += [(source, name) for name, _, sources in shown for source in sources if source in known]


def _of_onnx(path: Path, facts: Facts) -> None:
    """Nodes of an ONNX file, without those of its subgraphs."""
    try:
        graph = optional("onnx", "onnx", "inspect").load(str(path), load_external_data=False).graph
    except Exception:  # protobuf's own DecodeError, whose place changes: loading has told what is wrong
        return
    _ops(Counter(node.op_type for node in graph.node), facts)
    weights = [math.prod(one.dims) for one in graph.initializer]
    facts.lines.append(f"weights  {sum(weights):,} numbers in {len(weights)} arrays")
    made = {value: i for i, node in enumerate(graph.node) for value in node.output if value}
    inputs = [one.name for one in graph.input if one.name not in {w.name for w in graph.initializer}]
    facts.nodes += [(f"in {name}", "Input", name) for name in inputs]
    for i, node in enumerate(graph.node):
        facts.nodes.append((str(i), node.op_type, node.name or (node.output[0] if node.output else "")))
        facts.edges += [(str(made[value]), str(i)) for value in node.input if value in made]
        facts.edges += [(f"in {value}", str(i)) for value in node.input if value in inputs]


def _of_file(path: Path, facts: Facts) -> None:
    """What a file of TF.js says of itself, where it does not load."""
    try:
        topology = load_artifacts(path).model_topology
    except (GlbackendError, OSError):
        return
    if "node" in topology:
        nodes = [one for one in topology["node"] if isinstance(one, Mapping)]
        _ops(Counter(str(one.get("op")) for one in nodes), facts)
        _graph(((str(one.get("name")), str(one.get("op")), _sources(one)) for one in nodes), facts)
        facts.nodes = list({node[0]: node for node in facts.nodes}.values())
        return
    classes = Counter(_classes(topology))
    unknown = sorted(name for name in classes if LAYERS.lookup(name) is None)
    told = ", ".join(f"{name} {count}" for name, count in classes.most_common())
    facts.lines.append(f"layers  {classes.total()} of {len(classes)} classes: {told}")
    if unknown:
        facts.lines.append(f"unknown classes  {', '.join(unknown)}")


def _sources(node: Mapping[str, Any]) -> list[str]:
    """The nodes whose outputs a node of a file takes or waits for."""
    return [str(name).lstrip("^").split(":")[0] for name in node.get("input") or ()]


def _classes(config: Any, key: str = "") -> Iterable[str]:
    """The classes of all layers in a configuration, wherever they stand in it."""
    if isinstance(config, list):
        for one in config:
            yield from _classes(one, key)
    elif isinstance(config, Mapping):
        if key in ("layers", "layer", "cell", "cells") and isinstance(config.get("class_name"), str):
            yield config["class_name"]
        for name, one in config.items():
            yield from _classes(one, key if name == "config" else name)


def _weights_of_file(path: Path, facts: Facts) -> None:
    """How the weights lie in the file: how many, in which codings."""
    try:
        specs = load_artifacts(path).weight_specs
    except (GlbackendError, OSError):
        return
    bytes_by: Counter[str] = Counter()
    for spec in specs:
        bytes_by[spec.quantization.dtype if spec.quantization else spec.dtype] += spec.least_bytes
    kinds = ", ".join(f"{kind} {spoken(count)}" for kind, count in bytes_by.most_common())
    total = sum(spec.size for spec in specs)
    facts.lines.append(f"weights  {total:,} numbers in {len(specs)} arrays: {kinds or 'none'}")
