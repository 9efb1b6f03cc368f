"""Training: compile, fit, evaluate, predict, train_on_batch. Model inherits from `Trainable`.

A step keeps everything on the GPU: losses and metrics are read back in bulk, a few times a second at most.
"""

import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.engine.autodiff import gradient_pairs
from glbackend.engine.tensor import Tensor
from glbackend.layers import losses, metrics
from glbackend.layers.batches import Array, arrays_of, batches, check_shapes, same_length
from glbackend.layers.callbacks import Callback, History, Logs
from glbackend.layers.progress import progress
from glbackend.ops.concat import concat
from glbackend.ops.create import tensor
from glbackend.optimizers import optimizer as optimizers

if TYPE_CHECKING:
    from glbackend.layers.layer import SymbolicTensor, Weight

READ_SECONDS = 0.25  # how often losses are read back for the display
READ_STEPS = 64  # and at least every so many steps, so that what waits to be read stays bounded


class Averages:
    """Means of losses and metrics over an epoch: scalars stay on the device until they are read in bulk."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        self.sums = np.zeros(len(names))
        self.examples = 0
        self.steps = 0
        self.first_nan: int | None = None
        self._waiting: list[tuple[int, list[Tensor]]] = []
        self._read_at = time.monotonic()

    def add(self, values: list[Tensor], examples: int) -> None:
        """Takes the scalars of a step."""
        self._waiting.append((examples, values))

    def due(self) -> bool:
        """Whether it is time to read."""
        return len(self._waiting) >= READ_STEPS or time.monotonic() - self._read_at > READ_SECONDS

    def read(self) -> Logs:
        """Reads what waits, in one transfer, and gives the means so far."""
        if self._waiting:
            flat = [value.reshape((1,)) for _, values in self._waiting for value in values]
            rows = (concat(flat).numpy() if len(flat) > 1 else flat[0].numpy()).reshape(
                len(self._waiting), -1
            )
            for (examples, _), row in zip(self._waiting, rows.astype(np.float64), strict=True):
                if self.first_nan is None and not np.isfinite(row[0]):
                    self.first_nan = self.steps
                self.sums += row * examples
                self.examples += examples
                self.steps += 1
            self._waiting.clear()
        self._read_at = time.monotonic()
        return {
            name: float(total / max(self.examples, 1))
            for name, total in zip(self.names, self.sums, strict=True)
        }


class Trainable:
    """What a model can do once it is compiled."""

    optimizer: optimizers.Optimizer | None = None
    stop_training = False
    history: History | None = None

    if TYPE_CHECKING:
        name: str

        @property
        def trainable_weights(self) -> list[Any]: ...
        @property
        def own_weights(self) -> list["Weight"]: ...
        @property
        def inputs(self) -> list["SymbolicTensor"]: ...
        @property
        def outputs(self) -> list["SymbolicTensor"]: ...
        def __call__(self, inputs: Any, **arguments: Any) -> Any: ...
        def get_weights(self) -> list[Tensor]: ...
        def set_weights(self, weights: Sequence[Any]) -> None: ...

    def compile(self, optimizer: Any, loss: Any, metrics: Any = None) -> None:
        """Sets how to train: an optimizer (or its name), a loss (or a list, one an output), metrics. As `model.compile`.

        Raises ArgumentError for names that are unknown.
        """
        chosen = optimizers.get(optimizer)
        group = list(loss) if isinstance(loss, list | tuple) else [loss]
        for one in group:
            losses.get(one)
        self.optimizer = chosen
        self._loss_names = group
        self._metric_names = (
            [] if metrics is None else (list(metrics) if isinstance(metrics, list | tuple) else [metrics])
        )
        self._resolve_outputs()

    def _resolve_outputs(self) -> None:
        """Ties losses and metrics to outputs; a sequential model without shapes yet does it later."""
        self._metrics: list[tuple[str, int, metrics.Metric]] | None = None
        try:
            outputs = self.outputs
        except ValueError:
            return
        names = self._loss_names * len(outputs) if len(self._loss_names) == 1 else self._loss_names
        if len(names) != len(outputs):
            raise ArgumentError(f"compile: {len(outputs)} outputs, but {len(names)} losses")
        self._losses = [losses.get(name) for name in names]
        self._metrics = []
        for position, (output, loss) in enumerate(zip(outputs, names, strict=True)):
            for metric in self._metric_names:
                name, function = metrics.resolve(metric, loss, output.shape)
                full = name if len(outputs) == 1 else f"{output.name}_{name}"
                self._metrics.append((full, position, function))

    def _require_compiled(self, op: str) -> optimizers.Optimizer:
        if self.optimizer is None:
            raise ArgumentError(f"{op}: compile the model first: model.compile(optimizer=..., loss=...)")
        if self._metrics is None:
            self._resolve_outputs()
        return self.optimizer

    @property
    def metrics_names(self) -> list[str]:
        """ "loss" and the names of the metrics, in the order in which evaluate gives them."""
        return ["loss", *(name for name, _, _ in self._metrics or ())]

    # -- one step ----------------------------------------------------------------------------------------------

    def _loss(self, targets: list[Tensor], predictions: list[Tensor], weights: Tensor | None) -> Tensor:
        total: Tensor | None = None
        for target, predicted, loss in zip(targets, predictions, self._losses, strict=True):
            values = loss(target, predicted)
            if weights is not None:
                values = values * weights.reshape((-1, *(1 for _ in values.shape[1:])))
            value = values.mean()
            total = value if total is None else total + value
        for weight in self.own_weights:
            if weight.regularizer is not None:
                penalty = weight.regularizer(weight.variable)
                total = penalty if total is None else total + penalty
        assert total is not None
        return total

    def _measure(self, targets: list[Tensor], predictions: list[Tensor]) -> list[Tensor]:
        return [
            function(targets[position], predictions[position]).mean()
            for _, position, function in self._metrics or ()
        ]

    def _train_step(self, x: list[Tensor], y: list[Tensor], weights: Tensor | None = None) -> list[Tensor]:
        optimizer = self._require_compiled("fit")
        predictions: list[Tensor] = []

        def forward() -> Tensor:
            result = self(x if len(x) > 1 else x[0], training=True)
            predictions.extend(result if isinstance(result, list) else [result])
            return self._loss(y, predictions, weights)

        value, pairs = gradient_pairs(forward, self.trainable_weights, "fit")
        measured = self._measure(y, predictions)
        predictions.clear()
        optimizer.apply_gradients(pairs)
        for weight in self.own_weights:
            if weight.constraint is not None:
                weight.variable.assign(weight.constraint(weight.variable))
        return [value, *measured]

    def _test_step(self, x: list[Tensor], y: list[Tensor]) -> list[Tensor]:
        result = self(x if len(x) > 1 else x[0], training=False)
        predictions = result if isinstance(result, list) else [result]
        return [self._loss(y, predictions, None), *self._measure(y, predictions)]

    # -- whole data sets ---------------------------------------------------------------------------------------

    def _data(self, x: Any, y: Any, op: str) -> tuple[list[Array], list[Array]]:
        build = getattr(self, "build", None)
        if isinstance(x, Tensor | np.ndarray) and build is not None and not getattr(self, "built", True):
            build(x.shape)
        self._require_compiled(op)
        inputs = arrays_of(x, len(self.inputs), "inputs", op)
        targets = arrays_of(y, len(self.outputs), "targets", op)
        check_shapes(inputs, self.inputs, "input", op)
        for target, output, loss in zip(
            targets, self.outputs, self._loss_names * len(self.outputs), strict=False
        ):
            if losses.canonical(loss) != "sparse_categorical_crossentropy":
                check_shapes([target], [output], "target", op)
        same_length([*inputs, *targets], op)
        return inputs, targets

    def fit(
        self,
        x: Any,
        y: Any,
        *,
        batch_size: int = 32,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Callback | Iterable[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, Any] | None = None,
        shuffle: bool = True,
        class_weight: dict[int, float] | None = None,
        initial_epoch: int = 0,
        seed: int | None = None,
    ) -> History:
        """Trains on inputs x and targets y (arrays or tensors, lists of them for several). As `model.fit`.

        `validation_split` keeps that share of the last examples aside, `verbose` is 0 (silent), 1 (a bar) or 2 (a
        line an epoch). Returns the history; an interrupted fit leaves it, so far, in `model.history`.
        Warns once if the loss becomes NaN or infinite, naming the step.
        """
        inputs, targets = self._data(x, y, "fit")
        if batch_size < 1 or epochs < 1:
            raise ArgumentError(
                f"fit: batch_size and epochs must be at least 1, got {batch_size} and {epochs}"
            )
        held = self._validation(inputs, targets, validation_split, validation_data)
        if validation_split:
            keep = len(inputs[0]) - len(held[0][0])  # type: ignore[index]
            inputs, targets = [a[:keep] for a in inputs], [a[:keep] for a in targets]
        self.history = History()
        group = [callbacks] if isinstance(callbacks, Callback) else list(callbacks or ())
        run = _Run(self, [self.history, *group], verbose)
        run.loop(inputs, targets, held, batch_size, range(initial_epoch, epochs), shuffle, class_weight, seed)
        return self.history

    def _validation(
        self, inputs: list[Array], targets: list[Array], split: float, data: tuple[Any, Any] | None
    ) -> tuple[list[Array], list[Array]] | None:
        if data is not None:
            return self._data(*data, "fit (validation_data)")
        if not split:
            return None
        if not 0 < split < 1:
            raise ArgumentError(f"fit: validation_split must lie in [0, 1), got {split}")
        keep = int(len(inputs[0]) * (1 - split))
        if keep in (0, len(inputs[0])):
            raise ArgumentError(
                f"fit: validation_split {split} of {len(inputs[0])} examples leaves one part empty"
            )
        return [a[keep:] for a in inputs], [a[keep:] for a in targets]

    def evaluate(self, x: Any, y: Any, *, batch_size: int = 32, verbose: int = 0) -> Any:
        """Loss on x and y, and the metrics where there are any: a float, or a list of them. As `model.evaluate`."""
        means = self._evaluate(*self._data(x, y, "evaluate"), batch_size)
        if verbose:
            print("  ".join(f"{name} {value:.4f}" for name, value in means.items()))
        values = list(means.values())
        return values if len(values) > 1 else values[0]

    def _evaluate(self, inputs: list[Array], targets: list[Array], batch_size: int) -> Logs:
        averages = Averages(self.metrics_names)
        for batch in batches([*inputs, *targets], batch_size):
            averages.add(self._test_step(batch[: len(inputs)], batch[len(inputs) :]), len(batch[0]))
            if averages.due():
                averages.read()
        return averages.read()

    def predict(self, x: Any, *, batch_size: int = 32, verbose: int = 0) -> Any:
        """The outputs for x: a tensor, or a list of them. As `model.predict`."""
        if isinstance(x, Tensor | np.ndarray) and not getattr(self, "built", True):
            self.build(x.shape)  # type: ignore[attr-defined]
        count = len(self.inputs)
        group = list(x) if count > 1 and isinstance(x, list | tuple) else [x]
        if all(isinstance(one, Tensor) and one.rank and one.shape[0] <= batch_size for one in group):
            check_shapes(group, self.inputs, "input", "predict")
            return self(group if count > 1 else group[0])
        inputs = arrays_of(x, count, "inputs", "predict")
        check_shapes(inputs, self.inputs, "input", "predict")
        same_length(inputs, "predict")
        parts: list[list[Tensor]] = []
        for batch in batches(inputs, batch_size):
            result = self(batch if count > 1 else batch[0])
            parts.append(result if isinstance(result, list) else [result])
        joined = [
            concat(list(column), 0) if len(parts) > 1 else column[0] for column in zip(*parts, strict=True)
        ]
        return joined[0] if len(joined) == 1 else joined

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch. As `model.predictOnBatch`."""
        arrays = [
            one if isinstance(one, Tensor) else tensor(one) for one in (x if isinstance(x, list) else [x])
        ]
        return self(arrays if len(arrays) > 1 else arrays[0])

    def train_on_batch(self, x: Any, y: Any) -> Any:
        """One step on one batch; its loss, and the metrics where there are any. As `model.trainOnBatch`."""
        return self._on_batch(x, y, self._train_step, "train_on_batch")

    def test_on_batch(self, x: Any, y: Any) -> Any:
        """Loss and metrics of one batch. As `model.testOnBatch`."""
        return self._on_batch(x, y, self._test_step, "test_on_batch")

    def _on_batch(self, x: Any, y: Any, step: Callable[..., list[Tensor]], op: str) -> Any:
        self._require_compiled(op)
        inputs = [
            one if isinstance(one, Tensor) else tensor(one) for one in (x if isinstance(x, list) else [x])
        ]
        targets = [
            one if isinstance(one, Tensor) else tensor(one) for one in (y if isinstance(y, list) else [y])
        ]
        averages = Averages(self.metrics_names)
        averages.add(step(inputs, targets), inputs[0].shape[0])
        values = list(averages.read().values())
        return values if len(values) > 1 else values[0]


class _Run:
    """One call of fit."""

    def __init__(self, model: Trainable, callbacks: list[Callback], verbose: int) -> None:
        self.model = model
        self.callbacks = callbacks
        self.display = progress(verbose)
        self.each_batch = any(type(one).on_batch_end is not Callback.on_batch_end for one in callbacks)
        self.warned = False

    def call(self, hook: str, *arguments: Any) -> None:
        """Calls a hook of every callback."""
        for callback in self.callbacks:
            getattr(callback, hook)(*arguments)

    def loop(
        self,
        inputs: list[Array],
        targets: list[Array],
        held: tuple[list[Array], list[Array]] | None,
        batch_size: int,
        epochs: range,
        shuffle: bool,
        class_weight: dict[int, float] | None,
        seed: int | None,
    ) -> None:
        """All epochs."""
        examples = len(inputs[0])
        for callback in self.callbacks:
            callback.model = self.model
            callback.params = {"epochs": epochs.stop, "samples": examples, "batch_size": batch_size}
        generator = np.random.default_rng(seed)
        self.model.stop_training = False
        self.call("on_train_begin", {})
        try:
            for epoch in epochs:
                self.display.epoch(epoch, epochs.stop, -(-examples // batch_size))
                self.call("on_epoch_begin", epoch, {})
                order = generator.permutation(examples) if shuffle else None
                logs = self.epoch(inputs, targets, batch_size, order, class_weight)
                if held is not None:
                    found = self.model._evaluate(*held, batch_size)
                    logs |= {f"val_{name}": value for name, value in found.items()}
                self.display.end_epoch(logs)
                self.call("on_epoch_end", epoch, logs)
                if self.model.stop_training:
                    break
        finally:
            self.display.close()
        self.call("on_train_end", {})

    def epoch(
        self, inputs: list[Array], targets: list[Array], batch_size: int, order: Array | None,
        class_weight: dict[int, float] | None,
    ) -> Logs:  # fmt: skip
        """One pass over the data; the mean loss and metrics."""
        averages = Averages(self.model.metrics_names)
        arrays = [*inputs, *targets]
        if class_weight is not None:
            arrays.append(_example_weights(targets[0], class_weight))
        for i, batch in enumerate(batches(arrays, batch_size, order)):
            self.call("on_batch_begin", i, {"batch": i, "size": len(batch[0])})
            weights = batch.pop() if class_weight is not None else None
            step = self.model._train_step(batch[: len(inputs)], batch[len(inputs) :], weights)
            averages.add(step, batch[0].shape[0])
            logs = averages.read() if self.each_batch or averages.due() else None
            self.display.batch(i + 1, logs)
            if logs is not None:
                self.warn_of_nan(averages)
                self.call("on_batch_end", i, {"batch": i, "size": batch[0].shape[0], **logs})
            if self.model.stop_training:
                break
        logs = averages.read()
        self.warn_of_nan(averages)
        return logs

    def warn_of_nan(self, averages: Averages) -> None:
        """Says once at which step the loss stopped being a number."""
        if averages.first_nan is not None and not self.warned:
            self.warned = True
            warnings.warn(
                f"fit: the loss became NaN or infinite at step {averages.first_nan + 1}: "
                f"lower the learning rate, or look for NaN in the data",
                RuntimeWarning,
                stacklevel=5,
            )


def _example_weights(target: Array, class_weight: dict[int, float]) -> Array:
    """The weight of each example's class; targets are class numbers, or one-hot rows."""
    classes = target.argmax(-1) if target.ndim > 1 and target.shape[-1] > 1 else target.reshape(-1)
    return np.array([class_weight.get(int(one), 1.0) for one in classes], np.float32)
