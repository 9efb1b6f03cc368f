"""Non-maximum suppression: against a plain loop, ties, soft scores by their formula, and what is refused."""

import math

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError
from glbackend.testing.sample import uniform

CLUSTERS = np.array(
    [[0, 0, 1, 1], [0, 0.1, 1, 1.1], [0, -0.1, 1, 0.9], [0, 10, 1, 11], [0, 10.1, 1, 11.1], [0, 100, 1, 101]],
    np.float32,
)
SCORES = [0.9, 0.75, 0.6, 0.95, 0.5, 0.3]


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two boxes with ordered corners."""
    height, width = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(height, 0) * max(width, 0)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def test_one_box_of_each_cluster_stays(backend: str) -> None:
    assert gl.image.non_max_suppression(CLUSTERS, SCORES, 6).numpy().tolist() == [3, 0, 5]
    assert gl.image.non_max_suppression(CLUSTERS, SCORES, 2).numpy().tolist() == [3, 0]
    assert gl.image.non_max_suppression(CLUSTERS, SCORES, 6, 0.5, 0.3).numpy().tolist() == [3, 0]
    assert gl.image.non_max_suppression(CLUSTERS, SCORES, 0).shape == (0,)


def test_corners_may_be_flipped(backend: str) -> None:
    flipped = CLUSTERS[:, [2, 1, 0, 3]]
    assert gl.image.non_max_suppression(flipped, SCORES, 6).numpy().tolist() == [3, 0, 5]


def test_ties_go_to_the_first(backend: str) -> None:
    boxes = np.repeat(CLUSTERS[[0, 3]], 3, axis=0)
    assert gl.image.non_max_suppression(boxes, np.full(6, 0.5), 6).numpy().tolist() == [0, 3]


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.9])
def test_agrees_with_a_plain_loop(backend: str, threshold: float) -> None:
    boxes, scores = np.concatenate([uniform(0, 5, 60, 2), uniform(5, 9, 60, 2)], 1), uniform(0, 1, 60)
    stay: list[int] = []
    for i in np.argsort(-scores):
        if all(overlap(boxes[i], boxes[j]) < threshold for j in stay):
            stay.append(int(i))
    assert gl.image.non_max_suppression(boxes, scores, 60, threshold).numpy().tolist() == stay


def test_padded(backend: str) -> None:
    found = gl.image.non_max_suppression_padded(CLUSTERS, SCORES, 5, pad_to_max_output_size=True)
    assert found.selected_indices.numpy().tolist() == [3, 0, 5, 0, 0]
    assert found.valid_outputs.item() == 3
    assert gl.image.non_max_suppression_padded(CLUSTERS, SCORES, 5).selected_indices.shape == (3,)


def test_soft_scores_follow_their_formula(backend: str) -> None:
    found = gl.image.non_max_suppression_with_score(CLUSTERS[[0, 1, 3]], [0.9, 0.8, 0.7], 3, 1.0, 0.0, 0.5)
    lowered = 0.8 * math.exp(-(overlap(CLUSTERS[0], CLUSTERS[1]) ** 2))
    assert found.selected_indices.numpy().tolist() == [0, 2, 1]
    np.testing.assert_allclose(found.selected_scores.numpy(), [0.9, 0.7, lowered], rtol=1e-6)


def test_bad_calls_say_what_is_wrong() -> None:
    with pytest.raises(ShapeError, match="one for each of the 6 boxes"):
        gl.image.non_max_suppression(CLUSTERS, [0.5], 3)
    with pytest.raises(ShapeError, match=r"\[count, 4\]"):
        gl.image.non_max_suppression(CLUSTERS[:, :3], SCORES, 3)
    with pytest.raises(ArgumentError, match=r"iou_threshold must be in \[0, 1\]"):
        gl.image.non_max_suppression(CLUSTERS, SCORES, 3, 1.5)
    with pytest.raises(ArgumentError, match="soft_nms_sigma"):
        gl.image.non_max_suppression_with_score(CLUSTERS, SCORES, 3, soft_nms_sigma=-1)
    with pytest.raises(DtypeError, match="boxes must be float32"):
        gl.image.non_max_suppression(gl.tensor(CLUSTERS).cast("int32"), SCORES, 3)
