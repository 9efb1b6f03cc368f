"""What Keras's losses and metrics give for small data: `PYTHON -m tools.metric_goldens`.

PYTHON is one that has Keras (3.15) and this checkout on its path. Writes tests/golden/metrics.json, which
tests/test_metrics.py holds ours against. Metrics see three unequal batches, losses the first of them.
"""

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).resolve().parents[1] / "tests" / "golden" / "metrics.json"
Array = np.ndarray[Any, Any]
Batch = tuple[Array, Array, Array]
LENGTHS = (7, 4, 1)  # of the batches
GRID = 20  # predictions are multiples of 1 / GRID too, which meet thresholds exactly


def batches(kind: str) -> list[Batch]:
    """Targets, predictions and weights of three batches; the same on every machine."""
    rng = np.random.default_rng(11)
    return [tuple(np.asarray(one) for one in _batch(kind, n, rng)) for n in LENGTHS]  # type: ignore[misc]


def _batch(kind: str, n: int, rng: np.random.Generator) -> tuple[Any, Any, Any]:
    weights = rng.integers(1, 4, n).astype(np.float32) / 2
    classes = rng.integers(0, 4, n)
    scores = rng.integers(1, GRID, (n, 4)).astype(np.float32) / GRID
    real = rng.uniform(0.1, 2, (2, n, 3)).astype(np.float32)
    if kind == "flat":
        return (scores[:, 0] + rng.uniform(-0.4, 0.4, n) > 0.5).astype(np.float32), scores[:, 1], weights
    if kind == "binary":
        return (rng.uniform(size=(n, 4)) > 0.5).astype(np.float32), scores, weights
    if kind == "onehot":
        return np.eye(4, dtype=np.float32)[classes], scores, weights
    if kind == "sparse":
        return classes.astype(np.int32), scores, weights
    if kind == "logits":
        return np.eye(4, dtype=np.float32)[classes], scores * 6 - 3, weights
    if kind == "steps":
        both = rng.uniform(0.1, 2, (2, n, 5, 3)).astype(np.float32)
        return both[0], both[1], rng.integers(0, 3, (n, 5)).astype(np.float32)
    if kind == "labels":
        return classes.astype(np.int32), rng.integers(0, 4, n).astype(np.int32), np.round(weights)
    if kind == "signs":
        return np.sign(real[0] - 1), real[1], weights
    if kind == "ctc":
        spelled = np.array([[1, 2, 0], [1, 1, 0], [3, 0, 0], [1, 2, 3]], np.int32)[classes]
        return spelled, rng.normal(size=(n, 6, 4)).astype(np.float32), weights
    if kind == "circle":
        unit = rng.normal(size=(n, 3))
        unit = unit / np.linalg.norm(unit, axis=-1, keepdims=True)
        return (classes % 2).astype(np.int32), unit.astype(np.float32), weights
    if kind == "shares":
        real = real / real.sum(-1, keepdims=True)
    return real[0], real[1], weights


Case = tuple[str, dict[str, Any], str]
LOSSES: list[Case] = [
    *((name, {}, "real") for name in (
        "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError",
        "CosineSimilarity", "Huber", "LogCosh", "Poisson",
    )),
    ("KLDivergence", {}, "shares"),
    ("MeanSquaredError", {}, "steps"),
    ("MeanSquaredError", {"reduction": "sum"}, "steps"),
    ("MeanAbsoluteError", {"reduction": "mean_with_sample_weight"}, "real"),
    ("MeanAbsoluteError", {"reduction": "none"}, "real"),
    ("Huber", {"delta": 0.3}, "real"),
    ("CosineSimilarity", {"axis": 0, "reduction": "sum"}, "real"),
    *((name, {}, kind) for name in ("Hinge", "SquaredHinge") for kind in ("signs", "binary")),
    ("CategoricalHinge", {}, "onehot"),
    ("BinaryCrossentropy", {}, "binary"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, "logits"),
    ("BinaryFocalCrossentropy", {}, "binary"),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "gamma": 1.0, "from_logits": True,
                                 "label_smoothing": 0.1}, "logits"),
    ("CategoricalCrossentropy", {}, "onehot"),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "logits"),
    ("CategoricalFocalCrossentropy", {}, "onehot"),
    ("CategoricalFocalCrossentropy", {"alpha": 0.5, "gamma": 1.0, "from_logits": True,
                                      "label_smoothing": 0.1}, "logits"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.7}, "sparse"),
    ("SparseCategoricalCrossentropy", {}, "sparse"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "sparse"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "sparse"),
    ("Dice", {}, "binary"),
    ("Dice", {"axis": [1]}, "binary"),
    ("Tversky", {"alpha": 0.3, "beta": 0.6}, "binary"),
    ("Circle", {}, "circle"),
    ("Circle", {"gamma": 10, "margin": 0.2, "remove_diagonal": False}, "circle"),
    ("CTC", {}, "ctc"),
]  # fmt: skip
METRICS: list[Case] = [
    *((name, {}, "real") for name in (
        "MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError",
        "MeanSquaredLogarithmicError", "CosineSimilarity", "LogCoshError", "Poisson", "R2Score",
        "PearsonCorrelation", "ConcordanceCorrelation",
    )),
    ("KLDivergence", {}, "shares"),
    ("MeanSquaredError", {}, "steps"),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, "real"),
    ("R2Score", {"class_aggregation": None}, "real"),
    ("R2Score", {"num_regressors": 2}, "real"),
    ("Hinge", {}, "binary"),
    ("SquaredHinge", {}, "signs"),
    ("CategoricalHinge", {}, "onehot"),
    ("Accuracy", {}, "labels"),
    ("BinaryAccuracy", {}, "binary"),
    ("BinaryAccuracy", {"threshold": 0.3}, "flat"),
    ("CategoricalAccuracy", {}, "onehot"),
    ("SparseCategoricalAccuracy", {}, "sparse"),
    ("TopKCategoricalAccuracy", {"k": 2}, "onehot"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "sparse"),
    ("BinaryCrossentropy", {}, "binary"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.2}, "logits"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "onehot"),
    ("SparseCategoricalCrossentropy", {}, "sparse"),
    *((name, options, "binary")
      for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
      for options in ({}, {"thresholds": [0.2, 0.75]})),
    *((name, options, "binary")
      for name in ("Precision", "Recall")
      for options in (
          {}, {"thresholds": [0.0, 0.5, 1.0]}, {"top_k": 2}, {"class_id": 1}, {"top_k": 3, "class_id": 2},
      )),
    *((name, options, "flat") for name, options in (
        ("SensitivityAtSpecificity", {"specificity": 0.4}),
        ("SpecificityAtSensitivity", {"sensitivity": 0.6, "num_thresholds": 11}),
        ("PrecisionAtRecall", {"recall": 0.5}),
        ("RecallAtPrecision", {"precision": 0.5, "num_thresholds": 1}),
    )),
    ("PrecisionAtRecall", {"recall": 0.5, "class_id": 1}, "binary"),
    *(("AUC", {"curve": curve, "summation_method": method, "num_thresholds": 21}, "flat")
      for curve in ("ROC", "PR", "PRGAIN") for method in ("interpolation", "minoring", "majoring")),
    ("AUC", {}, "flat"),
    ("AUC", {"thresholds": [0.25, 0.4, 0.8]}, "binary"),
    ("AUC", {"multi_label": True, "num_labels": 4}, "binary"),
    ("AUC", {"multi_label": True, "num_labels": 4, "label_weights": [1.0, 2.0, 0.5, 1.0],
             "curve": "PR"}, "binary"),
    ("AUC", {"label_weights": [1.0, 2.0, 0.5, 1.0]}, "binary"),
    ("AUC", {"from_logits": True}, "logits"),
    *(("FBetaScore", {"average": average, "beta": 2.0}, "onehot")
      for average in (None, "micro", "macro", "weighted")),
    ("F1Score", {"threshold": 0.5, "average": "macro"}, "binary"),
    ("MeanIoU", {"num_classes": 4}, "labels"),
    ("MeanIoU", {"num_classes": 4, "ignore_class": 2}, "labels"),
    ("IoU", {"num_classes": 5, "target_class_ids": [1, 3, 4]}, "labels"),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 2]}, "onehot"),
    ("OneHotMeanIoU", {"num_classes": 4}, "onehot"),
    ("BinaryIoU", {"threshold": 0.4}, "flat"),
]  # fmt: skip
IOU = {"IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU", "BinaryIoU"}


def weighted(case: Case) -> bool:
    """Whether Keras takes our weights: it makes ints of those of `IOU`, and an axis leaves others over."""
    return case[0] not in IOU and "axis" not in case[1]


def key(case: Case) -> str:
    """The name of a case in the file."""
    name, options, kind = case
    return f"{name} {json.dumps(options, sort_keys=True)} {kind}"


def loss_of(module: Any, case: Case, weigh: bool) -> list[float]:
    """What a loss class gives for the first batch."""
    name, options, kind = case
    y, p, w = batches(kind)[0]
    found = getattr(module, name)(**options)(y, p, sample_weight=w if weigh else None)
    return [float(one) for one in np.ravel(np.asarray(found))]


def metric_of(module: Any, case: Case, weigh: bool) -> list[float]:
    """What a metric class gives after all batches."""
    name, options, kind = case
    metric = getattr(module, name)(**options)
    for y, p, w in batches(kind):
        metric.update_state(y, p, sample_weight=w if weigh else None)
    return [float(one) for one in np.ravel(np.asarray(metric.result()))]


def main() -> None:
    """Asks Keras."""
    keras = importlib.import_module("keras")
    found: dict[str, Any] = {"made by": f"keras {keras.__version__}, tools/metric_goldens.py"}
    for module, cases, ask in ((keras.losses, LOSSES, loss_of), (keras.metrics, METRICS, metric_of)):
        found[module.__name__.rpartition(".")[2]] = {
            key(case): [ask(module, case, weigh) for weigh in (False, True)[: 1 + weighted(case)]]
            for case in cases
        }
    FILE.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {len(LOSSES)} losses, {len(METRICS)} metrics")


if __name__ == "__main__":
    main()
