"""The files of a SavedModel: nothing outside of its folder is read, whatever the files say."""

from pathlib import Path
from typing import Any

from glbackend.base.errors import ModelFormatError
from glbackend.formats.folders import within
from glbackend.formats.saved_model.messages import parse, plain

MOST_GRAPH_BYTES = 1 << 31  # what protocol buffers may have
MOST_ASSET_BYTES = 1 << 30


def read_file(path: Path, most: int) -> bytes:
    """A whole file; ModelFormatError where it is too large."""
    size = path.stat().st_size
    if size > most:
        raise ModelFormatError(f"{path} has {size} bytes, at most {most} are read")
    return path.read_bytes()


def read_meta_graph(folder: Path, tags: tuple[str, ...]) -> Any:
    """The graph with these tags, or the only one that there is."""
    if not folder.is_dir():
        raise FileNotFoundError(f"no SavedModel at {folder}: there is no such folder")
    if not (folder / "saved_model.pb").exists():
        held = ", ".join(sorted(one.name for one in folder.iterdir())[:5]) or "nothing"
        raise ModelFormatError(f"{folder} is no SavedModel: it holds {held}, and no saved_model.pb")
    path = within(folder, "saved_model.pb")
    graphs = parse("SavedModel", read_file(path, MOST_GRAPH_BYTES), str(path)).metaGraphs
    for one in graphs:
        if set(one.info.tags) == set(tags):
            return one
    if len(graphs) != 1:
        known = "; ".join(" ".join(one.info.tags) or "none" for one in graphs) or "there is no graph"
        raise ModelFormatError(f"{path} has no graph with the tags {' '.join(tags)!r}: {known}")
    return graphs[0]


def assets_of(graph: Any) -> list[tuple[str, str]]:
    """The assets of a meta graph: the tensor that is fed the path of each, and that path in the folder."""
    collections = {name: plain(one, "Collection") for name, one in graph.collections.items()}
    assets = [plain(one, "Asset") for one in graph.assets]
    for one in (
        collections.get("saved_model_assets", {}).get("anyList", {}).get("value", [])
    ):  # of TensorFlow 1
        assets.append(plain(parse("Asset", one.get("value", b""), "an asset"), "Asset"))
    return [
        (str(one.get("tensorInfo", {}).get("name")), f"assets/{one.get('filename', '')}") for one in assets
    ]
