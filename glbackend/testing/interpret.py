"""A graph run kernel by kernel: the judge of what a trace has recorded."""

from typing import Any

from glbackend.base.errors import TraceError
from glbackend.base.late import values_of
from glbackend.base.nested import leaves, map_leaves
from glbackend.engine.convert import as_tensor
from glbackend.engine.engine import engine
from glbackend.engine.node import map_inputs
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor
from glbackend.graph.trace import EXAMPLES, Graph


def replay(graph: Graph, *arguments: Any) -> Any:
    """What the traced function gives for `arguments`, all its effects included.

    TraceError where a shape that values decide is not the traced one.
    """
    backend, known = engine().backend, values_of(graph.lates)
    given = [as_tensor(one, "arguments", "replay").handle for one in leaves(EXAMPLES, arguments)]
    values = {id(symbol): handle for symbol, handle in zip(graph.inputs, given, strict=True)}
    values |= {id(symbol): variable.handle for variable, symbol in graph.variables}

    def value(handle: Handle) -> Handle:
        return values.get(id(handle), handle)  # constants stand for themselves

    for node in graph.nodes:
        results = node.run(backend, map_inputs(value, node.inputs), lambda late: late.value(known))
        for symbol, result in zip(node.outputs, results, strict=True):
            if result.spec != symbol.spec:
                raise TraceError(f"{node.kernel} gave {result.spec}, the trace holds for {symbol.spec}")
            values[id(symbol)] = result
    changed = [(variable, Tensor(value(symbol))) for variable, symbol in graph.effects]
    for variable, tensor in changed:
        variable.assign(tensor)
    return map_leaves(Handle, lambda handle: Tensor(value(handle)), graph.outputs)
