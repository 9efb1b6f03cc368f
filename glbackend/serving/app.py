"""The service as an ASGI application, and on the standard library's server where uvicorn is not installed."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import unquote

from glbackend.serving.batching import Reply
from glbackend.serving.kserve import HEADER_LENGTH
from glbackend.serving.response import ENCODING, Response, ServingError, as_error, not_arrived, too_large
from glbackend.serving.service import Pending, Service
from glbackend.serving.together import Outputs

READ_HEADERS = {b"authorization", HEADER_LENGTH.encode(), ENCODING.encode()}
SMALL_BODY_BYTES = 1 << 13  # what is parsed on the event loop; larger ones on a thread
WATCHED_AFTER_SECONDS = 0.05  # that an answer takes, a client is watched: it may leave
SLOW_SECONDS = 30.0  # after which a client that sends or takes nothing is left
KEEP_ALIVE_SECONDS = 5  # that a connection may be silent after an answer: uvicorn's default

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Timers:
    """Calls that are due after some seconds, nearly all of them called off before: one timer for them all.

    `loop`: on whose thread all happens.
    `seconds`: the time.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self.loop, self._seconds = loop, seconds
        self._due: dict[Callable[[], object], float] = {}
        self._ticking = False

    def start(self, call: Callable[[], object]) -> None:
        """Calls it when the time has passed, unless it is stopped."""
        self._due[call] = self.loop.time() + self._seconds
        if not self._ticking:
            self._ticking = True
            self.loop.call_later(self._seconds, self._tick)

    def stop(self, call: Callable[[], object]) -> bool:
        """Calls it off, and gives whether it was due still."""
        return self._due.pop(call, None) is not None

    def __contains__(self, call: Callable[[], object]) -> bool:
        return call in self._due

    def _tick(self) -> None:
        now = self.loop.time()
        for call, due in list(self._due.items()):
            if due > now:  # and so are all behind it
                self.loop.call_at(due, self._tick)
                return
            del self._due[call]
            call()
        self._ticking = False


class Waits(NamedTuple):
    """The timers of an event loop: for clients that are slow, that may have left, that ask no more."""

    slow: Timers
    watched: Timers
    silent: Timers


class Application:
    """What uvicorn and its like run; ending it closes the service. `service`: what answers."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._waits: Waits | None = None
        # one: more of them would take the interpreter from the event loop, each for its five milliseconds
        self.aside = ThreadPoolExecutor(1, "glbackend-large")

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answers a request, or starts and ends the whole, as ASGI has it."""
        if scope["type"] == "lifespan":
            await _live(self.close, receive, send)
        elif scope["type"] == "http":
            found = await self._answered(scope, receive)
            if found is not None:
                await _send(found, send, scope["method"] == "HEAD")

    def close(self) -> None:
        """Ends the service, and the thread for large requests."""
        self.aside.shutdown()
        self.service.close()

    def waits(self, loop: asyncio.AbstractEventLoop) -> Waits:
        """The timers of a loop; there is one loop at a time."""
        if self._waits is None or self._waits.slow.loop is not loop:
            seconds = SLOW_SECONDS, WATCHED_AFTER_SECONDS, KEEP_ALIVE_SECONDS
            self._waits = Waits(*(Timers(loop, one) for one in seconds))
        return self._waits

    async def _answered(self, scope: Mapping[str, Any], receive: Receive) -> Response | None:
        """The answer; None where the client has gone, whose work is then dropped."""
        loop = asyncio.get_running_loop()
        slow, watched, _ = self.waits(loop)
        body = await _body(receive, self.service.limits.body, slow)
        if body is None or isinstance(body, Response):
            return body
        headers = {
            name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in READ_HEADERS
        }
        arguments = (scope["method"], scope["path"], body, headers)
        try:
            if len(body) <= SMALL_BODY_BYTES and ENCODING not in headers:
                found = self.service.begin(*arguments)
            else:
                found = await loop.run_in_executor(self.aside, self.service.begin, *arguments)
            return found if isinstance(found, Response) else await self._computed(found, receive, watched)
        except Exception as error:
            return failed(error)

    async def _computed(self, call: Pending, receive: Receive, watched: Timers) -> Response | None:
        """The answer when it is there; nothing where the client leaves before: its work is cancelled.

        So it is where the server cancels the whole request, which is told to it as always.
        """
        outputs: asyncio.Future[Outputs] = watched.loop.create_future()
        refused = self.service.queue(call, Reply(outputs, watched.loop))
        if refused is not None:
            return refused
        watches: list[asyncio.Task[None]] = []

        def watch() -> None:
            watches.append(watched.loop.create_task(_cancelled_when_gone(receive, outputs)))

        watched.start(watch)
        found: Outputs | ServingError | None
        try:
            found = await outputs
        except ServingError as error:
            found = error
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                self.service.finish(call, None)
                raise
            found = None
        finally:
            watched.stop(watch)
            for one in watches:
                one.cancel()
        large = isinstance(found, Outputs) and found.large
        finish = self.service.finish
        loop = watched.loop
        answer = await loop.run_in_executor(self.aside, finish, call, found) if large else finish(call, found)
        return None if found is None else answer


def failed(error: Exception) -> Response:
    """The answer where the server itself has a fault: 500, and no more than the error's class."""
    return as_error(ServingError(500, f"the server failed ({type(error).__name__})"))


async def _live(close: Callable[[], None], receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        else:
            await asyncio.to_thread(close)
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _body(receive: Receive, limit: int, slow: Timers) -> bytes | Response | None:
    """All of a request's body; None where the client leaves."""
    task = asyncio.current_task()
    assert task is not None
    give_up = task.cancel
    slow.start(give_up)
    parts, size = [], 0
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                return as_error(too_large(limit))
            if not message.get("more_body"):
                return b"".join(parts)
    except asyncio.CancelledError:
        if slow.stop(give_up):  # cancelled by another
            raise
        task.uncancel()
        return as_error(not_arrived())
    finally:
        slow.stop(give_up)


async def _cancelled_when_gone(receive: Receive, outputs: "asyncio.Future[Outputs]") -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    outputs.cancel()


async def _send(response: Response, send: Send, head_only: bool) -> None:
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", b"%d" % len(response.body)),
    ]
    if response.headers:
        headers += [(name.encode(), value.encode()) for name, value in response.headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
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
            self._send(as_error(too_large(service.limits.body)), close=True)
        else:
            body = self.rfile.read(int(length))
            path = unquote(self.path.partition("?")[0])
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                answer = service.answer(self.command, path, body, headers)
            except Exception as error:
                answer = failed(error)
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
