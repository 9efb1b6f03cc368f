"""The part of a model that trains it: what its user calls; the work is the trainer's."""

from functools import cached_property
from typing import Any, cast

from glbackend.base.calling import checked
from glbackend.training.callbacks import History
from glbackend.training.dataset import Dataset
from glbackend.training.trainable import Trainable
from glbackend.training.trainer import Trainer


class Trained:
    """What every model has for training."""

    @cached_property
    def trainer(self) -> Trainer:
        """What trains this model; one of another class may be set before `compile`."""
        return Trainer(cast(Trainable, self))

    @property
    def optimizer(self) -> Any:
        """The optimizer of `compile`, None before."""
        return self.trainer.optimizer

    @optimizer.setter
    def optimizer(self, optimizer: Any) -> None:
        self.trainer.optimizer = optimizer

    @property
    def loss(self) -> Any:
        """The loss as given to `compile`, None before."""
        return self.trainer.loss

    @property
    def metrics(self) -> Any:
        """The metrics as given to `compile`, None before."""
        return self.trainer.metrics

    @property
    def history(self) -> History | None:
        """What the last `fit` returned or, where it was interrupted, would have returned; None before."""
        return self.trainer.history

    @property
    def stop_training(self) -> bool:
        """Set to True, by a callback for example, it ends `fit` after the present step. As in TF.js."""
        return self.trainer.stop_training

    @stop_training.setter
    def stop_training(self, stop: bool) -> None:
        self.trainer.stop_training = stop

    @property
    def metrics_names(self) -> list[str]:
        """ "loss" and the names of the metrics, in the order in which evaluate gives them."""
        return list(self.trainer.objective("metrics_names").names)

    @checked
    def compile(
        self, optimizer: Any, loss: Any, metrics: Any = None, run_eagerly: bool | None = None
    ) -> None:
        """Sets how to train. As `model.compile`.

        `optimizer` is an optimizer or its name ("adam"). `loss` is a name or a function of (targets,
        predictions), for several outputs also a list or a dict by output name. `metrics` are names or
        functions, one or a list, or a dict by output name; "accuracy" is the one that fits the loss. All are
        in docs/losses-and-metrics.md. ArgumentError for an unknown name, which changes nothing.

        `fit`, `evaluate`, `predict` and their kin capture a step as a graph (`gl.function`) when batches of
        its shape come for the second time, where layers and trainer are the library's own; a step that cannot
        be captured warns once and runs as it is. `run_eagerly=True` turns that off, False asks for it with
        layers of one's own, whose Python then runs only when the step is traced. What is changed in a layer
        other than its weights counts from the next `compile` on. As Keras's argument.

        `fit`, `evaluate` and their kin keep to the `trainable` of each layer as it is now until the next
        `compile`, as in Keras 2 (Keras 3 takes them as they stand); one that has changed since warns once.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
        >>> model.compile("sgd", "meanSquaredError", metrics=["mae"])
        >>> model.metrics_names
        ['loss', 'mae']
        """
        self.trainer.compile(optimizer, loss, metrics, run_eagerly)

    @checked
    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        batch_size: int = 32,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Dataset | tuple[Any, Any] | None = None,
        shuffle: bool = True,
        class_weight: Any = None,
        initial_epoch: int = 0,
        seed: int | None = None,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
    ) -> History:
        """Trains the model and gives the history. As `model.fit`, with a data set `model.fitDataset`.

        `x` and `y` are inputs and targets: arrays or tensors with the examples along the first axis, for
        several inputs or outputs lists or dicts by name; [n] serves where the model has [n, 1]. Or `x` is a
        data set (`training/dataset.py`), which gives tuples (x, y) or (x, y, weights), and `y` is left out.

        Of arrays, `batch_size` examples make a step, `shuffle` orders them anew in each epoch, with `seed`
        the same each time, and `validation_split` keeps that share of the last ones aside. A data set has
        batches and an order of its own. `epochs` is the epoch to end with, counted from `initial_epoch`; an
        epoch is a pass, or `steps_per_epoch` steps of passes that follow one another. `validation_data`, a
        pair (x, y) or a data set, is evaluated after each epoch, its first `validation_steps` batches or all.

        `verbose` is 0 (silent), 1 (a bar) or 2 (a line an epoch). `callbacks` are Callback objects or dicts
        of functions by hook, one or a list. `class_weight` maps classes to the weights of their losses; for
        several outputs a list of such maps, or a dict by name.

        An interrupted fit leaves its history, so far, in `model.history`, and the model usable. Warns once if
        the loss becomes NaN or infinite, naming the step. Raises ShapeError or ArgumentError before anything
        has moved where arrays, or the `element_spec` of a data set, do not fit.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        >>> model.compile(gl.train.sgd(0.5), "meanSquaredError")
        >>> model.fit(gl.ones([4, 1]), gl.ones([4, 1]), epochs=2, verbose=0).history
        {'loss': [1.0, 1.0]}
        """
        return self.trainer.fit(
            x, y, batch_size=batch_size, epochs=range(initial_epoch, epochs), verbose=verbose,
            callbacks=callbacks, validation_split=validation_split, validation_data=validation_data,
            shuffle=shuffle, class_weight=class_weight, seed=seed, steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
        )  # fmt: skip

    @checked
    def evaluate(
        self, x: Any, y: Any = None, *, batch_size: int = 32, steps: int | None = None, verbose: int = 0
    ) -> Any:
        """The mean loss, a float, or where there are metrics a list of it and them. As `model.evaluate`.

        `x` and `y` are arrays, cut into batches of `batch_size`, or `x` is a data set, both as in `fit`.
        `steps` limits the batches, `verbose` of 1 prints. Raises as `fit`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError", metrics=["mae"])
        >>> model.evaluate(gl.ones([4, 1]), gl.fill([4, 1], 3.))
        [9.0, 3.0]
        """
        return self.trainer.evaluate(x, y, batch_size, steps, verbose)

    @checked
    def predict(self, x: Any, *, batch_size: int = 32, steps: int | None = None, verbose: int = 0) -> Any:
        """The outputs for x: a tensor, or a list of them. As `model.predict`.

        `x` is an array, a tensor or a list of numbers, for several inputs a list or a dict by name, cut into
        batches of `batch_size`; or a data set, of which only inputs count. `steps` limits the batches.
        Tensors that fit into one batch stay where they are, the rest is cut on the host and uploaded batch by
        batch. `verbose` changes nothing. Raises ShapeError where x does not fit the inputs.

        >>> import glbackend as gl
        >>> gl.sequential([gl.layers.dense(units=2, input_shape=[3])]).predict(gl.ones([5, 3])).shape
        (5, 2)
        """
        return self.trainer.predict(x, batch_size, steps)

    @checked
    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for `x`, all of it one batch: a tensor, or a list of them. As `model.predictOnBatch`.

        >>> import glbackend as gl
        >>> gl.sequential([gl.layers.flatten(input_shape=[2, 2])]).predict_on_batch(gl.ones([5, 2, 2])).shape
        (5, 4)
        """
        return self.trainer.predict_on_batch(x)

    @checked
    def train_on_batch(self, x: Any, y: Any) -> Any:
        """One step on inputs `x` and targets `y`; gives and raises as `evaluate`. As `model.trainOnBatch`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        >>> model.compile(gl.train.sgd(0.25), "meanSquaredError")
        >>> [model.train_on_batch(gl.ones([1, 1]), gl.ones([1, 1])) for _ in range(2)]
        [1.0, 0.0]
        """
        return self.trainer.train_on_batch(x, y)

    @checked
    def test_on_batch(self, x: Any, y: Any) -> Any:
        """`evaluate` of inputs `x` and targets `y` that are one batch. As `model.testOnBatch`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError")
        >>> model.test_on_batch(gl.ones([1, 1]), gl.ones([1, 1]))
        1.0
        """
        return self.trainer.test_on_batch(x, y)
