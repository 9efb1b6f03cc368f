"""Training: compile, fit, evaluate, predict, train_on_batch. Model inherits from `Trainable`.

A step keeps everything on the GPU: losses and metrics are read back in bulk, a few times a second at most.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.engine.autodiff import gradient_pairs
from glbackend.engine.tensor import Tensor
from glbackend.ops.concat import concat
from glbackend.optimizers import optimizer as optimizers
from glbackend.training.averages import Averages
from glbackend.training.batches import (
    Array,
    arrays_of,
    batches,
    check_inputs,
    class_weights,
    same_length,
    tensors_of,
)
from glbackend.training.callbacks import History, Logs, as_callbacks
from glbackend.training.loop import DataSet, Loop, Plan
from glbackend.training.objective import Objective, check_names

if TYPE_CHECKING:
    from glbackend.layers.layer import SymbolicTensor, Weight


class Trainable:
    """What a model can do once it is compiled."""

    optimizer: optimizers.Optimizer | None = None
    stop_training = False
    history: History | None = None
    _objective: Objective | None = None

    if TYPE_CHECKING:
        name: str
        built: bool

        @property
        def trainable_weights(self) -> list[Any]: ...
        @property
        def own_weights(self) -> list["Weight"]: ...
        @property
        def inputs(self) -> list["SymbolicTensor"]: ...
        @property
        def outputs(self) -> list["SymbolicTensor"]: ...
        def __call__(self, inputs: Any, **arguments: Any) -> Any: ...
        def build(self, input_shape: Any) -> None: ...
        def get_weights(self) -> list[Tensor]: ...
        def set_weights(self, weights: Sequence[Any]) -> None: ...

    @checked
    def compile(self, optimizer: Any, loss: Any, metrics: Any = None) -> None:
        """Sets how to train: an optimizer, a loss and metrics, each by name or as an object or function.

        For several outputs `loss` and `metrics` may be lists or dicts by output name; one loss serves all.
        The metric "accuracy" is the one that fits the loss. Raises ArgumentError for unknown names, which
        change nothing. As `model.compile`.
        """
        chosen = optimizers.get(optimizer)
        check_names(loss, metrics)
        objective = Objective(self.outputs, loss, metrics) if self.built else None
        self.optimizer, self.loss, self.metrics, self._objective = chosen, loss, metrics, objective

    def _compiled(self, op: str) -> Objective:
        """The objective, tied to the outputs when they are known; ArgumentError before `compile`."""
        if self.optimizer is None:
            raise ArgumentError(f"{op}: compile the model first: model.compile(optimizer=..., loss=...)")
        if self._objective is None or self._objective.outputs != self.outputs:
            self._objective = Objective(self.outputs, self.loss, self.metrics)
        return self._objective

    @property
    def metrics_names(self) -> list[str]:
        """ "loss" and the names of the metrics, in the order in which evaluate gives them."""
        return list(self._compiled("metrics_names").names)

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs."""
        return [symbol.name for symbol in self.inputs]

    @property
    def output_names(self) -> list[str]:
        """Names of the layers that give the outputs."""
        return [symbol.name for symbol in self.outputs]

    # -- one step ------------------------------------------------------------------------------------------

    def _train_step(
        self, x: list[Tensor], y: list[Tensor], weights: Sequence[Tensor | None] = ()
    ) -> list[Tensor]:
        """Loss (with the penalties of regularizers), losses of several outputs, metrics;

        all weights have moved.
        """
        objective = self._compiled("fit")
        assert self.optimizer is not None
        found: list[Tensor] = []
        parts: list[Tensor] = []

        def forward() -> Tensor:
            found.extend(self._outputs(x, training=True))
            total, several = objective.loss(y, found, weights)
            parts.extend(several)
            for weight in self.own_weights:
                if weight.regularizer is not None:
                    total = total + weight.regularizer(weight.variable)
            return total

        value, pairs = gradient_pairs(forward, self.trainable_weights, "fit")
        measured = objective.measure(y, found)
        found.clear()
        self.optimizer.apply_gradients(pairs)
        for weight in self.own_weights:
            if weight.constraint is not None:
                weight.variable.assign(weight.constraint(weight.variable))
        return [value, *parts, *measured]

    def _test_step(self, x: list[Tensor], y: list[Tensor]) -> list[Tensor]:
        """As `_train_step`, but nothing moves, and regularizers do not count, as in TF.js."""
        objective = self._compiled("evaluate")
        found = self._outputs(x, training=False)
        total, parts = objective.loss(y, found)
        return [total, *parts, *objective.measure(y, found)]

    def _outputs(self, x: list[Tensor], training: bool) -> list[Tensor]:
        result = self(x if len(x) > 1 else x[0], training=training)
        return result if isinstance(result, list) else [result]

    # -- whole data sets -----------------------------------------------------------------------------------

    def _data(self, x: Any, y: Any, op: str) -> DataSet:
        """Host arrays of inputs and targets, all checked."""
        self._build_for(x)
        objective = self._compiled(op)
        inputs = arrays_of(x, self.input_names, "inputs", op)
        check_inputs(inputs, self.inputs, op)
        targets = arrays_of(y, self.output_names, "targets", op)
        objective.check_targets(targets, op)
        same_length([*inputs, *targets], op)
        return DataSet(inputs, targets, [])

    def _build_for(self, x: Any) -> None:
        """Makes the weights of a sequential model that has not seen data yet."""
        if not self.built:
            (array,) = arrays_of(x, ["input"], "inputs", "build")
            self.build(array.shape)

    @checked
    def fit(
        self,
        x: Any,
        y: Any,
        *,
        batch_size: int = 32,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, Any] | None = None,
        shuffle: bool = True,
        class_weight: Any = None,
        initial_epoch: int = 0,
        seed: int | None = None,
    ) -> History:
        """Trains on inputs x and targets y: arrays or tensors, for several a list or a dict by name.

        `validation_split` keeps that share of the last examples aside; `verbose` is 0 (silent), 1 (a bar) or
        2 (a line an epoch); `callbacks` are Callback objects or dicts of functions by hook; `class_weight`
        weighs the loss of each class; with `seed` the order of the examples is the same each time. Returns
        the history; an interrupted fit leaves it, so far, in `model.history`, and the model usable. Warns
        once if the loss becomes NaN or infinite, naming the step. Raises before anything has moved where data
        do not fit. As `model.fit`.
        """
        data = self._data(x, y, "fit")
        if batch_size < 1 or epochs < 1:
            raise ArgumentError(
                f"fit: batch_size and epochs must be at least 1, got {batch_size} and {epochs}"
            )
        data = data._replace(weights=class_weights(data.targets, class_weight, self.output_names))
        held: DataSet | None = None
        if validation_data is not None:
            held = self._data(*validation_data, "fit (validation_data)")
        elif validation_split:
            data, held = _split(data, validation_split)
        group = as_callbacks(callbacks)
        self.history = History()
        plan = Plan(batch_size, range(initial_epoch, epochs), shuffle, seed, verbose)
        Loop(self, [self.history, *group], plan).run(data, held)
        return self.history

    @checked
    def evaluate(self, x: Any, y: Any, *, batch_size: int = 32, verbose: int = 0) -> Any:
        """Loss on x and y, and the metrics where there are any: a float, or a list of them.

        As `model.evaluate`.
        """
        data = self._data(x, y, "evaluate")
        means = self._evaluate(data.inputs, data.targets, batch_size)
        if verbose:
            print("  ".join(f"{name} {value:.4f}" for name, value in means.items()))
        return _one_or_list(means)

    def _evaluate(self, inputs: list[Array], targets: list[Array], batch_size: int) -> Logs:
        averages = Averages(self.metrics_names)
        for batch in batches([*inputs, *targets], batch_size):
            averages.add(self._test_step(batch[: len(inputs)], batch[len(inputs) :]), batch[0].shape[0])
            if averages.due():
                averages.read()
        return averages.read()

    @checked
    def predict(self, x: Any, *, batch_size: int = 32, verbose: int = 0) -> Any:
        """The outputs for x: a tensor, or a list of them. As `model.predict`.

        x: an array, tensor or list of numbers, for several inputs a list or a dict by name. What fits into
        one batch stays where it is; the rest is cut on the host and uploaded batch by batch.
        """
        self._build_for(x)
        group = x if isinstance(x, list | tuple) else [x]
        if len(group) == len(self.inputs) and all(_fits_one_batch(one, batch_size) for one in group):
            check_inputs(group, self.inputs, "predict")
            same_length(group, "predict")
            return self(list(group) if len(group) > 1 else group[0])
        inputs = arrays_of(x, self.input_names, "inputs", "predict")
        check_inputs(inputs, self.inputs, "predict")
        same_length(inputs, "predict")
        parts = [self._outputs(batch, training=False) for batch in batches(inputs, batch_size)]
        joined = [
            concat(list(column), 0) if len(parts) > 1 else column[0] for column in zip(*parts, strict=True)
        ]
        return joined[0] if len(joined) == 1 else joined

    @checked
    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch. As `model.predictOnBatch`."""
        self._build_for(x)
        group = tensors_of(x, self.input_names, "inputs", "predict_on_batch")
        check_inputs(group, self.inputs, "predict_on_batch")
        return self(group if len(group) > 1 else group[0])

    @checked
    def train_on_batch(self, x: Any, y: Any) -> Any:
        """One step on one batch; its loss, and the metrics where there are any. As `model.trainOnBatch`."""
        return self._on_batch(x, y, self._train_step, "train_on_batch")

    @checked
    def test_on_batch(self, x: Any, y: Any) -> Any:
        """Loss and metrics of one batch. As `model.testOnBatch`."""
        return self._on_batch(x, y, self._test_step, "test_on_batch")

    def _on_batch(self, x: Any, y: Any, step: Callable[..., list[Tensor]], op: str) -> Any:
        self._build_for(x)
        objective = self._compiled(op)
        inputs = tensors_of(x, self.input_names, "inputs", op)
        check_inputs(inputs, self.inputs, op)
        targets = tensors_of(y, self.output_names, "targets", op)
        objective.check_targets(targets, op)
        averages = Averages(objective.names)
        averages.add(step(inputs, targets), same_length([*inputs, *targets], op))
        return _one_or_list(averages.read())


def _split(data: DataSet, share: float) -> tuple[DataSet, DataSet]:
    """The first examples to train on, the last ones to validate with."""
    if not 0 < share < 1:
        raise ArgumentError(f"fit: validation_split must lie in [0, 1), got {share}")
    keep = int(data.examples * (1 - share))
    if keep in (0, data.examples):
        raise ArgumentError(
            f"fit: validation_split {share} of {data.examples} examples leaves one part empty"
        )
    return data.part(slice(keep)), data.part(slice(keep, None))


def _fits_one_batch(x: Any, batch_size: int) -> bool:
    return isinstance(x, Tensor) and x.rank > 0 and x.shape[0] <= batch_size


def _one_or_list(means: Logs) -> Any:
    values = list(means.values())
    return values if len(values) > 1 else values[0]
