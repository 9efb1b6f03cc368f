"""Strings as kernels see them: UTF-8 (bytes that are none survive as surrogates), and their fingerprint."""

from collections.abc import Iterable
from typing import Any

import numpy as np

_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
_MASK = (1 << 64) - 1
_CROSS, _CROSS_START = 0xC6A4A7935BD1E995, 0xDECAFCAFFE  # of crossed64


def as_bytes(text: str | bytes) -> bytes:
    """The UTF-8 bytes of a string."""
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")


def as_text(data: str | bytes) -> str:
    """The string of UTF-8 bytes; a byte that is none becomes a surrogate, and a byte again in `as_bytes`.

    >>> as_bytes(as_text(b"\\xff")) == b"\\xff"
    True
    """
    return data if isinstance(data, str) else data.decode("utf-8", "surrogateescape")


def text_array(texts: Iterable[str | bytes]) -> np.ndarray[Any, Any]:
    """A vector of dtype object that holds strings."""
    found = [as_text(text) for text in texts]
    array = np.empty(len(found), object)
    array[:] = found
    return array


def fingerprint64(data: bytes) -> int:
    """FarmHash's Fingerprint64, the hash behind TensorFlow's and TF.js's stringToHashBucketFast.

    Source: https://github.com/google/farmhash (Fingerprint64).

    >>> fingerprint64(b"") == 0x9AE16A3B2F90404F
    True
    """
    size = len(data)
    if size <= 16:
        return _to_16(data, size)
    if size <= 32:
        return _to_32(data, size)
    if size <= 64:
        return _to_64(data, size)
    return _long(data, size)


def crossed64(parts: Iterable[int]) -> int:
    """One number of several of 64 bits, whose order counts, as TensorFlow's sparse.cross_hashed makes it.

    `parts`: whole numbers as they are, negative ones too, and fingerprints of texts.

    >>> crossed64([1, 101]) % 1000
    870
    """
    found = _CROSS_START
    for one in parts:
        mixed = found ^ _CROSS ^ _shift_mix(one * _CROSS) * _CROSS & _MASK
        found = _shift_mix(_shift_mix(mixed * _CROSS) * _CROSS)
    return found


def _word(data: bytes, at: int, count: int = 8) -> int:
    return int.from_bytes(data[at : at + count], "little")


def _rotate(value: int, by: int) -> int:
    value &= _MASK
    return (value >> by) | (value << (64 - by)) & _MASK


def _shift_mix(value: int) -> int:
    value &= _MASK
    return value ^ (value >> 47)


def _pair(u: int, v: int, factor: int) -> int:
    """One number of two."""
    v &= _MASK
    a = _shift_mix((u ^ v) * factor)
    return _shift_mix((v ^ a) * factor) * factor & _MASK


def _to_16(data: bytes, size: int) -> int:
    factor = _K2 + 2 * size
    if size >= 8:
        a, b = _word(data, 0) + _K2, _word(data, size - 8)
        return _pair(_rotate(b, 37) * factor + a, (_rotate(a, 25) + b) * factor, factor)
    if size >= 4:
        return _pair(size + (_word(data, 0, 4) << 3), _word(data, size - 4, 4), factor)
    if size:
        y = data[0] + (data[size >> 1] << 8)
        z = size + (data[size - 1] << 2)
        return _shift_mix(y * _K2 ^ z * _K0) * _K2 & _MASK
    return _K2


def _to_32(data: bytes, size: int) -> int:
    factor = _K2 + 2 * size
    a, b = _word(data, 0) * _K1, _word(data, 8)
    c, d = _word(data, size - 8) * factor, _word(data, size - 16) * _K2
    return _pair(_rotate(a + b, 43) + _rotate(c, 30) + d, a + _rotate(b + _K2, 18) + c, factor)


def _to_64(data: bytes, size: int) -> int:
    factor = _K2 + 2 * size
    a, b = _word(data, 0) * _K2, _word(data, 8)
    c, d = _word(data, size - 8) * factor, _word(data, size - 16) * _K2
    y = _rotate(a + b, 43) + _rotate(c, 30) + d
    z = _pair(y, a + _rotate(b + _K2, 18) + c, factor)
    e, f = _word(data, 16) * factor, _word(data, 24)
    g, h = (y + _word(data, size - 32)) * factor, (z + _word(data, size - 24)) * factor
    return _pair(_rotate(e + f, 43) + _rotate(g, 30) + h, e + _rotate(f + a, 18) + g, factor)


def _weak(data: bytes, at: int, a: int, b: int) -> tuple[int, int]:
    """Two numbers of 32 bytes and two numbers."""
    w, x, y, z = (_word(data, at + 8 * i) for i in range(4))
    a += w
    b = _rotate(b + a + z, 21)
    c = a
    a += x + y
    return (a + z) & _MASK, (b + _rotate(a, 44) + c) & _MASK


def _long(data: bytes, size: int) -> int:
    seed = 81
    x, y = seed * _K2 + _word(data, 0) & _MASK, seed * _K1 + 113 & _MASK
    z = _shift_mix(y * _K2 + 113) * _K2 & _MASK
    v, w = (0, 0), (0, 0)
    for at in range(0, (size - 1) // 64 * 64, 64):
        x = _rotate(x + y + v[0] + _word(data, at + 8), 37) * _K1 & _MASK
        y = _rotate(y + v[1] + _word(data, at + 48), 42) * _K1 & _MASK
        x ^= w[1]
        y = y + v[0] + _word(data, at + 40) & _MASK
        z = _rotate(z + w[0], 33) * _K1 & _MASK
        v = _weak(data, at, v[1] * _K1 & _MASK, x + w[0])
        w = _weak(data, at + 32, z + w[1], y + _word(data, at + 16))
        z, x = x, z
    factor = _K1 + ((z & 0xFF) << 1)
    at = size - 64
    w = w[0] + ((size - 1) & 63), w[1]
    v = v[0] + w[0], v[1]
    w = w[0] + v[0], w[1]
    x = _rotate(x + y + v[0] + _word(data, at + 8), 37) * factor & _MASK
    y = _rotate(y + v[1] + _word(data, at + 48), 42) * factor & _MASK
    x ^= w[1] * 9 & _MASK
    y = y + v[0] * 9 + _word(data, at + 40) & _MASK
    z = _rotate(z + w[0], 33) * factor & _MASK
    v = _weak(data, at, v[1] * factor, x + w[0])
    w = _weak(data, at + 32, z + w[1], y + _word(data, at + 16))
    z, x = x, z
    first = _pair(v[0], w[0], factor) + _shift_mix(y) * _K0 + z
    return _pair(first & _MASK, _pair(v[1], w[1], factor) + x, factor)


def siphash64(data: bytes, key: tuple[int, int]) -> int:
    """SipHash-2-4 under a key of two words, the hash behind TensorFlow's to_hash_bucket_strong.

    Source: Aumasson and Bernstein 2012, whose test vector is here.

    >>> hex(siphash64(bytes(range(15)), (0x0706050403020100, 0x0F0E0D0C0B0A0908)))
    '0xa129ca6149be45e5'
    """
    low, high = (word & _MASK for word in key)
    state = [
        low ^ 0x736F6D6570736575, high ^ 0x646F72616E646F6D,
        low ^ 0x6C7967656E657261, high ^ 0x7465646279746573,
    ]  # fmt: skip
    whole = len(data) // 8 * 8
    words = [_word(data, at) for at in range(0, whole, 8)]
    words.append(_word(data, whole) | (len(data) & 0xFF) << 56)
    for word in words:
        state[3] ^= word
        _stir(state, 2)
        state[0] ^= word
    state[2] ^= 0xFF
    _stir(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _stir(state: list[int], rounds: int) -> None:
    """Rounds of SipHash, in place."""
    a, b, c, d = state
    for _ in range(rounds):
        a = a + b & _MASK
        b = _rotate(b, 51) ^ a
        a = _rotate(a, 32)
        c = c + d & _MASK
        d = _rotate(d, 48) ^ c
        a = a + d & _MASK
        d = _rotate(d, 43) ^ a
        c = c + b & _MASK
        b = _rotate(b, 47) ^ c
        c = _rotate(c, 32)
    state[:] = a, b, c, d
