"""Requests to answers, without a socket: TensorFlow Serving's REST, KServe v2, health, metrics, versions."""

import hmac
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from glbackend.serving import kserve, tensor_json
from glbackend.serving.batching import Batcher, Reply, Work
from glbackend.serving.metrics import Metrics
from glbackend.serving.response import NOTHING, Response, ServingError, as_error, as_json, decoded
from glbackend.serving.servable import Servable, Signature
from glbackend.serving.together import Given, Outputs
from glbackend.serving.versions import Versions

TFS = re.compile(
    r"/v1/models/(?P<model>[^/:]+)(?:/versions/(?P<version>[0-9]{1,18})|/labels/(?P<label>[^/:]+))?"
    r"(?::(?P<verb>predict|classify|regress)|(?P<metadata>/metadata))?",
    re.IGNORECASE,
)
KSERVE = re.compile(
    r"/v2/models/(?P<model>[^/]+)(?:/versions/(?P<version>[0-9]{1,18}))?(?P<verb>/ready|/infer)?",
    re.IGNORECASE,
)
ADMIN = re.compile(r"/admin/models/(?P<model>[^/]+)/(?P<verb>rollback|follow|refresh)", re.IGNORECASE)
TF_TYPES = {"float32": "DT_FLOAT", "int32": "DT_INT32", "bool": "DT_BOOL", "string": "DT_STRING"}
KEPT_ROUTES = 256  # paths that are asked for again
Inputs = Mapping[str, Given]
Write = Callable[[Outputs], Response]
Run = Callable[[bytes, Mapping[str, str]], "Response | Pending"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server takes.

    `max_batch`: examples that run together.
    `delay`: seconds that a request waits for others, at most.
    `queue`: requests that may wait; more are answered with 429.
    `deadline`: seconds after which a request that still waits is answered with 504.
    `body`: bytes of a request.
    """

    max_batch: int = 64
    delay: float = 0.01
    queue: int = 1024
    deadline: float = 30.0
    body: int = 64 * 2**20


class Service:
    """Some models, and answers to requests about them. `close` ends it.

    `models`: folders by name; each holds numbered versions, or is itself version 1.
    `labels`: for each model names of versions that requests may use.
    `limits`: what is taken.
    `poll`: seconds between two looks for new versions; 0 for none.
    `token`: what requests must bring as "Authorization: Bearer TOKEN"; None for nothing.

    Raises ArgumentError or ModelFormatError where a model has no version that loads. As TensorFlow Serving.
    """

    def __init__(
        self,
        models: Mapping[str, str | Path],
        *,
        labels: Mapping[str, Mapping[str, int]] | None = None,
        limits: Limits | None = None,
        poll: float = 1.0,
        token: str | None = None,
    ) -> None:
        self.limits, self.token = limits or Limits(), token
        self.metrics = Metrics()
        self.batcher = Batcher(
            self.limits.max_batch, self.limits.delay, self.limits.queue, self.metrics.batch
        )
        self.models = {
            name: Versions(name, Path(folder), self.batcher.call, dict((labels or {}).get(name, {})))
            for name, folder in models.items()
        }
        self._known_route = lru_cache(KEPT_ROUTES)(self._route)
        self._closed = threading.Event()
        for one in self.models.values():
            one.refresh()
        if poll:
            threading.Thread(target=self._watch, args=(poll,), name="glbackend-versions", daemon=True).start()

    def close(self) -> None:
        """Ends the requests that wait, then the device's thread; models are given back."""
        self._closed.set()
        self.batcher.close()
        for one in self.models.values():
            one.close()

    def failures(self) -> dict[str, str]:
        """Models of which no version serves, and why."""
        found = {}
        for name, one in self.models.items():
            if one.serving is None:
                errors = [version.error for version in one.versions.values() if version.error]
                found[name] = errors[-1] if errors else f"no version in {one.folder}"
        return found

    def _watch(self, poll: float) -> None:
        while not self._closed.wait(poll):
            for one in self.models.values():
                try:
                    one.refresh()
                except OSError:  # the folder is being moved: look again
                    continue

    # -- requests ------------------------------------------------------------------------------------------

    def answer(self, method: str, path: str, body: bytes, headers: Mapping[str, str] = NOTHING) -> Response:
        """The answer to a request, waited for.

        `path`: without its query, each %XX replaced.
        `headers`: their names in lower case.
        """
        found = self.begin(method, path, body, headers)
        if isinstance(found, Response):
            return found
        reply = Reply()
        if (refused := self.queue(found, reply)) is not None:
            return refused
        try:
            outputs: Outputs | ServingError = reply.future.result()
        except ServingError as error:
            outputs = error
        return self.finish(found, outputs)

    def begin(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str] = NOTHING
    ) -> "Response | Pending":
        """The answer, or a call of a model that has to be queued and finished."""
        start = time.monotonic()
        model, kind, run = self._known_route(method.upper(), path)
        try:
            if self.token is not None and path != "/health":
                _check_token(self.token, headers)
            found = run(decoded(body, headers, self.limits.body), headers)
        except ServingError as error:
            found = as_error(error)
        if isinstance(found, Response):
            self.metrics.request(model, kind, found.status, time.monotonic() - start)
            return found
        found.model, found.kind, found.start = model, kind, start
        return found

    def queue(self, call: "Pending", reply: Reply) -> Response | None:
        """Queues a call, whose outputs `reply` gets; the answer where the queue is full."""
        deadline = call.start + self.limits.deadline
        try:
            self.batcher.put(Work(call.servable, call.signature, call.inputs, reply, deadline))
        except ServingError as error:
            return self.finish(call, error)
        return None

    def finish(self, call: "Pending", outputs: Outputs | ServingError | None) -> Response:
        """The answer of a call's outputs, or of what became of it; None: its client has left."""
        if outputs is None:
            answer = Response(499, b"")
        else:
            try:
                answer = as_error(outputs) if isinstance(outputs, ServingError) else call.write(outputs)
            except ServingError as error:
                answer = as_error(error)
        self.metrics.request(call.model, call.kind, answer.status, time.monotonic() - call.start)
        return answer

    def _route(self, method: str, path: str) -> tuple[str, str, Run]:
        """The model's name, the kind of request (for the metrics), and what answers it."""
        if path == "/health":
            return "", "health", lambda body, headers: as_json(self._health())
        if path == "/metrics":
            return "", "metrics", lambda body, headers: self._metrics()
        malformed = _failing(400, f"Malformed request: {method} {path}")
        for pattern, route in ((TFS, self._tfs), (KSERVE, self._kserve), (ADMIN, self._admin)):
            match = pattern.fullmatch(path)
            if match is not None:
                model = match["model"]
                if model not in self.models:
                    return "", "unknown", _failing(404, f"Servable not found for request: {model}")
                return model, route.__name__[1:], route(self.models[model], method, match) or malformed
        if path.rstrip("/") in ("/v2", "/v2/health/live", "/v2/health/ready") and method == "GET":
            return "", "kserve", lambda body, headers: self._kserve_server(path.rstrip("/"))
        if path.lower().startswith("/v1/"):
            return "", "unknown", malformed
        return "", "unknown", _failing(404, f"nothing is at {path}")

    def _metrics(self) -> Response:
        text = self.metrics.text(self.batcher.waiting)
        return Response(200, text.encode(), "text/plain; version=0.0.4")

    def _health(self) -> dict[str, Any]:
        return {"status": "ok", "models": sorted(self.models), "waiting": self.batcher.waiting}

    # -- TensorFlow Serving --------------------------------------------------------------------------------

    def _tfs(self, model: Versions, method: str, match: re.Match[str]) -> Run | None:
        """What answers a request of this form; None where its method is another."""
        number = None if match["version"] is None else int(match["version"])
        label, verb = match["label"], (match["verb"] or "").lower()
        if method != ("POST" if verb else "GET"):
            return None
        if verb:
            return lambda body, headers: self._predict(model.find(number, label)[1], verb, body)
        if match["metadata"]:
            return lambda body, headers: self._metadata(model, number, label)
        return lambda body, headers: self._status(model, number, label)

    def _predict(self, servable: Servable, verb: str, body: bytes) -> "Pending":
        request = tensor_json.parse(body)
        name = tensor_json.signature_of(request, servable.signatures)
        signature = servable.signatures[name]
        inputs: Inputs
        if verb == "predict":
            inputs, rows = tensor_json.inputs_of(request, signature)
            write: Write = partial(tensor_json.answer, rows=rows)
        else:
            inputs = _examples(request, signature)
            write = partial(_results, classify=verb == "classify")
        return self._ask(servable, name, inputs, write)

    def _status(self, model: Versions, number: int | None, label: str | None) -> Response:
        if number is not None or label is not None:
            chosen = [model.find(number, label)[0]]
        else:
            chosen = sorted(model.versions.values(), key=lambda one: -one.number)
        return as_json({"model_version_status": [one.status() for one in chosen]})

    def _metadata(self, model: Versions, number: int | None, label: str | None) -> Response:
        version, servable = model.find(number, label)
        signatures = {name: _described(one) for name, one in servable.signatures.items()}
        spec = {"name": model.name, "signature_name": "", "version": str(version.number)}
        return as_json({"model_spec": spec, "metadata": {"signature_def": {"signature_def": signatures}}})

    def _ask(self, servable: Servable, signature: str, inputs: Inputs, write: Write) -> "Pending":
        """A call of the model; `write` makes the answer of its outputs."""
        counts = {len(one) for one in inputs.values() if one.ndim}
        if servable.signatures[signature].batches and len(counts) != 1:
            raise ServingError(400, f"the inputs have different numbers of examples: {sorted(counts)}")
        return Pending(servable, signature, inputs, write)

    # -- KServe --------------------------------------------------------------------------------------------

    def _kserve_server(self, path: str) -> Response:
        if path == "/v2":
            return as_json({"name": "glbackend", "version": "1", "extensions": ["binary_tensor_data"]})
        ready = all(one.serving is not None for one in self.models.values())
        return as_json({}, 200 if ready or path.endswith("live") else 503)

    def _kserve(self, model: Versions, method: str, match: re.Match[str]) -> Run | None:
        """What answers a request of this form; None where its method is another."""
        number = None if match["version"] is None else int(match["version"])
        verb = (match["verb"] or "").lower()
        if method != ("POST" if verb == "/infer" else "GET"):
            return None
        if verb == "/infer":
            return lambda body, headers: self._infer(model, number, body, headers)
        return lambda body, headers: self._kserve_model(model, number, ready=bool(verb))

    def _infer(
        self, model: Versions, number: int | None, body: bytes, headers: Mapping[str, str]
    ) -> "Pending":
        version, servable = model.find(number)
        name = kserve.signature_of(servable.signatures)
        signature = servable.signatures[name]
        request, raw = kserve.request_of(body, headers)
        inputs = kserve.inputs_of(request, raw, signature)
        return self._ask(
            servable, name, inputs,
            lambda outputs: kserve.answer(model.name, version.number, request, outputs, signature),
        )  # fmt: skip

    def _kserve_model(self, model: Versions, number: int | None, ready: bool) -> Response:
        _, servable = model.find(number)
        if ready:
            return as_json({})
        signature = servable.signatures[kserve.signature_of(servable.signatures)]
        numbers = [str(one.number) for one in list(model.versions.values()) if one.servable]
        return as_json(kserve.metadata(model.name, numbers, signature))

    # -- administration ------------------------------------------------------------------------------------

    def _admin(self, model: Versions, method: str, match: re.Match[str]) -> Run | None:
        """What answers a request of this form; None where its method is another."""
        if method != "POST":
            return None
        verb = match["verb"].lower()

        def run(body: bytes, headers: Mapping[str, str]) -> Response:
            if verb == "rollback":
                model.rollback()
            else:
                if verb == "follow":
                    model.follow()
                model.refresh()
            return self._status(model, None, None)

        return run


@dataclass(slots=True)
class Pending:
    """A call of a model: what to run on what, how its answer is written; and for the metrics whose it is."""

    servable: Servable
    signature: str
    inputs: Inputs
    write: Write
    model: str = ""
    kind: str = ""
    start: float = 0.0


def _check_token(token: str, headers: Mapping[str, str]) -> None:
    """ServingError 401 where a request does not bring it; takes as long for any wrong one."""
    given = headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise ServingError(401, "this server wants a token: Authorization: Bearer ...")


def _failing(status: int, message: str) -> Run:
    def run(body: bytes, headers: Mapping[str, str]) -> "Response | Pending":
        raise ServingError(status, message)

    return run


def _described(signature: Signature) -> dict[str, Any]:
    """A signature as TensorFlow's protobuf in JSON."""

    def tensors(infos: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: {
                "dtype": TF_TYPES[info.dtype],
                "tensor_shape": {
                    "dim": [{"size": str(-1 if dim is None else dim), "name": ""} for dim in info.shape],
                    "unknown_rank": False,
                },
                "name": name,
            }
            for name, info in infos.items()
        }

    return {
        "inputs": tensors(signature.inputs),
        "outputs": tensors(signature.outputs),
        "method_name": "tensorflow/serving/predict",
    }


def _examples(request: Mapping[str, Any], signature: Signature) -> Inputs:
    """Inputs of classify and regress: "examples", each an object of features, "context" for all of them."""
    examples, context = request.get("examples"), request.get("context", {})
    if not isinstance(examples, list) or not examples or not all(isinstance(one, dict) for one in examples):
        raise ServingError(400, "'examples' must be a list with at least one object")
    if not isinstance(context, dict):
        raise ServingError(400, "'context' must be an object")
    rows = [{**context, **one} for one in examples]
    return tensor_json.inputs_of({"instances": rows}, signature)[0]


def _results(outputs: Outputs, classify: bool) -> Response:
    """Of each example its score, or its classes (by number) with theirs."""
    scores = next(iter(outputs.values()))
    flat = scores.reshape(len(scores), -1)
    if not classify:
        if flat.shape[1:] != (1,):
            raise ServingError(400, f"regress needs one number an example, the model gives {flat.shape[1]}")
        return as_json({"results": [float(one) for one in flat[:, 0]]})
    return as_json({"results": [[[str(i), float(one)] for i, one in enumerate(row)] for row in flat]})
