"""Layers before and around a network: vocabularies, adapting, functions, draws, attention's calls.

Numbers that are not plain to see are those of Keras 3.15.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, ShapeError, TraceError

DATA = (np.arange(200) * 37 % 101).astype(np.float32).reshape(20, 10)
TEXTS = ["the cat sat", "The cat! ran", "a dog"]


def close(got: Any, wanted: Any) -> None:
    np.testing.assert_allclose(np.asarray(got), wanted, rtol=1e-5, atol=2e-5)


# -- adapting ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [-1, None, (0, 1)])
def test_normalization_learns_from_batches_as_from_the_whole(axis: Any, backend: str) -> None:
    whole, parts = gl.layers.normalization(axis=axis), gl.layers.normalization(axis=axis)
    whole.adapt(DATA)
    parts.adapt(gl.tensor(one) for one in ([DATA] if axis == (0, 1) else [DATA[:3], DATA[3:]]))
    mean, variance = (DATA, 0 * DATA) if axis == (0, 1) else (
        (DATA.mean(0), DATA.var(0)) if axis == -1 else (DATA.mean(), DATA.var())
    )  # fmt: skip
    for one in (whole, parts):
        close(one.get_weights()[0].numpy(), mean)
        close(one(DATA).numpy(), (DATA - mean) / np.maximum(np.sqrt(variance), 1e-7))
    assert whole.get_weights()[2].item() == (1 if axis == (0, 1) else 20 if axis == -1 else 200)


def test_normalization_refuses() -> None:
    with pytest.raises(ArgumentError, match="both"):
        gl.layers.normalization(mean=1.0)
    with pytest.raises(ArgumentError, match="given"):
        gl.layers.normalization(mean=1.0, variance=1.0).adapt(DATA)


def test_discretization_learns_where_to_cut(backend: str) -> None:
    layer = gl.layers.discretization(num_bins=4)
    with pytest.raises(ArgumentError, match="adapt"):
        layer(DATA)
    layer.adapt(DATA)
    close(layer.bin_boundaries, [23.9999828, 49.9999809, 74.9999847])
    again = gl.layers.get({"class_name": "Discretization", "config": layer.get_config()})
    assert again(DATA).numpy().max() == 3 and again.bin_boundaries == layer.bin_boundaries
    layer = gl.layers.discretization(num_bins=3, epsilon=0.1)
    layer.adapt([DATA[:7], DATA[7:]].__iter__())
    close(layer.bin_boundaries, [33.3333321, 66.6666718])
    with pytest.raises(ArgumentError, match="pass bin_boundaries"):
        gl.layers.discretization()


def test_vocabularies_hold_the_most_frequent_words_first(backend: str) -> None:
    layer = gl.layers.string_lookup(max_tokens=5, mask_token="")
    layer.adapt([["b", "a", "b"], ["c", "", "a"], ["d", "é", "b"]])
    assert layer.get_vocabulary() == ["", "[UNK]", "b", "a", "é"]
    layer = gl.layers.string_lookup(output_mode="tf_idf")
    layer.adapt([["b", "a", "b"], ["c", "d", "a"]])
    assert layer.get_vocabulary(False) == ["b", "a", "d", "c"]
    close(
        layer([["a", "b", "b"], ["zz", "c", "a"]]).numpy(),
        [[0, 1.38629436, 0.51082563, 0, 0], [0.6475668, 0, 0.51082563, 0, 0.69314718]],
    )
    layer = gl.layers.integer_lookup()
    layer.adapt(iter([np.array([5, 7, 5]), np.array([7, 9, 7])]))
    assert layer.get_vocabulary() == [-1, 7, 5, 9] and layer.vocabulary_size() == 4


def test_texts_are_learned_and_saved(backend: str) -> None:
    layer = gl.layers.text_vectorization(max_tokens=4)
    layer.adapt(TEXTS)
    assert layer.get_vocabulary() == ["", "[UNK]", "the", "cat"] and layer.vocabulary_size() == 4
    x = gl.input([1], dtype="string")
    assert layer(x).shape == (None, None)
    model = gl.model(inputs=x, outputs=layer.output)
    memory = gl.io.from_memory()
    model.save(memory)
    loaded = gl.load_layers_model(memory)
    texts = np.array([["the dog"], ["Cat"]], object)
    assert loaded.predict(texts).numpy().tolist() == [[2, 1], [3, 0]]
    layer = gl.layers.text_vectorization(output_mode="tf_idf", ngrams=[2])
    layer.adapt(iter([np.array(TEXTS[:2], object), np.array(TEXTS[2:], object)]))
    assert layer.get_vocabulary() == ["[UNK]", "the cat", "cat sat", "cat ran", "a dog"]
    close(layer(["the cat sat the cat"]).numpy(), [[0.86050487, 1.38629436, 0.91629076, 0, 0]])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"vocabulary": ["a", "b", "a"]}, "'a' twice"),
        ({"vocabulary": []}, "empty"),
        ({"vocabulary": ["a", ""], "mask_token": ""}, "mask"),
        ({"vocabulary": ["a", "b", "c"], "max_tokens": 3}, "max_tokens = 3"),
        ({"vocabulary": ["a"], "output_mode": "tf_idf"}, "idf_weights"),
        ({"invert": True, "output_mode": "count"}, "invert"),
        ({"output_mode": "counts"}, "output_mode"),
        ({"salt": [1, 2, 3]}, "salt"),
        ({"pad_to_max_tokens": True}, "max_tokens"),
    ],
)
def test_lookups_refuse(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        gl.layers.string_lookup(**options)


def test_a_vocabulary_stays_where_the_next_one_is_refused() -> None:
    layer = gl.layers.string_lookup(vocabulary=["a", "b"])
    with pytest.raises(ArgumentError, match="twice"):
        layer.set_vocabulary(["c", "c"])
    assert layer.get_vocabulary() == ["[UNK]", "a", "b"]
    with pytest.raises(ArgumentError, match="no vocabulary yet"):
        gl.layers.string_lookup()(["a"])


def test_files_of_vocabularies_are_the_users_to_open(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("a\nb\n", encoding="utf-8")
    assert gl.layers.string_lookup(vocabulary=str(file)).get_vocabulary(False) == ["a", "b"]
    with pytest.raises(ArgumentError, match="no model may open"):
        gl.layers.get({"class_name": "StringLookup", "config": {"vocabulary": str(file)}})


# -- categories ----------------------------------------------------------------------------------------------


def test_categories_out_of_range(backend: str) -> None:
    """A NumPy array with one is a mistake; in tensors it leaves no trace, on either backend."""
    layer = gl.layers.category_encoding(num_tokens=3)
    wrong = np.array([[0, 3]], np.int32)
    with pytest.raises(ArgumentError, match="below 3, got 3"):
        layer(wrong)
    assert layer(gl.tensor(wrong)).numpy().tolist() == [[1, 0, 0]]
    assert layer(gl.tensor([2, 0], dtype="int32")).numpy().tolist() == [1, 0, 1]
    with pytest.raises(ArgumentError, match="count_weights"):
        layer(wrong[:, :1], count_weights=gl.ones([1, 1]))


def test_count_weights_have_a_gradient(backend: str) -> None:
    layer = gl.layers.category_encoding(num_tokens=3, output_mode="count")
    numbers = gl.tensor([[0, 2, 2]], dtype="int32")
    found = gl.grad(lambda w: (layer(numbers, count_weights=w) * gl.tensor([1.0, 2.0, 3.0])).sum())
    assert found(gl.ones([1, 3])).numpy().tolist() == [[1, 3, 3]]


# -- spectral normalisation ----------------------------------------------------------------------------------


def test_spectral_normalization_changes_its_kernel_in_training(backend: str) -> None:
    layer = gl.layers.spectral_normalization(gl.layers.dense(units=3, use_bias=False), power_iterations=2)
    layer.ensure_built([(None, 4)])
    kernel = (np.arange(12) % 5 - 2).reshape(4, 3)
    layer.set_weights([kernel, [[1.0, 2.0, 3.0]]])
    close(layer(gl.ones([1, 4])).numpy(), kernel.sum(0, keepdims=True))
    close(layer(gl.ones([1, 4]), training=True).numpy(), [[0.0, -0.31896237, -0.63792473]])
    close(layer.get_weights()[1].numpy(), [[-0.66924644, 0.63402295, 0.38745844]])
    close(layer.get_weights()[0].numpy(), kernel * 0.31896237)
    layer.set_weights([np.zeros([4, 3]), [[1.0, 2.0, 3.0]]])
    assert layer(gl.ones([1, 4]), training=True).numpy().tolist() == [[0, 0, 0]]
    assert layer.get_weights()[1].numpy().tolist() == [[1, 2, 3]]
    with pytest.raises(ArgumentError, match="no kernel"):
        gl.layers.spectral_normalization(gl.layers.flatten())(gl.ones([1, 4]))


# -- draws -----------------------------------------------------------------------------------------------------

IMAGES = np.arange(2 * 6 * 6).reshape(2, 6, 6, 1).astype(np.float32)
DRAWING: list[tuple[str, dict[str, Any]]] = [
    ("dropout", {"rate": 0.5}), ("alpha_dropout", {"rate": 0.5}), ("gaussian_dropout", {"rate": 0.5}),
    ("gaussian_noise", {"stddev": 0.5}), ("spatial_dropout2d", {"rate": 0.5}), ("random_flip", {}),
    ("random_rotation", {"factor": 0.5}), ("random_zoom", {"height_factor": 0.5}),
    ("random_translation", {"height_factor": 0.5, "width_factor": 0.5}), ("random_contrast", {"factor": 0.5}),
    ("random_brightness", {"factor": 0.5}), ("random_crop", {"height": 3, "width": 3}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "options"), DRAWING, ids=[name for name, _ in DRAWING])
def test_draws(name: str, options: dict[str, Any], backend: str) -> None:
    """New ones in each call and each replay of a trace; the same after `set_seed`, and of a seed."""
    x = gl.tensor(np.repeat(IMAGES + 1, 8, axis=3) if "spatial" in name else IMAGES + 1)

    def several(layer: Any) -> list[Any]:
        return [layer(x, training=True).numpy() for _ in range(4)]

    make = getattr(gl.layers, name)
    gl.set_seed(3)
    first = several(make(**options))
    assert any(not np.array_equal(first[0], one) for one in first[1:])
    gl.set_seed(3)
    assert all(np.array_equal(a, b) for a, b in zip(first, several(make(**options)), strict=True))
    seeded = several(make(**options, seed=5))
    assert all(np.array_equal(a, b) for a, b in zip(seeded, several(make(**options, seed=5)), strict=True))
    if "crop" not in name:
        assert np.array_equal(make(**options)(x, training=False).numpy(), x.numpy())


def test_augmentation_acts_by_itself_and_in_training_alone(backend: str) -> None:
    flip = gl.layers.random_flip(seed=1)
    assert any(not np.array_equal(flip(IMAGES).numpy(), IMAGES) for _ in range(5))
    model = gl.sequential([gl.layers.input_layer(input_shape=[6, 6, 1]), flip])
    assert np.array_equal(model.predict(IMAGES).numpy(), IMAGES)
    assert flip(IMAGES[0]).shape == (6, 6, 1)
    with pytest.raises(ShapeError, match="rank 4"):
        gl.layers.random_flip()(gl.ones([2, 3]))


def test_a_crop_in_training_is_a_part_and_else_the_middle(backend: str) -> None:
    crop = gl.layers.random_crop(height=2, width=3)
    (part,) = crop(IMAGES[:1], training=True).numpy()[..., 0]
    top, left = divmod(int(part[0, 0]), 6)
    assert np.array_equal(part, IMAGES[0, top : top + 2, left : left + 3, 0])
    close(crop(IMAGES, training=False).numpy().shape, (2, 2, 3, 1))


def test_a_width_that_is_drawn(backend: str) -> None:
    layer = gl.layers.random_width(factor=(-0.5, 1.0), seed=1)
    assert layer(gl.input([6, 6, 1])).shape == (None, 6, None, 1)
    assert len({layer(IMAGES).shape for _ in range(8)}) > 2
    with pytest.raises(TraceError, match="a draw decides"):
        gl.trace(layer, gl.tensor(IMAGES))
    with pytest.raises(ArgumentError, match="factor"):
        gl.layers.random_width(factor=-2.0)


# -- functions -------------------------------------------------------------------------------------------------


def stretched(x: Any, factor: float = 2.0, training: bool = False, mask: Any = None) -> Any:
    return x * (factor if training else 1.0) + (0.0 if mask is None else 1.0)


def test_lambda_is_saved_by_name(backend: str) -> None:
    gl.register(stretched, kind="function")
    layer = gl.layers.lambda_("stretched", arguments={"factor": 3.0}, output_shape=[2])
    assert layer(gl.ones([1, 2]), training=True).numpy().tolist() == [[3, 3]]
    assert layer(gl.ones([1, 2]), mask=gl.tensor([True])).numpy().tolist() == [[2, 2]]
    model = gl.sequential([gl.layers.input_layer(input_shape=[2]), layer])
    memory = gl.io.from_memory()
    model.save(memory)
    loaded = gl.load_layers_model(memory)
    assert loaded.layers[-1].get_config() == layer.get_config()
    assert layer.get_config()["output_shape"] == [2] and layer.get_config()["function"] == "stretched"
    assert loaded.predict(gl.ones([1, 2])).numpy().tolist() == [[1, 1]]


@pytest.mark.parametrize(
    "code",
    [
        {"class_name": "__lambda__", "config": {"code": "4wEAAA==", "defaults": None, "closure": None}},
        ["4wEAAA==", None, None],
    ],
)
def test_code_in_files_is_never_run(code: Any) -> None:
    name = f"doubled_by_{type(code).__name__}"
    config = {"name": name, "function": code, "function_type": "lambda", "arguments": {}}
    with pytest.raises(ArgumentError, match="never run"):
        gl.layers.get({"class_name": "Lambda", "config": config})
    gl.register(lambda x: x * 2, kind="function", name=name)
    layer = gl.layers.get({"class_name": "Lambda", "config": config})
    assert layer(gl.tensor([2.0])).item() == 4
    named = {**config, "function": {"class_name": "function", "config": name}}
    assert gl.layers.get({"class_name": "Lambda", "config": named})(gl.tensor([2.0])).item() == 4


def test_lambda_says_its_mask(backend: str) -> None:
    layer = gl.layers.lambda_(lambda x: x, mask=lambda inputs, mask: mask)
    assert layer.compute_mask(gl.ones([1, 2]), gl.tensor([[True]])).shape == (1, 1)
    assert gl.layers.lambda_(lambda x: x).compute_mask(gl.ones([1, 2]), gl.tensor([[True]])) is None


# -- attention ---------------------------------------------------------------------------------------------------

QUERIES = np.sin(np.arange(12)).reshape(1, 3, 4).astype(np.float32)
VALUES = np.cos(np.arange(20)).reshape(1, 5, 4).astype(np.float32)
FIRST, LAST = [-0.35823, -0.24245, 0.14518, 0.44278], [-0.23331, -0.1278, 0.06568, 0.41238]


def heads() -> Any:
    layer = gl.layers.multi_head_attention(num_heads=2, key_dim=3)
    layer.ensure_built([QUERIES.shape, VALUES.shape])
    layer.set_weights(
        [
            ((np.arange(one.size) * (7 + i) % 11) / 11 - 0.4).reshape(one.shape)
            for i, one in enumerate(layer.weights)
        ]
    )
    return layer


def test_attention_takes_masks_by_name(backend: str) -> None:
    layer = heads()
    mask = np.array([[[1, 1, 0, 1, 0], [0, 1, 1, 0, 1], [1, 0, 0, 0, 0]]], np.bool_)
    y, weights = layer(
        QUERIES, VALUES, attention_mask=gl.tensor(mask), use_causal_mask=True, return_attention_scores=True
    )
    close(y.numpy(), [[FIRST, [-0.60461, -0.53283, 0.29477, 0.54838], FIRST]])
    close(weights.numpy()[0, 1], [[1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0, 0, 0]])
    wanted = [[FIRST, [-0.55209, -0.35836, 0.27554, 0.44594], LAST]]
    for given in ((QUERIES, VALUES), ([QUERIES, VALUES],)):
        close(layer(*given, use_causal_mask=True).numpy(), wanted)
    close(layer(query=QUERIES, value=VALUES, key=VALUES, use_causal_mask=True).numpy(), wanted)


def test_attention_in_models(backend: str) -> None:
    layer, q, v = heads(), gl.input([None, 4]), gl.input([None, 4])
    y, weights = layer(q, v, use_causal_mask=True, return_attention_scores=True)
    assert y.shape == (None, None, 4) and weights.shape == (None, 2, None, None)
    model = gl.model(inputs=[q, v], outputs=y)
    memory = gl.io.from_memory()
    model.save(memory)
    loaded = gl.load_layers_model(memory)
    for one in (model, loaded):
        close(one.predict([QUERIES, VALUES]).numpy()[0, 2], LAST)
    names = [name for name, _ in layer.named_weights(scopes=True)]
    assert names[0].endswith("/query/kernel") and names[-1].endswith("/attention_output/bias")


def test_dot_attention_with_scores(backend: str) -> None:
    y, weights = gl.layers.attention()(QUERIES, VALUES, use_causal_mask=True, return_attention_scores=True)
    close(y.numpy()[0, 2], [0.89208, 0.42784, -0.42975, -0.89223])
    close(weights.numpy()[0, 1], [0.0946, 0.9054, 0, 0, 0])


def test_attention_refuses() -> None:
    with pytest.raises(ArgumentError, match="score_mode"):
        gl.layers.attention(score_mode="max")
    with pytest.raises(ShapeError, match="queries and values"):
        gl.layers.attention()(QUERIES)
    with pytest.raises(ArgumentError, match="not divisible"):
        gl.layers.group_query_attention(head_dim=2, num_query_heads=3, num_key_value_heads=2)


@pytest.mark.parametrize("equation", ["ab,bc", "a...b,bc->ac", "...ab...,bc->...ac...", "ab,bc->ad"])
def test_einsum_dense_refuses(equation: str) -> None:
    with pytest.raises(ArgumentError, match="equation"):
        gl.layers.einsum_dense(equation, 3)(gl.ones([2, 4]))


def test_einsum_dense_starts_by_the_sums() -> None:
    """Keras 3.15 reckons fans by the axes that are summed over, not by the kernel's first."""
    layer = gl.layers.einsum_dense("ab,bcd->acd", [30, 20], kernel_initializer="lecun_uniform")
    layer.ensure_built([(None, 10)])
    assert abs(layer.get_weights()[0].numpy().std() - 10**-0.5) < 0.01
