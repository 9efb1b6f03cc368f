"""KServe's protocol, version 2 (Open Inference Protocol), with the binary extension of Triton's clients."""

import json
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from glbackend.base.dtypes import NUMPY, DType
from glbackend.serving.response import JSON, Response, ServingError
from glbackend.serving.servable import DEFAULT, Signature
from glbackend.serving.tensor_json import check_shape, float_texts, parse

Array = np.ndarray[Any, Any]
HEADER_LENGTH = "inference-header-content-length"
DATATYPES: dict[DType, str] = {"float32": "FP32", "int32": "INT32", "bool": "BOOL", "string": "BYTES"}
GIVEN = {
    "BOOL": np.bool_, "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64,
    "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64,
    "FP16": np.float16, "FP32": np.float32, "FP64": np.float64,
}  # fmt: skip


def metadata(name: str, versions: list[str], signature: Signature) -> dict[str, Any]:
    """What a model takes and gives."""
    return {
        "name": name,
        "versions": versions,
        "platform": "glbackend",
        **{
            kind: [
                {
                    "name": key,
                    "datatype": DATATYPES[info.dtype],
                    "shape": [-1 if dim is None else dim for dim in info.shape],
                }
                for key, info in infos.items()
            ]
            for kind, infos in (("inputs", signature.inputs), ("outputs", signature.outputs))
        },
    }


def request_of(body: bytes, headers: Mapping[str, str]) -> tuple[dict[str, Any], bytes]:
    """The JSON of a request and the raw tensors behind it."""
    length = headers.get(HEADER_LENGTH)
    if length is None:
        return parse(body), b""
    if not length.isdecimal() or int(length) > len(body):
        raise ServingError(400, f"{HEADER_LENGTH}: {length!r} does not fit the body of {len(body)} bytes")
    return parse(body[: int(length)]), body[int(length) :]


def inputs_of(request: Mapping[str, Any], raw: bytes, signature: Signature) -> dict[str, Array]:
    """Arrays by name; ServingError 400 where they do not fit the signature."""
    given = request.get("inputs")
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ServingError(400, "'inputs' must be a list of tensors")
    found: dict[str, Array] = {}
    at = 0
    for one in given:
        name, shape, datatype = one.get("name"), one.get("shape"), one.get("datatype")
        if name not in signature.inputs:
            raise ServingError(400, f"unexpected input {name!r}: the model has {sorted(signature.inputs)}")
        if not isinstance(shape, list) or any(type(dim) is not int or dim < 0 for dim in shape):
            raise ServingError(400, f"input {name!r}: shape must be a list of whole numbers")
        info, parameters = signature.inputs[name], one.get("parameters")
        check_shape(name, tuple(shape), info)
        size = parameters.get("binary_data_size") if isinstance(parameters, dict) else None
        if size is None:
            values = _listed(one.get("data"), name, datatype)
        else:
            if type(size) is not int or not 0 <= size <= len(raw) - at:
                raise ServingError(400, f"input {name!r}: binary_data_size {size!r} does not fit the body")
            values = _raw(raw[at : at + size], name, datatype)
            at += size
        count = int(np.prod(shape, dtype=np.int64))
        if values.size != count:
            raise ServingError(400, f"input {name!r}: shape {shape} has {count} elements, got {values.size}")
        found[name] = _cast(values, name, info.dtype).reshape(shape)
    missing = signature.inputs.keys() - found.keys()
    if missing:
        raise ServingError(400, f"expected {len(signature.inputs)} inputs, missing {sorted(missing)}")
    return found


def _listed(data: Any, name: str, datatype: Any) -> Array:
    if not isinstance(data, list):
        raise ServingError(400, f"input {name!r} has neither data nor binary_data_size")
    try:
        array = np.array(data, object if datatype == "BYTES" else None)
    except (ValueError, OverflowError):
        raise ServingError(400, f"input {name!r}: data is ragged") from None
    if datatype == "BYTES":
        if not all(isinstance(one, str) for one in array.ravel()):
            raise ServingError(400, f"input {name!r}: BYTES must be strings")
        return array.ravel()
    kinds = {"b": "b", "u": "iu", "i": "iu", "f": "iuf"}[_known(name, datatype).kind]
    if array.size and array.dtype.kind not in kinds:
        raise ServingError(400, f"input {name!r}: data is not {datatype}")
    return array.ravel()


def _known(name: str, datatype: Any) -> np.dtype[Any]:
    if datatype not in GIVEN:
        raise ServingError(400, f"input {name!r}: datatype {datatype!r} is not known")
    return np.dtype(GIVEN[datatype])


def _raw(raw: bytes, name: str, datatype: Any) -> Array:
    if datatype == "BYTES":
        return _strings(raw, name)
    dtype = _known(name, datatype)
    if len(raw) % dtype.itemsize:
        raise ServingError(400, f"input {name!r}: {len(raw)} bytes are no whole number of {datatype}")
    return np.frombuffer(raw, dtype.newbyteorder("<")).astype(dtype)


def _strings(raw: bytes, name: str) -> Array:
    """Strings, each after its length in four bytes."""
    found, at = [], 0
    while at < len(raw):
        if at + 4 > len(raw) or (end := at + 4 + struct.unpack_from("<I", raw, at)[0]) > len(raw):
            raise ServingError(400, f"input {name!r}: a string ends behind the data")
        found.append(raw[at + 4 : end].decode("utf-8", "surrogateescape"))
        at = end
    strings = np.empty(len(found), object)
    strings[:] = found
    return strings


def _cast(values: Array, name: str, dtype: DType) -> Array:
    if dtype == "string" or values.dtype.kind == "O":
        if dtype != "string" or values.dtype.kind != "O":
            raise ServingError(400, f"input {name!r} must be {DATATYPES[dtype]}")
        return values
    kinds = {"float32": "fiu", "int32": "iu", "bool": "b"}[dtype]
    if values.size and values.dtype.kind not in kinds:
        raise ServingError(400, f"input {name!r} must be {DATATYPES[dtype]}")
    if dtype == "int32" and values.size and not (values.min() >= -(2**31) and values.max() < 2**31):
        raise ServingError(400, f"input {name!r} leaves the range of INT32")
    return values.astype(NUMPY[dtype])


def answer(
    name: str, version: int, request: Mapping[str, Any], outputs: Mapping[str, Array], signature: Signature
) -> Response:
    """The outputs that were asked for, as JSON or as raw bytes behind it."""
    asked = request.get("outputs") or [{"name": one} for one in outputs]
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise ServingError(400, "'outputs' must be a list")
    parameters = request.get("parameters")
    every = bool(parameters.get("binary_data_output")) if isinstance(parameters, dict) else False
    described, raw = [], []
    for one in asked:
        key = one.get("name")
        if key not in outputs:
            raise ServingError(400, f"unexpected output {key!r}: the model has {sorted(outputs)}")
        array, info = outputs[key], signature.outputs[key]
        entry = {"name": key, "datatype": DATATYPES[info.dtype], "shape": list(array.shape)}
        own = one.get("parameters")
        if own.get("binary_data", every) if isinstance(own, dict) else every:
            raw.append(_bytes_of(array, info.dtype))
            entry["parameters"] = {"binary_data_size": len(raw[-1])}
        else:
            entry["data"] = [] if info.dtype == "float32" else array.ravel().tolist()
        described.append((entry, array))
    head = {"model_name": name, "model_version": str(version)}
    head |= {"id": request["id"]} if isinstance(request.get("id"), str) else {}
    texts = [_entry(entry, array) for entry, array in described]
    text = json.dumps(head)[:-1] + f', "outputs": [{", ".join(texts)}]}}'
    if not raw:
        return Response(200, text.encode(), JSON)
    body = text.encode()
    headers = {"Inference-Header-Content-Length": str(len(body))}
    return Response(200, b"".join([body, *raw]), "application/octet-stream", headers)


def _entry(entry: dict[str, Any], array: Array) -> str:
    """An output as JSON, floats in as few digits as give them back."""
    if entry.get("data") == [] and entry["datatype"] == "FP32":
        floats = ", ".join(float_texts(array))
        return json.dumps({key: value for key, value in entry.items() if key != "data"})[:-1] + (
            f', "data": [{floats}]}}'
        )
    return json.dumps(entry)


def _bytes_of(array: Array, dtype: DType) -> bytes:
    if dtype != "string":
        return array.astype(np.dtype(GIVEN[DATATYPES[dtype]]).newbyteorder("<")).tobytes()
    strings = [str(one).encode("utf-8", "surrogateescape") for one in array.ravel()]
    return b"".join(struct.pack("<I", len(one)) + one for one in strings)


def signature_of(signatures: Mapping[str, Signature]) -> str:
    """The protocol knows one signature: the default one, or the only one."""
    return DEFAULT if DEFAULT in signatures else next(iter(signatures))
