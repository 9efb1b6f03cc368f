"""Recurrent layers: what the inputs give to all steps in one product, then a fused kernel a step."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.engine.tidy import keep
from glbackend.layers import activations, constraints, initializers, regularizers
from glbackend.layers.layer import Layer, LayerShape
from glbackend.ops import recurrent as steps
from glbackend.ops.concat import stack, unstack
from glbackend.ops.create import ones, tensor
from glbackend.ops.matmul import fused_matmul
from glbackend.ops.random import dropout

States = list[Tensor]


class Recurrent(Layer):
    """What SimpleRNN, GRU and LSTM share; input [batch, time, features], output [batch, units].

    With `return_sequences` the output is that of every step, [batch, time, units]; with `return_state` the
    last states follow it in a list; `go_backwards` takes the steps from the last to the first; a `stateful`
    layer (whose batch size must be given) begins a batch with the states that the one before left, until
    `reset_states`. `initial_state` may be given to the call. `unroll` and `implementation` change nothing.
    """

    gate_count: ClassVar[int] = 1
    state_count: ClassVar[int] = 1

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if int(units) != units or units <= 0:
            raise ArgumentError(f"{self.class_name}: units must be a positive whole number, got {units}")
        self.units = int(units)
        self.activation = activations.canonical(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = max(min(float(dropout), 1.0), 0.0)
        self.recurrent_dropout = max(min(float(recurrent_dropout), 1.0), 0.0)
        self.return_sequences, self.return_state = bool(return_sequences), bool(return_state)
        self.go_backwards, self.stateful, self.unroll = bool(go_backwards), bool(stateful), bool(unroll)
        self.states: States | None = None

    # -- to be given by subclasses ---------------------------------------------------------------------------

    def step(self, z: Tensor, states: States, masked: Tensor, time: int) -> States:
        """The states after a step: z is what the inputs give to the gates, `masked` h after dropout."""
        raise ArgumentError(f"layer class {type(self).__name__} has no step()")

    def fused(self) -> bool:
        """Whether steps run as kernels now; they then get all of z, else their own [batch, gates]."""
        return False

    def bias_shape(self) -> tuple[int, ...]:
        """Shape of the bias."""
        return (self.gate_count * self.units,)

    def first_bias(self) -> "initializers.Initializer":
        """How the bias starts."""
        return self.bias_initializer

    # -- the layer -------------------------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        shape: LayerShape = input_shape[0] if isinstance(input_shape, list) else input_shape
        if len(shape) != 3 or shape[2] is None:
            raise ShapeError(
                f"{self.class_name} {self.name!r}: needs inputs [batch, time, features] with known features, "
                f"got {list(shape)}"
            )
        if self.stateful and shape[0] is None:
            raise ShapeError(
                f"{self.class_name} {self.name!r}: a stateful layer must know its batch size: "
                f"give batch_input_shape"
            )
        width = self.gate_count * self.units
        self.kernel = self.add_weight(
            "kernel",
            (shape[2], width),
            self.kernel_initializer,
            self.kernel_regularizer,
            self.kernel_constraint,
        )
        self.recurrent_kernel = self.add_weight(
            "recurrent_kernel",
            (self.units, width),
            self.recurrent_initializer,
            self.recurrent_regularizer,
            self.recurrent_constraint,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                "bias", self.bias_shape(), self.first_bias(), self.bias_regularizer, self.bias_constraint
            )

    def compute_output_shape(self, input_shape: Any) -> Any:
        shape: LayerShape = input_shape[0] if isinstance(input_shape, list) else input_shape
        state = (shape[0], self.units)
        out = (shape[0], shape[1], self.units) if self.return_sequences else state
        return [out, *(state for _ in range(self.state_count))] if self.return_state else out

    def __call__(self, inputs: Any, initial_state: Any = None, **arguments: Any) -> Any:
        """Applies the layer, from `initial_state` (a tensor or list) where given. As `layer.apply`."""
        if initial_state is not None:
            given = list(initial_state) if isinstance(initial_state, list | tuple) else [initial_state]
            inputs = [inputs, *given]
        return super().__call__(inputs, **arguments)

    apply = __call__

    def call(self, inputs: Any, training: bool = False) -> Any:
        x, *initial = inputs if isinstance(inputs, list) else [inputs]
        if x.rank != 3 or x.shape[1] == 0 or x.shape[2] != self.kernel.shape[0]:
            raise ShapeError(
                f"{self.class_name} {self.name!r}: takes [batch, time, {self.kernel.shape[0]}], "
                f"got {list(x.shape)}"
            )
        states = self._first_states(x.shape[0], initial)
        if training and 0 < self.dropout < 1:
            x = x * dropout(ones((x.shape[0], 1, x.shape[2])), self.dropout)
        mask = None
        if training and 0 < self.recurrent_dropout < 1:
            mask = dropout(ones((x.shape[0], self.units)), self.recurrent_dropout)
        outputs, states = self._walk(self._project(x), states, mask)
        if self.stateful:
            self.states = [keep(Tensor(state.handle)) for state in states]
        out = stack(outputs, 1) if self.return_sequences else outputs[-1]
        return [out, *states] if self.return_state else out

    def _walk(self, z: Tensor, states: States, mask: Tensor | None) -> tuple[States, States]:
        """The outputs of all steps (of the last, where that is enough) and the last states."""
        fused = self.fused()
        pieces = [] if fused else unstack(z, 1)
        outputs: States = []
        order = range(z.shape[1])
        for time in reversed(order) if self.go_backwards else order:
            masked = states[0] if mask is None else states[0] * mask
            states = self.step(z if fused else pieces[time], states, masked, time)
            if not self.return_sequences:
                outputs.clear()
            outputs.append(states[0])
        return outputs, states

    def input_bias(self) -> Tensor | None:
        """The bias of what the inputs give."""
        return self.bias

    def _project(self, x: Tensor) -> Tensor:
        """What the inputs give to the gates of all steps: [batch, time, gates]."""
        flat = fused_matmul(x.reshape((-1, x.shape[2])), self.kernel, bias=self.input_bias())
        return flat.reshape((*x.shape[:2], flat.shape[1]))

    def _first_states(self, batch: int, given: States) -> States:
        if given:
            if len(given) != self.state_count or any(one.shape != (batch, self.units) for one in given):
                raise ShapeError(
                    f"{self.class_name} {self.name!r}: initial_state must be {self.state_count} of shape "
                    f"{[batch, self.units]}, got {[list(one.shape) for one in given]}"
                )
            return given
        if self.stateful and self.states is not None:
            return list(self.states)
        return [tensor(np.zeros((batch, self.units), np.float32)) for _ in range(self.state_count)]

    def reset_states(self, states: Sequence[Any] | None = None) -> None:
        """Forgets the states, or sets them. As `layer.resetStates`."""
        if not self.stateful:
            raise ArgumentError(f"{self.class_name} {self.name!r}: only a stateful layer has states to reset")
        self.states = None
        if states is not None:
            given = [one if isinstance(one, Tensor) else tensor(one) for one in states]
            self.states = [keep(one) for one in self._first_states(given[0].shape[0], given)]

    def get_config(self) -> dict[str, Any]:
        return {
            "units": self.units,
            "activation": self.activation,
            "use_bias": self.use_bias,
            "kernel_initializer": initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": initializers.serialize(self.recurrent_initializer),
            "bias_initializer": initializers.serialize(self.bias_initializer),
            "kernel_regularizer": regularizers.serialize(self.kernel_regularizer),
            "recurrent_regularizer": regularizers.serialize(self.recurrent_regularizer),
            "bias_regularizer": regularizers.serialize(self.bias_regularizer),
            "activity_regularizer": regularizers.serialize(self.activity_regularizer),
            "kernel_constraint": constraints.serialize(self.kernel_constraint),
            "recurrent_constraint": constraints.serialize(self.recurrent_constraint),
            "bias_constraint": constraints.serialize(self.bias_constraint),
            "dropout": self.dropout,
            "recurrent_dropout": self.recurrent_dropout,
            "return_sequences": self.return_sequences,
            "return_state": self.return_state,
            "go_backwards": self.go_backwards,
            "stateful": self.stateful,
            "unroll": self.unroll,
            **super().get_config(),
        }


class SimpleRNN(Recurrent):
    """h' = act(x W + h U + b). As `tf.layers.simpleRNN`.

    >>> import glbackend as gl
    >>> gl.layers.simple_rnn(units=3)(gl.zeros([2, 5, 4])).shape
    (2, 3)
    """

    class_name = "SimpleRNN"

    def step(self, z: Tensor, states: States, masked: Tensor, time: int) -> States:
        (inner,) = steps.gates(z, masked, self.recurrent_kernel, 1)
        return [activations.get(self.activation)(inner)]


class _Gated(Recurrent):
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
        self.recurrent_activation = activations.canonical(recurrent_activation)
        self.implementation = implementation

    def fused(self) -> bool:
        return steps.is_fused(self.activation, self.recurrent_activation)

    def get_config(self) -> dict[str, Any]:
        own = {"recurrent_activation": self.recurrent_activation, "implementation": self.implementation}
        return {**super().get_config(), **own}


class LSTM(_Gated):
    """Long short-term memory: c' = f c + i act(z), h' = o act(c'), gates i, f, z, o. As `tf.layers.lstm`.

    States are h and c. `unit_forget_bias` starts the bias of f at 1. Hochreiter and Schmidhuber 1997.

    >>> import glbackend as gl
    >>> out, h, c = gl.layers.lstm(units=3, return_sequences=True, return_state=True)(gl.zeros([2, 5, 4]))
    >>> out.shape, c.shape
    ((2, 5, 3), (2, 3))
    """

    class_name = "LSTM"
    gate_count = 4
    state_count = 2

    def __init__(self, units: int, unit_forget_bias: bool | None = None, **options: Any) -> None:
        super().__init__(units, **options)
        self.unit_forget_bias = unit_forget_bias

    def first_bias(self) -> "initializers.Initializer":
        return _ForgetBias(self.bias_initializer) if self.unit_forget_bias else self.bias_initializer

    def step(self, z: Tensor, states: States, masked: Tensor, time: int) -> States:
        carry = states[1]
        if z.rank == 3:
            names = self.activation, self.recurrent_activation
            return list(steps.lstm_cell(z, masked, carry, self.recurrent_kernel, time, *names))
        act, gate = activations.get(self.activation), activations.get(self.recurrent_activation)
        i, f, inner, o = steps.gates(z, masked, self.recurrent_kernel, 4)
        carry = gate(f) * carry + gate(i) * act(inner)
        return [gate(o) * act(carry), carry]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "unit_forget_bias": self.unit_forget_bias}


class GRU(_Gated):
    """Gated recurrent unit: h' = z h + (1 - z) act(x + (r h) U), gates z, r, h. As `tf.layers.gru`.

    With `reset_after` (Keras's default, which TF.js does not know) r acts on the product, r (h U + b), and
    the bias is [2, 3 units]. Cho et al. 2014.

    >>> import glbackend as gl
    >>> gl.layers.gru(units=3)(gl.zeros([2, 5, 4])).shape
    (2, 3)
    """

    class_name = "GRU"
    gate_count = 3

    def __init__(self, units: int, reset_after: bool = False, **options: Any) -> None:
        super().__init__(units, **options)
        self.reset_after = bool(reset_after)

    def bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else super().bias_shape()

    def input_bias(self) -> Tensor | None:
        return self.bias[0] if self.bias is not None and self.reset_after else self.bias

    def _inner_bias(self) -> Tensor | None:
        return self.bias[1] if self.bias is not None and self.reset_after else None

    def _walk(self, z: Tensor, states: States, mask: Tensor | None) -> tuple[States, States]:
        self._bias_now = self._inner_bias()  # one row for all steps
        try:
            return super()._walk(z, states, mask)
        finally:
            self._bias_now = None

    def step(self, z: Tensor, states: States, masked: Tensor, time: int) -> States:
        h, weights, bias = masked, self.recurrent_kernel, self._bias_now
        if z.rank == 3:
            names = self.activation, self.recurrent_activation
            return [steps.gru_cell(z, h, weights, bias, time, self.reset_after, *names)]
        act, gate = activations.get(self.activation), activations.get(self.recurrent_activation)
        xz, xr, xh = z.split(3, axis=-1)
        if self.reset_after:
            uz, ur, uh = steps.product(h, weights, bias).split(3, axis=-1)
            update, reset = gate(xz + uz), gate(xr + ur)
            inner = reset * uh
        else:
            first, last = weights.split([2 * self.units, self.units], axis=-1)
            uz, ur = steps.product(h, first).split(2, axis=-1)
            update, reset = gate(xz + uz), gate(xr + ur)
            inner = steps.product(reset * h, last)
        return [update * h + (1.0 - update) * act(xh + inner)]

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "reset_after": self.reset_after}


class _ForgetBias(initializers.Initializer):
    """As `base`, but the second of four parts is 1."""

    class_name = "ForgetBias"

    def __init__(self, base: initializers.Initializer) -> None:
        self.base = base

    def __call__(self, shape: tuple[int, ...]) -> Tensor:
        values = self.base(shape).numpy()
        units = shape[0] // 4
        values[units : 2 * units] = 1.0
        return tensor(values)
