"""`load_saved_model`: a folder of TensorFlow's to a model that runs.

As TensorFlow's own loader in C++ does it, by what the graph itself says: the nodes that restore variables,
then those that fill tables from assets. What TensorFlow 2 says of Python objects beside it is not needed.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.formats.folders import within
from glbackend.formats.graph_model.compile import reachable
from glbackend.formats.graph_model.execution import Run
from glbackend.formats.graph_model.host import host_tensor
from glbackend.formats.graph_model.lists import Table, Variable
from glbackend.formats.graph_model.loading import check_ops, functions_of
from glbackend.formats.graph_model.model import Described
from glbackend.formats.graph_model.nodes import (
    Function,
    Ref,
    TensorInfo,
    Topology,
    parse_ref,
    read_signature,
    read_topology,
)
from glbackend.formats.saved_model.bundle import Bundle, cut_of
from glbackend.formats.saved_model.folder import MOST_ASSET_BYTES, assets_of, read_file, read_meta_graph
from glbackend.formats.saved_model.inlining import check_effort, inlined
from glbackend.formats.saved_model.messages import plain
from glbackend.formats.saved_model.model import SavedModel, Signature, Signatures
from glbackend.formats.saved_model.places import folder_of
from glbackend.formats.saved_model.variables import Changes, Nodes, Restored, bound, named, names_in, restores
from glbackend.formats.telling import telling
from glbackend.io.fetching import Remote

INIT, DEFAULT = "__saved_model_init_op", "serving_default"
INIT_COLLECTIONS = ("saved_model_main_op", "legacy_init_op")


@checked
def load_saved_model(
    source: str | os.PathLike[str] | Remote, signature: str | None = None, *, tags: Sequence[str] = ("serve",)
) -> SavedModel:
    """A model from a folder of TensorFlow's SavedModel, of TensorFlow 1 or 2, or of Keras's `model.export`.

    `source`: the folder, which holds saved_model.pb, a `.zip`, `.tar` or `.tar.gz` file of it, as TensorFlow
    Hub gives them, or the address of either. Needs protobuf (`glbackend[tensorflow]`) alone.
    `signature`: which signature the model's `predict` runs, by default "serving_default" or the only one; all
    are in its `signatures`.
    `tags`: of the graph that is taken, where the file has several.

    Raises ModelFormatError for what is no whole SavedModel, damaged by its checksums, or needs ops that are
    not known here: all of them at once. As `tf.saved_model.load` of TensorFlow; TF.js only has a converter.

    >>> load_saved_model("no/such/folder")
    Traceback (most recent call last):
    FileNotFoundError: no SavedModel at no/such/folder: there is no such folder
    """
    with folder_of(source) as (folder, stays):
        model = _loaded(folder, signature, tuple(tags))
        if not stays:
            read_ahead(model)
        return model


def read_ahead(model: SavedModel) -> None:
    """Reads all variables, which else are read where they are needed: the folder will not be there then."""
    for variable in model._live().variables.values():
        variable.read_ahead()


def _loaded(folder: Path, signature: str | None, tags: tuple[str, ...]) -> SavedModel:
    with telling(folder):
        signatures = _restored(folder, read_meta_graph(folder, tags))
    name = signature or (DEFAULT if DEFAULT in signatures or len(signatures) != 1 else next(iter(signatures)))
    if not signatures:
        raise ModelFormatError(
            f"{folder} has no signatures: tf.saved_model.save(..., signatures=...) adds them"
        )
    if name not in signatures:
        known = ", ".join(map(repr, signatures))
        raise ArgumentError(f"load_saved_model: {folder} has no signature {name!r}, but {known}")
    with telling(folder):
        return SavedModel(name, signatures)


class Parts(NamedTuple):
    """What a meta graph says beside its nodes."""

    signatures: dict[str, dict[str, Any]]
    restore: str | None  # the node that restores all variables
    init: str | None  # the node that then fills tables
    assets: dict[str, str]  # by the node that is fed their path


def _parts(meta: Any) -> Parts:
    signatures = {name: plain(meta.signatures[name], "Signature") for name in sorted(meta.signatures)}
    collections = {name: plain(one, "Collection") for name, one in meta.collections.items()}
    starts = [
        parse_ref(str(info["name"])).node
        for info in (signatures.pop(INIT, {}).get("outputs") or {}).values()
        if info.get("name")
    ]
    for key in INIT_COLLECTIONS:
        starts += collections.get(key, {}).get("nodeList", {}).get("value", [])
    fed = {parse_ref(node).node: path for node, path in assets_of(meta)}
    restore = parse_ref(meta.saver.restoreOpName).node or None
    return Parts(signatures, restore, starts[0] if starts else None, fed)


def _restored(folder: Path, meta: Any) -> Signatures:
    """The signatures of a graph whose variables and tables have their values."""
    parts = _parts(meta)
    topology = read_topology(plain(meta.graph, "Graph"), "the graph")
    about = Described(
        [], [], None, {"tensorflow": meta.info.tensorflowVersion}, str(meta.graph.versions.producer)
    )
    del meta  # what it holds is in the topology
    outputs = [info for one in parts.signatures.values() for info in (one.get("outputs") or {}).values()]
    asked = [parse_ref(str(info.get("name"))).node for info in outputs]
    wanted = [name for name in asked if name in topology.nodes]
    ends = [one for one in (parts.restore, parts.init) if one is not None]
    topology = inlined(topology, [*wanted, *ends])
    nodes = named(topology.nodes)
    functions = {
        name: replace(function, nodes=named(function.nodes)) for name, function in topology.functions.items()
    }
    variables = {
        name: Variable(name) for name in names_in([nodes, *(one.nodes for one in functions.values())])
    }
    run = Run(Topology(nodes, functions), {}, {})
    run.variables = variables
    if parts.restore is not None:
        _restore(folder, nodes, parts.restore, variables, run.tables)
    if parts.init is not None:
        _initialize(folder, parts, nodes, functions, variables, run)
    changes = Changes(functions)
    changed = changes.of_graph(nodes, wanted)
    for name, variable in variables.items():
        variable.fixed = not changes.everything and name not in changed
    _bind(run, nodes, functions, variables)
    return Signatures(list(parts.signatures), _opener(run, parts.signatures, about))


def _bind(
    run: Run, nodes: Nodes, functions: Mapping[str, Function], variables: Mapping[str, Variable]
) -> None:
    fixed = all(variable.fixed for variable in variables.values())
    run.nodes = bound(nodes, variables, fixed)
    run.functions = {
        name: replace(function, nodes=bound(function.nodes, variables, fixed))
        for name, function in functions.items()
    }


def _restore(
    folder: Path, nodes: Nodes, goal: str, variables: Mapping[str, Variable], tables: dict[str, Any]
) -> None:
    """Gives variables their tensors of the checkpoint, which are read when they are needed, and tables."""
    found, imported = restores(nodes, goal)
    if not found and not imported:
        return
    bundle = Bundle(lambda name: within(folder, f"variables/{name}"), "variables")

    def array(one: Restored) -> Any:
        return bundle.tensor(one.key, cut_of(one.slice, one.key))

    for name, one in found.items():
        variables[name].source = partial(array, one)
    for name, (keys, values) in imported.items():
        pair = host_tensor(array(keys)), host_tensor(array(values))
        tables[name] = Table(pair[0].dtype, pair[1].dtype)
        tables[name].fill(*pair)


def _initialize(
    folder: Path,
    parts: Parts,
    nodes: Nodes,
    functions: Mapping[str, Function],
    variables: Mapping[str, Variable],
    run: Run,
) -> None:
    """Runs what fills tables, and variables that no checkpoint holds."""
    goal = Ref(str(parts.init))
    _bind(run, nodes, functions, variables)
    topology = Topology(run.nodes, run.functions)
    check_ops(topology, [goal], "what initializes it", True, {})
    check_effort(topology, goal)
    run.assets = {
        name: partial(lambda name: read_file(within(folder, name), MOST_ASSET_BYTES), name)
        for name in parts.assets.values()
    }
    fed = {node: name for node, name in parts.assets.items() if node in run.nodes}
    texts = [host_tensor(np.array(name, object), "string") for name in fed.values()]
    run.program(tuple(fed), [goal]).run(texts)
    run.restart()


def _opener(run: Run, given: Mapping[str, dict[str, Any]], about: Described) -> Callable[[str], Signature]:
    """What makes the model of a signature, which is checked whole."""

    def opened(name: str) -> Signature:
        where = f"signature {name!r}"
        taken = _infos(given[name], "inputs", run.nodes, where)
        made = _infos(given[name], "outputs", run.nodes, where)
        results = [info.node for info in made]
        check_ops(Topology(run.nodes, run.functions), results, where, True, {})
        keys = [info.name for info in made] if len(made) > 1 else None
        described = about._replace(inputs=taken, outputs=made, signature=given[name], structured=keys)
        run.program(tuple(info.node.node for info in taken), results)  # which reads what is constant
        return Signature(run, described, _read_by(run, results))

    return opened


def _infos(signature: Mapping[str, Any], part: str, nodes: Nodes, where: str) -> list[TensorInfo]:
    """What a signature takes or gives, by name, output_10 behind output_9: files keep no order."""
    for name, info in (signature.get(part) or {}).items():
        if not info.get("name"):
            raise ModelFormatError(
                f"{where}: {name!r} is a sparse or composite tensor, which is not read here"
            )
    infos = read_signature(signature, part, where)
    for info in infos:
        if info.node.node not in nodes:
            raise ModelFormatError(
                f"{where}: {info.name!r} is of a node that is not there, {info.node.node!r}"
            )
    infos.sort(
        key=lambda info: [int(one) if one.isdecimal() else one for one in re.split(r"(\d+)", info.name)]
    )
    return infos


def _read_by(run: Run, results: Sequence[Ref]) -> dict[str, Variable]:
    """The variables that the results need."""
    found, waiting = {}, [reachable(run.nodes, results, {})]
    seen: set[str] = set()
    while waiting:
        for node in waiting.pop().values():
            held = node.attrs.get("variable") or node.attrs.get("value")
            if isinstance(held, Variable):
                found[held.name] = held
            new = [name for name in functions_of(node) if name not in seen]
            seen.update(new)
            waiting += [run.functions[name].nodes for name in new]
    return found
