"""`function`: a Python function, captured as a graph at its first call and run as that from then on."""

import functools
import inspect
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Any

from glbackend.base.annotations import got
from glbackend.base.calling import checked
from glbackend.base.config import settings_version
from glbackend.base.errors import ArgumentError, CallError, GraphWarning, warn_user
from glbackend.base.nested import leaves, map_leaves
from glbackend.base.optional import on_first_call
from glbackend.base.shapes import Spec
from glbackend.engine.convert import as_tensor
from glbackend.engine.engine import engine
from glbackend.engine.graph import Graph, OtherShapeError
from glbackend.engine.profiler import interpreting
from glbackend.engine.run import observed
from glbackend.engine.tensor import METHODS, Tensor
from glbackend.graph.outside import Looks, outer_names, outer_values
from glbackend.graph.passes.simplify import VIEWS
from glbackend.graph.run import Prepared
from glbackend.graph.signature import TensorSpec, key_of, told
from glbackend.graph.trace import EXAMPLES, trace

MOST_GRAPHS = 16  # that a function keeps, one a signature; those used last stay
MOST_SEEN = 256  # signatures that an automatic one remembers
MOST_SHAPES = 4  # of results whose shape only values decide, for one signature
WARNED_TRACE = 8  # the trace that is warned of
SET = "an argument of a layer, a loss or the like was set"
_write_explained = on_first_call("glbackend.vis.drawing", "write_explained")


class Function:
    """A captured function; `gl.function` makes it, and says what it does.

    An `automatic` one, which nobody asked for, is traced when a signature comes for the second time, for as
    many signatures as it keeps graphs, and warns of nothing. `outside` is how to look at further numbers that
    a graph holds as they were.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        signature: Sequence[TensorSpec] | None,
        automatic: bool = False,
        outside: Looks = (),
    ) -> None:
        functools.update_wrapper(self, function)
        self.python = function
        self.name: str = getattr(function, "__name__", type(function).__name__)
        self.signature = signature
        self.automatic = automatic
        self._seen: set[Hashable] = set()
        self._outer = (*outer_names(function), *outside)
        self._parameters = inspect.signature(function)
        self._graphs: OrderedDict[Hashable, list[Prepared]] = OrderedDict()
        self._last: tuple[Any, ...] = ()
        self._settings = settings_version()  # that graphs were traced with
        self._traces = 0
        self.kernels: int | None = None  # the most that a graph of it runs, but for other views of data
        self._warned = False
        self._lock = threading.Lock()
        self._bound: dict[int, tuple[weakref.ref[Any], Function]] = {}

    def __call__(self, *args: Any, **options: Any) -> Any:
        """What the Python function gives."""
        if observed() or interpreting():
            return self.python(*args, **options)
        values = self._values(args, options)
        tensors: list[Tensor] = []
        key = tuple([key_of(value, tensors) for value in values]), outer_values(self._outer)
        inputs = [tensor.handle for tensor in tensors]
        with self._lock:
            if self._settings != settings_version():
                self._forget()
            known = list(self._graphs.get(key, ()))
        backend = engine().backend
        for prepared in known:
            try:
                return prepared(backend, inputs)
            except OtherShapeError:
                continue
        if self.automatic and not self._worth(key):
            return self.python(*args, **options)
        return self._traced(key, values)(backend, inputs)

    def _forget(self) -> None:
        """What graphs hold of layers, losses and the like is no longer so. Needs the lock."""
        self._settings = settings_version()
        self._graphs.clear()
        self._seen.clear()
        self._last = ()
        if self.automatic:
            self._traces = 0

    def _worth(self, key: Hashable) -> bool:
        """Whether a signature without a graph is to have one."""
        with self._lock:
            again = key in self._seen and self._traces < MOST_GRAPHS
            if len(self._seen) < MOST_SEEN:
                self._seen.add(key)
        return again

    def _traced(self, key: tuple[Any, ...], values: Sequence[Any]) -> Prepared:
        """A graph for arguments like these, kept."""
        prepared = Prepared(trace(self._call, *values))
        with self._lock:
            self._traces += 1
            why = _difference(self._last, key, list(self._parameters.parameters)) if self._last else SET
            changed = self._last and self._last[0] == key[0] and self._last[1] != key[1]
            told_of = changed and not self._warned
            self._warned = self._warned or bool(changed)
            self._last = key
            found = sum(node.kernel not in VIEWS for node in prepared.after.nodes)
            self.kernels = max(self.kernels or 0, found)
            self._graphs[key] = [prepared, *self._graphs.get(key, [])[: MOST_SHAPES - 1]]
            self._graphs.move_to_end(key)
            while len(self._graphs) > MOST_GRAPHS:
                self._graphs.popitem(last=False)
            often = self._traces == WARNED_TRACE
        if self.automatic:
            return prepared
        if told_of:
            warn_user(f"{self.name} is traced again, as {why}: pass it as an argument", GraphWarning)
        if often:
            warn_user(
                f"{self.name} has been traced {WARNED_TRACE} times, the last time as {why}: pass numbers "
                f"that change as tensors, and sizes as None in input_signature",
                GraphWarning,
            )
        return prepared

    def _values(self, args: tuple[Any, ...], options: dict[str, Any]) -> Sequence[Any]:
        """The arguments by position; with an input_signature as tensors that fit it."""
        if not options and self.signature is None:
            return args
        bound = self._parameters.bind(*args, **options)
        if self.signature is None:
            return [bound.args, bound.kwargs] if bound.kwargs else bound.args
        if bound.kwargs or len(bound.args) != len(self.signature):
            raise CallError(
                f"{self.name}: its input_signature has {len(self.signature)} arguments, "
                f"got {len(bound.args) + len(bound.kwargs)}"
            )
        names = list(self._parameters.parameters)
        named = [names[min(i, len(names) - 1)] for i in range(len(bound.args))]
        return [
            one.tensor(value, name)
            for one, value, name in zip(self.signature, bound.args, named, strict=True)
        ]

    def _call(self, *values: Any) -> Any:
        if len(values) == 2 and isinstance(values[0], tuple) and isinstance(values[1], dict):
            return self.python(*values[0], **values[1])
        return self.python(*values)

    def graph(self, *specs: Any) -> Graph:
        """The graph as it is run for arguments like these: `TensorSpec`s, tensors, arrays, or plain values.

        >>> import glbackend as gl
        >>> print(gl.function(lambda x: (x * 2.).relu() + x).graph(gl.TensorSpec([3])))
        x0: float32[3]
        %0: float32[3] = Chain(x0, 2.0, Multiply Relu Add)
        return %0
        """
        return Prepared(self._trace(specs)).fused(engine().backend)

    def explain(self, *specs: Any, html: str | Path | None = None) -> str:
        """What a call with arguments like these does on the current backend.

        On webgl a line for each draw: its shader, how much it reads and writes, what it computes and which
        line asked for that, and why the result is stored; at last what memory the graph holds. It is run
        once, in place of TensorSpecs on zeros; nothing that it changes lasts.

        `specs`: as `graph` takes them. `html`: a file that gets this as a page, with a picture of the graph;
        CallError where it is no path.

        >>> import glbackend as gl
        >>> print(gl.function(lambda x: (x * 2.).relu() + x).explain(gl.TensorSpec([3])).split("  ")[0])
        Chain Multiply Relu Add -> float32[3]
        """
        if html is not None and not isinstance(html, str | Path):
            raise CallError(f"explain: argument 'html' must be a path, got {got(html)}")
        inputs = [_sample(one).handle for one in leaves((TensorSpec, *EXAMPLES), specs)]
        prepared, backend = Prepared(self._trace(specs)), engine().backend
        said = prepared.explain(backend, inputs)
        if html is not None:
            _write_explained(html, self.name, said, prepared.fused(backend))
        return said

    def _trace(self, specs: Sequence[Any]) -> Graph:
        return trace(self._call, *[_example(one) for one in specs])

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Bound to an object, whose method it is: with graphs of its own, as long as the object lives."""
        if instance is None:
            return self
        known = self._bound.get(id(instance))
        if known is None or known[0]() is not instance:
            of = weakref.ref(instance)

            @functools.wraps(self.python)
            def method(*args: Any, **options: Any) -> Any:
                return self.python(of(), *args, **options)

            del method.__wrapped__  # whose signature has one parameter more
            parameters = list(self._parameters.parameters.values())[1:]
            method.__signature__ = self._parameters.replace(parameters=parameters)  # type: ignore[attr-defined]
            with self._lock:
                self._bound = {key: one for key, one in self._bound.items() if one[0]() is not None}
                known = self._bound[id(instance)] = of, Function(method, self.signature)
        return known[1]

    def __deepcopy__(self, memo: Any) -> "Function":
        return self

    def __reduce__(self) -> Any:
        raise ArgumentError(
            f"{self.name}: a captured function cannot be pickled, as its graphs belong to this process: "
            f"pickle the Python function, and capture it there"
        )


def _example(one: Any) -> Any:
    """What stands for an argument in a trace."""

    def spec(given: TensorSpec) -> Spec:
        if None in given.shape:
            raise ArgumentError(f"function: {given!r} has an unknown size: give the one to look at")
        return Spec(given.shape, given.dtype)  # type: ignore[arg-type]

    return map_leaves(TensorSpec, spec, one)


def _sample(one: Any) -> Tensor:
    """A tensor for an example: zeros where only shape and dtype are given."""
    zeros = isinstance(one, TensorSpec | Spec)
    return METHODS["zeros"](one.shape, one.dtype) if zeros else as_tensor(one, "specs", "explain")


def _difference(before: tuple[Any, ...], now: tuple[Any, ...], names: list[str]) -> str:
    """The first argument, or value from outside, that is not as it was."""
    for i, (old, new) in enumerate(zip(before[0], now[0], strict=False)):
        if old != new:
            name = names[min(i, len(names) - 1)] if names else str(i)
            return f"{name!r} was {told(old)} and is {told(new)}"
    old_values = dict(before[1])
    for name, new in now[1]:
        if old_values.get(name) != new:
            return (
                f"{name!r}, which it takes from outside, was {told(old_values.get(name))} and is {told(new)}"
            )
    return "values decide the shapes of its results"


@checked
def function(
    f: Callable[..., Any] | None = None, *, input_signature: Sequence[TensorSpec] | None = None
) -> Any:
    """`f`, captured: traced at its first call for arguments of such shapes, then run as a graph.

    A graph is improved before it runs (rows of the elementwise table become one pass, at the end of a product
    or alone), and planned by its backend: a later call runs no Python of `f`, and little of ours. Results are
    those of `f`, bit by bit where no sum is reordered. As TensorFlow's `tf.function`; TF.js has none.

    `f`: a function or method of tensors, arrays, and lists, tuples and dicts of them; it may read and assign
    variables, train them, and draw random numbers. What else it does in Python happens when it is traced.
    For each combination of shapes, dtypes and other arguments it is traced once; the last 16 graphs are kept,
    and the eighth trace is warned of. Numbers and tensors that it takes from outside are looked at in each
    call, and where one has changed it is traced again; what lies deeper (attributes of objects) is not.
    `input_signature`: a TensorSpec for each argument; arguments are then converted, and must fit. None in a
    shape takes any size, with a graph for each.

    Under a GradientTape, in `gl.grad` and within another captured function `f` itself runs, and so it does
    while `profile` or a debugger looks at single kernels: capture what computes the gradients, too. Raises
    TraceError, naming the line, where `f` asks for values of a tensor.

    >>> import glbackend as gl
    >>> @gl.function
    ... def double(x):
    ...     print("traced")
    ...     return x * 2.
    >>> double(gl.ones([2])).numpy().tolist(), double(gl.zeros([2])).numpy().tolist()
    traced
    ([2.0, 2.0], [0.0, 0.0])
    """
    if f is None:
        return lambda one: function(one, input_signature=input_signature)
    return Function(f, input_signature)
