"""Weights as bytes: little-endian values back to back, strings with their length first, quantized or not.

Nothing here knows of files; `model_json.py` joins shards before and `files.py` cuts them after.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glbackend.base.dtypes import DType, infer_dtype, to_numpy
from glbackend.base.errors import ModelFormatError
from glbackend.io.quantization import QuantizationChoice, chosen_dtype, dequantize, quantize
from glbackend.io.specs import STRING_LENGTH_BYTES, WeightSpec, check_unique

Bytes = bytes | bytearray | memoryview
Piece = memoryview  # the bytes of one weight, or of a part of it
_LITTLE_ENDIAN: dict[DType, str] = {"float32": "<f4", "int32": "<i4", "bool": "u1", "complex64": "<c8"}
_QUANTIZED = {"float16": "<f2", "uint8": "u1", "uint16": "<u2"}
# Text that is not UTF-8 survives a round trip: its bytes become lone surrogates and then the same bytes.
_ERRORS = "surrogateescape"


def encode_weights(
    weights: Mapping[str, NDArray[Any]], *, group: str | None = None, quantization: QuantizationChoice = None
) -> tuple[bytes, list[WeightSpec]]:
    """The bytes of all `weights` in order and one spec each; the mirror of `tf.io.encodeWeights`.

    Arrays may be float (stored as float32), integer (int32), bool, complex (complex64), or text.
    `quantization` is None, "float16", "uint8", "uint16", or a dict from name patterns to these; it touches
    float32 weights only. Raises DtypeError for values outside these dtypes, ModelFormatError for values that
    the quantization cannot hold.

    >>> data, specs = encode_weights({"b": np.array([1, -1], np.int32)})
    >>> data.hex(), specs[0].shape, specs[0].dtype
    ('01000000ffffffff', (2,), 'int32')
    """
    pieces, specs = encode_pieces(weights, groups=dict.fromkeys(weights, group), quantization=quantization)
    return b"".join(pieces), specs


def decode_weights(
    data: Bytes, specs: Sequence[WeightSpec], where: str = "weight data", *, keep_codes: bool = False
) -> dict[str, NDArray[Any]]:
    """The arrays that `specs` find in `data`, by name; the mirror of `tf.io.decodeWeights`.

    float32, int32, bool and complex64 arrays own their memory; strings come as object arrays of str (bytes
    that are not UTF-8 as lone surrogates). Raises ModelFormatError, naming `where`, for bytes too few or too
    many and for duplicates. With `keep_codes` quantized weights stay as they are stored.

    >>> decode_weights(bytes([1, 0, 1]), [WeightSpec("flags", (3,), "bool")])["flags"].tolist()
    [True, False, True]
    """
    view = memoryview(data).cast("B")
    check_unique(specs, where)
    need = sum(spec.least_bytes for spec in specs)
    if need > len(view):  # before anything is allocated: a declared shape may be absurd
        raise ModelFormatError(f"{where}: too short, {len(view):,} bytes where the weights need {need:,}")
    weights: dict[str, NDArray[Any]] = {}
    start = 0
    for spec in specs:
        if spec.dtype == "string":
            weights[spec.name], start = _decode_strings(view, start, spec, where)
            continue
        end = start + spec.least_bytes
        if end > len(view):
            raise ModelFormatError(f"{where}: too short, the bytes end within weight {spec}")
        weights[spec.name] = _decode_numbers(view[start:end], spec, where, keep_codes)
        start = end
    if start != len(view):
        raise ModelFormatError(f"{where}: too long, {len(view):,} bytes where the weights take {start:,}")
    return weights


def decode_weights_stream(
    chunks: Iterable[Bytes], specs: Sequence[WeightSpec], where: str = "weight data"
) -> dict[str, NDArray[Any]]:
    """As `decode_weights`, of bytes that come in chunks; the mirror of `tf.io.decodeWeightsStream`.

    `chunks`: bytes, cut anywhere. Each weight is decoded when its bytes are there, so that never more than
    one weight and one chunk are held as bytes.
    `specs`: what the weights are, in order.
    `where`: names the bytes in errors, which are those of `decode_weights`.

    >>> decode_weights_stream([b"\\1", b"\\0\\1"], [WeightSpec("flags", (3,), "bool")])["flags"].tolist()
    [True, False, True]
    """
    check_unique(specs, where)
    coming, held = iter(chunks), bytearray()
    weights: dict[str, NDArray[Any]] = {}
    for spec in specs:
        need = spec.least_bytes
        while True:
            while len(held) < need and (chunk := next(coming, None)) is not None:
                held += chunk
            if spec.dtype != "string" or len(held) < need:
                break
            lengths = _string_bytes(held, spec)  # strings are told how long they are by what has come of them
            if lengths == need:
                break
            need = lengths
        weights |= decode_weights(bytes(held[:need]), [spec], where)
        del held[:need]
    if held or any(len(chunk) for chunk in coming):
        raise ModelFormatError(f"{where}: too long: bytes are left after the last weight")
    return weights


def concatenate_array_buffers(buffers: Iterable[Bytes] | Bytes) -> bytes:
    """All bytes in one; the mirror of `tf.io.concatenateArrayBuffers`. `buffers`: pieces of bytes, or one.

    >>> concatenate_array_buffers([b"ab", b"c"])
    b'abc'
    """
    return bytes(buffers) if isinstance(buffers, bytes | bytearray | memoryview) else b"".join(buffers)


def encode_pieces(
    weights: Mapping[str, NDArray[Any]],
    *,
    groups: Mapping[str, str | None],
    quantization: QuantizationChoice = None,
) -> tuple[list[Piece], list[WeightSpec]]:
    """As `encode_weights`, one view of bytes per weight, sharing memory with it where its dtype allows."""
    pieces, specs = [], []
    for name, values in weights.items():
        array = np.asarray(values)
        array = to_numpy(array, infer_dtype(array), f"weight {name!r}")
        dtype = infer_dtype(array)
        stored, how = array, None
        if dtype == "float32" and (storage := chosen_dtype(quantization, name)):
            stored, how = quantize(array, storage, name)
        layout = _QUANTIZED[how.dtype] if how else _LITTLE_ENDIAN.get(dtype)
        pieces.append(_encode_numbers(stored, layout) if layout else _encode_strings(array, name))
        specs.append(WeightSpec(name, array.shape, dtype, how, groups.get(name)))
    return pieces, specs


def split_shards(pieces: Sequence[Piece], shard_bytes: int) -> list[list[Piece]]:
    """`pieces` cut into shards of `shard_bytes` bytes, the last one shorter; a weight may straddle shards.

    >>> [sum(map(len, shard)) for shard in split_shards([memoryview(b"12345"), memoryview(b"6789")], 4)]
    [4, 4, 1]
    """
    shards: list[list[Piece]] = []
    room = 0
    for piece in pieces:
        start = 0
        while start < len(piece):
            if not room:
                shards.append([])
                room = shard_bytes
            part = piece[start : start + room]
            shards[-1].append(part)
            start += len(part)
            room -= len(part)
    return shards


def _encode_numbers(array: NDArray[Any], layout: str) -> Piece:
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.astype(layout, copy=False).view(np.uint8).data


def _decode_numbers(raw: memoryview, spec: WeightSpec, where: str, keep_codes: bool = False) -> NDArray[Any]:
    if spec.quantization is not None:
        stored = np.frombuffer(raw, _QUANTIZED[spec.quantization.dtype])
        if keep_codes:
            return stored.reshape(spec.shape).copy()
        return dequantize(stored, spec, where).reshape(spec.shape)
    values = np.frombuffer(raw, _LITTLE_ENDIAN[spec.dtype])
    if spec.dtype == "bool":
        return values.astype(np.bool_).reshape(spec.shape)
    # Copied, so that the weight is aligned, writable, and does not keep the whole group's bytes alive.
    native = values.astype(values.dtype.newbyteorder("="), copy=True)
    return np.asarray(native.reshape(spec.shape))


def _encode_strings(array: NDArray[Any], name: str) -> Piece:
    encoded = bytearray()
    for text in array.ravel():
        try:
            raw = text if isinstance(text, bytes) else str(text).encode("utf-8", _ERRORS)
        except UnicodeEncodeError as error:
            raise ModelFormatError(f"weight {name!r} holds text that UTF-8 cannot: {error}") from None
        encoded += len(raw).to_bytes(STRING_LENGTH_BYTES, "little") + raw
    return memoryview(encoded)


def _decode_strings(view: memoryview, start: int, spec: WeightSpec, where: str) -> tuple[NDArray[Any], int]:
    if spec.size * STRING_LENGTH_BYTES > len(view) - start:
        raise ModelFormatError(f"{where}: too short, the bytes end within weight {spec}")
    texts = np.empty(spec.size, dtype=object)
    for index in range(spec.size):
        text = start + STRING_LENGTH_BYTES
        end = text + int.from_bytes(view[start:text], "little")
        if end > len(view):
            raise ModelFormatError(
                f"{where}: string {index} of weight {spec} runs {end - len(view):,} bytes past the end"
            )
        texts[index] = str(view[text:end], "utf-8", _ERRORS)
        start = end
    return texts.reshape(spec.shape), start


def _string_bytes(held: bytearray, spec: WeightSpec) -> int:
    """The bytes that the strings of a weight take, as far as is known from its first ones."""
    position = 0
    for index in range(spec.size):
        if position + STRING_LENGTH_BYTES > len(held):
            return position + STRING_LENGTH_BYTES * (spec.size - index)
        length = int.from_bytes(held[position : position + STRING_LENGTH_BYTES], "little")
        position += STRING_LENGTH_BYTES + length
    return position
