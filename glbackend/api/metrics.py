"""Metrics, as `tf.metrics`: functions, and Keras's classes with state."""

from glbackend.base.registry import serialize
from glbackend.training.confusion import FalseNegatives
from glbackend.training.confusion import FalsePositives
from glbackend.training.confusion import Precision
from glbackend.training.confusion import Recall
from glbackend.training.confusion import TrueNegatives
from glbackend.training.confusion import TruePositives
from glbackend.training.ctc import ctc
from glbackend.training.curves import AUC
from glbackend.training.curves import PrecisionAtRecall
from glbackend.training.curves import RecallAtPrecision
from glbackend.training.curves import SensitivityAtSpecificity
from glbackend.training.curves import SpecificityAtSensitivity
from glbackend.training.focal import binary_focal_crossentropy
from glbackend.training.focal import categorical_focal_crossentropy
from glbackend.training.focal import categorical_generalized_cross_entropy
from glbackend.training.losses import binary_crossentropy
from glbackend.training.losses import categorical_crossentropy
from glbackend.training.losses import categorical_hinge
from glbackend.training.losses import cosine_proximity as cosine
from glbackend.training.losses import cosine_proximity
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
from glbackend.training.losses import mean_squared_error
from glbackend.training.losses import mean_squared_error as mse
from glbackend.training.losses import mean_squared_logarithmic_error
from glbackend.training.losses import mean_squared_logarithmic_error as msle
from glbackend.training.losses import poisson
from glbackend.training.losses import sparse_categorical_crossentropy
from glbackend.training.losses import squared_hinge
from glbackend.training.matrix import BinaryIoU
from glbackend.training.matrix import ConfusionMatrix
from glbackend.training.matrix import IoU
from glbackend.training.matrix import MeanIoU
from glbackend.training.matrix import OneHotIoU
from glbackend.training.matrix import OneHotMeanIoU
from glbackend.training.metric import Mean
from glbackend.training.metric import MeanMetricWrapper
from glbackend.training.metric import Metric
from glbackend.training.metric import Sum
from glbackend.training.metric_classes import Accuracy
from glbackend.training.metric_classes import BinaryAccuracy
from glbackend.training.metric_classes import BinaryCrossentropy
from glbackend.training.metric_classes import CategoricalAccuracy
from glbackend.training.metric_classes import CategoricalCrossentropy
from glbackend.training.metric_classes import CategoricalHinge
from glbackend.training.metric_classes import ConcordanceCorrelation
from glbackend.training.metric_classes import CosineSimilarity
from glbackend.training.metric_classes import Hinge
from glbackend.training.metric_classes import KLDivergence
from glbackend.training.metric_classes import LogCoshError
from glbackend.training.metric_classes import MeanAbsoluteError
from glbackend.training.metric_classes import MeanAbsolutePercentageError
from glbackend.training.metric_classes import MeanSquaredError
from glbackend.training.metric_classes import MeanSquaredLogarithmicError
from glbackend.training.metric_classes import PearsonCorrelation
from glbackend.training.metric_classes import Poisson
from glbackend.training.metric_classes import RootMeanSquaredError
from glbackend.training.metric_classes import SparseCategoricalAccuracy
from glbackend.training.metric_classes import SparseCategoricalCrossentropy
from glbackend.training.metric_classes import SparseTopKCategoricalAccuracy
from glbackend.training.metric_classes import SquaredHinge
from glbackend.training.metric_classes import TopKCategoricalAccuracy
from glbackend.training.metrics import binary_accuracy
from glbackend.training.metrics import categorical_accuracy
from glbackend.training.metrics import concordance_correlation
from glbackend.training.metrics import cosine_similarity
from glbackend.training.metrics import get as deserialize
from glbackend.training.metrics import get
from glbackend.training.metrics import pearson_correlation
from glbackend.training.metrics import precision
from glbackend.training.metrics import r2_score
from glbackend.training.metrics import recall
from glbackend.training.metrics import sparse_categorical_accuracy
from glbackend.training.metrics import sparse_top_k_categorical_accuracy
from glbackend.training.metrics import top_k_categorical_accuracy
from glbackend.training.overlap import circle
from glbackend.training.overlap import dice
from glbackend.training.overlap import tversky
from glbackend.training.scores import F1Score
from glbackend.training.scores import FBetaScore
from glbackend.training.scores import R2Score

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "ConfusionMatrix",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "concordance_correlation",
    "cosine",
    "cosine_proximity",
    "cosine_similarity",
    "ctc",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "pearson_correlation",
    "poisson",
    "precision",
    "r2_score",
    "recall",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
    "tversky",
]
