"""Layers around layers: one applied to every step, one run along time in both directions."""

from collections.abc import Iterator, Sequence
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.base.maker import CALL, KERAS_2, KERAS_3, made_by, maker
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.checking import from_rank
from glbackend.layers.layer import LAYERS, Layer, Mask, layer
from glbackend.layers.recurrent import Begun
from glbackend.layers.symbolic import LayerShape
from glbackend.ops.concat import concat

MERGE_MODES = ("concat", "sum", "ave", "mul", None)
ALIKE = ("return_sequences", "return_state", "stateful")  # in both layers of a bidirectional one


@layer("time_distributed")
class TimeDistributed(Layer):
    """Applies a layer to each step of a sequence by itself.

    Input [batch, time, ...], output [batch, time, what the layer gives]. A mask of the steps is handed on;
    one of more dims goes to the layer, and what is handed on is the layer's, or where any of it is True.

    `layer`: the layer or model; it sees the steps of all examples as one batch.

    Raises ShapeError for inputs without a time. As `tf.layers.timeDistributed`.

    >>> import glbackend as gl
    >>> gl.layers.time_distributed(layer=gl.layers.dense(units=3))(gl.zeros([2, 5, 4])).shape
    (2, 5, 3)
    """

    supports_masking = True
    _input_ranks, form = from_rank(3), "[batch, time, ...]"

    def __init__(self, layer: Any, **options: Any) -> None:
        super().__init__(**options)
        self.layer = LAYERS.get(layer)

    @property
    def accepts_int(self) -> bool:  # type: ignore[override]
        return self.layer.accepts_int

    def build(self, input_shape: LayerShape) -> None:
        self.layer.ensure_built([(None, *input_shape[2:])])

    _makes_masks = False

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """That of the steps; of a mask of more dims what the layer makes, or where there is anything."""
        # differs from TF.js: a mask of more dims is no longer one behind a layer without steps, as in Keras 2
        if mask is None or mask.rank < 3:
            return mask
        found = self.layer.compute_mask(_flat(inputs), _flat(mask))
        if found is None:
            return mask.any(tuple(range(2, mask.rank)))
        return found.reshape((*mask.shape[:2], *found.shape[1:]))

    def call(self, inputs: Tensor, training: bool = False, mask: Any = None) -> Any:
        # differs from TF.js: one call for all steps, so that batch normalisation in training is over all
        steps = inputs.shape[:2]
        masks: list[Mask] | None = None if mask is None or mask.rank < 3 else [_flat(mask)]
        outputs, _ = self.layer._run_with_masks([_flat(inputs)], masks, training, {})
        found = [one.reshape((*steps, *one.shape[1:])) for one in outputs]
        return found if len(found) > 1 else found[0]

    def named_weights(
        self, prefix: str | None = None, scopes: bool = False
    ) -> Iterator[tuple[str, Variable]]:
        """Those of the layer under the name of this one, as TF.js names them; a model's under its own."""
        if scopes:
            yield from super().named_weights(prefix, scopes)
        else:
            yield from self.layer.named_weights(prefix if self.layer.is_model else prefix or self.name)


def _flat(x: Tensor) -> Tensor:
    """The steps of all examples as one batch."""
    return x.reshape((x.shape[0] * x.shape[1], *x.shape[2:]))


class BothWays(Begun):
    """Two recurrent layers over one sequence: one goes along it, the other comes back."""

    forward_layer: Any
    backward_layer: Any
    merge_mode: str | None
    return_sequences: bool
    return_state: bool

    @property
    def layer(self) -> Any:
        """The layer that goes along."""
        return self.forward_layer

    def build(self, input_shape: Any) -> None:
        shape = input_shape[0] if isinstance(input_shape, list) else input_shape
        for one in (self.forward_layer, self.backward_layer):
            one.ensure_built([shape])

    _makes_masks = False

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """That of the input for sequences, none for last outputs."""
        found = self.forward_layer.compute_mask(inputs, mask)
        return [found, found] if self.merge_mode is None else found

    def call(self, inputs: Tensor | list[Tensor], training: bool = False, mask: Any = None) -> Any:
        x, *initial = inputs if isinstance(inputs, list) else [inputs]
        if len(initial) % 2:
            raise ShapeError(
                f"{type(self).class_name} {self.name!r}: initial_state must have as many for either way, "
                f"got {len(initial)}"
            )
        half = len(initial) // 2
        arguments = {"training": training, "mask": self.steps_mask(mask)}
        y, *states = _run(self.forward_layer, x, initial[:half], arguments)
        z, *others = _run(self.backward_layer, x, initial[half:], arguments)
        found = [*_merged(y, z.reverse(1) if self.return_sequences else z, self.merge_mode), *states, *others]
        return found if len(found) > 1 else found[0]

    def reset_states(self, states: Sequence[Any] | None = None) -> None:
        """Forgets the states of both, or sets them, those of the one first. As `layer.resetStates`."""
        half = len(states or ()) // 2
        self.forward_layer.reset_states(states and states[:half])
        self.backward_layer.reset_states(states and states[half:])

    def named_weights(
        self, prefix: str | None = None, scopes: bool = False
    ) -> Iterator[tuple[str, Variable]]:
        """Those of the two, each under its layer's name."""
        for one in (self.forward_layer, self.backward_layer):
            yield from one.named_weights(f"{prefix or self.name}/{one.name}", scopes)


@layer("bidirectional")
class Bidirectional(BothWays):
    """A recurrent layer that goes along a sequence, and a second one that comes back.

    Input as that of the layer; of sequences both outputs stand in the order of the input. `initial_state`
    holds the first states of the one and then of the other, as do the last states.

    `layer`: the layer that goes along: it is the pattern for both, its own weights are not used.
    `merge_mode`: what becomes of the two outputs: "concat" along the features, "sum", "ave" (their mean),
    "mul" (their product), or None: both, in a list.
    `backward_layer`: in place of the pattern's copy the layer that comes back; it must go the other way.

    Raises ArgumentError where the two do not fit each other. As `tf.layers.bidirectional`.

    >>> import glbackend as gl
    >>> gl.layers.bidirectional(layer=gl.layers.lstm(units=3))(gl.zeros([2, 5, 4])).shape
    (2, 6)
    """

    def __init__(
        self, layer: Any, merge_mode: str | None = "concat", backward_layer: Any = None, **options: Any
    ) -> None:
        super().__init__(**options)
        if merge_mode not in MERGE_MODES:
            raise ArgumentError(f"bidirectional: merge_mode must be one of {MERGE_MODES}, got {merge_mode!r}")
        self.merge_mode, self.copied = merge_mode, backward_layer is None
        self.forward_layer, self.backward_layer = _pair(LAYERS.get(layer), backward_layer)
        self.return_sequences, self.return_state, self.stateful = (
            getattr(self.forward_layer, one) for one in ALIKE
        )
        if maker() in (KERAS_2, KERAS_3):  # where a call, and TF.js, repeat the output of the step before
            for one in (self.forward_layer, self.backward_layer):
                one.zero_output_for_mask = one.return_sequences

    def get_config(self) -> dict[str, Any]:
        """Of the pattern, and of the layer that comes back where it is no copy."""
        config = super().get_config()
        pattern = config["layer"]["config"]
        pattern["name"] = pattern["name"].removeprefix("forward_")
        return config | ({"backward_layer": None} if self.copied else {})


def _pair(pattern: Any, given: Any) -> tuple[Any, Any]:
    """The layer that goes along, and the one that comes back; ArgumentError where they do not fit."""
    given = given if given is None else LAYERS.get(given)
    for name, one in (("layer", pattern), ("backward_layer", given)):
        if one is not None and not all(hasattr(one, wanted) for wanted in (*ALIKE, "go_backwards")):
            raise ArgumentError(f"bidirectional: {name} must be a recurrent layer, got {one!r}")
    config, name = pattern.get_config(), pattern.name.removeprefix("forward_")
    turned = {"go_backwards": not pattern.go_backwards, "name": f"backward_{name}"}
    make = type(pattern).from_config
    with made_by(CALL):  # the names in this config are ours already
        forward = make({**config, "name": f"forward_{name}"})
        backward: Any = make({**config, **turned}) if given is None else given
    different = [one for one in ALIKE if getattr(forward, one) != getattr(backward, one)]
    if different or forward.go_backwards == backward.go_backwards:
        raise ArgumentError(
            f"bidirectional: backward_layer must be as layer but for go_backwards, which must differ; "
            f"{' and '.join(different) or 'go_backwards'} does not fit"
        )
    return forward, backward


def _run(one: Any, x: Tensor, states: list[Tensor], arguments: dict[str, Any]) -> list[Tensor]:
    """The output of one of the two, and its last states where it gives them."""
    known = {key: value for key, value in arguments.items() if key in one._call_arguments}
    found = one(x, initial_state=states or None, **known)
    return found if isinstance(found, list) else [found]


def _merged(y: Tensor, z: Tensor, mode: str | None) -> list[Tensor]:
    """The two outputs made one, or both."""
    if mode is None:
        return [y, z]
    if mode == "concat":
        return [concat([y, z], -1)]
    return [y * z] if mode == "mul" else [y + z] if mode == "sum" else [(y + z) * 0.5]
