"""The node cases of ONNX, run here: `python -m tools.onnx_cases [WORD ...]` prints counts and failures.

`--page` writes docs/onnx.md of them, `--sample` writes those that the test-suite runs. GLBACKEND_BACKEND
chooses the backend. A case that fails without a reason in EXCEPTIONS makes the command fail.
"""

import io
import json
import re
import sys
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import numpy_helper

import glbackend as gl
from glbackend.engine.tensor import Tensor

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "onnx.md"
SAMPLE = ROOT / "tests" / "golden" / "onnx_cases.zip"
OURS = ("float32", "int32", "int64", "bool", "object", "complex64")
# operators that the count of those that map to ours leaves out: other domains, sequences, bits, host codecs
NOT_COUNTED = frozenset({
    "ArrayFeatureExtractor", "Bernoulli", "Binarizer", "BitCast", "BitShift", "ConvInteger", "DeformConv",
    "DequantizeLinear", "DynamicQuantizeLinear", "ImageDecoder", "LabelEncoder", "MatMulInteger",
    "OptionalGetElement", "OptionalHasElement", "QLinearConv", "QLinearMatMul", "QuantizeLinear",
    "RegexFullMatch", "SequenceInsert", "SequenceMap", "SplitToSequence", "StringConcat",
    "StringNormalizer", "TfIdfVectorizer",
    "TreeEnsemble",
})  # fmt: skip
EXCEPTIONS = {  # cases whose name holds a pattern -> why they fail
    r"training_dropout": "random numbers are those of another generator",
    r"bernoulli": "random numbers are those of another generator",
    r"dft_inverse": "float32 transforms are 4e-6 off where the result is 0; the case allows 1e-7",
    r"(?i)float8|float4|e4m3|e5m2|e8m0|float4e2m1": "floats of 8 and 4 bits are not carried",
    r"bf16": "carried as float32: steps between are not rounded to bfloat16",
    r"bitcast": "bits of one type as those of another are not read",
    r"bitshift_right_\w+_negative": "shifts by negative numbers are not defined",
    r"image_decoder": "files of pictures are not decoded within models",
    r"ai_onnx_ml": "the domain ai.onnx.ml is not known",
    r"deform_conv": "DeformConv has no kernel",
    r"strnormalizer": "StringNormalizer is not known",
    r"tfidf": "TfIdfVectorizer is not known",
}


class Case(NamedTuple):
    """A case: its model, what it is given and has to give, and how close."""

    name: str
    model: bytes
    inputs: Sequence[Any]
    outputs: Sequence[Any]
    rtol: float
    atol: float

    @property
    def operators(self) -> frozenset[str]:
        """The operators of its graph."""
        return frozenset(node.op_type for node in onnx.ModelProto.FromString(self.model).graph.node)

    @property
    def counted(self) -> bool:
        """Whether all dtypes are ours, and no operator is of those that the count leaves out."""
        ours = all(
            isinstance(one, np.ndarray) and (one.dtype.name in OURS or one.dtype.kind == "U")
            for one in (*self.inputs, *self.outputs)
        )
        return ours and not self.operators & NOT_COUNTED

    @property
    def expanded(self) -> bool:
        """Whether the operator is spelled out by others."""
        return "_expanded" in self.name

    @property
    def exception(self) -> str:
        """Why it may fail, "" where it may not."""
        return next((why for pattern, why in EXCEPTIONS.items() if re.search(pattern, self.name)), "")


def all_cases() -> list[Case]:
    """All node cases that the package `onnx` makes, which takes it half a minute."""
    from onnx.backend.test.case.node import collect_testcases  # noqa: PLC0415 - it takes seconds

    return [
        Case(
            one.name, one.model.SerializeToString() if one.model else b"", list(map(plain, inputs)),
            list(map(plain, outputs)), one.rtol, one.atol,
        )
        for one in collect_testcases(None)
        for inputs, outputs in one.data_sets or ()
    ]  # fmt: skip


def plain(value: Any) -> Any:
    """A value of a case as an array, or a list of them."""
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    return np.asarray(value) if isinstance(value, np.generic) else value


def failure(case: Case) -> str:
    """Why a case fails, "" where it passes."""
    try:
        model = gl.load_onnx_model(case.model)
        results = model.predict(list(case.inputs) if len(case.inputs) != 1 else case.inputs[0])
    except Exception as error:  # what comes is told
        return f"{type(error).__name__}: {error}"
    found = results if len(case.outputs) > 1 else [results]
    pairs = zip(case.outputs, found, strict=False)
    return next((why for wanted, got in pairs if (why := difference(wanted, got, case.rtol, case.atol))), "")


def difference(wanted: Any, got: Any, rtol: float, atol: float) -> str:
    """How a result differs from what it has to be, its dtype too; "" where it does not."""
    if isinstance(wanted, list):
        if not isinstance(got, list) or len(got) != len(wanted):
            return f"a sequence of {len(wanted)} is wanted"
        pairs = zip(wanted, got, strict=True)
        return next((why for a, b in pairs if (why := difference(a, b, rtol, atol))), "")
    if wanted is None or got is None:
        return "" if wanted is got else "one is nothing"
    array = got.numpy() if isinstance(got, Tensor) else np.asarray(got)
    text = {array.dtype.kind, wanted.dtype.kind} <= set("OU")
    if not (text or array.dtype == wanted.dtype) or array.shape != wanted.shape:
        return f"{array.dtype}{list(array.shape)} in place of {wanted.dtype}{list(wanted.shape)}"
    if text:
        return "" if array.astype(str).tolist() == wanted.astype(str).tolist() else "other texts"
    wide = np.complex128 if array.dtype.kind == "c" else np.float64
    a, b = array.astype(wide), wanted.astype(wide)
    if np.allclose(a, b, rtol, atol, equal_nan=True):
        return ""
    return f"differs by {np.nanmax(np.abs(a - b)):.3g}"


GROUPS: dict[str, Callable[[Case], bool]] = {
    "operators that map to ours, dtypes of ours": lambda case: case.counted and not case.expanded,
    "the same, spelled out (_expanded)": lambda case: case.counted and case.expanded,
    "other dtypes and operators": lambda case: not case.counted,
}


def report(cases: Sequence[Case], failed: Mapping[str, str]) -> Iterable[str]:
    """Counts, and a line a failure."""
    for title, belongs in GROUPS.items():
        members = [case for case in cases if belongs(case)]
        bad = [case for case in members if case.name in failed]
        yield f"{title}: {len(members) - len(bad)} of {len(members)}"
        for case in bad:
            why = case.exception or f"UNEXPECTED: {failed[case.name]}"
            yield f"    {case.name}: {' '.join(why.split())[:160]}"


def page(cases: Sequence[Case], failed: Mapping[str, str]) -> str:
    """The text of docs/onnx.md: counts, exceptions with their reasons, every operator."""
    lines = [
        "# ONNX",
        "",
        f"Written by `python -m tools.onnx_cases --page`; do not edit. Judged by the node cases of onnx "
        f"{onnx.__version__}, whose dtypes the results must have.",
        "",
        "| cases | pass | of |",
        "| --- | ---: | ---: |",
    ]
    for title, belongs in GROUPS.items():
        members = [case for case in cases if belongs(case)]
        lines.append(f"| {title} | {sum(case.name not in failed for case in members)} | {len(members)} |")
    reasons: dict[str, list[str]] = {}
    for case in cases:
        if case.name in failed:
            reasons.setdefault(case.exception or failed[case.name], []).append(
                case.name.removeprefix("test_")
            )
    lines += ["", "## What fails, and why", ""]
    for why, names in reasons.items():
        shown = ", ".join(f"`{name}`" for name in names[:6])
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        lines.append(f"- {why} ({len(names)}): {shown}{more}")
    return "\n".join([*lines, "", *operators(), ""])


def operators() -> list[str]:
    """A table of ONNX's operators: which have a function here, and which are run by the bodies of schemas."""
    from glbackend.formats.onnx.declare import OPS  # noqa: PLC0415 - imported on first use

    lines = ["## Operators", "", "| operator | run by | from version |", "| --- | --- | --- |"]
    for schema in sorted(onnx.defs.get_all_schemas(), key=lambda one: (one.domain, one.name)):
        known = OPS.get((schema.domain, schema.name))
        body = any(getattr(schema, f"has_{kind}function") for kind in ("", "context_dependent_"))
        how = "our ops" if known else "its body" if body else "none"
        since = ", ".join(str(op.since) for op in reversed(known)) if known else ""
        name = f"{schema.domain}.{schema.name}" if schema.domain else schema.name
        lines.append(f"| `{name}` | {how} | {since} |")
    return lines


def sample(cases: Sequence[Case], failed: Mapping[str, str]) -> bytes:
    """A zip of the smallest passing case of each operator, in the layout that ONNX's own test data have."""
    chosen: dict[frozenset[str], Case] = {}
    for case in cases:
        arrays = all(isinstance(one, np.ndarray) for one in (*case.inputs, *case.outputs))
        if case.name in failed or case.expanded or not arrays:
            continue
        known = chosen.get(case.operators)
        if known is None or _size(case) < _size(known):
            chosen[case.operators] = case
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for case in sorted(chosen.values(), key=lambda one: one.name):
            _store(archive, f"{case.name}/model.onnx", case.model)
            tolerance = json.dumps({"rtol": case.rtol, "atol": case.atol})
            _store(archive, f"{case.name}/tolerance.json", tolerance.encode())
            for kind, values in (("input", case.inputs), ("output", case.outputs)):
                for i, value in enumerate(values):
                    proto = numpy_helper.from_array(value)
                    _store(archive, f"{case.name}/{kind}_{i}.pb", proto.SerializeToString())
    return file.getvalue()


def _store(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """A member without a time, so that equal cases give equal files."""
    archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)


def _size(case: Case) -> int:
    return len(case.model) + sum(one.nbytes for one in (*case.inputs, *case.outputs))


def read_sample(path: Path = SAMPLE) -> list[Case]:
    """The cases of a zip that `sample` wrote."""
    found: list[Case] = []
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        for name in dict.fromkeys(one.partition("/")[0] for one in names):
            values: dict[str, list[Any]] = {"input": [], "output": []}
            for kind, several in values.items():
                count = sum(one.startswith(f"{name}/{kind}_") for one in names)
                for i in range(count):
                    text = archive.read(f"{name}/{kind}_{i}.pb")
                    several.append(numpy_helper.to_array(onnx.TensorProto.FromString(text)))
            tolerance = json.loads(archive.read(f"{name}/tolerance.json"))
            model = archive.read(f"{name}/model.onnx")
            found.append(Case(name, model, values["input"], values["output"], **tolerance))
    return found


def main(arguments: Sequence[str]) -> int:
    """Runs the cases whose names hold all words; 1 where one fails unexpectedly."""
    words = [one for one in arguments if not one.startswith("--")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cases overflow and divide by zero on purpose
        cases = [case for case in all_cases() if all(word in case.name for word in words)]
        failed = {case.name: why for case in cases if (why := failure(case))}
    print("\n".join(report(cases, failed)))
    if "--page" in arguments:
        PAGE.write_text(page(cases, failed), encoding="utf-8")
    if "--sample" in arguments:
        SAMPLE.write_bytes(sample(cases, failed))
    return int(any(case.name in failed and not case.exception for case in cases))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
