"""model.json to artifacts and back: which keys it has, what each must look like, which bytes its weights are.

Where the bytes come from is a `ShardSource`: a folder in `files.py`, files that were handed over, an archive.
"""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Any, Protocol

from numpy.typing import NDArray

from glbackend.base.errors import ModelFormatError
from glbackend.base.naming import camel_case
from glbackend.io.artifacts import FORMATS, ModelArtifacts, ModelArtifactsInfo, ModelFormat
from glbackend.io.specs import WeightSpec, check_unique, spec_from_json, spec_to_json
from glbackend.io.weights import decode_weights

_OPTIONAL_TEXTS = ("generated_by", "converted_by")
_OPTIONAL_OBJECTS = (
    "signature",
    "user_defined_metadata",
    "model_initializer",
    "initializer_signature",
    "training_config",
)
_SAVED_BY = "glbackend"
_CONVERT = "convert it with tensorflowjs_converter first"
_FOREIGN = (  # offset, first bytes, what the file really is and what to do
    (0, b"\x89HDF", "a Keras HDF5 file: gl.load_model reads it"),
    (0, b"PK\x03\x04", "a zip archive, as .keras files are: gl.load_model reads those"),
    (0, b"\x1f\x8b", "gzip-compressed: unpack it first"),
    (4, b"TFL3", "a TensorFlow Lite model, which TF.js's loaders do not read"),
    (0, b"version https://git-lfs", "a Git LFS pointer: fetch the real file with `git lfs pull`"),
    (0, b"<", "an HTML or XML page: the download gave a page instead of the file"),
)


class ShardSource(Protocol):
    """Gives the weight files that a model.json names; a missing one is a ModelFormatError."""

    def size(self, path: str) -> int:
        """Bytes in the shard at `path`, without reading it."""
        ...

    def read(self, path: str) -> bytes:
        """The whole shard at `path`."""
        ...


@dataclass(frozen=True, slots=True)
class WeightGroup:
    """One group of the manifest: its weights lie back to back in the concatenation of its shards."""

    paths: tuple[str, ...]
    specs: tuple[WeightSpec, ...]


def parse(raw: bytes, where: str) -> tuple[ModelArtifacts, list[WeightGroup]]:
    """The artifacts in the bytes of a model.json, without weights, and the groups in which the weights lie.

    Raises ModelFormatError, naming `where`, for anything that is not a whole and sound TF.js model.
    """
    model = _json_object(raw, where)
    missing = [key for key in ("modelTopology", "weightsManifest") if model.get(key) is None]
    if missing:
        raise ModelFormatError(f"{where}: {_why_incomplete(model, missing)}")
    topology = model["modelTopology"]
    if not isinstance(topology, dict):
        raise ModelFormatError(f"{where}: modelTopology must be an object, not {type(topology).__name__}")
    groups = groups_of(model["weightsManifest"], where)
    artifacts = ModelArtifacts(
        topology,
        format=_format(model, where),
        weight_specs=tuple(spec for group in groups for spec in group.specs),
    )
    for name in _OPTIONAL_TEXTS + _OPTIONAL_OBJECTS:
        kind, what = (str, "a text") if name in _OPTIONAL_TEXTS else (dict, "an object")
        value = model.get(camel_case(name))
        if value is not None and not isinstance(value, kind):
            raise ModelFormatError(f"{where}: {camel_case(name)} must be {what}, not {type(value).__name__}")
        setattr(artifacts, name, value)
    return artifacts, groups


def read_weights(
    groups: Sequence[WeightGroup], source: ShardSource, where: str, *, keep_codes: bool = False
) -> dict[str, NDArray[Any]]:
    """The weights of all `groups`, by name; all shards' sizes are checked before the first one is read.

    With `keep_codes` quantized ones stay as they are stored.
    """
    for number, group in enumerate(groups, 1):
        check_sizes(group, [source.size(path) for path in group.paths], f"{where}: weight group {number}")
    weights: dict[str, NDArray[Any]] = {}
    for group in groups:
        data = b"".join([source.read(path) for path in group.paths])
        told = f"{where}: {_listed(group.paths)}"
        weights |= decode_weights(data, group.specs, told, keep_codes=keep_codes)
    return weights


def compose(artifacts: ModelArtifacts, group: WeightGroup) -> tuple[bytes, ModelArtifactsInfo]:
    """The bytes of the model.json for `artifacts` whose weights lie in `group`, and the sizes to report.

    Raises ModelFormatError for an unknown format and for contents that JSON cannot hold (NaN, arrays, sets).
    """
    if artifacts.format not in FORMATS:
        raise ModelFormatError(f"cannot save format {artifacts.format!r}: use {' or '.join(FORMATS)}")
    manifest = [{"paths": list(group.paths), "weights": [spec_to_json(spec) for spec in group.specs]}]
    model: dict[str, Any] = {
        "format": artifacts.format,
        "generatedBy": artifacts.generated_by or _SAVED_BY,
        "convertedBy": artifacts.converted_by,
    }
    model |= {
        camel_case(key): value for key in _OPTIONAL_OBJECTS if (value := getattr(artifacts, key)) is not None
    }
    model |= {"modelTopology": artifacts.model_topology, "weightsManifest": manifest}
    parts = {key: _to_json(value, key) for key, value in model.items()}
    info = ModelArtifactsInfo(
        model_topology_bytes=len(parts["modelTopology"]),
        weight_specs_bytes=len(parts["weightsManifest"]),
        weight_data_bytes=0,
    )
    return ("{" + ",".join(f'"{key}":{text}' for key, text in parts.items()) + "}").encode(), info


def _to_json(value: Any, key: str) -> str:
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise ModelFormatError(f"cannot save {key} as JSON: {error}") from None


def _json_object(raw: bytes, where: str) -> dict[str, Any]:
    for offset, magic, what in _FOREIGN:
        if raw[offset : offset + len(magic)] == magic:
            raise ModelFormatError(f"{where}: not a TF.js model.json but {what}")
    if not raw.strip():
        raise ModelFormatError(f"{where}: the file is empty; save or download it again")
    try:
        model = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(
            f"{where}: not whole JSON ({error}); the file is truncated or damaged, or no model.json at all: "
            "save or download it again"
        ) from None
    if not isinstance(model, dict):
        hint = "; it looks like a weights manifest of TF.js 0.x" if isinstance(model, list) else ""
        raise ModelFormatError(
            f"{where}: not a TF.js model.json, which is an object, not {type(model).__name__}{hint}"
        )
    return model


def _why_incomplete(model: dict[str, Any], missing: Sequence[str]) -> str:
    if len(missing) == 1:
        return f"{missing[0]} is missing; save or convert the model again"
    if "config" in model and "class_name" in model:
        return f"not a TF.js model but a bare Keras configuration without weights: {_CONVERT}"
    return "not a TF.js model: neither modelTopology nor weightsManifest is there; name the model.json itself"


def _format(model: dict[str, Any], where: str) -> ModelFormat:
    declared = model.get("format")
    if declared is None:  # written before TF.js 1.0
        return "graph-model" if "node" in model["modelTopology"] else "layers-model"
    for known in FORMATS:
        if declared == known:
            return known
    raise ModelFormatError(f"{where}: unknown format {declared!r}; glbackend reads {' and '.join(FORMATS)}")


def groups_of(manifest: Any, where: str) -> list[WeightGroup]:
    """The groups of a `weightsManifest`; ModelFormatError where it is none, or leads outside."""
    if not isinstance(manifest, list):
        raise ModelFormatError(
            f"{where}: weightsManifest must be a list of groups, not {type(manifest).__name__}"
        )
    groups = []
    named: set[str] = set()
    for number, entry in enumerate(manifest, 1):
        paths, weights = (
            (entry.get("paths"), entry.get("weights")) if isinstance(entry, dict) else (None, None)
        )
        if not isinstance(paths, list) or not isinstance(weights, list):
            raise ModelFormatError(
                f"{where}: group {number} of weightsManifest needs the lists paths and weights"
            )
        for path in paths:
            check_path(path, where)
            if path in named:
                raise ModelFormatError(f"{where}: weight file {path!r} is named twice")
            named.add(path)
        groups.append(WeightGroup(tuple(paths), tuple(spec_from_json(weight, where) for weight in weights)))
    check_unique((spec for group in groups for spec in group.specs), where)
    return groups


def check_path(path: Any, where: str) -> None:
    """ModelFormatError for what is no path of a file in the model's folder."""
    if not isinstance(path, str) or not path or "\0" in path:
        raise ModelFormatError(f"{where}: {path!r} is no path of a weight file")
    pure = PureWindowsPath(path)  # knows both separators, drives and shares
    if pure.drive or pure.root or ".." in pure.parts or "://" in path:
        raise ModelFormatError(
            f"{where}: weight path {path!r} leaves the model's folder, which is refused; "
            "put the file beside model.json and name it by its bare name"
        )


def check_sizes(group: WeightGroup, sizes: Sequence[int], where: str) -> None:
    """ModelFormatError where shards of these sizes cannot be those of the group."""
    need, have = sum(spec.least_bytes for spec in group.specs), sum(sizes)
    if have == need or (have > need and any(spec.dtype == "string" for spec in group.specs)):
        return  # how long strings are is known after reading
    files = _listed([f"{path} ({size:,} bytes)" for path, size in zip(group.paths, sizes, strict=True)])
    odd = [path for path, size in zip(group.paths[:-1], sizes[:-1], strict=True) if size != max(sizes[:-1])]
    suspect = f"; {odd[0]} differs from its neighbours" if odd else ""
    if have > need:
        raise ModelFormatError(
            f"{where}: too long, {have:,} bytes where its weights take {need:,}, in {files}{suspect}; "
            "model.json and weight files are not of one model, or one is damaged: save or download them again"
        )
    ends = itertools.accumulate(spec.least_bytes for spec in group.specs)
    past = next(spec for spec, end in zip(group.specs, ends, strict=True) if end > have)
    raise ModelFormatError(
        f"{where}: too short, {have:,} bytes where its weights need {need:,}, in {files or 'no file'}"
        f"{suspect}; the first weight past the end is {past}: save or download the weight files again"
    )


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items[:4]) + (f", ... ({len(items)} files)" if len(items) > 4 else "")
