"""Calls of layers and models that come again and again, out of training, run as a graph, as `predict` does.

An agent that acts step by step, or a loop over images, asks a model the same of other numbers. Kernel by
kernel a small one is mostly Python's time: three dense layers take 2.8 times as long on webgl, 1.3 on cpu.
"""

import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from glbackend.base.calling import parameters_of
from glbackend.base.config import settings_version
from glbackend.base.errors import GlbackendError, TraceError
from glbackend.base.naming import ours
from glbackend.engine.engine import engine
from glbackend.engine.profiler import profilers
from glbackend.engine.run import observed
from glbackend.engine.tensor import Tensor
from glbackend.graph.function import Function
from glbackend.layers.masks import mask_on

if TYPE_CHECKING:
    from glbackend.layers.layer import Layer

OFTEN = 16  # calls after which a graph is worth its making
WORTH = 4  # kernels that make it so on a backend whose passes cost no more than their work

within_a_layer: ContextVar[bool] = ContextVar("glbackend_within_a_layer", default=False)


class Repeats:
    """The calls of one layer: how many there were, and the graph that later ones run."""

    __slots__ = ("activations", "count", "graph", "settings")

    def __init__(self) -> None:
        self.settings = settings_version()
        self.count = 0
        self.graph: Function | None = None
        self.activations: list[str] = []  # the one that gave the result, where losses ask what it was given


def repeated(layer: "Layer", inputs: Any, arguments: dict[str, Any], training: Any) -> Any:
    """What a call gives that comes from no other layer; `arguments` are `training` or nothing.

    It runs as a graph where all layers are the library's own, whose Python does nothing that would have to be
    done again, and one tensor comes back, without a mask.
    """
    if observed() or profilers.get() or mask_on(inputs) is not None:
        return _kernel_by_kernel(layer, inputs, arguments, training)
    repeats: Repeats | None = vars(layer).get("_repeats")
    if repeats is None or repeats.settings != settings_version():
        repeats = Repeats()
    if repeats.graph is not None:
        try:
            return _by_graph(repeats, repeats.graph, inputs, training)
        except TraceError:  # it cannot be captured
            repeats.graph = None
        except GlbackendError:  # the call itself says what is wrong
            pass
    result = _kernel_by_kernel(layer, inputs, arguments, training)
    repeats.count += 1
    vars(layer)["_repeats"] = repeats  # not before: a call that fails leaves nothing behind
    if repeats.count == OFTEN and _may_be_captured(layer, result):
        call = _Call(layer, repeats.activations)
        repeats.graph = Function(call, None, automatic=True)
    return result


def _kernel_by_kernel(layer: "Layer", inputs: Any, arguments: dict[str, Any], training: Any) -> Any:
    token = within_a_layer.set(True)
    try:
        return layer._call_within(inputs, arguments, training, None)
    finally:
        within_a_layer.reset(token)


def _by_graph(repeats: Repeats, graph: Function, inputs: Any, training: Any) -> Tensor:
    result: Tensor
    result, *applied_to = graph(inputs, training)
    if applied_to:
        result.logits = repeats.activations[-1], applied_to[0].id, applied_to[0].handle
    if graph.kernels is not None and graph.kernels < (1 if engine().backend.passes_are_dear else WORTH):
        repeats.graph = None
    return result


def _may_be_captured(layer: "Layer", result: Any) -> bool:
    """Whether a graph can stand for the call that gave `result`."""
    layers: list[Any] = list(layer._with_inner_layers())
    given = [vars(one).get(name) for one in layers for name in parameters_of(type(one))]
    return (
        isinstance(result, Tensor)
        and mask_on(result) is None
        and all(one.is_ours and "call" not in vars(one) for one in layers)
        and all(one.activity_regularizer is None for one in layers)
        and all(ours(one) for one in given if callable(one))
    )


class _Call:
    """What a graph is made of. As an object it takes nothing from outside that each call would look at."""

    def __init__(self, layer: "Layer", activations: list[str]) -> None:
        self._layer = weakref.ref(layer)  # which holds the graph
        self._activations = activations

    def __call__(self, inputs: Any, training: Any) -> list[Tensor]:
        layer = self._layer()
        assert layer is not None
        arguments = {"training": training} if training is not None and layer._takes_training else {}
        result = _kernel_by_kernel(layer, inputs, arguments, training)
        known = result.logits
        if known is None:
            return [result]
        self._activations[:] = known[:1]
        return [result, Tensor(known[2])]
