"""How a model shows itself: the table that `model.summary()` prints, and its graph."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, cast

from glbackend.base.calling import checked
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
    cells = [f"{layer.name} ({layer.class_name})", inputs, outputs, f"{layer.count_params():,}"]
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


def summary_rows(layers: Sequence[Layer], calls: Calls) -> tuple[Sequence[str], list[list[str]]]:
    """Heads and cells of the table."""
    branched, first = _branched(layers, calls), {id(layer): node for layer, node in reversed(calls)}
    rows = []
    for layer in layers:
        node = first.get(id(layer)) or (layer.nodes[0] if layer.nodes else None)
        rows.append(_cells(layer, node, branched))
    return HEADS if branched else HEADS[:-1], rows


def summary_lines(
    model: Layer,
    layers: Sequence[Layer],
    calls: Calls,
    width: int,
    positions: Sequence[float] | None = None,
) -> list[str]:
    """Lines of the table, `width` characters wide; `positions` are the columns' ends as shares of it."""
    heads, cells = summary_rows(layers, calls)
    ends = list(positions or ((0.3, 0.5, 0.7, 0.8, 1.0) if heads == HEADS else (0.36, 0.62, 0.88, 1.0)))
    widths = [int(width * (end - start)) - 2 for start, end in zip([0.0, *ends], ends, strict=False)]
    rows = [_wrapped(row, widths) for row in cells]
    trainable = sum(variable.size for variable in model.trainable_weights)
    total = sum({id(one): one.size for layer in layers for one in layer.weights}.values())
    return [
        f"Model: {model.name}",
        "_" * width,
        _wrapped(HEADS[: len(widths)], widths),
        "=" * width,
        *rows,
        "=" * width,
        f"Total params: {total:,}",
        f"Trainable params: {trainable:,}",
        f"Non-trainable params: {total - trainable:,}",
        "_" * width,
    ]


class Summarized:
    """The part of a model that shows it."""

    def _repr_html_(self) -> str:
        model = cast(Any, self)
        return table(repr(self), *summary_rows(model.layers, model.calls))

    @checked
    def summary(
        self, line_length: int = 98, positions: Sequence[float] | None = None, print_fn: Any = print
    ) -> None:
        """Prints a table of the layers, their shapes and parameter counts. As `model.summary`.

        `line_length`: width of the table in characters.
        `positions`: where its columns end, as shares of the width.
        `print_fn`: what is called with each line.

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
        model = cast(Any, self)
        for line in summary_lines(model, model.layers, model.calls, line_length, positions):
            print_fn(line)

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
