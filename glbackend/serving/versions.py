"""The versions of a model: folders 1/, 2/, ...; a new one is loaded and warmed up before it takes over."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from glbackend.serving.response import ServingError
from glbackend.serving.servable import MODEL_FILES, Servable, open_servable, warm

Runner = Callable[[Callable[[], Any]], Any]


class Version:
    """A version of a model: `state` START, LOADING, AVAILABLE, UNLOADING or END, and why it failed."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number, self.folder = number, folder
        self.state, self.error = "START", ""
        self.servable: Servable | None = None
        self.stamp = _stamp(folder)

    def status(self) -> dict[str, Any]:
        """As TensorFlow Serving tells it."""
        code = "UNKNOWN" if self.error else "OK"
        return {
            "version": str(self.number),
            "state": self.state,
            "status": {"error_code": code, "error_message": self.error},
        }


class Versions:
    """A model by name, its folder, and which of its versions answers.

    `folder`: holds numbered folders, or is itself the one version, 1.
    `run`: runs a function on the thread that owns the device.
    `labels`: numbers of versions by a name that requests may use.
    """

    def __init__(self, name: str, folder: Path, run: Runner, labels: dict[str, int] | None = None) -> None:
        self.name, self.folder, self.labels = name, folder, labels or {}
        self.versions: dict[int, Version] = {}
        self.serving: Version | None = None
        self.before: Version | None = None
        self._pinned = False
        self._run = run
        self._lock = threading.Lock()

    def refresh(self) -> bool:
        """Looks for a newer version and lets it take over; whether one did.

        One that fails to load changes nothing but its own status, and is not tried again while its files
        stay as they are; the newest of those that load takes over, at the server's start too.
        """
        with self._lock:
            current = self.serving.number if self.serving else -1
            newer = [] if self._pinned else [one for one in self._found().items() if one[0] > current]
            for number, folder in sorted(newer, reverse=True):
                version, known = Version(number, folder), self.versions.get(number)
                if (known is None or known.stamp != version.stamp) and self._take(version):
                    return True
            return False

    def rollback(self) -> int:
        """The version before takes over again, and newer ones wait until `follow`; its number."""
        with self._lock:
            if self.before is None or self.serving is None:
                raise ServingError(400, f"model {self.name!r} has no version to go back to")
            version = Version(self.before.number, self.before.folder)
            if not self._take(version):
                raise ServingError(503, f"version {version.number} of {self.name!r}: {version.error}")
            self._pinned = True
            return version.number

    def follow(self) -> None:
        """Lets newer versions take over again, after a rollback."""
        with self._lock:
            self._pinned = False
            for number in [one for one in self.versions if self.serving and one > self.serving.number]:
                del self.versions[number]

    def find(self, number: int | None = None, label: str | None = None) -> tuple[Version, Servable]:
        """The version that answers a request, and its model; ServingError 404 where there is none.

        Whoever asks keeps to that model: another version may take over at any time, and this one is unloaded.
        """
        if label is not None:
            if label not in self.labels:
                raise ServingError(400, f"Unrecognized servable version label: {label}")
            number = self.labels[label]
        while True:
            version = self.serving if number is None else self.versions.get(number)
            servable = None if version is None else version.servable
            if version is not None and servable is not None:
                return version, servable
            if number is not None or version is self.serving:  # else another one took over just now
                which = "" if number is None else f" version {number}"
                raise ServingError(404, f"Servable not found for request: {self.name}{which}")

    def close(self) -> None:
        """Gives all versions back."""
        for version in self.versions.values():
            self._unload(version)

    def _found(self) -> dict[int, Path]:
        numbered = {
            int(path.name): path for path in self.folder.iterdir() if path.name.isdecimal() and path.is_dir()
        }
        whole = any((self.folder / name).exists() for name in MODEL_FILES)
        return numbered or ({1: self.folder} if whole else {})

    def _take(self, version: Version) -> bool:
        """Loads, warms up, then puts a version in the place of the present one."""
        kept = self.versions.get(version.number)
        self.versions[version.number] = version
        version.state = "LOADING"
        try:
            version.servable = self._run(lambda: _ready(version.folder))
        except Exception as error:
            told = f"{type(error).__name__}: {error}".replace(str(self.folder), self.name)  # clients read it
            version.state, version.error = "END", told[:500]
            if kept is not None and kept.servable is not None:
                self.versions[version.number] = kept
            return False
        version.state = "AVAILABLE"
        before, self.serving = self.serving, version
        if before is not None:
            self.before = before
            if before.number not in self.labels.values():
                self._unload(before)
        return True

    def _unload(self, version: Version) -> None:
        """Requests in flight hold the servable; the weights go when the last of them is done."""
        version.state = "END"
        version.servable = None


def _ready(folder: Path) -> Servable:
    servable = open_servable(folder)
    warm(servable)
    return servable


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Changes when a model is saved anew, or more of its files have been copied."""
    files = [(str(file), file.stat()) for file in sorted(folder.rglob("*")) if file.is_file()]
    return tuple((name, told.st_mtime_ns, told.st_size) for name, told in files)
