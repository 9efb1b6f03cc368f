"""Keras's layers that change images by chance, as far as chance leaves anything to say of them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from glbackend.errors import ArgumentError, ShapeError

import glbackend as gl
from glbackend.base.maker import KERAS_2, KERAS_3, made_by
from glbackend.layers.layer import LAYERS

RNG = np.random.default_rng(5)
IMAGES = (RNG.random((4, 4, 4, 3)) * 255).astype(np.float32)
LABELS = np.eye(4, dtype=np.int32)
LAST: dict[str, Any] = {"data_format": "channels_last", "seed": None}
RANGE = {"value_range": [0, 255]}
CONFIGS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [  # arguments, and what Keras 3.15 writes of them
    ("RandomHue", {"factor": 0.5}, {**LAST, **RANGE, "factor": [0, 0.5]}),
    ("RandomSaturation", {"factor": 0.5}, {**LAST, **RANGE, "factor": [-0.5, 0.5]}),
    ("RandomColorDegeneration", {"factor": [0.1, 0.5]}, {**LAST, **RANGE, "factor": [0.1, 0.5]}),
    ("RandomSharpness", {"factor": 0.5}, {**LAST, **RANGE, "factor": [0, 0.5]}),
    ("RandomPosterization", {"factor": 4}, {**LAST, **RANGE, "factor": [1, 4]}),
    (
        "RandomColorJitter",
        {"hue_factor": 0.1},
        {
            **LAST, **RANGE, "brightness_factor": None, "contrast_factor": None, "saturation_factor": None,
            "hue_factor": 0.1,
        },
    ),
    (
        "RandomGaussianBlur",
        {"factor": 0.5},
        {**LAST, **RANGE, "factor": [0, 0.5], "kernel_size": [3, 3], "sigma": [0, 1.0]},
    ),
    ("RandomErasing", {}, {**LAST, **RANGE, "factor": [0, 1.0], "scale": [0.02, 0.33], "fill_value": None}),
    (
        "RandomPerspective",
        {},
        {**LAST, "factor": [0, 1.0], "scale": 1.0, "interpolation": "bilinear", "fill_value": 0.0},
    ),
    (
        "RandomShear",
        {"x_factor": 0.5},
        {
            **LAST, "x_factor": [-0.5, 0.5], "y_factor": [-0.0, 0.0], "fill_mode": "reflect",
            "interpolation": "bilinear", "fill_value": 0.0,
        },
    ),
    ("MixUp", {}, {**LAST, "alpha": 0.2}),
    ("CutMix", {}, {**LAST, "factor": [0, 1.0]}),
    ("RandAugment", {}, {**LAST, **RANGE, "num_ops": 2, "factor": [0, 0.5], "interpolation": "bilinear"}),
    (
        "AugMix",
        {},
        {
            **LAST, **RANGE, "num_chains": 3, "chain_depth": 3, "factor": [0, 0.3], "alpha": 1.0,
            "all_ops": True, "interpolation": "bilinear",
        },
    ),
    ("Equalization", {}, {"data_format": "channels_last", **RANGE, "bins": 256}),
    ("RandomContrast", {"factor": 0.5}, {**LAST, **RANGE, "factor": [0, 0.5]}),
]  # fmt: skip
STILL: list[tuple[str, dict[str, Any]]] = [  # at these ends of their factors nothing changes
    ("RandomHue", {"factor": 0.0}),
    ("RandomSaturation", {"factor": [0.5, 0.5]}),
    ("RandomColorDegeneration", {"factor": 0.0}),
    ("RandomSharpness", {"factor": [0.5, 0.5]}),
    ("RandomColorJitter", {}),
    ("RandomGaussianBlur", {"sigma": 0.0}),
    ("RandomGaussianBlur", {"factor": 0.0}),
    ("RandomErasing", {"factor": 0.0}),
    ("RandomPerspective", {"factor": 0.0}),
    ("RandomPerspective", {"scale": 0.0}),
    ("RandomShear", {}),
    ("RandomContrast", {"factor": 0.0}),
    ("CutMix", {"factor": 0.0}),  # rectangles of all, or of nothing
]


def plain(config: dict[str, Any]) -> dict[str, Any]:
    return {key: one for key, one in config.items() if key not in ("name", "trainable", "dtype")}


@pytest.mark.parametrize(("kind", "options", "config"), CONFIGS, ids=[one[0] for one in CONFIGS])
def test_configs_are_keras(kind: str, options: dict[str, Any], config: dict[str, Any]) -> None:
    """A layer by Keras's config is the one by the arguments; Keras reads ours, whose shear it cannot write."""
    ours = plain(getattr(gl.layers, kind)(**options).get_config())
    with made_by(KERAS_3):
        again = plain(LAYERS.get({"class_name": kind, "config": config}).get_config())
    assert again == ours
    assert ours == {**config, "x_factor": 0.5, "y_factor": 0.0} if kind == "RandomShear" else ours == config


def test_files_of_them_all(tmp_path: Path) -> None:
    rows = [gl.Input((4, 4, 3)), *(getattr(gl.layers, kind)(**options) for kind, options, _ in CONFIGS)]
    model = gl.Sequential(rows)
    model.save(tmp_path / "all.keras")
    again = gl.load_model(tmp_path / "all.keras")
    assert [one.get_config() for one in again.layers] == [one.get_config() for one in model.layers]
    x = IMAGES[:1]
    np.testing.assert_array_equal(again.predict(x).numpy(), x), "outside of training nothing is done"


@pytest.mark.parametrize(("kind", "options"), STILL, ids=[one[0] for one in STILL])
def test_nothing_is_changed_at_these_ends(kind: str, options: dict[str, Any], backend: str) -> None:
    found = getattr(gl.layers, kind)(**options, seed=2)(IMAGES, training=True).numpy()
    if kind == "CutMix":
        assert all(any(np.array_equal(one, other) for other in IMAGES) for one in found)
    else:
        np.testing.assert_allclose(found, IMAGES, rtol=1e-4, atol=1e-3)


def test_what_has_two_ways_goes_both(backend: str) -> None:
    """The numbers are Keras's, of either sign."""
    ramp = np.arange(16, dtype=np.float32).reshape((1, 4, 4, 1)) * 10
    left = [0, 10, 20, 30, 20, 45, 55, 65, 0, 80, 90, 100, 0, 60, 125, 135]
    right = [0, 10, 20, 30, 45, 55, 65, 35, 90, 100, 110, 0, 135, 145, 75, 0]
    shear = gl.layers.RandomShear([0.5, 0.5], fill_mode="constant", seed=1)
    hue = gl.layers.RandomHue([0.4, 0.4], seed=1)
    colour = np.array([[[[200.0, 100.0, 50.0]]]], np.float32)
    for layer, x, ways in (
        (shear, ramp, [left, right]),
        (hue, colour, [[120.0, 200.0, 50.0], [200.0, 50.0, 180.0]]),
    ):
        found = [layer(x, training=True).numpy().ravel() for _ in range(12)]
        near = [[np.abs(one - way).max() < 1e-2 for way in ways] for one in found]
        assert all(map(any, near)) and all(map(any, zip(*near, strict=True)))


@pytest.mark.parametrize("kind", ["MixUp", "CutMix"])
def test_labels_are_mixed_as_images_are(kind: str, backend: str) -> None:
    """Image i is i all over: what there is of each in the mixture, the label says."""
    images = np.arange(4, dtype=np.float32).reshape((4, 1, 1, 1)) * np.ones((1, 24, 24, 1), np.float32)
    layer = getattr(gl.layers, kind)(seed=4)
    mixed = 0
    for _ in range(6):
        found = layer({"images": images, "labels": LABELS}, training=True)
        labels, means = found["labels"].numpy(), found["images"].numpy().mean((1, 2, 3))
        np.testing.assert_allclose(labels.sum(1), 1, atol=1e-6)
        np.testing.assert_allclose(labels @ np.arange(4), means, atol=1e-4 if kind == "MixUp" else 0.2)
        mixed += int(((labels > 0.02) & (labels < 0.98)).any(1).sum())
    assert mixed > 4
    still = layer({"images": images, "labels": LABELS}, training=False)
    assert np.array_equal(still["labels"].numpy(), LABELS) and still["labels"].dtype == "int32"
    assert np.array_equal(layer(images[0], training=True).numpy(), images[0]), "one image has no other"
    assert layer(images, training=True).shape == images.shape, "after a dict images alone"
    with pytest.raises(ShapeError, match="labels must be"):
        layer({"images": images, "labels": np.arange(4)}, training=True)


def test_labels_stand_beside_images(backend: str) -> None:
    """In a dict, as in Keras, also of a data set and of a functional model; boxes are refused."""
    flip = gl.layers.RandomFlip("horizontal", seed=1)
    found = flip({"images": IMAGES, "labels": LABELS}, training=True)
    assert np.array_equal(found["labels"].numpy(), LABELS) and found["labels"].dtype == "int32"
    data = gl.data.Dataset.from_tensor_slices({"images": IMAGES, "labels": LABELS}).batch(2).map(flip)
    assert next(iter(data))["images"].shape == (2, 4, 4, 3)
    symbols = {"images": gl.Input((4, 4, 3)), "labels": gl.Input((4,))}
    assert flip(symbols)["images"].shape == (None, 4, 4, 3)
    with pytest.raises(ArgumentError, match="images, and labels if need be, got images, bounding_boxes"):
        flip({"images": IMAGES, "bounding_boxes": {}})


def test_choices_are_drawn_in_training_too() -> None:
    """Captured steps hold all choices; eager calls take one. On cpu: each graph has programs of its own."""
    for kind, options in (("RandAugment", {"num_ops": 1}), ("AugMix", {"num_chains": 1, "chain_depth": 1})):
        layer = getattr(gl.layers, kind)(factor=0.9, seed=3, **options)
        seen = gl.function(lambda x, layer=layer: layer(x, training=True))
        for call in (seen, lambda x, layer=layer: layer(x, training=True)):
            found = [call(gl.tensor(IMAGES)).numpy() for _ in range(6)]
            assert len({one.tobytes() for one in found}) > 2 and np.isfinite(found).all()
            assert np.min(found) >= -1e-2 and np.max(found) <= 255.01


def test_a_factor_of_contrast_by_its_maker(backend: str) -> None:
    """One number makes it stronger in Keras 3, whichever way in files of Keras 2."""
    for maker, low in ((KERAS_3, 0.0), (KERAS_2, 0.5)):
        with made_by(maker):
            layer = LAYERS.get({"class_name": "RandomContrast", "config": {"factor": 0.5}})
        assert layer.factor == [low, 0.5]
    assert gl.layers.RandomContrast(0.5).factor == [0.0, 0.5]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("RandomHue", {"factor": 1.5}, "factor"),
    ("CutMix", {"factor": -1}, "factor"),
    ("RandomSharpness", {"factor": [-0.5, 0.5]}, "factor"),
    ("RandomPosterization", {"factor": 0}, "factor"),
    ("RandomPosterization", {"factor": 2.5}, "whole"),
    ("RandomErasing", {"scale": 2.0}, "scale"),
    ("RandomErasing", {"fill_value": [1.0, 2.0]}, "fill_value"),
    ("RandomGaussianBlur", {"kernel_size": 4}, "odd"),
    ("RandomGaussianBlur", {"sigma": 2.0}, "sigma"),
    ("RandomPerspective", {"scale": 1.5}, "scale"),
    ("RandomShear", {"x_factor": 1.5}, "x_factor"),
    ("MixUp", {"alpha": 0.0}, "alpha"),
    ("CutMix", {"factor": 2.0}, "factor"),
    ("RandAugment", {"num_ops": 0}, "num_ops"),
    ("AugMix", {"num_chains": 0}, "num_chains"),
    ("Equalization", {"bins": 0}, "bins"),
]


@pytest.mark.parametrize(("kind", "options", "word"), REFUSED, ids=[f"{a}-{c}" for a, _, c in REFUSED])
def test_arguments_out_of_range(kind: str, options: dict[str, Any], word: str) -> None:
    with pytest.raises(ArgumentError, match=word):
        getattr(gl.layers, kind)(**options)


def test_crossings_take_texts_and_numbers(backend: str) -> None:
    """The numbers are Keras's."""
    cross = gl.layers.HashedCrossing(num_bins=5)
    found = cross((np.array(["A", "B", "A", "B", "A"]), np.array([101, 101, 101, 102, 102])))
    assert found.numpy().tolist() == [1, 4, 1, 1, 3] and found.dtype == "int32"
    vectors = gl.layers.HashedCrossing(5, output_mode="one_hot")
    assert vectors([["A", "B"], [101, 101]]).numpy().argmax(1).tolist() == [1, 4]
    wide = gl.layers.HashedCrossing(1000)
    columns = [np.array([[1], [2], [-3], [4]]), np.array([[101], [101], [101], [102]])]
    assert wide([*columns, np.array([["a"], ["b"], ["c"], ["dé"]])]).numpy().ravel().tolist() == [
        770,
        640,
        253,
        732,
    ]
    for wrong, words in (
        (["a"], "two features"),
        (np.array(["a", "b"]), "two features"),
        ([np.ones((2, 2), np.int32)] * 2, "single ones"),
        ([gl.ones([2]), gl.ones([2])], "string or int32"),
        ([np.array([1, 2]), np.array([1, 2, 3])], "must be equal"),
    ):
        with pytest.raises((ArgumentError, ShapeError, gl.errors.DtypeError), match=words):
            cross(wrong)


def test_forms_of_gamma_and_beta_may_be_tensors() -> None:
    """Shares of tiny forms are 0 or 1, not NaN. Layers that mix draw by them on both backends."""
    forms = np.array([[0.5], [4.0]], np.float32)
    drawn = gl.random.gamma((2, 4000), forms, seed=1).numpy()
    np.testing.assert_allclose(drawn.mean(1), forms[:, 0], rtol=0.1)
    np.testing.assert_allclose(drawn.var(1), forms[:, 0], rtol=0.2)
    shares = gl.random.beta((2, 4000), forms, 1.0, seed=1).numpy()
    np.testing.assert_allclose(shares.mean(1), forms[:, 0] / (forms[:, 0] + 1), rtol=0.05)
    tiny = gl.random.beta((4000,), 1e-6, 1e-6, seed=1).numpy()
    assert (np.minimum(tiny, 1 - tiny) < 1e-3).mean() > 0.999 and 0.4 < tiny.mean() < 0.6


def test_shuffling_keeps_whole_numbers() -> None:
    for given, dtype in (([1, 2, 3], "int32"), ([1.0, 2.0], "float32"), (np.array(["a", "b"]), "string")):
        assert gl.random.shuffle(given, seed=1).dtype == dtype
