"""A SavedModel as users hold it: a graph model for each of its signatures."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from glbackend.base.errors import ArgumentError
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model import GraphModel
from glbackend.formats.graph_model.execution import Run
from glbackend.formats.graph_model.inputs import by_name, describe
from glbackend.formats.graph_model.lists import Variable
from glbackend.formats.graph_model.model import Described
from glbackend.formats.graph_model.nodes import Ref


class Signature(GraphModel):
    """One signature of a SavedModel: a graph model that shares variables and tables with the others.

    >>> import glbackend as gl
    >>> issubclass(gl.SavedModel, gl.GraphModel)
    True
    """

    def __init__(self, run: Run, described: Described, variables: Mapping[str, Variable]) -> None:
        super().__init__(run, described)
        self._variables = variables

    @property
    def weights(self) -> dict[str, Tensor]:
        """The variables that the signature reads, by name, with the values that they have now."""
        self._live()
        return {name: variable.read() for name, variable in self._variables.items()}

    @property
    def changes(self) -> bool:
        """Whether calls assign to variables, so that later ones may give something else."""
        return any(not variable.fixed for variable in self._variables.values())

    def _execute(self, inputs: Any, refs: list[Ref], op: str) -> list[Tensor]:
        infos = self.inputs
        if len(infos) > 1 and not isinstance(inputs, Mapping):
            wanted = ", ".join(describe(info) for info in infos)
            raise ArgumentError(f"{op}: a SavedModel keeps no order of its inputs, give a dict: {wanted}")
        fed = by_name(inputs, infos, self._live().nodes, op)
        missing = [describe(info) for info in infos if info.node.node not in fed]
        if missing and op == "predict":
            raise ArgumentError(f"{op}: no value is given for the input {' nor for '.join(missing)}")
        order = {info.node.node: fed[info.node.node] for info in infos if info.node.node in fed}
        return super()._execute(order | fed, refs, op)


class Signatures(Mapping[str, Signature]):
    """The signatures of a SavedModel by name, each checked when it is first asked for."""

    def __init__(self, names: list[str], open_one: Callable[[str], Signature]) -> None:
        self._names, self._open = names, open_one
        self._opened: dict[str, Signature] = {}

    def __getitem__(self, name: str) -> Signature:
        if name not in self._names:
            raise KeyError(f"there is no signature {name!r}: {', '.join(map(repr, self._names)) or 'none'}")
        if name not in self._opened:
            self._opened[name] = self._open(name)
        return self._opened[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return f"<Signatures {', '.join(map(repr, self._names))}>"


class SavedModel(Signature):
    """A model of TensorFlow's SavedModel format; `load_saved_model` gives it. TF.js has no such class.

    It runs one signature itself, and `signatures` has all by name: they share variables and tables, and what
    disposes one disposes all. `predict` gives a tensor where the signature has one output, else a dict by
    name. Several inputs come as a dict by name, for a file keeps no order of them.

    >>> import glbackend as gl
    >>> gl.SavedModel.__name__
    'SavedModel'
    """

    def __init__(self, name: str, signatures: Signatures) -> None:
        chosen = signatures[name]
        super().__init__(chosen._live(), chosen._described, chosen._variables)
        self.signatures = signatures

    def __repr__(self) -> str:
        return f"{super().__repr__().replace('GraphModel', 'SavedModel', 1)[:-1]}, {self.signatures!r}>"
