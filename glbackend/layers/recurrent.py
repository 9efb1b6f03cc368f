"""Recurrent layers: a cell driven along the time axis."""

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from glbackend.base.calling import parameters_of
from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.maker import KERAS_3
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers import regularizers
from glbackend.layers.cells import (
    Cell,
    GRUCell,
    LSTMCell,
    SimpleRNNCell,
    StackedRNNCells,
    through,
)
from glbackend.layers.layer import LAYERS, Layer, Mask, layer
from glbackend.layers.states import States, first_states, fit, state_shapes, state_sizes, zero_states
from glbackend.layers.structure import BY_NAME
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.create import tensor

MOST_STEPS = 1 << 20


class Begun(Layer):
    """What layers along time share: the states that they begin with, given to the call beside the input."""

    supports_masking = True
    _meant_otherwise_by = (KERAS_3,)
    stateful: bool

    def reset_states(self, states: Sequence[Any] | None = None) -> None:
        """Forgets the states, or sets them. As `layer.resetStates`."""

    def reset_state(self) -> None:
        """Forgets the states. Keras 3's name."""
        self.reset_states()

    def __call__(self, inputs: Any = BY_NAME, initial_state: Any = None, **arguments: Any) -> Any:
        """Applies the layer, from `initial_state` (a tensor or lists) where given. As `layer.apply`."""
        if inputs is BY_NAME:
            inputs = arguments.pop("sequences") if "sequences" in arguments else self._named_inputs(arguments)
        if initial_state is not None:
            inputs = [inputs, *_flat(initial_state)]  # as TF.js has it in files
        return super().__call__(inputs, **arguments)

    apply = __call__

    def steps_mask(self, mask: Any) -> Mask:
        """The mask of the steps, bool, of one given to a call: beside first states a list came by itself."""
        if isinstance(mask, list):
            mask = None if self._config_origin.maker == KERAS_3 else mask[0]
        return None if mask is None else mask.cast("bool")


def _flat(states: Any) -> States:
    """The states in lists of lists: Keras 3 has one for each of stacked cells."""
    return [one for part in states for one in _flat(part)] if isinstance(states, list | tuple) else [states]


class Walk(Begun):
    """A cell driven from step to step, its states, masks."""

    cell: Any
    return_sequences: bool
    return_state: bool
    go_backwards: bool
    stateful: bool
    zero_output_for_mask: bool
    states: list[Variable]  # of a stateful layer, once its batch size is known
    _untracked_names = frozenset({"states"})

    def build(self, input_shape: Any) -> None:
        shape: LayerShape = input_shape[0] if isinstance(input_shape, list) else input_shape
        if len(shape) != self.input_rank or shape[self._feature_axis] is None:
            raise ShapeError(
                f"{self.class_name} {self.name!r}: needs inputs {self._form('features')} with known "
                f"features, got {list(shape)}"
            )
        self.features = shape[self._feature_axis]
        if self.stateful and shape[0] is None:
            raise ShapeError(
                f"{self.class_name} {self.name!r}: a stateful layer must know its batch size: "
                f"give batch_input_shape"
            )
        self.cell.ensure_built([(shape[0], *shape[2:])])
        if self.stateful:
            self.states = [Variable(one.handle, False) for one in self.get_initial_state(shape[0] or 0)]

    @property
    def input_rank(self) -> int:
        """Dims of an input: [batch, time, features], and those of space where the cell has some."""
        return 3 + getattr(self.cell, "rank", 0)

    @property
    def _feature_axis(self) -> int:
        return 2 if getattr(self.cell, "first", False) else self.input_rank - 1

    def _form(self, features: Any) -> str:
        """The shape of inputs, in words."""
        dims = ["batch", "time", *("size",) * (self.input_rank - 2)]
        dims[self._feature_axis] = str(features)
        return f"[{', '.join(dims)}]"

    @property
    def state_sizes(self) -> tuple[Any, ...]:
        """Of the states; each the dims behind the batch where it has several."""
        return state_sizes(self.cell)

    @property
    def state_size(self) -> list[Any]:
        """`state_sizes` in a list, by Keras's name."""
        return list(self.state_sizes)

    def get_initial_state(self, batch_size: int) -> States:
        """What a sequence begins with where no `initial_state` is given. As Keras has it.

        `batch_size`: how many sequences there are.
        """
        return first_states(self.cell, batch_size)

    _makes_masks = False

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """That of the input for sequences, none for the last output."""
        return (mask[0] if isinstance(mask, list) else mask) if self.return_sequences else None

    def call(self, inputs: Tensor | list[Tensor], training: bool = False, mask: Any = None) -> Any:
        x, *initial = inputs if isinstance(inputs, list) else [inputs]
        if x.rank != self.input_rank or x.shape[1] == 0 or x.shape[self._feature_axis] != self.features:
            raise ShapeError(
                f"{self.class_name} {self.name!r}: takes {self._form(self.features)}, got {list(x.shape)}"
            )
        if x.shape[1] > MOST_STEPS:
            raise ShapeError(f"{self.class_name} {self.name!r}: {x.shape[1]:,} steps, at most {MOST_STEPS:,}")
        states = self._first_states(x.shape[0], initial)
        mask = self.steps_mask(mask)
        if self.go_backwards:  # what it gives stands in the order in which it went
            x, mask = x.reverse(1), None if mask is None else mask.reverse(1)
        out, states = self._through(x, states, mask, training)
        if self.zero_output_for_mask and mask is not None:
            kept = mask if self.return_sequences else mask[:, -1]
            out = out.where(kept.reshape((*kept.shape, *(1 for _ in out.shape[kept.rank :]))), 0.0)
        if self.stateful:
            for variable, state in zip(self.states, states, strict=True):
                variable.assign(state)
        return [out, *states] if self.return_state else out

    def _through(
        self, x: Tensor, states: States, mask: Tensor | None, training: bool
    ) -> tuple[Tensor, States]:
        """The output, and the last states where they are wanted; stacked cells take the sequence in turn."""
        stacked = isinstance(self.cell, StackedRNNCells)
        cells = self.cell.cells if stacked else [self.cell]
        parts = self.cell._parted_states(states) if stacked else [states]
        last, wanted = [], self.return_state or self.stateful
        for i, (cell, own) in enumerate(zip(cells, parts, strict=True)):
            whole = self.return_sequences or i < len(cells) - 1
            x, states = through(cell, x, own, mask, training, whole, wanted)
            last.append(states)
        return x, self.cell.joined(last) if stacked else last[0]

    def _first_states(self, batch: int, given: States) -> States:
        """Those given or kept; none for those that its cell begins with."""
        if given or self.stateful:
            states = given or list(self.states)
            shapes = state_shapes(self.cell, batch)
            if not fit(states, shapes):
                raise ShapeError(
                    f"{self.class_name} {self.name!r}: {'initial_state' if given else 'its state'} must be "
                    f"{len(shapes)} of shape {list(shapes[0])}, got {[list(one.shape) for one in states]}"
                )
            return states
        return []

    def reset_states(self, states: Sequence[Any] | None = None) -> None:
        """Forgets the states, or sets them. As `layer.resetStates`."""
        if not self.stateful:
            raise ArgumentError(f"{self.class_name} {self.name!r}: only a stateful layer has states to reset")
        if not self.states:
            return
        batch = self.states[0].shape[0]
        given = (
            None if states is None else [one if isinstance(one, Tensor) else tensor(one) for one in states]
        )
        values = zero_states(self.cell, batch) if given is None else self._first_states(batch, given)
        for variable, value in zip(self.states, values, strict=True):
            variable.assign(value)

    def named_weights(
        self, prefix: str | None = None, scopes: bool = False
    ) -> Iterator[tuple[str, Variable]]:
        """Those of the cell under the layer's name, as TF.js names them."""
        if scopes:
            yield from super().named_weights(prefix, scopes)
        else:
            yield from self.cell.named_weights(prefix or self.name)

    def dispose(self) -> None:
        super().dispose()
        for variable in self.states:
            variable.dispose()


@layer("rnn")
class RNN(Walk):
    """A cell driven over the steps of a sequence.

    Input [batch, time, features], output that of the last step, [batch, units]. `initial_state` (a tensor or
    list) and `mask` (bool [batch, time]) may be given to the call: where the mask is False the states stay
    and the last output is repeated.

    `cell`: a cell such as `lstm_cell`, a list of them (one upon the other), or a layer of one's own with a
    `state_size` whose `call(inputs, states)` gives an output and the next states, and which may have a
    `get_initial_state(batch_size)`.
    `return_sequences`: whether the output is that of every step, [batch, time, units].
    `return_state`: whether the last states follow the output, in a list.
    `go_backwards`: whether the steps are taken from the last to the first.
    `stateful`: whether a batch begins with the states that the one before left, until `reset_states`; the
    batch size must then be known.
    `unroll`: changes nothing.
    `zero_output_for_mask`: whether the output is 0 where the mask is False.

    Raises ShapeError where the input is no sequence or a state does not fit. As `tf.layers.rnn`.

    >>> import glbackend as gl
    >>> gl.layers.rnn(cell=gl.layers.gru_cell(units=3), return_sequences=True)(gl.zeros([2, 5, 4])).shape
    (2, 5, 3)
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        # differs from TF.js: zero_output_for_mask counts, as in Keras; there it is dropped
        self.zero_output_for_mask = bool(zero_output_for_mask)
        self.cell = StackedRNNCells(cell) if isinstance(cell, list | tuple) else LAYERS.get(cell)
        state_sizes(self.cell)  # raises where it has none
        self.return_sequences, self.return_state = bool(return_sequences), bool(return_state)
        self.go_backwards, self.stateful, self.unroll = bool(go_backwards), bool(stateful), bool(unroll)
        self.states = []


class Recurrent(RNN):
    """RNN over a cell of ours, whose options it takes and whose attributes are its own."""

    options_of: ClassVar[type[Cell]]  # the cell's class

    def __init__(
        self, units: int, activation: Any = "tanh", *, activity_regularizer: Any = None, **options: Any
    ) -> None:
        own = parameters_of(RNN)
        inner = {key: one for key, one in options.items() if key not in own}
        cell = self.options_of(units, activation=activation, **inner)
        super().__init__(cell, **{key: one for key, one in options.items() if key in own})
        self.activity_regularizer = regularizers.get(activity_regularizer)

    def __getattr__(self, name: str) -> Any:
        if name == "cell":  # not made yet
            raise AttributeError(name)
        if hasattr(type(self), name):  # a property of its own, which says why there is none
            return object.__getattribute__(self, name)
        return getattr(self.cell, name)


@layer("simple_rnn")
class SimpleRNN(Recurrent):
    """h' = act(x W + h U + b) over the steps of a sequence.

    Input, output, `initial_state` and `mask` as `rnn`; weights as `simple_rnn_cell`.

    `units`: size of the state.
    `activity_regularizer`: what the output costs in training.
    The options of `rnn`: `return_sequences`, `return_state`, `go_backwards`, `stateful`, `unroll`,
    `zero_output_for_mask`.
    The options of `simple_rnn_cell`: `activation`, `use_bias`, `kernel_initializer`, `recurrent_initializer`,
    `bias_initializer`, `kernel_regularizer`, `recurrent_regularizer`, `bias_regularizer`,
    `kernel_constraint`, `recurrent_constraint`, `bias_constraint`, `dropout`, `recurrent_dropout`.

    As `tf.layers.simpleRNN`.

    >>> import glbackend as gl
    >>> gl.layers.simple_rnn(units=3)(gl.zeros([2, 5, 4])).shape
    (2, 3)
    """

    options_of = SimpleRNNCell


@layer("lstm")
class LSTM(Recurrent):
    """Long short-term memory over a sequence: c' = f c + i act(z), h' = o act(c'), gates i, f, z, o.

    Input, output, `initial_state` and `mask` as `rnn`; states are h and c; weights as `lstm_cell`.

    `units`: size of each state.
    `activity_regularizer`: what the output costs in training.
    The options of `rnn`: `return_sequences`, `return_state`, `go_backwards`, `stateful`, `unroll`,
    `zero_output_for_mask`.
    The options of `lstm_cell`: `activation`, `recurrent_activation`, `use_bias`, `kernel_initializer`,
    `recurrent_initializer`, `bias_initializer`, `kernel_regularizer`, `recurrent_regularizer`,
    `bias_regularizer`, `kernel_constraint`, `recurrent_constraint`, `bias_constraint`, `dropout`,
    `recurrent_dropout`, `unit_forget_bias`, `implementation`.

    Hochreiter and Schmidhuber 1997. As `tf.layers.lstm`.

    >>> import glbackend as gl
    >>> out, h, c = gl.layers.lstm(units=3, return_sequences=True, return_state=True)(gl.zeros([2, 5, 4]))
    >>> out.shape, c.shape
    ((2, 5, 3), (2, 3))
    """

    options_of = LSTMCell


@layer("gru")
class GRU(Recurrent):
    """Gated recurrent unit over the steps of a sequence: h' = z h + (1 - z) act(x + (r h) U), gates z, r, h.

    Input, output, `initial_state` and `mask` as `rnn`; weights as `gru_cell`.

    `units`: size of the state.
    `activity_regularizer`: what the output costs in training.
    The options of `rnn`: `return_sequences`, `return_state`, `go_backwards`, `stateful`, `unroll`,
    `zero_output_for_mask`.
    The options of `gru_cell`: `activation`, `recurrent_activation`, `use_bias`, `kernel_initializer`,
    `recurrent_initializer`, `bias_initializer`, `kernel_regularizer`, `recurrent_regularizer`,
    `bias_regularizer`, `kernel_constraint`, `recurrent_constraint`, `bias_constraint`, `dropout`,
    `recurrent_dropout`, `reset_after`, `implementation`.

    Cho et al. 2014. As `tf.layers.gru`.

    >>> import glbackend as gl
    >>> gl.layers.gru(units=3)(gl.zeros([2, 5, 4])).shape
    (2, 3)
    """

    options_of = GRUCell
