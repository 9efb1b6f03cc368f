"""The command line: what it prints, what it writes, and how it says no."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import glbackend as gl
from glbackend.cli import upscale
from glbackend.cli.esrgan import MultiplyBeta, PixelShuffle
from glbackend.cli.main import main
from glbackend.cli.tiling import reach, tiles
from glbackend.debug.texels import texels
from tests.zoo import ZOO

PICTURES = ("digits.png", "curves.png", "filters.png", "textures.png")
NO_GL = {
    "__EGL_VENDOR_LIBRARY_DIRS": "/nowhere",
    "DISPLAY": "",
    "WAYLAND_DISPLAY": "",
    "LIBGL_DRIVERS_PATH": "/nowhere",
}


@pytest.fixture(autouse=True)
def same_backend_after() -> Iterator[None]:
    """Commands choose a backend; the next test must not notice."""
    before = gl.engine().backend
    yield
    gl.engine().use(before)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "glbackend", *arguments]
    return subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=250
    )


@pytest.fixture(scope="module")
def doubler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny up-scaling model whose convolutions see two pixels far."""
    gl.set_seed(5)
    layers = gl.layers
    model = gl.sequential(
        [
            layers.conv2d(
                filters=5, kernel_size=3, padding="same", activation="relu", input_shape=[None, None, 3]
            ),
            layers.up_sampling2d(size=2),
            layers.conv2d(filters=3, kernel_size=3, padding="same"),
        ]
    )
    folder = tmp_path_factory.mktemp("doubler")
    model.save(str(folder))
    model.dispose()
    return folder


def noise(path: Path, mode: str, width: int = 61, height: int = 45) -> Path:
    """A picture of noise."""
    bands = {"L": 1, "RGB": 3, "RGBA": 4}[mode]
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, bands), np.uint8)
    Image.fromarray(pixels[..., 0] if bands == 1 else pixels).save(path)
    return path


# -- usage ---------------------------------------------------------------------------------------------------


def test_help_names_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    shown = capsys.readouterr().err
    assert all(name in shown for name in ("demo", "upscale", "info", "check"))


@pytest.mark.parametrize(
    "arguments", [["demoo"], ["demo", "--epochs", "0"], ["upscale", "a.png"], ["info", "--jsn"]]
)
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_interrupt_is_tidy(
    doubler: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(upscale, "enlarge", interrupted)
    source = noise(tmp_path / "in.png", "RGB")
    assert main(["upscale", str(source), str(tmp_path / "out.png"), "--model", str(doubler)]) == 130
    assert capsys.readouterr().err.strip() == "Stopped."
    assert not (tmp_path / "out.png").exists()


# -- info ----------------------------------------------------------------------------------------------------


def test_info_json() -> None:
    result = run("info", "--json", GLBACKEND_BACKEND="webgl")
    facts = json.loads(result.stdout)
    assert facts["backend"] == "webgl"
    assert facts["why"] == "GLBACKEND_BACKEND=webgl"
    assert facts["opengl"]["formats"] == {"RGBA32F": "works", "RGBA32I": "works"}
    assert facts["opengl"]["max texture size"] >= 1024
    assert facts["versions"]["glbackend"] == gl.__version__
    assert set(facts["versions"]) >= {"numpy", "moderngl", "python"}


def test_falling_back_is_told_in_one_line(doubler: Path, tmp_path: Path) -> None:
    source = noise(tmp_path / "in.png", "RGB", 20, 10)
    result = run(
        "upscale",
        str(source),
        str(tmp_path / "out.png"),
        "--model",
        str(doubler),
        GLBACKEND_BACKEND="",
        **NO_GL,
    )
    assert result.returncode == 0, result.stderr
    (told,) = [line for line in result.stderr.splitlines() if "computes on the cpu backend" in line]
    assert told.startswith("Note: glbackend computes on the cpu backend: no OpenGL 3.3 context")
    assert "warn" not in result.stderr.lower()


def test_explain_tells_each_draw_and_shows_its_source(doubler: Path, webgl: object, tmp_path: Path) -> None:
    page, folder = tmp_path / "page.html", tmp_path / "shaders"
    result = run("explain", str(doubler), "--size", "8", "--html", str(page), "--shaders", str(folder))
    assert result.returncode == 0, result.stderr
    drawn = re.findall(r"draw \d+: kernels/(\w+)\.glsl", result.stdout)
    assert f"{len(drawn)} draws" in result.stdout
    sources = {path.name.removeprefix("kernels-").rpartition("-")[0] for path in folder.glob("*.frag")}
    assert set(drawn) <= sources, "each draw has its source"
    assert "<svg" in page.read_text() and f"{len(drawn)} draws" in page.read_text()


def test_info_of_an_unknown_backend_still_tells_the_rest() -> None:
    result = run("info", GLBACKEND_BACKEND="webgpu")
    assert result.returncode == 0, result.stderr
    assert "unknown backend 'webgpu'" in result.stdout
    assert "moderngl" in result.stdout


def test_without_opengl_info_tells_what_was_tried() -> None:
    result = run("info", "--json", GLBACKEND_BACKEND="", **NO_GL)
    facts = json.loads(result.stdout)
    assert facts["backend"] == "cpu"
    assert not facts["opengl"]["works"]
    assert all(
        way in facts["opengl"]["tried"]
        for way in ("headless EGL", "hidden glfw window", "moderngl standalone")
    )


def test_without_opengl_the_demo_says_how_to_go_on(tmp_path: Path) -> None:
    result = run("demo", "--out", str(tmp_path / "demo"), **NO_GL)
    assert result.returncode == 1
    assert "no OpenGL 3.3 context" in result.stderr
    assert "--backend cpu" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "demo").exists()


# -- demo ----------------------------------------------------------------------------------------------------


def test_demo(tmp_path: Path) -> None:
    result = run("demo", "--out", str(tmp_path / "demo"))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Held-out accuracy" in result.stdout
    assert "webgl" in result.stdout.splitlines()[0]
    for name in PICTURES:
        with Image.open(tmp_path / "demo" / name) as picture:
            assert picture.width > 800
            assert len(picture.convert("L").getcolors() or []) > 20, f"{name} is blank"
    assert (tmp_path / "demo" / "model" / "model.json").is_file()


def test_demo_on_cpu_says_when_it_learnt_too_little(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--backend", "cpu", "--epochs", "1", "--out", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "cpu (NumPy)" in shown
    assert "under 97%" in shown
    assert {path.name for path in tmp_path.glob("*.png")} == set(PICTURES) - {"textures.png"}


def test_texels_are_the_packing_rule(webgl: object) -> None:
    gl.set_backend("webgl")
    values = np.arange(1, 31, dtype=np.float32).reshape(3, 2, 5)
    found = texels(gl.tensor(values))
    assert (found.layout.rows, found.layout.row_texels) == (6, 2)
    for row in range(6):
        for c4 in range(2):
            x, y = found.place(row * 2 + c4)
            wanted = np.pad(values.reshape(6, 5)[row, c4 * 4 : c4 * 4 + 4], (0, 3 * c4))
            np.testing.assert_array_equal(found.values[y, x], wanted)


# -- upscale -------------------------------------------------------------------------------------------------


def test_tiles_leave_no_seam(doubler: Path, backend: str) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (45, 61, 3), np.uint8)
    model = upscale.load(doubler)
    assert reach(model) >= 2
    whole = upscale.enlarge(model, pixels, 1000)
    tiled = upscale.enlarge(model, pixels, 24)
    assert whole.shape == (90, 122, 3)
    assert np.abs(whole.astype(int) - tiled).max() <= 1  # of 255: rounding
    direct = model.predict(gl.tensor(pixels[None].astype(np.float32))).numpy()[0]
    assert np.abs(np.clip(direct, 0, 255) - whole).max() <= 0.51
    model.dispose()


@pytest.mark.parametrize("size", [1, 2, 17, 64, 65, 100, 101, 999])
@pytest.mark.parametrize(("largest", "overlap"), [(64, 0), (64, 5), (40, 12), (1000, 7)])
def test_tiles_cover_once_with_their_overlap(size: int, largest: int, overlap: int) -> None:
    covered = np.zeros(size, int)
    lengths = set()
    for tile in tiles(size, largest, overlap):
        covered[tile.keep_from : tile.keep_to] += 1
        lengths.add(tile.stop - tile.start)
        assert 0 <= tile.start <= max(tile.keep_from - overlap, 0)
        assert min(tile.keep_to + overlap, size) <= tile.stop <= size
    assert (covered == 1).all()
    assert len(lengths) == 1
    assert lengths.pop() <= largest


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_upscale_writes_a_picture(
    mode: str, ending: str, doubler: Path, tmp_path: Path, backend: str
) -> None:
    source, target = noise(tmp_path / "in.png", mode), tmp_path / f"out{ending}"
    assert main(["upscale", str(source), str(target), "--model", str(doubler), "--tile", "40"]) == 0
    with Image.open(target) as made:
        assert made.size == (122, 90)
        assert made.mode == ("RGBA" if mode == "RGBA" and ending == ".png" else "RGB")


def _not_a_picture(folder: Path, doubler: Path) -> list[str]:
    (folder / "note.png").write_text("not a picture")
    return [str(folder / "note.png"), str(folder / "out.png"), "--model", str(doubler)]


def _cut_off(folder: Path, doubler: Path) -> list[str]:
    source = noise(folder / "cut.png", "RGB")
    source.write_bytes(source.read_bytes()[:4000])
    return [str(source), str(folder / "out.png"), "--model", str(doubler)]


def _one_channel(folder: Path, doubler: Path) -> list[str]:
    model = gl.sequential([gl.layers.up_sampling2d(size=2, input_shape=[None, None, 1])])
    model.save(str(folder / "grey"))
    return [str(noise(folder / "in.png", "RGB")), str(folder / "out.png"), "--model", str(folder / "grey")]


def _no_picture_out(folder: Path, doubler: Path) -> list[str]:
    model = gl.sequential([gl.layers.global_average_pooling2d(input_shape=[None, None, 3])])
    model.save(str(folder / "mean"))
    return [str(noise(folder / "in.png", "RGB")), str(folder / "out.png"), "--model", str(folder / "mean")]


BAD: dict[str, tuple[Callable[[Path, Path], list[str]], str]] = {
    "no input": (lambda d, m: [str(d / "no.png"), str(d / "out.png"), "--model", str(m)], "no such file"),
    "not a picture": (_not_a_picture, "not a picture"),
    "cut off": (_cut_off, "cannot be read"),
    "no model": (
        lambda d, m: [str(noise(d / "in.png", "RGB")), str(d / "out.png"), "--model", str(d / "gone")],
        "no such model",
    ),
    "no ending": (
        lambda d, m: [str(noise(d / "in.png", "RGB")), str(d / "out"), "--model", str(m)],
        "end its name",
    ),
    "no folder": (
        lambda d, m: [str(noise(d / "in.png", "RGB")), str(d / "gone" / "out.png"), "--model", str(m)],
        "does not exist",
    ),
    "one channel": (_one_channel, "takes pictures of 1 channels"),
    "no picture out": (_no_picture_out, "not a picture of 3 channels"),
}


@pytest.mark.parametrize("what", sorted(BAD))
def test_upscale_says_no(
    what: str, doubler: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make, message = BAD[what]
    arguments = make(tmp_path, doubler)
    assert main(["upscale", *arguments]) == 1
    shown = capsys.readouterr().err
    assert message in shown
    assert len(shown.strip().splitlines()) == 1
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize("name", ["PixelShuffle", "PixelShuffle2x"])
def test_upscale_knows_the_layers_of_esrgan(name: str, tmp_path: Path, backend: str) -> None:
    """A model whose channels are the pixels of twice the picture, as its package writes it: without scale."""
    kernel = np.zeros((1, 1, 3, 12), np.float32)
    for channel in range(12):
        kernel[0, 0, channel % 3, channel] = 5.0  # depth_to_space: the first three are the first pixel
    layers = [
        gl.layers.conv2d(filters=12, kernel_size=1, use_bias=False, weights=[kernel], input_shape=[None, None, 3]),
        MultiplyBeta(), PixelShuffle(),
    ]  # fmt: skip
    gl.sequential(layers).save(tmp_path)
    file = tmp_path / "model.json"
    text = file.read_text().replace('"PixelShuffle"', f'"{name}"').replace('"scale_factor":null,', "")
    file.write_text(text.replace('"beta":0.2,', ""))
    pixels = np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8)
    found = upscale.enlarge(upscale.load(tmp_path), pixels, 16)
    np.testing.assert_allclose(found, pixels.repeat(2, 0).repeat(2, 1), atol=1)


@pytest.mark.skipif(not ZOO.is_dir(), reason="the model zoo (../shared/zoo) is not beside this checkout")
def test_upscale_a_photo_with_esrgan(tmp_path: Path, webgl: object) -> None:
    with Image.open(ZOO / "inputs" / "chelsea.png") as whole:
        photo = whole.convert("RGB").crop((100, 60, 196, 124))
    photo.save(tmp_path / "photo.png")
    arguments = ["upscale", str(tmp_path / "photo.png"), str(tmp_path / "large.png"), "--backend", "webgl"]
    assert main([*arguments, "--model", str(ZOO / "esrgan-slim-x2"), "--tile", "64"]) == 0
    with Image.open(tmp_path / "large.png") as large:
        assert large.size == (192, 128)
        back = np.asarray(large.resize(photo.size, Image.Resampling.BOX), float)
    assert np.abs(back - np.asarray(photo, float)).mean() < 3  # the same picture, only finer
