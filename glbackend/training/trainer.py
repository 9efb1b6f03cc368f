"""The trainer, owned by a model: compile, one step, and the loops of fit, evaluate and predict.

A step keeps everything on the device: losses and metrics are read back in bulk, a few times a second at most.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from glbackend.base.counts import at_least_one
from glbackend.base.errors import ArgumentError
from glbackend.base.unknown import refuse_unknown
from glbackend.engine.autodiff import gradient_pairs
from glbackend.engine.tape import Final
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.activity import Collected, collected
from glbackend.layers.layer import Mask
from glbackend.layers.recipe import Weight
from glbackend.ops.concat import concat
from glbackend.optimizers import train as optimizers
from glbackend.optimizers.optimizer import Optimizer
from glbackend.training.averages import Averages, Latest, Tracked
from glbackend.training.batches import arrays_of, fits_one_batch, same_length, tensors_of
from glbackend.training.callback import CallbackList, Logs, as_callbacks
from glbackend.training.dataset import Arrays, Batch, Dataset, parts_of, steps_of
from glbackend.training.feed import Feed, nothing
from glbackend.training.flags import KeptFlags
from glbackend.training.graphs import Graphs
from glbackend.training.loggers import History
from glbackend.training.loop import Loop, Plan, run_predictions, run_tests
from glbackend.training.metric import Mean
from glbackend.training.objective import Goals, Objective, check_names, tied
from glbackend.training.own import OwnFeed, own_step
from glbackend.training.place import Place
from glbackend.training.progress import shown
from glbackend.training.streams import Stream, as_dataset
from glbackend.training.trainable import Trainable

VALIDATION = "fit (validation_data)"  # how errors name the check of that argument
Pairs = list[tuple[Tensor, Variable]]


class Forward(NamedTuple):
    """What a batch gave: the loss, its parts where there are several outputs, the outputs and their masks."""

    loss: Tensor
    parts: list[Tensor]
    outputs: list[Tensor]
    masks: list[Mask] | None
    added: dict[str, Tensor]  # by `add_metric`


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

    saves = True  # whether this process writes files: one of several that train a model does
    final: Final | None = None  # told in a step of each gradient, by its variable's id, once it is there

    def __init__(self, model: Trainable) -> None:
        self.model = model
        self.optimizer: Optimizer | None = None
        self.goals = Goals()
        self.run_eagerly: bool | None = None
        self.history: History | None = None
        self.stop_training = False
        self._objective: Objective | None = None
        self._flags = KeptFlags(model, Graphs(model, type(self) is Trainer))

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_objective": None}  # made anew when it is asked for

    def compile(self, optimizer: Any, goals: Goals, run_eagerly: bool | None = None) -> None:
        """As `Model.compile`."""
        chosen = optimizers.get(optimizer)
        check_names(goals)
        objective = (
            Objective(self.model._symbolic_outputs, goals, self.model._output_words)
            if self.model.built
            else None
        )
        self.optimizer, self.goals, self._objective = chosen, goals, objective
        self.run_eagerly = run_eagerly
        graphs = Graphs(self.model, type(self) is Trainer, run_eagerly, [optimizer, *goals])
        self._flags = KeptFlags(self.model, graphs)

    @property
    def is_tied(self) -> bool:
        """Whether losses and metrics are known: the model is compiled, and its outputs are there."""
        return self.optimizer is not None and (self.model.built or self._objective is not None)

    def objective(self, op: str, outputs: Any = None) -> Objective:
        """Losses and metrics, tied to the outputs once they are known; ArgumentError before `compile`.

        `op`: who asks. `outputs`: what a step found, where the model's class gives none in a `call`.
        """
        if self.optimizer is None:
            raise ArgumentError(f"{op}: compile the model first: model.compile(optimizer=..., loss=...)")
        self._objective = tied(self._objective, self.model, self.goals, outputs)
        return self._objective

    @property
    def feed(self) -> Feed:
        """How data come to the model."""
        return Feed(self.model, self.objective)

    # -- one step ------------------------------------------------------------------------------------------

    def train_step(self, batch: Batch) -> list[Tensor]:
        """One step: all weights have moved, and what the batch gave, each a scalar on the device.

        These are the loss (with the penalties of regularizers), the losses of several outputs, the metrics
        without state (or [sum, sum of weights] of one where steps count differently). Nothing is read here,
        and what changes are variables and the state of the optimizer and of metrics, so that a step can be
        recorded and run again.
        """
        weights = self.model._own_weights
        for weight in weights:
            refuse_unknown(weight.regularizer, weight.constraint)  # before anything has moved
        made: list[Forward] = []

        def forward() -> Tensor:
            made.append(self.forward(batch, "fit", training=True))
            return made[0].loss

        value, pairs = gradient_pairs(forward, self.model.trainable_weights, "fit", self.final)
        found = made.pop()
        values = [value, *found.parts, *self.measure(batch, found)]
        self.apply(pairs, weights)
        return values

    def apply(self, pairs: Pairs, weights: Sequence[Weight]) -> None:
        """Moves weights by their gradients, and holds them to their constraints."""
        assert self.optimizer is not None
        if pairs := self.reduce_gradients(pairs):
            self.optimizer.apply_gradients(pairs)
        for weight in weights:
            if weight.constraint is not None:
                weight.variable.assign(weight.constraint(weight.variable))

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
        with collected() as extra:
            outputs, masks = self.outputs(batch.inputs, training)
        loss, parts = objective.loss(batch.targets, outputs, batch.weights, masks)
        total = self.with_penalties(loss, extra)
        if total is None:
            raise ArgumentError(
                f"{op}: the model has no loss: give compile one, or add_loss in the call of a layer"
            )
        return Forward(total, parts, outputs, masks, extra.metrics)

    def with_penalties(self, loss: Tensor | None, extra: Collected) -> Tensor | None:
        """A loss with what weights, activities and `add_loss` cost; None where there is nothing at all."""
        # differs from TF.js: evaluate counts regularizers, too, as Keras does
        for penalty in (*self.model._penalties(), *extra.penalties):
            loss = penalty if loss is None else loss + penalty
        return loss

    def measure(self, batch: Batch, found: Forward) -> list[Tensor]:
        """The values of the metrics without state, then those that layers have added; others take it up."""
        objective = self.objective("fit")
        values = objective.measure(batch.targets, found.outputs, batch.weights, found.masks)
        if found.added:
            values += [found.added[name] for name in self.model._added_metrics if name in found.added]
        return values

    def outputs(self, inputs: list[Tensor], training: bool) -> tuple[list[Tensor], list[Mask] | None]:
        """The model's outputs for a batch, and their masks, None where there are none at all."""
        return self.model._run_with_masks(inputs, None, training, {})

    # -- what is reported ----------------------------------------------------------------------------------

    def tracked(self, op: str) -> list[Tracked]:
        """All that a step gives or counts: the loss first, what layers have of their own last."""
        objective = self.objective(op)
        added = [Tracked(name, Mean(name), True) for name in self.model._added_metrics]
        own = [Tracked(one.name, one, False) for one in self.model._own_metrics]
        return [*objective.tracked, *added, *own]

    def reader(self, op: str, kind: str) -> Averages | Latest:
        """What collects the values of the steps of an epoch, all states being forgotten before."""
        self.reset()
        return (
            Averages(self.tracked(op)) if own_step(self.model, kind) is None else Latest(self.model.metrics)
        )

    def reset(self) -> None:
        """Forgets the states of all metrics."""
        for one in self.model.metrics:
            one.reset_state()

    def step(self, kind: str) -> Callable[[Any], Any]:
        """What runs a "train" or "test" step: the model's own or the trainer's, by the flags kept."""
        own = own_step(self.model, kind)
        return self._flags.keep(own or (self.train_step if kind == "train" else self.test_step))

    def source(self, kind: str) -> Feed:
        """How data come to the steps of a kind: as they are where the model has such a step of its own."""
        return self.feed if own_step(self.model, kind) is None else OwnFeed(self.model, self.objective)

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
        sample_weight: Any,
        seed: int | None,
        steps_per_epoch: int | None,
        validation_steps: int | None,
        validation_batch_size: int | None,
        validation_freq: int | Sequence[int],
    ) -> History:
        """As `Model.fit`."""
        held_size = batch_size if validation_batch_size is None else validation_batch_size
        at_least_one(
            "fit", batch_size=batch_size, epochs=epochs.stop, steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps, validation_batch_size=held_size,
            validation_freq=validation_freq if isinstance(validation_freq, int) else None,
        )  # fmt: skip
        feed = self.source("train")
        data = feed.dataset(
            x, y, "fit", batch_size,
            sample_weight=sample_weight, class_weight=class_weight, shuffle=shuffle, seed=seed,
        )  # fmt: skip
        if isinstance(data, Stream) and steps_per_epoch is None and len(epochs) > 1:
            raise ArgumentError(
                f"fit: a generator cannot begin again for {len(epochs)} epochs: give steps_per_epoch, or a "
                f"function that makes the generator"
            )
        split, weighed = validation_split, class_weight is None
        data, held = self._held_out(data, validation_data, split, held_size, weighed)
        group = as_callbacks(callbacks)
        self.history = History()
        arrays = data if isinstance(data, Arrays) else None
        plan = Plan(
            epochs=epochs,
            steps=steps_of(data, steps_per_epoch, "fit"),
            samples=None if arrays is None else arrays.examples,
            batch_size=None if arrays is None else arrays.batch_size,
            verbose=verbose,
            validate_at=validation_freq,
        )
        validate = None if held is None else partial(self.means, held, VALIDATION, validation_steps)
        reader = partial(self.reader, "fit", "train")
        place = Place(data, steps_per_epoch, epochs.start, stopped=lambda: self.stop_training)
        loop = Loop(self.model, self.step("train"), reader, validate, [self.history, *group], plan, place)
        weights = None if isinstance(data, Arrays) else class_weight
        loop.run(feed.passes(data, steps_per_epoch, weights))
        return self.history

    def _held_out(
        self, data: Dataset, given: Any, share: float, batch_size: int, weighed: bool
    ) -> tuple[Dataset, Dataset | None]:
        """The data to train on, and those to validate with, with weights unless they are of classes."""
        if given is not None:
            if as_dataset(given, VALIDATION) is not None:
                x, y, weights = given, None, None
            elif isinstance(given, list | tuple) and 2 <= len(given) <= 3:
                x, y, weights = (*given, None)[:3]
            else:
                raise ArgumentError(
                    f"{VALIDATION} must be (x, y), (x, y, weights) or a data set, got {type(given).__name__}"
                    + (f" of {len(given)}" if isinstance(given, list | tuple) else "")
                )
            feed = self.source("test")
            return data, feed.dataset(x, y, VALIDATION, batch_size, sample_weight=weights)
        if not share:
            return data, None
        if not isinstance(data, Arrays):
            raise ArgumentError("fit: validation_split cuts arrays: for a data set give validation_data")
        first, last = data.split(share)
        x, y, weights = last.whole()
        feed = self.source("test")
        return first, feed.dataset(x, y, VALIDATION, batch_size, sample_weight=weights if weighed else None)

    def evaluate(
        self,
        x: Any,
        y: Any,
        sample_weight: Any,
        batch_size: int,
        steps: int | None,
        verbose: bool,
        callbacks: Any = None,
    ) -> Logs:
        """As `Model.evaluate`, the values by name."""
        at_least_one("evaluate", batch_size=batch_size, steps=steps)
        data = self.source("test").dataset(x, y, "evaluate", batch_size, sample_weight=sample_weight)
        group = CallbackList(callbacks, self.model, steps=data.steps if steps is None else steps)
        means = self.means(data, "evaluate", steps, group)
        if verbose:
            print(shown(means))
        return means

    def means(self, data: Dataset, op: str, steps: int | None, callbacks: CallbackList) -> Logs:
        """Loss and metrics by name, their means over a data set."""
        batches = self.source("test").batches(data, op, steps_of(data, steps, op))
        return run_tests(self.step("test"), batches, self.reader(op, "test"), callbacks)

    def predict(self, x: Any, batch_size: int, steps: int | None, callbacks: Any = None) -> Any:
        """As `Model.predict`."""
        at_least_one("predict", batch_size=batch_size, steps=steps)
        own = own_step(self.model, "predict")
        if own is None and callbacks is None and fits_one_batch(x, batch_size):
            return self.predict_on_batch(x, "predict")
        data = as_dataset(x, "predict")
        if own is not None:
            feed = self.source("predict")
            data = feed.dataset(x, None, "predict", batch_size)
            batches: Iterator[Any] = feed.batches(data, "predict", steps)
        else:
            if data is None:
                arrays = self.feed.inputs(x, "predict", arrays_of)
                same_length(arrays, "predict")
                data = Arrays(arrays, batch_size=batch_size)
            batches = (parts_of(one, "predict")[0] for one in islice(data, steps_of(data, steps, "predict")))
        group = CallbackList(callbacks, self.model, steps=data.steps if steps is None else steps)
        found = run_predictions(partial(self._predicted, own), batches, group)
        if not found:
            raise nothing("predict")
        whole = [concat(list(one)) if len(one) > 1 else one[0] for one in zip(*found, strict=True)]
        return self.model._packed_outputs(whole) if own is None else one_or_list(whole)

    def _predicted(self, own: Callable[[Any], Any] | None, batch: Any) -> list[Tensor]:
        """The outputs for a batch, by the model's own step where it has one."""
        if own is None:
            return self.predict_batch(batch, "predict")
        result = own(batch)
        return list(result) if isinstance(result, list | tuple) else [result]

    def predict_batch(self, x: Any, op: str) -> list[Tensor]:
        """The outputs for one batch."""
        inputs = self.feed.inputs(x, op, tensors_of)
        same_length(inputs, op)
        found = self._flags.graphs.of(self.outputs)(inputs, False)[0]
        for one in found:
            if all(one is not given for given in inputs):
                one.logits = None  # no loss will ask for them, and they may be as large
        return found

    # -- one batch of the user's own -----------------------------------------------------------------------

    def predict_on_batch(self, x: Any, op: str = "predict_on_batch") -> Any:
        """As `Model.predict_on_batch`."""
        return self.model._packed_outputs(self.predict_batch(x, op))

    def on_batch(self, kind: str, x: Any, y: Any, sample_weight: Any, class_weight: Any) -> Logs:
        """As `Model.train_on_batch` or `Model.test_on_batch`, the values by name."""
        op = f"{kind}_on_batch"
        batch = self.source(kind).batch((x, y, sample_weight), op, class_weight)
        self.reset()
        own = own_step(self.model, kind) is not None
        averages: Averages | Latest = Latest() if own else Averages(self.tracked(op))
        averages.add(self.step(kind)(batch), batch.size)
        return averages.read()


def one_or_list(values: list[Any]) -> Any:
    """The only one of a list, or the list."""
    return values if len(values) > 1 else values[0]
