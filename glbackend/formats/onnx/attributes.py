"""Attributes and tensors of ONNX's files as Python and tensors."""

from typing import Any

import numpy as np

from glbackend.base.dtypes import infer_dtype
from glbackend.base.errors import ModelFormatError
from glbackend.base.optional import optional
from glbackend.base.shapes import Spec
from glbackend.engine.engine import make_tensor
from glbackend.engine.tensor import Tensor
from glbackend.engine.tidy import keep
from glbackend.formats.onnx.elements import NAMES, narrowed
from glbackend.formats.onnx.external import with_values
from glbackend.formats.onnx.types import element_of


def array_of_proto(proto: Any, base: str) -> np.ndarray[Any, Any]:
    """The values of a TensorProto, from an external file where they lie there."""
    onnx = optional("onnx", "onnx", "load_onnx_model")
    external = proto.data_location == onnx.TensorProto.EXTERNAL
    if external and not base:
        raise ModelFormatError(
            f"the values of {proto.name!r} lie in a file beside the model: give its path, not its bytes"
        )
    if any(dim < 0 for dim in proto.dims):
        raise ModelFormatError(f"tensor {proto.name!r} has a dim below 0: {list(proto.dims)}")
    if proto.data_type not in NAMES:
        raise ModelFormatError(f"tensor {proto.name!r} has no known element type ({proto.data_type})")
    if external:
        proto = with_values(proto, base)
    try:
        found: np.ndarray[Any, Any] = onnx.numpy_helper.to_array(proto)
    except Exception as error:  # the package raises what comes: ValueError, TypeError, its checker's own
        raise ModelFormatError(f"tensor {proto.name!r} cannot be read: {error}") from error
    return found


def host_tensor(array: np.ndarray[Any, Any]) -> Tensor:
    """A tensor over an array of a dtype of ours; its values stay on the host until a kernel draws."""
    array = np.ascontiguousarray(array).reshape(array.shape)
    return make_tensor(array, Spec(array.shape, infer_dtype(array)))


def tensor_of(proto: Any, base: str) -> tuple[Any, str]:
    """A TensorProto as a tensor that stays, and its element type."""
    array = array_of_proto(proto, base)
    try:
        return keep(host_tensor(narrowed(array, f"tensor {proto.name!r}"))), NAMES[proto.data_type]
    except ValueError as error:
        raise ModelFormatError(str(error)) from None


def read_attribute(attr: Any, base: str) -> Any:
    """An attribute's value: numbers, texts, lists of them, arrays."""
    kind = attr.AttributeType.Name(attr.type) if attr.type in attr.AttributeType.values() else ""
    if kind == "TYPE_PROTO":
        return element_of(attr.tp)
    if kind == "TENSOR":
        return array_of_proto(attr.t, base)
    if kind == "STRING":
        return attr.s.decode("utf-8", "replace")
    if kind == "STRINGS":
        return [one.decode("utf-8", "replace") for one in attr.strings]
    field = {"FLOAT": "f", "INT": "i", "FLOATS": "floats", "INTS": "ints"}.get(kind)
    if field is None:
        raise ModelFormatError(
            f"attribute {attr.name!r} is of a kind that is not read here ({kind or attr.type})"
        )
    value = getattr(attr, field)
    return list(value) if field.endswith("s") else value
