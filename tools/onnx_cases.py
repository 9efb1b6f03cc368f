"""The node cases of ONNX, run here: `python -m tools.onnx_cases [WORD]` prints counts and failures."""

import sys
import warnings
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

import glbackend as gl
from glbackend.engine.tensor import Tensor

OURS = ("float32", "int32", "int64", "bool", "object", "complex64")
# operators of class D: ai.onnx.ml, sequences, optionals, host codecs, random numbers
OUTSIDE = {
    "ArrayFeatureExtractor": "ai.onnx.ml", "Bernoulli": "random numbers", "Binarizer": "ai.onnx.ml",
    "BitCast": "bits of other types", "BitShift": "", "ConvInteger": "", "DeformConv": "",
    "DequantizeLinear": "", "DynamicQuantizeLinear": "",
    "ImageDecoder": "decodes files of images", "LabelEncoder": "ai.onnx.ml", "MatMulInteger": "",
    "OptionalGetElement": "optionals", "OptionalHasElement": "optionals", "QLinearConv": "",
    "QLinearMatMul": "", "QuantizeLinear": "", "RegexFullMatch": "strings",
    "SequenceInsert": "sequences", "SequenceMap": "sequences", "SplitToSequence": "sequences",
    "StringConcat": "strings", "StringNormalizer": "strings", "TfIdfVectorizer": "strings",
    "TreeEnsemble": "ai.onnx.ml",
}  # fmt: skip


class Case(NamedTuple):
    """A case: its model, what it is given and has to give, and how close."""

    name: str
    model: bytes
    inputs: list[Any]
    outputs: list[Any]
    rtol: float
    atol: float
    operators: frozenset[str]

    @property
    def expanded(self) -> bool:
        """Whether the operator is spelled out by others."""
        return "_expanded" in self.name

    @property
    def ours(self) -> bool:
        """Whether all dtypes are ours, and no operator is of those that are left out."""
        given = [one for one in (*self.inputs, *self.outputs)]
        return all(isinstance(one, np.ndarray) and one.dtype.name in OURS or isinstance(one, np.ndarray) and one.dtype.kind in "U" for one in given) and not self.operators & set(OUTSIDE)


def cases() -> list[Case]:
    """All cases that the package `onnx` makes."""
    import os, pickle
    if os.path.exists("/tmp/onnx/cases.pkl"):
        import onnx
        found = []
        for name, text, sets, rtol, atol in pickle.load(open("/tmp/onnx/cases.pkl", "rb")):
            model = onnx.ModelProto.FromString(text)
            for inputs, outputs in sets:
                found.append(Case(name, text, [_plain(one) for one in inputs], [_plain(one) for one in outputs], rtol, atol, frozenset(node.op_type for node in model.graph.node)))
        return found
    return []


def _plain(value):
    import onnx
    if isinstance(value, np.generic): return np.asarray(value)
    return onnx.numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


def failure(case: Case) -> str:
    """Why a case fails, "" where it passes."""
    try:
        model = gl.load_onnx_model(case.model)
        results = model.predict(list(case.inputs) if len(case.inputs) != 1 else case.inputs[0])
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]
    results = results if len(case.outputs) > 1 else [results]
    for wanted, got in zip(case.outputs, results, strict=False):
        why = difference(wanted, got, case)
        if why:
            return why
    return ""


def difference(wanted: Any, got: Any, case: Case) -> str:
    """How a result differs from what it has to be, "" where it does not."""
    if isinstance(wanted, list):
        if not isinstance(got, list) or len(got) != len(wanted):
            return f"a sequence of {len(wanted)} is wanted"
        return next((why for a, b in zip(wanted, got, strict=True) if (why := difference(a, b, case))), "")
    if wanted is None:
        return "" if got is None else "None is wanted"
    array = got.numpy() if isinstance(got, Tensor) else got
    if not isinstance(array, np.ndarray):
        return f"{type(got).__name__} in place of an array"
    same = array.dtype == wanted.dtype or {array.dtype.kind, wanted.dtype.kind} <= set("OU")
    if not same or array.shape != wanted.shape:
        return f"{array.dtype}{list(array.shape)} in place of {wanted.dtype}{list(wanted.shape)}"
    if wanted.dtype.kind in "OUb":
        return "" if np.array_equal(array.astype(str), wanted.astype(str)) else "other values"
    a, b = (one.astype(np.complex128 if one.dtype.kind == "c" else np.float64) for one in (array, wanted))
    if np.allclose(a, b, case.rtol, case.atol, equal_nan=True):
        return ""
    return f"differs by {np.nanmax(np.abs(a - b)) if a.size else 0:.3g}"


def main() -> None:
    """Prints counts and failures."""
    words = sys.argv[1:]
    chosen = [case for case in cases() if all(word in case.name for word in words)]
    warnings.simplefilter("ignore")
    failed = {}
    for case in chosen:
        why = failure(case)
        if why:
            failed[case.name] = why
    import collections
    groups = {"base, ours": [c for c in chosen if not c.expanded and c.ours], "expanded, ours": [c for c in chosen if c.expanded and c.ours],
              "others": [c for c in chosen if not c.ours]}
    for title, members in groups.items():
        bad = [c for c in members if c.name in failed]
        print(f"{title}: {len(members) - len(bad)} of {len(members)}")
        for c in bad:
            print("   ", c.name, failed[c.name].replace("\n", " ")[:200])
    for name in ("base, ours",):
        count = collections.Counter()
        for c in groups[name]:
            if c.name in failed: count.update(c.operators)
        print(count.most_common(80))


if __name__ == "__main__":
    main()
