"""Files at addresses of fsspec's: object stores, hubs, archives, whatever has a file system for it.

By the package `fsspec`, which is imported on first use, and those that it needs for a scheme.
"""

from typing import Any

from glbackend.base.errors import ArgumentError, FetchError, MissingPackageError, UnreachableError
from glbackend.base.optional import optional
from glbackend.io.parts import CHUNK_BYTES, FileRecord, Part


class Stores:
    """Gives files of the file system that `address` belongs to."""

    def __init__(self, address: str) -> None:
        self._core = optional("fsspec.core", "fsspec", "load_model")
        self._open(address)

    def close(self) -> None:
        """Nothing stays open."""

    def fetch(self, part: Part, known: FileRecord | None, *, patient: bool = True) -> FileRecord | None:
        """Fetches a file into `part`; gives None where it still is what is `known`.

        FileNotFoundError where there is none, UnreachableError where the store does not give it.
        """
        system, path = self._open(part.url)
        try:
            info, tag = system.info(path), str(system.ukey(path))
            if known is not None and known.etag == tag:
                return None
            rest = part.rest()
            at = rest[0] if rest is not None and rest[1] == tag else 0
            stream = system.open(path, "rb")
        except FileNotFoundError:
            raise FileNotFoundError(f"no file at {part.url}") from None
        except OSError as error:
            raise _failure(part.url, error) from error
        with stream:
            part.begin(at, info.get("size"), {"etag": tag, "modified": None, "tag": tag})
            try:
                stream.seek(at)
                while chunk := _read(stream, part.url):
                    part.write(chunk)
                return part.end()
            finally:
                part.pause()

    def _open(self, address: str) -> tuple[Any, str]:
        """The file system of an address, and the path in it."""
        try:
            system, path = self._core.url_to_fs(address)
        except ImportError as error:
            raise MissingPackageError(f"{address}: fsspec needs another package: {error}") from None
        except ValueError as error:
            raise ArgumentError(f"cannot reach {address!r}: {error}") from None
        return system, path


def _read(stream: Any, url: str) -> bytes:
    try:
        return bytes(stream.read(CHUNK_BYTES))
    except OSError as error:
        raise _failure(url, error) from error


def _failure(url: str, error: OSError) -> FetchError:
    kind = FetchError if isinstance(error, PermissionError) else UnreachableError
    return kind(f"cannot fetch {url}: {type(error).__name__}: {error}")
