"""One file in place of another: whole, or not at all."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def replace_file(path: Path, write: Callable[[Path], Any]) -> None:
    """Lets `write` make a file, which then takes the place of the one at `path`; an error leaves that."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".saving-", dir=path.parent) as scratch:
        made = Path(scratch) / path.name
        write(made)
        with made.open("rb+") as stream:
            os.fsync(stream.fileno())
        os.replace(made, path)
