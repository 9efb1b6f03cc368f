"""Names of TF.js that are to come here. Written by tools.coverage; do not edit."""

TO_COME = frozenset(
    [
        "load_graph_model",
        "load_graph_model_sync",
    ]
)
