"""The part of a model that trains it: what its user calls; the work is the trainer's."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import cached_property
from typing import Any, Literal, cast

from glbackend.base.calling import checked
from glbackend.base.errors import CallError
from glbackend.models.steps import Stepping
from glbackend.training.loggers import History
from glbackend.training.objective import Goals
from glbackend.training.trainable import Trainable
from glbackend.training.trainer import Trainer, one_or_list

BATCH_SIZE = 32  # examples
trainers: ContextVar[Callable[[Trainable], Trainer]] = ContextVar("glbackend_trainers", default=Trainer)


class Trained(Stepping):
    """What every model has for training."""

    @cached_property
    def trainer(self) -> Trainer:
        """What trains this model; one of another class may be set before `compile`."""
        return trainers.get()(cast(Trainable, self))

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
        return self.trainer.goals.loss

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
        if cast(Any, self)._is_coded and not cast(Any, self).built:
            return [one.name for one in self.metrics]
        return [one.name for one in self.trainer.tracked("metrics_names")]

    @checked
    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        *,
        loss_weights: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool | None = None,
        steps_per_execution: int = 1,
        jit_compile: bool | str | None = None,
        auto_scale_loss: bool = True,
    ) -> None:
        """Sets how to train. As `model.compile`.

        `optimizer`: an optimizer or its name ("adam"); left out as in Keras.
        `loss`: a name, a `gl.losses.Loss` or a function of (targets, predictions), for several outputs also a
        list or a dict by output name. None where layers add losses of their own (`add_loss`), or the model
        has a `train_step`; in a list or dict it is an output without a loss.
        `metrics`: names, `gl.metrics.Metric` objects or functions, one or a list for each output, a list of
        lists, or a dict by output name; "accuracy" is the one that fits the loss. Each is reported under its
        name. Those with state are the metric of all examples of an epoch; of others the mean is taken.
        `loss_weights`: the factors of the outputs' losses in their sum: a list, or a dict by output name.
        `weighted_metrics`: as `metrics`, but by the weights of the examples.
        `run_eagerly`: True for steps that run op by op in any case; False for graphs in any case; None for
        graphs where layers, metrics and trainer are the library's own, and functions of yours take nothing
        from outside that cannot be compared in each step.
        `steps_per_execution`, `jit_compile`, `auto_scale_loss`: taken from programs of Keras, and change
        nothing: steps are captured by themselves, all is float32.

        All are in docs/losses-and-metrics.md. ArgumentError for an unknown name, which changes nothing.

        `fit`, `evaluate`, `predict` and their kin capture a step as a graph (`gl.function`) when batches of
        its shape come for the second time; one that cannot be captured warns once and runs as it is. Python
        of one's own then runs only when a step is traced, and what is changed in a layer other than its
        weights counts from the next `compile` on.

        `fit`, `evaluate` and their kin keep to the `trainable` of each layer as it is now until the next
        `compile`, as in Keras 2 (Keras 3 takes them as they stand); one that has changed since warns once.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
        >>> model.compile("sgd", "meanSquaredError", metrics=["mae"])
        >>> model.metrics_names
        ['loss', 'mae']
        """
        if isinstance(optimizer, Mapping) and "optimizer" in optimizer:
            call = ", ".join(f"{key}=..." for key in optimizer)
            raise CallError(f"compile: options are not given as one dict but by name: ({call})")
        goals = Goals(loss, metrics, loss_weights, weighted_metrics)
        self.trainer.compile(optimizer, goals, run_eagerly)

    @checked
    def fit(
        self,
        x: Any,
        y: Any = None,
        *,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | Literal["auto"] = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        seed: int | None = None,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
    ) -> History:
        """Trains the model and gives the history. As `model.fit`, with a data set `model.fitDataset`.

        `x`, `y`: inputs and targets: arrays or tensors with the examples along the first axis, for several
        inputs or outputs lists or dicts by name; [n] serves where the model has [n, 1]. A table of pandas or
        pyarrow is a matrix, or for several inputs their columns by name. Or `x` is a data set
        (`training/dataset.py`), a generator, a function that makes one for each pass, or a Keras sequence of
        batches, which give tuples (x, y) or (x, y, weights), and `y` is left out.
        `batch_size`: of arrays so many examples make a step, 32 where it is None; data sets have their own.
        `epochs`: the epoch to end with, counted from `initial_epoch`.
        `verbose`: 0 (silent), 1 or "auto" (a bar) or 2 (a line an epoch).
        `callbacks`: Callback objects or dicts of functions by hook, one or a list.
        `validation_split`: that share of the last examples of arrays is kept aside, and evaluated.
        `validation_data`: (x, y), (x, y, weights) or a data set, evaluated after each epoch.
        `shuffle`: whether arrays are ordered anew in each epoch.
        `class_weight`: maps classes to the weights of their losses; for several outputs a list of such maps,
        or a dict by name.
        `sample_weight`: a number for each example, or for each step of each example, that its loss is
        multiplied by; for several outputs a list, or a dict by name.
        `initial_epoch`: the number of the first epoch, for a training that goes on.
        `seed`: shuffles the same each time.
        `steps_per_epoch`: an epoch is so many steps of passes that follow one another, not one pass.
        `validation_steps`: the first so many batches of the held-out data, or all.
        `validation_batch_size`: of held-out arrays, `batch_size` where it is None.
        `validation_freq`: every how many epochs held-out data are evaluated, or after which, counted from 1.

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
            x, y, batch_size=BATCH_SIZE if batch_size is None else batch_size,
            epochs=range(initial_epoch, epochs), verbose=1 if verbose == "auto" else verbose,
            callbacks=callbacks, validation_split=validation_split, validation_data=validation_data,
            shuffle=shuffle, class_weight=class_weight, sample_weight=sample_weight, seed=seed,
            steps_per_epoch=steps_per_epoch, validation_steps=validation_steps,
            validation_batch_size=validation_batch_size, validation_freq=validation_freq,
        )  # fmt: skip

    @checked
    def fit_dataset(
        self,
        dataset: Any,
        *,
        epochs: int = 1,
        batches_per_epoch: int | None = None,
        verbose: int = 1,
        validation_data: Any = None,
        validation_batch_size: int | None = None,
        validation_batches: int | None = None,
        callbacks: Any = None,
        class_weight: Any = None,
        initial_epoch: int = 0,
    ) -> History:
        """`fit` with a data set, by TF.js's names. As `model.fitDataset`.

        `dataset`: as `x` of `fit`.
        `batches_per_epoch`: `steps_per_epoch` of `fit`.
        `validation_batches`: `validation_steps` of `fit`.
        `epochs`, `verbose`, `validation_data`, `validation_batch_size`, `callbacks`, `class_weight`,
        `initial_epoch`: as of `fit`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError")
        >>> batches = lambda: iter([(gl.ones([4, 1]), gl.ones([4, 1]))])
        >>> model.fit_dataset(batches, verbose=0).history
        {'loss': [1.0]}
        """
        return self.fit(
            dataset, epochs=epochs, steps_per_epoch=batches_per_epoch, verbose=verbose,
            validation_data=validation_data, validation_batch_size=validation_batch_size,
            validation_steps=validation_batches, callbacks=callbacks, class_weight=class_weight,
            initial_epoch=initial_epoch,
        )  # fmt: skip

    @checked
    def evaluate(
        self,
        x: Any,
        y: Any = None,
        *,
        batch_size: int | None = None,
        sample_weight: Any = None,
        steps: int | None = None,
        verbose: int | Literal["auto"] = 0,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The mean loss, a float, or where there are metrics a list of it and them. As `model.evaluate`.

        `x`, `y`, `sample_weight`: as of `fit`.
        `batch_size`: of arrays so many examples make a batch, 32 where it is None.
        `steps`: limits the batches.
        `verbose`: 1 or "auto" prints.
        `callbacks`: as of `fit`.
        `return_dict`: whether the values are given by name.

        Raises as `fit`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError", metrics=["mae"])
        >>> model.evaluate(gl.ones([4, 1]), gl.fill([4, 1], 3.))
        [9.0, 3.0]
        """
        size = BATCH_SIZE if batch_size is None else batch_size
        logs = self.trainer.evaluate(x, y, sample_weight, size, steps, bool(verbose), callbacks)
        return logs if return_dict else one_or_list(list(logs.values()))

    @checked
    def evaluate_dataset(self, dataset: Any, *, batches: int | None = None, verbose: int = 0) -> Any:
        """`evaluate` of a data set, by TF.js's names. As `model.evaluateDataset`.

        `dataset`: as `x` of `fit`.
        `batches`: limits the batches.
        `verbose`: 1 prints.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError")
        >>> model.evaluate_dataset(lambda: iter([(gl.ones([4, 1]), gl.ones([4, 1]))]))
        1.0
        """
        return self.evaluate(dataset, steps=batches, verbose=verbose)

    @checked
    def predict(
        self,
        x: Any,
        *,
        batch_size: int | None = None,
        steps: int | None = None,
        verbose: int | Literal["auto"] = 0,
        callbacks: Any = None,
    ) -> Any:
        """The outputs for x: a tensor, or a list of them. As `model.predict`.

        `x` is an array, a tensor or a list of numbers, for several inputs a list or a dict by name, cut into
        batches of `batch_size`; or a data set, of which only inputs count. `steps` limits the batches.
        Tensors that fit into one batch stay where they are, the rest is cut on the host and uploaded batch by
        batch. `callbacks` are as in `fit`, `verbose` changes nothing. Raises ShapeError where x does not
        fit the inputs.

        >>> import glbackend as gl
        >>> gl.sequential([gl.layers.dense(units=2, input_shape=[3])]).predict(gl.ones([5, 3])).shape
        (5, 2)
        """
        return self.trainer.predict(x, BATCH_SIZE if batch_size is None else batch_size, steps, callbacks)

    @checked
    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for `x`, all of it one batch: a tensor, or a list of them. As `model.predictOnBatch`.

        >>> import glbackend as gl
        >>> gl.sequential([gl.layers.flatten(input_shape=[2, 2])]).predict_on_batch(gl.ones([5, 2, 2])).shape
        (5, 4)
        """
        return self.trainer.predict_on_batch(x)

    @checked
    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """One step on inputs and targets; gives and raises as `evaluate`. As `model.trainOnBatch`.

        `x`, `y`, `sample_weight`, `class_weight`: as of `fit`, all of it one batch.
        `return_dict`: whether the values are given by name.

        The values are those of the batch: metrics forget what they have seen before, as in Keras.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        >>> model.compile(gl.train.sgd(0.25), "meanSquaredError")
        >>> [model.train_on_batch(gl.ones([1, 1]), gl.ones([1, 1])) for _ in range(2)]
        [1.0, 0.0]
        """
        logs = self.trainer.on_batch("train", x, y, sample_weight, class_weight)
        return logs if return_dict else one_or_list(list(logs.values()))

    @checked
    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """`evaluate` of inputs and targets that are one batch. As `model.testOnBatch`.

        `x`, `y`, `sample_weight`: as of `fit`.
        `return_dict`: whether the values are given by name.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError")
        >>> model.test_on_batch(gl.ones([1, 1]), gl.ones([1, 1]))
        1.0
        """
        logs = self.trainer.on_batch("test", x, y, sample_weight, None)
        return logs if return_dict else one_or_list(list(logs.values()))

    def reset_metrics(self) -> None:
        """Forgets what the metrics have seen. As `model.resetMetrics`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError", metrics=[gl.metrics.AUC()])
        >>> model.reset_metrics()
        """
        self.trainer.reset()
