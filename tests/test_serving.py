"""The server: TensorFlow Serving's and KServe's rules, batches, versions, limits, and real sockets."""

import asyncio
import json
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from bench.serving import start as start_server
from bench.soak import PATHS, mutated, soak
from glbackend.serving import Limits, Service, ServingError, Signature, TensorInfo, tensor_json
from glbackend.serving import app as app_module
from glbackend.serving import versions as versions_module
from glbackend.serving.app import Application, PlainServer, Timers
from glbackend.serving.batching import Batcher, Reply, Work
from glbackend.serving.tensor_json import float_texts
from glbackend.serving.together import as_array

X = np.linspace(-1, 1, 64, dtype=np.float32).reshape(16, 4)


def save(folder: Path, version: int, bias: float = 0.0) -> gl.Model:
    model = gl.sequential(
        [
            gl.layers.dense(units=5, input_shape=[4], activation="tanh", name="inner"),
            gl.layers.dense(units=2, name="score", bias_initializer=gl.initializers.constant(bias)),
        ]
    )
    model.save(folder / str(version))
    return model


@pytest.fixture
def folder(tmp_path: Path, backend: str) -> Path:
    gl.set_seed(3)
    save(tmp_path, 1)
    return tmp_path


@pytest.fixture
def service(folder: Path) -> Iterator[Service]:
    made = Service({"m": folder}, poll=0)
    assert made.failures() == {}
    yield made
    made.close()


def ask(service: Service, method: str, path: str, body: Any = b"", **headers: str) -> tuple[int, Any]:
    """Status and JSON of an answer."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = service.answer(method, path, raw, headers)
    return answer.status, json.loads(answer.body) if answer.content_type == "application/json" else answer


def predict(service: Service, body: Any, path: str = "/v1/models/m:predict") -> tuple[int, Any]:
    return ask(service, "POST", path, body)


def expected(folder: Path, x: Any = X, version: int = 1) -> Any:
    return gl.load_layers_model(folder / str(version)).predict(np.asarray(x, np.float32)).numpy()


def test_rows_and_columns(service: Service, folder: Path) -> None:
    wanted = expected(folder)
    status, found = predict(service, {"instances": X.tolist()})
    assert status == 200
    np.testing.assert_allclose(found["predictions"], wanted, rtol=1e-5, atol=1e-6)
    status, found = predict(service, {"inputs": {"inner_input": X.tolist(), "more": 1}})
    np.testing.assert_allclose(found["outputs"], wanted, rtol=1e-5, atol=1e-6)
    rows = [{"inner_input": row} for row in X[:2].tolist()]
    status, found = predict(service, {"instances": rows, "signature_name": "serving_default"})
    np.testing.assert_allclose(found["predictions"], wanted[:2], rtol=1e-5, atol=1e-6)
    assert predict(service, {"inputs": np.zeros((0, 4)).tolist()})[0] in (200, 400)  # [] says no second dim


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "JSON Parse error"),
        (b"[" * 100_000, "JSON Parse error"),
        ([1], "must be a JSON object"),
        ({}, "no 'instances' or 'inputs'"),
        ({"instances": [[1, 2, 3, 4]], "inputs": [[1, 2, 3, 4]]}, "both"),
        ({"instances": []}, "at least one value"),
        ({"instances": [[1, 2, 3]]}, "must have shape ['any', 4], got [1, 3]"),
        ({"instances": [[1, 2, 3, 4], [1, 2]]}, "lists of 4 and of 2 are mixed"),
        ({"instances": [[1, 2, 3, [4]]]}, "a list stands where a value should"),
        ({"instances": [[1, 2, 3, 4], 5]}, "a value stands where a list"),
        ({"instances": [[1, 2, 3, "4"]]}, "is not a float"),
        ({"instances": [[1, 2, 3, True]]}, "is not a float"),
        ({"instances": [[1, 2, 3, 2**24]]}, "without loss of precision"),
        ({"instances": [{"inner_input": [1, 2, 3, 4]}, [1, 2, 3, 4]]}, "mixes objects and plain values"),
        ({"instances": [{"inner_input": [1, 2, 3, 4], "more": 1}]}, "has the keys"),
        ({"inputs": {"other": [[1, 2, 3, 4]]}}, "has no inner_input"),
        ({"instances": [[1, 2, 3, 4]], "signature_name": "none"}, "not found"),
        ({"instances": [[1, 2, 3, 4]], "signature_name": 1}, "must be a string"),
    ],
)
def test_wrong_requests_are_400(service: Service, body: Any, words: str) -> None:
    status, found = predict(service, body)
    assert status == 400 and words in found["error"], found


def test_paths(service: Service) -> None:
    good = {"instances": X[:1].tolist()}
    assert predict(service, good, "/V1/MODELS/m:PREDICT")[0] == 200
    assert predict(service, good, "/v1/models/m/versions/1:predict")[0] == 200
    assert predict(service, good, "/v1/models/m/versions/2:predict")[0] == 404
    assert predict(service, good, "/v1/models/m/labels/best:predict")[0] == 400
    assert predict(service, good, "/v1/models/other:predict") == (
        404,
        {"error": "Servable not found for request: other"},
    )
    assert ask(service, "GET", "/v1/models/m:predict") == (
        400,
        {"error": "Malformed request: GET /v1/models/m:predict"},
    )
    assert ask(service, "PUT", "/v1/anything")[0] == 400
    assert ask(service, "GET", "/anything")[0] == 404
    number = "9" * 5000  # that Python makes no int of
    assert predict(service, good, f"/v1/models/m/versions/{number}:predict")[0] == 400
    assert predict(service, good, f"/v2/models/m/versions/{number}/infer")[0] == 404
    assert ask(service, "GET", "/health")[1]["status"] == "ok"


def test_status_and_metadata(service: Service) -> None:
    assert ask(service, "GET", "/v1/models/m")[1] == {
        "model_version_status": [
            {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
        ]
    }
    spec = ask(service, "GET", "/v1/models/m/metadata")[1]
    assert spec["model_spec"]["version"] == "1"
    signature = spec["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["inner_input"]["dtype"] == "DT_FLOAT"
    assert [one["size"] for one in signature["outputs"]["score"]["tensor_shape"]["dim"]] == ["-1", "2"]


def test_classify_and_regress(service: Service, folder: Path) -> None:
    body = {"context": {}, "examples": [{"inner_input": row} for row in X[:3].tolist()]}
    status, found = predict(service, body, "/v1/models/m:classify")
    assert status == 200 and [name for name, _ in found["results"][0]] == ["0", "1"]
    np.testing.assert_allclose([s for _, s in found["results"][2]], expected(folder)[2], rtol=1e-5)
    status, found = predict(service, body, "/v1/models/m:regress")
    assert status == 400 and "one number an example" in found["error"]
    assert predict(service, {"examples": []}, "/v1/models/m:classify")[0] == 400


def test_numbers_are_written_as_tensorflow_does() -> None:
    third = float(np.float32(1 / 3))
    written = float_texts(np.array([1.0, 0.1, third, 1e10, -np.inf, np.nan, 1.5e-7], np.float32))
    assert written == ["1.0", "0.1", "0.333333343", "1e+10", "-Infinity", "NaN", "1.5e-07"]
    rng = np.random.default_rng(0)
    values = (rng.normal(size=200) * 10.0 ** rng.integers(-30, 30, 200)).astype(np.float32)
    assert [np.float32(text) for text in float_texts(values)] == values.tolist()


@pytest.mark.parametrize(
    ("dtype", "given"),
    [
        ("float32", 2.5),
        ("int32", -7),
        ("bool", True),
        ("float32", [[1, 0.5], [3, 1e39]]),
        ("int32", [[], []]),
    ],
)
def test_arrays_of_every_rank_come_as_they_are_given(dtype: Any, given: Any) -> None:
    with np.errstate(over="ignore"):
        wanted = np.array(given, np.float64).astype(dtype)
    signature = Signature({"x": TensorInfo(dtype, (None,) * wanted.ndim)}, {})
    found, _ = tensor_json.inputs_of({"inputs": {"x": given}}, signature)
    assert found["x"].dtype == wanted.dtype and found["x"].shape == wanted.shape
    np.testing.assert_array_equal(as_array(found["x"]), wanted)


def test_not_a_number_both_ways(service: Service) -> None:
    status, found = predict(service, b'{"instances": [[NaN, 0, 0, 0], [Infinity, 0, 0, -Infinity]]}')
    assert status == 200 and np.isnan(found["predictions"][0]).all()


# -- KServe ----------------------------------------------------------------------------------------------------


def kserve(data: Any, shape: list[int], datatype: str = "FP32", **more: Any) -> dict[str, Any]:
    return {
        "inputs": [{"name": "inner_input", "shape": shape, "datatype": datatype, "data": data}],
        **more,
    }


def test_kserve_json(service: Service, folder: Path) -> None:
    assert ask(service, "GET", "/v2/health/ready")[0] == ask(service, "GET", "/v2/models/m/ready")[0] == 200
    assert ask(service, "GET", "/v2/models/m")[1]["outputs"] == [
        {"name": "score", "datatype": "FP32", "shape": [-1, 2]}
    ]
    for data, datatype in ((X.ravel().tolist(), "FP32"), (X.tolist(), "FP64"), (X.tolist(), "FP16")):
        status, found = ask(service, "POST", "/v2/models/m/infer", kserve(data, [16, 4], datatype, id="7"))
        assert status == 200 and (found["id"], found["model_version"]) == ("7", "1")
        assert found["outputs"][0]["shape"] == [16, 2]
        np.testing.assert_allclose(
            np.reshape(found["outputs"][0]["data"], (16, 2)), expected(folder), rtol=2e-3, atol=1e-3
        )


def test_kserve_binary(service: Service, folder: Path) -> None:
    head = kserve(None, [16, 4], outputs=[{"name": "score", "parameters": {"binary_data": True}}])
    head["inputs"][0] |= {"parameters": {"binary_data_size": X.nbytes}}
    text = json.dumps(head).encode()
    lengths = {"inference-header-content-length": str(len(text))}
    answer = service.answer("POST", "/v2/models/m/infer", text + X.tobytes(), lengths)
    cut = int(answer.headers["Inference-Header-Content-Length"])
    described = json.loads(answer.body[:cut])["outputs"][0]
    values = np.frombuffer(answer.body[cut:], "<f4").reshape(described["shape"])
    np.testing.assert_allclose(values, expected(folder), rtol=1e-5, atol=1e-6)
    short = service.answer("POST", "/v2/models/m/infer", text + X.tobytes()[:-4], lengths)
    assert short.status == 400 and b"does not fit the body" in short.body


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"inputs": 3}, "must be a list"),
        (kserve([1] * 4, [1, 3]), "must have shape"),
        (kserve([1] * 3, [1, 4]), "has 4 elements, got 3"),
        (kserve(["a"] * 4, [1, 4]), "is not FP32"),
        (kserve([1] * 4, [1, 4], "FP8"), "is not known"),
        (kserve([[1], [1, 2]], [1, 4]), "ragged"),
        (kserve(["a"] * 4, [1, 4], "BYTES"), "must be FP32"),
        (kserve([1] * 4, [1, -4]), "whole numbers"),
        (kserve([1] * 4, [1, 4], outputs=[{"name": "none"}]), "unexpected output"),
        ({"inputs": []}, "missing ['inner_input']"),
    ],
)
def test_wrong_kserve_requests_are_400(service: Service, body: Any, words: str) -> None:
    status, found = ask(service, "POST", "/v2/models/m/infer", body)
    assert status == 400 and words in found["error"], found


# -- batches ---------------------------------------------------------------------------------------------------


def test_answers_do_not_depend_on_neighbours(folder: Path, backend: str) -> None:
    """On cpu to the last bit, whoever runs beside them."""
    service = Service({"m": folder}, limits=Limits(delay=0.02), poll=0)
    alone = [predict(service, {"instances": [row]})[1]["predictions"][0] for row in X.tolist()]
    with ThreadPoolExecutor(16) as threads:
        for _ in range(3):
            together = list(
                threads.map(
                    lambda row: predict(service, {"instances": [row]})[1]["predictions"][0], X.tolist()
                )
            )
            if backend == "cpu":
                assert together == alone
            np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-6)
    text = service.metrics.text(0)
    calls, requests = (
        int(next(line for line in text.splitlines() if line.startswith(f"glbackend_batch_{one}")).split()[1])
        for one in ("calls_total", "requests_total")
    )
    assert requests == 64 and calls < 50, "some ran together"
    service.close()


class Slow:
    """A model that waits until it is let go, and notes how many examples it is given at a time."""

    def __init__(self) -> None:
        info = {"x": TensorInfo("float32", (None,))}
        self.signatures = {"serving_default": Signature(info, info)}
        self.go, self.begun = threading.Event(), threading.Event()
        self.sizes: list[int] = []

    def run(self, signature: str, inputs: Any) -> Any:
        self.begun.set()
        assert self.go.wait(20)
        self.sizes.append(len(inputs["x"]))
        if np.isnan(inputs["x"]).any():
            raise ZeroDivisionError("a secret of the model")
        return {"x": inputs["x"] * 2}


def work(servable: Slow, value: float, seconds: float = 20) -> Work:
    x = np.array([value], np.float32)
    return Work(servable, "serving_default", {"x": x}, Reply(), time.monotonic() + seconds)


def test_the_queue_is_bounded_and_late_or_cancelled_work_is_dropped() -> None:
    slow, noted = Slow(), []
    batcher = Batcher(8, 0.0, 3, lambda requests, rows: noted.append((requests, rows)))
    first = work(slow, 1)
    batcher.put(first)
    assert slow.begun.wait(20)
    waiting = [work(slow, 2), work(slow, 3, seconds=0.0), work(slow, 4)]
    for one in waiting:
        batcher.put(one)
    with pytest.raises(ServingError, match="the queue is full") as caught:
        batcher.put(work(slow, 5))
    assert caught.value.status == 429
    assert waiting[2].reply.future.cancel()
    slow.go.set()
    assert first.reply.future.result(20)["x"].tolist() == [2.0]
    assert waiting[0].reply.future.result(20)["x"].tolist() == [4.0]
    with pytest.raises(ServingError, match="deadline") as caught:
        waiting[1].reply.future.result(20)
    assert caught.value.status == 504
    batcher.close()
    assert noted == [(1, 1), (1, 1)]


def test_a_failing_model_tells_its_class_alone() -> None:
    slow = Slow()
    slow.go.set()
    batcher = Batcher(8, 0.0, 8, lambda requests, rows: None)
    bad = work(slow, np.nan)
    batcher.put(bad)
    with pytest.raises(ServingError) as caught:
        bad.reply.future.result(20)
    assert (caught.value.status, str(caught.value)) == (500, "the model failed (ZeroDivisionError)")
    good = work(slow, 1)
    batcher.put(good)
    assert good.reply.future.result(20)["x"].tolist() == [2.0]
    slow.go.clear()
    slow.begun.clear()
    for one in (work(slow, 0), bad := work(slow, np.nan), good := work(slow, 3)):
        batcher.put(one)
        assert slow.begun.wait(20)  # the two behind the first run together
    slow.go.set()
    assert good.reply.future.result(20)["x"].tolist() == [6.0], "a neighbour's fault is its own"
    with pytest.raises(ServingError, match="ZeroDivisionError"):
        bad.reply.future.result(20)
    batcher.close()


def test_nobody_waits_for_a_closed_server() -> None:
    batcher = Batcher(8, 0.0, 8, lambda requests, rows: None)
    batcher.close()
    batcher.close()
    for ask_it in (lambda: batcher.put(work(Slow(), 1)), lambda: batcher.call(list)):
        with pytest.raises(ServingError, match="is closing") as caught:
            ask_it()
        assert caught.value.status == 503


# -- versions --------------------------------------------------------------------------------------------------


def score(service: Service, path: str = "/v1/models/m:predict") -> float:
    status, found = predict(service, {"instances": [[0.0] * 4]}, path)
    assert status == 200, found
    return found["predictions"][0][0]


def test_a_request_keeps_to_its_version(
    service: Service, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(folder, 2, bias=2.0)
    parse = tensor_json.parse

    def slowly(body: bytes) -> Any:
        service.models["m"].refresh()
        return parse(body)

    monkeypatch.setattr(tensor_json, "parse", slowly)
    assert [score(service), score(service)] == [0.0, 2.0]


def test_versions_take_over_and_roll_back(service: Service, folder: Path) -> None:
    assert score(service) == 0.0
    save(folder, 2, bias=2.0)
    assert service.models["m"].refresh() and score(service) == 2.0
    assert ask(service, "POST", "/admin/models/m/rollback")[0] == 200
    assert score(service) == 0.0
    assert not service.models["m"].refresh(), "a newer one waits"
    assert ask(service, "POST", "/admin/models/m/follow")[0] == 200
    assert score(service) == 2.0
    assert ask(service, "GET", "/admin/models/m/rollback")[0] == 400


def test_labels(folder: Path) -> None:
    service = Service({"m": folder}, labels={"m": {"stable": 1}}, poll=0)
    save(folder, 2, bias=2.0)
    service.models["m"].refresh()
    assert score(service) == 2.0 and score(service, "/v1/models/m/labels/stable:predict") == 0.0
    service.close()


def test_a_version_that_fails_to_load_changes_nothing(service: Service, folder: Path) -> None:
    (folder / "2").mkdir()
    (folder / "2" / "model.json").write_text("{", encoding="utf-8")
    assert not service.models["m"].refresh() and score(service) == 0.0
    states = ask(service, "GET", "/v1/models/m")[1]["model_version_status"]
    assert [(one["version"], one["state"]) for one in states] == [("2", "END"), ("1", "AVAILABLE")]
    assert "ModelFormatError" in states[0]["status"]["error_message"]
    save(folder, 2, bias=2.0)  # mended
    assert service.models["m"].refresh() and score(service) == 2.0


def test_requests_in_flight_never_fail_for_a_new_version(service: Service, folder: Path) -> None:
    ended, seen = threading.Event(), set()

    def client() -> None:
        while not ended.is_set():
            seen.add(score(service))

    threads = [threading.Thread(target=client) for _ in range(3)]
    for thread in threads:
        thread.start()
    for version in (2, 3, 4):
        save(folder, version, bias=float(version))
        assert service.models["m"].refresh()
        service.models["m"].rollback()
        service.models["m"].follow()
    assert service.models["m"].refresh() or service.models["m"].serving
    ended.set()
    for thread in threads:
        thread.join(20)
    assert seen <= {0.0, 2.0, 3.0, 4.0} and len(seen) > 1


def test_a_folder_without_a_model_is_told(tmp_path: Path, backend: str) -> None:
    service = Service({"m": tmp_path}, poll=0)
    assert "no version in" in service.failures()["m"]
    assert ask(service, "GET", "/v2/health/ready")[0] == 503
    service.close()


def test_programs_are_compiled_before_the_first_request(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed = []
    monkeypatch.setattr(versions_module, "warm", lambda servable: warmed.append(servable))
    service = Service({"m": folder}, poll=0)
    assert len(warmed) == 1
    service.close()


# -- what clients may not do -----------------------------------------------------------------------------------


def test_the_token(folder: Path) -> None:
    service = Service({"m": folder}, poll=0, token="sesame")
    assert ask(service, "GET", "/v1/models/m")[0] == 401
    assert ask(service, "GET", "/v1/models/m", authorization="Bearer wrong")[0] == 401
    assert ask(service, "GET", "/v1/models/m", authorization="Bearer sesame")[0] == 200
    assert ask(service, "GET", "/health")[0] == 200
    service.close()


def test_mutated_requests_are_never_500(service: Service) -> None:
    rng = random.Random(5)
    bodies = [
        json.dumps({"instances": X[:2].tolist()}),
        json.dumps({"inputs": {"inner_input": X[:2].tolist()}}),
        json.dumps(kserve(X[:2].tolist(), [2, 4])),
    ]
    statuses = set()
    for _ in range(1000):
        body = mutated(rng.choice(bodies).encode(), rng)
        answer = service.answer("POST", rng.choice(PATHS), body, {})
        assert answer.status in (200, 400, 404), (body, answer)
        statuses.add(answer.status)
    assert statuses >= {200, 400}


SCOPE: dict[str, Any] = {
    "type": "http",
    "method": "POST",
    "path": "/v1/models/m:predict",
    "headers": [],
}


def receiving(body: bytes) -> Any:
    """What an ASGI server lets an application ask: a body, and nothing after it."""
    messages = iter([{"type": "http.request", "body": body}])

    async def receive() -> dict[str, Any]:
        for message in messages:
            return message
        return await asyncio.get_running_loop().create_future()

    return receive


def test_a_body_that_does_not_arrive_is_408(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "SLOW_SECONDS", 0.05)
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def never() -> dict[str, Any]:
        await asyncio.Event().wait()
        return {}

    bodies = [json.dumps({"instances": X.tolist()}).encode()]

    async def once() -> dict[str, Any]:
        return {"type": "http.request", "body": bodies.pop()} if bodies else await never()

    async def run() -> None:
        app = Application(service)
        await asyncio.gather(*(app(SCOPE, receive, send) for receive in (never, never, once)))
        other = asyncio.create_task(app(SCOPE, never, send))
        await asyncio.sleep(0)
        other.cancel()  # by another than the clock
        with pytest.raises(asyncio.CancelledError):
            await other
        await app(SCOPE, never, send)

    asyncio.run(run())
    statuses = [message["status"] for message in sent if "status" in message]
    assert sorted(statuses) == [200, 408, 408, 408]


def test_timers_call_what_is_due_and_not_called_off() -> None:
    called: list[str] = []

    async def run() -> None:
        timers = Timers(asyncio.get_running_loop(), 0.03)
        calls = [lambda name=name: called.append(name) for name in "abc"]
        timers.start(calls[0])
        timers.start(calls[1])
        assert timers.stop(calls[1]) and not timers.stop(calls[1])
        await asyncio.sleep(0.02)
        timers.start(calls[2])
        while len(called) < 2:
            await asyncio.sleep(0.01)
        assert not timers.stop(calls[0])

    asyncio.run(asyncio.wait_for(run(), 20))
    assert called == ["a", "c"]


# -- sockets ---------------------------------------------------------------------------------------------------


def post(port: int, body: Any, path: str = "/v1/models/m:predict") -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", path, json.dumps(body))
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


def test_the_standard_librarys_server(folder: Path) -> None:
    service = Service({"m": folder}, limits=Limits(body=5000), poll=0)
    server = PlainServer(service, "127.0.0.1", 0)
    thread = server.start()
    port = server.server_address[1]
    status, found = post(port, {"instances": X.tolist()})
    assert status == 200
    np.testing.assert_allclose(found["predictions"], expected(folder), rtol=1e-5, atol=1e-6)
    assert post(port, {"instances": [[0.0] * 4] * 2000})[0] == 413
    with socket.create_connection(("127.0.0.1", port)) as slow:  # says it has more than it sends
        slow.sendall(b"POST /v1/models/m:predict HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        assert post(port, {"instances": X.tolist()})[0] == 200, "others go on"
    server.shutdown()
    server.server_close()
    thread.join(20)
    service.close()


def start(folder: Path, *more: str) -> tuple[subprocess.Popen[str], int]:
    command = ["-m", "glbackend", "serve", "--model", f"m={folder}", "--port", "0", *more]
    return start_server(*command, stderr=subprocess.PIPE)


@pytest.fixture
def on_cpu(tmp_path: Path) -> Path:
    gl.set_backend("cpu")
    save(tmp_path, 1)
    return tmp_path


def test_the_command(on_cpu: Path) -> None:
    """Many connections, a client that leaves, a new version by itself, a kill, a start anew, a graceful end."""
    process, port = start(on_cpu, "--backend", "cpu", "--poll", "0.05")
    try:
        with ThreadPoolExecutor(16) as threads:
            answers = list(threads.map(lambda _: post(port, {"instances": X.tolist()}), range(200)))
        assert {status for status, _ in answers} == {200}
        assert all(found == answers[0][1] for _, found in answers), "bit by bit"
        body = json.dumps({"instances": X.tolist()}).encode()
        with socket.create_connection(("127.0.0.1", port)) as leaving:
            head = f"POST /v1/models/m:predict HTTP/1.1\r\nHost: m\r\nContent-Length: {len(body)}\r\n\r\n"
            leaving.sendall(head.encode() + body)
        save(on_cpu, 2, bias=2.0)
        until = time.monotonic() + 20
        while post(port, {"instances": [[0.0] * 4]})[1]["predictions"][0][0] != 2.0:
            assert time.monotonic() < until
            time.sleep(0.05)
    finally:
        process.kill()
        process.communicate(timeout=20)
    process, port = start(on_cpu, "--backend", "cpu")
    assert post(port, {"instances": [[0.0] * 4]})[1]["predictions"][0][0] == 2.0
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    assert "Traceback" not in errors


def test_a_tenth_of_the_soak(on_cpu: Path) -> None:
    """10,000 requests, 1,000 broken ones, a kill; the whole is a command: `python -m bench soak`."""
    found = soak("cpu", connections=32, requests=10_000, broken=1_000)
    assert found.faults == []
    assert set(found.statuses) <= {200, 400} and found.statuses[400] > 500


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "m"], "must be NAME=FOLDER"),
        (["--model", "m=nowhere"], "there is no such folder"),
        (["--model", "m=.", "--label", "m=1"], "NAME:LABEL=VERSION"),
        (["--model", "m=."], "no version in"),
    ],
)
def test_wrong_commands_are_told(
    arguments: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from glbackend.cli.main import main

    monkeypatch.chdir(tmp_path)
    gl.set_backend("cpu")
    assert main(["serve", *arguments]) == 1
    assert words in capsys.readouterr().err
