"""Graph models of TensorFlow.js: read into nodes, compiled to programs, traced to Graphs, run on shaders."""

from glbackend.formats.graph_model import ops
from glbackend.formats.graph_model.loading import (
    deregister_op,
    load_graph_model,
    load_graph_model_sync,
    register_op,
)
from glbackend.formats.graph_model.model import GraphModel
from glbackend.formats.graph_model.saving import save_graph_model

__all__ = [
    "GraphModel",
    "deregister_op",
    "load_graph_model",
    "load_graph_model_sync",
    "ops",
    "register_op",
    "save_graph_model",
]
