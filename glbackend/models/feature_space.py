"""FeatureSpace: how the columns of a table become what a model learns from."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glbackend import layers
from glbackend.base.annotations import got
from glbackend.base.errors import ArgumentError, NotAppliedError
from glbackend.base.optional import on_first_call
from glbackend.engine.convert import as_tensor
from glbackend.engine.tensor import Tensor
from glbackend.layers.core import input as make_input
from glbackend.layers.layer import LAYERS, Layer
from glbackend.layers.lookup import Lookup
from glbackend.layers.structure import numbers_of
from glbackend.layers.symbolic import SymbolicTensor

_save = on_first_call("glbackend.formats.keras.features", "save_feature_space")


def _one_of(value: Any, name: str, known: Sequence[str]) -> str:
    if value not in known:
        raise ArgumentError(f"FeatureSpace: {name} must be {', '.join(map(repr, known))}, got {value!r}")
    return str(value)


class Cross:
    """Features that count together, as `FeatureSpace.cross` gives them."""

    def __init__(self, feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot") -> None:
        self.feature_names, self.crossing_dim = tuple(feature_names), crossing_dim
        self.output_mode = _one_of(output_mode, "output_mode", ("int", "one_hot"))

    @property
    def name(self) -> str:
        """The names of its features, with _X_ between them."""
        return "_X_".join(self.feature_names)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal one."""
        return {**vars(self), "feature_names": list(self.feature_names)}


class Feature:
    """What becomes of a column, as `FeatureSpace.feature` and its kin give it."""

    def __init__(self, dtype: str, preprocessor: Any, output_mode: str) -> None:
        self.dtype, self.preprocessor = dtype, LAYERS.get(preprocessor)
        self.output_mode = _one_of(output_mode, "output_mode", ("int", "one_hot", "float"))

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal one."""
        return {**vars(self), "preprocessor": LAYERS.serialize(self.preprocessor)}


def _made(kind: type[Layer], dtype: str, mode: str, name: str | None, **options: Any) -> Feature:
    return Feature(dtype, kind(name=f"{name}_preprocessor" if name else None, **options), mode)


class Features:
    """What a column may be: `FeatureSpace` has these as methods of the class, with Keras's arguments.

    `name`: of the layer that is made. `output_mode`: "one_hot" encodes whole numbers, "int" leaves them.
    `scale`, `offset`: what numbers are multiplied by, then added.
    `num_bins`, `bin_boundaries`: how many ranges or hashed numbers there are, and where ranges end.
    `max_tokens`: the most entries that are learned. `num_oov_indices`: how many numbers stand for others.
    `dtype`: of the column. `preprocessor`: the layer that it goes through.
    `feature_names`: of the columns that count together. `crossing_dim`: to how many numbers they are hashed.
    """

    @staticmethod
    def cross(feature_names: Sequence[str], crossing_dim: int, output_mode: str = "one_hot") -> Cross:
        """Features that count together, hashed to `crossing_dim` numbers."""
        return Cross(feature_names, crossing_dim, output_mode)

    @staticmethod
    def feature(dtype: str, preprocessor: Any, output_mode: str) -> Feature:
        """A column by a layer of yours, whose numbers are encoded where `output_mode` is "one_hot"."""
        return Feature(dtype, preprocessor, output_mode)

    @staticmethod
    def float(name: str | None = None) -> Feature:
        """Numbers as they are."""
        return _made(layers.Identity, "float32", "float", name)

    @staticmethod
    def float_rescaled(scale: Any = 1.0, offset: Any = 0.0, name: str | None = None) -> Feature:
        """Numbers times `scale` plus `offset`."""
        return _made(layers.Rescaling, "float32", "float", name, scale=scale, offset=offset)

    @staticmethod
    def float_normalized(name: str | None = None) -> Feature:
        """Numbers of mean 0 and variance 1 in the data that it is adapted to."""
        return _made(layers.Normalization, "float32", "float", name, axis=-1)

    @staticmethod
    def float_discretized(
        num_bins: int, bin_boundaries: Any = None, output_mode: str = "one_hot", name: str | None = None
    ) -> Feature:
        """The ranges that numbers lie in: so many of equal shares of the data, or of given boundaries."""
        options = {"num_bins": num_bins, "bin_boundaries": bin_boundaries}
        return _made(layers.Discretization, "float32", output_mode, name, **options)

    @staticmethod
    def integer_categorical(
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """The place of whole numbers among those of the data."""
        options = {"max_tokens": max_tokens, "num_oov_indices": num_oov_indices}
        return _made(layers.IntegerLookup, "int32", output_mode, name, **options)

    @staticmethod
    def string_categorical(
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: str = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """The place of texts among those of the data."""
        options = {"max_tokens": max_tokens, "num_oov_indices": num_oov_indices}
        return _made(layers.StringLookup, "string", output_mode, name, **options)

    @staticmethod
    def string_hashed(num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Texts hashed to so many numbers."""
        return _made(layers.Hashing, "string", output_mode, name, num_bins=num_bins)

    @staticmethod
    def integer_hashed(num_bins: int, output_mode: str = "one_hot", name: str | None = None) -> Feature:
        """Whole numbers hashed to so many."""
        return _made(layers.Hashing, "int32", output_mode, name, num_bins=num_bins)


class FeatureSpace(Features):
    """Turns the columns of a table, a dict of arrays, into one vector an example, or a dict of encodings.

    `features`: by the names of columns what they are: a text ("float", "float_normalized", "float_rescaled",
    "float_discretized", "integer_categorical", "string_categorical", "integer_hashed", "string_hashed"), or
    what the methods of these names, and `feature`, give.
    `output_mode`: "concat" gives [batch, width], the features in the order of their names and then the
    crosses; "dict" each by its name.
    `crosses`: features that count together: tuples of names, or what `cross` gives.
    `crossing_dim`: to how many numbers such tuples are hashed.
    `hashing_dim`, `num_discretization_bins`: those of features that are given as texts.
    `name`: of the space.

    Columns that are learned need `adapt`, else NotAppliedError. ArgumentError for unknown names and modes. As
    Keras's `utils.FeatureSpace`.

    >>> space = FeatureSpace({"age": "float", "town": FeatureSpace.string_categorical(num_oov_indices=0)})
    >>> space.adapt({"age": [1.0, 2.0, 3.0], "town": ["Rome", "Oslo", "Oslo"]})
    >>> space({"age": [5.0, 6.0], "town": ["Oslo", "Rome"]}).numpy().tolist()
    [[5.0, 1.0, 0.0], [6.0, 0.0, 1.0]]
    """

    def __init__(
        self,
        features: Mapping[str, Any],
        output_mode: str = "concat",
        crosses: Sequence[Any] | None = None,
        crossing_dim: int = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ) -> None:
        if not features:
            raise ArgumentError(f"FeatureSpace: features must be a dict of at least one, got {got(features)}")
        self.name = name or "feature_space"
        self.output_mode = _one_of(output_mode, "output_mode", ("concat", "dict"))
        self.crossing_dim, self.hashing_dim = crossing_dim, hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {key: self._feature(key, one) for key, one in features.items()}
        self.crosses = [self._cross(one) for one in crosses or ()]
        self.inputs = {key: make_input([1], dtype=one.dtype, name=key) for key, one in self.features.items()}
        self.preprocessors = {key: one.preprocessor for key, one in self.features.items()}
        self.crossers = {
            one.name: layers.HashedCrossing(one.crossing_dim, name=one.name) for one in self.crosses
        }
        self.one_hot_encoders: dict[str, layers.CategoryEncoding] = {}
        self._learners = list(self._learning())
        self.is_adapted = not self._learners
        self._encoded: Any = None

    def _feature(self, name: str, given: Any) -> Feature:
        if isinstance(given, Feature):
            return given
        if isinstance(given, Mapping):
            return Feature(**given.get("config", given))
        counts = {
            "float_discretized": self.num_discretization_bins,
            "integer_hashed": self.hashing_dim,
            "string_hashed": self.hashing_dim,
        }
        kinds = [one for one in vars(Features) if one[0] != "_" and one not in ("cross", "feature")]
        make = getattr(self, _one_of(given, f"feature {name!r}", kinds))
        made: Feature = make(num_bins=counts[given], name=name) if given in counts else make(name=name)
        return made

    def _cross(self, given: Any) -> Cross:
        if isinstance(given, Mapping):
            given = Cross(**given.get("config", given))
        found = given if isinstance(given, Cross) else Cross(given, self.crossing_dim)
        for one in found.feature_names:
            _one_of(one, f"a feature of the cross {found.name!r}", list(self.features))
        return found

    def _learning(self) -> Iterator[str]:
        """The names of features that learn from data, and have not been told what."""
        told = ("given", "vocabulary", "bin_boundaries")  # of Normalization, Lookup, Discretization
        for name, one in self.preprocessors.items():
            if hasattr(one, "adapt") and all(getattr(one, key, None) is None for key in told):
                yield name

    def adapt(self, dataset: Any) -> None:
        """Lets the features that learn see the data.

        `dataset`: a dict of arrays or lists, or what gives dicts, such as a `gl.data.Dataset`: of examples or
        batches. ArgumentError for another, and where a column is missing.
        """
        batches = [dataset] if isinstance(dataset, Mapping) else dataset
        found: dict[str, list[Any]] = {name: [] for name in self._learners}
        for batch in batches if hasattr(batches, "__iter__") else [batches]:
            if not isinstance(batch, Mapping):
                raise ArgumentError(f"FeatureSpace: adapt takes dicts of columns, got {got(batch)}")
            for name in self._learners:
                found[name].append(self._column(batch, name).numpy().reshape((-1, 1)))
        for name, parts in found.items():
            if not parts:
                raise ArgumentError("FeatureSpace: adapt has no data to learn from")
            self.preprocessors[name].adapt(np.concatenate(parts))
        self.is_adapted, self.one_hot_encoders, self._encoded = True, {}, None

    def _column(self, data: Mapping[str, Any], name: str) -> Tensor:
        if name not in data:
            raise ArgumentError(f"FeatureSpace: there is no column {name!r} among {', '.join(data)}")
        dtype: Any = self.features[name].dtype
        given = as_tensor(numbers_of(data[name]), name, "FeatureSpace")
        return given if given.dtype in (dtype, "string") else given.cast(dtype)

    def __call__(self, data: Mapping[str, Any]) -> Any:
        """The encoding of columns, [batch] or [batch, 1], or of one example, single values.

        `data`: a dict that has the columns of all features.
        """
        if not isinstance(data, Mapping):
            raise ArgumentError(f"FeatureSpace: is called with a dict of columns, got {got(data)}")
        if all(isinstance(one, SymbolicTensor) for one in data.values()):
            return self._merged(data)
        columns = {name: self._column(data, name) for name in self.features}
        found = self._merged(
            {name: one.reshape((-1, 1)) if one.rank < 2 else one for name, one in columns.items()}
        )
        if any(one.rank for one in columns.values()):
            return found
        if isinstance(found, dict):
            return {name: one.squeeze([0]) for name, one in found.items()}
        return found.squeeze([0])

    def _merged(self, columns: Mapping[str, Any]) -> Any:
        if not self.is_adapted:
            raise NotAppliedError("FeatureSpace: some features learn from data: call adapt first")
        numbers = {name: one(columns[name]) for name, one in self.preprocessors.items()}
        crossed = {
            one.name: self.crossers[one.name]([numbers[name] for name in one.feature_names])
            for one in self.crosses
        }
        modes = {one.name: one.output_mode for one in self.crosses}
        modes |= {name: one.output_mode for name, one in self.features.items()}
        found = {}
        for name in (*sorted(numbers), *sorted(crossed)):
            one = numbers[name] if name in numbers else crossed[name]
            found[name] = self._encoder(name, one)(one) if modes[name] == "one_hot" else one
        if self.output_mode == "dict":
            return found
        for name, one in found.items():
            if one.dtype != "float32":
                raise ArgumentError(
                    f"FeatureSpace: {name!r} is {one.dtype}, which no vector can hold beside others: encode "
                    "it by output_mode 'one_hot', or let the space give a dict"
                )
        parts = list(found.values())
        return layers.Concatenate(axis=-1)(parts) if len(parts) > 1 else parts[0]

    def _encoder(self, name: str, numbers: Any) -> layers.CategoryEncoding:
        if name not in self.one_hot_encoders:
            layer = self.preprocessors.get(name) or self.crossers[name]
            count = layer.vocabulary_size() if isinstance(layer, Lookup) else None
            for key in ("num_tokens", "num_bins"):
                count = count or getattr(layer, key, None)
            if count is None and isinstance(layer, layers.Discretization):
                count = len(layer.bin_boundaries or ()) + 1
            if count is None or numbers.dtype != "int32":
                raise ArgumentError(
                    f"FeatureSpace: {name!r} cannot be encoded: nobody knows how many numbers "
                    f"{layer.class_name} gives, or they are no whole ones ({numbers.dtype}): take "
                    "output_mode 'int' or 'float'"
                )
            self.one_hot_encoders[name] = layers.CategoryEncoding(count, "multi_hot")
        return self.one_hot_encoders[name]

    def get_inputs(self) -> dict[str, SymbolicTensor]:
        """The symbolic columns, by their names: inputs of a model that is given tables as they are."""
        self.get_encoded_features()
        return self.inputs

    def get_encoded_features(self) -> Any:
        """What becomes of `get_inputs`: the input of a model that is given what the space has encoded."""
        if self._encoded is None:
            self._encoded = self._merged(self.inputs)
        return self._encoded

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal one, with what was learned except means and variances."""
        return {
            "features": {name: one.get_config() for name, one in self.features.items()},
            "output_mode": self.output_mode,
            "crosses": [one.get_config() for one in self.crosses],
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "FeatureSpace":
        """One of such arguments."""
        return cls(**config)

    def save(self, filepath: str | Path) -> None:
        """Writes a `.keras` file, which `gl.load_model` and Keras read; ArgumentError before `adapt`.

        `filepath`: its path, which ends with .keras.
        """
        _save(self, Path(filepath))
