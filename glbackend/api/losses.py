"""Losses: numbers as `tf.losses`, and Keras's functions and classes."""

from glbackend.base.registry import serialize
from glbackend.ops.losses import absolute_difference
from glbackend.ops.losses import compute_weighted_loss
from glbackend.ops.losses import cosine_distance
from glbackend.ops.losses import hinge_loss
from glbackend.ops.losses import huber_loss
from glbackend.ops.losses import log_loss
from glbackend.ops.losses import mean_squared_error
from glbackend.ops.losses import sigmoid_cross_entropy
from glbackend.ops.losses import softmax_cross_entropy
from glbackend.training.ctc import ctc
from glbackend.training.focal import binary_focal_crossentropy
from glbackend.training.focal import categorical_focal_crossentropy
from glbackend.training.focal import categorical_generalized_cross_entropy
from glbackend.training.loss import Loss
from glbackend.training.loss import get as deserialize
from glbackend.training.loss import get
from glbackend.training.loss_classes import BinaryCrossentropy
from glbackend.training.loss_classes import BinaryFocalCrossentropy
from glbackend.training.loss_classes import CategoricalCrossentropy
from glbackend.training.loss_classes import CategoricalFocalCrossentropy
from glbackend.training.loss_classes import CategoricalGeneralizedCrossEntropy
from glbackend.training.loss_classes import CategoricalHinge
from glbackend.training.loss_classes import Circle
from glbackend.training.loss_classes import CosineSimilarity
from glbackend.training.loss_classes import CTC
from glbackend.training.loss_classes import Dice
from glbackend.training.loss_classes import Hinge
from glbackend.training.loss_classes import Huber
from glbackend.training.loss_classes import KLDivergence
from glbackend.training.loss_classes import LogCosh
from glbackend.training.loss_classes import MeanAbsoluteError
from glbackend.training.loss_classes import MeanAbsolutePercentageError
from glbackend.training.loss_classes import MeanSquaredError
from glbackend.training.loss_classes import MeanSquaredLogarithmicError
from glbackend.training.loss_classes import Poisson
from glbackend.training.loss_classes import SparseCategoricalCrossentropy
from glbackend.training.loss_classes import SquaredHinge
from glbackend.training.loss_classes import Tversky
from glbackend.training.losses import binary_crossentropy
from glbackend.training.losses import categorical_crossentropy
from glbackend.training.losses import categorical_hinge
from glbackend.training.losses import cosine_proximity
from glbackend.training.losses import cosine_proximity as cosine_similarity
from glbackend.training.losses import hinge
from glbackend.training.losses import huber
from glbackend.training.losses import kullback_leibler_divergence as kl_divergence
from glbackend.training.losses import kullback_leibler_divergence
from glbackend.training.losses import logcosh as log_cosh
from glbackend.training.losses import logcosh
from glbackend.training.losses import mean_absolute_error as mae
from glbackend.training.losses import mean_absolute_error
from glbackend.training.losses import mean_absolute_percentage_error as mape
from glbackend.training.losses import mean_absolute_percentage_error
from glbackend.training.losses import mean_squared_error as mse
from glbackend.training.losses import mean_squared_logarithmic_error
from glbackend.training.losses import mean_squared_logarithmic_error as msle
from glbackend.training.losses import poisson
from glbackend.training.losses import sparse_categorical_crossentropy
from glbackend.training.losses import squared_hinge
from glbackend.training.overlap import circle
from glbackend.training.overlap import dice
from glbackend.training.overlap import tversky

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CTC",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "absolute_difference",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "compute_weighted_loss",
    "cosine_distance",
    "cosine_proximity",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "hinge_loss",
    "huber",
    "huber_loss",
    "kl_divergence",
    "kullback_leibler_divergence",
    "log_cosh",
    "log_loss",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "poisson",
    "serialize",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]
