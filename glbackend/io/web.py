"""Files over HTTP: redirected within limits, resumed where they broke off, asked for again after a while.

By the package `httpx`, which is imported on first use.
"""

import itertools
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from glbackend.base.errors import ArgumentError, FetchError, ModelFormatError, UnreachableError
from glbackend.base.optional import optional
from glbackend.io.addresses import origin, shown
from glbackend.io.parts import FileRecord, Part, Stopped

MOST_REDIRECTS = 10
MOST_TRIES_IN_VAIN = 5  # in a row that bring no further byte
MOST_TRIES = 100
FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS = 0.25, 30.0
SECONDS = 30.0  # without a byte, after which an attempt has failed
CONNECT_SECONDS = 10.0
CONNECTIONS = 8
WORTH_ANOTHER_TRY = {408, 425, 429, 500, 502, 503, 504}
NOT_THERE = {404, 410}
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class _Again(Exception):
    """An attempt that failed, by a fault that may pass; `wait` is how long the server asks for."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class Web:
    """Gives files over HTTP. `headers` go to the host of `address` alone, wherever it redirects to."""

    def __init__(
        self, address: str, headers: Mapping[str, str] | None, timeout: float, connections: int, client: Any
    ) -> None:
        self._httpx = optional("httpx", "web", "http")
        self._headers, self._origin = dict(headers or {}), origin(address)
        self._mine = client is None
        self._client = client or self._httpx.Client(
            verify=_certificates(),
            timeout=self._httpx.Timeout(timeout, connect=min(timeout, CONNECT_SECONDS), pool=None),
            limits=self._httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        )

    def close(self) -> None:
        """Ends all connections."""
        if self._mine:
            self._client.close()

    def fetch(self, part: Part, known: FileRecord | None, *, patient: bool = True) -> FileRecord | None:
        """Fetches a file into `part`; gives None where it still is what is `known`.

        Raises FileNotFoundError where there is none, FetchError where it is refused, UnreachableError where
        the server did not give it in several attempts (without `patient`: once no connection was made).
        """
        in_vain = 0
        for number in itertools.count(1):
            if part.watch.stop.is_set():
                raise Stopped
            before = part.size
            try:
                return self._attempt(part, known)
            except self._httpx.UnsupportedProtocol as error:
                raise FetchError(f"cannot fetch {part.shown}: {error}") from None
            except _Again as error:
                why, wait = str(error), error.wait
            except self._httpx.TransportError as error:
                why, wait = f"{type(error).__name__} {error}".strip(), None
                if not patient and isinstance(error, self._httpx.ConnectError | self._httpx.ConnectTimeout):
                    in_vain = MOST_TRIES_IN_VAIN
            finally:
                part.pause()
            in_vain = 0 if part.size > before else in_vain + 1
            if in_vain >= MOST_TRIES_IN_VAIN or number >= MOST_TRIES:
                break
            backoff = FIRST_WAIT_SECONDS * 2**in_vain * random.uniform(0.75, 1.25)
            part.watch.stop.wait(min(backoff if wait is None else wait, MOST_WAIT_SECONDS))
        raise UnreachableError(f"cannot fetch {part.shown}: {why} ({number} attempts)")

    def send(self, url: str, method: str, files: Mapping[str, Any]) -> None:
        """Sends files as a form; FetchError where the server does not take them."""
        request = self._client.build_request(method, url, headers=self._headers, files=files)
        try:
            response = self._client.send(request)
        except self._httpx.TransportError as error:
            raise UnreachableError(f"cannot reach {shown(url)}: {type(error).__name__} {error}") from None
        if not response.is_success:
            raise FetchError(f"{shown(url)} did not take the model: HTTP {response.status_code}")

    def _attempt(self, part: Part, known: FileRecord | None) -> FileRecord | None:
        rest = part.rest()
        asked = {"Accept-Encoding": "identity"}
        if rest is not None:
            asked |= {"Range": f"bytes={rest[0]}-", "If-Range": rest[1]}
        elif known is not None and known.etag:
            asked |= {"If-None-Match": known.etag}
        elif known is not None and known.modified:
            asked |= {"If-Modified-Since": known.modified}
        with self._answer(part.url, asked) as answer:
            if answer.status_code == 304 and {"If-None-Match", "If-Modified-Since"} & set(asked):
                return None
            _check_status(answer, part, rest is not None)
            at, total = _extent(answer, part, rest)
            encoded = answer.headers.get("content-encoding", "identity").lower() != "identity"
            part.begin(at, None if encoded else total, _validators(answer, encoded))
            # as they come: chunks of a given size would hold bytes back, and lose them where it breaks off
            for chunk in answer.iter_bytes() if encoded else answer.iter_raw():
                part.write(chunk)
            if total is not None and not encoded and part.size != total:
                raise _Again(f"{part.size:,} bytes came where {total:,} were told")
            return part.end()

    @contextmanager
    def _answer(self, url: str, asked: Mapping[str, str]) -> Iterator[Any]:
        """The last answer of a chain of redirects; each address in it is held against the one before."""
        for _ in range(MOST_REDIRECTS + 1):
            own = self._headers if origin(url) == self._origin else {}
            try:
                request = self._client.build_request("GET", url, headers={**own, **asked})
            except self._httpx.InvalidURL as error:
                raise ArgumentError(f"{shown(url)} is no address: {error}") from None
            answer = self._client.send(request, stream=True, follow_redirects=False)
            try:
                if answer.next_request is None:
                    yield answer
                    return
                further = str(answer.next_request.url)
            finally:
                answer.close()
            schemes = (urlsplit(url).scheme, urlsplit(further).scheme)
            if schemes[1] not in ("http", "https") or schemes == ("https", "http"):
                raise FetchError(
                    f"{shown(url)} redirects to {shown(further)}: from {schemes[0]} to {schemes[1]}, refused"
                )
            url = further
        raise FetchError(f"{shown(url)}: more than {MOST_REDIRECTS} redirects")


@cache
def _certificates() -> Any:
    """What servers are verified by: reading it takes as long as a short fetch."""
    return optional("httpx", "web", "http").create_ssl_context()


def _check_status(answer: Any, part: Part, ranged: bool) -> None:
    status, url = answer.status_code, part.shown
    if status in NOT_THERE:
        raise FileNotFoundError(f"no file at {url}: the server answers {status}")
    if status == 416 or (status == 206 and not ranged):
        part.drop()
        raise _Again(f"HTTP {status} for a part that was not asked for")
    if status in WORTH_ANOTHER_TRY:
        after = answer.headers.get("retry-after", "")
        raise _Again(f"HTTP {status}", float(after) if after.isdecimal() else None)
    if status in (401, 403, 407):
        raise FetchError(
            f"{url}: HTTP {status}: give what the server asks for, gl.io.http(address, headers=...)"
        )
    if status not in (200, 206):
        raise FetchError(f"{url}: HTTP {status}")
    if answer.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/html":
        raise ModelFormatError(f"{url}: the server gave an HTML page instead of the file")


def _extent(answer: Any, part: Part, rest: tuple[int, str] | None) -> tuple[int, int | None]:
    """The position from which bytes follow, and the size of the whole file where that is told."""
    if answer.status_code == 206 and rest is not None:
        found = _RANGE.fullmatch(answer.headers.get("content-range", ""))
        other = rest[1] not in (answer.headers.get("etag", rest[1]), answer.headers.get("last-modified"))
        if found is None or int(found[1]) != rest[0] or other:
            part.drop()
            raise _Again(f"another part than was asked for: {answer.headers.get('content-range')!r}")
        return rest[0], None if found[3] == "*" else int(found[3])
    length = answer.headers.get("content-length", "")
    return 0, int(length) if length.isdecimal() else None


def _validators(answer: Any, encoded: bool) -> dict[str, str | None]:
    """What the file is known again by; "tag" is what a rest of it may be asked for by (RFC 9110, 13.1.5)."""
    etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    if modified is not None and not _is_strong(modified, answer.headers.get("date", "")):
        modified = None
    tag = modified if etag is None else None if etag.startswith("W/") else etag
    return {"etag": etag, "modified": modified, "tag": None if encoded else tag}


def _is_strong(modified: str, date: str) -> bool:
    """Whether the file was at rest for a second when it was sent, so that its date tells its content."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - slow to import

    try:
        return (parsedate_to_datetime(date) - parsedate_to_datetime(modified)).total_seconds() >= 1
    except (TypeError, ValueError):
        return False
