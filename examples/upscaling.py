"""A tiny super-resolution network: four feature maps become the four pixels of a block twice as fine.

python examples/upscaling.py [steps]        learns on a synthetic picture, then doubles its size
"""

import sys

import numpy as np

import glbackend as gl

gl.set_seed(3)
steps = int(sys.argv[1]) if len(sys.argv) > 1 else 60


def rings(size: int, fineness: float) -> np.ndarray:
    """A picture of rings and stripes, size x size, three channels in 0..1."""
    y, x = np.mgrid[0:size, 0:size] / size
    radius = np.hypot(x - 0.5, y - 0.5)
    channels = [np.sin(fineness * radius), np.sin(fineness * x + 2), np.cos(fineness * (x + y))]
    return (0.5 + 0.5 * np.stack(channels, -1)).astype("float32")


large = np.stack([rings(32, fineness) for fineness in (20, 26, 31, 37)])
small = large.reshape(4, 16, 2, 16, 2, 3).mean((2, 4))  # each 2 x 2 block becomes one pixel

conv = gl.layers.conv2d(filters=16, kernel_size=3, padding="same", activation="relu", input_shape=[16, 16, 3])
blocks = gl.layers.conv2d(filters=12, kernel_size=3, padding="same")


def upscale(pictures: gl.Tensor) -> gl.Tensor:
    """Twice as high and wide: what bilinear resizing gives, plus what the network has learnt to add."""
    height, width = pictures.shape[1:3]
    smooth = gl.image.resize_bilinear(pictures, [2 * height, 2 * width], half_pixel_centers=True)
    return smooth + blocks(conv(pictures)).depth_to_space(2)


def loss() -> gl.Tensor:
    """Mean square of what is missing."""
    return (upscale(x) - y).square().mean()


x, y = gl.tensor(small), gl.tensor(large)
before = loss().item()
optimizer = gl.train.adam(0.005)
for _ in range(steps):
    optimizer.minimize(loss)
after = loss().item()

print(f"mean square error: bilinear {before:.4f}, learnt {after:.4f}, {before / after:.1f} times less")
print(f"{list(x.shape)} -> {list(upscale(x).shape)}")
