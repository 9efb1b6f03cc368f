"""Models: sequential and functional ones, classes of one's own, saving and loading."""

from glbackend.models.loading import clone_model, load_layers_model, model_from_json
from glbackend.models.model import Model
from glbackend.models.sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model", "load_layers_model", "model_from_json"]
