"""What all programs of one model share: constants, functions of the library, tables."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from glbackend.base.errors import DtypeError, ModelFormatError
from glbackend.engine.tensor import Tensor
from glbackend.engine.tidy import keep
from glbackend.formats.graph_model.attrs import declared_shape, inline_tensor
from glbackend.formats.graph_model.compile import compile_program, reachable
from glbackend.formats.graph_model.declare import TF_OPS, Values
from glbackend.formats.graph_model.host import host_tensor
from glbackend.formats.graph_model.lists import Variable
from glbackend.formats.graph_model.nodes import Function, GraphNode, Ref, Topology
from glbackend.formats.graph_model.program import Program

MOST_CALLS = 64  # of functions within functions
_depth: ContextVar[int] = ContextVar("glbackend_graph_calls", default=0)
MOST_PROGRAMS = 16  # for different inputs and outputs


class Run:
    """Programs for one graph, made when they are first needed; ops receive it as `run`."""

    def __init__(self, topology: Topology, weights: Mapping[str, Tensor], tables: dict[str, Any]) -> None:
        self.nodes, self.functions = topology.nodes, topology.functions
        self.weights, self.tables = weights, tables
        self.assets: Mapping[str, Callable[[], bytes]] = {}  # files of the model, by the name that nodes use
        self.disposed = False
        self.variables: Mapping[str, Variable] = {}
        self._constants: dict[GraphNode, Tensor] = {}  # functions may have nodes of equal names
        self._called: dict[str, Program] = {}
        self._programs: dict[Any, Program] = {}

    @property
    def has_own_ops(self) -> bool:
        """Whether there are nodes of a user's ops, whose functions are to be called each time."""
        nodes = [self.nodes, *(function.nodes for function in self.functions.values())]
        return any(node.op in TF_OPS and TF_OPS[node.op].own for part in nodes for node in part.values())

    def constant(self, node: GraphNode) -> Tensor:
        """The value of a Const node: the weight of its name, or what stands in its attr."""
        if isinstance(node.attrs.get("value"), Variable):
            return node.attrs["value"].read()
        found = self.weights.get(node.name)
        if found is not None:
            return found
        if node not in self._constants:
            given = node.attrs.get("value")
            array = inline_tensor(given, f"node {node.name!r}") if isinstance(given, Mapping) else None
            if array is None:
                raise ModelFormatError(f"node {node.name!r} (Const) has no weight of its name, and no value")
            try:
                self._constants[node] = keep(host_tensor(array))
            except DtypeError as error:  # whole numbers beyond int32
                raise ModelFormatError(f"node {node.name!r} (Const): {error}") from None
        return self._constants[node]

    def resource(self, name: str, make: Callable[[], Any]) -> Any:
        """The table of that name, made where it is new."""
        if not name:
            return make()
        if name not in self.tables:
            self.tables[name] = make()
        return self.tables[name]

    def asset(self, name: str) -> bytes:
        """What a file of the model holds; ModelFormatError for any other file."""
        if name not in self.assets:
            raise ModelFormatError(f"reads the file {name!r}, which is no asset of the model")
        return self.assets[name]()

    def program(self, fed: Sequence[str], results: Sequence[Ref]) -> Program:
        """The program that computes `results` where `fed` are given."""
        key = (tuple(fed), tuple(results))
        if key not in self._programs:
            if len(self._programs) >= MOST_PROGRAMS:
                self._programs.pop(next(iter(self._programs)))
            self._programs[key] = compile_program(self.nodes, fed, results, self, self)
        return self._programs[key]

    def restart(self) -> None:
        """Forgets all programs: the nodes have changed."""
        self._programs.clear()
        self._called.clear()

    def dispose(self) -> None:
        """Gives weights, constants and tables back."""
        for tensor in (*self.weights.values(), *self._constants.values()):
            tensor.dispose()
        for variable in self.variables.values():
            variable.dispose()
        for part in (self._programs, self._called, self._constants, self.tables):
            part.clear()
        self.disposed = True

    def call(self, name: str, args: Values) -> Values:
        """What a function of the library gives; it takes the arguments out of the list."""
        if name not in self._called:
            function = self.functions.get(name)
            if function is None:
                raise ModelFormatError(f"there is no function {name!r} in the library")
            self._called[name] = self._compiled(function)
        program = self._called[name]
        if len(args) != len(program.arguments):
            raise ModelFormatError(
                f"function {name!r} takes {len(program.arguments)} arguments, not {len(args)}"
            )
        if _depth.get() >= MOST_CALLS:
            raise ModelFormatError(f"function {name!r}: calls go more than {MOST_CALLS} deep")
        token = _depth.set(_depth.get() + 1)
        try:
            found = program.run(args)
        finally:
            _depth.reset(token)
        return found[: len(self.functions[name].results)]

    def _compiled(self, function: Function) -> Program:
        nodes = {name: GraphNode(name, "Placeholder") for name in function.arguments} | function.nodes
        given = reachable(nodes, function.results, dict.fromkeys(function.arguments))
        effects = [Ref(name) for name in function.effects if name not in given]
        return compile_program(nodes, function.arguments, [*function.results, *effects], self, self)


def check_constants(
    nodes: Mapping[str, GraphNode], weights: Mapping[str, np.ndarray[Any, Any]], where: str
) -> None:
    """ModelFormatError where the shape that a Const declares is not that of its weight."""
    for node in nodes.values():
        given, weight = node.attrs.get("value"), weights.get(node.name)
        if node.op != "Const" or weight is None or not isinstance(given, Mapping):
            continue
        dims = declared_shape(given, f"{where}: node {node.name!r}")
        if dims is not None and dims != weight.shape:
            raise ModelFormatError(
                f"{where}: node {node.name!r} declares shape {list(dims)}, its weight in the manifest has "
                f"{list(weight.shape)}"
            )
