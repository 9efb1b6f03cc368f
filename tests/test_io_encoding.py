"""glbackend.io on bytes: decoding undoes encoding, quantization errs by half a step and keeps zero."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from glbackend.base.errors import ArgumentError, DtypeError, ModelFormatError
from glbackend.io import WeightSpec, decode_weights, encode_weights
from glbackend.io.model_json import parse
from glbackend.io.quantization import chosen_dtype
from glbackend.io.weights import split_shards

Json = dict[str, Any]


def model_specs(entries: list[Json]) -> list[WeightSpec]:
    """The specs of a manifest with these entries, by way of a model.json."""
    model = {"modelTopology": {}, "weightsManifest": [{"paths": ["w.bin"], "weights": entries}]}
    return list(parse(json.dumps(model).encode(), "test")[0].weight_specs)


shapes = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
texts = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.binary(max_size=5))
numeric_arrays = st.sampled_from(["float32", "int32", "bool", "complex64"]).flatmap(
    lambda d: hnp.arrays(d, shapes)
)
text_arrays = shapes.flatmap(lambda shape: hnp.arrays(object, shape, elements=texts))
any_weights = st.dictionaries(st.text(max_size=6), st.one_of(numeric_arrays, text_arrays), max_size=4)


@given(any_weights, st.integers(1, 50))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_decode_undoes_encode(weights: dict[str, np.ndarray], shard_bytes: int) -> None:
    data, specs = encode_weights(weights)
    shards = [b"".join(shard) for shard in split_shards([memoryview(data)], shard_bytes)]
    assert all(len(shard) == shard_bytes for shard in shards[:-1]) and all(shards)
    decoded = decode_weights(b"".join(shards), specs)
    assert list(decoded) == list(weights)
    for name, values in weights.items():
        assert decoded[name].shape == values.shape and decoded[name].dtype == values.dtype
        if values.dtype == object:
            as_bytes = [text.encode() if isinstance(text, str) else text for text in values.ravel()]
            assert [text.encode("utf-8", "surrogateescape") for text in decoded[name].ravel()] == as_bytes
        else:
            assert decoded[name].tobytes() == values.tobytes()


@given(st.data(), st.sampled_from(["uint8", "uint16", "float16"]))
def test_quantization_errs_by_half_a_step_and_keeps_zero(data: st.DataObject, dtype: str) -> None:
    limit = 65504.0 if dtype == "float16" else float(np.float32(1e30))
    elements = st.one_of(st.floats(-limit, limit, width=32), st.floats(-1, 1, width=32), st.just(0.0))
    values = data.draw(hnp.arrays(np.float32, shapes, elements=elements))
    encoded, specs = encode_weights({"w": values}, quantization=dtype)
    how = specs[0].quantization
    assert how is not None and how.dtype == dtype and specs[0].dtype == "float32"
    decoded = decode_weights(encoded, specs)["w"]
    if dtype == "float16":
        assert decoded.tobytes() == values.astype(np.float16).astype(np.float32).tobytes()
        return
    assert how.scale is not None and how.min is not None
    rounding = np.spacing(np.abs(values)).astype(np.float64) + 1e-9 * how.scale
    assert np.all(np.abs(decoded.astype(np.float64) - values) <= how.scale / 2 + rounding)
    assert np.all(decoded[values == 0] == 0)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_long_and_short_weights_dequantize_alike(dtype: str) -> None:
    codes = (
        np.random.default_rng(0)
        .integers(0, np.iinfo(dtype).max + 1, 70000)
        .astype(f"<{np.dtype(dtype).str[1:]}")
    )
    entry = {"dtype": dtype, "min": -0.3, "scale": 0.0123}
    spec = model_specs([{"name": "w", "shape": [70000], "dtype": "float32", "quantization": entry}])
    expected = np.array([float(code) * 0.0123 + -0.3 for code in codes]).astype(np.float32)
    assert np.array_equal(decode_weights(codes.tobytes(), spec)["w"], expected)
    short = model_specs([{"name": "w", "shape": [200], "dtype": "float32", "quantization": entry}])
    assert np.array_equal(decode_weights(codes[:200].tobytes(), short)["w"], expected[:200])


def test_quantized_int32_rounds_half_up_as_javascript_does() -> None:
    entry = {
        "name": "w",
        "shape": [4],
        "dtype": "int32",
        "quantization": {"dtype": "uint8", "min": -1.5, "scale": 0.5},
    }
    assert decode_weights(bytes([0, 1, 2, 4]), model_specs([entry]))["w"].tolist() == [-1, -1, 0, 1]
    entry["quantization"] = {"dtype": "uint8", "min": 0, "scale": 1e300}
    with pytest.raises(ModelFormatError, match="beyond int32"):
        decode_weights(bytes([0, 1, 2, 4]), model_specs([entry]))


def test_known_bytes() -> None:
    weights = {
        "s": np.array(["é", ""], object),
        "c": np.array([1 + 2j], np.complex64),
        "b": np.array([True, False]),
    }
    data, specs = encode_weights(weights)
    assert data.hex() == "02000000c3a900000000" + "0000803f00000040" + "0100"
    assert [spec.dtype for spec in specs] == ["string", "complex64", "bool"]


def test_wide_numpy_dtypes_become_the_five_of_tfjs() -> None:
    weights = {
        "f": np.array([0.5]),
        "i": np.array([2**31 - 1]),
        "c": np.array([1j]),
        "u": np.array([7], np.uint8),
    }
    assert [spec.dtype for spec in encode_weights(weights)[1]] == ["float32", "int32", "complex64", "int32"]
    big_endian = np.array([1.5, -2.0], ">f4")
    assert decode_weights(*encode_weights({"f": big_endian}))["f"].tolist() == [1.5, -2.0]
    every_other = np.arange(6, dtype=np.float32)[::2]
    assert decode_weights(*encode_weights({"f": every_other}))["f"].tolist() == [0, 2, 4]
    with pytest.raises(DtypeError, match=r"'i'.*int32"):
        encode_weights({"i": np.array([2**31])})


def test_quantization_by_pattern() -> None:
    choice = {"*/bias": "float16", "*/kernel": "uint8"}
    assert [chosen_dtype(choice, name) for name in ("a/bias", "a/kernel", "a/gamma")] == [
        "float16",
        "uint8",
        None,
    ]
    weights = {"a/kernel": np.ones(3, np.float32), "i/kernel": np.ones(3, np.int32)}
    assert [spec.quantization is None for spec in encode_weights(weights, quantization=choice)[1]] == [
        False,
        True,
    ]


def test_quantization_refuses_what_it_would_spoil() -> None:
    with pytest.raises(ArgumentError, match="int8"):
        encode_weights({"w": np.ones(1, np.float32)}, quantization="int8")
    with pytest.raises(ModelFormatError, match="'w' holds NaN or infinity"):
        encode_weights({"w": np.array([np.nan], np.float32)}, quantization="uint8")
    with pytest.raises(ModelFormatError, match="'w' holds values beyond 65504"):
        encode_weights({"w": np.array([7e4], np.float32)}, quantization="float16")
    infinite = np.array([np.inf, -np.inf], np.float32)
    assert np.array_equal(
        decode_weights(*encode_weights({"w": infinite}, quantization="float16"))["w"], infinite
    )
