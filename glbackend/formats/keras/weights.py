"""Weights in files of Keras, taken up by a model that is there already."""

from collections.abc import Mapping
from pathlib import Path

from glbackend.base.errors import ModelFormatError
from glbackend.formats.keras.archive import members
from glbackend.formats.keras.hdf5 import Array, Group, opened
from glbackend.formats.keras.naming import BESIDES, by_group, dequantized, plain_path
from glbackend.formats.keras.reading import WEIGHTS, read_groups
from glbackend.formats.keras.vocabularies import WEIGHTS as OF_WORDS
from glbackend.formats.telling import telling
from glbackend.layers.layer import LAYERS, Layer
from glbackend.models.keras3 import weights_by_path
from glbackend.models.naming import weight_names
from glbackend.models.weights import assign_weights


def load_keras_weights(model: Layer, path: Path, strict: bool) -> None:
    """Gives a model the weights of a `.weights.h5`, `.h5` or `.keras` file; none where one does not fit."""
    where = str(path)
    with telling(where):
        with path.open("rb") as stream:
            packed = stream.read(4) == b"PK\x03\x04"
        source: Path | bytes = members(path, where)["model.weights.h5"] if packed else path
        with opened(source, where) as root:
            found = _weights(model, root, where)
    assign_weights(model, found, where, strict)


def _weights(model: Layer, root: Group, where: str) -> Mapping[str, Array]:
    """The weights of a file under our names, whichever of its forms it has."""
    group = root.group(WEIGHTS) if WEIGHTS in root else root
    if group.names("layer_names"):
        weights, groups = read_groups(group)
        return by_group(weights, model, groups=groups, where=where)
    arrays = {plain_path(name): array for name, array in root.arrays().items()}
    own = {
        name: array
        for name, array in arrays.items()
        if "vars/" in name and not name.startswith(BESIDES) and not name.endswith(OF_WORDS)
    }
    if not own and model.weights:
        raise ModelFormatError(f"{where}: no weights of Keras: neither layer_names nor layers/.../vars")
    names = {variable.id: name for name, variable in weight_names(model).items()}
    entry = {} if getattr(model, "_is_coded", False) else LAYERS.serialize(model)
    paths = {path: names[one.id] for path, one in weights_by_path(model, entry, listed=True).items()}
    return {paths.get(name, name): array for name, array in dequantized(own).items()}
