"""Tensors in TensorFlow Serving's JSON: what `predict` takes and gives (its source: util/json_tensor.cc)."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from itertools import chain
from typing import Any

import numpy as np

from glbackend.base.dtypes import NUMPY, DType
from glbackend.serving.response import JSON, Response, ServingError
from glbackend.serving.servable import DEFAULT, Signature, TensorInfo
from glbackend.serving.together import SMALL_NUMBERS, Array, Given, Listed, Outputs, as_array

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


def inputs_of(request: Mapping[str, Any], signature: Signature) -> tuple[dict[str, Given], bool]:
    """Arrays by input name, and whether they came as rows ("instances") or columns ("inputs")."""
    rows, columns = "instances" in request, "inputs" in request
    if rows == columns:
        both = "both 'instances' and 'inputs'" if rows else "no 'instances' or 'inputs'"
        raise ServingError(400, f"Request has {both}: it needs one of them")
    if rows:
        return _by_rows(request["instances"], signature), True
    return _by_columns(request["inputs"], signature), False


def _by_rows(instances: Any, signature: Signature) -> dict[str, Given]:
    if not isinstance(instances, list) or not instances:
        raise ServingError(400, "'instances' must be a list with at least one value")
    if dict not in set(map(type, instances)):
        return {_only(signature): _array(instances, *_only_info(signature))}
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


def _by_columns(inputs: Any, signature: Signature) -> dict[str, Given]:
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


def _array(value: Any, name: str, info: TensorInfo) -> Given:
    found, flat, types = _flat(value, name)
    _check(flat, types, name, info.dtype)
    shape = tuple(found)
    check_shape(name, shape, info)
    if info.dtype == "string":
        strings = np.empty(len(flat), object)
        strings[:] = [_string(one, name) for one in flat]
        return strings.reshape(shape)
    listed = Listed(shape, _DTYPES[info.dtype], flat)
    return listed if len(flat) <= SMALL_NUMBERS else as_array(listed)


def check_shape(name: str, shape: tuple[int, ...], info: TensorInfo) -> None:
    """ServingError 400 where an input's shape does not fit the signature."""
    if len(shape) == len(info.shape):
        for dim, wanted in zip(shape, info.shape, strict=True):
            if dim != wanted and wanted is not None:
                break
        else:
            return
    fitting = ["any" if dim is None else dim for dim in info.shape]
    raise ServingError(400, f"input {name!r} must have shape {fitting}, got {list(shape)}")


def _flat(value: Any, name: str) -> tuple[list[int], list[Any], set[type]]:
    """The shape of nested lists, their elements and the types of these; lists at a depth have one length.

    A depth at a time, by calls that look at all of it: a loop over the numbers would cost most of a request.
    """
    if not isinstance(value, list):
        return [], [value], {type(value)}
    level, shape = value, [len(value)]
    while list in (types := set(map(type, level))):
        if not isinstance(level[0], list):
            raise ServingError(400, f"input {name!r}: a list stands where a value should")
        size = len(level[0])
        if len(types) != 1:
            raise ServingError(400, f"input {name!r}: a value stands where a list of {size} should")
        others = set(map(len, level)) - {size}
        if others:
            raise ServingError(400, f"input {name!r}: lists of {size} and of {min(others)} are mixed")
        shape.append(size)
        level = list(chain.from_iterable(level))
    return shape, level, types


def _check(flat: list[Any], found: set[type], name: str, dtype: DType) -> None:
    """ServingError 400 for an element that a dtype does not take."""
    if dtype == "string":
        return  # each is looked at when it is decoded
    if dtype not in _TYPES:
        raise ServingError(501, f"input {name!r}: {dtype} is not implemented")
    types, what = _TYPES[dtype]
    if not found <= types:
        wrong = next(one for one in flat if type(one) not in types)
        raise ServingError(400, f"input {name!r}: {_shown(wrong)} is not {what}")
    if int in found:
        least, greatest, why = _RANGES[dtype]
        for one in flat:
            if type(one) is int and not least <= one <= greatest:
                raise ServingError(400, f"input {name!r}: {_shown(one)} {why}")


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


_DTYPES = {dtype: np.dtype(numpy) for dtype, numpy in NUMPY.items()}
_TYPES: dict[DType, tuple[set[type], str]] = {
    "float32": ({int, float}, "a float"),
    "int32": ({int}, "an int32"),
    "bool": ({bool}, "true or false"),
}
_RANGES: dict[DType, tuple[int, int, str]] = {
    "float32": (-EXACT_INTEGERS, EXACT_INTEGERS, "is no float without loss of precision"),
    "int32": (-(2**31), 2**31 - 1, "is outside the range of int32"),
}


def answer(outputs: Outputs, rows: bool) -> Response:
    """`predictions` by rows, `outputs` by columns, as TensorFlow Serving writes them."""
    if not rows:
        values = {name: _written(name, one, 0)[0] for name, one in outputs.items()}
        inner = next(iter(values.values())) if len(values) == 1 else _object(values)
        return Response(200, f'{{\n    "outputs": {inner}\n}}'.encode(), JSON)
    batch = outputs.batch
    if outputs.rows is None or not batch.small:
        listed = _row_texts(outputs)
    else:  # those of requests that ran together are written together
        if batch.texts is None:
            batch.texts = _row_texts(batch.arrays)
        listed = batch.texts[outputs.rows]
    return Response(200, f'{{\n    "predictions": [{", ".join(listed)}\n    ]\n}}'.encode(), JSON)


def _object(values: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in values.items()) + "}"


def _written(name: str, array: Array, depth: int) -> list[str]:
    """An output as JSON: as a whole at depth 0, a text for each of its rows at depth 1."""
    shape = array.shape
    if array.dtype.kind == "f":
        texts = float_texts(array)
    elif array.dtype.kind == "O":
        texts = [_string_text(one, name.endswith("_bytes")) for one in array.ravel().tolist()]
    else:  # whole numbers and truth values
        texts = [str(one).lower() for one in array.ravel().tolist()]
    for axis in range(len(shape) - 1, depth - 1, -1):
        size, count = shape[axis], math.prod(shape[:axis])
        texts = [f"[{', '.join(texts[i * size : (i + 1) * size])}]" for i in range(count)]
    return texts


def _row_texts(outputs: Mapping[str, Array]) -> list[str]:
    """A text for each row of the outputs."""
    counts = {one.shape[:1] for one in outputs.values()}
    if len(counts) != 1 or counts == {()}:
        raise ServingError(400, "the outputs have no common first dim: ask by columns, with 'inputs'")
    lines = {name: _written(name, one, 1) for name, one in outputs.items()}
    if len(lines) == 1:
        return next(iter(lines.values()))
    return [_object(dict(zip(lines, row, strict=True))) for row in zip(*lines.values(), strict=True)]


def _string_text(value: Any, as_bytes: bool) -> str:
    raw = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
    if as_bytes:
        return f'{{"b64": "{base64.b64encode(raw).decode()}"}}'
    return json.dumps(raw.decode("utf-8", "replace"), ensure_ascii=False)


_WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def float_texts(array: Array) -> list[str]:
    """Each float32 in six digits where they give it back, else in nine; whole numbers end with ".0".

    >>> float_texts(np.array([0.5, 3, 1 / 3, np.nan, -np.inf], np.float32))
    ['0.5', '3.0', '0.333333343', 'NaN', '-Infinity']
    """
    values = array.ravel()
    texts = ("%.9g " * values.size % tuple(values.tolist())).split()
    for i in _near_six_digits(values).nonzero()[0].tolist():
        text = f"{values[i]:.6g}"
        if np.float32(text) == values[i]:
            texts[i] = text
    return [text if "." in text or "e" in text else _WORDS.get(text) or f"{text}.0" for text in texts]


def _near_six_digits(values: Array) -> Array:
    """Which values may be what six digits give; all that are, and few others: most need not be tried."""
    with np.errstate(all="ignore"):  # of zero, infinity, NaN: their texts are the same
        wide = values.astype(np.float64)
        scale = 10.0 ** (5 - np.floor(np.log10(np.abs(wide))))
        found: Array = np.abs(np.rint(wide * scale) / scale - wide) <= np.spacing(np.abs(values))
    return found
