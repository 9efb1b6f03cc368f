"""What model.json says about one weight: name, shape, dtype, quantization; checked before a byte is read.

`weights.py` turns bytes into arrays by these specs, `model_json.py` collects them from the manifest.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard, cast

from glbackend.base.dtypes import BYTES, DTYPES, DType
from glbackend.base.errors import ModelFormatError

QuantizedDType = Literal["float16", "uint8", "uint16"]
QUANTIZED_BYTES: dict[QuantizedDType, int] = {"float16": 2, "uint8": 1, "uint16": 2}
STRING_LENGTH_BYTES = 4
_MAX_RANK = 32  # what every NumPy can hold
_MAX_ELEMENTS = 2**59  # beyond it NumPy cannot even describe an empty array


@dataclass(frozen=True, slots=True)
class Quantization:
    """How a weight is stored in fewer bits: float16, or codes c of uint8/uint16 that mean c * scale + min."""

    dtype: QuantizedDType
    scale: float | None = None
    min: float | None = None


@dataclass(frozen=True, slots=True)
class WeightSpec:
    """One weight as the manifest declares it; `dtype` is the dtype after dequantization.

    `group` is "optimizer" for the state of an optimizer, else "model" or None.

    >>> WeightSpec("dense/kernel", (2, 3), "float32").least_bytes
    24
    """

    name: str
    shape: tuple[int, ...]
    dtype: DType
    quantization: Quantization | None = None
    group: str | None = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def least_bytes(self) -> int:
        """Bytes that the weight takes on disk; of strings the length fields alone, the text comes on top."""
        if self.quantization is not None:
            return self.size * QUANTIZED_BYTES[self.quantization.dtype]
        return self.size * (STRING_LENGTH_BYTES if self.dtype == "string" else BYTES[self.dtype])

    def __str__(self) -> str:
        return f"{self.name!r} ({self.dtype} {list(self.shape)})"


def spec_from_json(entry: Any, where: str) -> WeightSpec:
    """The spec that one entry of a manifest's `weights` declares; ModelFormatError names `where`."""
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise ModelFormatError(f"{where}: every weight must be an object with a name, not {_short(entry)}")
    name = entry["name"]
    where = f"{where}: weight {name!r}"
    dtype = entry.get("dtype")
    if dtype not in DTYPES:
        raise ModelFormatError(f"{where} has unknown dtype {_short(dtype)}: TF.js knows {', '.join(DTYPES)}")
    group = entry.get("group")
    if group is not None and not isinstance(group, str):
        raise ModelFormatError(f"{where} has group {_short(group)}: it must be 'model' or 'optimizer'")
    shape = _checked_shape(entry.get("shape"), where)
    quantization = _quantization_from_json(entry.get("quantization"), dtype, where)
    return WeightSpec(name, shape, dtype, quantization, group)


def spec_to_json(spec: WeightSpec) -> dict[str, Any]:
    """The manifest's entry for `spec`, keys as the TensorFlow.js converter writes them."""
    entry: dict[str, Any] = {"name": spec.name, "shape": list(spec.shape), "dtype": spec.dtype}
    if spec.quantization is not None:
        entry["quantization"] = {"dtype": spec.quantization.dtype, "original_dtype": spec.dtype}
        if spec.quantization.dtype != "float16":
            entry["quantization"] |= {"min": spec.quantization.min, "scale": spec.quantization.scale}
    if spec.group is not None:
        entry["group"] = spec.group
    return entry


def check_unique(specs: Iterable[WeightSpec], where: str) -> None:
    """ModelFormatError where two weights share a name: one would silently hide the other."""
    seen: set[str] = set()
    for spec in specs:
        if spec.name in seen:
            raise ModelFormatError(f"{where}: weight {spec.name!r} is declared twice; names must be unique")
        seen.add(spec.name)


def _checked_shape(shape: Any, where: str) -> tuple[int, ...]:
    if not isinstance(shape, list) or not all(type(dim) is int for dim in shape):
        raise ModelFormatError(f"{where} has shape {_short(shape)}: it must be a list of whole numbers")
    if any(dim < 0 for dim in shape):
        raise ModelFormatError(f"{where} has shape {_short(shape)}: a weight's dims must be at least 0")
    if len(shape) > _MAX_RANK or math.prod(max(dim, 1) for dim in shape) > _MAX_ELEMENTS:
        raise ModelFormatError(f"{where} has the impossible shape {_short(shape)}; the model.json is damaged")
    return tuple(shape)


def _quantization_from_json(entry: Any, dtype: DType, where: str) -> Quantization | None:
    if entry is None:
        return None
    stored = entry.get("dtype") if isinstance(entry, dict) else None
    if not isinstance(stored, str) or stored not in QUANTIZED_BYTES:
        raise ModelFormatError(
            f"{where} has unknown quantization {_short(entry)}: its dtype must be float16, uint8 or uint16"
        )
    if dtype != "float32" and (stored == "float16" or dtype != "int32"):
        raise ModelFormatError(
            f"{where}: dtype {dtype} cannot be quantized to {stored}; TF.js allows float32 only"
        )
    if stored == "float16":
        return Quantization("float16")
    scale, low = entry.get("scale"), entry.get("min")
    if not _finite(scale) or not _finite(low):
        raise ModelFormatError(
            f"{where} is quantized to {stored} and needs finite numbers scale and min, "
            f"not {_short(scale)} and {_short(low)}"
        )
    return Quantization(cast(QuantizedDType, stored), float(scale), float(low))


def _finite(value: Any) -> TypeGuard[int | float]:
    try:
        return type(value) in (int, float) and math.isfinite(value)
    except OverflowError:  # an integer beyond float64
        return False


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # CPython refuses to print integers of thousands of digits
        return "a number of thousands of digits"
    return text if len(text) <= 80 else text[:77] + "..."
