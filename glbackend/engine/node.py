"""What a trace records: a node a kernel, on handles.

While a function is traced nothing runs: contracts give the specs of outputs, which are symbols, handles
without data. A value is known by its handle, the object itself: a variable that is assigned to has two, and
two tensors may share one. `run_kernel`, `Variable` and `late` are all that feed a trace.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from glbackend.base.dtypes import with_article
from glbackend.base.errors import TraceError, user_line
from glbackend.base.late import Keep, Late
from glbackend.base.shapes import Spec
from glbackend.contracts.contract import Checked, check
from glbackend.engine.storage import Handle, Storage

if TYPE_CHECKING:
    from glbackend.engine.backend import Backend
    from glbackend.engine.tensor import Variable

Look = Callable[[Any], None]
Inputs = dict[str, Any] | list[Handle]  # by name a handle or a list of them; one list for Concat and its like


# At these the processes that train together meet: a run comes to them also where nobody needs what they give
MEETINGS = frozenset({"AllReduce", "AllReduceMoments", "AllReduceStart"})


class Symbol(Storage):
    """The storage of a value that a trace stands for: it has no data."""

    __slots__ = ("trace",)
    symbolic = True

    def __init__(self, spec: Spec, trace: "Trace") -> None:
        super().__init__(spec.dtype, spec.size, counted=False)
        self.trace = trace

    def values(self) -> Any:
        """TraceError: there are none."""
        self.trace.check_live()
        raise TraceError(
            f"{user_line()}: the values of {with_article(self.dtype)} tensor are asked for while its "
            f"function is traced, when nothing runs: compute with ops (gl.where in place of if), or read "
            f"them afterwards"
        )


class Node(NamedTuple):
    """One kernel: its inputs, what its contract gave (attrs, late ones among them), and its outputs."""

    kernel: str
    inputs: Inputs
    checked: Checked
    outputs: tuple[Handle, ...]
    line: str = ""  # of the user's that made it

    @property
    def decided_by_values(self) -> bool:
        """Whether only values decide the shape of an output."""
        return any(None in spec.shape for spec in self.checked.outs)

    def instead(
        self,
        kernel: str,
        inputs: Inputs,
        attrs: Mapping[str, Any] = MappingProxyType({}),
        outputs: tuple[Handle, ...] | None = None,
    ) -> "Node":
        """A node that a pass puts in this one's place, checked; of the same line of the user's.

        `outputs`: whose values it gives; None for new ones, which stand for the same symbol.
        """
        specs: Any = (
            [one.spec for one in inputs]
            if isinstance(inputs, list)
            else {name: one.spec for name, one in inputs.items() if one is not None}
        )
        checked = check(kernel, specs, attrs)
        new = tuple([Handle(self.outputs[0].storage, spec) for spec in checked.outs])
        return Node(kernel, inputs, checked, outputs or new, self.line)

    def run(self, backend: "Backend", inputs: Inputs, late: Callable[[Late], Any]) -> tuple[Handle, ...]:
        """The outputs for other inputs, with what `late` gives in place of the late attrs."""
        attrs = {
            name: late(value) if isinstance(value, Late) else value
            for name, value in self.checked.attrs.items()
        }
        try:
            result = backend.run(self.kernel, inputs, Checked(self.checked.out, attrs))
        except Exception as error:
            error.add_note(f"in {self.kernel}, which {self.line or 'a pass'} made")
            raise
        return (result,) if self.checked.single else result


class Trace:
    """Records what a function does. `limit` bounds the number of nodes.

    At a kernel whose output's shape only values decide, what is recorded so far is run on the real inputs, if
    there are any: symbols then hold data, and what follows is recorded while it runs.
    """

    def __init__(self, limit: int | None = None) -> None:
        self.nodes: list[Node] = []
        self.inputs: list[Handle] = []
        self.lates: list[Late] = []  # in the order in which they are to be asked
        self.reads: dict[int, tuple[Variable, Handle]] = {}  # by id: variables with the symbol of their value
        self.effects: dict[int, tuple[Variable, Handle]] = {}  # by id: variables with the value they end with
        self.looks: list[tuple[Handle, Look]] = []  # at values that the host may hold
        self.live = True
        self._real: list[tuple[Handle, Handle | None]] = []  # symbols that are given, and their data
        self._asks: list[Callable[[], Any]] = []
        self._runs = False
        self._limit = limit

    def input(self, spec: Spec, real: Handle | None = None) -> Handle:
        """The symbol of an argument; `real` is the example that it stands for."""
        symbol = self._symbol(spec)
        self.inputs.append(symbol)
        self._real.append((symbol, real))
        return symbol

    def read(self, variable: "Variable", real: Handle) -> Handle:
        """The value of a variable at this point, whose data outside the trace is `real`."""
        known = self.effects.get(id(variable)) or self.reads.get(id(variable))
        if known is not None:
            return known[1]
        symbol = Handle(real.storage, real.spec) if self._runs else self._symbol(real.spec)
        self.reads[id(variable)] = variable, symbol
        self._real.append((symbol, real))
        return symbol

    def assign(self, variable: "Variable", value: Handle) -> None:
        """From here on the variable reads as `value`; outside the trace it keeps its own."""
        self.effects[id(variable)] = variable, value

    def late(self, ask: Callable[[], Any], peek: Callable[[int], Any], keep: Keep | None) -> Late:
        """A number that each replay asks for; see the function `late`."""
        made = Late(ask, peek(self._asks.count(ask)), keep=keep)
        self._asks.append(ask)
        self.lates.append(made)
        return made

    def record(
        self, kernel: str, inputs: Inputs, checked: Checked, backend: Callable[[], "Backend"]
    ) -> tuple[Handle, ...]:
        """Adds a node and gives its outputs."""
        for handle in handles_of(inputs):
            storage = handle.storage
            if isinstance(storage, Symbol):
                storage.trace.check_live()
        if self._limit is not None and len(self.nodes) >= self._limit:
            raise TraceTooLongError(f"{kernel} is kernel {self._limit + 1} of this trace")
        node = Node(kernel, inputs, checked, (), user_line())
        if node.decided_by_values and not self._runs:
            self._realise(kernel, backend())
        if self._runs:  # kernels may give back a handle that they were given: each node has its own
            results = node.run(backend(), inputs, lambda late: late.present)
            outputs = tuple([Handle(one.storage, one.spec) for one in results])
        else:
            outputs = tuple([self._symbol(spec) for spec in checked.outs])
        self.nodes.append(node._replace(outputs=outputs))
        return outputs

    def check_live(self) -> None:
        """TraceError where the trace has ended."""
        if not self.live:
            raise TraceError(
                f"{user_line()}: a tensor that was made while a function was traced is used after its end: "
                f"return it from the function"
            )

    def close(self) -> None:
        """Ends the trace: what data its symbols hold goes."""
        self.live = False
        if self._runs:
            made = [handle for node in self.nodes for handle in node.outputs]
            for handle in (*(symbol for symbol, _ in self._real), *made):
                handle.storage = Symbol(handle.spec, self)
        self._real.clear()

    def forget(self) -> None:
        """Leaves what was recorded to the graph: symbols know their trace, which would hold its constants."""
        self.nodes, self.inputs, self.lates, self.looks = [], [], [], []
        self.reads, self.effects = {}, {}

    def _symbol(self, spec: Spec) -> Handle:
        return Handle(Symbol(spec, self), spec)

    def _realise(self, kernel: str, backend: "Backend") -> None:
        """Gives every symbol its data, by running all nodes."""
        for symbol, real in self._real:
            if real is None:
                raise TraceError(
                    f"{user_line()}: only values decide the shape of what {kernel} gives: trace the function "
                    f"with tensors in place of shapes and dtypes"
                )
            symbol.storage = real.storage
        for node in self.nodes:
            results = node.run(backend, node.inputs, lambda late: late.present)
            for symbol, result in zip(node.outputs, results, strict=True):
                symbol.storage = result.storage
        self._runs = True


class TraceTooLongError(TraceError):
    """A trace that went over its limit of nodes."""


tracing: ContextVar[Trace | None] = ContextVar("glbackend_trace", default=None)


@contextmanager
def recording(trace: Trace | None) -> Iterator[None]:
    """Runs a block under a trace; with None outside any: what it does happens now, once."""
    token = tracing.set(trace)
    try:
        yield
    finally:
        tracing.reset(token)


def look_at(handle: Handle, look: Look) -> None:
    """Calls `look` with a tensor's values where the host holds them anyway: to refuse what is wrong.

    Under a trace each replay does so, if the tensor is an input of the graph.
    """
    trace = tracing.get()
    if trace is not None:
        trace.looks.append((handle, look))
    elif handle.storage.host is not None:
        look(handle.storage.host)


def late(ask: Callable[[], Any], peek: Callable[[int], Any], keep: Keep | None = None) -> Any:
    """`ask()`: a number that changes from call to call; under a trace a `Late` that asks in each replay.

    `peek(n)` gives what `ask` would give after n more calls, and changes nothing. `keep()` gives a function
    that puts back what `ask` changes, for replays that fail.
    """
    trace = tracing.get()
    return ask() if trace is None else trace.late(ask, peek, keep)


def handles_of(inputs: Inputs) -> list[Handle]:
    """All handles among a kernel's inputs, in their order."""
    values = inputs if isinstance(inputs, list) else inputs.values()
    return [x for value in values for x in (value if isinstance(value, list) else [value])]


def map_inputs(function: Callable[[Handle], Handle], inputs: Inputs) -> Inputs:
    """The inputs with `function` of each handle in its place."""
    if isinstance(inputs, list):
        return [function(one) for one in inputs]
    return {
        name: [function(one) for one in value] if isinstance(value, list) else function(value)
        for name, value in inputs.items()
    }
