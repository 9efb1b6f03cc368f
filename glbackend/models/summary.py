"""How a model shows itself: the table that `model.summary()` prints, and its graph."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from glbackend.base.annotations import got
from glbackend.base.calling import checked
from glbackend.base.counts import count_of
from glbackend.base.errors import ArgumentError
from glbackend.base.html import table
from glbackend.base.optional import on_first_call
from glbackend.layers.layer import Layer
from glbackend.layers.symbolic import Node
from glbackend.models.graph import Calls

HEADS = ("Layer (type)", "Input shape", "Output shape", "Param #", "Receives inputs")


def _shapes(symbols: Sequence[Any]) -> str:
    text = [
        "[" + ", ".join("None" if dim is None else str(dim) for dim in one.shape) + "]" for one in symbols
    ]
    return text[0] if len(text) == 1 else ", ".join(text)


def _cells(layer: Layer, node: Node | None, branched: bool) -> list[str]:
    inputs = "?" if node is None else _shapes(node.inputs or node.outputs)
    outputs = "?" if node is None else _shapes(node.outputs)
    cells = [f"{layer.name} ({type(layer).class_name})", inputs, outputs, f"{layer.count_params():,}"]
    sources = (
        []
        if node is None
        else [f"{one.layer.name}[{one.node_index}][{one.tensor_index}]" for one in node.inputs]
    )
    return [*cells, ", ".join(sources)] if branched else cells


def _branched(layers: Sequence[Layer], calls: Calls) -> bool:
    """Whether some layer takes other than the output of the one before it."""
    for before, layer in pairwise(layers if calls else ()):
        nodes = [node for one, node in calls if one is layer]
        if len(nodes) != 1 or len(nodes[0].inputs) != 1 or nodes[0].inputs[0].layer is not before:
            return True
    return False


def _wrapped(cells: Sequence[str], widths: Sequence[int]) -> str:
    """One row; what is too long for its column is cut, so that the columns stay below each other."""
    row = "  ".join(
        (cell if len(cell) <= width else cell[: width - 1] + "…").ljust(width)
        for cell, width in zip(cells, widths, strict=True)
    )
    return row.rstrip()


Row = tuple[Layer, Layer | None, int]  # a layer, the model that it is within, how deep


def _rows(
    layers: Sequence[Layer], expand: bool, within: Layer | None = None, depth: int = 0
) -> Iterator[Row]:
    """The layers, and where models are expanded theirs behind them."""
    for layer in layers:
        yield layer, within, depth
        if expand and layer.is_model:
            yield from _rows(layer.layers, True, layer, depth + 1)


def _chosen(layers: Sequence[Layer], ends: Sequence[str] | None) -> Sequence[Layer]:
    """The layers from one name to another."""
    if ends is None:
        return layers
    names = [one.name for one in layers]
    if len(ends) != 2 or any(one not in names for one in ends):
        raise ArgumentError(f"summary: layer_range must be two of {', '.join(names)}, got {list(ends)}")
    first, last = sorted(names.index(one) for one in ends)
    return layers[first : last + 1]


class Summarized:
    """The part of a model that shows it: its layers as text, in a notebook, as a drawing."""

    @checked
    def summary(
        self,
        line_length: int | None = None,
        positions: Sequence[float] | None = None,
        print_fn: Any = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: Sequence[str] | None = None,
    ) -> None:
        """Prints a table of the layers, their shapes and parameter counts. As `model.summary`.

        `line_length`: width of the table in characters; 98 by default.
        `positions`: where its columns end, as shares of the width.
        `print_fn`: what is called with each line; `print` by default.
        `expand_nested`: whether the layers of models within follow these, further to the right.
        `show_trainable`: whether a column says which layers are trained, Y or N.
        `layer_range`: names of two layers: only these and those between them are shown.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=3, input_shape=[2], name="d")], name="m")
        >>> model.summary(line_length=50)
        Model: m
        __________________________________________________
        Layer (type)      Input shape  Output sha…  Par…
        ==================================================
        d (Dense)         [None, 2]    [None, 3]    9
        ==================================================
        Total params: 9
        Trainable params: 9
        Non-trainable params: 0
        __________________________________________________
        """
        model: Any = self
        width = count_of(
            98 if line_length is None else line_length, "line_length", "summary", most=MOST_WIDTH
        )
        if print_fn is not None and not callable(print_fn):
            raise ArgumentError(f"summary: print_fn must be a function, got {got(print_fn)}")
        rows = list(_rows(_chosen(model.layers, layer_range), expand_nested))
        heads, cells = table_of(rows, model._graph_calls, show_trainable)
        if positions is not None and len(positions) != len(heads):
            raise ArgumentError(f"summary: {len(heads)} columns have as many positions, got {len(positions)}")
        for line in _lines(model, heads, cells, width, positions):
            (print_fn or print)(line)

    def _repr_html_(self) -> str:
        model: Any = self
        heads, cells = table_of(list(_rows(model.layers, False)), model._graph_calls)
        return table(repr(self), heads, cells)

    @checked
    def plot(self) -> Any:
        """Its layers and what flows between them, as a drawing. As Keras's `plot_model`.

        The drawing is SVG: notebooks show it, `save(path)` writes it, `str` is its text. Raises ShapeError
        for a model without shapes, which has to be called or built first.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=3, input_shape=[2], name="inner")])
        >>> "inner" in str(model.plot())
        True
        """
        return _model_graph(self)


_model_graph = on_first_call("glbackend.vis", "model_graph")


def table_of(
    rows: Sequence[Row], calls: Calls, trainable: bool = False
) -> tuple[Sequence[str], list[list[str]]]:
    """Heads and cells of the table."""
    branched = _branched([layer for layer, _, depth in rows if not depth], calls)
    first = {id(layer): node for layer, node in reversed(calls)}
    heads = [*(HEADS if branched else HEADS[:-1]), *(["Trained"] if trainable else [])]
    cells = []
    for layer, model, depth in rows:
        known = first if model is None else {id(one): node for one, node in reversed(model._graph_calls)}
        node = known.get(id(layer)) or (layer._inbound_nodes[0] if layer._inbound_nodes else None)
        row = _cells(layer, node, branched)
        row[0] = f"{'  ' * depth}{row[0]}"
        trained = "-" if not layer.weights else "Y" if layer.trainable else "N"
        cells.append([*row, *([trained] if trainable else [])])
    return heads, cells


MOST_WIDTH = 10_000  # characters of a line
ENDS = {4: (0.36, 0.62, 0.88, 1.0), 5: (0.3, 0.5, 0.7, 0.8, 1.0)}  # of columns, by how many there are


def _lines(
    model: Any,
    heads: Sequence[str],
    cells: Sequence[Sequence[str]],
    width: int,
    positions: Sequence[float] | None,
) -> list[str]:
    """Lines of the table, `width` characters wide; `positions` are the columns' ends as shares of it."""
    trainable = heads[-1] == "Trained"
    room = width - 9 if trainable and positions is None else width  # for that column
    ends = list(positions if positions is not None else ENDS[len(heads) - trainable])
    widths = [int(room * (end - start)) - 2 for start, end in zip([0.0, *ends], ends, strict=False)]
    widths += [7] * (trainable and positions is None)
    total = sum({id(one): one.size for layer in model.layers for one in layer.weights}.values())
    moved = sum(variable.size for variable in model.trainable_weights)
    return [
        f"Model: {model.name}",
        "_" * width,
        _wrapped(heads[: len(widths)], widths),
        "=" * width,
        *(_wrapped(row, widths) for row in cells),
        "=" * width,
        f"Total params: {total:,}",
        f"Trainable params: {moved:,}",
        f"Non-trainable params: {total - moved:,}",
        "_" * width,
    ]
