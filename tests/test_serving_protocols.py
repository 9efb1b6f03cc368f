"""A thousand requests in the forms that TensorFlow Serving's documentation has, and Triton's own client."""

import base64
import json
import random
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.serving import Service, Signature, TensorInfo
from tests.test_serving_clients import Running

FLOATS = Signature({"x": TensorInfo("float32", (None, 2))}, {"y": TensorInfo("float32", (None, 2))})
PAIR = Signature(
    {"a": TensorInfo("int32", (None,)), "b": TensorInfo("bool", (None, 2))},
    {"c": TensorInfo("int32", (None,)), "d": TensorInfo("bool", (None, 2))},
)
TEXT = Signature(
    {"s": TensorInfo("string", (None,))},
    {"upper": TensorInfo("string", (None,)), "raw_bytes": TensorInfo("string", (None,))},
)
CUBE = Signature({"n": TensorInfo("int32", (None, 3, 1))}, {"n": TensorInfo("int32", (None, 3, 1))})
SIGNATURES = {"serving_default": FLOATS, "pair": PAIR, "text": TEXT, "cube": CUBE}


class Known:
    """A model whose answers can be told beforehand, with a signature for each dtype."""

    def __init__(self) -> None:
        self.signatures = SIGNATURES

    def run(self, signature: str, inputs: Any) -> Any:
        if signature == "pair":
            return {"c": inputs["a"] + 1, "d": ~inputs["b"]}
        if signature == "text":
            upper = np.array([one.upper() for one in inputs["s"]], object)
            return {"upper": upper, "raw_bytes": inputs["s"]}
        return {"n": -inputs["n"]} if signature == "cube" else {"y": inputs["x"] * 2}


def rows_of(signature: str, count: int, rng: random.Random) -> tuple[list[Any], list[Any]]:
    """Rows of inputs by name, and of outputs as JSON must tell them."""
    given, wanted = [], []
    for _ in range(count):
        number = rng.randint(-1000, 1000)
        if signature == "pair":
            flags = [rng.random() < 0.5, rng.random() < 0.5]
            given.append({"a": number, "b": flags})
            wanted.append({"c": number + 1, "d": [not flag for flag in flags]})
        elif signature == "text":
            word = rng.choice(["ab", "", "größe", 'a "b"\n', "\u2028x"])
            coded = {"b64": base64.b64encode(word.encode()).decode()}
            given.append({"s": rng.choice([word, coded])})
            wanted.append({"upper": word.upper(), "raw_bytes": coded})
        elif signature == "cube":
            given.append({"n": [[number], [0], [2]]})
            wanted.append({"n": [[-number], [0], [-2]]})
        else:
            given.append({"x": rng.choice([[number / 8, 0.5], [number, -1]])})
            wanted.append({"y": [2.0 * one for one in given[-1]["x"]]})
    return given, wanted


def columns(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: [row[name] for row in rows] for name in rows[0]}


def only(values: Any) -> Any:
    """What stands for an object of one entry, or the object."""
    return next(iter(values.values())) if len(values) == 1 else values


def request_of(rng: random.Random) -> tuple[str, Any, Any]:
    """Path, body and answer, in one of the documented forms."""
    signature = rng.choice(list(SIGNATURES))
    given, wanted = rows_of(signature, rng.randint(1, 4), rng)
    body: dict[str, Any] = {} if signature == "serving_default" else {"signature_name": signature}
    named = rng.random() < 0.5
    if rng.random() < 0.5:
        body["instances"] = given if named else [only(row) for row in given]
        answer = {"predictions": [only(row) for row in wanted]}
    else:
        body["inputs"] = columns(given) if named else only(columns(given))
        answer = {"outputs": only(columns(wanted))}
    path = rng.choice(
        ["/v1/models/m", "/v1/models/m/versions/1", "/v1/models/m/labels/stable", "/V1/Models/m"]
    )
    return f"{path}:{rng.choice(['predict', 'Predict'])}", body, answer


def kinds(value: Any) -> Any:
    """The values with their types: 1, 1.0 and true are three answers."""
    if isinstance(value, dict):
        return {key: kinds(one) for key, one in value.items()}
    return [kinds(one) for one in value] if isinstance(value, list) else (type(value).__name__, value)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    gl.set_backend("cpu")
    gl.sequential([gl.layers.dense(units=2, input_shape=[4], name="inner")]).save(tmp_path / "1")
    service = Service({"m": tmp_path, "net": tmp_path}, labels={"m": {"stable": 1}}, poll=0)
    served = service.models["m"].serving
    assert served is not None
    served.servable = Known()
    made = Running(service, slow=20.0)
    yield made
    made.end()
    service.close()


def test_a_thousand_requests_in_the_documented_forms(running: Running) -> None:
    rng = random.Random(14)
    connection = HTTPConnection("127.0.0.1", running.port, timeout=20)
    for _ in range(1000):
        path, body, wanted = request_of(rng)
        connection.request("POST", path, json.dumps(body, ensure_ascii=rng.random() < 0.5).encode())
        answer = connection.getresponse()
        found = json.loads(answer.read())
        assert (answer.status, kinds(found)) == (200, kinds(wanted)), (path, body)
    connection.close()


def test_tritons_client(running: Running) -> None:
    triton = pytest.importorskip("tritonclient.http", reason="pip install 'tritonclient[http]'")
    x = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 4)
    wanted = running.server.config.app.service.models["net"].serving.servable.run(
        "serving_default", {"inner_input": x}
    )["inner"]
    client = triton.InferenceServerClient(f"127.0.0.1:{running.port}")
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("net", "1")
    assert client.get_model_metadata("net")["inputs"][0]["shape"] == [-1, 4]
    for raw in (True, False):
        given = triton.InferInput("inner_input", [3, 4], "FP32")
        given.set_data_from_numpy(x, binary_data=raw)
        for outputs in (None, [triton.InferRequestedOutput("inner", binary_data=raw)]):
            for coding in (None, "gzip", "deflate"):
                found = client.infer("net", [given], outputs=outputs, request_compression_algorithm=coding)
                np.testing.assert_allclose(found.as_numpy("inner"), wanted, rtol=1e-5, atol=1e-6)
    with pytest.raises(triton.InferenceServerException, match="Servable not found"):
        client.infer("other", [given])
    client.close()
