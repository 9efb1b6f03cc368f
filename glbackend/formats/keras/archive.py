"""The zip archive that a `.keras` file is, read with care: nothing is unpacked to disk."""

from pathlib import Path

from glbackend.base.errors import ModelFormatError
from glbackend.formats.keras.vocabularies import is_vocabulary
from glbackend.io.archive import check_members, opened, read_member

MOST_TEXT_BYTES = 1 << 28  # of config.json, and of a vocabulary
MOST_BYTES = 1 << 62  # of the weights: what the members may have together is checked before
MOST_GROWTH = 4  # times the archive's size that its members may have unpacked: weights are hardly compressed
PARTS = ("config.json", "metadata.json", "model.weights.h5")


def members(path: Path, where: str) -> dict[str, bytes]:
    """The parts of a `.keras` file and its vocabularies by name; ModelFormatError for no sound archive."""
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
            name: read_member(archive, name, where, MOST_BYTES if name.endswith(".h5") else MOST_TEXT_BYTES)
            for name in (*PARTS, *filter(is_vocabulary, names))
        }
