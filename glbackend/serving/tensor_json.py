"""Tensors in TensorFlow Serving's JSON: what `predict` takes and gives (its source: util/json_tensor.cc)."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from glbackend.base.dtypes import NUMPY, DType
from glbackend.serving.response import JSON, Response, ServingError
from glbackend.serving.servable import DEFAULT, Signature, TensorInfo

Array = np.ndarray[Any, Any]
EXACT_INTEGERS = 2**24 - 1  # the largest whole number that is taken for a float


def parse(body: bytes) -> dict[str, Any]:
    """The JSON object of a request; ServingError 400 for anything else."""
    try:
        request = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ServingError(400, f"JSON Parse error: {error}") from None
    if not isinstance(request, dict):
        raise ServingError(400, "Request body must be a JSON object")
    return request


def signature_of(request: Mapping[str, Any], signatures: Mapping[str, Signature]) -> str:
    """The signature that a request asks for, by default the one that models have."""
    name = request.get("signature_name", DEFAULT)
    if not isinstance(name, str):
        raise ServingError(400, "'signature_name' key must be a string value.")
    if name not in signatures:
        known = ", ".join(sorted(signatures))
        raise ServingError(400, f"Serving signature name: {name!r} not found. Known: {known}")
    return name


def inputs_of(request: Mapping[str, Any], signature: Signature) -> tuple[dict[str, Array], bool]:
    """Arrays by input name, and whether they came as rows ("instances") or columns ("inputs")."""
    rows, columns = "instances" in request, "inputs" in request
    if rows == columns:
        both = "both 'instances' and 'inputs'" if rows else "no 'instances' or 'inputs'"
        raise ServingError(400, f"Request has {both}: it needs one of them")
    if rows:
        return _by_rows(request["instances"], signature), True
    return _by_columns(request["inputs"], signature), False


def _by_rows(instances: Any, signature: Signature) -> dict[str, Array]:
    if not isinstance(instances, list) or not instances:
        raise ServingError(400, "'instances' must be a list with at least one value")
    objects = [isinstance(one, dict) and not _is_bytes(one) for one in instances]
    if any(objects) != all(objects):
        raise ServingError(400, "'instances' mixes objects and plain values")
    if not objects[0]:
        return {_only(signature): _array(instances, *_only_info(signature))}
    for number, one in enumerate(instances):
        if one.keys() != signature.inputs.keys():
            raise ServingError(
                400,
                f"instance {number} has the keys {sorted(one)}, the signature the inputs "
                f"{sorted(signature.inputs)}",
            )
    return {
        name: _array([one[name] for one in instances], name, info) for name, info in signature.inputs.items()
    }


def _by_columns(inputs: Any, signature: Signature) -> dict[str, Array]:
    if not isinstance(inputs, dict) or _is_bytes(inputs):
        return {_only(signature): _array(inputs, *_only_info(signature))}
    missing = signature.inputs.keys() - inputs.keys()
    if missing:
        raise ServingError(400, f"'inputs' has no {', '.join(sorted(missing))}")
    return {name: _array(inputs[name], name, info) for name, info in signature.inputs.items()}


def _only(signature: Signature) -> str:
    if len(signature.inputs) != 1:
        raise ServingError(
            400, f"the signature has {len(signature.inputs)} inputs: name them, {sorted(signature.inputs)}"
        )
    return next(iter(signature.inputs))


def _only_info(signature: Signature) -> tuple[str, TensorInfo]:
    return next(iter(signature.inputs.items()))


def _is_bytes(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"b64"}


def _array(value: Any, name: str, info: TensorInfo) -> Array:
    shape: list[int] = []
    flat: list[Any] = []
    _flatten(value, name, 0, shape, flat)
    array = np.empty(len(flat), NUMPY[info.dtype] if info.dtype != "string" else object)
    convert = _CONVERTERS.get(info.dtype)
    if convert is None:
        raise ServingError(501, f"input {name!r}: {info.dtype} is not implemented")
    array[:] = [convert(one, name) for one in flat]
    check_shape(name, tuple(shape), info)
    return array.reshape(shape)


def check_shape(name: str, shape: tuple[int, ...], info: TensorInfo) -> None:
    """ServingError 400 where an input's shape does not fit the signature."""
    fits = len(shape) == len(info.shape) and all(
        wanted in (None, dim) for dim, wanted in zip(shape, info.shape, strict=True)
    )
    if not fits:
        wanted = ["any" if dim is None else dim for dim in info.shape]
        raise ServingError(400, f"input {name!r} must have shape {wanted}, got {list(shape)}")


def _flatten(value: Any, name: str, depth: int, shape: list[int], flat: list[Any]) -> None:
    """Appends the elements of nested lists; lists at one depth must have one length."""
    if not isinstance(value, list):
        if depth != len(shape):
            raise ServingError(400, f"input {name!r}: a value stands where a list of {shape[depth]} should")
        flat.append(value)
        return
    if depth == len(shape):
        if flat:
            raise ServingError(400, f"input {name!r}: a list stands where a value should")
        shape.append(len(value))
    elif shape[depth] != len(value):
        raise ServingError(400, f"input {name!r}: lists of {shape[depth]} and of {len(value)} are mixed")
    for one in value:
        _flatten(one, name, depth + 1, shape, flat)


def _float(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ServingError(400, f"input {name!r}: {_shown(value)} is not a float")
    if isinstance(value, int) and abs(value) > EXACT_INTEGERS:
        raise ServingError(400, f"input {name!r}: {_shown(value)} is no float without loss of precision")
    return value


def _int(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ServingError(400, f"input {name!r}: {_shown(value)} is not an int32")
    if not -(2**31) <= value < 2**31:
        raise ServingError(400, f"input {name!r}: {_shown(value)} is outside the range of int32")
    return value


def _bool(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise ServingError(400, f"input {name!r}: {_shown(value)} is not true or false")
    return value


def _string(value: Any, name: str) -> str:
    if _is_bytes(value):
        try:
            return base64.b64decode(value["b64"], validate=True).decode("utf-8", "surrogateescape")
        except (binascii.Error, TypeError, ValueError):
            raise ServingError(400, f"input {name!r}: unable to base64 decode") from None
    if not isinstance(value, str):
        raise ServingError(400, f"input {name!r}: {_shown(value)} is not a string")
    return value


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) < 40 else text[:40] + "..."


_CONVERTERS: dict[DType, Any] = {"float32": _float, "int32": _int, "bool": _bool, "string": _string}


def answer(outputs: Mapping[str, Array], rows: bool) -> Response:
    """`predictions` by rows, `outputs` by columns, as TensorFlow Serving writes them."""
    if not rows:
        values = {name: _written(one, name.endswith("_bytes")) for name, one in outputs.items()}
        inner = next(iter(values.values())) if len(values) == 1 else _object(values)
        return Response(200, f'{{\n    "outputs": {inner}\n}}'.encode(), JSON)
    counts = {one.shape[:1] for one in outputs.values()}
    if len(counts) != 1 or counts == {()}:
        raise ServingError(400, "the outputs have no common first dim: ask by columns, with 'inputs'")
    lines = {name: [_written(row, name.endswith("_bytes")) for row in one] for name, one in outputs.items()}
    if len(lines) == 1:
        listed = next(iter(lines.values()))
    else:
        listed = [_object(dict(zip(lines, row, strict=True))) for row in zip(*lines.values(), strict=True)]
    return Response(200, f'{{\n    "predictions": [{", ".join(listed)}\n    ]\n}}'.encode(), JSON)


def _object(values: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in values.items()) + "}"


def _written(array: Array, as_bytes: bool = False) -> str:
    array = np.asarray(array)
    if array.ndim:
        return "[" + ", ".join(_written(one, as_bytes) for one in array) + "]" if array.ndim > 1 else (
            "[" + ", ".join(_element(one, as_bytes) for one in array.tolist()) + "]"
        )  # fmt: skip
    return _element(array.item(), as_bytes)


def _element(value: Any, as_bytes: bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return float_text(value)
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    if as_bytes:
        return f'{{"b64": "{base64.b64encode(raw).decode()}"}}'
    return json.dumps(raw.decode("utf-8", "replace"), ensure_ascii=False)


def float_text(value: float) -> str:
    """A float32 in six digits where they give it back, else in nine; whole numbers end with ".0".

    >>> float_text(0.5), float_text(3.0), float_text(float(np.float32(1 / 3))), float_text(float("nan"))
    ('0.5', '3.0', '0.333333343', 'NaN')
    """
    if value != value:
        return "NaN"
    if value in (np.inf, -np.inf):
        return "Infinity" if value > 0 else "-Infinity"
    text = f"{value:.6g}"
    if np.float32(text) != np.float32(value):
        text = f"{value:.9g}"
    return text if "." in text or "e" in text else f"{text}.0"
