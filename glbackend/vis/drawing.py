"""Graphs as drawings, from top to bottom: the layers of a model, the kernels of a function."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.base.html import page, section
from glbackend.engine.graph import Graph, kind, rows_of
from glbackend.engine.node import handles_of
from glbackend.engine.storage import Handle
from glbackend.formats.replacing import replace_file
from glbackend.layers.core import InputLayer
from glbackend.layers.layer import Layer
from glbackend.layers.symbolic import Node
from glbackend.models.model import Model
from glbackend.vis import graph_svg


class Drawing:
    """An SVG picture: notebooks show it, `save` writes it, `str` is its text.

    >>> import glbackend as gl
    >>> model = gl.sequential([gl.layers.dense(units=3, input_shape=[2])])
    >>> gl.vis.model_graph(model).save(folder + "/model.svg").name
    'model.svg'
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def save(self, path: str | Path) -> Path:
        """Writes the picture; `path` must end with .svg."""
        target = Path(path)
        if target.suffix.lower() != ".svg":
            raise ArgumentError(f"save: a drawing is SVG: end the name with .svg, got {str(path)!r}")
        replace_file(target, lambda made: made.write_text(self._text, encoding="utf-8"))
        return target

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<Drawing of {len(self._text):,} characters>"

    def _repr_svg_(self) -> str:
        return self._text


@checked
def model_graph(model: Model) -> Drawing:
    """The layers of a model and what flows between them. As Keras's `plot_model`, without graphviz.

    `model`: a model that has shapes.

    A layer that is called several times stands there several times. Of a class with a `call` the layers in
    its attributes are drawn, one after the other. Raises ShapeError for a model without shapes, which has to
    be called or built first. TF.js's tfjs-vis has no picture of it.

    >>> import glbackend as gl
    >>> a, b = gl.input([2], name="a"), gl.input([2], name="b")
    >>> model = gl.model(inputs=[a, b], outputs=gl.layers.add(name="sum").apply([a, b]))
    >>> str(model_graph(model)).count("<path")
    2
    """
    return Drawing(graph_svg.svg(*layers_of(model, _told)))


def layers_of(
    model: Model, told: Callable[[Layer, Node | None], tuple[str, str]], expand: bool = False
) -> tuple[list[graph_svg.Node], list[graph_svg.Edge]]:
    """The layers of a model as nodes, and what flows between them as edges.

    `told`: what stands in the node of a layer and its call, which is None where nobody knows it.
    `expand`: whether layers of models within stand in these models' place.
    """
    nodes: list[graph_svg.Node] = []
    edges: list[graph_svg.Edge] = []

    def add(layer: Layer, node: Node | None, sources: Sequence[str]) -> str:
        number = f"n{len(nodes)}"
        nodes.append((number, *told(layer, node)))
        edges.extend((one, number) for one in sources)
        return number

    def walk(one: Model, given: Sequence[str]) -> list[str]:
        source = {symbol.id: number for symbol, number in zip(one._symbolic_inputs, given, strict=True)}
        for layer, node in one._graph_calls:
            sources = [source[symbol.id] for symbol in node.sources if symbol.id in source]
            if expand and isinstance(layer, Model) and not layer._is_coded:
                made = walk(layer, sources)
            else:
                made = [add(layer, node, sources)] * len(node.outputs)
            source |= {symbol.id: number for symbol, number in zip(node.outputs, made, strict=True)}
        return [source[symbol.id] for symbol in one._symbolic_outputs]

    inputs = [add(symbol.layer, symbol.layer._inbound_nodes[0], []) for symbol in model._symbolic_inputs]
    if model._is_coded:
        for layer in model.layers:
            add(layer, None, [nodes[-1][0]])
    else:
        walk(model, inputs)
    return nodes, edges


def _told(layer: Layer, node: Node | None) -> tuple[str, str]:
    shapes = [dims(symbol.shape) for symbol in node.outputs] if node else []
    return shown_class(layer), f"{layer.name} {', '.join(shapes)}".rstrip()


def shown_class(layer: Layer) -> str:
    """The name of a layer's class; "Input" for an input.

    >>> import glbackend as gl
    >>> shown_class(gl.layers.flatten())
    'Flatten'
    """
    return "Input" if isinstance(layer, InputLayer) else type(layer).class_name


@checked
def kernel_graph(graph: Graph) -> Drawing:
    """The kernels of a function and the tensors between them.

    `graph`: what `gl.trace` gives, or `graph` of a captured function: this shows what one pass does of what
    was fused, its rows in the order in which they run.

    Constants are left out. As TensorBoard's graph of operations.

    >>> import glbackend as gl
    >>> hidden = gl.function(lambda x, w: (x @ w).relu() * 2.)
    >>> drawing = kernel_graph(hidden.graph(gl.TensorSpec([4, 3]), gl.TensorSpec([3, 5])))
    >>> "[BatchMatMul] Relu Multiply" in str(drawing)
    True
    """
    nodes: list[tuple[str, str, str]] = []
    edges: list[tuple[str, str]] = []
    source: dict[int, str] = {}  # by the id of a handle: the node that gives it

    def add(title: str, subtitle: str, given: Sequence[Handle], made: Sequence[Handle]) -> None:
        number = f"n{len(nodes)}"
        nodes.append((number, title, subtitle))
        edges.extend((source[id(one)], number) for one in given if id(one) in source)
        source.update((id(one), number) for one in made)

    for i, one in enumerate(graph.inputs):
        add(f"x{i}", kind(one.spec), [], [one])
    for variable, one in graph.variables:
        add(variable.name, kind(one.spec), [], [one])
    for node in graph.nodes:
        shapes = ", ".join(kind(one.spec) for one in node.outputs)
        add(rows_of(node) or node.kernel, shapes, handles_of(node.inputs), node.outputs)
    for variable, one in graph.effects:
        add(variable.name, "becomes this", [one], [])
    return Drawing(graph_svg.svg(nodes, edges))


def write_explained(path: str | Path, name: str, said: str, graph: Graph) -> Path:
    """A page of what `explain` says of a captured function, with its graph."""
    target = Path(path)
    text = section("What a call does", f"<pre>{escape(said)}</pre>")
    drawn = section("The graph", f'<div style="overflow: auto">{kernel_graph(graph)}</div>')
    whole = page(f"{name}, captured", f"<h1>{escape(name)}</h1>\n{text}\n{drawn}")
    replace_file(target, lambda made: made.write_text(whole, encoding="utf-8"))
    return target


def dims(shape: Any) -> str:
    """A shape in a word.

    >>> dims((None, 3))
    '?x3'
    """
    return "x".join("?" if dim is None else str(dim) for dim in shape)
