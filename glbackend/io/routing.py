"""From what a user writes to the handler of that place: paths, addresses, routers of the user's own."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from glbackend.base.errors import ArgumentError
from glbackend.io.addresses import is_http_scheme, main_file, name_of, scheme_of
from glbackend.io.archive import zip_file
from glbackend.io.artifacts import ModelArtifacts, SaveResult
from glbackend.io.cache import SCHEME, Kept
from glbackend.io.fetching import MOST_BYTES, Remote, Weights
from glbackend.io.files import SHARD_BYTES, file_system
from glbackend.io.handlers import IOHandler
from glbackend.io.model_json import check_path
from glbackend.io.quantization import QuantizationChoice
from glbackend.io.stores import Stores
from glbackend.io.web import CONNECTIONS, SECONDS, Web

ModelTarget = str | os.PathLike[str] | IOHandler
Router = Callable[[str], IOHandler | None]
RouterGiven = TypeVar("RouterGiven", bound=Router)
# endings of files that nobody means as the name of a folder
OTHER_KINDS = {
    ".onnx", ".pb", ".tflite", ".pt", ".pth", ".ckpt", ".npz", ".npy", ".pkl", ".bin", ".txt", ".tar",
    ".gz", ".tgz",
}  # fmt: skip
_LOAD_ROUTERS: list[Router] = []
_SAVE_ROUTERS: list[Router] = []


def load_artifacts(source: ModelTarget) -> ModelArtifacts:
    """The model at `source`: a folder, a model.json, a .zip, an address, or a handler.

    Weights come dequantized as NumPy arrays. Raises ModelFormatError (a ValueError that names file, fault and
    remedy) for a bad model, FileNotFoundError where there is none, ArgumentError for a scheme that nobody
    knows.

    >>> import glbackend as gl
    >>> load_artifacts(gl.io.from_memory(ModelArtifacts({"class_name": "Sequential"}))).format
    'layers-model'
    """
    return handler_of(source).load()


def save_artifacts(
    artifacts: ModelArtifacts,
    target: ModelTarget,
    *,
    quantization: QuantizationChoice = None,
    shard_bytes: int = SHARD_BYTES,
) -> SaveResult:
    """Saves a model to a folder, a .json file, an address, or a handler; what was there stays if that fails.

    `quantization` and `shard_bytes` are those of `file_system` and go with paths only: a handler has its own.
    Raises ModelFormatError for contents that cannot be saved, OSError for a full or forbidden disk.
    """
    handler = handler_of(target, quantization, shard_bytes, saving=True)
    if not isinstance(target, str | os.PathLike) and (quantization is not None or shard_bytes != SHARD_BYTES):
        raise ArgumentError(
            "save_artifacts: give quantization and shard_bytes to the handler, as file_system takes them"
        )
    return handler.save(artifacts)


def http(
    address: str,
    *,
    headers: Mapping[str, str] | None = None,
    on_progress: Callable[[float], object] | None = None,
    weight_path_prefix: str | None = None,
    weight_url_converter: Callable[[str], str] | None = None,
    from_tfhub: bool = False,
    files: Sequence[str] = (),
    name: str | None = None,
    sha256: str | None = None,
    update: bool = True,
    max_bytes: int = MOST_BYTES,
    timeout: float = SECONDS,
    workers: int = CONNECTIONS,
    method: str = "POST",
    client: Any = None,
) -> Remote:
    """A handler for the model at an address; loading keeps it in `gl.models_cache`. As `tf.io.http`.

    `address`: of model.json, of a .keras, .h5, .onnx, .safetensors or .zip file, or of a folder with
    model.json.
    `headers`: go with each request to the host of `address`, and to no other.
    `on_progress`: called with the fraction of the weight files that is there, up to 1.
    `weight_path_prefix`, `weight_url_converter`: where weight files lie that are not beside their model.json.
    `from_tfhub`: the address is a folder as TensorFlow Hub has them.
    `files`: further files beside the one at `address`, as external data of ONNX models.
    `name`: what the model is called in the cache; by default its address.
    `sha256`: the content that it must have, as `gl.models_cache.list()` tells it.
    `update`: whether the server is asked for a newer version where there is one in the cache.
    `max_bytes`: the most that the model may take.
    `timeout`: seconds without a byte after which an attempt has failed.
    `workers`: files that are fetched side by side.
    `method`: of the request that a save makes, a form of model.json and model.weights.bin.
    `client`: an `httpx.Client` of yours, with its proxies and certificates.

    Needs the package `httpx` (`glbackend[web]`) once it is used. ArgumentError for what is no address.

    >>> http("https://example.org/digits").address
    'https://example.org/digits/model.json'
    """
    if not is_http_scheme(address):
        raise ArgumentError(f"http: an address begins with http:// or https://, not {address!r}")
    for what, given in (("max_bytes", max_bytes), ("workers", workers), ("timeout", timeout)):
        if not given > 0:
            raise ArgumentError(f"http: {what} must be above 0, not {given}")
    for path in files:
        check_path(path, "http: files")
    main = main_file(address, from_tfhub)
    connect = partial(Web, main, headers, timeout, workers, client)
    return Remote(
        main,
        name or name_of(main),
        connect,
        Weights(weight_path_prefix, weight_url_converter),
        on_progress,
        sha256,
        update,
        max_bytes,
        workers,
        tuple(files),
        partial(_upload, connect, address, method),
    )


def handler_of(
    target: ModelTarget,
    quantization: QuantizationChoice = None,
    shard_bytes: int = SHARD_BYTES,
    *,
    saving: bool = False,
) -> IOHandler:
    """The handler of a place: a path's is the file system's. ArgumentError for what is no place.

    `saving`: also for a path that ends as a file that would not be written.
    """
    if not isinstance(target, str | os.PathLike):
        if not (hasattr(target, "load") and hasattr(target, "save")):
            raise ArgumentError(f"a model's place is a path or an object with load and save, not {target!r}")
        return target
    place = os.fspath(target)
    own = (get_save_handlers if saving else get_load_handlers)(place)
    if len(own) > 1:
        raise ArgumentError(f"{len(own)} routers that were registered have a handler for {place!r}")
    if own:
        return own[0]
    scheme = scheme_of(place)
    if scheme in ("http", "https"):
        return http(place)
    if scheme == SCHEME:
        return Kept(place.partition("://")[2])
    if scheme not in (None, "file"):
        return Remote(main_file(place), name_of(place), partial(Stores, place))
    path = Path(place.removeprefix("file://"))
    if path.suffix.lower() == ".zip":
        return zip_file(path)
    if saving and path.suffix.lower() in OTHER_KINDS and not path.is_dir():
        raise ArgumentError(
            f"{place!r} ends as another kind of file does, and would become a folder: name a folder, *.json, "
            f"*.keras or *.h5; gl.save_onnx(model, path) writes ONNX"
        )
    return file_system(path, quantization=quantization, shard_bytes=shard_bytes)


def local(source: Any) -> Any:
    """A source that lies at an address as a path here, fetched into the cache; any other as it is."""
    if isinstance(source, str) and (scheme_of(source) not in (None, "file") or get_load_handlers(source)):
        source = handler_of(source)
    return source.fetch() if isinstance(source, Remote | Kept) else source


def register_load_router(router: RouterGiven) -> RouterGiven:
    """From now on `router` is asked for a handler for each text that a model is loaded from.

    `router`: gives a handler, or None for places that are not its own. As `tf.io.registerLoadRouter`.

    >>> @register_load_router
    ... def router(place):
    ...     return zip_file(place.removeprefix("zip:")) if place.startswith("zip:") else None
    >>> handler_of("zip:digits.zip").path.name
    'digits.zip'
    >>> _LOAD_ROUTERS.remove(router)
    """
    _LOAD_ROUTERS.append(router)
    return router


def register_save_router(router: RouterGiven) -> RouterGiven:
    """As `register_load_router`, of texts that a model is saved to: `router` gives its handler, or None.

    As `tf.io.registerSaveRouter`.

    >>> kept = zip_file("kept.zip")
    >>> @register_save_router
    ... def router(place):
    ...     return kept if place == "shelf:" else None
    >>> get_save_handlers("shelf:") == [kept]
    True
    >>> _SAVE_ROUTERS.remove(router)
    """
    _SAVE_ROUTERS.append(router)
    return router


def get_load_handlers(place: str) -> list[IOHandler]:
    """What the registered routers give for loading from `place`. As `tf.io.getLoadHandlers`.

    >>> get_load_handlers("https://example.org/model.json")
    []
    """
    return [handler for router in _LOAD_ROUTERS if (handler := router(place)) is not None]


def get_save_handlers(place: str) -> list[IOHandler]:
    """What the registered routers give for saving to `place`. As `tf.io.getSaveHandlers`.

    >>> get_save_handlers("https://example.org/upload")
    []
    """
    return [handler for router in _SAVE_ROUTERS if (handler := router(place)) is not None]


def _upload(connect: Callable[[], Web], address: str, method: str, files: Mapping[str, Any]) -> None:
    with closing(connect()) as web:
        web.send(address, method, files)
