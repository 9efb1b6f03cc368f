"""Training, models and tensors, as `gl.vis.show`: what tfjs-vis shows of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glbackend.base.annotations import got
from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.engine.convert import as_tensor
from glbackend.layers.layer import Layer
from glbackend.models.model import Model
from glbackend.models.summary import table_of
from glbackend.training.loggers import History
from glbackend.vis.live import LivePage
from glbackend.vis.metrics import ClassAccuracy
from glbackend.vis.picture import Picture, figure, labels_for
from glbackend.vis.render import Table, histogram, linechart

__all__ = [
    "fit_callbacks", "history", "layer", "model_summary", "per_class_accuracy", "values_distribution",
]  # fmt: skip


@checked
def history(
    history: Any, metrics: Sequence[str] | None = None, *, zoom_to_fit: bool = False,
    zoom_to_fit_accuracy: bool = False, x_label: str = "epoch", width: float = 430, height: float = 300,
) -> Picture:  # fmt: skip
    """Curves of a training, those of validation beside their own. As `tfvis.show.history`.

    `history`: what `fit` returned, its dict, or a list of logs, one an epoch.
    `metrics`: the names of those that are drawn, all by default.
    `zoom_to_fit`: whether scales leave out 0 where no value is near; `zoom_to_fit_accuracy`: whether those of
    accuracies do, which else go from 0 to 1. `x_label`: below the axes. `width`, `height`: of a panel, in
    pixels.

    Raises ArgumentError for a name that the history has not got.

    >>> picture = history({"loss": [2., 1.], "val_loss": [2.5, 2.], "accuracy": [0.5, 0.75]})
    >>> [one.get_title(loc="left") for one in picture.figure.axes]
    ['loss', 'accuracy']
    """
    values = _values(history)
    unknown = [one for one in metrics or () if one not in values]
    if unknown:
        raise ArgumentError(f"history: there is no {unknown[0]!r}: it has {', '.join(values) or 'nothing'}")
    panels: dict[str, dict[str, Any]] = {}
    for name in values if metrics is None else metrics:
        if np.ndim(values[name]) == 1:  # a metric that gives several numbers is no line
            panels.setdefault(name.removeprefix("val_"), {})[name] = values[name]
    if not panels:
        raise ArgumentError("history: there is nothing to draw: no epoch has ended")
    columns = min(len(panels), 3)
    rows = -(-len(panels) // columns)
    made = figure("history", width * columns, height * rows)
    made.set_layout_engine("constrained")
    for i, (title, lines) in enumerate(panels.items()):
        exact = title.startswith("acc") and not zoom_to_fit_accuracy
        linechart(
            {name: [(epoch + 1, one) for epoch, one in enumerate(line)] for name, line in lines.items()},
            x_label=x_label, y_label="", title=title, zoom_to_fit=zoom_to_fit or zoom_to_fit_accuracy,
            y_axis_domain=(0, 1.02) if exact else None, axes=made.add_subplot(rows, columns, i + 1),
        )  # fmt: skip
        made.axes[-1].locator_params("x", integer=True)
    return Picture(made)


def _values(history: Any) -> Mapping[str, Sequence[float]]:
    if isinstance(history, History):
        return history.history
    if isinstance(history, Mapping):
        return history
    if isinstance(history, list | tuple) and all(isinstance(logs, Mapping) for logs in history):
        names = dict.fromkeys(name for logs in history for name in logs)
        return {name: [float(logs.get(name, np.nan)) for logs in history] for name in names}
    raise ArgumentError(f"history: needs a History, a dict or a list of logs, got {got(history)}")


@checked
def fit_callbacks(metrics: Sequence[str] | None = None, **options: Any) -> LivePage:
    """A callback for `fit` that shows growing curves in the browser. As `tfvis.show.fitCallbacks`.

    `metrics`: the names of those that are drawn, all by default.
    `options`: those of `gl.vis.LivePage`.

    >>> fit_callbacks(["loss"], path=folder + "/fit.html").metrics
    ['loss']
    """
    return LivePage(metrics=metrics, **options)


@checked
def per_class_accuracy(
    class_accuracy: Sequence[ClassAccuracy], class_labels: Sequence[str] | None = None
) -> Table:
    """A row a class: its accuracy and the number of its examples. As `tfvis.show.perClassAccuracy`.

    `class_accuracy`: what `gl.vis.metrics.per_class_accuracy` gives. `class_labels`: names of the classes.

    >>> import glbackend as gl
    >>> print(per_class_accuracy(gl.vis.metrics.per_class_accuracy([0, 1, 1], [0, 1, 0]), ["cat", "dog"]))
    Class  Accuracy  # Samples
    cat    1.0000    1
    dog    0.5000    2
    """
    names = labels_for(class_labels, len(class_accuracy), "class_labels", "per_class_accuracy")
    rows = [[name, f"{one.accuracy:.4f}", one.count] for name, one in zip(names, class_accuracy, strict=True)]
    return Table(["Class", "Accuracy", "# Samples"], rows)


@checked
def values_distribution(tensor: Any) -> Picture:
    """How often which values occur in a tensor. As `tfvis.show.valuesDistribution`.

    `tensor`: a tensor, an array or numbers.

    >>> import glbackend as gl
    >>> values_distribution(gl.ones([3]))
    <Picture: float32[3]>
    """
    value = as_tensor(tensor, "tensor", "values_distribution")
    return histogram(value, title=f"{value.dtype}{list(value.shape)}")


@checked
def layer(layer: Layer) -> Picture:
    """The weights of a layer: a histogram each, with its statistics. As `tfvis.show.layer`.

    `layer`: one that has weights. Raises ArgumentError for one that has none.

    >>> import glbackend as gl
    >>> model = gl.sequential([gl.layers.dense(units=2, input_shape=[3])])
    >>> len(layer(model.layers[-1]).figure.axes)
    2
    """
    weights = layer.weights
    if not weights:
        raise ArgumentError(f"layer: {layer.name!r} ({type(layer).class_name}) has no weights")
    columns = min(len(weights), 2)
    rows = -(-len(weights) // columns)
    made = figure("layer", 480 * columns, 240 * rows)
    made.set_layout_engine("constrained")
    for i, weight in enumerate(weights):
        axes = made.add_subplot(rows, columns, i + 1)
        histogram(weight.numpy(), title=f"{weight.name}: {list(weight.shape)}", axes=axes)
    return Picture(made)


@checked
def model_summary(model: Model) -> Table:
    """A row a layer: name, shape of its output, parameters, whether it trains. As `tfvis.show.modelSummary`.

    `model`: a model.

    >>> import glbackend as gl
    >>> print(model_summary(gl.sequential([gl.layers.dense(units=2, input_shape=[3], name="d")])))
    Layer Name  Output Shape  # Of Params  Trainable
    d           [None, 2]     8            True
    """
    head, rows = table_of([(layer, None, 0) for layer in model.layers], model._graph_calls)
    shape = list(head).index("Output shape")
    found = [
        [one.name, row[shape], one.count_params(), one.trainable]
        for one, row in zip(model.layers, rows, strict=True)
    ]
    return Table(["Layer Name", "Output Shape", "# Of Params", "Trainable"], found)
