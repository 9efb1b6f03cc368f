"""Arithmetic of Fourier transforms: into which radices a length falls, and Bluestein's chirp."""

from functools import lru_cache
from typing import Any

import numpy as np

DIRECT_RADIX = 64  # the largest that a pass sums directly; beyond it Bluestein's algorithm is faster


def radices(n: int) -> tuple[int, ...]:
    """Factors of n in the order of the passes: fours first, then primes.

    >>> radices(24), radices(1), radices(14)
    ((4, 2, 3), (), (2, 7))
    """
    found = []
    for factor in (4, 2, 3, 5, 7):
        while n % factor == 0:
            found.append(factor)
            n //= factor
    factor = 11
    while factor * factor <= n:
        while n % factor == 0:
            found.append(factor)
            n //= factor
        factor += 2
    return (*found, n) if n > 1 else tuple(found)


def enclosing_power_of_two(value: int) -> int:
    """The smallest power of two that is not below `value`.

    >>> enclosing_power_of_two(5), enclosing_power_of_two(8)
    (8, 8)
    """
    return 1 << max(int(value) - 1, 0).bit_length()


@lru_cache(maxsize=16)
def chirp(n: int, inverse: bool) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Bluestein's factors for a transform of n numbers: the chirp, and its convolution kernel transformed.

    The second has a power of two of elements, at least 2n - 1. Both complex128.
    """
    k = np.arange(n, dtype=np.int64)
    wave = np.exp((1j if inverse else -1j) * np.pi * (k * k % (2 * n)) / n)
    kernel = np.zeros(enclosing_power_of_two(2 * n - 1), np.complex128)
    kernel[:n] = wave.conj()
    kernel[len(kernel) - n + 1 :] = wave[:0:-1].conj()
    return wave, np.fft.fft(kernel)
