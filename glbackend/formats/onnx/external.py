"""Values of tensors that lie in files beside an ONNX model."""

import math
from pathlib import Path
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.base.optional import optional
from glbackend.formats.folders import within
from glbackend.formats.onnx.elements import BITS, NAMES

LONGEST_NUMBER = 20  # digits of an offset or a length


def with_values(proto: Any, folder: str) -> Any:
    """A TensorProto that holds what `proto` says lies in a file; that is in `folder`, or below.

    No more than the tensor's bytes are read. ModelFormatError for a path that leads elsewhere, and for a file
    that does not hold them.
    """
    told = {one.key: one.value for one in proto.external_data}
    location, what = told.get("location", ""), f"tensor {proto.name!r}"
    if not location or "\0" in location:
        raise ModelFormatError(f"{what}: its values lie in a file, and it does not say in which")
    need = -(-math.prod(proto.dims) * _bits(proto.data_type) // 8)
    start, length = (_number(told.get(key), key, what) for key in ("offset", "length"))
    if length is not None and length != need:
        raise ModelFormatError(f"{what} of shape {list(proto.dims)} needs {need:,} bytes, not {length:,}")
    path = within(Path(folder), location)
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        if (start or 0) + need > size:
            raise ModelFormatError(
                f"{what} needs {need:,} bytes from {start or 0:,} on, but {path} has {size:,}"
            )
        stream.seek(start or 0)
        values = stream.read(need)
    return type(proto)(name=proto.name, dims=proto.dims, data_type=proto.data_type, raw_data=values)


def _bits(data_type: int) -> int:
    """Of an element; strings cannot lie in files."""
    name = NAMES[data_type]
    if name == "string":
        raise ModelFormatError("texts cannot lie in a file beside the model")
    if name in BITS:
        return BITS[name]
    if name.startswith("float4"):
        return 4
    onnx = optional("onnx", "onnx", "load_onnx_model")
    return int(onnx.helper.tensor_dtype_to_np_dtype(data_type).itemsize) * 8


def _number(given: str | None, key: str, what: str) -> int | None:
    if given is None:
        return None
    if not given.isdecimal() or len(given) > LONGEST_NUMBER:
        raise ModelFormatError(f"{what}: its {key} in the file is {given!r:.60}, no whole number")
    return int(given)
