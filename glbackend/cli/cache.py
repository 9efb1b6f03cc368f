"""`python -m glbackend cache`: the models that were fetched, and which version of each is loaded."""

import json
from typing import Any

from glbackend.io.cache import CachedModel, models_cache


def cache(action: str, name: str | None, version: int | None, as_json: bool) -> int:
    """Does what was asked for, and prints it; 1 where `verify` finds damage."""
    if action == "list":
        return _list(as_json)
    if action == "verify":
        return _verify(name)
    if action == "clear":
        print(f"{models_cache.clear(name, version):,} bytes removed")
        return 0
    assert name is not None
    if action == "pin":
        print(models_cache.pin(name, version))
    elif action == "unpin":
        print(models_cache.unpin(name))
    else:
        print(models_cache.rollback(name))
    return 0


def _list(as_json: bool) -> int:
    models = models_cache.list()
    if as_json:
        print(json.dumps([_told(model) for model in models], indent=2))
        return 0
    print(f"{models_cache.folder}: {len(models)} models, {sum(model.size for model in models):,} bytes")
    for model in models:
        print(model)
        for version in model.versions:
            mark = "*" if version.number == model.version else " "
            print(f"  {mark} {version.number:>3}  {version.fetched}  {version.size:>15,}  {version.content}")
    return 0


def _told(model: CachedModel) -> dict[str, Any]:
    versions = [
        {"version": one.number, "fetched": one.fetched, "bytes": one.size, "sha256": one.content}
        for one in model.versions
    ]
    return {"name": model.name, "version": model.version, "pinned": model.pinned, "versions": versions}


def _verify(name: str | None) -> int:
    damaged = models_cache.verify(name)
    for model, files in damaged.items():
        print(f"{model}: damaged: {', '.join(files)}")
    if not damaged:
        print("every file is what was fetched")
    return 1 if damaged else 0
