"""The zip archive that a `.keras` file is, read with care: nothing is unpacked to disk."""

from pathlib import Path

from glbackend.base.errors import ModelFormatError
from glbackend.io.archive import check_members, opened, read_member

MOST_TEXT_BYTES = 1 << 28  # of config.json
MOST_BYTES = 1 << 62  # of the weights: what the members may have together is checked before
MOST_GROWTH = 4  # times the archive's size that its members may have unpacked: weights are hardly compressed
PARTS = ("config.json", "metadata.json", "model.weights.h5")


def members(path: Path, where: str) -> dict[str, bytes]:
    """The parts of a `.keras` file by name; ModelFormatError for what is no sound archive of them."""
    with opened(path, where) as archive:
        check_members(archive, path.stat().st_size, where, MOST_GROWTH)
        names = archive.namelist()
        missing = [name for name in PARTS if name not in names]
        if missing:
            raise ModelFormatError(
                f"{where}: the archive has no {missing[0]}; a .keras file of Keras 3 holds "
                f"{', '.join(PARTS)}, here are {', '.join(names[:5]) or 'none'}"
            )
        return {
            name: read_member(archive, name, where, MOST_TEXT_BYTES if name.endswith(".json") else MOST_BYTES)
            for name in PARTS
        }
