"""Layers that put something else into parts of images, or mix the images of a batch, and their labels."""

from collections.abc import Callable, Sequence
from typing import Any

from glbackend.base.errors import ArgumentError, ShapeError
from glbackend.engine.tensor import Tensor
from glbackend.layers.augmentation import Augmenting, Coloured, Factor
from glbackend.layers.layer import layer
from glbackend.ops.create import range_, tensor
from glbackend.ops.logical import logical_and
from glbackend.ops.random import random_normal
from glbackend.ops.seeded import order_of, share_of


class Patching(Augmenting):
    """What layers share that act on a rectangle anywhere in each image."""

    def patch(self, images: Tensor, across: Tensor, down: Tensor) -> Tensor:
        """Where it lies: bool [batch, height, width, 1]. It has these shares of width and height, [batch]."""
        sides = []
        for axis, share in ((2, across), (1, down)):
            size = float(images.shape[axis])
            start = self.draws(images, (0.0, 1.0)) * (size - share * size)
            place = range_(0, images.shape[axis]).reshape([-1 if i == axis else 1 for i in range(4)])
            first, last = (one.reshape((-1, 1, 1, 1)) for one in (start, start + share * size))
            sides.append(logical_and(place >= first, place < last))
        return logical_and(*sides)


@layer("random_erasing")
class RandomErasing(Coloured, Patching):
    """While training overwrites a rectangle anywhere in images [batch, height, width, channels].

    `factor`: the share of images; two numbers, between which it is drawn, or one for 0 and itself.
    `scale`: the squares of the rectangle's shares of height and width, likewise.
    `fill_value`: what is written, a number or three; None: noise.
    `value_range`: ends of the values; noise deviates by the upper one, and is cut to them.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's RandomErasing.

    >>> import glbackend as gl
    >>> layer = gl.layers.random_erasing(factor=[1.0, 1.0], scale=[1.0, 1.0], fill_value=7.0)
    >>> layer(gl.tensor([[[1.], [2.]]])).numpy().ravel().tolist()
    [7.0, 7.0]
    """

    def __init__(
        self,
        factor: Factor = 1.0,
        scale: Factor = (0.02, 0.33),
        fill_value: float | Sequence[float] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(factor, **options)
        self.scale = list(self.spread("scale", scale, 0.0))
        if not (fill_value is None or isinstance(fill_value, int | float) or len(fill_value) == 3):
            raise ArgumentError(f"random_erasing: fill_value must be a number or three, got {fill_value}")
        self.fill_value = fill_value

    def changed(self, images: Tensor) -> Tensor:
        across, down = (self.draws(images, self.scale).sqrt() for _ in range(2))
        inside = logical_and(self.patch(images, across, down), self.chosen(images, self.factor))
        if self.fill_value is None:
            fill = random_normal(images.shape, seed=self.drawn()) * self.value_range[1]
        else:
            fill = tensor(self.fill_value, dtype="float32").broadcast_to(images.shape)
        return fill.clip_by_value(*self.value_range).where(inside, images)


class Mixing(Patching):
    """What layers share that mix each image of a batch with another, and its label alike."""

    def mixed(self, images: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        """The images, and how much of its own each one keeps, [batch]; a subclass gives it."""
        raise NotImplementedError

    def over(self, inputs: Any, changed: Callable[[Tensor], Tensor]) -> Any:
        """One image alone stays. Labels must be [batch, classes]."""
        several = isinstance(inputs, dict)
        images = inputs["images"] if several else inputs
        if images.rank == 3:
            return inputs
        given = self.channels_last(images)
        order = order_of(given.shape[0], self.drawn())
        found, share = self.mixed(given, given.gather(order))
        if not several:
            return self.restore(found)
        result = {"images": self.restore(found)}
        if "labels" in inputs:
            labels = inputs["labels"].cast("float32")
            if labels.rank != 2:
                raise ShapeError(
                    f"{self.class_name} {self.name!r}: labels must be [batch, classes], as of one_hot, "
                    f"got {list(labels.shape)}"
                )
            share = share.reshape((-1, 1))
            result["labels"] = share * labels + (1.0 - share) * labels.gather(order)
        return result


@layer("mix_up")
class MixUp(Mixing):
    """While training mixes each image of a batch [batch, height, width, channels] with another.

    `alpha`: shares are beta distributed, with this for both numbers: the smaller, the less is mixed.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    It may be called on {"images": ..., "labels": ...}, and mixes labels [batch, classes] alike. As Keras's
    MixUp; Zhang et al. 2018.

    >>> import glbackend as gl
    >>> found = gl.layers.mix_up(seed=1)({"images": gl.ones([2, 3, 3, 1]), "labels": gl.eye(2)})
    >>> found["labels"].sum(1).numpy().tolist()
    [1.0, 1.0]
    """

    def __init__(self, alpha: float = 0.2, **options: Any) -> None:
        super().__init__(**options)
        self.alpha = alpha
        if not alpha > 0:
            raise ArgumentError(f"mix_up: alpha must be above 0, got {alpha}")

    def mixed(self, images: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        share = share_of(images.shape[:1], self.alpha, self.drawn)
        each = share.reshape((-1, 1, 1, 1))
        return each * images + (1.0 - each) * others, share


@layer("cut_mix")
class CutMix(Mixing):
    """While training puts a rectangle of another image into each of [batch, height, width, channels].

    `factor`: what the shares of rectangles are beta distributed with, for both numbers; two numbers, between
    which it is drawn, or one for 0 and itself.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    It may be called on {"images": ..., "labels": ...}, and mixes labels [batch, classes] by the areas. As
    Keras's CutMix; Yun et al. 2019.

    >>> import glbackend as gl
    >>> found = gl.layers.cut_mix(seed=1)({"images": gl.ones([2, 3, 3, 1]), "labels": gl.eye(2)})
    >>> found["labels"].sum(1).numpy().tolist()
    [1.0, 1.0]
    """

    def __init__(self, factor: Factor = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.factor = list(self.spread("factor", factor, 0.0))

    def mixed(self, images: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
        alpha = self.draws(None, self.factor) + 1e-6
        share = share_of(images.shape[:1], alpha, self.drawn)
        side = (1.0 - share).sqrt()
        return others.where(self.patch(images, side, side), images), share
