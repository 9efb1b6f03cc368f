"""A web server on 127.0.0.1 with the faults of real ones: it breaks off, lies, waits, redirects, and counts."""

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Fault:
    """What is wrong with the answers for one path, `times` of them."""

    times: int = 1 << 30
    status: int | None = None  # instead of the file
    headers: dict[str, str] = field(default_factory=dict)  # besides, or instead
    cut: int | None = None  # bytes of the body after which the connection ends
    extra: bytes = b""  # after the file, counted in Content-Length
    length: int | None = None  # Content-Length, whatever there is; -1 for none (the body in chunks)
    hang: float = 0.0  # seconds before the answer
    ranges: bool = True  # whether parts are given


@dataclass
class Site:
    """Files by path, what is wrong with them, and every request: (path, request headers, status)."""

    files: dict[str, bytes] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)  # how often each was changed by `put`
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str], int]] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    delay: float = 0.0  # seconds before each answer
    etags: bool = True
    modified: bool = False  # whether there is a Last-Modified, long ago
    at_once: int = 0  # requests in flight
    most_at_once: int = 0
    gather: threading.Barrier | None = None  # requests that wait for each other, or until it breaks
    before: Callable[[str], object] | None = None  # called with the path of each request
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = ""

    def put(self, folder: Any, under: str = "") -> None:
        """All files of a folder."""
        for path in folder.rglob("*"):
            if path.is_file():
                name, raw = f"{under}/{path.relative_to(folder).as_posix()}", path.read_bytes()
                if self.files.get(name) != raw:
                    self.changes[name] = self.changes.get(name, 0) + 1
                self.files[name] = raw

    def asked(self, ending: str, status: int | None = None) -> list[dict[str, str]]:
        """The headers of requests for paths with that ending."""
        return [
            heads for path, heads, code in self.requests if path.endswith(ending) and status in (None, code)
        ]

    def fault(self, path: str) -> Fault:
        with self.lock:
            faults = self.faults.get(path, [])
            if not faults:
                return Fault()
            faults[0].times -= 1
            return faults.pop(0) if faults[0].times <= 0 else faults[0]


class Handler(BaseHTTPRequestHandler):
    """Answers from `site`."""

    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        site = self.site
        with site.lock:
            site.at_once += 1
            site.most_at_once = max(site.most_at_once, site.at_once)
        try:
            if site.gather is not None and self.path.endswith(".bin"):
                with contextlib.suppress(threading.BrokenBarrierError):
                    site.gather.wait()
            if site.before is not None:
                site.before(self.path)
            time.sleep(site.delay)
            self.answer(site.fault(self.path.partition("?")[0]))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with site.lock:
                site.at_once -= 1

    def answer(self, fault: Fault) -> None:
        time.sleep(fault.hang)
        path = self.path.partition("?")[0]
        body = self.site.files.get(path)
        status = fault.status or (200 if body is not None else 404)
        body = (body if status == 200 and body is not None else b"nothing here") + fault.extra
        headers = {}
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        if status == 200:
            if self.site.etags:
                headers["ETag"] = tag
            if self.site.modified:
                headers["Last-Modified"] = formatdate(
                    1.7e9 + 10 * self.site.changes.get(path, 0), usegmt=True
                )
            known = self.headers.get("If-None-Match") == tag and self.site.etags
            known |= self.headers.get("If-Modified-Since", "") == headers.get("Last-Modified")
            if known:
                status, body = 304, b""
            elif fault.ranges and (asked := self.headers.get("Range")):
                start = int(asked.removeprefix("bytes=").rstrip("-"))
                if self.headers.get("If-Range") in (tag, headers.get("Last-Modified", "none")):
                    if start >= len(body):
                        status, body = 416, b""
                    else:
                        headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
                        status, body = 206, body[start:]
        headers = {"Content-Type": "application/octet-stream", **headers, **fault.headers}
        self.site.requests.append((path, dict(self.headers), status))
        self.send_response(status)
        if fault.length != -1:
            headers["Content-Length"] = str(len(body) if fault.length is None else fault.length)
        elif status not in (304, 204):
            headers["Transfer-Encoding"] = "chunked"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if fault.length == -1 and status != 304:
            for start in range(0, len(body), 1000):
                piece = body[start : start + 1000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return
        if fault.cut is not None:
            self.wfile.write(body[: fault.cut])
            self.close_connection = True
            return
        self.wfile.write(body)
        if fault.length is not None:
            self.close_connection = True

    def do_POST(self) -> None:
        self.site.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.site.requests.append((self.path, dict(self.headers), 200))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_PUT = do_POST

    def log_message(self, *what: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """As many connections at once as are wanted."""

    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *what: object) -> None:
        """Clients that end connections are what is tested."""


@contextlib.contextmanager
def serving(site: Site) -> Iterator[str]:
    """The site under an address, within the block."""
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"site": site}))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield site.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
