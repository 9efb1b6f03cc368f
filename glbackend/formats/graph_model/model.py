"""A graph model as users hold it: predict, execute, and what it says of itself."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from glbackend.base.errors import ArgumentError, DisposedError
from glbackend.base.shapes import Spec
from glbackend.engine.engine import engine
from glbackend.engine.profiler import interpreting
from glbackend.engine.run import observed
from glbackend.engine.tensor import Tensor
from glbackend.formats.graph_model.execution import Run
from glbackend.formats.graph_model.inputs import as_input, by_name, describe
from glbackend.formats.graph_model.nodes import GraphNode, Ref, TensorInfo, parse_ref
from glbackend.formats.graph_model.plan import Plan, plan_of

MOST_PLANS = 16


class Described(NamedTuple):
    """What a graph model says of itself: what it takes and gives, and what its maker wrote."""

    inputs: Sequence[TensorInfo]
    outputs: Sequence[TensorInfo]
    signature: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] | None = None
    version: str | None = None
    structured: Sequence[str] | None = None


class GraphModel:
    """A model that TensorFlow made, as a graph of ops; `load_graph_model` gives it. As `tf.GraphModel`.

    `inputs` and `outputs` say name, node, shape (-1 for any size) and dtype of what it takes and gives.

    >>> import glbackend as gl
    >>> gl.GraphModel.__name__
    'GraphModel'
    """

    def __init__(self, run: Run, described: Described) -> None:
        self._run: Run | None = run
        self._described = described
        self._plans: dict[Any, Plan | None] = {}
        self._captured: dict[str, Any] = {}  # by node: tables that the initializer has made
        self._eager = run.has_own_ops

    # -- what it is ----------------------------------------------------------------------------------------

    @property
    def inputs(self) -> list[TensorInfo]:
        """What it takes, in the order of a list of inputs."""
        return [info for info in self._described.inputs if info.resource is None]

    @property
    def outputs(self) -> list[TensorInfo]:
        """What it gives, in the order of `predict`."""
        return list(self._described.outputs)

    @property
    def input_nodes(self) -> list[str]:
        """The names of the nodes of `inputs`. As TF.js's `inputNodes`."""
        return [info.node.node for info in self.inputs]

    @property
    def output_nodes(self) -> list[str]:
        """The names of the nodes of `outputs`. As TF.js's `outputNodes`."""
        return [info.node.node for info in self.outputs]

    @property
    def nodes(self) -> Mapping[str, GraphNode]:
        """The nodes of the graph by name, without those of its functions."""
        return self._live().nodes

    @property
    def weights(self) -> dict[str, Tensor]:
        """The weights by name."""
        return dict(self._live().weights)

    @property
    def signature(self) -> Mapping[str, Any] | None:
        """The signature as the file gives it; TF.js's `modelSignature`."""
        return self._described.signature

    @property
    def metadata(self) -> Mapping[str, Any] | None:
        """What its maker wrote into the file (userDefinedMetadata)."""
        return self._described.metadata

    @property
    def model_version(self) -> str | None:
        """The version of TensorFlow's graphs that the file names. As TF.js's `modelVersion`."""
        return self._described.version

    @property
    def model_structured_output_keys(self) -> Sequence[str] | None:
        """The names under which `predict` gives its results as a dict, where the file has them."""
        return self._described.structured

    def __repr__(self) -> str:
        taken = ", ".join(describe(info) for info in self.inputs)
        given = ", ".join(describe(info) for info in self.outputs)
        return f"<GraphModel {taken} -> {given}>"

    # -- running it ----------------------------------------------------------------------------------------

    def predict(self, inputs: Any) -> Any:
        """What the model gives for `inputs`: a tensor, a list in the order of `outputs`, or a dict where the
        file names structured outputs. As `tf.GraphModel.predict`.

        `inputs`: one value for a model of one input, a list in the order of `inputs`, or a dict by name: the
        signature's, the node's, or `name:0`. Values are tensors, NumPy arrays or nested lists. Raises
        ArgumentError, ShapeError or DtypeError, naming the input, before anything runs.
        """
        found = self._execute(inputs, [info.node for info in self._described.outputs], "predict")
        # differs from TF.js: structured outputs are paired by name; it pairs by position
        if self._described.structured:
            return dict(zip(self._described.structured, self._structured(found), strict=True))
        return found if len(found) != 1 else found[0]

    def execute(self, inputs: Any, outputs: str | Sequence[str] | None = None) -> Any:
        """The values of any nodes. As `tf.GraphModel.execute`.

        `inputs`: as in `predict`; a dict may feed any node, whose own inputs are then not needed.
        `outputs`: names of the signature's outputs, of nodes, `node:1` for another output, or as in functions
        `node:output:0`; by default the model's outputs. A list of tensors for a list, a tensor for one name.
        """
        names = [outputs] if isinstance(outputs, str) else outputs
        if names is None:
            refs = [info.node for info in self._described.outputs]
        else:
            refs = [self._ref(name) for name in names]
        found = self._execute(inputs, refs, "execute")
        single = isinstance(outputs, str) or (outputs is None and len(found) == 1)
        return found[0] if single else found

    async def predict_async(self, inputs: Any) -> Any:
        """As `predict`. Nothing need be awaited but `tensor.data()`. As `tf.GraphModel.predictAsync`."""
        return self.predict(inputs)

    async def execute_async(self, inputs: Any, outputs: str | Sequence[str] | None = None) -> Any:
        """As `execute` of `inputs` and `outputs`; models with loops and branches run by either. As
        `tf.GraphModel.executeAsync`."""
        return self.execute(inputs, outputs)

    def dispose(self) -> None:
        """Gives the weights back; the model cannot be used afterwards. As `tf.GraphModel.dispose`."""
        if self._run is not None:
            self._run.dispose()
        self._run = None
        self._plans.clear()
        self._captured.clear()

    def capture(self, tables: Mapping[str, Any]) -> None:
        """Tables of an initializer, which nodes of these names stand for."""
        self._captured.update(tables)

    def _live(self) -> Run:
        if self._run is None or self._run.disposed:
            raise DisposedError("the graph model is disposed: load it again")
        return self._run

    def _structured(self, found: Sequence[Tensor]) -> list[Tensor]:
        """The outputs in the order of the structured names."""
        names = [info.name for info in self._described.outputs]
        keys = list(self._described.structured or ())
        return [found[names.index(key)] for key in keys] if set(keys) == set(names) else list(found)

    def _ref(self, name: str) -> Ref:
        run = self._live()
        for info in self._described.outputs:
            if info.name == name:
                return info.node
        ref = Ref(name) if name in run.nodes else parse_ref(name)
        if ref.node not in run.nodes:
            known = ", ".join(repr(info.name) for info in self._described.outputs)
            raise ArgumentError(f"execute: there is no output {name!r}: use {known}, or the name of a node")
        return ref

    def _execute(self, inputs: Any, refs: list[Ref], op: str) -> list[Tensor]:
        run = self._live()
        fed = by_name(inputs, self.inputs, run.nodes, op)
        infos = {info.node.node: info for info in self.inputs}
        given = {}
        for name, value in fed.items():
            info = infos.get(name) or TensorInfo(name, Ref(name), None, "unknown")
            given[name] = as_input(value, info, op)
        given |= {name: table for name, table in self._captured.items() if name not in given}
        return self._planned(run, given, refs)

    def _planned(self, run: Run, given: dict[str, Any], refs: list[Ref]) -> list[Tensor]:
        """By a plan for inputs of these shapes where there is one, else step by step."""
        names = tuple(given)
        program = run.program(names, refs)
        values = list(given.values())
        plain = all(isinstance(one, Tensor) for one in values)
        if self._eager or not plain or observed() or interpreting():
            return program.run(values)
        specs = [Spec(one.shape, one.dtype) for one in values]
        key = (names, tuple(refs), tuple(specs), engine().backend.name)
        if key not in self._plans and (names, tuple(refs)) not in self._plans:
            if len(self._plans) >= MOST_PLANS:
                self._plans.pop(next(iter(self._plans)))
            plan = plan_of(lambda *tensors: program.run(list(tensors)), specs)
            # what asks for values does so whatever the shapes are
            self._plans[(names, tuple(refs)) if plan is None else key] = plan
        plan = self._plans.get(key)
        return program.run(values) if plan is None else plan.run(values)
