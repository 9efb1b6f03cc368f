"""A graph that is ready to run: steps in an order that can run, values in numbered slots, each freed at its
last use."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from glbackend.base.calling import ORDINARY
from glbackend.base.errors import GlbackendError, HostMemoryError, ModelFormatError
from glbackend.base.nested import leaves
from glbackend.engine.node import recording, tracing
from glbackend.engine.tensor import Tensor
from glbackend.engine.tidy import keep
from glbackend.formats.onnx.declare import NodeInfo, Reader, Values
from glbackend.formats.onnx.layout import ChannelsLast, in_order, pointwise


@dataclass(slots=True, eq=False)
class Step:
    """One node: `inputs` are slots (-1 for one that is left out), `outputs` too (-1 for one nobody reads).

    After the node's own inputs come those that its subgraphs read from around them.
    """

    node: NodeInfo
    call: Callable[..., Any]
    inputs: tuple[int, ...]
    outputs: list[int]
    readers: tuple[Reader | None, ...] = ()
    pure: bool = True
    layout: str = ""
    releases: Sequence[int] = ()

    def run(self, values: Values) -> None:
        """Computes the node."""
        given = [None if slot < 0 else values[slot] for slot in self.inputs]
        for slot in self.releases:
            values[slot] = None
        results = self.compute(given)
        for slot, result in zip(self.outputs, results, strict=False):
            if slot >= 0:
                values[slot] = result

    def compute(self, given: Values) -> Sequence[Any]:
        """What the node gives; under a trace what only constants and shapes decide is computed now."""
        try:
            if self.pure and tracing.get() is not None and all(map(is_known, given)):
                with recording(None):
                    result = self._called(given)
            else:
                result = self._called(given)
        except GlbackendError as error:
            error.add_note(f"in {self.node}")
            raise
        except ORDINARY as error:
            raise ModelFormatError(f"{self.node}: {type(error).__name__}: {error}") from error
        except MemoryError as error:
            raise HostMemoryError(f"{self.node}: {error}") from None
        results = result if isinstance(result, tuple) else (result,)
        if len(results) < len(self.outputs):
            raise ModelFormatError(f"{self.node} gives {len(results)} outputs, the graph names more")
        return results

    def _called(self, given: Values) -> Any:
        if self.layout == "pointwise":
            given, rank = pointwise(given)
            result = self.call(*given)
            return ChannelsLast(result, rank) if rank else result
        kept = {"images": 1, "all": len(given)}.get(self.layout, 0)
        given = [one if i < kept else in_order(one) for i, one in enumerate(given)]
        for i, reader in enumerate(self.readers):
            if reader is not None and given[i] is not None:
                given[i] = reader(given[i])
        return self.call(*given)


def kept(value: Any) -> Any:
    """A constant, whose tensors outlive the scope in which the model is loaded."""
    for tensor in leaves(Tensor, value):
        keep(tensor)
    return value


def is_known(value: Any) -> bool:
    """Whether a value is there, and no symbol of a trace."""
    if isinstance(value, list):
        return all(map(is_known, value))
    if isinstance(value, ChannelsLast):
        value = value.held
    return not isinstance(value, Tensor) or not value.handle.storage.symbolic


@dataclass(slots=True, eq=False)
class Program:
    """Steps over slots. It takes a value for each of `inputs`, then for each of `captured`, the names of what
    it reads from around it; `constants` are there from the start. `types` are those of its outputs."""

    inputs: Sequence[int] = ()
    outputs: Sequence[int] = ()
    captured: Sequence[str] = ()
    steps: list[Step] = field(default_factory=list)
    constants: dict[int, Any] = field(default_factory=dict)
    types: Sequence[str] = ()
    size: int = 0

    @property
    def pure(self) -> bool:
        """Whether it gives the same for the same inputs: nothing in it is drawn by chance."""
        return all(step.pure for step in self.steps)

    def run(self, given: Sequence[Any]) -> list[Any]:
        """Its outputs for values of its inputs and of what it captures."""
        values: Values = [None] * self.size
        for slot, value in zip(self.inputs, given, strict=True):
            values[slot] = value
        for slot, constant in self.constants.items():
            values[slot] = constant
        given = ()  # they die at their last use, where nobody else holds them
        for step in self.steps:
            step.run(values)
        return [None if slot < 0 else values[slot] for slot in self.outputs]

    def hold(self, value: Any, reader: Reader) -> int:
        """A slot for what a reader makes of a constant."""
        self.size += 1
        self.constants[self.size - 1] = kept(reader(value))
        return self.size - 1

    def finish(self) -> None:
        """Finds out for each step which values nobody reads afterwards, and forgets unread constants."""
        constants = set(self.constants)
        needed = {*self.outputs, *constants}
        for step in reversed(self.steps):
            step.outputs = [slot if slot in needed else -1 for slot in step.outputs]
            dying = {slot for slot in step.inputs if slot >= 0} - needed
            step.releases = tuple(dying)
            needed |= dying
        read = {*self.outputs, *(slot for step in self.steps for slot in step.inputs)}
        self.constants = {slot: one for slot, one in self.constants.items() if slot in read}
