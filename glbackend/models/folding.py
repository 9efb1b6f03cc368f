"""Folding for inference: a convolution, its batch normalisation and a simple activation as one kernel.

With moving moments a normalisation is y * factor + shift per channel; the factor goes into the convolution's
kernel and the shift into its bias. Folded weights are made when first needed, and again when one of their
sources has changed.
"""

from collections.abc import Sequence
from typing import Any

from glbackend.base.shapes import normalize_axis
from glbackend.engine.run import observed
from glbackend.engine.tensor import Tensor
from glbackend.engine.tidy import keep
from glbackend.layers import activations
from glbackend.layers.activation import Activation, ReLU
from glbackend.layers.convolution import Convolution
from glbackend.layers.layer import Layer, Mask
from glbackend.layers.normalization import BatchNormalization, affine
from glbackend.layers.symbolic import Node, SymbolicTensor

Call = tuple[Any, Node]  # what is called (a layer, or a fold of several), and the symbolic tensors it links


class Fold:
    """A convolution with the normalisation and the activation that follow it."""

    def __init__(
        self, conv: Convolution, norm: BatchNormalization, activation: activations.Activation
    ) -> None:
        self.conv, self.norm, self.activation = conv, norm, activation
        self._sources: tuple[int, ...] = ()
        self._weights: tuple[Tensor, Tensor] | None = None

    def _run_with_masks(
        self, group: list[Tensor], masks: list[Mask] | None, training: bool, arguments: dict[str, Any]
    ) -> tuple[list[Tensor], None]:
        """As `Layer._run_with_masks`: a convolution has no mask to hand on."""
        kernel, bias = self.weights()
        return [self.conv.convolve(group[0], kernel, bias, self.activation)], None

    def weights(self) -> tuple[Tensor, Tensor]:
        """The folded kernel and bias; kept for later calls, unless a tape or a trace has to see them made."""
        if observed():
            return self._fold()
        weights = (*self.conv._own_weights, *self.norm._own_weights)
        sources = tuple([weight.variable.data_id for weight in weights])
        if self._weights is None or sources != self._sources:
            kernel, bias = self._fold()
            self._weights, self._sources = (keep(kernel), keep(bias)), sources
        return self._weights

    def _fold(self) -> tuple[Tensor, Tensor]:
        factor, shift = affine(self.norm)
        if self.conv.bias is not None:
            shift = shift + self.conv.bias * factor
        return self.conv.scaled(factor), shift


def fold(calls: Sequence[tuple[Layer, Node]], outputs: Sequence[SymbolicTensor]) -> list[Call]:
    """The calls of a graph, every convolution folded whose only user is a normalisation."""
    users: dict[int, list[int]] = {symbol.id: [-1] for symbol in outputs}
    for i, (_, node) in enumerate(calls):
        for symbol in node.sources:
            users.setdefault(symbol.id, []).append(i)

    def follower(node: Node) -> int | None:
        """The only call that uses what `node` gives."""
        found = users.get(node.outputs[0].id, [])
        return found[0] if len(found) == 1 and found[0] >= 0 else None

    folded: list[Call] = []
    done: set[int] = set()
    for i, (layer, node) in enumerate(calls):
        if i in done:
            continue
        second = follower(node) if isinstance(layer, Convolution) else None
        norm = calls[second][0] if second is not None else None
        if (
            second is None
            or not isinstance(norm, BatchNormalization)
            or not _foldable(layer, norm, calls[second][1])
        ):
            folded.append((layer, node))
            continue
        done.add(second)
        last = calls[second][1]
        activation: activations.Activation = activations.linear
        third = follower(last)
        name = None if third is None else _activation(calls[third][0])
        if third is not None and name is not None:
            done.add(third)
            last, activation = calls[third][1], name
        folded.append((Fold(layer, norm, activation), Node(node.inputs, last.outputs, {})))  # type: ignore[arg-type]
    return folded


def _foldable(conv: Any, norm: BatchNormalization, call: Node) -> bool:
    """Whether the normalisation runs along the convolution's channels, by its moving moments, and nobody
    asks for what lies between."""
    along = normalize_axis(norm.axis, conv.rank + 2, "fold") == (1 if conv.first else conv.rank + 1)
    costs = conv.activity_regularizer is not None or norm.activity_regularizer is not None
    return along and conv.activation is activations.linear and not call.arguments and not costs


def _activation(layer: Layer) -> activations.Activation | None:
    """The activation of a layer that is nothing else, where it can ride along with a convolution."""
    if isinstance(layer, ReLU) and layer.plain and layer.max_value in (None, 6):
        return activations.relu if layer.max_value is None else activations.relu6
    if isinstance(layer, Activation) and activations.split(layer.activation)[1] is activations.linear:
        return layer.activation
    return None
