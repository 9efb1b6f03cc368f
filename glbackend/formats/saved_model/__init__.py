"""SavedModels of TensorFlow: read through protobuf alone, and run as graph models are."""

from glbackend.formats.saved_model.loading import load_saved_model
from glbackend.formats.saved_model.model import SavedModel

__all__ = ["SavedModel", "load_saved_model"]
