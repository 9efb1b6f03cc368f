"""`load_onnx_model`: a file or its bytes to a model that runs."""

import difflib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glbackend.base.calling import checked
from glbackend.base.errors import ModelFormatError
from glbackend.base.optional import optional
from glbackend.formats.onnx.compile import Compiler, opsets_of
from glbackend.formats.onnx.declare import OPS
from glbackend.formats.onnx.model import OnnxModel, ValueInfo, info_of
from glbackend.formats.onnx.places import fetched, parsed
from glbackend.formats.telling import telling
from glbackend.io.fetching import Remote


@checked
def load_onnx_model(source: str | os.PathLike[str] | bytes | Remote) -> OnnxModel:
    """A model from an ONNX file, ready to predict; needs the package `onnx` (`glbackend[onnx]`).

    `source`: the path of the file, beside which external data is looked for, the bytes of one, or its
    address, from which external data is fetched too. Operator sets from 7 on are read, each node by the
    version that the model imports.

    Raises ModelFormatError for what is no whole model, and for operators that are not known here: all of them
    at once, with their nodes. FileNotFoundError where there is no file. TF.js has no such function.

    >>> load_onnx_model("no/such/model.onnx")
    Traceback (most recent call last):
    FileNotFoundError: no model at no/such/model.onnx
    """
    optional("onnx", "onnx", "load_onnx_model")
    for module in ("numpy_helper", "defs", "helper"):
        optional(f"onnx.{module}", "onnx", "load_onnx_model")
    if isinstance(source, bytes):
        where, text, base = "the model", source, ""
    else:
        path = Path(fetched(source))
        if not path.is_file():
            raise FileNotFoundError(f"no model at {path}")
        where, text, base = str(path), path.read_bytes(), str(path.parent.resolve())
    proto = parsed(text, where)
    with telling(where):
        return model_of(proto, base)


def model_of(proto: Any, base: str) -> OnnxModel:
    """The model of a ModelProto; external data lies in the folder `base`."""
    if not proto.HasField("graph"):
        raise ModelFormatError("holds no graph: it is no ONNX model, or cut off")
    opsets = opsets_of(proto)
    check_opsets(opsets)
    compiler = Compiler({(one.domain, one.name, one.overload): one for one in proto.functions}, base)
    program = compiler.graph(proto.graph, opsets)
    if compiler.unknown:
        raise ModelFormatError(_unknown_ops(compiler.unknown, compiler.reasons))
    weights = {tensor.name for tensor in proto.graph.initializer}
    inputs = [info_of(info) for info in proto.graph.input if info.name not in weights]
    outputs = [info_of(info) for info in proto.graph.output]
    outputs = [
        info if info.dtype else ValueInfo(info.name, info.shape, element, info.kind)
        for info, element in zip(outputs, program.types, strict=True)
    ]
    return OnnxModel(program, inputs, outputs)


def check_opsets(opsets: Mapping[str, int]) -> None:
    """ModelFormatError where a version of ONNX's own operators is newer than what is known."""
    newest: int = optional("onnx.defs", "onnx", "load_onnx_model").onnx_opset_version()
    version = opsets.get("", newest)
    if version > newest:
        raise ModelFormatError(
            f"uses operator set {version}, the installed onnx knows {newest}: pip install --upgrade onnx"
        )


def _unknown_ops(unknown: Mapping[str, Sequence[str]], reasons: Mapping[str, str]) -> str:
    told = []
    names = [f"{domain}.{name}".lstrip(".") for domain, name in OPS]
    for op, nodes in sorted(unknown.items()):
        more = f" and {len(nodes) - 3} more" if len(nodes) > 3 else ""
        reason = reasons.get(op.rpartition(".")[2], "")
        near = difflib.get_close_matches(op, names, 1, 0.8)
        hint = f"; it {reason}" if reason else f"; {near[0]} is known" if near else ""
        told.append(f"{op} (node {', '.join(map(repr, nodes[:3]))}{more}{hint})")
    return (
        f"{len(unknown)} operators are not known here: {', '.join(told)}. Export the model with standard "
        f"operators (a newer opset, or without the exporter's own domain), or with functions in their place"
    )
