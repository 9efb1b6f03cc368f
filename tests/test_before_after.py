"""Before and after a model: pictures, labels, boxes, drawings and sound."""

import hashlib
import inspect
import io
import json
import urllib.request
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scipy import signal

import glbackend as gl
from glbackend.media import labels
from glbackend.media.preprocessing import MODES, mode_of
from tests.test_house import is_documented
from tools import generate

RANDOM = np.random.default_rng(3)
PICTURE = RANDOM.integers(0, 256, (37, 53, 3)).astype(np.uint8)


MEDIA = {
    f"{space}.{name}": getattr(getattr(gl, space), name)
    for space, modules in generate.MEDIA.items()
    for names in modules.values()
    for name in names
    if callable(getattr(getattr(gl, space), name))
}


@pytest.mark.parametrize("name", MEDIA)
def test_what_stands_around_models_is_documented(name: str) -> None:
    plain = inspect.isclass(MEDIA[name])  # not made by users
    is_documented(MEDIA[name], [] if plain else inspect.signature(MEDIA[name]).parameters)


# -- pictures ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_camera_says(orientation: int, tmp_path: Path) -> None:
    """The eight ways: what each file shows upright is the same picture."""
    stored = {  # what has to lie in the file, so that the note about it makes PICTURE of it
        1: PICTURE, 2: PICTURE[:, ::-1], 3: PICTURE[::-1, ::-1], 4: PICTURE[::-1],
        5: PICTURE.transpose(1, 0, 2), 6: np.rot90(PICTURE, 1), 7: PICTURE[::-1, ::-1].transpose(1, 0, 2),
        8: np.rot90(PICTURE, -1),
    }  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    place = tmp_path / "photo.png"
    Image.fromarray(np.ascontiguousarray(stored[orientation])).save(place, exif=exif)
    np.testing.assert_array_equal(gl.image.load(place).numpy(), PICTURE)
    np.testing.assert_array_equal(gl.image.load(place.read_bytes()).numpy(), PICTURE)


def test_a_picture_of_16_bits_becomes_one_of_8(tmp_path: Path) -> None:
    deep = np.array([[0, 256, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert gl.image.load(tmp_path / "deep.png", 1).numpy().ravel().tolist() == [0, 1, 255]


def test_channels_of_a_picture(tmp_path: Path) -> None:
    clear = np.dstack([PICTURE, np.full(PICTURE.shape[:2], 9, np.uint8)])
    Image.fromarray(clear).save(tmp_path / "clear.png")
    assert gl.image.load(tmp_path / "clear.png", 4).numpy()[0, 0, 3] == 9
    assert gl.image.load(tmp_path / "clear.png").shape == (37, 53, 3)
    assert gl.image.load(tmp_path / "clear.png", 1).shape == (37, 53, 1)
    with pytest.raises(gl.errors.ArgumentError, match="channels must be 1, 3 or 4"):
        gl.image.load(tmp_path / "clear.png", 2)


@pytest.mark.parametrize("mode", ["La", "RGBa"])
def test_levels_that_are_multiplied_by_opacity(mode: str) -> None:
    """Grey of half opacity, as Pillow keeps it while it resizes."""
    whole = Image.new(mode.upper(), (2, 2), (200, 128) if mode == "La" else (200, 200, 200, 128))
    near = gl.image.load(whole).numpy().astype(int) - gl.image.load(whole.convert(mode)).numpy()
    assert abs(near).max() <= 1


def test_what_is_no_picture_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "note.png").write_text("a note")
    with pytest.raises(gl.errors.DataFormatError, match=r"note\.png is not a picture"):
        gl.image.load(tmp_path / "note.png")
    with pytest.raises(FileNotFoundError, match="no such file"):
        gl.image.load(tmp_path / "gone.png")
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "PNG")
    with pytest.raises(gl.errors.DataFormatError, match="cannot be read"):
        gl.image.load(buffer.getvalue()[:2000])
    with pytest.raises(gl.errors.ArgumentError, match="a path, bytes or a PIL image, got int"):
        gl.image.load(3)


@pytest.mark.parametrize("size", [(20, 20), (18, 60), (60, 18), (37, 53), (80, 90)])
def test_resizing_is_pillows(size: tuple[int, int], backend: str) -> None:
    """Pillow's BILINEAR averages over what a pixel covers, as `antialias` does."""
    floats = PICTURE[..., 0].astype(np.float32)
    wanted = np.asarray(Image.fromarray(floats).resize(size[::-1], Image.Resampling.BILINEAR))
    got = gl.image.preprocess(floats[..., None], size).numpy()[0, ..., 0]
    assert np.abs(got - wanted).max() < 1e-3  # of 255


def test_nearest_takes_levels_that_are_there(backend: str) -> None:
    got = gl.image.preprocess(gl.image.load(Image.fromarray(PICTURE)), (10, 11), interpolation="nearest")
    rows, columns = ((np.arange(n) + 0.5) * (have / n) for n, have in ((10, 37), (11, 53)))
    wanted = PICTURE[rows.astype(int)[:, None], columns.astype(int)]
    np.testing.assert_array_equal(got.numpy()[0], wanted)


@pytest.mark.parametrize("fit", ["stretch", "crop", "pad"])
@pytest.mark.parametrize("size", [(24, 24), (16, 48), (90, 30)])
def test_a_window_brings_points_back(fit: str, size: tuple[int, int], backend: str) -> None:
    """A white square is found where it was, through every way of fitting."""
    picture = np.zeros((120, 160, 3), np.uint8)
    picture[50:66, 70:90] = 255
    made = gl.image.preprocess(gl.image.load(Image.fromarray(picture)), size, fit=fit).numpy()[0, ..., 0]
    assert made.shape == size
    weight = made / made.sum()
    middle = [(weight.sum(1) * (np.arange(size[0]) + 0.5)).sum() / size[0],
              (weight.sum(0) * (np.arange(size[1]) + 0.5)).sum() / size[1]]  # fmt: skip
    y, x = gl.image.window((120, 160), size, fit).to_picture(middle)
    pixel = 160 / min(size)
    assert abs(y - 58) < pixel / 2
    assert abs(x - 80) < pixel / 2


def test_padding_has_its_level() -> None:
    made = gl.image.preprocess(np.full((10, 20, 3), 200.0), (20, 20), fit="pad", pad_value=114).numpy()[0]
    assert made[:5].min() == made[:5].max() == 114
    assert made[5:15].min() == 200


# The numbers that Keras 3.15's preprocess_input gives for (10, 100, 250).
KERAS = {
    "tf": [-0.92156863, -0.21568626, 0.9607843],
    "torch": [-1.9466565, -0.28501397, 2.5528543],
    "caffe": [146.061, -16.779, -113.68],
}


@pytest.mark.parametrize("mode", KERAS)
def test_modes_are_keras_own(mode: str, backend: str) -> None:
    got = gl.image.preprocess([[[10.0, 100.0, 250.0]]], normalize=mode).numpy().ravel()
    np.testing.assert_allclose(got, KERAS[mode], rtol=1e-5, atol=1e-5)


def test_families_are_found_by_the_names_of_models() -> None:
    names = {
        "tf": [
            "mobilenet_1.00_224",
            "mobilenetv2_1.00_224",
            "inception_v3",
            "xception",
            "resnet50v2",
            "NASNet",
        ],
        "caffe": ["resnet50", "ResNet101", "vgg16", "VGG19"],
        "torch": ["densenet121"],
        "raw": ["MobileNetV3Small", "efficientnetb0", "efficientnetv2-b0", "convnext_tiny"],
    }
    assert {name: mode_of(name) for mode, some in names.items() for name in some} == {
        name: mode for mode, some in names.items() for name in some
    }
    assert mode_of("my_model") is None
    assert set(MODES) == {"tf", "caffe", "torch", "unit", "raw"}


def test_wrong_words_are_named() -> None:
    picture = np.zeros((4, 4, 3))
    for options, said in (
        ({"normalize": "imagnet"}, "normalize must be one of"),
        ({"fit": "cover", "size": (2, 2)}, "fit must be one of"),
        ({"size": (0, 2)}, "at least 1"),
        ({"interpolation": "cubic"}, "interpolation must be one of"),
        ({"central_fraction": 1.5}, "central_fraction"),
        ({"normalize": ((1.0, 2.0), 1.0)}, "2 means or deviations for 3 channels"),
        ({"normalize": (0.0, 0.0)}, "deviation of 0"),
    ):
        with pytest.raises(gl.errors.GlbackendError, match=said):
            gl.image.preprocess(picture, **options)
    with pytest.raises(gl.errors.ShapeError, match="height, width, channels"):
        gl.image.preprocess(np.zeros((4, 4)))


# -- labels --------------------------------------------------------------------------------------------------

FORMS: dict[str, Any] = {
    "lines.txt": "cat\ndog\ncow\n",
    "numbered.txt": "0 cat\n1 dog\n2 cow",
    "list.json": json.dumps(["cat", "dog", "cow"]),
    "keras.json": json.dumps({"0": ["n1", "cat"], "2": ["n3", "cow"], "1": ["n2", "dog"]}),
    "config.json": json.dumps({"id2label": {"0": "cat", "1": "dog", "2": "cow"}, "more": 1}),
}


@pytest.mark.parametrize("name", FORMS)
def test_files_of_labels(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(FORMS[name])
    assert gl.image.read_labels(tmp_path / name) == ["cat", "dog", "cow"]
    best = gl.image.decode_predictions([[0.1, 0.2, 0.7]], 2, tmp_path / name)
    assert [one.name for one in best[0]] == ["cow", "dog"]


@pytest.mark.parametrize("text", ["", "{1", '{"a": "b"}', "[1, 2]", '{"999999999": "x"}', "\ufeff  "])
def test_files_that_hold_no_labels(text: str, tmp_path: Path) -> None:
    (tmp_path / "no.json").write_text(text)
    with pytest.raises(gl.errors.DataFormatError, match="read_labels"):
        gl.image.read_labels(tmp_path / "no.json")


def test_labels_that_are_no_file(tmp_path: Path) -> None:
    for place, told in ((tmp_path, "is a folder: name a text"), (tmp_path / "gone", "does not exist: name")):
        with pytest.raises(FileNotFoundError, match=told):
            gl.image.read_labels(place)


def test_fewer_labels_than_classes_are_an_error() -> None:
    with pytest.raises(gl.errors.ShapeError, match="2 labels for 3 classes"):
        gl.image.decode_predictions([[1.0, 2.0, 3.0]], labels=["a", "b"])
    with pytest.raises(gl.errors.ArgumentError, match="3 classes are not ImageNet's 1000"):
        gl.image.decode_predictions([[1.0, 2.0, 3.0]])


def test_imagenets_labels_are_fetched_once_and_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps({str(i): [f"n{i}", f"class {i}"] for i in range(1000)}).encode()
    asked: list[str] = []

    def opened(address: str, timeout: float) -> io.BytesIO:
        asked.append(address)
        return io.BytesIO(content)

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", opened)
    scores = np.zeros(1000, np.float32)
    scores[7] = 1
    with pytest.raises(gl.errors.DataFormatError, match="not the names of ImageNet's classes"):
        gl.image.decode_predictions(scores)
    assert not list(tmp_path.rglob("*"))  # nothing wrong is kept
    monkeypatch.setattr(labels, "IMAGENET_MD5", hashlib.md5(content).hexdigest())
    for _ in range(2):
        assert gl.image.decode_predictions(scores, 1)[0][0].name == "class 7"
    assert len(asked) == 2  # the second time it lies there


def test_without_a_network_it_says_what_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(address: str, timeout: float) -> io.BytesIO:
        raise OSError("no network")

    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "urlopen", refused)
    with pytest.raises(gl.errors.DataFormatError, match=r"no network.*pass labels, a list or a file"):
        gl.image.decode_predictions(np.zeros(1000))


# -- boxes ---------------------------------------------------------------------------------------------------


def test_boxes_suppress_their_own_class_alone(backend: str) -> None:
    """Against a plain loop, on random boxes of three classes, some of them outside the picture."""
    corners = RANDOM.uniform(-0.5, 1.5, (60, 2, 2))
    boxes = np.concatenate([corners.min(1), corners.max(1)], 1).astype(np.float32)
    scores, classes = RANDOM.uniform(0, 1, 60).astype(np.float32), RANDOM.integers(0, 3, 60)
    kept: list[int] = []
    for i in np.argsort(-scores):
        same = [j for j in kept if classes[j] == classes[i]]
        if scores[i] > 0.2 and all(overlap(boxes[i], boxes[j]) < 0.4 for j in same):
            kept.append(int(i))
    got = gl.image.batched_nms(boxes, scores, classes, iou_threshold=0.4, score_threshold=0.2)
    assert got.tolist() == kept
    assert gl.image.batched_nms(np.zeros((0, 4)), np.zeros(0)).tolist() == []
    with pytest.raises(gl.errors.ShapeError, match="boxes \\[count, 4\\]"):
        gl.image.batched_nms(boxes, scores[:3])


def overlap(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> float:
    """Intersection over union."""
    inner = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0).prod()
    return float(inner / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - inner))


def test_boxes_of_anchors() -> None:
    """By the box coder of TensorFlow's Object Detection API, turned round."""
    anchors = RANDOM.uniform(0.1, 0.9, (20, 4))
    middle, size = RANDOM.uniform(0, 1, (20, 2)), RANDOM.uniform(0.1, 1, (20, 2))
    encoded = np.concatenate(
        [(middle - anchors[:, :2]) / anchors[:, 2:] * 10, np.log(size / anchors[:, 2:]) * 5], 1
    )
    got = gl.image.decode_boxes(encoded, anchors, (10, 10, 5, 5), log_size=True)
    np.testing.assert_allclose(got, np.concatenate([middle - size / 2, middle + size / 2], 1), atol=1e-5)
    with pytest.raises(gl.errors.ShapeError, match="anchors"):
        gl.image.decode_boxes(encoded, anchors[:, :2], log_size=True)


# -- drawings ------------------------------------------------------------------------------------------------


def test_boxes_are_drawn_where_they_are() -> None:
    red = (255, 0, 0)
    plain = np.full((100, 120, 3), 40, np.uint8)
    drawn = gl.image.draw_bounding_boxes(plain, [[30, 20, 80, 100]], colors=[red], width=2)
    assert drawn[50, 20:23].max() == 255  # the left edge
    assert drawn[50, 60].tolist() == [40, 40, 40]  # inside
    assert drawn[20, 60].tolist() == [40, 40, 40]  # outside
    assert (plain == 40).all()
    named = gl.image.draw_bounding_boxes(plain, [[30, 20, 80, 100]], ["cat"], [0.5], colors=[red])
    assert (named[20:29, 20:60, 0] > 100).sum() > 100  # the field with the name, above the box
    for boxes in ([], [[-1e9, 0, 1e9, np.nan]], [[80, 100, 30, 20]]):
        assert gl.image.draw_bounding_boxes(plain, boxes, ["a"] * len(boxes)).shape == plain.shape
    with pytest.raises(gl.errors.ShapeError, match="1 labels for 2 boxes"):
        gl.image.draw_bounding_boxes(plain, [[0, 0, 1, 1]] * 2, ["cat"])


def test_what_has_no_place_is_not_drawn() -> None:
    """As where a model gives NaN."""
    black, nowhere = np.zeros((40, 60, 3), np.uint8), float("nan")
    for drawn, sound in (
        (
            gl.image.draw_keypoints(black, [[nowhere, 5], [20, 30]]),
            gl.image.draw_keypoints(black, [[20, 30]]),
        ),
        (
            gl.image.draw_bounding_boxes(black, [[20, 10, 30, 50], [nowhere] * 4], ["a", "b"]),
            gl.image.draw_bounding_boxes(black, [[20, 10, 30, 50]], ["a"]),
        ),
    ):
        assert sound.any()
        np.testing.assert_array_equal(drawn, sound)


def test_key_points_below_the_threshold_are_left_out() -> None:
    plain = np.zeros((100, 100, 3), np.uint8)
    points, line = [[20, 20], [80, 20], [20, 80]], [(0, 1), (0, 2)]
    drawn = gl.image.draw_keypoints(plain, points, skeleton=line, scores=[0.9, 0.8, 0.1])
    assert drawn[50, 20].max() > 100
    assert drawn[20, 50].max() == 0
    assert drawn[20, 80].max() == 0
    with pytest.raises(gl.errors.ArgumentError, match="beyond the 3"):
        gl.image.draw_keypoints(plain, points, skeleton=[(0, 3)])
    with pytest.raises(gl.errors.ShapeError, match="2 scores for 3 points"):
        gl.image.draw_keypoints(plain, points, scores=[1, 1])


def test_masks_mix_their_colours() -> None:
    plain = np.full((2, 3, 3), 100, np.uint8)
    mixed = gl.image.draw_segmentation_masks(
        plain, [[0, 1, 2], [0, 0, 0]], colors=[(200, 0, 0), (0, 0, 0)], alpha=0.5
    )
    assert mixed[0].tolist() == [[100, 100, 100], [150, 50, 50], [50, 50, 50]]
    both = gl.image.draw_segmentation_masks(
        plain, np.ones((2, 2, 3), bool), colors=[(0, 0, 0)] * 2, alpha=0.5
    )
    assert both.max() == 25
    with pytest.raises(gl.errors.ShapeError, match="masks of"):
        gl.image.draw_segmentation_masks(plain, np.zeros((3, 3), np.int32))


# -- sound ---------------------------------------------------------------------------------------------------


def recording(path: Path, samples: np.ndarray[Any, Any], depth: int, rate: int = 8000) -> Path:
    """A .wav file of samples from -1 to 1, of one channel or several."""
    channels = 1 if samples.ndim == 1 else samples.shape[1]
    whole = np.rint(samples * (2 ** (8 * depth - 1) - 1)).astype("<i8").reshape(-1)
    raw = (
        (whole + 128 if depth == 1 else whole).astype("<i8").view(np.uint8).reshape(-1, 8)[:, :depth]
    ).tobytes()
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, depth, rate, 0, "NONE", ""))
        file.writeframes(raw)
    return path


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_recordings_of_every_depth(depth: int, tmp_path: Path) -> None:
    tone = 0.7 * np.sin(np.arange(400) * 0.1)
    place = recording(tmp_path / "tone.wav", np.stack([tone, -tone, 0 * tone + 0.25], 1), depth)
    both, rate = gl.audio.load(place, mono=False)
    assert rate == 8000
    np.testing.assert_allclose(both.numpy()[:, 0], tone, atol=2 ** (2 - 8 * depth) + 1e-6)
    np.testing.assert_allclose(both.numpy()[:, 1], -tone, atol=2 ** (2 - 8 * depth) + 1e-6)
    np.testing.assert_allclose(
        gl.audio.load(place)[0].numpy(), np.full(400, 0.25 / 3), atol=2 ** (2 - 8 * depth)
    )


def test_what_is_no_recording(tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    with pytest.raises(gl.errors.DataFormatError, match=r"no\.wav is no recording"):
        gl.audio.load(tmp_path / "no.wav")
    with pytest.raises(FileNotFoundError, match="no such file"):
        gl.audio.load(tmp_path / "gone.wav")


@pytest.mark.parametrize(("rate", "new_rate"), [(44100, 22050), (8000, 22050), (48000, 44100), (16000, 70)])
def test_resampling_keeps_tones_and_drops_what_does_not_fit(rate: int, new_rate: int) -> None:
    low = 0.1 * min(rate, new_rate)
    seconds = np.arange(rate // 4 if new_rate > 100 else 3 * rate) / rate
    got = gl.audio.resample(np.sin(2 * np.pi * low * seconds), rate, new_rate).numpy()
    assert len(got) == -(-len(seconds) * new_rate // rate)
    wanted = np.sin(2 * np.pi * low * np.arange(len(got)) / new_rate)
    edge = 40  # samples, further in than the filter reaches
    assert np.abs(got - wanted)[edge:-edge].max() < 2e-3
    if 1.2 * new_rate < rate:  # a tone that the new rate cannot carry is silent
        high = gl.audio.resample(np.sin(2 * np.pi * 0.6 * new_rate * seconds), rate, new_rate).numpy()
        assert np.abs(high)[edge:-edge].max() < 1e-3


def test_resampling_agrees_with_scipy() -> None:
    noise = np.convolve(RANDOM.normal(size=4000), np.hanning(9) / 4, "same").astype(np.float32)
    got = gl.audio.resample(noise, 3, 2).numpy()
    wanted = signal.resample_poly(noise, 2, 3)
    assert got.shape == wanted.shape
    assert np.abs(got - wanted)[100:-100].max() < 0.02 * np.abs(noise).max()
    two = gl.audio.resample(np.stack([noise, -noise], 1), 3, 2).numpy()
    np.testing.assert_allclose(two[:, 0], got, atol=1e-6)
    np.testing.assert_allclose(two[:, 1], -got, atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 7, 12, 100])
def test_pieces_join_to_what_they_were(count: int) -> None:
    sound = np.arange(count, dtype=np.float32) + 1
    cut = gl.audio.pieces(sound, 12, 4)
    assert cut.shape[1] == 12
    np.testing.assert_array_equal(gl.audio.join(cut, 4 / 12, count), sound)
    with pytest.raises(gl.errors.ArgumentError, match="even overlap"):
        gl.audio.pieces(sound, 12, 3)


BLACK, BOX = np.zeros((4, 6, 3), np.uint8), [[0, 0, 2, 2]]
WRONG: dict[str, tuple[Any, str]] = {
    "words for boxes": (lambda: gl.image.draw_bounding_boxes(BLACK, [["a"] * 4]), "boxes must be real numbers"),
    "a complex picture": (
        lambda: gl.image.draw_keypoints(BLACK.astype(np.complex64), [[0, 0]]), "image must be real numbers",
    ),
    "a name for a color": (
        lambda: gl.image.draw_bounding_boxes(BLACK, BOX, colors=["red"]), r"a color must be \(red, green, blue\)",
    ),
    "half a color": (
        lambda: gl.image.draw_segmentation_masks(BLACK, np.ones((4, 6), np.int32), colors=[(1, 2)]), "a color must",
    ),
    "too few colors": (
        lambda: gl.image.draw_keypoints(BLACK, np.zeros((3, 2, 2)), colors=[(1, 2, 3)]), "1 colors for 3 things",
    ),
    "no width": (lambda: gl.image.draw_bounding_boxes(BLACK, BOX, width=float("nan")), "width must be pixels"),
    "no letters": (lambda: gl.image.draw_bounding_boxes(BLACK, BOX, font_size=0), "font_size must be pixels"),
    "words for means": (
        lambda: gl.image.preprocess(BLACK, normalize=("a", "b")), "normalize must be real numbers, got string",
    ),
    "no anchors": (lambda: gl.image.anchor_centers(4, [], []), "needs a number of anchors for each stride"),
    "half a scale": (
        lambda: gl.image.decode_boxes(np.zeros((1, 4)), np.zeros((1, 2)), scale=(1, 2)), "one number or four",
    ),
    "a scale of 0": (lambda: gl.image.decode_boxes(np.zeros((1, 4)), np.zeros((1, 2)), scale=0.0), "none of them 0"),
    "a number for boxes": (lambda: gl.image.decode_boxes(1.0, 1.0), r"needs encoded \[count, 4\]"),
    "words for sound": (lambda: gl.audio.resample(["a"], 1, 2), "samples must be real numbers, got string"),
    "complex sound": (lambda: gl.audio.pieces([1j], 4), "samples must be real numbers, got complex64"),
    "one piece": (lambda: gl.audio.join([], 0.5, 3), r"needs results \[pieces, frames, \.\.\.\]"),
    "no share": (lambda: gl.audio.join([[1.0]], float("nan"), 3), "got shape .*, nan and 3"),
    "less than nothing": (lambda: gl.audio.join([[1.0, 2.0]], 0.5, -1), "a length of at least 0"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_drawn_or_played_is_named(call: Any, message: str) -> None:
    with pytest.raises(gl.errors.GlbackendError, match=message):
        call()
