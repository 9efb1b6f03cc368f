"""Crops, transforms, rotations, colours and pixels: against SciPy, Pillow and NumPy, and by hand."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

import glbackend as gl
from glbackend.base.errors import ArgumentError, BackendError, DtypeError, ShapeError
from glbackend.base.pixels import png
from glbackend.ops import pixels
from glbackend.testing.sample import integers, normal, uniform

GRID = np.arange(1, 10, dtype=np.float32).reshape(1, 3, 3, 1)


@pytest.mark.parametrize("size", [(4, 5), (2, 2), (9, 3)])
def test_crops_agree_with_scipy(backend: str, size: tuple[int, int]) -> None:
    image, box = normal(1, 6, 7, 3), (0.12, 0.9, 0.83, 0.07)
    rows = np.linspace(box[0] * 5, box[2] * 5, size[0])
    columns = np.linspace(box[1] * 6, box[3] * 6, size[1])
    places = np.meshgrid(rows, columns, indexing="ij")
    expected = [ndimage.map_coordinates(image[0, ..., c].astype(float), places, order=1) for c in range(3)]
    found = gl.image.crop_and_resize(image, [box], [0], size)
    np.testing.assert_allclose(found.numpy()[0], np.stack(expected, -1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("count", [2, 3, 7, 50, 99])
def test_the_whole_image_has_no_outside(backend: str, count: int) -> None:
    """The last row lies on the edge exactly, however the division is rounded."""
    image = np.ones((1, 6, 10, 1), np.float32)
    assert (
        gl.image.crop_and_resize(image, [[0.0, 0, 1, 1]], [0], (count, count), "bilinear", -5).min().item()
        == 1
    )


def test_crops_outside_and_of_no_image(backend: str) -> None:
    boxes = [[-1.0, 0, 0, 1], [0, 0, 1, 1], [np.nan, 0, 1, 1]]
    found = gl.image.crop_and_resize(GRID, boxes, [0, 1, 0], (2, 1), "nearest", 7).numpy()
    assert found[..., 0, 0].tolist() == [[7, 2], [0, 0], [7, 7]]


@pytest.mark.parametrize("how", ["bilinear", "nearest"])
def test_gradients_of_large_enlargements_miss_nothing(backend: str, how: str) -> None:
    """More pixels than llvmpipe lets a loop turn."""
    image = gl.tensor(np.ones((1, 1, 2, 1), np.float32))
    crop = gl.grad(lambda x: gl.image.crop_and_resize(x, [[0.0, 0, 1, 1]], [0], (300, 400), how).sum())  # type: ignore[arg-type]
    np.testing.assert_allclose(crop(image).numpy().ravel(), [60_000, 60_000], rtol=1e-5)
    maps = [[1 / 700, 0, 0, 0, 0, 0, 0, 0]]
    map_ = gl.grad(lambda x: gl.image.transform(x, maps, how, "nearest", 0, (600, 701)).sum())  # type: ignore[arg-type]
    np.testing.assert_allclose(map_(image).numpy().ravel(), [210_300, 210_300], rtol=2e-3)


def test_bad_crops() -> None:
    with pytest.raises(ArgumentError, match="method must be bilinear or nearest"):
        gl.image.crop_and_resize(GRID, [[0.0, 0, 1, 1]], [0], (2, 2), "cubic")  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match=r"at least \[1, 1\]"):
        gl.image.crop_and_resize(GRID, [[0.0, 0, 1, 1]], [0], (0, 2))
    with pytest.raises(ShapeError, match="each of the 1 boxes"):
        gl.image.crop_and_resize(GRID, [[0.0, 0, 1, 1]], [0, 0], (2, 2))


@pytest.mark.parametrize(
    ("mode", "scipy"), [("constant", "grid-constant"), ("reflect", "reflect"), ("nearest", "nearest")]
)
def test_transforms_agree_with_scipy(backend: str, mode: str, scipy: str) -> None:
    """Where they mean the same: SciPy reflects about the edge of the last pixel only in between pixels."""
    image, (a, b, c, d, e, f) = normal(1, 7, 8, 3), (1.0, 0.0, -2.25, 0.0, 1.0, 1.5)
    found = gl.image.transform(image, [[a, b, c, d, e, f, 0, 0]], "bilinear", mode, 0.5)  # type: ignore[arg-type]
    y, x = np.mgrid[:7, :8]
    places = [d * x + e * y + f, a * x + b * y + c]
    if mode == "reflect":  # TF.js, as TensorFlow, clamps what is reflected: its positions are ours
        places = [
            np.clip(np.where(p < 0, -p - 1, np.where(p >= n, 2 * n - p - 1, p)), 0, n - 1)
            for p, n in zip(places, (7, 8), strict=True)
        ]
    expected = [
        ndimage.map_coordinates(image[0, ..., i].astype(float), places, order=1, mode=scipy, cval=0.5)
        for i in range(3)
    ]
    np.testing.assert_allclose(found.numpy()[0], np.stack(expected, -1), rtol=1e-4, atol=1e-5)


def test_wrapping_repeats_whole_pixels(backend: str) -> None:
    row = np.arange(5, dtype=np.float32).reshape(1, 1, 5, 1)
    found = gl.image.transform(row, [[1.0, 0, -2, 0, 1, 0, 0, 0]], "nearest", "wrap", output_shape=(1, 6))
    assert found.numpy().ravel().tolist() == [3, 4, 0, 1, 2, 3]


def test_what_lies_at_infinity_is_filled(backend: str) -> None:
    found = gl.image.transform(GRID, [[1.0, 0, 0, 0, 1, 0, -1, 0]], "bilinear", "nearest", 8).numpy()
    assert found[0, :, 1, 0].tolist() == [8, 8, 8]  # 1 - x is 0 there
    nowhere = gl.image.transform(GRID, [[np.nan, 0, 0, 0, 1, 0, 0, 0]], "nearest", "reflect", 8)
    assert nowhere.min().item() == 8


def test_quarter_turns(backend: str) -> None:
    image = normal(2, 4, 4, 3)
    turned = gl.image.rotate_with_offset(image, np.pi / 2, center=3 / 8)  # 3 / 8 of 4 pixels: the middle, 1.5
    np.testing.assert_allclose(turned.numpy(), np.rot90(image, 1, (1, 2)))
    np.testing.assert_allclose(
        gl.image.rotate_with_offset(turned, np.pi, center=3 / 8).numpy(), np.rot90(image, 3, (1, 2))
    )


def test_rotation_fills_colours(backend: str) -> None:
    found = gl.image.rotate_with_offset(
        np.zeros((1, 2, 2, 4), np.float32), 0.0, (1, 2, 3), (5.0, 5.0)
    ).numpy()
    assert not found.any()
    gone = gl.image.rotate_with_offset(np.zeros((1, 2, 2, 4), np.float32), np.pi, (1, 2, 3), 5.0).numpy()
    assert gone[0, 0, 0].tolist() == [1, 2, 3, 255]


def test_adjoint_of_a_transform_conserves_what_is_inside(backend: str) -> None:
    """Enlarged over several blocks: each pixel of dy goes somewhere inside."""
    size = (37, 41)
    image = gl.tensor(normal(1, 5, 6, 2))
    weights = gl.tensor(uniform(0, 1, 1, *size, 2))

    def loss(x: gl.Tensor) -> gl.Tensor:
        return (
            gl.image.transform(x, [[0.1, 0, 0.2, 0, 0.1, 0.3, 0, 0]], "bilinear", "nearest", 0, size)
            * weights
        ).sum()

    total = gl.grad(loss)(image).sum().item()
    assert total == pytest.approx(weights.sum().item(), rel=1e-5)


def test_flip(backend: str) -> None:
    image = normal(2, 3, 5, 3)
    np.testing.assert_array_equal(gl.image.flip_left_right(image).numpy(), image[:, :, ::-1])
    with pytest.raises(ShapeError, match="rank 4"):
        gl.image.flip_left_right(image[0])


def test_colours(backend: str) -> None:
    rgb = integers(0, 256, 4, 5, 3)
    expected = (rgb @ np.array([0.2989, 0.587, 0.114]))[..., None]
    np.testing.assert_allclose(gl.image.rgb_to_grayscale(rgb.astype(np.float32)).numpy(), expected, rtol=1e-5)
    assert gl.image.rgb_to_grayscale(rgb).dtype == "int32"
    grey = integers(0, 256, 2, 3, 1)
    np.testing.assert_array_equal(gl.image.grayscale_to_rgb(grey).numpy(), grey.repeat(3, -1))
    with pytest.raises(ShapeError, match="last dim of 3"):
        gl.image.rgb_to_grayscale(grey)


def otsu(levels: np.ndarray) -> int:
    """The last level of the darker part, by trying all."""
    best, found = 0.0, -1
    for cut in range(255):
        dark, light = levels[levels <= cut], levels[levels > cut]
        if dark.size and light.size:
            between = dark.size * light.size / levels.size**2 * (dark.mean() - light.mean()) ** 2
            if between > best:
                best, found = between, cut
    return found


def test_threshold(backend: str) -> None:
    image = np.array([[[10], [127], [128], [250]]], np.int32)
    assert gl.image.threshold(image).numpy().ravel().tolist() == [0, 0, 255, 255]
    assert gl.image.threshold(image, "binary", True, 0.03).numpy().ravel().tolist() == [0, 0, 0, 0]
    grey = np.concatenate([integers(20, 90, 8, 9, 1), integers(120, 200, 8, 9, 1)], 1)
    cut = otsu(grey)
    np.testing.assert_array_equal(gl.image.threshold(grey, "otsu").numpy(), np.where(grey > cut, 255, 0))
    np.testing.assert_array_equal(
        gl.image.threshold(grey, "otsu", True).numpy(), np.where(grey <= cut, 255, 0)
    )
    with pytest.raises(ArgumentError, match="binary or otsu"):
        gl.image.threshold(image, "triangle")  # type: ignore[arg-type]


def test_from_pixels_takes_arrays_pictures_and_files(backend: str, tmp_path: Path) -> None:
    array = integers(0, 256, 4, 5, 4).astype(np.uint8)
    picture = Image.fromarray(array)
    picture.save(tmp_path / "picture.png")
    for source in (array, picture, tmp_path / "picture.png", str(tmp_path / "picture.png")):
        np.testing.assert_array_equal(gl.browser.from_pixels(source, 4).numpy(), array)
        np.testing.assert_array_equal(gl.browser.from_pixels(source).numpy(), array[..., :3])
    grey = gl.browser.from_pixels(array[..., 0], 4).numpy()
    np.testing.assert_array_equal(grey, np.dstack([array[..., :1].repeat(3, -1), np.full((4, 5), 255)]))


def test_bad_pixels(tmp_path: Path) -> None:
    (tmp_path / "none.png").write_text("no picture")
    for source in (5, tmp_path / "none.png", tmp_path / "absent.png"):
        with pytest.raises(ArgumentError, match="from_pixels"):
            gl.browser.from_pixels(source)
    with pytest.raises(DtypeError, match="whole numbers"):
        gl.browser.from_pixels(np.zeros((2, 2, 3)))
    with pytest.raises(ArgumentError, match=r"\[0, 255\], got -1 to 256"):
        gl.browser.from_pixels(np.array([[-1, 256]]))
    with pytest.raises(ArgumentError, match="1 to 4"):
        gl.browser.from_pixels(np.zeros((2, 2), np.uint8), 5)


def test_to_pixels(backend: str) -> None:
    assert gl.browser.to_pixels([[0, 9]]).tolist() == [[[0, 0, 0, 255], [9, 9, 9, 255]]]
    colour = gl.tensor([[[0.0, 0.5, 1.0, 0.25]]])
    assert gl.browser.to_pixels(colour).tolist() == [[[0, 128, 255, 64]]]
    for bad in ([[-0.1]], [[1.1]], [[np.nan]]):
        with pytest.raises(ArgumentError, match=r"\[0, 1\]"):
            gl.browser.to_pixels(gl.tensor(bad))
    with pytest.raises(ShapeError, match="1, 3 or 4 channels"):
        gl.browser.to_pixels(gl.zeros([2, 2, 2]))
    with pytest.raises(DtypeError, match="bool"):
        gl.browser.to_pixels(gl.zeros([2, 2], "bool"))


def test_draw_gives_pixels_to_a_canvas(backend: str) -> None:
    shown: list[np.ndarray] = []
    gl.browser.draw(gl.tensor([[0.0, 1.0]]), shown.append, alpha=0.5)
    assert shown[0].dtype == np.uint8
    assert shown[0].tolist() == [[[0, 0, 0, 128], [255, 255, 255, 128]]]


def test_draw_without_a_display_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(BackendError, match="no window can be opened"):
        pixels.draw([[0, 255]])


def test_draw_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """IPython is stood in for: what matters is that a PNG of the pixels reaches its display."""
    found: list[bytes] = []

    class Notebook:
        kernel = "a kernel"

        class display:
            Image = staticmethod(lambda data: data)
            display = staticmethod(found.append)

        @classmethod
        def get_ipython(cls) -> type:
            return cls

    monkeypatch.setitem(__import__("sys").modules, "IPython", Notebook)
    pixels.draw([[0, 255]])
    assert np.asarray(Image.open(io.BytesIO(found[0]))).tolist() == [[[0, 0, 0, 255], [255, 255, 255, 255]]]


def test_png_is_read_by_pillow() -> None:
    array = integers(0, 256, 7, 5, 4).astype(np.uint8)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png(array)))), array)
