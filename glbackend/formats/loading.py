"""`load_model`: what a path holds, found out by looking at it; and the endings of files that models go to.

The rooms of the formats are imported when they are first needed.
"""

import json
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.base.optional import on_first_call as _late
from glbackend.io import IOHandler, load_artifacts
from glbackend.io.addresses import MODEL_FILE, main_file, scheme_of
from glbackend.io.archive import is_model, zip_file
from glbackend.io.routing import local
from glbackend.io.unpacking import is_tar, unpacked, zip_holds
from glbackend.models.files import ENDINGS, FileKind
from glbackend.models.loading import load_layers_model, training_left_out

MOST_JSON_BYTES = 1 << 30
SAVED_MODEL = "saved_model.pb"
READERS = {  # kind: room and function of those that are imported on first use
    "graph-model": ("glbackend.formats.graph_model", "load_graph_model"),
    "keras": ("glbackend.formats.keras", "load_keras_model"),
    "saved-model": ("glbackend.formats.saved_model", "load_saved_model"),
    "onnx": ("glbackend.formats.onnx", "load_onnx_model"),
}
STARTS = {  # first bytes of files that hold no model which is read, and what to do
    b"\x1f\x8b": "a gzip file that is no archive: unpack it first",
    b"\x80": "a pickle, which may run any code and is not read: export the model as ONNX",
    b"version https://git-lfs": "a Git LFS pointer: fetch the real file with `git lfs pull`",
    b"<": "an HTML or XML page: the download gave a page instead of the file",
}


@checked
def load_model(
    source: Any,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    *,
    strict: bool = True,
) -> Any:
    """The model at a path or an address, whatever format it has. As Keras's `load_model`.

    `source`: a folder or model.json of TF.js (layers or graph model), a folder of TensorFlow's SavedModel,
    either also in a `.zip`, `.tar` or `.tar.gz`, a `.keras` or whole-model `.h5` file of Keras, an `.onnx`
    file, or an IO handler. What it is, is found out by its content. Addresses (`https://...`) go too: what is
    there is kept in `gl.models_cache`.
    `custom_objects`: classes and functions of yours by the names that the file uses, for layers models.
    `compile`: whether a model is compiled that the file says the training of.
    `safe_mode`: must be True: code in a file is never run.
    `strict`: whether weights too many or too few are an error.

    Gives a `gl.Model` of layers, or what `gl.load_graph_model` and its kin give. Raises ModelFormatError that
    says what was found and what would be right, FileNotFoundError where there is nothing.

    >>> import glbackend as gl
    >>> memory = gl.io.from_memory()
    >>> _ = gl.sequential([gl.layers.dense(units=1, input_shape=[2])]).save(memory)
    >>> load_model(memory).layers[0].units
    1
    """
    if not safe_mode:
        raise ArgumentError("load_model: code in a file is never run: safe_mode must be True")
    source = _fetched(source)
    kind = _kind(source)
    if kind == "tar":
        with unpacked(Path(str(source).removeprefix("file://")), MODEL_FILE, SAVED_MODEL) as folder:
            model = load_model(folder, custom_objects, compile, strict=strict)
            if (folder / SAVED_MODEL).is_file():
                _late("glbackend.formats.saved_model.loading", "read_ahead")(model)
            return model
    if kind == "zip":
        source = zip_file(str(source).removeprefix("file://"))
        kind = _kind_of_handler(source)
    if kind == "layers-model":
        with training_left_out(not compile):
            return load_layers_model(source, strict=strict, custom_objects=custom_objects)
    room, function = READERS[kind]
    load = getattr(import_module(room), function)
    if kind == "keras":
        with training_left_out(not compile):
            return load(source, strict=strict, custom_objects=custom_objects)
    return load(source, strict=strict) if kind == "graph-model" else load(source)


def _fetched(source: Any) -> Any:
    """A source as a path here, where it is an address; in a folder there a SavedModel is looked for, too."""
    if not isinstance(source, str) or scheme_of(source) in (None, "file"):
        return local(source)
    saved_model = _late("glbackend.formats.saved_model.places", "fetched")
    main = main_file(source)
    if urlsplit(main).path.endswith((f"/{SAVED_MODEL}", ".onnx")):
        onnx = _late("glbackend.formats.onnx.places", "fetched")
        return (onnx if urlsplit(main).path.endswith(".onnx") else saved_model)(source)
    try:
        return local(source)
    except FileNotFoundError:
        if main == main_file(source, main=SAVED_MODEL):
            raise
        try:
            return saved_model(source)
        except FileNotFoundError:
            pass
        raise


def format_of(source: Any) -> str:
    """What lies there, by its content: "layers-model", a key of READERS, or for an archive of either "zip" or
    "tar"; raises as `load_model`."""
    return _kind(source)


def _kind(source: Any) -> str:
    """What there is: "layers-model", "zip" for a model of TF.js in one, "tar", or a key of READERS."""
    if not hasattr(source, "__fspath__") and not isinstance(source, str):
        return _kind_of_handler(source)
    path = Path(str(source).removeprefix("file://"))
    if path.is_dir():
        return _kind_of_folder(path)
    if not path.is_file():
        raise FileNotFoundError(f"no model at {path}: there is no such file or folder")
    with path.open("rb") as stream:
        head = stream.read(32)
    if head.startswith(b"PK\x03\x04"):
        return "zip" if is_model(path) else "saved-model" if zip_holds(path, SAVED_MODEL) else "keras"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "keras"
    if is_tar(path):
        return "tar"
    for start, what in STARTS.items():
        if head.startswith(start):
            raise ModelFormatError(f"{path} is {what}")
    if head.lstrip()[:1] == b"{":
        return _kind_of_json(path)
    if path.suffix == ".onnx":
        return "onnx"
    if path.suffix == ".safetensors":
        raise ModelFormatError(f"{path} holds weights and no model: make the model, then model.load_weights")
    if path.name == SAVED_MODEL:
        return "saved-model"
    raise ModelFormatError(
        f"{path} is no model that is known ({len(head)} bytes begin it: {head[:8]!r}): name a folder with "
        f"model.json or saved_model.pb, a .json, .keras, .h5 or .onnx file"
    )


def _kind_of_handler(handler: IOHandler) -> str:
    if not hasattr(handler, "load"):
        raise ArgumentError(f"a model's place is a path or an object with load, not {handler!r}")
    return "graph-model" if load_artifacts(handler).format == "graph-model" else "layers-model"


def _kind_of_folder(path: Path) -> str:
    if (path / "model.json").is_file():
        return _kind_of_json(path / "model.json")
    if (path / "saved_model.pb").is_file():
        return "saved-model"
    if (path / "config.json").is_file() and (path / "model.weights.h5").is_file():
        raise ModelFormatError(f"{path} is an unpacked .keras file: zip its files again, as name.keras")
    held = ", ".join(sorted(one.name for one in path.iterdir())[:5]) or "nothing"
    raise ModelFormatError(
        f"{path} is a folder without model.json or saved_model.pb; it holds {held}: name one of its files"
    )


def _kind_of_json(path: Path) -> str:
    """The kind of a model.json; what is none is left to the loader of layers models, which says why."""
    if path.stat().st_size > MOST_JSON_BYTES:
        return "layers-model"
    try:
        model = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return "layers-model"
    topology = model.get("modelTopology") if isinstance(model, dict) else None
    nodes = isinstance(topology, dict) and "node" in topology
    stated = model.get("format") if isinstance(model, dict) else None
    return "graph-model" if stated == "graph-model" or (stated is None and nodes) else "layers-model"


_WRITING, _WEIGHTS = "glbackend.formats.keras.writing", "glbackend.formats.keras.weights"
_SAFE = "glbackend.formats.safetensors"
ENDINGS[".keras"] = FileKind(
    save=_late(_WRITING, "save_keras_model"), load_weights=_late(_WEIGHTS, "load_keras_weights")
)
ENDINGS[".weights.h5"] = FileKind(
    save_weights=_late(_WRITING, "save_keras_weights"), load_weights=_late(_WEIGHTS, "load_keras_weights")
)
ENDINGS[".h5"] = FileKind(
    save=_late("glbackend.formats.keras.whole_h5", "save_keras_h5"),
    load_weights=_late(_WEIGHTS, "load_keras_weights"),
)
ENDINGS[".safetensors"] = FileKind(
    save_weights=_late(_SAFE, "save_safetensors"), load_weights=_late(_SAFE, "load_safetensors")
)
