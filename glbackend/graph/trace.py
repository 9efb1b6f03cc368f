"""`trace`: what a function computes, as a graph; and the shapes that it gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.late import Late
from glbackend.base.nested import leaves, map_leaves
from glbackend.base.shapes import Spec
from glbackend.engine.convert import as_tensor
from glbackend.engine.node import Node, Trace, handles_of, recording
from glbackend.engine.storage import Handle
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor, Variable

EXAMPLES = (Tensor, np.ndarray, Spec)  # what becomes an input of a graph


@dataclass(frozen=True)
class Graph:
    """What a function computes: a flat list of nodes in an order in which they can run.

    Values are handles, known by their identity. `inputs` are the arguments; `variables` those that are read,
    each with the symbol of the value it has before; `effects` those that are assigned to, each with the value
    it has afterwards; `lates` the numbers that every run asks for, in their order. `outputs` is what the
    function returns, nested as it returns it, with a handle for each tensor. A handle that nothing here gives
    is a constant and holds its data.

    It prints a line a node.
    """

    nodes: Sequence[Node]
    inputs: Sequence[Handle]
    variables: Sequence[tuple[Variable, Handle]]
    effects: Sequence[tuple[Variable, Handle]]
    lates: Sequence[Late]
    outputs: Any

    def __str__(self) -> str:
        names = {id(handle): f"x{i}" for i, handle in enumerate(self.inputs)}
        names |= {id(handle): variable.name for variable, handle in self.variables}
        lines = [f"{names[id(handle)]}: {_kind(handle.spec)}" for handle in self.inputs]
        count = 0
        for node in self.nodes:
            given = [names.get(id(one)) or _constant(one) for one in handles_of(node.inputs)]
            for handle in node.outputs:
                names[id(handle)] = f"%{count}"
                count += 1
            made = ", ".join(f"{names[id(handle)]}: {_kind(handle.spec)}" for handle in node.outputs)
            attrs = [f"{name}={value!r}" for name, value in node.checked.attrs.items()]
            lines.append(f"{made} = {node.kernel}({', '.join([*given, *attrs])})")
        for variable, handle in self.effects:
            lines.append(f"{variable.name} := {names.get(id(handle)) or _constant(handle)}")
        results = [names.get(id(handle)) or _constant(handle) for handle in leaves(Handle, self.outputs)]
        return "\n".join([*lines, f"return {', '.join(results)}"])


def _kind(spec: Spec) -> str:
    return f"{spec.dtype}{list(spec.shape)}"


def _constant(handle: Handle) -> str:
    host = handle.storage.host
    return f"const {_kind(handle.spec)}" if host is None or handle.size != 1 else str(host[0])


@checked
def trace(f: Callable[..., Any], *examples: Any) -> Graph:
    """The graph of `f`: what it computes for arguments like these, without computing it.

    `f`: a function of tensors that returns tensors, nested in lists, tuples and dicts as it likes. Nothing
    that it does lasts: variables, optimizers and the generator of random numbers are afterwards as before;
    the graph says what they become (`effects`). `examples`: its arguments; of tensors and arrays (also in
    lists, tuples and dicts) only shape and dtype count, and a `Spec` (shape, dtype) stands for one; anything
    else is handed on as it is. An example's values count in one case only: where the shape of a result
    depends on values (`where_async`, `unique`, ...), the rest of the graph holds for results of that shape.

    Raises TraceError, naming the line, where `f` asks for the values of a tensor.

    >>> import glbackend as gl
    >>> print(gl.trace(lambda x: (x * 2.).relu(), gl.zeros([3])))
    x0: float32[3]
    %0: float32[3] = Multiply(x0, 2.0)
    %1: float32[3] = Relu(%0)
    return %1
    """
    made = Trace()
    with recording(made), nothing_recorded():
        try:
            result = f(*[_symbols(example, made) for example in examples])
            outputs = map_leaves(Tensor, lambda tensor: tensor.handle, result)
        finally:
            made.close()
    return Graph(
        made.nodes, made.inputs, list(made.reads.values()), list(made.effects.values()), made.lates, outputs
    )


def output_specs(f: Callable[..., Any], *specs: Any, limit: int | None = None) -> list[Spec]:
    """Specs of the tensors that `f` gives for arguments of such specs.

    TraceTooLongError where it runs more than `limit` kernels.
    """
    made = Trace(limit)
    with recording(made), nothing_recorded():
        try:
            return [tensor.spec for tensor in leaves(Tensor, f(*[_symbols(spec, made) for spec in specs]))]
        finally:
            made.close()


def _symbols(example: Any, trace: Trace) -> Any:
    """An argument with a symbol in place of each tensor, array and spec; variables stay what they are."""

    def symbol(one: Any) -> Tensor:
        if isinstance(one, Variable):
            return one
        if isinstance(one, Spec):
            return Tensor(trace.input(one))
        real = as_tensor(one, "examples", "trace").handle
        return Tensor(trace.input(real.spec, real))

    return map_leaves(EXAMPLES, symbol, example)
