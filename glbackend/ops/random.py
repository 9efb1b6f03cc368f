"""Random tensors. A seed means the same numbers everywhere; none: the process's generator gives one."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from glbackend.base.dtypes import DType, check_dtype
from glbackend.base.errors import ArgumentError, DtypeError, ShapeError, TraceError, user_line
from glbackend.base.late import Late
from glbackend.base.shapes import ShapeLike, broadcast_shapes, check_shape, dims_of
from glbackend.base.whole import whole
from glbackend.contracts.contract import check
from glbackend.contracts.random import LateSeed, Seed, key_of, spread
from glbackend.engine.backend import make_backend
from glbackend.engine.convert import TensorLike, as_tensor
from glbackend.engine.node import late, tracing
from glbackend.engine.storage import Handle
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.ops.op import op, run

Dims = ShapeLike


_lock = threading.Lock()


class Draws:
    """The seeds that a function draws, so that it can be run again with the same ones."""

    def __init__(self) -> None:
        self.taken: list[int | Late] = []
        self.again: Iterator[int | Late] | None = None

    @contextmanager
    def noted(self) -> Iterator[None]:
        """Notes the seeds that are drawn within the block."""
        yield from self._within(None)

    @contextmanager
    def repeated(self) -> Iterator[None]:
        """Draws the same seeds once more."""
        yield from self._within(iter(self.taken))

    def _within(self, again: "Iterator[int | Late] | None") -> Iterator[None]:
        outer, self.again = _draws.get(), again
        token = _draws.set(self)
        try:
            yield
        finally:
            _draws.reset(token)
        if outer is not None and outer.again is None:
            outer.taken += self.taken if again is None else []


_draws: ContextVar[Draws | None] = ContextVar("glbackend_draws", default=None)


class Seeds:
    """A generator of seeds: a counter behind a hash, safe to use from any thread."""

    def __init__(self, seed: Seed) -> None:
        self.start(seed)

    def start(self, seed: Seed) -> None:
        """Begins anew: equal seeds give equal numbers."""
        low, high = key_of(seed)
        with _lock:
            self._state = high << 32 | low

    @property
    def state(self) -> int:
        """Where it is; it may be set."""
        return self._state

    @state.setter
    def state(self, state: int) -> None:
        with _lock:
            self._state = state

    def draw(self) -> int | Late:
        """The next seed; under a trace each replay takes the next one."""
        draws = _draws.get()
        if draws is not None and draws.again is not None:
            return next(draws.again)
        drawn: int | Late = late(self.next, self.peek, self.kept)
        if draws is not None:
            draws.taken.append(drawn)
        return drawn

    def next(self) -> int:
        """The next seed."""
        with _lock:
            self._state += 1
            return spread(self._state + _aside())

    def kept(self) -> Callable[[], None]:
        """A function that goes back to where the generator is now."""
        state = self._state

        def back() -> None:
            with _lock:
                self._state = state

        return back

    def peek(self, ahead: int) -> int:
        """What `next` would give after so many more calls."""
        return spread(self._state + 1 + ahead + _aside())


def _aside() -> int:
    """How far apart the numbers of a process lie that draws for its part of a batch: all count alike."""
    part = whole.get()
    return 0 if part is None else part.rank << 40


_seeds = Seeds(int.from_bytes(os.urandom(8), "little"))


@op(method=False)
def set_seed(seed: Seed) -> None:
    """Starts the process's generator anew from `seed`, a number or text: later numbers are always the same.

    Calls with a seed of their own do not ask it. As `tf.random.set_seed` of TensorFlow; TF.js has none.

    >>> set_seed(7); a = random_uniform([]).item(); set_seed(7); random_uniform([]).item() == a
    True
    """
    late(lambda: _seeds.start(seed), lambda ahead: None, _seeds.kept)


def next_seed() -> int:
    """The seed that the process's generator gives next, for what draws its own numbers from it."""
    return _seeds.next()


def process_seeds() -> Seeds:
    """The process's generator."""
    return _seeds


def _random(kernel: str, shape: Dims, seed: LateSeed | None, **attrs: Any) -> Tensor:
    if "dtype" in attrs:
        attrs["dtype"] = check_dtype(attrs["dtype"])
    chosen = _seeds.draw() if seed is None else seed
    # A list as shape, so that contracts, one for each seed, are not cached.
    return run(kernel, {}, shape=list(dims_of(shape)), seed=chosen, **attrs)


@op(method=False)
def random_uniform(
    shape: Dims, minval: float = 0, maxval: float = 1, dtype: DType = "float32", seed: LateSeed | None = None
) -> Tensor:
    """Numbers spread evenly over [minval, maxval), in a tensor of `shape`. As `tf.randomUniform`.

    `minval`, `maxval`: the ends of the range; the second is left out.
    `dtype`: "float32"; "int32" gives the whole numbers in that range, "bool" a fair coin whatever the range.
    DtypeError for another. TF.js cuts int32 towards zero and so draws 0 too often where minval < 0.
    `seed`: a number or text that makes the numbers repeatable; by default the process's generator gives one.

    >>> random_uniform([2, 3], seed=1).shape
    (2, 3)
    """
    dtype = check_dtype(dtype)
    if dtype == "bool":
        return _random("RandomUniformInt", shape, seed, minval=0, maxval=2, dtype=dtype)
    if dtype == "int32":
        return _random("RandomUniformInt", shape, seed, minval=minval, maxval=maxval, dtype=dtype)
    return _random("RandomUniform", shape, seed, minval=minval, maxval=maxval, dtype=dtype)


def uniform_number(minval: float, maxval: float, seed: LateSeed | None = None) -> float:
    """The number that `random_uniform([])` draws, drawn on the host, where its value is wanted."""
    chosen = _seeds.draw() if seed is None else seed
    checked = check("RandomUniform", {}, {"shape": [], "minval": minval, "maxval": maxval, "seed": chosen})
    drawn: Handle = make_backend("cpu").run("RandomUniform", {}, checked)
    return float(drawn.storage.values()[0])


@op(method=False)
def random_uniform_int(shape: Dims, minval: float, maxval: float, seed: LateSeed | None = None) -> Tensor:
    """int32 numbers n with `minval` <= n < `maxval`, each equally likely. As `tf.randomUniformInt`.

    `shape` is that of the result, `seed` as in `random_uniform`. Raises ArgumentError where there is no such
    number.

    >>> random_uniform_int([3], 5, 6).numpy().tolist()
    [5, 5, 5]
    """
    return _random("RandomUniformInt", shape, seed, minval=minval, maxval=maxval)


@op(method=False)
def random_normal(
    shape: Dims, mean: float = 0, std_dev: float = 1, dtype: DType = "float32", seed: LateSeed | None = None
) -> Tensor:
    """Normally distributed numbers in a tensor of `shape`. As `tf.randomNormal`.

    `mean` and `std_dev` are those of the distribution. `dtype` is "float32", or "int32", which rounds them;
    DtypeError for another. `seed` as in `random_uniform`.

    >>> random_normal([2, 3], seed=1).shape
    (2, 3)
    """
    return _random("RandomNormal", shape, seed, mean=mean, std_dev=std_dev, dtype=dtype)


@op(method=False)
def random_standard_normal(shape: Dims, dtype: DType = "float32", seed: Seed | None = None) -> Tensor:
    """`random_normal` with mean 0 and deviation 1. As `tf.randomStandardNormal`.

    `shape`, `dtype`, `seed`: as in `random_normal`.

    >>> random_standard_normal([4], seed=1).dtype
    'float32'
    """
    return random_normal(shape, 0, 1, dtype, seed)


@op(method=False)
def truncated_normal(
    shape: Dims, mean: float = 0, std_dev: float = 1, dtype: DType = "float32", seed: LateSeed | None = None
) -> Tensor:
    """Normally distributed numbers, none further than two deviations from the mean. As `tf.truncatedNormal`.

    `shape`, `mean`, `std_dev`, `dtype`, `seed`: as in `random_normal`.

    >>> bool((abs(truncated_normal([100]).numpy()) <= 2).all())
    True
    """
    return _random("TruncatedNormal", shape, seed, mean=mean, std_dev=std_dev, dtype=dtype)


@op(method=False)
def random_gamma(
    shape: Dims, alpha: float, beta: float = 1, dtype: DType = "float32", seed: LateSeed | None = None
) -> Tensor:
    """Gamma distributed numbers of shape `alpha` and rate `beta`, with mean alpha / beta.

    `shape` is that of the result, `dtype` and `seed` are as in `random_normal`. Raises ArgumentError where
    alpha or beta is not positive. As `tf.randomGamma` is documented; its code multiplies by beta.

    >>> random_gamma([2], 3., seed=1).shape
    (2,)
    """
    return _random("RandomGamma", shape, seed, alpha=alpha, beta=beta, dtype=dtype)


@op(method=False)
def rand(shape: Dims, rand_function: Callable[[], float], dtype: DType = "float32") -> Tensor:
    """A tensor of `shape` and `dtype`, filled by calling `rand_function` once for each element. As `tf.rand`.

    TraceError while a function is traced.

    >>> rand([2], lambda: 0.5).numpy().tolist()
    [0.5, 0.5]
    """
    dims = check_shape(dims_of(shape), "rand")
    if tracing.get() is not None:
        raise TraceError(
            f"{user_line()}: rand calls a Python function, which a trace cannot record: use random_uniform"
        )
    values = [rand_function() for _ in range(int(np.prod(dims)))]
    return tensor(np.array(values, dtype=np.float64).reshape(dims), dtype=dtype)


@op(method=False)
def multinomial(
    logits: TensorLike, num_samples: int, seed: LateSeed | None = None, normalized: bool = False
) -> Tensor:
    """`num_samples` draws of outcomes (int32) for each row of unnormalised log-probabilities.

    `logits`: float32 [outcomes] or [rows, outcomes]; with `normalized` they are probabilities.
    `seed`: as in `random_uniform`.

    Gives [num_samples] or [rows, num_samples]. Raises ArgumentError for fewer than 2 outcomes, ShapeError for
    another rank. As `tf.multinomial`.

    >>> multinomial([0., 1., 0.], 3, normalized=True).numpy().tolist()
    [1, 1, 1]
    """
    x = as_tensor(logits, "logits", "multinomial")
    if not 1 <= x.rank <= 2:
        raise ShapeError(f"multinomial: rank of probabilities must be 1 or 2, but is {x.rank}")
    rows = x.reshape((1, x.size)) if x.rank == 1 else x
    chosen = _seeds.draw() if seed is None else seed
    drawn = run("Multinomial", {"logits": rows}, num_samples=num_samples, seed=chosen, normalized=normalized)
    return drawn.reshape((drawn.size,)) if x.rank == 1 else drawn


@op(method=False)
def dropout(
    x: TensorLike,
    rate: float,
    noise_shape: Dims | None = None,
    seed: LateSeed | None = None,
) -> Tensor:
    """`x` with elements set to 0 with probability `rate`, and the others divided by 1 - rate.

    `x`: float32.
    `noise_shape`: what broadcasts to the shape of x: elements along its dims of 1 share their fate, None is
    x's dim.
    `seed`: as in `random_uniform`.

    Raises ArgumentError for a rate outside [0, 1). As `tf.dropout`.

    >>> sorted(set(dropout([3.] * 100, 0.5, seed=1).numpy().tolist()))
    [0.0, 6.0]
    """
    given = as_tensor(x, "x", "dropout")
    if given.dtype != "float32":
        raise DtypeError(
            f"dropout: x has to be a float32 tensor since it is going to be scaled, got {given.dtype}"
        )
    if not 0 <= rate < 1:
        raise ArgumentError(f"dropout: rate must be a float in the range [0, 1), but got {rate}")
    if rate == 0:
        return run("Identity", {"x": given})
    shape: Any = given.shape
    if noise_shape is not None:
        shape = dims_of(noise_shape)
        if len(shape) == given.rank:
            shape = tuple(dim if d is None else d for d, dim in zip(shape, given.shape, strict=True))
        if broadcast_shapes(shape, given.shape, "dropout") != given.shape:
            raise ShapeError(f"dropout: noise_shape {list(shape)} does not broadcast to {list(given.shape)}")
    return given * _random("DropoutMask", shape, seed, rate=rate)
