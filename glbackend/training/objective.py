"""What a model is trained for: a loss for each output, and metrics; `compile` gives it, a step asks it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.layers.layer import Mask
from glbackend.layers.structure import by_keys
from glbackend.layers.symbolic import SymbolicTensor
from glbackend.training import loss as losses
from glbackend.training import metrics
from glbackend.training.averages import Tracked
from glbackend.training.batches import has_shape
from glbackend.training.loss import Loss, reduced
from glbackend.training.losses import LOSSES, canonical
from glbackend.training.metric import Mean, MeanMetricWrapper, Metric
from glbackend.training.targets import check_target


class Measure(NamedTuple):
    """A metric of one output, under the name by which it is reported; `state` where it holds its own."""

    name: str
    output: int
    metric: Metric
    weighted: bool
    state: bool


class Goals(NamedTuple):
    """What `compile` was given, as it was given."""

    loss: Any = None
    metrics: Any = None
    loss_weights: Any = None
    weighted_metrics: Any = None


class Objective:
    """Losses and metrics tied to the outputs of a model.

    `names` are "loss", with several outputs "<output>_loss" for each that has a loss, then the metrics, as
    TF.js reports them.
    """

    def __init__(
        self, outputs: Sequence[SymbolicTensor], goals: Goals, names: Sequence[str] | None = None
    ) -> None:
        self.outputs = list(outputs)
        self.output_names = names = list(names or [one.name for one in outputs])
        self.given = _for_each(goals.loss, names, "loss")
        named = isinstance(goals.loss, Mapping) and "class_name" not in goals.loss
        if named and (missing := set(names) - set(goals.loss)):
            raise ArgumentError(
                f"compile: no loss for output {', '.join(sorted(missing))}: give it one, or None"
            )
        self.losses: list[Loss | None] = [None if one is None else losses.as_loss(one) for one in self.given]
        self.factors = _factors(goals.loss_weights, names)
        self.measures = [
            *self._measures(goals.metrics, "metrics", False),
            *self._measures(goals.weighted_metrics, "weighted_metrics", True),
        ]
        several = len(outputs) > 1
        parts = [f"{name}_loss" for name, one in zip(names, self.losses, strict=True) if one and several]
        # targets are given for the outputs that have a loss or a metric
        measured = {one.output for one in self.measures}
        self.aimed = [i for i, one in enumerate(self.losses) if one is not None or i in measured]
        self.names = _distinct(["loss", *parts], self.measures, names)
        by_step = [Tracked(name, Mean(name), True) for name in self.names[: 1 + len(parts)]]
        self.tracked = [
            *by_step,
            *(
                Tracked(name, one.metric, not one.state)
                for name, one in zip(self.names[len(by_step) :], self.measures, strict=True)
            ),
        ]

    @property
    def target_outputs(self) -> list[SymbolicTensor]:
        """The outputs that targets are given for."""
        return [self.outputs[i] for i in self.aimed]

    @property
    def target_names(self) -> list[str]:
        """The names of those."""
        return [self.output_names[i] for i in self.aimed]

    def aimed_at(self, given: Any) -> Any:
        """Of targets or weights for all outputs those that count; others as they are."""
        spare = set(self.output_names) - set(self.target_names)
        if isinstance(given, Mapping):
            return {name: one for name, one in given.items() if name not in spare}
        whole = isinstance(given, list | tuple) and len(given) == len(self.outputs)
        if spare and whole and all(one is None or has_shape(one) for one in given):
            return [given[i] for i in self.aimed]
        return given

    def _measures(self, given: Any, what: str, weighted: bool) -> list[Measure]:
        """The metrics of each output: all of a flat list, or those that a dict or a list of lists names."""
        names = self.output_names
        nested = isinstance(given, list | tuple) and any(
            isinstance(one, list | tuple) or one is None for one in given
        )
        found = (
            _for_each(given, names, what) if nested or isinstance(given, Mapping) else [given] * len(names)
        )
        measures: list[Measure] = []
        for i, wanted in enumerate(found):
            listed = [] if wanted is None else wanted if isinstance(wanted, list | tuple) else [wanted]
            for one in listed:
                name, metric = metrics.resolve(one, self.given[i], self.outputs[i].shape)
                if isinstance(one, Metric) and any(known.metric is one for known in measures):
                    raise ArgumentError(
                        f"compile: the metric {one.name!r} would count several outputs together: give each "
                        f"its own, metrics={{output: [...], ...}}"
                    )
                state = isinstance(metric, Metric)
                name = name if len(names) == 1 else f"{names[i]}_{name}"
                measures.append(Measure(name, i, metrics.as_metric(metric, name), weighted, state))
        return measures

    def loss(
        self,
        targets: Sequence[Any],
        predictions: Sequence[Tensor],
        weights: Sequence[Tensor | None] = (),
        masks: Sequence[Mask] | None = None,
    ) -> tuple[Tensor | None, list[Tensor]]:
        """The sum of the outputs' losses, by the weights of these, and with several outputs each of them.

        `weights` are none, or for each output a number an example or a step. Steps that `masks` leave out do
        not count. None where no output has a loss.
        """
        parts, total = [], None
        for i, loss in enumerate(self.losses):
            if loss is None:
                continue
            at = self.aimed.index(i)
            target, predicted = targets[at], predictions[i]
            values = loss.call(target, predicted)
            mask, counted = masks[i] if masks else None, loss.counted(target, predicted, values)
            mask = counted if mask is None else mask if counted is None else mask & counted
            what = f"the loss of {self.outputs[i].name!r}"
            part = reduced(values, weights[at] if weights else None, mask, loss.reduction, what)
            part = part.mean() if part.rank else part  # without a reduction their mean is trained for
            parts.append(part)
            share = part if self.factors[i] == 1 else part * self.factors[i]
            total = share if total is None else total + share
        return total, parts if len(self.outputs) > 1 else []

    def measure(
        self,
        targets: Sequence[Any],
        predictions: Sequence[Tensor],
        weights: Sequence[Tensor | None] = (),
        masks: Sequence[Mask] | None = None,
        all_states: bool = False,
    ) -> list[Tensor]:
        """The values of the metrics without state; those with state, or `all_states`, take the batch up.

        Steps that `masks` leave out do not count; weights do for the `weighted_metrics` alone.
        """
        found = []
        for one in self.measures:
            at = self.aimed.index(one.output)
            target, predicted = targets[at], predictions[one.output]
            mask = masks[one.output] if masks else None
            given = weights[at] if weights and one.weighted else None
            counted = _weighed(mask, given)
            if not one.state and not all_states:
                assert isinstance(one.metric, MeanMetricWrapper)
                found.append(one.metric.measured(target, predicted, counted))
            elif counted is None or not one.metric.takes_weights:
                one.metric.update_state(target, predicted)
            else:
                one.metric.update_state(target, predicted, sample_weight=counted)
        return found

    def check_targets(self, targets: Sequence[Any], op: str) -> None:
        """ShapeError or ArgumentError where a target does not fit its output and loss."""
        for target, i in zip(targets, self.aimed, strict=True):
            loss = self.losses[i]
            ignored = getattr(loss, "options", {}).get("ignore_class")
            check_target(target, self.outputs[i], _name_of(loss), op, ignored)


def _weighed(mask: Mask, weights: Tensor | None) -> Tensor | None:
    """What counts how much: a mask, weights, or both."""
    if mask is None:
        return weights
    counted = mask.cast("float32")
    return (
        counted
        if weights is None
        else counted * losses.spread(weights, counted, "a mask has shape", "weights")
    )


def _name_of(loss: Loss | None) -> str | None:
    """The name of a loss of ours, None of the user's own, which takes any targets."""
    function, options = getattr(loss, "function", None), getattr(loss, "options", {})
    ours = LOSSES.known(function) is not None and options.get("axis") in (None, -1)
    return canonical(function.__name__) if ours and function is not None else None


def _factors(given: Any, names: list[str]) -> list[float]:
    """The weight of each output's loss."""
    if given is None:
        return [1.0] * len(names)
    if isinstance(given, int | float):
        given = [given] * len(names)
    found = [1.0 if one is None else one for one in _for_each(given, names, "loss_weights")]
    if not all(isinstance(one, int | float) and abs(one) < float("inf") for one in found):
        raise ArgumentError(f"compile: loss_weights must be finite numbers, got {found}")
    return [float(one) for one in found]


def check_names(goals: Goals) -> None:
    """ArgumentError for a loss or metric that does not exist, before the model's outputs are known."""
    for one in _leaves(goals.loss):
        losses.get(one)
    for one in (*_leaves(goals.metrics), *_leaves(goals.weighted_metrics)):
        metrics.get(one)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, Mapping) and "class_name" not in value:
        return [leaf for one in value.values() for leaf in _leaves(one)]
    if isinstance(value, list | tuple):
        return [leaf for one in value for leaf in _leaves(one)]
    return [] if value is None else [value]


def _for_each(value: Any, names: list[str], what: str) -> list[Any]:
    """One value for each output: a list's, those a dict names, or the same for all."""
    if isinstance(value, Mapping) and "class_name" not in value:
        unknown = set(value) - set(names)
        if unknown:
            raise ArgumentError(
                f"compile: {what} for {', '.join(sorted(map(str, unknown)))}, "
                f"but the outputs are {', '.join(names)}"
            )
        return [value.get(name) for name in names]
    if isinstance(value, list | tuple):
        if len(value) != len(names):
            raise ArgumentError(f"compile: {len(names)} outputs, but {len(value)} {what} entries")
        return list(value)
    return [value] * len(names)


def _distinct(names: list[str], measures: Sequence[Measure], outputs: Sequence[str]) -> list[str]:
    """Names of losses, then of metrics: those that occur again get _1, _2, ... as in TF.js.

    A weighted metric whose name occurs before is weighted_<name>, of an output
    <output>_weighted_<name>, as in Keras.
    """
    found = list(names)
    for one in measures:
        name = one.name
        if one.weighted and name in found:
            output = f"{outputs[one.output]}_" if len(outputs) > 1 else ""
            name = f"{output}weighted_{name.removeprefix(output)}"
        found.append(name)
    return [
        name if found.index(name) == i else f"{name}_{found[:i].count(name)}" for i, name in enumerate(found)
    ]


def tied(known: Objective | None, model: Any, goals: Goals, found: Any = None) -> Objective:
    """The losses and metrics of a model, tied to its outputs.

    `known`: those of before, which stay while the outputs are the same.
    `model`, `goals`: the model, and what `compile` was given.
    `found`: what a step gave, which says what the outputs are where the model's class has no `call`.
    """
    if not model.built and known is not None:
        return known
    if not model.built and found is not None:
        symbols, names = ends_like(found, model)
        return Objective(symbols, goals, names)
    if known is None or known.outputs != model._symbolic_outputs:
        return Objective(model._symbolic_outputs, goals, model._output_words)
    return known


def ends_like(found: Any, model: Any) -> tuple[list[SymbolicTensor], list[str]]:
    """Outputs like these tensors, of any batch, and their names: the keys of a dict, else output_1, ...

    `found`: a tensor, a list or a dict of them.
    `model`: whose outputs they are.
    """
    named = isinstance(found, Mapping)
    names = sorted(found) if named else []
    group = by_keys(found, names)
    symbols = [SymbolicTensor((None, *one.shape[1:]), one.dtype, model, 0, i) for i, one in enumerate(group)]
    return symbols, names or [f"output_{i + 1}" for i in range(len(group))]
