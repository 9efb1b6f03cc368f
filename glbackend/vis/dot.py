"""Models as graphs in Graphviz's language, and as pictures in files: Keras's `plot_model`."""

import shutil
import subprocess
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Literal

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.formats.replacing import replace_file
from glbackend.layers.core import InputLayer
from glbackend.layers.layer import Layer
from glbackend.layers.symbolic import Node
from glbackend.models.model import Model
from glbackend.vis.drawing import Drawing, dims, layers_of, shown_class
from glbackend.vis.graph_svg import svg

Direction = Literal["TB", "BT", "LR", "RL"]
Told = Callable[[Layer, Node | None], tuple[str, str]]


class Dot:
    """A graph in Graphviz's language, which its program `dot` draws. As pydot's `Dot`, in part.

    >>> Dot("digraph { a -> b }").to_string()
    'digraph { a -> b }'
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def to_string(self) -> str:
        """The text."""
        return self._text

    def create(self, format: str = "png", prog: str = "dot") -> bytes:
        """A picture in a `format` that Graphviz knows; ArgumentError for another, or without `prog`."""
        if shutil.which(prog) is None:
            raise ArgumentError(
                f"plot_model: {format!r} is drawn by Graphviz, whose program {prog!r} is not found: install "
                "it, or name a file that ends with .svg (drawn without it where rankdir is 'TB') or .dot"
            )
        done = subprocess.run([prog, f"-T{format}"], input=self._text.encode(), capture_output=True)
        if done.returncode:
            raise ArgumentError(f"plot_model: Graphviz says {done.stderr.decode(errors='replace').strip()}")
        return done.stdout

    def write(self, path: str | Path, format: str = "raw") -> None:
        """Writes the text, or a picture in another `format`."""
        data = self._text.encode() if format in ("raw", "dot") else self.create(format)
        replace_file(Path(path), lambda made: made.write_bytes(data))


def _teller(names: bool, shapes: bool, dtypes: bool, activations: bool, trainable: bool) -> Told:
    """What stands in the node of a layer, as Keras has it."""

    def told(layer: Layer, node: Node | None) -> tuple[str, str]:
        title = shown_class(layer)
        lines: list[str] = []
        if activations and (activation := getattr(layer, "activation", None)) is not None:
            lines.append(str(getattr(activation, "__name__", getattr(activation, "name", activation))))
        if shapes and node is not None:
            ends = [] if isinstance(layer, InputLayer) else [node.inputs]
            sides = [", ".join(dims(one.shape) for one in side) for side in (*ends, node.outputs)]
            lines.append(" -> ".join(sides))
        if dtypes and node is not None:
            lines.append(", ".join(one.dtype for one in node.outputs))
        if trainable and layer.weights:
            lines.append("trainable" if layer.trainable else "not trainable")
        return f"{layer.name} ({title})" if names else title, ", ".join(lines)

    return told


@checked
def model_to_dot(
    model: Model,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: Direction = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Dot:
    """The layers of a model and what flows between them, in Graphviz's language. As Keras's `model_to_dot`.

    `model`: one that has shapes; ShapeError otherwise.
    `show_shapes`, `show_dtype`: whether shapes and dtypes of the results stand there.
    `show_layer_names`: whether names do.
    `rankdir`: "TB" from top to bottom, "LR" from left to right, or the opposite ones, "BT" and "RL".
    `expand_nested`: whether layers of models within stand in their place.
    `dpi`, `splines`: Graphviz's resolution, and form of lines.
    `show_layer_activations`, `show_trainable`: whether activations stand there, and what is trained.

    >>> import glbackend as gl
    >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[2], name="one")])
    >>> "one (Dense)" in model_to_dot(model).to_string()
    True
    """
    told = _teller(show_layer_names, show_shapes, show_dtype, show_layer_activations, show_trainable)
    nodes, edges = layers_of(model, told, expand_nested)
    lines = [
        f'rankdir={rankdir}; dpi={dpi}; splines={splines}; node [shape=box, fontname="Helvetica"];',
        *(
            f"{name} [label=<<b>{escape(title)}</b>{subtitle and '<br/>' + escape(subtitle)}>];"
            for name, title, subtitle in nodes
        ),
        *(f"{start} -> {end};" for start, end in edges),
    ]
    return Dot("digraph {\n" + "\n".join(lines) + "\n}\n")


@checked
def plot_model(
    model: Model,
    to_file: str | Path | None = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: Direction = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
) -> Drawing | None:
    """Writes a picture of the layers of a model and what flows between them. As Keras's `plot_model`.

    `model`: one that has shapes; ShapeError otherwise.
    `to_file`: its name, by whose ending it is `.svg`, which needs nothing, `.dot`, or what Graphviz's program
    `dot` draws, `.png` or `.pdf`; ArgumentError where that is not found. None writes nothing.
    `show_shapes`, `show_dtype`, `show_layer_names`, `rankdir`, `expand_nested`, `dpi`,
    `show_layer_activations`, `show_trainable`, `splines`: as of `model_to_dot`.

    Gives the drawing, which notebooks show, of `.svg` files and None.

    >>> import glbackend as gl
    >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
    >>> "?x2 -&gt; ?x1" in str(plot_model(model, folder + "/model.svg", show_shapes=True))
    True
    """
    ending = "svg" if to_file is None else Path(to_file).suffix.lower().removeprefix(".")
    if not ending:
        raise ArgumentError(
            f"plot_model: to_file must have an ending, such as .svg or .png, got {str(to_file)!r}"
        )
    if ending == "svg" and rankdir == "TB":
        told = _teller(show_layer_names, show_shapes, show_dtype, show_layer_activations, show_trainable)
        drawing = Drawing(svg(*layers_of(model, told, expand_nested)))
        if to_file is not None:
            drawing.save(to_file)
        return drawing
    made = model_to_dot(
        model,
        show_shapes,
        show_dtype,
        show_layer_names,
        rankdir,
        expand_nested,
        dpi,
        show_layer_activations,
        show_trainable,
        splines,
    )
    if to_file is None:
        return Drawing(made.create("svg").decode())
    made.write(to_file, ending)
    return None
