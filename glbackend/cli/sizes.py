"""How large models lie in files."""

import json
from pathlib import Path


def files_of(path: Path) -> dict[Path, int]:
    """The files that a model at a path consists of, and their bytes.

    Of a model.json these are the weight files that it names; of any other folder all files in it.
    """
    if path.is_dir():
        if not (path / "model.json").is_file():
            return {one: one.stat().st_size for one in sorted(path.rglob("*")) if one.is_file()}
        path = path / "model.json"
    found = [path]
    if path.suffix == ".json":
        try:
            groups = json.loads(path.read_bytes()).get("weightsManifest") or []
            found += [path.parent / name for group in groups for name in group["paths"]]
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
            pass  # broken: whoever loads it says how
    return {one: one.stat().st_size for one in found if one.is_file()}


def spoken(count: int) -> str:
    """A number of bytes as people say it.

    >>> spoken(512), spoken(4_650_216)
    ('512 bytes', '4.65 MB')
    """
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"
