"""Cells: the step of a recurrent layer.

What the inputs give to all steps is one product; then one kernel takes all steps.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from glbackend.base.errors import ArgumentError
from glbackend.base.maker import KERAS_2, KERAS_3
from glbackend.contracts.recurrent import ACTIVATIONS as STEP_NAMES
from glbackend.engine.tensor import Tensor
from glbackend.layers import activations
from glbackend.layers.layer import LAYERS, Layer, layer
from glbackend.layers.states import States, first_states, given_states, state_sizes, zero_states
from glbackend.layers.symbolic import LayerShape
from glbackend.ops import recurrent as steps
from glbackend.ops.concat import stack, unstack
from glbackend.ops.create import ones
from glbackend.ops.logical import where
from glbackend.ops.matmul import fused_matmul
from glbackend.ops.random import dropout

Step = Callable[[States, int], tuple[Tensor, States]]  # states and time to the output and the next states

_NAMES = {activations.get(name): name for name in STEP_NAMES}  # what the steps' kernels know


def through(
    cell: Any, x: Tensor, states: States, mask: Tensor | None, training: bool, whole: bool, ends: bool
) -> tuple[Tensor, States]:
    """What a cell makes of x [batch, time, features]: its output and, where `ends` says so, its last states.

    The output is that of all steps, [batch, time, ...], or unless `whole` of the last. Where `mask` (bool,
    [batch, time]) is False the states stay, and the output is that of the step before. No
    `states`: those that it begins with.
    """
    if isinstance(cell, Cell):
        return cell.through(x, states, mask, training, whole, ends)
    pieces = unstack(x, 1)
    arguments = {"training": training} if "training" in cell._call_arguments else {}

    def step(states: States, time: int) -> tuple[Tensor, States]:
        output, following = cell(pieces[time], states=states, **arguments)
        return output, list(following) if isinstance(following, list | tuple) else [following]

    return walk(step, states or first_states(cell, x.shape[0]), len(pieces), mask, whole)


def walk(step: Step, states: States, count: int, mask: Tensor | None, whole: bool) -> tuple[Tensor, States]:
    """As `through`, step by step by ordinary ops, from `states`."""
    masks = None if mask is None else unstack(mask, 1)
    outputs: States = []
    output = states[0]
    for time in range(count):
        new, following = step(states, time)
        if masks is not None:
            new = _chosen(masks[time], new, output)
            following = [_chosen(masks[time], *pair) for pair in zip(following, states, strict=True)]
        output, states = new, following
        if not whole:
            outputs.clear()
        outputs.append(output)
    return stack(outputs, 1) if whole else output, states


def _chosen(mask: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return where(mask.reshape((mask.size, *(1 for _ in new.shape[1:]))), new, old)


class Cell(Layer):
    """What cells of ours share; `call(inputs, states)` gives the output and the next states."""

    _input_ranks = range(2, 3)
    kind: str  # as the kernel knows it
    gate_count: ClassVar[int] = 1
    state_count: ClassVar[int] = 1
    recurrent_activation: Any = staticmethod(activations.get("sigmoid"))  # of gates, which not all have

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorotNormal",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units = self.positive("units", units)
        self.activation, self.use_bias = activations.get(activation), use_bias
        self.recipe("kernel", kernel_initializer, kernel_regularizer, kernel_constraint)
        self.recipe("recurrent", recurrent_initializer, recurrent_regularizer, recurrent_constraint)
        self.recipe("bias", bias_initializer, bias_regularizer, bias_constraint)
        self.dropout = self.share("dropout", dropout)
        self.recurrent_dropout = self.share("recurrent_dropout", recurrent_dropout)
        self.state_size = [self.units] * self.state_count

    def biases(self) -> tuple[Tensor | None, Tensor | None]:
        """The bias of what the inputs give, and that of what the states give."""
        return self.bias, None

    def make_bias(self) -> Any:
        """The weight."""
        return self.make("bias", (self.gate_count * self.units,))

    def build(self, input_shape: LayerShape) -> None:
        width = self.gate_count * self.units
        self.kernel = self.make("kernel", (input_shape[-1], width))
        self.recurrent_kernel = self.make("recurrent", (self.units, width), "recurrent_kernel")
        self.bias = self.make_bias() if self.use_bias else None

    def get_initial_state(self, batch_size: int) -> States:
        """States of zeros for a batch of that size. As Keras's `cell.get_initial_state`."""
        return zero_states(self, batch_size)

    def call(self, inputs: Tensor, states: Any = None, training: bool = False) -> tuple[Tensor, States]:
        states = given_states(self, inputs, states)
        return self.through(inputs.expand_dims(1), states, None, training, whole=False, ends=True)

    def through(
        self, x: Tensor, states: States, mask: Tensor | None, training: bool, whole: bool, ends: bool
    ) -> tuple[Tensor, States]:
        """As the function `through`; what is dropped is the same for all steps."""
        if training and self.dropout:
            x = x * dropout(ones((x.shape[0], 1, x.shape[2])), self.dropout)
        bias, inner = self.biases()
        flat = fused_matmul(x.reshape((math.prod(x.shape[:2]), x.shape[2])), self.kernel, bias=bias)
        z = flat.reshape((*x.shape[:2], flat.shape[1]))
        weights, functions = self.recurrent_kernel, (self.activation, self.recurrent_activation)
        names = [_NAMES.get(one, "") for one in functions]
        drops = training and self.recurrent_dropout > 0
        if all(names) and not drops:
            masks = None if mask is None else mask.expand_dims(2)
            every = steps.rnn(self.kind, z, states, weights, inner, masks, *names)
            if not ends:
                return every[0] if whole else every[0][:, -1], []
            last = [one[:, -1] for one in every]
            return every[0] if whole else last[0], last
        kept = dropout(ones((x.shape[0], self.units)), self.recurrent_dropout) if drops else None
        pieces = unstack(z, 1)

        def step(states: States, time: int) -> tuple[Tensor, States]:
            held = states if kept is None else [states[0] * kept, *states[1:]]
            following = steps.step(self.kind, pieces[time], held, weights, inner, *functions)
            return following[0], following

        return walk(step, states or zero_states(self, x.shape[0]), len(pieces), mask, whole)


@layer("simple_rnn_cell")
class SimpleRNNCell(Cell):
    """One step of `simple_rnn`: h' = act(x W + h U + b); the state is h [batch, units].

    Input [batch, features] and `states=[h]`, output h' and [h']. Weights kernel W [features, units],
    recurrent_kernel U [units, units], bias b [units].

    `units`: size of the state.
    `activation`: act, by name or a function.
    `use_bias`: whether there is a bias.
    `kernel_initializer`, `recurrent_initializer`, `bias_initializer`: how the weights start.
    `kernel_regularizer`, `recurrent_regularizer`, `bias_regularizer`: what the weights cost in training.
    `kernel_constraint`, `recurrent_constraint`, `bias_constraint`: what the weights are forced into after
    each step.
    `dropout`, `recurrent_dropout`: share of the inputs and of the state that is dropped while training.

    As `tf.layers.simpleRNNCell`.

    >>> import glbackend as gl
    >>> y, states = gl.layers.simple_rnn_cell(units=3)(gl.zeros([2, 4]), states=[gl.zeros([2, 3])])
    >>> y.shape, len(states)
    ((2, 3), 1)
    """

    kind = "simple_rnn"


class GatedCell(Cell):
    """With gates, whose activation is `recurrent_activation`."""

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "hardSigmoid",
        implementation: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(units, activation, **options)
        self.recurrent_activation = activations.get(recurrent_activation)
        self.implementation = implementation


@layer("lstm_cell")
class LSTMCell(GatedCell):
    """One step of `lstm`: c' = f c + i act(z), h' = o act(c'), with gates i, f, z, o.

    The states are h and c [batch, units]. Input [batch, features] and `states=[h, c]`, output h' and
    [h', c']. Weights kernel [features, 4 units], recurrent_kernel [units, 4 units], bias [4 units].

    `units`, `activation`, `use_bias`, `kernel_initializer`, `recurrent_initializer`, `bias_initializer`,
    `kernel_regularizer`, `recurrent_regularizer`, `bias_regularizer`, `kernel_constraint`,
    `recurrent_constraint`, `bias_constraint`, `dropout`, `recurrent_dropout`: as in `simple_rnn_cell`.
    `recurrent_activation`: that of the gates i, f, o. `unit_forget_bias`: whether the bias of f starts at 1.
    `implementation`: changes nothing.

    Hochreiter and Schmidhuber 1997. As `tf.layers.lstmCell`.

    >>> import glbackend as gl
    >>> y, (h, c) = gl.layers.lstm_cell(units=3)(gl.zeros([2, 4]), states=[gl.zeros([2, 3]), gl.ones([2, 3])])
    >>> c.numpy()[0].tolist()
    [0.5, 0.5, 0.5]
    """

    kind = "lstm"
    gate_count = 4
    state_count = 2

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        *,
        unit_forget_bias: bool | None = None,
        **options: Any,
    ) -> None:
        super().__init__(units, activation, **options)
        self.unit_forget_bias = unit_forget_bias

    def make_bias(self) -> Any:
        bias = self.make("bias", (4 * self.units,))
        if self.unit_forget_bias:
            values = bias.numpy()
            values[self.units : 2 * self.units] = 1.0
            bias.assign(values)
        return bias


@layer("gru_cell")
class GRUCell(GatedCell):
    """One step of `gru`: h' = z h + (1 - z) act(x + (r h) U), with gates z, r, h.

    The state is h [batch, units]. Input [batch, features] and `states=[h]`, output h' and [h']. Weights
    kernel [features, 3 units], recurrent_kernel U [units, 3 units], bias [3 units], with `reset_after`
    [2, 3 units].

    `units`, `activation`, `use_bias`, `kernel_initializer`, `recurrent_initializer`, `bias_initializer`,
    `kernel_regularizer`, `recurrent_regularizer`, `bias_regularizer`, `kernel_constraint`,
    `recurrent_constraint`, `bias_constraint`, `dropout`, `recurrent_dropout`: as in `simple_rnn_cell`.
    `recurrent_activation`: that of the gates z and r. `reset_after`: whether r acts on the product, r (h U +
    b), as by default in Keras; TF.js does not know it. `implementation`: changes nothing.

    Cho et al. 2014. As `tf.layers.gruCell`.

    >>> import glbackend as gl
    >>> y, states = gl.layers.gru_cell(units=2)(gl.zeros([1, 4]), states=[gl.ones([1, 2])])
    >>> y.shape, len(states)
    ((1, 2), 1)
    """

    gate_count = 3

    def __init__(
        self, units: int, activation: Any = "tanh", *, reset_after: bool = False, **options: Any
    ) -> None:
        super().__init__(units, activation, **options)
        self.reset_after = bool(reset_after)
        self.kind = "gru_reset_after" if self.reset_after else "gru"

    def make_bias(self) -> Any:
        return self.make("bias", (2, 3 * self.units) if self.reset_after else (3 * self.units,))

    def biases(self) -> tuple[Tensor | None, Tensor | None]:
        return (
            (self.bias[0], self.bias[1]) if self.bias is not None and self.reset_after else (self.bias, None)
        )


class Stack(Layer):
    """Several cells whose states are one list."""

    _meant_otherwise_by = (KERAS_2, KERAS_3)
    cells: list[Any]

    @property
    def state_size(self) -> list[Any]:
        """Sizes of all states."""
        return self.joined([state_sizes(cell) for cell in self.cells])

    def _ordered(self, of_cells: Sequence[Any]) -> list[Any]:
        """What belongs to the cells, in the order in which the states have it; back again too."""
        return list(of_cells if self._config_origin.maker in (KERAS_2, KERAS_3) else reversed(of_cells))

    def joined(self, parts: Sequence[Sequence[Any]]) -> list[Any]:
        """The states of all cells as one list, from those of each, lowest first."""
        return [one for part in self._ordered(parts) for one in part]

    def _parted_states(self, states: Sequence[Tensor]) -> list[States]:
        """The states of each cell, lowest first."""
        left, parts = list(states), []
        for cell in self._ordered(self.cells):
            count = len(state_sizes(cell))
            parts.append(left[:count])
            left = left[count:]
        return self._ordered(parts)


@layer("stacked_rnn_cells")
class StackedRNNCells(Stack):
    """Cells one upon the other, as one: each takes what the one below gives.

    The states are those of the last cell, then of the one below it, ..., as in TF.js: [h2, c2, h1, c1]. Of a
    cell from a file of Keras those of the lowest cell come first.

    `cells`: the cells, lowest first.

    As `tf.layers.stackedRNNCells`.

    >>> import glbackend as gl
    >>> cells = [gl.layers.lstm_cell(units=3), gl.layers.gru_cell(units=2)]
    >>> gl.layers.rnn(cell=gl.layers.stacked_rnn_cells(cells=cells))(gl.zeros([2, 5, 4])).shape
    (2, 2)
    """

    def __init__(self, cells: Sequence[Any], **options: Any) -> None:
        super().__init__(**options)
        self.cells = [LAYERS.get(cell) for cell in cells]
        if not self.cells:
            raise ArgumentError("stackedRNNCells: cells must be a list of at least one cell, got none")
        self._input_ranks = self.cells[0]._input_ranks

    def build(self, input_shape: LayerShape) -> None:
        width = input_shape[-1]
        for cell in self.cells:
            cell.ensure_built([(input_shape[0], width)])
            width = state_sizes(cell)[0]

    def get_initial_state(self, batch_size: int) -> States:
        """What the cells begin with, for a batch of that size, in one list as `states` of the call."""
        return self.joined([first_states(cell, batch_size) for cell in self.cells])

    def call(self, inputs: Tensor, states: Any = None, training: bool = False) -> tuple[Tensor, States]:
        following = []
        for cell, own in zip(
            self.cells, self._parted_states(given_states(self, inputs, states)), strict=True
        ):
            inputs, new = through(cell, inputs.expand_dims(1), own, None, training, whole=False, ends=True)
            following.append(new)
        return inputs, self.joined(following)

    def named_weights(self, prefix: str | None = None, scopes: bool = False) -> Any:
        """Named as TF.js does: <layer>/RNNCell_<i>/<weight>."""
        if scopes:
            yield from super().named_weights(prefix, scopes)
        else:
            for i, cell in enumerate(self.cells):
                yield from cell.named_weights(f"{prefix or self.name}/RNNCell_{i}")
