"""The tape: what ran, so that it can be walked backwards.

It records in `run_kernel`, by kernel name, with normalised attrs. It saves handles (data), not Tensor
objects, so that dispose, tidy or del of a forward tensor never breaks the backward pass. Saved data comes
back as tensors with the identity they had, so that an outer tape links through them and second derivatives
work.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, NamedTuple

from glbackend.base.errors import GradientError
from glbackend.base.shapes import Spec, broadcast_axes
from glbackend.engine.registry import ALL_INPUTS, Rule, rules_of
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import METHODS, Tensor, Variable

Inputs = Mapping[str, Any] | list[Tensor]
CustomRule = Callable[[list[Tensor]], Sequence[Tensor | None]]
Final = Callable[[int, Tensor], None]  # is told of a source and its gradient, to which nothing more is added


class Saved(NamedTuple):
    """A tensor as the tape keeps it: its identity and its data."""

    id: int
    handle: Handle


class Node(NamedTuple):
    """One kernel that ran: ids of inputs by name, ids and specs of outputs, and what its gradient rules
    need."""

    kernel: str
    inputs: dict[str, list[int]]
    specs: dict[str, list[Spec]]
    outputs: list[int]
    output_specs: list[Spec]
    saved: dict[str, Any]
    attrs: Mapping[str, Any]
    custom: CustomRule | None = None


class Tape:
    """A list of nodes that depend on what is watched."""

    def __init__(self, watch_variables: bool = False) -> None:
        self.nodes: list[Node] = []
        self.tracked: set[int] = set()
        self.watch_variables = watch_variables
        self.variables: dict[int, Variable] = {}

    def watch(self, tensors: Iterable[Tensor]) -> None:
        """Follows what is computed from these tensors."""
        self.tracked.update(tensor.id for tensor in tensors)

    def follows(self, tensors: list[Tensor]) -> bool:
        """Whether any of the tensors is watched or depends on one that is."""
        if self.watch_variables:
            for tensor in tensors:
                if isinstance(tensor, Variable) and tensor.trainable and tensor.id not in self.tracked:
                    self.tracked.add(tensor.id)
                    self.variables[tensor.id] = tensor
        return any(tensor.id in self.tracked for tensor in tensors)


tapes: ContextVar[tuple[Tape, ...]] = ContextVar("glbackend_tapes", default=())


@contextmanager
def nothing_recorded() -> Iterator[None]:
    """Runs a block that no tape sees."""
    token = tapes.set(())
    try:
        yield
    finally:
        tapes.reset(token)


def _as_lists(inputs: Inputs) -> dict[str, list[Tensor]]:
    if isinstance(inputs, list):
        return {ALL_INPUTS: inputs}
    return {name: value if isinstance(value, list) else [value] for name, value in inputs.items()}


def record(kernel: str, inputs: Inputs, outputs: list[Tensor], attrs: Mapping[str, Any]) -> None:
    """Adds a node to every tape that follows one of the inputs."""
    named = _as_lists(inputs)
    flat = [tensor for group in named.values() for tensor in group]
    following = [tape for tape in tapes.get() if tape.follows(flat)]
    if not following:
        return
    tracked = following[0].tracked if len(following) == 1 else set().union(*(t.tracked for t in following))
    rules = rules_of(kernel)
    wanted = {
        save
        for name, rule in rules.items()
        if name == ALL_INPUTS or any(tensor.id in tracked for tensor in named.get(name, ()))
        for save in rule.saves
    }
    saved: dict[str, Any] = {}
    for name, group in named.items():
        if name == ALL_INPUTS:
            if "xs" in wanted:
                saved["xs"] = [Saved(tensor.id, tensor.handle) for tensor in group]
        elif name in wanted:
            saved[name] = Saved(group[0].id, group[0].handle)
    if "ys" in wanted:
        saved["ys"] = [Saved(tensor.id, tensor.handle) for tensor in outputs]
    if "y" in wanted and "y" not in named:  # an input may be called y, too (LRNGrad)
        saved["y"] = Saved(outputs[0].id, outputs[0].handle)
    _append(following, kernel, named, outputs, saved, attrs)


def record_custom(inputs: list[Tensor], outputs: list[Tensor], rule: CustomRule) -> None:
    """Adds a node whose gradient is a closure (custom_grad)."""
    following = [tape for tape in tapes.get() if tape.follows(inputs)]
    if following:
        _append(following, "custom_grad", {ALL_INPUTS: inputs}, outputs, {}, {}, rule)


def _append(
    following: list[Tape],
    kernel: str,
    named: dict[str, list[Tensor]],
    outputs: list[Tensor],
    saved: dict[str, Any],
    attrs: Mapping[str, Any],
    custom: CustomRule | None = None,
) -> None:
    node = Node(
        kernel,
        {name: [tensor.id for tensor in group] for name, group in named.items()},
        {name: [tensor.spec for tensor in group] for name, group in named.items()},
        [tensor.id for tensor in outputs],
        [tensor.spec for tensor in outputs],
        saved,
        attrs,
        custom,
    )
    for tape in following:
        tape.nodes.append(node)
        tape.tracked.update(node.outputs)


def backward(
    nodes: list[Node], targets: dict[int, Tensor], sources: set[int], final: Final | None = None
) -> dict[int, Tensor]:
    """Gradients by tensor id: from `targets` (id of an output -> its gradient) back to `sources`.

    `final` is told of each source that has a gradient as soon as nothing more is added to it.
    """
    reached, relevant = set(sources), []
    for node in nodes:
        if any(i in reached for group in node.inputs.values() for i in group):
            reached.update(node.outputs)
            relevant.append(node)
    gradients = dict(targets)
    ends = {} if final is None else _last_uses(relevant, sources)
    for number in reversed(range(len(relevant))):
        node = relevant[number]
        if any(i in gradients for i in node.outputs):
            _walk(node, gradients, reached, sources)
        if final is not None:
            for i in ends.get(number, ()):
                if i in gradients:
                    final(i, gradients[i])
    return gradients


def _walk(node: Node, gradients: dict[int, Tensor], reached: set[int], sources: set[int]) -> None:
    """Adds what a node gives to the gradients of its inputs; those of its outputs have been used."""
    dys = [gradients.get(i) for i in node.outputs]
    for i, gradient in _input_gradients(node, dys, reached):
        known = gradients.get(i)
        gradients[i] = gradient if known is None else known + gradient
    for i in node.outputs:
        if i not in sources:
            gradients.pop(i, None)


def _last_uses(nodes: list[Node], sources: set[int]) -> dict[int, list[int]]:
    """By the number of a node the sources that no node before it takes: walking backwards ends with it."""
    found: dict[int, list[int]] = {}
    seen: set[int] = set()
    for number, node in enumerate(nodes):
        taken = {i for group in node.inputs.values() for i in group if i in sources and i not in seen}
        if taken:
            seen |= taken
            found[number] = sorted(taken)
    return found


def _input_gradients(node: Node, dys: list[Tensor | None], reached: set[int]) -> Iterable[tuple[int, Tensor]]:
    if node.custom is not None:
        yield from _pairs(node, ALL_INPUTS, node.custom(_filled(node, dys)), reached)
        return
    rules = rules_of(node.kernel)
    if ALL_INPUTS in node.inputs and ALL_INPUTS in rules:
        yield from _pairs(node, ALL_INPUTS, _call(rules[ALL_INPUTS], node, dys, reached), reached)
        return
    if ALL_INPUTS in rules:
        found = _call(rules[ALL_INPUTS], node, dys, reached)
    else:
        found = {name: partial(_call, rule, node, dys, reached) for name, rule in rules.items()}
    for name, ids in node.inputs.items():
        if not any(i in reached for i in ids) or node.specs[name][0].dtype not in ("float32", "complex64"):
            continue
        if name not in found:
            raise GradientError(f"kernel {node.kernel} has no gradient with respect to its input {name!r}")
        result = found[name]()
        yield from _pairs(node, name, result if isinstance(result, list) else [result], reached)


def _filled(node: Node, dys: list[Tensor | None]) -> list[Tensor]:
    """The gradients of a node's outputs, zeros where nothing depends on one."""
    return [
        METHODS["zeros"](spec.shape, spec.dtype) if dy is None else dy
        for dy, spec in zip(dys, node.output_specs, strict=True)
    ]


def _call(rule: Rule, node: Node, dys: list[Tensor | None], reached: set[int]) -> Any:
    arguments: list[Any] = []
    for name in rule.saves:
        if name == "dy":
            arguments.append(dys[0] if len(dys) == 1 else _filled(node, dys))
        elif name == "dys":
            arguments.append(dys)
        elif name == "wanted":
            arguments.append({one for one, ids in node.inputs.items() if not reached.isdisjoint(ids)})
        elif name == "specs":
            arguments.append(node.specs[ALL_INPUTS])
        elif name == "dy_input":  # an input that is itself called dy (of a kernel that computes a gradient)
            arguments.append(_restore(node.saved.get("dy")))
        elif name.endswith("_spec"):
            arguments.append(node.specs[name.removesuffix("_spec")][0])
        else:
            arguments.append(_restore(node.saved.get(name)))
    return rule.function(*arguments, **{name: node.attrs[name] for name in rule.attrs})


def _restore(saved: Any) -> Any:
    if saved is None:
        return None
    if isinstance(saved, list):
        return [_restore(one) for one in saved]
    return Tensor(saved.handle, saved.id)


def _pairs(
    node: Node, name: str, gradients: Sequence[Tensor | None], reached: set[int]
) -> Iterable[tuple[int, Tensor]]:
    for i, spec, gradient in zip(node.inputs[name], node.specs[name], gradients, strict=True):
        if gradient is not None and i in reached:
            yield i, _sum_to(gradient, spec, node.kernel)


def _sum_to(gradient: Tensor, spec: Spec, kernel: str) -> Tensor:
    """Undoes broadcasting: sums over the axes along which the input was repeated. Real inputs get real
    parts."""
    if gradient.dtype == "complex64":
        return _complex_sum_to(gradient, spec, kernel)
    if gradient.shape == spec.shape:
        return gradient
    if kernel == "custom_grad":
        raise GradientError(
            f"custom_grad: an input of shape {list(spec.shape)} got a gradient of {list(gradient.shape)}"
        )
    axes = broadcast_axes(spec.shape, gradient.shape)
    return METHODS["reshape"](METHODS["sum"](gradient, axes), spec.shape)


def _complex_sum_to(gradient: Tensor, spec: Spec, kernel: str) -> Tensor:
    """The same, part by part, as sums take no complex tensors."""
    if spec.dtype == "complex64" and gradient.shape == spec.shape:
        return gradient
    real = _sum_to(METHODS["real"](gradient), spec, kernel)
    if spec.dtype != "complex64":
        return real
    return METHODS["complex"](real, _sum_to(METHODS["imag"](gradient), spec, kernel))
