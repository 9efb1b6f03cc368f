"""What training asks of a model: the trainer, the loop of fit and callbacks know it by this alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.layer import Layer, Mask
from glbackend.layers.recipe import Flags, Weight
from glbackend.layers.symbolic import SymbolicTensor
from glbackend.training.metric import Metric


class Trainable(Protocol):
    """A model as training sees it."""

    built: bool
    _input_keys: tuple[str, ...] | None  # of the dicts that it takes and gives, where it does
    _output_keys: tuple[str, ...] | None
    stop_training: bool
    _usual_steps: Mapping[str, Any]  # the steps, and what they are made of, that no subclass has changed

    @property
    def _symbolic_inputs(self) -> list[SymbolicTensor]:
        """Symbolic inputs."""

    @property
    def _symbolic_outputs(self) -> list[SymbolicTensor]:
        """Symbolic outputs."""

    @property
    def _output_words(self) -> list[str]:
        """Names of the outputs."""

    def _grouped_inputs(self, inputs: Any) -> list[Any]:
        """One input, or several in a list or dict, as a list."""

    def _arranged_inputs(self, group: Sequence[Any]) -> Any:
        """Its inverse."""

    def _packed_outputs(self, outputs: Sequence[Any]) -> Any:
        """The outputs as the model gives them: one, a list, or a dict."""

    @property
    def optimizer(self) -> Any:
        """The optimizer, None before `compile`; callbacks may change its learning rate."""

    @property
    def metrics_names(self) -> list[str]:
        """What a step gives, by name: "loss" first."""

    @property
    def metrics(self) -> list[Metric]:
        """All metrics, whose states an epoch begins with anew."""

    @property
    def _own_metrics(self) -> list[Metric]:
        """Metrics that layers keep."""

    @property
    def _added_metrics(self) -> list[str]:
        """The names by which layers report values."""

    def _penalties(self) -> Iterator[Tensor]:
        """What weights cost, and the functions of `add_loss`."""

    @property
    def trainable_weights(self) -> list[Variable]:
        """Variables that a step changes."""

    @property
    def _own_weights(self) -> list[Weight]:
        """All weights, with their regularizers and constraints."""

    def _with_inner_layers(self) -> Iterable[Layer]:
        """Itself and all layers within."""

    def _trainable_flags(self) -> Flags:
        """Of each layer whether it is trainable, as it stands."""

    def _run_with_masks(
        self, group: list[Tensor], masks: list[Mask] | None, training: bool, arguments: dict[str, Any]
    ) -> tuple[list[Tensor], list[Mask] | None]:
        """The outputs for tensors, and their masks, None where there are none at all."""

    def build(self, input_shape: Any) -> None:
        """Makes the weights for inputs of that shape."""

    def get_weights(self) -> list[Tensor]:
        """The values of all weights."""

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Replaces the values of all weights."""
