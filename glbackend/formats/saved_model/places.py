"""Where a SavedModel lies: a folder here, an archive of one, or an address of either."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from glbackend.formats.folders import fetched as _fetched
from glbackend.formats.saved_model.bundle import MOST_INDEX_BYTES, shards_of
from glbackend.formats.saved_model.folder import MOST_GRAPH_BYTES, assets_of, read_file
from glbackend.formats.saved_model.messages import parse
from glbackend.io.model_json import check_path
from glbackend.io.unpacking import unpacked

MAIN, INDEX = "saved_model.pb", "variables/variables.index"


@contextmanager
def folder_of(source: Any) -> Iterator[tuple[Path, bool]]:
    """The folder of a SavedModel, and whether it stays when the block ends; errors name what was given."""
    path = Path(fetched(source))
    if path.name == MAIN:
        yield path.parent, True
    elif not path.is_file():
        yield path, True
    else:
        with unpacked(path, MAIN) as folder:
            yield folder, False


def fetched(source: Any) -> Any:
    """A source as a path here; what lies at an address is fetched, with all the files that belong to it."""
    return _fetched(source, needed, MAIN)


def needed(files: Mapping[str, Path]) -> list[str]:
    """The paths of what belongs to the files that are there: a checkpoint, then its shards, and assets."""
    if MAIN not in files:
        return []
    where = str(files[MAIN])
    found: dict[str, None] = {}
    for graph in parse("SavedModel", read_file(files[MAIN], MOST_GRAPH_BYTES), where).metaGraphs:
        if graph.saver.restoreOpName:
            found[INDEX] = None
        found |= dict.fromkeys(path for _, path in assets_of(graph))
    if INDEX in files:
        count = shards_of(read_file(files[INDEX], MOST_INDEX_BYTES), where)
        stem = INDEX.removesuffix("index")
        found |= dict.fromkeys(f"{stem}data-{i:05}-of-{count:05}" for i in range(count))
    for path in found:
        check_path(path, where)
    return list(found)
