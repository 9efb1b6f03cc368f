"""Fewer bits per weight: float16, or affine uint8/uint16 codes, by the TensorFlow.js converter's formula.

The affine range is nudged so that 0 is stored exactly wherever the weight's range holds it, because zero
padding and pruned weights must stay zero (the rule of TF-Lite's NudgeQuantizationRange). Codes are computed
in float64; a converter on NumPy 1 does so in float32 and so, once in a while, stores the other of two codes
that lie almost equally near.
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.io.specs import QUANTIZED_BYTES, Quantization, QuantizedDType, WeightSpec

QuantizationChoice = str | Mapping[str, str] | None
_INT32 = np.iinfo(np.int32)


def chosen_dtype(choice: QuantizationChoice, name: str) -> QuantizedDType | None:
    """The storage dtype that `choice` gives the weight `name`; None keeps float32.

    `choice` is a dtype for all weights, or a dict from name patterns (`*`, `?`, `[...]`) to dtypes; the first
    match counts. Raises ArgumentError for a dtype other than float16, uint8 and uint16.

    >>> chosen_dtype({"*/bias": "float16", "*": "uint8"}, "dense/kernel")
    'uint8'
    """
    patterns = {} if choice is None else {"*": choice} if isinstance(choice, str) else choice
    for dtype in patterns.values():
        if dtype not in QUANTIZED_BYTES:
            raise ArgumentError(f"quantization: unknown dtype {dtype!r}; use float16, uint8 or uint16")
    for pattern, dtype in patterns.items():
        if fnmatchcase(name, pattern):
            return cast(QuantizedDType, dtype)
    return None


def quantize(
    values: NDArray[np.float32], dtype: QuantizedDType, name: str = "weight"
) -> tuple[NDArray[Any], Quantization]:
    """`values` in `dtype`, of the same shape, and the numbers that bring them back within half a step.

    Raises ModelFormatError for values that `dtype` cannot hold: NaN or infinity in uint8/uint16, more than
    65504 in float16 (the converter would store infinity).

    >>> codes, how = quantize(np.array([-1.0, 0.0, 1.54], np.float32), "uint8")
    >>> codes.tolist(), round(how.min, 4), round(how.scale, 6)
    ([0, 100, 255], -0.9961, 0.009961)
    """
    if dtype == "float16":
        with np.errstate(over="ignore"):
            halves = values.astype(np.float16)
        if np.any(np.isinf(halves) & np.isfinite(values)):
            raise ModelFormatError(
                f"weight {name!r} holds values beyond 65504, which float16 cannot; keep it float32"
            )
        return halves, Quantization("float16")
    if not np.all(np.isfinite(values)):
        raise ModelFormatError(
            f"weight {name!r} holds NaN or infinity, which {dtype} cannot; use float16 or float32"
        )
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if low == high:
        return np.zeros(values.shape, dtype), Quantization(dtype, 1.0, low)
    top = int(np.iinfo(dtype).max)
    scale = (high - low) / top
    if low <= 0.0 <= high:
        low = -float(np.round(-low / scale)) * scale
    codes = np.round((np.clip(values.astype(np.float64), low, low + top * scale) - low) / scale)
    return np.minimum(codes, top).astype(dtype), Quantization(dtype, scale, low)


def dequantize(stored: NDArray[Any], spec: WeightSpec, where: str) -> NDArray[Any]:
    """The float32 (or int32) values of `stored`, computed in float64 and rounded once, as JavaScript does."""
    how = spec.quantization
    assert how is not None
    if how.dtype == "float16":
        return stored.astype(np.float32)
    if spec.dtype == "int32":
        values = np.floor(_affine(stored, how) + 0.5)  # Math.round
        if np.any((values < _INT32.min) | (values > _INT32.max)):
            raise ModelFormatError(f"{where}: weight {spec} dequantizes to values beyond int32")
        return values.astype(np.int32)
    levels = np.iinfo(how.dtype).max + 1
    with np.errstate(over="ignore"):
        if stored.size <= levels:
            return _affine(stored, how).astype(np.float32)
        # one lookup per code is cheaper than one multiplication, and the same by bits
        return np.asarray(_affine(np.arange(levels), how).astype(np.float32)[stored])


def _affine(codes: NDArray[Any], how: Quantization) -> NDArray[np.float64]:
    assert how.scale is not None and how.min is not None
    with np.errstate(over="ignore"):
        return codes.astype(np.float64) * how.scale + how.min
