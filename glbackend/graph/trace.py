"""`trace`: what a function computes, as a graph; and the shapes that it gives."""

from collections.abc import Callable
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.nested import leaves, map_leaves
from glbackend.base.shapes import Spec
from glbackend.engine.convert import as_tensor
from glbackend.engine.graph import Graph
from glbackend.engine.node import Trace, recording
from glbackend.engine.tape import nothing_recorded
from glbackend.engine.tensor import Tensor, Variable

EXAMPLES = (Tensor, np.ndarray, Spec)  # what becomes an input of a graph


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
    reads, effects = list(made.reads.values()), list(made.effects.values())
    graph = Graph(made.nodes, made.inputs, reads, effects, made.lates, outputs, made.looks)
    made.forget()
    return graph


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
