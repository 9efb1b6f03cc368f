"""Files that a model names: fetched with it; and nothing outside of its folder is read, whatever it says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.io.addresses import MODEL_FILE, main_file, scheme_of
from glbackend.io.cache import SCHEME
from glbackend.io.fetching import Remote
from glbackend.io.routing import handler_of, local


def fetched(source: Any, more: Callable[[Mapping[str, Path]], Sequence[str]], main: str = MODEL_FILE) -> Any:
    """A source as a path here, or as it is; of what lies at an address all files are fetched.

    `more`: of the files that are there, by their paths, which further ones belong to the model. `main`: the
    file that makes a model in a folder.
    """
    if isinstance(source, str) and scheme_of(source) not in (None, "file", SCHEME):
        source = handler_of(main_file(source, main=main))
    if isinstance(source, Remote):
        source = replace(source, more=more)
    found = local(source)
    return found.removeprefix("file://") if isinstance(found, str) else found


def within(folder: Path, name: str) -> Path:
    """The path of a file in the folder; ModelFormatError where it leads out of it, or there is none."""
    parts = PurePosixPath(name.replace("\\", "/"))
    path = folder / parts
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
        is_file = path.is_file()
    except (OSError, ValueError):  # no file can have such a name: it is too long, or holds a zero
        inside, is_file = True, False
    if parts.is_absolute() or ".." in parts.parts or not inside:
        raise ModelFormatError(f"{folder}: {name!r:.99} leads out of the folder, where nothing is read")
    if not is_file:
        raise ModelFormatError(f"{folder}: there is no file {name!r:.99}")
    return path
