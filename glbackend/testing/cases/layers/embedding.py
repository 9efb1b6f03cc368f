"""Cases of the embedding."""

from glbackend.testing.layer_case import LayerCase
from glbackend.testing.sample import integers

NUMBERS = integers(0, 7, 2, 4)

CASES = [
    LayerCase("Embedding", "plain", {"input_dim": 7, "output_dim": 5}, (NUMBERS,), unknown=(1,)),
    LayerCase(
        "Embedding",
        "one_dim",
        {"input_dim": 7, "output_dim": 4, "embeddings_initializer": "ones"},
        (NUMBERS[:, 0],),
    ),
    LayerCase(
        "Embedding",
        "everything",
        {
            "input_dim": 7,
            "output_dim": 3,
            "embeddings_initializer": {"class_name": "Constant", "config": {"value": 0.25}},
            "embeddings_regularizer": {"class_name": "L1L2", "config": {"l1": 0.125, "l2": 0.5}},
            "embeddings_constraint": {"class_name": "MaxNorm", "config": {"max_value": 0.75, "axis": 1}},
            "activity_regularizer": {"class_name": "L1L2", "config": {"l1": 0.5, "l2": 0.0}},
            "mask_zero": True,
            "input_length": 4,
        },
        (NUMBERS,),
        (None,),
        source="tf_keras",
        because="Keras 3 has no input_length",
    ),
]
