"""What a request is answered with, the errors that become answers, and bodies that come compressed."""

import json
import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

JSON = "application/json"
ENCODING = "content-encoding"
NOTHING: Mapping[str, str] = MappingProxyType({})


class Response(NamedTuple):
    """An HTTP answer: its status, its body, the body's type, further headers."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = NOTHING


class ServingError(Exception):
    """What a client is told, with the status that TensorFlow Serving has for it.

    `status`: 400 for what the request has wrong, 404 for what is not there, 429 for a full queue, 503 for a
    model that is not ready, 504 for a deadline that passed.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def as_json(value: Any, status: int = 200) -> Response:
    """An answer of JSON, NaN and Infinity as bare words, as TensorFlow Serving writes them."""
    return Response(status, json.dumps(value, indent=4).encode())


def as_error(error: ServingError) -> Response:
    """An error's answer: {"error": ...}, no traceback, a few hundred characters."""
    text = str(error)
    return as_json({"error": text if len(text) < 600 else text[:600] + " ..."}, error.status)


def decoded(body: bytes, headers: Mapping[str, str], limit: int) -> bytes:
    """A request's body, unpacked where its headers say that it is gzip or deflate.

    ServingError 413 where it becomes longer than `limit`, 400 where it is damaged, 415 for another coding.
    """
    coding = headers.get(ENCODING, "identity").strip().lower()
    if coding == "identity":
        return body
    if coding not in ("gzip", "deflate"):
        raise ServingError(415, f"Content-Encoding {coding[:40]!r} is not known: gzip or deflate")
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: gzip or zlib, as the data say
    try:
        found = unpacking.decompress(body, limit + 1)
    except zlib.error:
        raise ServingError(400, f"the body is not {coding}") from None
    if len(found) > limit:
        raise too_large(limit)
    if not unpacking.eof:
        raise ServingError(400, f"the body is not whole: its {coding} has no end")
    return found


def not_arrived() -> ServingError:
    """What a client is told that has not sent all of its request for too long."""
    return ServingError(408, "the request did not arrive")


def too_large(limit: int) -> ServingError:
    """What a client is told whose request is longer than the limit."""
    return ServingError(413, f"a request may have {limit} bytes")
