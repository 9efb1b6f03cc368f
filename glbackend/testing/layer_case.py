"""A layer's case: a sample layer with what it is applied to, declared once, read by tests and bench."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor, Variable
from glbackend.layers.layer import LAYERS, Layer
from glbackend.layers.noise import Drawing
from glbackend.layers.recurrent import Begun
from glbackend.ops.create import tensor
from glbackend.testing.case import RTOL, Case, declared
from glbackend.testing.sample import Array


@dataclass(frozen=True)
class LayerCase:
    """A layer of the class, made of `config`, applied to a batch in `inputs`.

    `masks`: the inputs' masks, None where one has none.
    `training`: whether it is called as in training, where its changed weights are results too.
    `calls`: how often it is called: the last result counts.
    `unknown`: axes of the inputs, besides the batch, of which the layer need not know the size.
    `source`: who computed what it must give: "keras" (3.15), or where `because` says why "tf_keras" (2.21),
    "tfjs" (4.22), or "" for nobody.
    `gradients`: False where, as `because` says, its gradients are wrong.
    """

    class_name: str
    name: str
    config: Mapping[str, Any]
    inputs: tuple[Array, ...]
    masks: tuple[Array | None, ...] = ()
    training: bool = False
    calls: int = 1
    unknown: tuple[int, ...] = ()
    source: str = "keras"
    gradients: bool = True
    because: str = ""

    def __post_init__(self) -> None:
        if (self.source != "keras" or not self.gradients) and not self.because:
            raise ArgumentError(f"case {self.id}: another judge than Keras needs because='...'")

    @property
    def id(self) -> str:
        """Name for reports: class and what is special."""
        return f"{self.class_name}-{self.name}"

    def make(self) -> Layer:
        """A new layer, not built."""
        return LAYERS.get({"class_name": self.class_name, "config": dict(self.config)})

    def built(self) -> Layer:
        """A new layer with weights as `weights_like` gives them."""
        layer = self.make()
        layer.ensure_built([one.shape for one in self.inputs])
        set_alike(layer)
        return layer

    def sample(self, differentiable: bool = False) -> Case:
        """The case as that of an op, by the inputs and then by all weights.

        Its results are the layer's outputs, their masks, and the weights that training has changed. As a
        `differentiable` one it is a single call, and without the changed weights: no gradient goes through
        what one call leaves to the next.
        """
        layer = self.built()
        weights = trained_first(layer)
        count = len(self.inputs)
        by = [i for i, one in enumerate(self.inputs) if one.dtype.kind == "f"]
        by += [count + i for i, one in enumerate(weights) if one.trainable]

        def call(*given: Tensor) -> list[Tensor]:
            for variable, value in zip(weights, given[count:], strict=True):
                variable.assign(value)
                variable.id = value.id  # by which tapes know a tensor: gradients by it are the weight's
            found = self.results(layer, list(given[:count]), 1 if differentiable else self.calls)
            changed = layer.non_trainable_weights if self.training and not differentiable else ()
            return [*found, *(Tensor(one.handle) for one in changed)]

        arrays = (*self.inputs, *(one.numpy() for one in weights))
        return Case(self.class_name, self.name, call, arrays, tuple(by), RTOL)

    def results(self, layer: Layer, inputs: list[Tensor], calls: int = 1) -> list[Tensor]:
        """What `layer` gives for the inputs and the case's masks: outputs, and the masks that there are."""
        if isinstance(layer, Begun) and layer.stateful:
            layer.reset_states()
        for one in layer._with_inner_layers():
            if isinstance(one, Drawing) and one.seeds is not None:
                one.seeds.start(one.seed or 0)
        masks = [None if one is None else tensor(one) for one in self.masks] if self.masks else None
        for _ in range(calls):
            outputs, found = layer._run_with_masks(inputs, masks, self.training, {})
        return [*outputs, *(one for one in found or () if one is not None)]


def trained_first(layer: Layer) -> list[Variable]:
    """A layer's weights, those that are trained first: the order in which goldens hold what others gave."""
    return sorted(layer.weights, key=lambda one: not one.trainable)


def set_alike(layer: Layer) -> None:
    """Gives a layer's weights the values of `weights_like`."""
    weights = trained_first(layer)
    for variable, value in zip(weights, weights_like(weights), strict=True):
        variable.assign(tensor(value))


def weights_like(weights: list[Variable]) -> list[Array]:
    """Values for weights of these shapes, by an integer recipe: between -0.8 and 0.8, variances above 0.

    >>> import glbackend as gl
    >>> weights_like([gl.variable([0., 0., 0.])])[0].tolist()
    [-0.78125, -0.203125, 0.375]
    """
    found = []
    for number, weight in enumerate(weights):
        steps = (37 * np.arange(weight.size) + 17 * number) % 101 - 50
        values = (steps / 64).reshape(weight.shape).astype(np.float32)
        found.append(np.abs(values) + 0.5 if "variance" in weight.name else values)
    return found


@lru_cache(maxsize=1)
def layer_cases() -> list[LayerCase]:
    """Every case of every layer, in the order of the modules in `testing/cases/layers`."""
    return declared("layers")
