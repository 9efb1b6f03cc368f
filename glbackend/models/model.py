"""Model: a graph of layers from symbolic inputs to outputs, itself a layer."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.layer import LAYERS, Layer, Mask
from glbackend.layers.symbolic import SymbolicTensor
from glbackend.models.graph import Graph
from glbackend.models.saving import save_model
from glbackend.models.serialization import graph_config, graph_of
from glbackend.models.summary import summary_lines
from glbackend.training.callbacks import History
from glbackend.training.dataset import Dataset
from glbackend.training.trainer import Trainer


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


@LAYERS.declare("Functional")
class Model(Layer):
    """A functional model: a graph of layers from inputs to outputs, itself a layer. As `tf.model`.

    `inputs`, `outputs`: symbolic tensors, as `gl.input` and calls of layers give them, or lists of them.
    `name`: names the model where it is a layer of another.
    `trainable`: False keeps all its weights as they are.

    Raises ArgumentError where the outputs need other inputs, or two layers share a name.

    >>> import glbackend as gl
    >>> x = gl.input([4])
    >>> y = gl.layers.dense(units=2)(x)
    >>> gl.model(inputs=x, outputs=y).predict(gl.ones([3, 4])).shape
    (3, 2)
    """

    accepts_int = True
    is_model = True

    def __init__(
        self,
        *,
        inputs: SymbolicTensor | Sequence[SymbolicTensor],
        outputs: SymbolicTensor | Sequence[SymbolicTensor],
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(name=name, trainable=trainable)
        self._set_graph(_as_list(inputs), _as_list(outputs))

    def _set_graph(self, inputs: list[SymbolicTensor], outputs: list[SymbolicTensor]) -> None:
        for symbol in (*inputs, *outputs):
            if not isinstance(symbol, SymbolicTensor):
                raise ArgumentError(
                    f"model {self.name!r}: inputs and outputs must be symbolic tensors, got {symbol!r}"
                )
        self.graph = Graph(inputs, outputs, self.name)
        self.merges = len(inputs) > 1  # type: ignore[misc]
        self.built = True
        layers = [symbol.layer for symbol in inputs] + [layer for layer, _ in self.graph.calls]
        self._layers = list(dict.fromkeys(layers))
        names = [layer.name for layer in self._layers]
        doubled = {name for name in names if names.count(name) > 1}
        if doubled:
            raise ArgumentError(
                f"model {self.name!r}: layer names must differ, but {', '.join(doubled)} occur twice"
            )

    @property
    def layers(self) -> list[Layer]:
        """The layers, inputs first, in an order in which they can run."""
        return list(self._layers)

    @checked
    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by name or by index. As `model.getLayer`.

        `name`: of the layer; ArgumentError where the model has none of that name.
        `index`: in its place the number of the layer in `layers`.

        >>> import glbackend as gl
        >>> gl.sequential([gl.layers.dense(units=3, input_shape=[2])]).get_layer(index=0).units
        3
        """
        if index is not None:
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ArgumentError(
            f"model {self.name!r} has no layer {name!r}: {', '.join(one.name for one in self.layers)}"
        )

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """Symbolic inputs."""
        return self.graph.inputs

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """Symbolic outputs."""
        return self.graph.outputs

    @property
    def sublayers(self) -> dict[str, Any]:
        return {layer.name: layer for layer in self.layers}

    def named_weights(
        self, prefix: str | None = None, scopes: bool = False
    ) -> Iterator[tuple[str, Variable]]:
        """Those of the layers; the model's own name stands in no weight's, as in TF.js."""
        for layer in self.layers:
            yield from layer.named_weights(prefix and f"{prefix}/{layer.name}", scopes)

    def call(self, inputs: Any, training: bool = False, mask: Any = None) -> Any:
        given = _as_list(inputs)
        results, _ = self.run(given, None if mask is None else _as_list(mask), training, {})
        return results[0] if len(results) == 1 else results

    def run(
        self, group: list[Tensor], masks: list[Mask] | None, training: bool, arguments: dict[str, Any]
    ) -> tuple[list[Tensor], list[Mask] | None]:
        """The outputs for the inputs, and the masks of the outputs, for losses and metrics."""
        if len(group) != len(self.inputs):
            raise ArgumentError(
                f"model {self.name!r} takes {len(self.inputs)} inputs ({', '.join(self.input_names)}), "
                f"but {len(group)} were given"
            )
        return self.graph.run(group, masks, arguments.get("training", training))

    @checked
    def save(self, target: Any, *, quantization: Any = None, include_optimizer: bool = False) -> Any:
        """Writes the model: model.json and weight shards. As `model.save`.

        `target`: a folder, or an IO handler as `gl.io.from_memory()`.
        `quantization`: None, "float16", "uint8" or "uint16".
        `include_optimizer`: whether the optimizer and its state are written too.

        A failed save leaves an earlier model intact.

        >>> import glbackend as gl
        >>> memory = gl.io.from_memory()
        >>> _ = gl.sequential([gl.layers.dense(units=1, input_shape=[2], name="d")]).save(memory)
        >>> list(memory.artifacts.weights)
        ['d/kernel', 'd/bias']
        """
        return save_model(self, self.trainer if include_optimizer else None, target, quantization)

    @checked
    def summary(
        self, line_length: int = 98, positions: Sequence[float] | None = None, print_fn: Any = print
    ) -> None:
        """Prints a table of the layers, their shapes and parameter counts. As `model.summary`.

        `line_length`: width of the table in characters.
        `positions`: where its columns end, as shares of the width.
        `print_fn`: what is called with each line.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=3, input_shape=[2], name="d")], name="m")
        >>> model.summary(line_length=50)
        Model: m
        __________________________________________________
        Layer (type)      Input shape  Output sha…  Par…
        ==================================================
        d (Dense)         [None, 2]    [None, 3]    9
        ==================================================
        Total params: 9
        Trainable params: 9
        Non-trainable params: 0
        __________________________________________________
        """
        calls = self.graph.calls if self.built else ()
        for line in summary_lines(self, self.layers, calls, line_length, positions):
            print_fn(line)

    def get_config(self) -> dict[str, Any]:
        """The graph in Keras's spelling: layers, inbound nodes, input and output layers."""
        return graph_config(self.name, self.layers, self.graph)

    @classmethod
    def from_config(cls, config: Any) -> "Model":
        """A model of such a graph."""
        inputs, outputs = graph_of(config)
        return cls(inputs=inputs, outputs=outputs, name=config.get("name"))

    # -- training: the work is the trainer's -----------------------------------------------------------------

    @cached_property
    def trainer(self) -> Trainer:
        """What trains this model; one of another class may be set before `compile`."""
        return Trainer(self)

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

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs."""
        return [symbol.name for symbol in self.inputs]

    @property
    def output_names(self) -> list[str]:
        """Names of the layers that give the outputs."""
        return [symbol.name for symbol in self.outputs]

    @checked
    def compile(self, optimizer: Any, loss: Any, metrics: Any = None) -> None:
        """Sets how to train. As `model.compile`.

        `optimizer` is an optimizer or its name ("adam"). `loss` is a name or a function of (targets,
        predictions), for several outputs also a list or a dict by output name. `metrics` are names or
        functions, one or a list, or a dict by output name; "accuracy" is the one that fits the loss. All are
        in docs/losses-and-metrics.md. ArgumentError for an unknown name, which changes nothing.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=1, input_shape=[2])])
        >>> model.compile("sgd", "meanSquaredError", metrics=["mae"])
        >>> model.metrics_names
        ['loss', 'mae']
        """
        self.trainer.compile(optimizer, loss, metrics)

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
        several inputs or outputs lists or dicts by name. Or `x` is a data set (`training/dataset.py`), which
        gives tuples (x, y) or (x, y, weights), and `y` is left out.

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
