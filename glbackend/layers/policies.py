"""Layers that change images by what they choose among many others: RandAugment and AugMix."""

from collections.abc import Sequence
from typing import Any

from glbackend.engine.node import tracing
from glbackend.engine.tensor import Tensor
from glbackend.layers import color
from glbackend.layers.augmentation import (
    Augmenting,
    Factor,
    RandomBrightness,
    RandomContrast,
    RandomRotation,
    RandomTranslation,
)
from glbackend.layers.image import OverImages, range_of
from glbackend.layers.layer import layer
from glbackend.layers.tilting import RandomShear
from glbackend.ops.create import zeros_like
from glbackend.ops.random import random_uniform_int, uniform_number
from glbackend.ops.seeded import log_gamma, share_of

TONES = RandomBrightness, color.RandomColorDegeneration, RandomContrast, color.RandomSharpness


class Choosing(Augmenting):
    """What layers share that draw which of others they apply to a batch."""

    def __init__(
        self,
        value_range: Sequence[float],
        factor: Factor,
        interpolation: str,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.value_range = range_of(value_range, self.class_name)
        self.factor, self.interpolation = list(self.spread("factor", factor, 0.0)), interpolation
        ends, seed = self.factor, None if self.seed is None else self.seed + 1
        seen: Any = {"interpolation": interpolation, "seed": seed}
        ranged: Any = {"value_range": self.value_range, "seed": seed}
        bits = max(1, int(8 * ends[1]))
        self.choices: list[OverImages] = [
            RandomShear(ends, ends, **seen),
            RandomTranslation(ends, ends, **seen),
            RandomRotation(ends, **seen),
            color.RandomPosterization(bits, **ranged),
            color.Solarization(ends, ends, **ranged),
            color.AutoContrast(self.value_range),
            color.Equalization(self.value_range),
        ]
        self.choices += [kind(ends, **ranged) for kind in TONES]

    def one_of(self, images: Tensor, among: Sequence[OverImages]) -> Tensor:
        """The images changed by a layer that is drawn; in a trace by all, of which the draw takes one.

        With a seed always so: the draws of all layers go on, and each call gives what the traced one does.
        """
        if tracing.get() is None and self.seed is None:
            drawn = int(uniform_number(0, len(among), self.drawn()))
            return among[min(drawn, len(among) - 1)].changed(images)
        chosen = random_uniform_int([], 0, len(among), seed=self.drawn())
        found = images
        for i, one in enumerate(among):
            found = one.changed(images).where((chosen == i).broadcast_to(images.shape), found)
        return found


@layer("rand_augment")
class RandAugment(Choosing):
    """While training changes images [batch, height, width, channels] in ways that are drawn for each batch.

    `value_range`: ends of the values.
    `num_ops`: how many changes follow each other.
    `factor`: how strong they are, 0 to 1; two numbers, between which it is drawn, or one for 0 and itself.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    They are slanted, moved, turned, posterized, solarized, spread over the range, equalized, brightened,
    made grey, of more contrast or sharpened. As Keras's RandAugment; Cubuk et al. 2020.

    >>> import glbackend as gl
    >>> gl.layers.rand_augment(seed=1)(gl.zeros([2, 8, 8, 3])).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_ops: int = 2,
        factor: Factor = 0.5,
        interpolation: str = "bilinear",
        **options: Any,
    ) -> None:
        super().__init__(value_range, factor, interpolation, **options)
        self.num_ops = self.positive("num_ops", num_ops)

    def changed(self, images: Tensor) -> Tensor:
        for _ in range(self.num_ops):
            images = self.one_of(images, self.choices)
        return images


@layer("aug_mix")
class AugMix(Choosing):
    """While training mixes images [batch, height, width, channels] with some that chains of changes give.

    `value_range`: ends of the values, to which results are cut.
    `num_chains`: how many chains there are.
    `chain_depth`: how many changes a chain has, of which some are none.
    `factor`: how strong they are, 0 to 1; two numbers, between which it is drawn, or one for 0 and itself.
    `alpha`: of the beta and Dirichlet distributions that say how much of what is mixed.
    `all_ops`: whether all changes of `rand_augment` are drawn from, or not brightness, grey, contrast and
    sharpness.
    `interpolation`: "bilinear" mixes four pixels, "nearest" takes one.
    `seed`: makes the draws repeatable.
    `data_format`: "channelsLast", or "channelsFirst" where the channels come before height.

    As Keras's AugMix; Hendrycks et al. 2020.

    >>> import glbackend as gl
    >>> gl.layers.aug_mix(seed=1)(gl.zeros([2, 8, 8, 3])).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        value_range: Sequence[float] = (0, 255),
        num_chains: int = 3,
        chain_depth: int = 3,
        factor: Factor = 0.3,
        alpha: float = 1.0,
        all_ops: bool = True,
        interpolation: str = "bilinear",
        **options: Any,
    ) -> None:
        super().__init__(value_range, factor, interpolation, **options)
        self.num_chains = self.positive("num_chains", num_chains)
        self.chain_depth = self.positive("chain_depth", chain_depth)
        self.alpha, self.all_ops = alpha, all_ops
        if not all_ops:
            self.choices = [one for one in self.choices if not isinstance(one, TONES)]
        self.choices.append(OverImages())

    def changed(self, images: Tensor) -> Tensor:
        mixed = zeros_like(images)
        for share in log_gamma((self.num_chains,), self.alpha, self.drawn).softmax().unstack():
            chain = images
            for _ in range(self.chain_depth):
                chain = self.one_of(chain, self.choices)
            mixed += chain * share
        keep = share_of((), self.alpha, self.drawn)
        return (keep * images + (1.0 - keep) * mixed).clip_by_value(*self.value_range)
