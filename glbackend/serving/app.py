"""The service as an ASGI application, and on the standard library's server where uvicorn is not installed."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from glbackend.serving.batching import Outputs, Reply
from glbackend.serving.response import Response, ServingError, as_error
from glbackend.serving.service import Pending, Service

SMALL_BODY_BYTES = 1 << 16  # what is parsed on the event loop; larger ones on a thread
SMALL_ANSWER_NUMBERS = 1 << 12  # likewise what is written there
WATCHED_AFTER_SECONDS = 0.05  # that an answer takes, a client is watched: it may leave
SLOW_SECONDS = 30.0  # after which a client that sends or takes nothing is left

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


def asgi(service: Service) -> Callable[[Mapping[str, Any], Receive, Send], Awaitable[None]]:
    """The application that uvicorn and its like run; ending it closes the service."""

    async def app(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(service, receive, send)
        elif scope["type"] == "http":
            found = await _answered(service, scope, receive)
            if found is not None:
                await _send(found, send, scope["method"] == "HEAD")

    return app


def _failed(error: Exception) -> Response:
    return as_error(ServingError(500, f"the server failed ({type(error).__name__})"))


def _too_large(service: Service) -> Response:
    return as_error(ServingError(413, f"a request may have {service.limits.body} bytes"))


async def _live(service: Service, receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await asyncio.to_thread(service.close)
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _answered(service: Service, scope: Mapping[str, Any], receive: Receive) -> Response | None:
    """The answer; None where the client has gone, whose work is then dropped."""
    body = await _body(service, receive)
    if body is None or isinstance(body, Response):
        return body
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    arguments = (scope["method"], scope["path"], body, headers)
    try:
        if len(body) <= SMALL_BODY_BYTES:
            found = service.begin(*arguments)
        else:
            found = await asyncio.to_thread(service.begin, *arguments)
        return found if isinstance(found, Response) else await _computed(service, found, receive)
    except Exception as error:
        return _failed(error)


async def _body(service: Service, receive: Receive) -> bytes | Response | None:
    parts, size = [], 0
    try:
        async with asyncio.timeout(SLOW_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                if size > service.limits.body:
                    return _too_large(service)
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError:
        return as_error(ServingError(408, "the request did not arrive"))


async def _computed(service: Service, call: Pending, receive: Receive) -> Response | None:
    """The answer when it is there; nothing where the client leaves before: its work is cancelled."""
    loop = asyncio.get_running_loop()
    outputs: asyncio.Future[Outputs] = loop.create_future()
    refused = service.queue(call, Reply(outputs, loop))
    if refused is not None:
        return refused
    watches: list[asyncio.Task[None]] = []
    later = loop.call_later(
        WATCHED_AFTER_SECONDS,
        lambda: watches.append(loop.create_task(_cancelled_when_gone(receive, outputs))),
    )
    found: Outputs | ServingError | None
    try:
        found = await outputs
    except ServingError as error:
        found = error
    except asyncio.CancelledError:
        found = None
    later.cancel()
    for watch in watches:
        watch.cancel()
    large = isinstance(found, dict) and sum(one.size for one in found.values()) > SMALL_ANSWER_NUMBERS
    answer = await asyncio.to_thread(service.finish, call, found) if large else service.finish(call, found)
    return None if found is None else answer


async def _cancelled_when_gone(receive: Receive, outputs: "asyncio.Future[Outputs]") -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    outputs.cancel()


async def _send(response: Response, send: Send, head_only: bool) -> None:
    headers = {"content-type": response.content_type, "content-length": str(len(response.body))}
    pairs = [(name.encode(), value.encode()) for name, value in {**headers, **response.headers}.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": pairs})
    await send({"type": "http.response.body", "body": b"" if head_only else response.body})


class _Handler(BaseHTTPRequestHandler):
    """A request on the standard library's server; writes are buffered, or each answer takes 40 ms more."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16
    timeout = SLOW_SECONDS
    server: "PlainServer"

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = do_GET

    def _answer(self) -> None:
        service = self.server.service
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or "chunked" in self.headers.get("Transfer-Encoding", ""):
            self._send(as_error(ServingError(411, "a request must tell its length")), close=True)
        elif int(length) > service.limits.body:
            self._send(_too_large(service), close=True)
        else:
            body = self.rfile.read(int(length))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                answer = service.answer(self.command, self.path, body, headers)
            except Exception as error:
                answer = _failed(error)
            self._send(answer)

    def _send(self, response: Response, close: bool = False) -> None:
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the metrics count requests."""


class PlainServer(ThreadingHTTPServer):
    """The service on the standard library's server: a thread a connection."""

    daemon_threads = True

    def __init__(self, service: Service, host: str, port: int) -> None:
        self.service = service
        super().__init__((host, port), _Handler)

    def start(self) -> threading.Thread:
        """Serves on a thread of its own, which it gives."""
        thread = threading.Thread(target=self.serve_forever, name="glbackend-http", daemon=True)
        thread.start()
        return thread
