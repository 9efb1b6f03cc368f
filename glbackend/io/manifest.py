"""TF.js's functions for the parts of a model.json: its manifest, and weights by manifest."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from numpy.typing import NDArray

from glbackend.base.errors import ArgumentError
from glbackend.io.addresses import MODEL_FILE, beside, is_http_scheme
from glbackend.io.artifacts import ModelArtifacts, ModelArtifactsInfo
from glbackend.io.fetching import MOST_BYTES
from glbackend.io.model_json import WeightGroup, check_sizes, compose, groups_of, parse
from glbackend.io.parts import Budget, Part, Watch
from glbackend.io.specs import WeightSpec
from glbackend.io.web import CONNECTIONS, SECONDS, Web
from glbackend.io.weights import Bytes, concatenate_array_buffers, decode_weights

Manifest = Sequence[Mapping[str, Any]]
LoadWeights = Callable[[list[Any]], tuple[Sequence[WeightSpec], Iterable[Bytes] | Bytes]]
Fetch = Callable[[list[str]], Iterable[Bytes]]
_WHERE = "weightsManifest"


def get_weight_specs(manifest: Manifest) -> list[WeightSpec]:
    """What weights a manifest declares, in order; the mirror of `tf.io.getWeightSpecs`.

    `manifest`: the `weightsManifest` of a model.json. ModelFormatError where it is none.

    >>> get_weight_specs([{"paths": ["w.bin"], "weights": [{"name": "w", "shape": [2], "dtype": "int32"}]}])
    [WeightSpec(name='w', shape=(2,), dtype='int32', quantization=None, group=None)]
    """
    return [spec for group in groups_of(list(manifest), _WHERE) for spec in group.specs]


def get_model_artifacts_for_json(model_json: Mapping[str, Any], load_weights: LoadWeights) -> ModelArtifacts:
    """The artifacts of a model.json that is read already; the mirror of `tf.io.getModelArtifactsForJSON`.

    `model_json`: what the file holds.
    `load_weights`: gives, for the manifest, the specs of the weights and their bytes, in one or more pieces.

    ModelFormatError where it is no model, or the bytes do not fit.

    >>> model_json = {"modelTopology": {}, "weightsManifest": []}
    >>> get_model_artifacts_for_json(model_json, lambda manifest: ([], b"")).weights
    {}
    """
    where = "model_json"
    artifacts, _ = parse(json.dumps(model_json).encode(), where)
    specs, data = load_weights(model_json["weightsManifest"])
    artifacts.weight_specs = tuple(specs)
    artifacts.weights = decode_weights(concatenate_array_buffers(data), specs, where)
    return artifacts


def get_model_artifacts_info_for_json(artifacts: ModelArtifacts) -> ModelArtifactsInfo:
    """How many bytes the parts of a model take; the mirror of `tf.io.getModelArtifactsInfoForJSON`.

    `artifacts`: the model; its weights count as they lay on disk.

    >>> get_model_artifacts_info_for_json(ModelArtifacts({"class_name": "Sequential"})).model_topology_bytes
    27
    """
    info = compose(artifacts, WeightGroup((), artifacts.weight_specs))[1]
    return replace(info, weight_data_bytes=sum(spec.least_bytes for spec in artifacts.weight_specs))


def load_weights(
    manifest: Manifest,
    file_path_prefix: str = "",
    weight_names: Sequence[str] | None = None,
    *,
    headers: Mapping[str, str] | None = None,
) -> dict[str, NDArray[Any]]:
    """Weights by a manifest alone, as arrays by name; the mirror of `tf.io.loadWeights`.

    `manifest`: the `weightsManifest` of a model.json.
    `file_path_prefix`: the folder or the address where the weight files lie. They are not kept in the cache.
    `weight_names`: those that are wanted, by default all; groups without one of them are not read.
    `headers`: for requests to the prefix's host.

    ArgumentError for names that are not there, ModelFormatError for files that do not fit.

    >>> load_weights([], "folder")
    {}
    """
    groups = groups_of(list(manifest), _WHERE)
    need = sum(spec.least_bytes for group in groups for spec in group.specs)
    strings = any(spec.dtype == "string" for group in groups for spec in group.specs)
    most = MOST_BYTES if strings else need
    return _weights(groups, file_path_prefix, weight_names, partial(_contents, most=most, headers=headers))


def weights_loader_factory(fetch: Fetch) -> Callable[..., dict[str, NDArray[Any]]]:
    """A function like `load_weights` that reads weight files by `fetch`; as `tf.io.weightsLoaderFactory`.

    `fetch`: gives the bytes of files for a list of their paths.

    >>> manifest = [{"paths": ["w.bin"], "weights": [{"name": "w", "shape": [2], "dtype": "bool"}]}]
    >>> weights_loader_factory(lambda paths: [b"\\1\\0"])(manifest, "folder")["w"].tolist()
    [True, False]
    """

    def load(
        manifest: Manifest, file_path_prefix: str = "", weight_names: Sequence[str] | None = None
    ) -> dict[str, NDArray[Any]]:
        return _weights(groups_of(list(manifest), _WHERE), file_path_prefix, weight_names, fetch)

    return load


def _weights(
    groups: Sequence[WeightGroup],
    prefix: str,
    names: Sequence[str] | None,
    fetch: Fetch,
) -> dict[str, NDArray[Any]]:
    there = [spec.name for group in groups for spec in group.specs]
    wanted = set(there if names is None else names)
    if missing := sorted(wanted - set(there)):
        have = ", ".join(there)
        raise ArgumentError(f"load_weights: the manifest has no {', '.join(missing)}; it has {have}")
    read = [group for group in groups if wanted & {spec.name for spec in group.specs}]
    main = f"{prefix.rstrip('/')}/{MODEL_FILE}" if prefix else MODEL_FILE
    contents = iter(fetch([_beside(main, path) for group in read for path in group.paths]))
    found: dict[str, NDArray[Any]] = {}
    for number, group in enumerate(read, 1):
        pieces = [next(contents) for _ in group.paths]
        check_sizes(group, [len(piece) for piece in pieces], f"{_WHERE}: weight group {number}")
        found |= decode_weights(b"".join(pieces), group.specs, f"{_WHERE}: weight group {number}")
    return {name: array for name, array in found.items() if name in wanted}


def _beside(main: str, path: str) -> str:
    return beside(main, path) if is_http_scheme(main) else str(Path(main).parent / path)


def _contents(places: list[str], most: int, headers: Mapping[str, str] | None) -> list[bytes]:
    """The bytes of files, at paths or at addresses; there side by side."""
    if not places or not is_http_scheme(places[0]):
        return [Path(place).read_bytes() for place in places]
    budget, watch = Budget(_WHERE, most), Watch()
    web = Web(places[0], headers, SECONDS, CONNECTIONS, None)
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - slow to import

    def content(number: int, scratch: str) -> bytes:
        part = Part(Path(scratch), str(number), places[number], budget, watch)
        web.fetch(part, None)
        return part.file.read_bytes()

    with TemporaryDirectory() as scratch, ThreadPoolExecutor(CONNECTIONS, "fetch") as executor, closing(web):
        return list(executor.map(partial(content, scratch=scratch), range(len(places))))
