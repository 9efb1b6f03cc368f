"""What layers before a network say to arguments and inputs of the wrong kind: at the call, by the layer's name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import GlbackendError
from glbackend.layers.layer import LAYERS
from glbackend.testing.layer_case import LayerCase, layer_cases

NAN = float("nan")
WORDS: dict[str, Any] = {"vocabulary": ["a", "b"]}
NUMBERS: dict[str, Any] = {"vocabulary": [1, 2]}
ARGUMENTS = [  # class, arguments, what the error says of them
    ("StringLookup", {**WORDS, "mask_token": 3}, "mask_token must be a text, got 3"),
    ("StringLookup", {**WORDS, "mask_token": ["a"]}, r"mask_token must be a text, got \['a'\]"),
    ("StringLookup", {**WORDS, "mask_token": np.zeros(3)}, "mask_token must be a text"),
    ("StringLookup", {"vocabulary": {"a": 1}}, "vocabulary must be a list of texts"),
    ("StringLookup", {"vocabulary": {"a", "b"}}, "vocabulary must be a list of texts"),
    ("StringLookup", {**WORDS, "num_oov_indices": 2**40}, "num_oov_indices must be 0 to 2147483647"),
    ("IntegerLookup", {**NUMBERS, "mask_token": "x"}, "mask_token must be an int32, got 'x'"),
    ("IntegerLookup", {**NUMBERS, "mask_token": 1.5}, "mask_token must be an int32, got 1.5"),
    ("IntegerLookup", {**NUMBERS, "mask_token": NAN}, "mask_token must be an int32, got nan"),
    ("IntegerLookup", {**NUMBERS, "oov_token": 2**40}, "oov_token must be an int32"),
    ("IntegerLookup", {"vocabulary": b"xy"}, "vocabulary must be a list of whole numbers"),
    ("Hashing", {"num_bins": 2**40}, "num_bins must be at most 2147483647"),
    ("Hashing", {"num_bins": 3, "mask_value": [1]}, r"mask_value must be a text or an int32, got \[1\]"),
    ("Hashing", {"num_bins": 3, "mask_value": 1.5}, "mask_value must be a text or an int32, got 1.5"),
    ("Discretization", {"bin_boundaries": [2.0, 1.0]}, r"must ascend, got \[2.0, 1.0\]"),
    ("Discretization", {"bin_boundaries": [0.0, NAN]}, "must ascend"),
    ("Discretization", {"num_bins": 0}, "num_bins must be a positive whole number, got 0"),
    ("Discretization", {"num_bins": 3, "epsilon": -1}, r"epsilon must lie in \[0, 1\), got -1"),
    ("Normalization", {"mean": 0.0, "variance": -1.0}, "variance must be at least 0, got -1.0"),
    ("TextVectorization", {"standardize": np.zeros(3)}, "must be"),
    ("LayerScale", {"init_values": 1.0, "projection_dim": 0}, "projection_dim must be a positive whole number"),
    ("StochasticDepth", {"drop_path_rate": 1.0}, r"drop_path_rate must lie in \[0, 1\), got 1.0"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "options", "said"), ARGUMENTS)
def test_arguments(kind: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(GlbackendError, match=said):
        LAYERS.find(kind).thing(**options)


FLOATS, TEXTS = np.array([[0.5, 2.0]], np.float32), np.array([["a", "b"]], object)
COMPLEX = np.array([[1 + 2j]], np.complex64)
INPUTS: list[tuple[str, dict[str, Any], Any, str]] = [
    ("StringLookup", WORDS, FLOATS, "inputs must be string, got a Tensor of shape .* .float32"),
    ("StringLookup", WORDS, [[1, 2]], "inputs must be string"),
    ("StringLookup", WORDS, [[1.5]], r"inputs must be texts or whole numbers in lists.* got \[\[1.5\]\]"),
    ("StringLookup", WORDS, [["a"], ["b", "a"]], "regular"),
    ("StringLookup", {**WORDS, "invert": True}, TEXTS, "inputs must be float32 or int32 or bool"),
    ("IntegerLookup", NUMBERS, TEXTS, "inputs must be float32 or int32 or bool"),
    ("IntegerLookup", NUMBERS, COMPLEX, "inputs must be float32 or int32 or bool"),
    ("IntegerLookup", NUMBERS, None, "got None"),
    ("Hashing", {"num_bins": 3}, COMPLEX, "inputs must be string or float32 or int32 or bool"),
    ("Hashing", {"num_bins": 3, "mask_value": "x"}, [[1, 2]], "mask_value 'x' is never among .* int32"),
    ("Hashing", {"num_bins": 3, "mask_value": 1}, TEXTS, "mask_value 1 is never among .* string"),
    ("Discretization", {"bin_boundaries": [0.0]}, TEXTS, "inputs must be float32 or int32 or bool"),
    ("CategoryEncoding", {"num_tokens": 3}, TEXTS, "inputs must be float32 or int32 or bool"),
    ("CategoryEncoding", {"num_tokens": 3}, np.array([[NAN]], np.float32), "at least 0 and below 3, got nan"),
    ("Normalization", {}, TEXTS, "inputs must be float32 or int32 or bool"),
    ("TextVectorization", WORDS, FLOATS[:, :1], "inputs must be string"),
    ("LayerScale", {"init_values": 1.0, "projection_dim": 3}, FLOATS, "projection_dim = 3 channels"),
    (
        "LayerScale",
        {"init_values": 1.0, "projection_dim": 1},
        np.zeros((), np.float32),
        "projection_dim = 1 channels",
    ),
    ("CustomScaleLayer", {"scale": 1.0}, [FLOATS] * 3, "needs a list of two inputs, got 3"),
    ("Subtract", {}, [FLOATS] * 3, "needs a list of two inputs, got 3"),
]


@pytest.mark.parametrize(("kind", "options", "given", "said"), INPUTS)
def test_inputs(kind: str, options: dict[str, Any], given: Any, said: str, backend: str) -> None:
    layer = LAYERS.find(kind).thing(**options)
    with pytest.raises(GlbackendError, match=said) as caught:
        layer(given)
    assert layer.name in str(caught.value) or kind == "CategoryEncoding"


ADAPTING: list[tuple[str, dict[str, Any], Any, str]] = [
    ("StringLookup", {}, FLOATS, "adapt takes texts, got an array of shape"),
    ("StringLookup", {}, np.array([["a", 1]], object), "adapt takes texts"),
    ("StringLookup", {}, "words", "adapt takes an array, a tensor or batches of them, got 'words'"),
    ("IntegerLookup", {}, TEXTS, "adapt takes numbers"),
    ("IntegerLookup", {}, np.array([[NAN]]), "must be a list of whole numbers"),
    ("Discretization", {"num_bins": 2}, TEXTS, "adapt takes numbers"),
    ("Discretization", {"num_bins": 2}, [], "no data"),
    ("Discretization", {"num_bins": 2}, iter([FLOATS[:0]]), "no data"),
    ("StringLookup", {}, iter([]), "no data"),
    ("Normalization", {}, TEXTS, "adapt takes numbers"),
    ("Normalization", {}, COMPLEX, "adapt takes numbers"),
    ("Normalization", {}, [[1.0], [2.0, 3.0]], "adapt takes regular arrays"),
    ("TextVectorization", {}, FLOATS, "adapt takes texts"),
    ("TextVectorization", {}, {"a": 1}, "adapt takes an array"),
]


@pytest.mark.parametrize(("kind", "options", "given", "said"), ADAPTING)
def test_adapting(kind: str, options: dict[str, Any], given: Any, said: str) -> None:
    layer = LAYERS.find(kind).thing(**options)
    with pytest.raises(GlbackendError, match=said) as caught:
        layer.adapt(given)
    assert layer.name in str(caught.value) and not layer.built, "state is left as it was"


def test_weights_of_words() -> None:
    layer = gl.layers.string_lookup(output_mode="tf_idf")
    for given in (3, ["a"], [None], "ab"):
        with pytest.raises(GlbackendError, match="idf_weights must be a list of numbers"):
            layer.set_vocabulary(["a", "b"], given)


ONE_OF_EACH = {case.class_name: case for case in reversed(layer_cases())}


def as_texts(array: Any) -> Any:
    return gl.tensor(np.full(array.shape, "a", object))


def as_complex(array: Any) -> Any:
    return gl.tensor(np.ones(array.shape, np.complex64))


@pytest.mark.parametrize("made", [as_texts, as_complex])
@pytest.mark.parametrize("case", ONE_OF_EACH.values(), ids=lambda case: case.class_name)
def test_every_layer_names_itself(case: LayerCase, made: Callable[[Any], Any]) -> None:
    """Of inputs that it cannot take; some take texts, as what only moves them does."""
    layer = case.built()
    given = [made(one) for one in case.inputs]
    try:
        case.results(layer, given)
    except GlbackendError as error:
        names = [layer.name, *(one.name for one in layer._with_inner_layers())]
        assert any(name in str(error) for name in names)


def test_a_layer_called_as_an_argument() -> None:
    with pytest.raises(GlbackendError, match=r"^Dense 'a': .*argument 'a' is string"):
        gl.layers.dense(units=2, name="a")(gl.tensor([["x"]]))


def test_an_empty_list() -> None:
    with pytest.raises(GlbackendError, match="takes tensors, arrays or symbolic tensors, got an empty list"):
        gl.layers.dense(units=2)([])


def test_stochastic_depth_of_a_single_number() -> None:
    """Which is an example by itself."""
    found = gl.layers.stochastic_depth(0.5, seed=1)(gl.scalar(3.0), training=True)
    assert found.shape == () and found.item() in (0.0, 6.0)
