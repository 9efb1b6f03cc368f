"""Names of TF.js that are to come here. Written by tools.coverage; do not edit."""

TO_COME = frozenset(
    [
        "layers.alpha_dropout",
        "layers.bidirectional",
        "layers.category_encoding",
        "layers.center_crop",
        "layers.conv_lstm2d",
        "layers.conv_lstm2d_cell",
        "layers.dot",
        "layers.embedding",
        "layers.gaussian_dropout",
        "layers.gaussian_noise",
        "layers.layer_normalization",
        "layers.masking",
        "layers.random_width",
        "layers.rescaling",
        "layers.resizing",
        "layers.spatial_dropout1d",
        "layers.time_distributed",
        "load_graph_model",
        "load_graph_model_sync",
        "models.model_from_json",
    ]
)
