"""A model as data: topology, weights, what else a model.json holds, in Python's names; no layer, no file."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from numpy.typing import NDArray

from glbackend.io.specs import WeightSpec

ModelFormat = Literal["layers-model", "graph-model"]
FORMATS: tuple[ModelFormat, ...] = ("layers-model", "graph-model")
Json = dict[str, Any]


@dataclass(slots=True, eq=False)
class ModelArtifacts:
    """All that one saved model consists of; the mirror of TF.js's ModelArtifacts.

    `model_topology` and the other JSON parts keep the keys that they have on disk. `weights` are NumPy
    arrays, already dequantized; `weight_specs` tell how they lay on disk (empty for a model never saved). On
    saving, specs are made anew from `weights`, and only their `group` ("optimizer") is taken over from
    `weight_specs`.
    """

    model_topology: Json = field(repr=False)
    weights: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)
    weight_specs: tuple[WeightSpec, ...] = field(default=(), repr=False)
    format: ModelFormat = "layers-model"
    generated_by: str | None = None
    converted_by: str | None = None
    training_config: Json | None = None
    user_defined_metadata: Json | None = field(default=None, repr=False)
    signature: Json | None = field(default=None, repr=False)
    model_initializer: Json | None = field(default=None, repr=False)
    initializer_signature: Json | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class ModelArtifactsInfo:
    """When a model was saved and how many bytes its parts take; the mirror of TF.js's ModelArtifactsInfo."""

    model_topology_bytes: int
    weight_specs_bytes: int
    weight_data_bytes: int
    model_topology_type: Literal["JSON"] = "JSON"
    date_saved: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class SaveResult:
    """What saving a model gives back: sizes, and the paths of the files written (model.json last)."""

    model_artifacts_info: ModelArtifactsInfo
    files: tuple[str, ...] = ()
