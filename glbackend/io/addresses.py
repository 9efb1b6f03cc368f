"""Addresses of models and of their files, as texts: what belongs to what, and how they are shown."""

import re
from urllib.parse import quote, urlsplit

MODEL_FILE = "model.json"
ENDINGS = (
    ".json", ".keras", ".h5", ".hdf5", ".onnx", ".safetensors", ".zip", ".tar", ".tar.gz", ".tgz",
    "/saved_model.pb",
)  # fmt: skip
TFHUB_QUERY = "tfjs-format=file"
PACKED_QUERY = "tf-hub-format=compressed"  # by which TensorFlow Hub gives a .tar.gz
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


def scheme_of(place: str) -> str | None:
    """The scheme of an address, None for a path.

    >>> scheme_of("https://example.org/model.json"), scheme_of("models/digits")
    ('https', None)
    """
    found = _SCHEME.match(place)
    return found[1].lower() if found else None


def is_http_scheme(address: str) -> bool:
    """Whether an address is one over HTTP. As `tf.io.isHTTPScheme`.

    >>> is_http_scheme("https://example.org/model.json"), is_http_scheme("file://model.json")
    (True, False)
    """
    return scheme_of(address) in ("http", "https")


def main_file(address: str, from_tfhub: bool = False, main: str = MODEL_FILE) -> str:
    """The address of the file that makes a model: `main` in a folder, else the file itself.

    >>> main_file("https://example.org/models/digits?v=2")
    'https://example.org/models/digits/model.json?v=2'
    """
    if not is_http_scheme(address):
        place, chain, rest = address.partition("::")  # as fsspec chains file systems
        found = place if place.lower().endswith(ENDINGS) else f"{place.rstrip('/')}/{main}"
        return found + chain + rest
    parts = urlsplit(address)
    query = TFHUB_QUERY if from_tfhub else parts.query
    path = parts.path
    if from_tfhub or not (path.lower().endswith(ENDINGS) or PACKED_QUERY in query):
        path = f"{path.rstrip('/')}/{main}"
    return parts._replace(path=path, query=query, fragment="").geturl()


def beside(main: str, path: str) -> str:
    """The address of the file at `path` in the folder of the one at `main`; a query goes with both.

    >>> beside("https://example.org/m/model.json?key=1", "group1-shard1of1.bin")
    'https://example.org/m/group1-shard1of1.bin?key=1'
    """
    path = path.removeprefix("./")
    if not is_http_scheme(main):
        place, chain, rest = main.partition("::")
        return f"{place.rpartition('/')[0]}/{path}{chain}{rest}"
    parts = urlsplit(main)
    # differs from TF.js: in the name of a weight file %, ? and # mean themselves
    return parts._replace(path=f"{parts.path.rpartition('/')[0]}/{quote(path)}", fragment="").geturl()


def file_name(address: str) -> str:
    """The name of the file at an address, fit for a file here.

    >>> file_name("https://example.org/m/unet%20x.onnx?raw=1")
    'unet_20x.onnx'
    """
    place = urlsplit(address).path if is_http_scheme(address) else address.partition("::")[0]
    return re.sub(r"[^\w.-]", "_", place.rpartition("/")[2]).lstrip(".") or MODEL_FILE


def origin(address: str) -> tuple[str, str]:
    """Scheme and host of an address: who gets what was meant for one of them."""
    parts = urlsplit(address)
    return parts.scheme, parts.netloc.rpartition("@")[2].lower()


def name_of(address: str) -> str:
    """What a model at an address is called unless it is given a name: its folder, or its file.

    >>> name_of("https://example.org/digits/"), name_of("https://example.org/digits/model.json")
    ('https://example.org/digits', 'https://example.org/digits')
    """
    if not is_http_scheme(address):
        return main_file(address).removesuffix(f"/{MODEL_FILE}")
    parts = urlsplit(shown(main_file(address)))
    folder = parts.path.removesuffix(f"/{MODEL_FILE}").removesuffix("/saved_model.pb")
    return parts._replace(path=folder).geturl()


def shown(address: str) -> str:
    """An address for messages and lists, without a password in it.

    >>> shown("https://me:secret@example.org/m.json#x")
    'https://example.org/m.json'
    """
    if not is_http_scheme(address):
        return address
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
