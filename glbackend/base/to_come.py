"""Names of TF.js that are to come here. Written by tools.coverage; do not edit."""

TO_COME = frozenset(
    [
        "layers.alpha_dropout",
        "layers.category_encoding",
        "layers.center_crop",
        "layers.gaussian_dropout",
        "layers.gaussian_noise",
        "layers.layer_normalization",
        "layers.random_width",
        "layers.rescaling",
        "layers.resizing",
        "layers.spatial_dropout1d",
        "load_graph_model",
        "load_graph_model_sync",
        "models.model_from_json",
    ]
)
