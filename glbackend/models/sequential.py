"""Sequential: a row of layers."""

from collections.abc import Sequence
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.maker import KERAS_2, KERAS_3, maker
from glbackend.base.registry import shared_read, shared_written
from glbackend.engine.tensor import Tensor
from glbackend.layers.checking import as_it_was
from glbackend.layers.core import InputLayer
from glbackend.layers.layer import LAYERS, Layer, Mask
from glbackend.layers.symbolic import LayerShape, SymbolicTensor
from glbackend.models.model import Model
from glbackend.models.serialization import deserialize_layer, own_options, shared_layers


@LAYERS.declare()
class Sequential(Model):
    """Layers one after the other. As `tf.sequential`.

    `layers`: the layers, each with one input and one output. The first may give `input_shape`, or what
    `gl.input` gives may stand in front; without either the weights are made when the first batch comes.
    `name`: names the model where it is a layer of another.
    `trainable`: False keeps all its weights as they are.

    >>> import glbackend as gl
    >>> model = gl.sequential([gl.layers.dense(units=3, input_shape=[2]), gl.layers.activation("relu")])
    >>> model.outputs[0].shape
    (None, 3)
    """

    def __init__(
        self,
        layers: Sequence[Layer | SymbolicTensor] | None = None,
        *,
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        Layer.__init__(self, name=name, trainable=trainable)
        self._row: list[Layer] = []
        # the input and the output of each layer, once the input's shape is known
        self._symbols: list[SymbolicTensor] = []
        for layer in layers or ():
            self.add(layer)

    @property
    def _is_coded(self) -> bool:
        return False

    @property
    def layers(self) -> list[Layer]:
        return list(self._row)

    @checked
    def add(self, layer: Layer | SymbolicTensor) -> None:
        """Appends a layer. As `model.add`.

        `layer`: where its shapes do not fit, or its name is taken, this raises and the model stays as it was.
        In front of all layers also what `gl.input` gives, which is none of `layers`, as in Keras.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=3, input_shape=[2])])
        >>> model.add(gl.layers.dense(units=4))
        >>> model.outputs[0].shape
        (None, 4)
        """
        if isinstance(layer, SymbolicTensor):
            self._start_from(layer)
            return
        if not isinstance(layer, Layer):
            raise ArgumentError(f"sequential: add takes a layer, got {type(layer).__name__}")
        if any(one.name == layer.name for one in self._row):
            raise ArgumentError(f"sequential {self.name!r}: a layer named {layer.name!r} is there already")
        if self._symbols:
            self._extend(layer)
            if not self._row:  # behind an input, which files know by this
                layer.batch_input_shape, layer.dtype = self._symbols[0].shape, self._symbols[0].dtype
        elif not self._row:
            self._start(layer)
        self._row.append(layer)
        if self._symbols:
            self._refresh()

    def pop(self) -> None:
        """Removes the last layer; ArgumentError where there is none. As `model.pop`.

        >>> import glbackend as gl
        >>> model = gl.sequential([gl.layers.dense(units=3, input_shape=[2]), gl.layers.dense(units=4)])
        >>> model.pop()
        >>> model.outputs[0].shape
        (None, 3)
        """
        if not self._row:
            raise ArgumentError(f"sequential {self.name!r}: there is no layer to remove")
        layer = self._row.pop()
        if self._symbols:
            symbol = self._symbols.pop()
            layer._inbound_nodes[:] = [node for node in layer._inbound_nodes if node.outputs[0] is not symbol]
        if not self._row:
            self._symbols = []
        if self._symbols:
            self._refresh()
        else:
            self.built = False

    def _start_from(self, symbol: SymbolicTensor) -> None:
        if self._row or self._symbols or not isinstance(symbol.layer, InputLayer):
            raise ArgumentError(
                f"sequential {self.name!r}: only the result of gl.input may stand among its layers, in front "
                f"of all, got {symbol}: for other graphs use gl.model(inputs=..., outputs=...)"
            )
        self._symbols = [symbol]

    def _start(self, layer: Layer) -> None:
        """Makes the symbolic input where the first layer tells its shape."""
        if isinstance(layer, InputLayer):
            self._symbols = [layer._inbound_nodes[0].outputs[0]]
            return
        shape, dtype = layer.batch_input_shape, layer._entry_dtype
        if shape is None and isinstance(layer, Model) and layer.built:
            shape, dtype = layer._symbolic_inputs[0].shape, layer._symbolic_inputs[0].dtype
        if shape is not None:
            self._enter(layer, shape, dtype)

    def _enter(self, layer: Layer, shape: LayerShape, dtype: Any) -> None:
        entry = InputLayer(batch_input_shape=shape, dtype=dtype, name=f"{layer.name}_input")
        self._symbols = [entry._inbound_nodes[0].outputs[0]]
        try:
            self._extend(layer)
        except Exception:
            self._symbols = []
            raise

    def _extend(self, layer: Layer) -> None:
        result = layer(self._symbols[-1])
        if isinstance(result, list):
            raise ArgumentError(
                f"sequential: layer {layer.name!r} has several outputs: use model(inputs, outputs)"
            )
        self._symbols.append(result)

    def _refresh(self) -> None:
        self._set_graph([self._symbols[0]], [self._symbols[-1]])

    def build(self, input_shape: LayerShape) -> None:
        """Makes the weights for a batch of this shape."""
        if not self._row:
            raise ArgumentError(f"sequential {self.name!r} has no layers yet")
        if self._symbols:
            return
        with as_it_was(self):
            self._enter(self._row[0], (None, *input_shape[1:]), self._row[0]._entry_dtype)
            for layer in self._row[1:]:
                self._extend(layer)
            self._refresh()

    @property
    def _entry_dtype(self) -> DType:
        """That of its first layer."""
        return self._row[0]._entry_dtype if self._row else self.dtype

    def _run_with_masks(
        self, group: list[Tensor], masks: list[Mask] | None, training: bool | None, arguments: dict[str, Any]
    ) -> tuple[list[Tensor], list[Mask] | None]:
        self.build(group[0].shape)
        return super()._run_with_masks(group, masks, training, arguments)

    @property
    def _symbolic_inputs(self) -> list[SymbolicTensor]:
        self._require_built()
        return super()._symbolic_inputs

    @property
    def _symbolic_outputs(self) -> list[SymbolicTensor]:
        self._require_built()
        return super()._symbolic_outputs

    def _require_built(self) -> None:
        if not self._symbols or not self._row:
            raise ShapeError(
                f"sequential {self.name!r} has no shapes yet: "
                f"give its first layer input_shape, or call it once"
            )

    def get_config(self) -> dict[str, Any]:
        """The row of layers in Keras's spelling."""
        with shared_written(lambda: shared_layers(self)):
            return {**self._own_config(), "layers": [LAYERS.serialize(layer) for layer in self._row]}

    @classmethod
    def from_config(cls, config: Any) -> "Sequential":
        """A model of its config: {"name", "layers"}, or the layers alone."""
        entries = config if isinstance(config, list) else config["layers"]
        model = cls() if isinstance(config, list) else cls(**own_options(config))
        with shared_read():
            for i, entry in enumerate(entries):
                layer = deserialize_layer(entry)
                entered = i == 0 and isinstance(layer, InputLayer) and maker() in (KERAS_2, KERAS_3)
                model.add(
                    layer._inbound_nodes[0].outputs[0] if entered else layer
                )  # none of the layers, as in Keras
        if not model.built and isinstance(config, dict) and config.get("build_input_shape"):
            model.build(tuple(config["build_input_shape"]))
        return model
