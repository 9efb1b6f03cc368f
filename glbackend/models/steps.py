"""The steps of a model that its class may give anew, and what such steps are made of."""

from collections.abc import Iterator, Mapping
from inspect import signature
from typing import Any, ClassVar

from glbackend.base.errors import ArgumentError
from glbackend.engine.gradient_tape import GradientTape
from glbackend.engine.tensor import Tensor
from glbackend.layers.activity import collected, penalties_so_far
from glbackend.layers.masks import mask_on
from glbackend.layers.structure import BY_NAME, by_keys
from glbackend.training.metric import Mean, Metric

Logs = dict[str, Any]


class Stepping:
    """What a model does with one batch; a subclass may give `train_step`, `test_step` and `predict_step`,
    or of the first two only `compute_loss` and `compute_metrics`.

    They take `data`, x alone, or the tuple (x, y) or (x, y, weights), as fit was given it, and give a dict of
    values by name (`predict_step`: the outputs). What they report are the values of the last step, so that
    metrics with state keep the means of an epoch; the states of all in `metrics` are forgotten when an epoch
    begins.

    >>> import glbackend as gl
    >>> class Own(gl.Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.dense = gl.layers.dense(units=1, kernel_initializer="zeros")
    ...         self.seen = gl.metrics.Mean("seen")
    ...     def call(self, inputs):
    ...         return self.dense(inputs)
    ...     def train_step(self, data):
    ...         x, y = data
    ...         with gl.GradientTape() as tape:
    ...             loss = self.compute_loss(x, y, self(x))
    ...         gradients = tape.gradient(loss, self.trainable_weights)
    ...         self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
    ...         self.seen.update_state(loss)
    ...         return {"seen": self.seen.result()}
    >>> model = Own()
    >>> model.compile(gl.train.sgd(0.5), "meanSquaredError")
    >>> model.fit(gl.ones([4, 1]), gl.ones([4, 1]), batch_size=2, verbose=0).history
    {'seen': [1.0]}
    """

    _usual_steps: ClassVar[Mapping[str, Any]]

    def train_step(self, data: Any) -> Logs:
        """One step of training by `data`: moves the weights, gives the values of `metrics` so far.

        `data`: (x, y) or (x, y, weights).

        As Keras's `Model.train_step`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError")
        >>> model.train_step((gl.ones([1, 1]), gl.ones([1, 1])))["loss"].item()
        1.0
        """
        x, y, weights = unpacked(data)
        with GradientTape() as tape:
            outputs = self(x, training=True)
            loss = self._loss_of(x, y, outputs, weights, training=True)
        variables = self.trainable_weights  # type: ignore[attr-defined]
        gradients = tape.gradient(loss, variables)
        self.trainer.apply(  # type: ignore[attr-defined]
            [(one, variable) for one, variable in zip(gradients, variables, strict=True) if one is not None],
            self._own_weights,  # type: ignore[attr-defined]
        )
        return self._reported(loss, x, y, outputs, weights)

    def test_step(self, data: Any) -> Logs:
        """As `train_step`, but nothing moves.

        `data`: (x, y) or (x, y, weights).

        As Keras's `Model.test_step`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, kernel_initializer="zeros", input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError")
        >>> model.test_step((gl.ones([1, 1]), gl.ones([1, 1])))["loss"].item()
        1.0
        """
        x, y, weights = unpacked(data)
        outputs = self(x, training=False)
        loss = self._loss_of(x, y, outputs, weights, training=False)
        return self._reported(loss, x, y, outputs, weights)

    def predict_step(self, data: Any) -> Any:
        """The outputs for a batch.

        `data`: (x,), or x itself.

        As Keras's `Model.predict_step`.

        >>> import glbackend as gl
        >>> gl.sequential([gl.layers.flatten(input_shape=[2, 2])]).predict_step((gl.ones([5, 2, 2]),)).shape
        (5, 4)
        """
        return self(unpacked(data)[0], training=False)

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Tensor:
        """The loss that `compile` was given, with the penalties of weights and of layers called before.

        `x`: the inputs; there for subclasses.
        `y`: the targets, and `y_pred` the outputs: tensors, or lists of them.
        `y_pred`: see there.
        `sample_weight`: a number an example, or for each step; for several outputs a list.
        `training`: there for Keras's sake.

        As Keras's `Model.compute_loss`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError")
        >>> model.compute_loss(y=gl.ones([2, 1]), y_pred=gl.fill([2, 1], 3.)).item()
        4.0
        """
        objective = self._objective_for(y_pred)
        predicted = by_keys(y_pred, objective.output_names)
        targets, weights = (
            by_keys(objective.aimed_at(one), objective.target_names) for one in (y, sample_weight)
        )
        loss, _ = objective.loss(targets, predicted, weights, [mask_on(one) for one in predicted])
        for penalty in self.losses:
            loss = penalty if loss is None else loss + penalty
        if loss is None:
            raise ArgumentError("compute_loss: compile was given no loss, and layers add none")
        return loss

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> Logs:
        """Takes a batch up into the metrics of `compile`, and gives the values of all so far.

        `x`: the inputs; there for subclasses.
        `y`: the targets, and `y_pred` the outputs: tensors, or lists of them.
        `y_pred`: see there.
        `sample_weight`: a number an example, or for each step; for several outputs a list.

        As Keras's `Model.compute_metrics`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError", metrics=["mae"])
        >>> found = model.compute_metrics(None, gl.ones([2, 1]), gl.fill([2, 1], 3.))
        >>> found["mae"].item()
        2.0
        """
        objective = self._objective_for(y_pred)
        predicted = by_keys(y_pred, objective.output_names)
        targets, weights = (
            by_keys(objective.aimed_at(one), objective.target_names) for one in (y, sample_weight)
        )
        objective.measure(targets, predicted, weights, all_states=True)
        return self.get_metrics_result()

    def get_metrics_result(self) -> Logs:
        """The results of all metrics by name. As Keras's `Model.get_metrics_result`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[1])])
        >>> model.compile("sgd", "meanSquaredError")
        >>> sorted(model.get_metrics_result())
        ['loss']
        """
        tracked = self.trainer.tracked("get_metrics_result")  # type: ignore[attr-defined]
        known = {id(one.metric): one.name for one in tracked}
        found: Logs = {}
        for one in self.metrics:
            result = one.result()
            found |= result if isinstance(result, dict) else {known.get(id(one), one.name): result}
        return found

    def _objective_for(self, y_pred: Any) -> Any:
        """Losses and metrics, tied to these outputs where the class has no `call` that gives them."""
        return self.trainer.objective("compute_loss", y_pred)  # type: ignore[attr-defined]

    def _loss_of(self, x: Any, y: Any, outputs: Any, weights: Any, training: bool) -> Tensor:
        """What `compute_loss` gives; a subclass's need not take `training`."""
        asked = signature(self.compute_loss).parameters.values()
        takes = any(one.name == "training" or one.kind is one.VAR_KEYWORD for one in asked)
        told = {"training": training} if takes else {}
        return self.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weights, **told)

    def _reported(self, loss: Tensor, x: Any, y: Any, outputs: Any, weights: Any) -> Logs:
        tracker = self.trainer.objective("train_step").tracked[0].metric  # type: ignore[attr-defined]
        assert isinstance(tracker, Mean)
        examples = self._grouped_inputs(x)[0].shape[0]  # type: ignore[attr-defined]
        tracker.update_state(loss.reshape((1,)), sample_weight=[float(examples)])
        return self.compute_metrics(x=x, y=y, y_pred=outputs, sample_weight=weights)

    @property
    def metrics(self) -> list[Metric]:
        """All metrics: that of the loss, those of `compile`, those that layers and the model keep.

        As Keras's; a subclass may give its own. Their states are forgotten when an epoch begins.
        """
        trainer = self.trainer  # type: ignore[attr-defined]
        known = trainer.objective("metrics").tracked if trainer.is_tied else []
        return [*(one.metric for one in known), *self._own_metrics]

    @property
    def _own_metrics(self) -> list[Metric]:
        """The metrics that the model and its layers keep in attributes."""
        found = {
            id(value): value
            for layer in self._with_inner_layers()  # type: ignore[attr-defined]
            for value in vars(layer).values()
            if isinstance(value, Metric)
        }
        return list(found.values())

    @property
    def _added_metrics(self) -> list[str]:
        """The names by which layers report values, with `add_metric`."""
        layers = self._with_inner_layers()  # type: ignore[attr-defined]
        return list(dict.fromkeys(name for one in layers for name in one._metric_names))

    def _penalties(self) -> Iterator[Tensor]:
        """What weights cost by their regularizers, and what the functions of `add_loss` give."""
        for weight in self._own_weights:  # type: ignore[attr-defined]
            if weight.regularizer is not None:
                yield weight.regularizer(weight.variable)
        for layer in self._with_inner_layers():  # type: ignore[attr-defined]
            for function in layer._loss_functions:
                yield function()

    def __call__(self, inputs: Any = BY_NAME, *more: Any, **arguments: Any) -> Any:
        """Applies the model, as a layer is; `losses` has what its layers add until the next call.

        `inputs`, `more`, `arguments`: as those of a layer.
        """
        if penalties_so_far() is not None:  # within a step, or a call of another model
            return super().__call__(inputs, *more, **arguments)  # type: ignore[misc]
        with collected() as found:
            result = super().__call__(inputs, *more, **arguments)  # type: ignore[misc]
        vars(self)["_added"] = found.penalties
        return result

    apply = __call__

    @property
    def losses(self) -> list[Tensor]:
        """What layers added in this step so far, or in the last call, then the penalties of weights.

        As Keras's.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.activity_regularization(l1=1.0, input_shape=[2])])
        >>> _ = model(gl.ones([1, 2]))
        >>> [one.item() for one in model.losses]
        [2.0]
        """
        added = penalties_so_far()
        return [*(vars(self).get("_added", ()) if added is None else added), *self._penalties()]


Stepping._usual_steps = {
    name: getattr(Stepping, name)
    for name in ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics")
}


def unpacked(data: Any) -> tuple[Any, Any, Any]:
    """x, y and weights of the data of a step, None for what they lack."""
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ArgumentError(f"the data of a step are (x,), (x, y) or (x, y, weights), got {len(data)} parts")
    x, y, weights = (*data, None, None)[:3]
    return x, y, weights
