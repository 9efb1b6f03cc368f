"""`python -m glbackend run`: models of the zoo and small ones, from files to what is told, drawn and written."""

import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mido
import numpy as np
import pytest
from PIL import Image

import glbackend as gl
from glbackend.cli import notes
from glbackend.cli.answers import segments
from glbackend.cli.main import main
from glbackend.cli.run import ANSWERS
from glbackend.cli.tasks import TASKS
from glbackend.media.preprocessing import Window
from tests.zoo import ZOO

zoo = pytest.mark.skipif(not ZOO.is_dir(), reason="the model zoo (../shared/zoo) is not beside this checkout")
ASTRONAUT, CHELSEA = ZOO / "inputs" / "astronaut.png", ZOO / "inputs" / "chelsea.png"


@pytest.fixture(autouse=True)
def same_backend_after() -> Iterator[None]:
    """Commands choose a backend; the next test must not notice."""
    before = gl.engine().backend
    yield
    gl.engine().use(before)


def ran(folder: Path, *arguments: Any) -> list[Any]:
    """What the command writes as JSON for each input; each has a picture that is not blank."""
    assert main(["run", *map(str, arguments), "--out", str(folder / "out")]) == 0
    records = sorted((folder / "out").glob("*.json"))
    for record in records:
        with Image.open(record.with_suffix(".png")) as picture:
            assert min(picture.size) > 0
            assert len(picture.convert("L").getcolors() or []) > 1
    return [json.loads(record.read_text(encoding="utf-8")) for record in records]


def overlap(a: list[float], b: list[float]) -> float:
    """Intersection over union of two boxes."""
    first, second = np.array(a), np.array(b)
    inner = np.maximum(np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2]), 0).prod()
    return float(inner / (np.prod(first[2:] - first[:2]) + np.prod(second[2:] - second[:2]) - inner))


# -- the zoo -------------------------------------------------------------------------------------------------

FACE = [75.0, 172.0, 180.0, 278.0]  # of the astronaut: top, left, bottom, right, as a person would draw it


@zoo
def test_detects_objects_in_photos(tmp_path: Path, backend: str) -> None:
    astronaut, chelsea = ran(tmp_path, ZOO / "centernet", ASTRONAUT, CHELSEA)
    assert [one["name"] for one in astronaut] == ["person"]
    assert [one["name"] for one in chelsea] == ["cat"]
    assert (
        overlap(chelsea[0]["box"], [0, 0, 299, 415]) > 0.8
    )  # the photo is 451 x 300, the model sees 512 x 512


@zoo
def test_finds_a_face_and_its_points(tmp_path: Path, backend: str) -> None:
    ((face,),) = ran(tmp_path, ZOO / "blazeface", ASTRONAUT, "--threshold", "0.5")
    assert overlap(face["box"], FACE) > 0.7
    right_eye, left_eye, nose, mouth, *_ = face["points"]
    assert right_eye[1] < nose[1] < left_eye[1]
    assert right_eye[0] < nose[0] < mouth[0] < face["box"][2]


@zoo
def test_a_detector_of_tensorflows_with_labels(tmp_path: Path, backend: str) -> None:
    (tmp_path / "hands.txt").write_text("hand\nfist\npinch\npoint\nface\ntip\npinchtip\n")
    (found,) = ran(tmp_path, ZOO / "handtrack-human", ASTRONAUT, "--labels", tmp_path / "hands.txt")
    assert found[0]["name"] == "face"
    assert overlap(found[0]["box"], FACE) > 0.4  # with the hair


@zoo
def test_a_pose_stands_where_the_person_does(tmp_path: Path, backend: str) -> None:
    ((person,),) = ran(tmp_path, ZOO / "movenet-lightning", ASTRONAUT)
    nose, left_eye, right_eye = person["points"][:3]
    assert FACE[0] < nose[0] < FACE[2]
    assert right_eye[1] < nose[1] < left_eye[1]
    assert min(person["sure"][:3]) > 0.3


@zoo
def test_a_mesh_of_the_part_that_is_asked_for(tmp_path: Path, backend: str) -> None:
    box = (20, 135, 200, 315)
    ((face,),) = ran(tmp_path, ZOO / "facemesh", ASTRONAUT, "--box", *box)
    points = np.array(face["points"])
    assert points.shape == (468, 2)
    assert (
        overlap(
            [*points.min(0), *points.max(0)], [one - off for one, off in zip(FACE, box[:2] * 2, strict=True)]
        )
        > 0.6
    )


@zoo
def test_tells_programming_languages(tmp_path: Path, backend: str) -> None:
    program = Path(__file__).resolve()
    (found,) = ran(tmp_path, ZOO / "language-detection", program)
    assert found[0]["name"] == "py"


@zoo
def test_enlarges(tmp_path: Path, backend: str) -> None:
    assert ran(tmp_path, ZOO / "esrgan-slim-x2", CHELSEA, "--box", "60", "100", "124", "196") == [
        {"from": "96 x 64", "to": "192 x 128"}
    ]


SCORE = [(0.0, 60), (0.5, 60), (1.0, 67), (1.5, 67), (2.0, 69), (2.5, 69), (3.0, 67)]


def melody(path: Path, rate: int) -> Path:
    """Seven notes, plucked: each with five harmonics that die away."""
    sound = np.zeros(int(3.8 * rate))
    for start, pitch in SCORE:
        t = np.arange(int(0.48 * rate)) / rate
        hertz = 440 * 2 ** ((pitch - 69) / 12)
        tone = sum(
            np.sin(2 * np.pi * hertz * k * t) * np.exp(-2.2 * k**0.5 * t) / k**1.8 for k in range(1, 6)
        ) * np.minimum(t / 0.005, 1) * np.minimum((t[-1] - t) / 0.05, 1)  # fmt: skip
        sound[int(start * rate) : int(start * rate) + len(t)] += tone
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((sound / np.abs(sound).max() * 30000).astype("<i2").tobytes())
    return path


@zoo
def test_writes_down_a_melody(tmp_path: Path, backend: str) -> None:
    (found,) = ran(tmp_path, ZOO / "basic-pitch", melody(tmp_path / "melody.wav", 44100))
    assert [one["pitch"] for one in found] == [pitch for _, pitch in SCORE]
    assert np.abs(np.array([one["start"] for one in found]) - [start for start, _ in SCORE]).max() < 0.03
    played = mido.MidiFile(tmp_path / "out" / "melody-notes.mid")
    assert [one.note for one in played if one.type == "note_on" and one.velocity] == [
        pitch for _, pitch in SCORE
    ]
    assert abs(played.length - found[-1]["end"]) < 0.01


def test_what_joins_pieces_of_sound_has_the_right_times() -> None:
    """A moment's time goes by the sample that it stands for, also in the second piece and the third."""
    length = 172 * notes.HOP_SAMPLES - 188  # of Basic Pitch

    class Pulses:
        """Each moment sounds where its samples do."""

        path = Path("pulses")
        inputs = (type("Slot", (), {"shape": (None, length, 1)}),)

        def run(self, inputs: Any) -> dict[str, Any]:
            samples = np.pad(inputs[0][0, :, 0], (0, 188)).reshape(172, notes.HOP_SAMPLES)
            keys = np.repeat(samples.max(1)[None, :, None], 88, 2)
            return {"a_frames": keys, "b_onsets": keys}

    sound = np.zeros(100_000)
    at = [500, 36_164 + 700, 2 * 36_164 + 9000]
    sound[at] = 1
    heard = notes.listen(Pulses(), sound)  # type: ignore[arg-type]
    found = heard.seconds[heard.sounding[:, 0] > 0]
    np.testing.assert_allclose(found, np.array(at) / notes.RATE, atol=notes.HOP_SAMPLES / notes.RATE)


# -- small models --------------------------------------------------------------------------------------------


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Red above, blue below, 60 x 40."""
    levels = np.zeros((40, 60, 3), np.uint8)
    levels[:20, :, 0], levels[20:, :, 2] = 255, 255
    Image.fromarray(levels).save(tmp_path / "flag.png")
    return tmp_path / "flag.png"


def colours(path: Path, pooled: bool) -> Path:
    """A model that tells red, green and blue: of the picture, or of each pixel."""
    layers: list[Any] = [gl.layers.conv2d(
        filters=3, kernel_size=1, use_bias=False, input_shape=[16, 24, 3],
    )]  # fmt: skip
    layers += [gl.layers.global_average_pooling2d()] if pooled else []
    model = gl.sequential([*layers, gl.layers.softmax()])
    model.layers[0].set_weights([np.eye(3, dtype=np.float32).reshape(1, 1, 3, 3) * 4])
    model.save(str(path))
    model.dispose()
    return path


def test_classes_have_the_names_of_the_file_beside(picture: Path, tmp_path: Path, backend: str) -> None:
    folder = colours(tmp_path / "model", True)
    (folder / "labels.txt").write_text("red\ngreen\nblue")
    (found,) = ran(tmp_path, folder, picture, "--box", "0", "0", "18", "60")
    assert found[0]["name"] == "red"
    assert found[0]["score"] > 0.8


def test_segments_lie_on_their_pixels(picture: Path, tmp_path: Path, backend: str) -> None:
    (tmp_path / "colours.json").write_text('["red", "green", "blue"]')
    folder = colours(tmp_path / "model", False)
    more = ["--labels", tmp_path / "colours.json", "--task", "segment"]
    (found,) = ran(tmp_path, folder, picture, *more)
    shares = {one["name"]: one["share"] for one in found}
    assert shares == {"red": 0.5, "blue": 0.5}
    with Image.open(tmp_path / "out" / "flag-segment.png") as drawn:
        levels = np.asarray(drawn)
    middle = levels.shape[0] // 2
    assert (levels[: middle - 20, 10] == [255, 0, 0]).all()  # class 0 stays clear
    assert not (levels[middle + 20 :, 10] == [0, 0, 255]).any()


def test_pixels_that_a_model_did_not_see_have_no_class() -> None:
    kinds = segments({"y": np.ones((1, 2, 2), np.int32)}, Window(1, 0, 2, 4), (4, 4), 0.5)
    assert kinds.tolist() == [[0] * 4, [1] * 4, [1] * 4, [0] * 4]


def test_words_are_numbered_by_a_vocabulary(tmp_path: Path, backend: str) -> None:
    (tmp_path / "words.txt").write_text("good\nbad\n")
    table = gl.layers.embedding(input_dim=4, output_dim=2, input_length=6)
    model = gl.sequential([table, gl.layers.global_average_pooling1d(), gl.layers.softmax()])
    table.set_weights([np.array([[0, 0], [0, 0], [9, 0], [0, 9]], np.float32)])
    model.save(str(tmp_path / "model"))
    model.dispose()
    more = ["--vocabulary", tmp_path / "words.txt"]
    (tmp_path / "review.txt").write_text("A bad, bad film.")
    found = ran(tmp_path, tmp_path / "model", "so good", tmp_path / "review.txt", *more)
    assert [one[0]["name"] for one in found] == ["class 1", "class 0"]  # review, text


def test_a_graph_says_its_task_and_labels_itself(picture: Path, tmp_path: Path, backend: str) -> None:
    said = {"task": "classify", "labels": ["red", "green", "blue"], "normalize": "unit"}
    gl.save_graph_model(lambda x: x.mean([1, 2]), tmp_path / "graph", [1, 16, 24, 3], metadata=said)
    (found,) = ran(tmp_path, tmp_path / "graph", picture, "--fit", "stretch")
    assert {one["name"]: round(one["score"], 2) for one in found} == {"red": 0.5, "green": 0.0, "blue": 0.5}


def test_a_graph_enlarges_too(picture: Path, tmp_path: Path, backend: str) -> None:
    gl.save_graph_model(
        lambda x: gl.image.resize_nearest_neighbor(x, [32, 48]), tmp_path / "graph", [1, 16, 24, 3]
    )
    ((told),) = ran(tmp_path, tmp_path / "graph", picture, "--task", "upscale")
    assert told == {"from": "60 x 40", "to": "120 x 80"}
    with Image.open(tmp_path / "out" / "flag-upscale.png") as drawn:
        levels = np.asarray(drawn)
    assert (levels[:40] == [255, 0, 0]).all()
    assert (levels[40:] == [0, 0, 255]).all()


def test_each_task_has_its_function() -> None:
    assert set(ANSWERS) == set(TASKS)


# -- what it says no to --------------------------------------------------------------------------------------


def test_one_bad_input_does_not_keep_the_others_back(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = colours(tmp_path / "model", True)
    (tmp_path / "note.png").write_text("no picture")
    out = tmp_path / "out"
    inputs = [str(tmp_path / "note.png"), str(picture), str(tmp_path / "gone.png"), str(picture)]
    assert main(["run", str(folder), *inputs, "--out", str(out)]) == 1
    said = capsys.readouterr()
    assert "note.png is not a picture" in said.err
    assert "gone.png: there is no such file" in said.err
    assert sorted(one.name for one in out.iterdir()) == [
        "flag-classify-2.json", "flag-classify-2.png", "flag-classify.json", "flag-classify.png",
    ]  # fmt: skip


def test_wrong_commands_say_what_would_be_right(
    picture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(colours(tmp_path / "model", True))
    two = gl.input([3]), gl.input([3])
    gl.model(inputs=list(two), outputs=gl.layers.add()(list(two))).save(str(tmp_path / "two"))
    gl.sequential([gl.layers.dense(units=2, input_shape=[3])]).save(str(tmp_path / "table"))
    gl.sequential([gl.layers.activation(activation="relu", input_shape=[8, 8, 3])]).save(
        str(tmp_path / "same")
    )
    (tmp_path / "few.txt").write_text("red")
    for arguments, said in (
        ([tmp_path / "gone", picture], "there is no such model"),
        ([folder, picture, "--task", "sort"], "--task sort is unknown: one of classify, detect"),
        ([folder, picture, "--task", "notes"], "no recording, from which notes come"),
        ([folder, picture, "--labels", tmp_path / "few.txt"], "1 labels for the model's 3 classes"),
        ([folder, picture, "--labels", tmp_path / "gone.txt"], "gone.txt"),
        ([folder, picture, "--box", 9, 9, 9, 20], "holds nothing of"),
        ([folder, picture, "--normalize", "imagnet"], "normalize must be one of"),
        ([folder, picture, "--task", "pose"], "no 17 key points are known"),
        ([folder, picture, "--task", "detect"], "no boxes with scores and classes are known"),
        ([tmp_path / "two", picture], "run feeds one picture, text or recording"),
        ([tmp_path / "table", picture], "--vocabulary FILE says which"),
        ([tmp_path / "same", picture], "say --task classify|detect"),
    ):
        assert main(["run", *map(str, arguments)]) == 1, said
        assert said in capsys.readouterr().err
