"""What a model is trained for: a loss for each output, and metrics; `compile` gives it, a step asks it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Mask
from glbackend.layers.symbolic import SymbolicTensor
from glbackend.ops.arithmetic import maximum
from glbackend.training import losses, metrics

SPARSE = "sparse_categorical_crossentropy"


class Measure(NamedTuple):
    """A metric of one output, under the name by which it is reported."""

    name: str
    output: int
    function: metrics.Metric


class Objective:
    """Losses and metrics tied to the outputs of a model.

    `names` are "loss", with several outputs "<output>_loss" for each, then the metrics, as TF.js reports
    them.
    """

    def __init__(self, outputs: Sequence[SymbolicTensor], loss: Any, metric: Any) -> None:
        self.outputs = list(outputs)
        given = _for_each(loss, [one.name for one in outputs], "loss")
        if None in given:
            missing = [one.name for one, name in zip(outputs, given, strict=True) if name is None]
            raise ArgumentError(f"compile: no loss for output {', '.join(missing)}")
        self.loss_names = [None if callable(one) else losses.canonical(one) for one in given]
        self.losses = [losses.get(one) for one in given]
        self.measures: list[Measure] = []
        for i, (output, wanted) in enumerate(zip(outputs, self._metrics_of(metric), strict=True)):
            for one in wanted:
                name, function = metrics.resolve(one, given[i], output.shape)
                self.measures.append(
                    Measure(name if len(outputs) == 1 else f"{output.name}_{name}", i, function)
                )
        parts = [f"{output.name}_loss" for output in outputs] if len(outputs) > 1 else []
        self.names = _distinct(["loss", *parts, *(measure.name for measure in self.measures)])

    def _metrics_of(self, metric: Any) -> list[list[Any]]:
        """The metrics of each output: all of a list, or those that a dict names."""
        if isinstance(metric, Mapping):
            found = _for_each(metric, [one.name for one in self.outputs], "metrics")
        else:
            found = [metric] * len(self.outputs)
        return [[] if one is None else list(one) if isinstance(one, list | tuple) else [one] for one in found]

    def loss(
        self,
        targets: Sequence[Tensor],
        predictions: Sequence[Tensor],
        weights: Sequence[Tensor] = (),
        masks: Sequence[Mask] | None = None,
    ) -> tuple[Tensor, list[Tensor]]:
        """The sum of the outputs' mean losses, and with several outputs these.

        `weights` are none, or for each output a number an example. Steps that `masks` leave out do not count.
        """
        parts = []
        for i, (function, target, predicted) in enumerate(
            zip(self.losses, targets, predictions, strict=True)
        ):
            values = function(target, predicted)
            if weights:
                values = values * weights[i].reshape((-1, *(1 for _ in values.shape[1:])))
            parts.append(_mean(values, masks[i] if masks else None, f"the loss of {self.outputs[i].name!r}"))
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total, parts if len(parts) > 1 else []

    def measure(
        self,
        targets: Sequence[Tensor],
        predictions: Sequence[Tensor],
        masks: Sequence[Mask] | None = None,
    ) -> list[Tensor]:
        """The values of the metrics, scalars; steps that `masks` leave out do not count.

        Of metrics that are one number for all examples, precision and recall heed them.
        """
        found = []
        for one in self.measures:
            target, predicted = targets[one.output], predictions[one.output]
            mask = masks[one.output] if masks else None
            if mask is not None and one.function in (metrics.precision, metrics.recall):
                counted = _spread(mask, predicted, one.name)
                target, predicted = target * counted, predicted * counted
            found.append(_mean(one.function(target, predicted), mask, f"the metric {one.name!r}"))
        return found

    def check_targets(self, targets: Sequence[Any], op: str) -> None:
        """ShapeError where a target does not fit its output and loss; losses of the user's own take any.

        ArgumentError where a class number, of those that lie on the host, is none.
        """
        for target, output, name in zip(targets, self.outputs, self.loss_names, strict=True):
            shape, wanted = tuple(target.shape), output.shape
            fits = name is None or _fits(shape, wanted)
            hint = ""
            if name == SPARSE:
                fits = _fits(shape, wanted[:-1]) or _fits(shape, (*wanted[:-1], 1))
                hint = ": one class number an example"
                wanted = wanted[:-1]
            elif name == "categorical_crossentropy" and _fits(shape, wanted[:-1]):
                hint = ": for class numbers use the loss sparseCategoricalCrossentropy"
            if not fits:
                expected = ", ".join("any" if dim is None else str(dim) for dim in wanted)
                raise ShapeError(
                    f"{op}: the target of {output.name!r} must have shape [{expected}], "
                    f"got {list(shape)}{hint}"
                )
            if name == SPARSE:
                _check_classes(target, output, op)


def _check_classes(target: Any, output: SymbolicTensor, op: str) -> None:
    """Class numbers outside would cost nothing, whatever is predicted: in a graph they give no loss."""
    numbers = target.handle.storage.host if isinstance(target, Tensor) else target
    count = output.shape[-1]
    if not isinstance(numbers, np.ndarray) or not numbers.size or count is None:
        return
    flat = numbers.reshape(-1)
    if not (flat.min() >= 0 and flat.max() < count):
        example = int(np.argmax(~((flat >= 0) & (flat < count))))
        raise ArgumentError(
            f"{op}: the target of {output.name!r} holds class {flat[example]} at example "
            f"{example // (flat.size // target.shape[0])}, but its classes are 0 to {count - 1}"
        )


def _mean(values: Tensor, mask: Mask, what: str) -> Tensor:
    """The mean over the steps that count, of one value for each; weights have been multiplied in."""
    if not values.rank:
        return values
    if mask is None:
        return values.mean()
    # differs from TF.js: what is masked is left out, as in Keras; there it counts
    counted = _spread(mask, values, what)
    return (values * counted).sum() / maximum(counted.sum() * (values.size / max(counted.size, 1)), 1.0)


def _spread(mask: Tensor, values: Tensor, what: str) -> Tensor:
    """The mask as numbers that broadcast to values; ShapeError where these have other steps."""
    if values.shape[: mask.rank] != mask.shape:
        raise ShapeError(f"{what} has shape {list(values.shape)}, but its mask {list(mask.shape)}")
    return mask.cast("float32").reshape((*mask.shape, *(1 for _ in values.shape[mask.rank :])))


def check_names(loss: Any, metric: Any) -> None:
    """ArgumentError for a loss or metric that does not exist, before the model's outputs are known."""
    for one in _leaves(loss):
        losses.get(one)
    for one in _leaves(metric):
        metrics.resolve(one, "mean_squared_error", (None, 2))


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list | tuple):
        return [leaf for one in value for leaf in _leaves(one)]
    return [] if value is None else [value]


def _for_each(value: Any, names: list[str], what: str) -> list[Any]:
    """One value for each output: a list's, those a dict names, or the same for all."""
    if isinstance(value, Mapping):
        unknown = set(value) - set(names)
        if unknown:
            raise ArgumentError(
                f"compile: {what} for {', '.join(sorted(unknown))}, but the outputs are {', '.join(names)}"
            )
        return [value.get(name) for name in names]
    if isinstance(value, list | tuple):
        if len(value) != len(names):
            raise ArgumentError(f"compile: {len(names)} outputs, but {len(value)} {what} entries")
        return list(value)
    return [value] * len(names)


def _fits(shape: Sequence[int | None], wanted: Sequence[int | None]) -> bool:
    return len(shape) == len(wanted) and all(
        dim is None or size is None or dim == size for dim, size in zip(wanted[1:], shape[1:], strict=True)
    )


def _distinct(names: list[str]) -> list[str]:
    """Names that occur again get _1, _2, ... as in TF.js."""
    return [
        name if names.index(name) == i else f"{name}_{names[:i].count(name)}" for i, name in enumerate(names)
    ]
