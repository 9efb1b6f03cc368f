"""Small real models as PyTorch exports them, and what ONNX Runtime gives: `python tools/onnx_exports.py`
writes tests/golden/onnx_exports.zip, with a Python that has torch, onnx and onnxruntime.
"""

import io
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from onnx import numpy_helper
from torch import nn

GOLDEN = Path(__file__).resolve().parents[1] / "tests" / "golden" / "onnx_exports.zip"


class Residual(nn.Module):
    """Convolutions with normalisations, a residual, a depthwise one with hard swish, a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.block = nn.Sequential(
            nn.Conv2d(8, 8, 3, 1, 1, bias=False), nn.BatchNorm2d(8), nn.Hardswish(),
            nn.Conv2d(8, 8, 3, 1, 1, groups=8), nn.BatchNorm2d(8),
        )  # fmt: skip
        self.head = nn.Linear(8, 5)

    def forward(self, x: Any) -> Any:
        x = self.stem(x)
        x = nn.functional.max_pool2d(nn.functional.relu(x + self.block(x)), 2)
        return self.head(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)).softmax(-1)


class Segments(nn.Module):
    """Down by strides, up by a transposed convolution and by interpolation, with a skip."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(3, 6, 3, 2, 1)
        self.deep = nn.Conv2d(6, 8, 3, 2, 1)
        self.up = nn.ConvTranspose2d(8, 6, 2, 2)
        self.norm = nn.GroupNorm(2, 12)
        self.out = nn.Conv2d(12, 2, 1)

    def forward(self, x: Any) -> Any:
        a = nn.functional.silu(self.down(x))
        b = self.up(nn.functional.leaky_relu(self.deep(a), 0.1))
        y = nn.functional.interpolate(self.norm(torch.cat([a, b], 1)), size=x.shape[-2:], mode="bilinear")
        return self.out(y), y.argmax(1)


class Words(nn.Module):
    """An embedding, two recurrent layers, one of them both ways, and the last step."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(20, 6)
        self.lstm = nn.LSTM(6, 5, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(10, 4, batch_first=True)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        y, _ = self.gru(self.lstm(self.embed(x))[0])
        return self.head(y[:, -1]).log_softmax(-1)


class Attends(nn.Module):
    """A transformer's encoder over tokens with positions."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.place = nn.Embedding(20, 8), nn.Embedding(16, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, "gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x: Any) -> Any:
        positions = torch.arange(x.shape[1])
        return self.encoder(self.embed(x) + self.place(positions)).mean(1)


class Signals(nn.Module):
    """Convolutions over sequences with gaps, a layer norm, gathering and cumulative sums."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv1d(2, 6, 3, padding=2, dilation=2), nn.Conv1d(6, 4, 4, stride=2)
        self.norm = nn.LayerNorm(4)

    def forward(self, x: Any) -> Any:
        y = self.two(nn.functional.elu(self.one(x))).transpose(1, 2)
        y = self.norm(y).cumsum(1)
        best = y.abs().sum(-1).topk(2, dim=1).indices
        return torch.gather(y, 1, best.unsqueeze(-1).expand(-1, -1, 4)).tanh()


def inputs(kind: str, batch: int, rng: np.random.Generator) -> Any:
    """What a model is given."""
    if kind in ("Words", "Attends"):
        return rng.integers(0, 20, (batch, 7))
    shape = (batch, 2, 15) if kind == "Signals" else (batch, 3, 16, 16)
    return rng.normal(size=shape).astype(np.float32)


MODELS = ((Residual, 13), (Segments, 17), (Words, 14), (Attends, 18), (Signals, 20))


def main() -> None:
    """Exports all, and asks ONNX Runtime."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for cls, opset in MODELS:
            kind, module = cls.__name__, cls().eval()
            for one in module.modules():
                if isinstance(one, nn.BatchNorm2d):
                    one.running_mean.normal_()
                    one.running_var.uniform_(0.5, 2.0)
            stream = io.BytesIO()
            given = torch.from_numpy(inputs(kind, 2, rng))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                torch.onnx.export(
                    module, (given,), stream, opset_version=opset, dynamo=False, input_names=["x"],
                    dynamic_axes={"x": {0: "batch"}},
                )  # fmt: skip
            text = stream.getvalue()
            archive.writestr(zipfile.ZipInfo(f"{kind}/model.onnx"), text, zipfile.ZIP_DEFLATED)
            session = onnxruntime.InferenceSession(text, providers=["CPUExecutionProvider"])
            for batch in (2, 3):
                x = inputs(kind, batch, rng)
                for i, value in enumerate([x, *session.run(None, {"x": x})]):
                    name = f"{kind}/{batch}/{'input_0' if not i else f'output_{i - 1}'}.pb"
                    data = numpy_helper.from_array(value).SerializeToString()
                    archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    GOLDEN.write_bytes(file.getvalue())


if __name__ == "__main__":
    main()
