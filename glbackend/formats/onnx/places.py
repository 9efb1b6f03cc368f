"""Where an ONNX model lies: a file here, or an address, with the files beside it that hold its values."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.base.optional import optional
from glbackend.formats.folders import fetched as _fetched
from glbackend.io.model_json import check_path

DEEPEST = 64  # graphs within graphs


def fetched(source: Any) -> Any:
    """A source as a path here; what lies at an address is fetched, with the files that hold its values."""
    return _fetched(source, needed)


def needed(files: Mapping[str, Path]) -> list[str]:
    """The files that hold values of the model, by their paths."""
    where = next(iter(files.values()))  # the model itself came first
    proto = parsed(where.read_bytes(), str(where))
    graphs = [proto.graph.initializer, proto.graph.node, *(one.node for one in proto.functions)]
    places = {_place(one): None for part in graphs for one in _tensors(part, 0) if _place(one)}
    for one in places:
        check_path(one, str(where))
    return list(places)


def parsed(text: bytes, where: str) -> Any:
    """A ModelProto; ModelFormatError, naming `where`, for bytes of another kind."""
    try:
        return optional("onnx", "onnx", "load_onnx_model").ModelProto.FromString(text)
    except Exception as error:  # protobuf's own DecodeError, whose place changes with its versions
        if isinstance(error, ImportError):
            raise
        raise ModelFormatError(f"{where} is no ONNX model: {error}") from None


def _place(tensor: Any) -> str:
    return next((one.value for one in tensor.external_data if one.key == "location"), "")


def _tensors(part: Sequence[Any], depth: int) -> Iterator[Any]:
    """All tensors of a list of them, or of nodes."""
    within = partial(_tensors, depth=depth + 1)
    for one in part if depth < DEEPEST else ():
        if not hasattr(one, "op_type"):
            yield one
            continue
        for attr in one.attribute:
            yield from (attr.t, *attr.tensors)
            for graph in (attr.g, *attr.graphs):
                yield from graph.initializer
                yield from within(graph.node)
