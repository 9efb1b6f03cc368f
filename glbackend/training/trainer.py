"""The trainer, owned by a model: compile, one step, and the loops of fit, evaluate and predict.

A step keeps everything on the device: losses and metrics are read back in bulk, a few times a second at most.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain, count, islice
from typing import Any, NamedTuple

from glbackend.base.dtypes import to_numpy
from glbackend.base.errors import ArgumentError
from glbackend.base.unknown import refuse_unknown
from glbackend.engine.autodiff import gradient_pairs
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.activity import penalties_collected
from glbackend.layers.layer import Mask
from glbackend.ops.concat import concat
from glbackend.ops.create import tensor
from glbackend.optimizers import methods as optimizers
from glbackend.optimizers.optimizer import Optimizer
from glbackend.training.averages import Averages
from glbackend.training.batches import (
    arrays_of,
    check_inputs,
    check_weights,
    class_weights,
    column,
    group_of,
    same_length,
    tensors_of,
)
from glbackend.training.callbacks import History, Logs, as_callbacks
from glbackend.training.dataset import Arrays, Batch, Dataset, first_of, is_dataset, parts_of, steps_of
from glbackend.training.flags import KeptFlags
from glbackend.training.graphs import Graphs
from glbackend.training.loop import Loop, Plan
from glbackend.training.objective import Objective, check_names
from glbackend.training.trainable import Trainable

VALIDATION = "fit (validation_data)"  # how errors name the check of that argument
Pairs = list[tuple[Tensor, Variable]]
Group = Callable[[Any, list[str], str, str], list[Any]]  # group_of, arrays_of or tensors_of


class Forward(NamedTuple):
    """What a batch gave: the loss, its parts where there are several outputs, the outputs and their masks."""

    loss: Tensor
    parts: list[Tensor]
    outputs: list[Tensor]
    masks: list[Mask] | None


class Trainer:
    """How a model is trained: its optimizer, loss and metrics, and what a step does with them.

    The methods of a model that train it hand over to its `trainer`. A subclass changes what a step does; it
    is given to the model before `compile`:

    >>> import glbackend as gl
    >>> class Clipping(Trainer):
    ...     def reduce_gradients(self, pairs):
    ...         return [(gradient.clip_by_value(-1., 1.), variable) for gradient, variable in pairs]
    >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
    >>> model.trainer = Clipping(model)
    >>> model.compile(gl.train.sgd(0.5), "meanSquaredError")
    >>> _ = model.train_on_batch(gl.tensor([[9.]]), gl.tensor([[9.]]))
    >>> [one.numpy().tolist() for one in model.get_weights()]
    [[[0.5]], [0.5]]
    """

    def __init__(self, model: Trainable) -> None:
        self.model = model
        self.optimizer: Optimizer | None = None
        self.loss: Any = None
        self.metrics: Any = None
        self.history: History | None = None
        self.stop_training = False
        self._objective: Objective | None = None
        self._flags = KeptFlags(model, Graphs(model, type(self) is Trainer))

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_objective": None}  # made anew when it is asked for

    def compile(self, optimizer: Any, loss: Any, metrics: Any, run_eagerly: bool | None = None) -> None:
        """As `Model.compile`."""
        chosen = optimizers.get(optimizer)
        check_names(loss, metrics)
        objective = Objective(self.model.outputs, loss, metrics) if self.model.built else None
        self.optimizer, self.loss, self.metrics, self._objective = chosen, loss, metrics, objective
        self._flags = KeptFlags(self.model, Graphs(self.model, type(self) is Trainer, run_eagerly))

    def objective(self, op: str) -> Objective:
        """Losses and metrics, tied to the outputs once they are known; ArgumentError before `compile`."""
        if self.optimizer is None:
            raise ArgumentError(f"{op}: compile the model first: model.compile(optimizer=..., loss=...)")
        if self._objective is None or self._objective.outputs != self.model.outputs:
            self._objective = Objective(self.model.outputs, self.loss, self.metrics)
        return self._objective

    # -- one step ------------------------------------------------------------------------------------------

    def train_step(self, batch: Batch) -> list[Tensor]:
        """One step: all weights have moved, and what the batch gave, each a scalar on the device.

        These are the loss (with the penalties of regularizers), the losses of several outputs, the metrics.
        Nothing is read here, and what changes are variables and the state of the optimizer, so that a step
        can be recorded and run again.
        """
        assert self.optimizer is not None
        for weight in self.model.own_weights:
            refuse_unknown(weight.regularizer, weight.constraint)  # before anything has moved
        made: list[Forward] = []

        def forward() -> Tensor:
            made.append(self.forward(batch, "fit", training=True))
            return made[0].loss

        value, pairs = gradient_pairs(forward, self.model.trainable_weights, "fit")
        values = [value, *made[0].parts, *self.measure(batch, made.pop())]
        if pairs := self.reduce_gradients(pairs):
            self.optimizer.apply_gradients(pairs)
        for weight in self.model.own_weights:
            if weight.constraint is not None:
                weight.variable.assign(weight.constraint(weight.variable))
        return values

    def reduce_gradients(self, pairs: Pairs) -> Pairs:
        """The gradients to apply for those of a step, pairs of gradient and variable; here the same.

        All that happens between the two belongs here: clipping, accumulation over steps, the sum over the
        workers of a distributed training. Where it gives no pairs the optimizer isn't asked to step.
        """
        return pairs

    def test_step(self, batch: Batch) -> list[Tensor]:
        """As `train_step`, but nothing moves."""
        found = self.forward(batch, "evaluate", training=False)
        return [found.loss, *found.parts, *self.measure(batch, found)]

    def forward(self, batch: Batch, op: str, training: bool) -> Forward:
        """The loss of a batch, with the penalties of weights and activities, and what it is made of."""
        objective = self.objective(op)
        with penalties_collected() as penalties:
            outputs, masks = self.outputs(batch.inputs, training)
        loss, parts = objective.loss(batch.targets, outputs, batch.weights, masks)
        for weight in self.model.own_weights:
            if weight.regularizer is not None:
                # differs from TF.js: evaluate counts regularizers, too, as Keras does
                loss = loss + weight.regularizer(weight.variable)
        for penalty in penalties:
            loss = loss + penalty
        return Forward(loss, parts, outputs, masks)

    def measure(self, batch: Batch, found: Forward) -> list[Tensor]:
        """The values of the metrics."""
        return self.objective("fit").measure(batch.targets, found.outputs, found.masks)

    def outputs(self, inputs: list[Tensor], training: bool) -> tuple[list[Tensor], list[Mask] | None]:
        """The model's outputs for a batch, and their masks, None where there are none at all."""
        return self.model.run(inputs, None, training, {})

    # -- data as the model needs them ----------------------------------------------------------------------

    def inputs(self, x: Any, op: str, group: Group) -> list[Any]:
        """x by the model's inputs, as arrays, tensors or whatever `group` makes of it, checked.

        Makes the weights of a model that has not seen data yet.
        """
        if not self.model.built:
            (one,) = group_of(x, ["input"], "inputs", "build")
            shape = one.shape if hasattr(one, "shape") else to_numpy(one, None, f"{op}: inputs").shape
            self.model.build((*shape, 1) if len(shape) == 1 else tuple(shape))
        symbols = self.model.inputs
        given = group(x, [one.name for one in symbols], "inputs", op)
        found = [column(one, symbol.shape) for one, symbol in zip(given, symbols, strict=True)]
        check_inputs(found, symbols, op)
        return found

    def parts(self, element: Any, op: str, group: Group) -> tuple[list[Any], list[Any], list[Any]]:
        """Inputs, targets and weights of an element of a data set (or of its spec), checked as `inputs`."""
        x, y, weights = parts_of(element, op)
        if y is None:
            raise ArgumentError(
                f"{op}: there are no targets: give y, or as x a data set of tuples (x, y) or (x, y, weights)"
            )
        inputs = self.inputs(x, op, group)
        objective = self.objective(op)
        names = self.model.output_names
        given = group(y, names, "targets", op)
        targets = [column(one, output.shape) for one, output in zip(given, objective.outputs, strict=True)]
        objective.check_targets(targets, op)
        return inputs, targets, [] if weights is None else group(weights, names, "weights", op)

    def batch(self, element: Any, op: str, class_weight: Any = None) -> Batch:
        """The tensors of an element, with the weights of its classes where there are any.

        Those of `Arrays` were checked as a whole.
        """
        if isinstance(element, Batch):
            return element
        inputs, targets, weights = self.parts(element, op, tensors_of)
        if class_weight is not None:
            if weights:
                raise ArgumentError(f"{op}: class_weight is given, and the data set has weights of its own")
            arrays = [one.numpy() for one in targets]
            weights = [tensor(one) for one in class_weights(arrays, class_weight, self.model.output_names)]
        same_length([*inputs, *targets, *weights], op)
        check_weights(weights, op)
        return Batch(inputs, targets, weights)

    def batches(
        self, data: Dataset, op: str, steps: int | None = None, class_weight: Any = None
    ) -> Iterator[Batch]:
        """One pass over a data set, or its first `steps`; ArgumentError where it gives nothing."""
        empty = True
        for element in islice(data, steps):
            empty = False
            yield self.batch(element, op, class_weight)
        if empty:
            raise _empty(op)

    def passes(self, data: Dataset, steps: int | None, class_weight: Any) -> Iterator[Iterator[Batch]]:
        """The batches of each epoch: a pass, or so many steps of passes that follow one another."""

        def once() -> Iterator[Batch]:
            return self.batches(data, "fit", None, class_weight)

        if steps is None:
            return (once() for _ in count())
        # differs from TF.js: a data set that ends within an epoch's steps begins again, there the epoch ends
        endless = chain.from_iterable(once() for _ in count())
        return (islice(endless, steps) for _ in count())

    def dataset(
        self,
        x: Any,
        y: Any,
        op: str,
        batch_size: int,
        class_weight: Any = None,
        shuffle: bool = False,
        seed: int | None = None,
    ) -> Dataset:
        """x if it is a data set, else the arrays x and y as one; checked as far as it is known."""
        if not is_dataset(x):
            inputs, targets, _ = self.parts((x, y), op, arrays_of)
            same_length([*inputs, *targets], op)
            weights = class_weights(targets, class_weight, self.model.output_names)
            return Arrays(inputs, targets, weights, batch_size=batch_size, shuffle=shuffle, seed=seed)
        if y is not None:
            raise ArgumentError(f"{op}: a data set has its own targets: leave y out")
        if x.element_spec is not None:
            self.parts(x.element_spec, op, group_of)
        elif not self.model.built:  # the shapes of the first batch make the weights
            first = first_of(x)
            if first is None:
                raise _empty(op)
            self.parts(first, op, tensors_of)
        return x

    # -- whole data sets -----------------------------------------------------------------------------------

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        batch_size: int,
        epochs: range,
        verbose: int,
        callbacks: Any,
        validation_split: float,
        validation_data: Any,
        shuffle: bool,
        class_weight: Any,
        seed: int | None,
        steps_per_epoch: int | None,
        validation_steps: int | None,
    ) -> History:
        """As `Model.fit`."""
        _at_least_one(
            "fit",
            batch_size=batch_size,
            epochs=epochs.stop,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
        )
        data = self.dataset(x, y, "fit", batch_size, class_weight, shuffle, seed)
        held: Dataset | None = None
        if validation_data is not None:
            x_held, y_held = (validation_data, None) if is_dataset(validation_data) else validation_data
            held = self.dataset(x_held, y_held, VALIDATION, batch_size)
        elif validation_split:
            if not isinstance(data, Arrays):
                raise ArgumentError("fit: validation_split cuts arrays: for a data set give validation_data")
            data, held = data.split(validation_split)
        group = as_callbacks(callbacks)
        self.history = History()
        arrays = data if isinstance(data, Arrays) else None
        plan = Plan(
            epochs=epochs,
            steps=steps_of(data, steps_per_epoch, "fit"),
            samples=None if arrays is None else arrays.examples,
            batch_size=None if arrays is None else arrays.batch_size,
            verbose=verbose,
        )
        validate = None if held is None else partial(self.means, held, VALIDATION, validation_steps)
        step = self._flags.keep(self.train_step)
        loop = Loop(self.model, step, validate, [self.history, *group], plan)
        loop.run(self.passes(data, steps_per_epoch, class_weight if data is x else None))
        return self.history

    def evaluate(self, x: Any, y: Any, batch_size: int, steps: int | None, verbose: int) -> Any:
        """As `Model.evaluate`."""
        _at_least_one("evaluate", batch_size=batch_size, steps=steps)
        means = self.means(self.dataset(x, y, "evaluate", batch_size), "evaluate", steps)
        if verbose:
            print("  ".join(f"{name} {value:.4f}" for name, value in means.items()))
        return _one_or_list(list(means.values()))

    def means(self, data: Dataset, op: str, steps: int | None) -> Logs:
        """Loss and metrics by name, their means over a data set."""
        averages, step = Averages(self.model.metrics_names), self._flags.keep(self.test_step)
        for batch in self.batches(data, op, steps_of(data, steps, op)):
            averages.add(step(batch), batch.size)
            if averages.due():
                averages.read()
        return averages.read()

    def predict(self, x: Any, batch_size: int, steps: int | None) -> Any:
        """As `Model.predict`."""
        _at_least_one("predict", batch_size=batch_size, steps=steps)
        if _fits_one_batch(x, batch_size):
            return self.predict_on_batch(x, "predict")
        if is_dataset(x):
            data: Dataset = x
        else:
            arrays = self.inputs(x, "predict", arrays_of)
            same_length(arrays, "predict")
            data = Arrays(arrays, batch_size=batch_size)
        limit = steps_of(data, steps, "predict")
        found = [self.predict_batch(parts_of(one, "predict")[0], "predict") for one in islice(data, limit)]
        if not found:
            raise _empty("predict")
        return _one_or_list(
            [concat(list(one)) if len(one) > 1 else one[0] for one in zip(*found, strict=True)]
        )

    def predict_batch(self, x: Any, op: str) -> list[Tensor]:
        """The outputs for one batch."""
        inputs = self.inputs(x, op, tensors_of)
        same_length(inputs, op)
        found = self._flags.graphs.of(self.outputs)(inputs, False)[0]
        for one in found:
            if all(one is not given for given in inputs):
                one.logits = None  # no loss will ask for them, and they may be as large
        return found

    # -- one batch of the user's own -----------------------------------------------------------------------

    def predict_on_batch(self, x: Any, op: str = "predict_on_batch") -> Any:
        """As `Model.predict_on_batch`."""
        return _one_or_list(self.predict_batch(x, op))

    def train_on_batch(self, x: Any, y: Any) -> Any:
        """As `Model.train_on_batch`."""
        return self._on_batch(x, y, self.train_step, "train_on_batch")

    def test_on_batch(self, x: Any, y: Any) -> Any:
        """As `Model.test_on_batch`."""
        return self._on_batch(x, y, self.test_step, "test_on_batch")

    def _on_batch(self, x: Any, y: Any, step: Callable[[Batch], list[Tensor]], op: str) -> Any:
        batch = self.batch((x, y), op)
        averages = Averages(self.objective(op).names)
        averages.add(self._flags.keep(step)(batch), batch.size)
        return _one_or_list(list(averages.read().values()))


def _at_least_one(op: str, **numbers: int | None) -> None:
    for name, value in numbers.items():
        if value is not None and value < 1:
            raise ArgumentError(f"{op}: {name} must be at least 1, got {value}")


def _empty(op: str) -> ArgumentError:
    return ArgumentError(f"{op}: the data set gave no batch: each iteration over it must begin again")


def _fits_one_batch(x: Any, batch_size: int) -> bool:
    """Whether x is tensors that can stay where they are."""
    group = x.values() if isinstance(x, Mapping) else x if isinstance(x, list | tuple) else [x]
    return all(isinstance(one, Tensor) and one.rank > 0 and one.shape[0] <= batch_size for one in group)


def _one_or_list(values: list[Any]) -> Any:
    return values if len(values) > 1 else values[0]
