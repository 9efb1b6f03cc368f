"""Resizing against SciPy's interpolation and TF.js's rules, DepthToSpace by its definition."""

import numpy as np
import pytest
from scipy import ndimage

import glbackend as gl
from glbackend.engine.engine import engine
from glbackend.ops.image import depth_to_space, resize_bilinear, resize_nearest_neighbor
from glbackend.testing.sample import normal

SIZES = [((3, 4), (7, 8)), ((7, 6), (3, 5)), ((2, 2), (4, 4)), ((5, 3), (1, 1))]
WAYS = ["plain", "corners", "half"]


def coordinates(size: int, resized: int, way: str) -> np.ndarray:
    """Where the pixels of a resized axis lie."""
    places = np.arange(resized)
    if way == "half":
        return (places + 0.5) * size / resized - 0.5
    if way == "corners" and resized > 1:
        return places * (size - 1) / (resized - 1)
    return places * size / resized


def flags(way: str) -> dict[str, bool]:
    return {"align_corners": way == "corners", "half_pixel_centers": way == "half"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("size", "to"), SIZES)
def test_bilinear_agrees_with_scipy(
    backend: str, size: tuple[int, int], to: tuple[int, int], way: str
) -> None:
    x = normal(*size, 5)
    grid = np.meshgrid(*(coordinates(a, b, way) for a, b in zip(size, to, strict=True)), indexing="ij")
    expected = [
        ndimage.map_coordinates(x[..., c].astype(float), grid, order=1, mode="nearest") for c in range(5)
    ]
    y = resize_bilinear(x, to, **flags(way))
    np.testing.assert_allclose(y.numpy(), np.stack(expected, -1), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("op", [resize_bilinear, resize_nearest_neighbor])
def test_gradient_is_the_adjoint(backend: str, op: object, way: str) -> None:
    """<resize(x), dy> = <x, gradient>, here for a matrix made by resizing unit vectors."""
    dy = normal(5, 1, 1)
    units = np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1)
    matrix = op(units, (5, 1), **flags(way)).numpy().reshape(3, 5)  # type: ignore[operator]
    dx = gl.grad(lambda x: (op(x, (5, 1), **flags(way)) * gl.tensor(dy)).sum())(gl.tensor(normal(3, 1, 1)))  # type: ignore[operator]
    np.testing.assert_allclose(dx.numpy().ravel(), matrix @ dy.ravel(), rtol=1e-5, atol=1e-6)


def test_nearest_rounds_as_tfjs(backend: str) -> None:
    x = gl.tensor([0.0, 1.0], (1, 2, 1))
    assert resize_nearest_neighbor(x, (1, 3), align_corners=True).numpy().ravel().tolist() == [0, 1, 1]
    assert resize_nearest_neighbor(x, (1, 3)).numpy().ravel().tolist() == [0, 0, 1]
    assert resize_nearest_neighbor(x, (1, 3), half_pixel_centers=True).numpy().ravel().tolist() == [0, 1, 1]


@pytest.mark.parametrize("size", [49, 103, 1000])
def test_whole_factors_repeat_pixels_exactly(backend: str, size: int) -> None:
    """(i / 3) rounds to the wrong side in floating point; whole numbers do not."""
    x = np.arange(size, dtype=np.int32).reshape(1, size, 1)
    y = resize_nearest_neighbor(x, (1, 3 * size))
    np.testing.assert_array_equal(y.numpy(), x.repeat(3, 1))


def test_gradient_kernel_takes_no_infinity_from_afar(backend: str) -> None:
    dy = np.zeros((1, 1, 8, 1), np.float32)
    dy[0, 0, 2] = np.inf  # lies on pixel 1 exactly
    images = gl.tensor(normal(1, 1, 4, 1))
    dx = engine().run_kernel("ResizeBilinearGrad", {"images": images, "dy": gl.tensor(dy)}, {})
    assert dx.numpy().ravel().tolist() == [0, np.inf, 0, 0]


def test_depth_to_space(backend: str) -> None:
    x = gl.tensor(np.arange(1, 13, dtype=np.float32), (1, 1, 1, 12))
    assert depth_to_space(x, 2).numpy().tolist() == [[[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]]]
    first = gl.tensor(np.arange(1, 5, dtype=np.float32), (1, 4, 1, 1))
    assert depth_to_space(first, 2, "NCHW").numpy().tolist() == [[[[1, 2], [3, 4]]]]


def test_bad_calls_say_what_is_wrong() -> None:
    x = normal(1, 2, 2, 6)
    with pytest.raises(ValueError, match="exclude each other"):
        resize_bilinear(x, (4, 4), align_corners=True, half_pixel_centers=True)
    with pytest.raises(ValueError, match=r"size must be \(height, width\)"):
        resize_nearest_neighbor(x, (4, 4, 4))
    with pytest.raises(ValueError, match="have no pixels"):
        resize_bilinear(normal(1, 0, 2, 3), (4, 4))
    with pytest.raises(ValueError, match=r"6 channels .* divisible by 4"):
        depth_to_space(x, 2)
    with pytest.raises(ValueError, match="block_size must be"):
        depth_to_space(x, 1)
    with pytest.raises(ValueError, match="rank 4"):
        depth_to_space(normal(2, 2, 4), 2)
