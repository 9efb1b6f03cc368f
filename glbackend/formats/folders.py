"""Files that a model names: nothing outside of its folder is read, whatever it says."""

from pathlib import Path, PurePosixPath

from glbackend.base.errors import ModelFormatError


def within(folder: Path, name: str) -> Path:
    """The path of a file in the folder; ModelFormatError where it leads out of it, or there is none."""
    parts = PurePosixPath(name.replace("\\", "/"))
    path = folder / parts
    if parts.is_absolute() or ".." in parts.parts or not path.resolve().is_relative_to(folder.resolve()):
        raise ModelFormatError(f"{folder}: {name!r:.99} leads out of the folder, where nothing is read")
    if not path.is_file():
        raise ModelFormatError(f"{folder}: there is no file {name!r:.99}")
    return path
