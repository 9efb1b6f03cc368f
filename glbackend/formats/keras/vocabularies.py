"""Vocabularies of layers over words: those that were learned Keras keeps beside the config.

In the archive they lie in `assets/<path of the layer>/vocabulary.txt`, one word a line, and with "tf_idf"
their weights among the variables, as `idf_weights`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from glbackend.base.errors import ArgumentError, ModelFormatError
from glbackend.formats.keras.hdf5 import Array
from glbackend.layers.layer import Layer
from glbackend.layers.lookup import Lookup
from glbackend.layers.text import OverTexts
from glbackend.models.keras3 import numbered, parts_of

FOLDER, FILE, WEIGHTS = "assets/", "vocabulary.txt", "vars/idf_weights"
WITHIN = {  # classes that have a vocabulary, and where in them Keras keeps it
    "StringLookup": "",
    "IntegerLookup": "",
    "TextVectorization": "_lookup_layer/",
}


def is_vocabulary(name: str) -> bool:
    """Whether a member of an archive is a vocabulary."""
    return name.startswith(FOLDER) and name.endswith(f"/{FILE}")


def fill_in(
    entry: Mapping[str, Any], members: Mapping[str, bytes], weights: dict[str, Array], where: str
) -> None:
    """Puts vocabularies into the configs of their layers, with the weights of words, which it takes out."""
    given = {name: weights.pop(name) for name in list(weights) if name.endswith(WEIGHTS)}
    for path, layer in _over_words(entry):
        place = path + WITHIN[layer["class_name"]]
        text, config = members.get(f"{FOLDER}{place}{FILE}"), layer["config"]
        if text is None or config.get("vocabulary") is not None:
            continue
        try:
            lines = text.decode("utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise ModelFormatError(f"{where}: {FOLDER}{place}{FILE} is no text: {error}") from None
        while lines and not lines[-1]:  # Keras writes none after the last, and drops them
            lines.pop()
        whole = layer["class_name"] == "IntegerLookup"
        config["vocabulary"] = [int(one) for one in lines] if whole else lines
        if (found := given.get(place + WEIGHTS)) is not None:
            config["idf_weights"] = found.ravel()[: len(lines)].tolist()


def _over_words(entry: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The entries of layers that have a vocabulary, by their paths as Keras counts them."""
    config = entry.get("config") if isinstance(entry, Mapping) else None
    if not isinstance(config, dict):
        return
    if entry.get("class_name") in WITHIN:
        yield path, dict(entry)
    within = [one for one in config.get("layers") or () if isinstance(one, Mapping)]
    for name, one in zip(numbered([str(one.get("class_name")) for one in within]), within, strict=True):
        yield from _over_words(one, f"{path}layers/{name}/")
    yield from _over_words(config.get("layer"), f"{path}layer/")


def written(model: Layer, entry: Mapping[str, Any]) -> tuple[dict[str, bytes], dict[str, Array]]:
    """The vocabularies of a model whose words have weights, as members of an archive, and those weights.

    All others stand in configs, which Keras reads as well.
    """
    texts: dict[str, bytes] = {}
    weights: dict[str, Array] = {}
    for path, layer in _weighted(model, entry, ""):
        lookup = layer.lookup if isinstance(layer, OverTexts) else layer
        words = [str(one) for one in lookup.get_vocabulary()]
        if any(one.splitlines() != [one] for one in words):
            raise ArgumentError(
                f"save: {layer.name!r}: its vocabulary has a word that is no line, as Keras's file needs them"
            )
        for place in dict.fromkeys((path, path + WITHIN[type(layer).class_name])):
            texts[f"{FOLDER}{place}{FILE}"] = "\n".join(words).encode()
            weights[place + WEIGHTS] = lookup.all_weights()[: len(words)]
    return texts, weights


def _weighted(layer: Layer, entry: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(layer, Lookup | OverTexts):
        lookup = layer.lookup if isinstance(layer, OverTexts) else layer
        if lookup.idf_weights is not None:
            yield path, layer
        return
    for place, one, inner in parts_of(layer, entry):
        yield from _weighted(one, inner, f"{path}{place}/")
