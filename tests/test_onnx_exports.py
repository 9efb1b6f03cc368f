"""Small real models that PyTorch exported (tools/onnx_exports.py), against ONNX Runtime, at two batch sizes."""

import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import glbackend as gl
from glbackend.testing.interpret import replay
from tools.onnx_cases import difference

GOLDEN = Path(__file__).parent / "golden" / "onnx_exports.zip"
MODELS = ("Residual", "Segments", "Words", "Attends", "Signals")


def values(kind: str, batch: int) -> list[np.ndarray]:
    """The input, and what ONNX Runtime gives."""
    with zipfile.ZipFile(GOLDEN) as archive:
        names = sorted(name for name in archive.namelist() if name.startswith(f"{kind}/{batch}/"))
        return [numpy_helper.to_array(onnx.TensorProto.FromString(archive.read(name))) for name in names]


def loaded(kind: str) -> gl.OnnxModel:
    with zipfile.ZipFile(GOLDEN) as archive:
        return gl.load_onnx_model(archive.read(f"{kind}/model.onnx"))


@pytest.mark.parametrize("kind", MODELS)
def test_exported_model(kind: str, backend: str) -> None:
    model = loaded(kind)
    for batch in (2, 3):
        x, *wanted = values(kind, batch)
        found = model.predict(x)
        for one, got in zip(wanted, found if isinstance(found, list) else [found], strict=True):
            assert difference(one, got, 1e-4, 1e-4) == ""


@pytest.mark.parametrize("kind", ["Residual", "Attends"])
def test_exported_model_as_a_graph(kind: str) -> None:
    model = loaded(kind)
    x, wanted = values(kind, 2)
    given = gl.tensor(x)
    graph = gl.trace(model.predict, given)
    assert np.allclose(replay(graph, given).numpy(), wanted, 1e-4, 1e-4)
