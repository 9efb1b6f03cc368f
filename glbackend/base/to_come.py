"""Names of TF.js that are to come here. Written by tools.coverage; do not edit."""

TO_COME = frozenset(
    [
        "data.array",
        "data.csv",
        "data.func",
        "data.generator",
        "data.microphone",
        "data.webcam",
        "data.zip",
        "layers.bidirectional",
        "layers.conv_lstm2d",
        "layers.conv_lstm2d_cell",
        "layers.dot",
        "layers.embedding",
        "layers.masking",
        "layers.time_distributed",
        "load_graph_model",
        "load_graph_model_sync",
        "models.model_from_json",
    ]
)
