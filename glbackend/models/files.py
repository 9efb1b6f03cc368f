"""Kinds of files beside TF.js's, by the end of their names: rooms above declare them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from glbackend.base.errors import ArgumentError
from glbackend.layers.layer import Layer
from glbackend.training.trainer import Trainer


class FileKind(NamedTuple):
    """What can be done with a kind of file; None where it cannot.

    `save` takes the model, the path, and the trainer where its optimizer is wanted; `save_weights` the model
    and the path; `load_weights` these and whether names have to fit.
    """

    save: Callable[[Layer, Path, Trainer | None], Any] | None = None
    save_weights: Callable[[Layer, Path], Any] | None = None
    load_weights: Callable[[Layer, Path, bool], None] | None = None

    def write(self, model: Layer, path: Path, trainer: Trainer | None, quantization: Any) -> Any:
        """As `Model.save`."""
        if self.save is None:
            whole = " or ".join(f"*{ending}" for ending, kind in ENDINGS.items() if kind.save is not None)
            raise ArgumentError(f"save: {path.name!r}: whole models go to {whole}, or a folder")
        if quantization is not None:
            raise ArgumentError(f"save: {path.name!r} cannot hold quantised weights: save to a folder")
        return self.save(model, path, trainer)

    def write_weights(self, model: Layer, path: Path) -> Any:
        """As `Model.save_weights`."""
        if self.save_weights is None:
            raise ArgumentError(f"save_weights: {path.name!r}: weights alone go to {_listed()}, or a folder")
        return self.save_weights(model, path)

    def read_weights(self, model: Layer, path: Path, strict: bool) -> None:
        """As `Model.load_weights`."""
        if self.load_weights is None:
            raise ArgumentError(f"load_weights: {path.name!r} is a kind of file that is only written")
        self.load_weights(model, path, strict)


ENDINGS: dict[str, FileKind] = {}


def kind_of(target: Any) -> FileKind | None:
    """The kind of file that a path names; None for folders, model.json and handlers."""
    if not isinstance(target, str | os.PathLike):
        return None
    name = os.fspath(target).lower()
    known = [ending for ending in ENDINGS if name.endswith(ending)]
    return ENDINGS[max(known, key=len)] if known else None


def _listed() -> str:
    return " or ".join(f"*{ending}" for ending, kind in ENDINGS.items() if kind.save_weights is not None)
