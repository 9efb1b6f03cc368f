"""Data out of files and devices: text, CSV, pictures, columns, films and recordings."""

import sys
import types
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import glbackend as gl
from glbackend.base.errors import ArgumentError, DataFormatError, DeviceError, MissingPackageError, ShapeError

data = gl.data


def text(content: str) -> gl.data.FileDataSource:
    return data.FileDataSource(content.encode())


def rows(content: str, **options: Any) -> list[Any]:
    return data.csv(text(content), **options).to_array()


def test_lines_of_text(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("\ufeffone\r\ntwo\n\nfo\rur".encode())
    wanted = ["one", "two", "", "fo\rur"]
    for source in (
        file,
        str(file),
        f"file://{file}",
        data.FileDataSource(file),
        data.FileDataSource(file.read_bytes()),
    ):
        assert data.text_lines(source).to_array() == wanted == data.TextLineDataset(source).to_array()
    with pytest.raises(FileNotFoundError, match="there is no file"):
        data.text_lines(tmp_path / "none")
    with pytest.raises(ArgumentError, match="download it"):
        data.csv("https://example.com/a.csv")
    file.write_bytes(b"ok\n\xff\xfe\n")
    with pytest.raises(DataFormatError, match=r"a\.txt is no text in UTF-8"):
        list(data.text_lines(file))


def test_csv_reads_what_tfjs_reads() -> None:
    """Each row as TF.js 4.22 gives it."""
    assert rows('a,b,c\n1,2.5,x\n-3,1e3,"y,z"\n') == [
        {"a": 1, "b": 2.5, "c": "x"},
        {"a": -3, "b": 1000, "c": "y,z"},
    ]
    labels = {"a": {"default": 7}, "b": {"isLabel": True}}
    assert rows("a,b\n1,2\n,4\n", column_configs=labels) == [
        {"xs": {"a": 1}, "ys": {"b": 2}},
        {"xs": {"a": 7}, "ys": {"b": 4}},
    ]
    assert rows("a b  c\n1   2 3\n", delim_whitespace=True) == [{"a": 1, "b": 2, "c": 3}]
    only = {"column_configs": {"q": {"dtype": "int32"}}, "configured_columns_only": True}
    ds = data.csv(text("1;-2.5\n"), has_header=False, column_names=["p", "q"], delimiter=";", **only)
    assert ds.to_array() == [{"q": -3}] and ds.column_names() == ["q"]
    assert ds.to_array()[0]["q"].dtype == np.int32
    config = data.ColumnConfig(dtype="bool")
    assert (
        rows("a,b\nTrue,2\n1,0\n", column_configs={"a": config, "b": config}) == [{"a": True, "b": False}] * 2
    )
    assert rows("a,b\r\n1,2\r\n,+.5", column_names=["x", "y"]) == [{"x": 1, "y": 2}, {"x": None, "y": 0.5}]


def test_csv_follows_rfc_4180_where_tfjs_does_not() -> None:
    assert rows('a,b\n"say ""hi""",1\n\n"two\r\nlines",2\n') == [
        {"a": 'say "hi"', "b": 1},
        {"a": "two\r\nlines", "b": 2},
    ]
    assert rows('"a ""x""" b\n"1 2" 3\n', delim_whitespace=True) == [{'a "x"': "1 2", "b": 3}]
    assert rows("a,b\n  ,1\n", column_configs={"a": {"default": 5}}) == [{"a": 5, "b": 1}], "blanks are no 0"
    typed = {"a": {"dtype": "string"}, "b": {"dtype": "float32"}}
    found = rows("a,b\n007,nan\n  ,-inf\n", column_configs=typed)
    assert found[0]["a"] == "007" and np.isnan(found[0]["b"]) and found[1] == {"a": "  ", "b": -np.inf}
    (batch,) = data.csv(text("a,b\n1,x\n,y\n")).batch(2)
    assert np.isnan(batch["a"].numpy()[1]) and batch["b"].numpy().tolist() == ["x", "y"]


def test_what_is_wrong_with_a_table_is_said() -> None:
    wrong: list[tuple[type[Exception], str, str, dict[str, Any]]] = [
        (DataFormatError, "line 3: there must be 2 fields, got 1", "a,b\n1,2\n3\n", {}),
        (DataFormatError, "line 4: there must be 2 fields, got 3", 'a,b\n"x\ny",2\n3,4,5\n', {}),
        (DataFormatError, "line 2: column 'a' is required, but empty", "a,b\n,2\n", {"column_configs": {"a": {"required": True}}}),
        (DataFormatError, "line 2: column 'a' must hold int32, got 'x'", "a\nx\n", {"column_configs": {"a": {"dtype": "int32"}}}),
        (DataFormatError, "must hold int32, got '3000000000'", "a\n3000000000\n", {"column_configs": {"a": {"dtype": "int32"}}}),
        (DataFormatError, "must hold float32, got '1_0'", "a\n1_0\n", {"column_configs": {"a": {"dtype": "float32"}}}),
        (DataFormatError, "line 2: unexpected end of data", 'a\n"open\n', {}),
        (DataFormatError, "is empty: there is no header", "", {}),
        (ArgumentError, "column_names must be given", "1", {"has_header": False}),
        (ArgumentError, "1 column_names for the 2 columns", "a,b\n", {"column_names": ["x"]}),
        (ArgumentError, "different names, got a twice", "a,b,a\n", {}),
        (ArgumentError, "names z, but the columns are a", "a\n", {"column_configs": {"z": {}}}),
        (ArgumentError, "has kind: use", "a\n", {"column_configs": {"a": {"kind": 1}}}),
        (ArgumentError, "delimiter must be left out", "a\n", {"delimiter": ";", "delim_whitespace": True}),
        (ArgumentError, "delimiter must be one character", "a\n", {"delimiter": "ab"}),
        (ArgumentError, "needs column_configs", "a\n", {"configured_columns_only": True}),
        (ArgumentError, "there is no argument 'hasHeader': use has_header", "a\n", {"hasHeader": True}),
    ]  # fmt: skip
    for kind, words, content, options in wrong:
        with pytest.raises(kind, match=words):
            rows(content, **options)


def test_a_model_learns_from_a_table() -> None:
    """As TF.js's tutorial: columns as one array, dicts of xs and ys."""
    content = "x,z,y\n" + "\n".join(f"{i},{i % 3},{2 * i + i % 3}" for i in range(30))
    table = data.csv(text(content), column_configs={"y": {"is_label": True}})
    ds = table.map(lambda e: {"xs": list(e["xs"].values()), "ys": list(e["ys"].values())}).batch(10)
    model = gl.sequential([gl.layers.dense(units=1)])
    model.compile(gl.train.adam(0.1), "meanSquaredError")
    losses = model.fit(ds, epochs=60, verbose=0).history["loss"]
    assert losses[-1] < losses[0] / 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of four pictures of several sizes."""
    from PIL import Image

    rng = np.random.default_rng(0)
    root = tmp_path_factory.mktemp("pictures")
    for name in "abc":
        (root / name).mkdir()
        for i in range(4):
            pixels = rng.integers(0, 256, (*rng.integers(5, 40, 2), 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / name / f"{i}.png")
    (root / "a" / "notes.txt").write_text("no picture")
    return root


def short(ds: Any) -> list[str]:
    return [path[-7:] for path in ds.file_paths]


def test_folders_of_pictures_are_as_keras_reads_them(folder: Path) -> None:
    """Order, split and mixture are Keras 3.15's, pixels those of our own resizing."""
    from PIL import Image

    plain = data.image_dataset_from_directory(folder, image_size=(12, 17), batch_size=5, shuffle=False)
    assert short(plain) == [f"{name}/{i}.png" for name in "abc" for i in range(4)]
    assert plain.class_names == ["a", "b", "c"] and plain.size == 3
    assert plain.element_spec == (data.TensorSpec((None, 12, 17, 3)), data.TensorSpec((None,), "int32"))
    batches = list(plain)
    assert np.concatenate([y.numpy() for _, y in batches]).tolist() == [0] * 4 + [1] * 4 + [2] * 4
    for path, image in zip(plain.file_paths, np.concatenate([x.numpy() for x, _ in batches]), strict=True):
        pixels = gl.browser.from_pixels(np.asarray(Image.open(path))).cast("float32")
        wanted = gl.image.resize_bilinear(pixels, (12, 17), half_pixel_centers=True).numpy()
        np.testing.assert_allclose(image, wanted, atol=1e-3)
    split: Any = {"seed": 7, "validation_split": 0.3}
    held = data.image_dataset_from_directory(folder, subset="validation", **split)
    assert short(held) == ["b/2.png", "c/1.png", "b/0.png"], "as Keras draws them"
    training, validation = data.image_folder(folder, shuffle=True, subset="both", **split)
    assert short(validation) == short(held) and sorted(short(training) + short(held)) == short(plain)


def test_pictures_are_cut_filled_up_and_labelled(folder: Path) -> None:
    from PIL import Image

    half = Image.new("RGB", (20, 10), "red")
    wide = folder.parent / "wide"
    (wide / "x").mkdir(parents=True, exist_ok=True)
    half.save(wide / "x" / "0.png")
    (cut, _), *_ = data.image_folder(wide, image_size=5, crop_to_aspect_ratio=True)
    (padded, _), *_ = data.image_folder(wide, image_size=5, pad_to_aspect_ratio=True)
    assert cut.numpy()[..., 0].tolist() == [[255.0] * 5] * 5
    assert padded.numpy()[:, 0, 0].tolist() == [0, 255, 255, 255, 0]
    grey = data.image_folder(folder, color_mode="grayscale", class_names=["c", "a"], label_mode="categorical")
    image, label = next(iter(grey))
    assert image.shape[2] == 1 and label.numpy().tolist() == [1, 0] and grey.class_names == ["c", "a"]
    binary = data.image_folder(folder, class_names=["a", "b"], label_mode="binary", num_parallel_calls=None)
    assert [y.numpy().tolist() for _, y in binary] == [[0.0]] * 4 + [[1.0]] * 4
    alone = data.image_folder(folder, labels=None, color_mode="rgba")
    assert alone.class_names is None and next(iter(alone)).shape[2] == 4 and alone.size == 12
    own = data.image_folder(folder, labels=[5] * 11 + [7])
    assert own.class_names == ["5", "7"] and [y.item() for _, y in own][-1] == 7
    mixed = data.image_folder(folder, shuffle=True, seed=1, image_size=2)
    first, second = [[y.item() for _, y in mixed] for _ in range(2)]
    assert first != second and sorted(first) == sorted(second)


def test_what_is_wrong_with_a_folder_is_said(folder: Path, tmp_path: Path) -> None:
    wrong: list[tuple[type[Exception], str, dict[str, Any]]] = [
        (ArgumentError, "color_mode must be one of grayscale, rgb, rgba", {"color_mode": "cmyk"}),
        (ArgumentError, "interpolation must be one of", {"interpolation": "area"}),
        (ArgumentError, "only one of", {"crop_to_aspect_ratio": True, "pad_to_aspect_ratio": True}),
        (ArgumentError, "needs two classes", {"label_mode": "binary"}),
        (ArgumentError, "go together", {"validation_split": 0.5}),
        (ArgumentError, "go together", {"subset": "training"}),
        (
            ArgumentError,
            "no file is left for validation: validation_split 0.01 of 12 files is 0",
            {"subset": "validation", "validation_split": 0.01},
        ),
        (ArgumentError, "no file is left for validation", {"subset": "training", "validation_split": 0.01}),
        (ArgumentError, "give a seed", {"subset": "training", "validation_split": 0.5, "shuffle": True}),
        (ArgumentError, "labels' must be 'inferred', a list", {"labels": "other"}),
        (ArgumentError, "no folder for the class z", {"class_names": ["a", "z"]}),
        (ArgumentError, "class_names go with", {"class_names": ["a"], "labels": None}),
        (ArgumentError, "2 labels for 12 files", {"labels": [1, 2]}),
        (ArgumentError, "label_mode' must be", {"label_mode": "sparse"}),
    ]
    for kind, words, options in wrong:
        with pytest.raises(kind, match=words):
            data.image_folder(folder, **options)
    with pytest.raises(NotADirectoryError, match="there is no folder"):
        data.image_folder(tmp_path / "none")
    with pytest.raises(ArgumentError, match=r"there are no files of the kinds \.bmp"):
        data.image_folder(tmp_path)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "bad.jpg").write_bytes(b"no picture")
    with pytest.raises(DataFormatError, match=r"map: element 0: .*bad\.jpg' is no picture"):
        list(data.image_folder(tmp_path))


def test_columns_of_parquet_and_arrow(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet")
    columns = {
        "n": pyarrow.array([1, 2, 3, 4, 5], pyarrow.int32()),
        "gap": [1, None, 3, None, 5],
        "t": ["a", "b", None, "d", "e"],
        "v": [[1.0, 2.0]] * 5,
        "flag": [True, False, True, False, True],
    }
    table = pyarrow.table(columns)
    files = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    pyarrow.parquet.write_table(table.slice(0, 3), files[0], row_group_size=2)
    pyarrow.parquet.write_table(table.slice(3), files[1])
    with pyarrow.ipc.new_file(tmp_path / "a.arrow", table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    found = [data.parquet(files, batch_rows=2), data.arrow(table), data.arrow(tmp_path / "a.arrow")]
    for ds in (*found, data.arrow(table.to_batches()[0])):
        assert ds.size == 5
        for _ in range(2):
            got = list(ds)
            assert [int(one["n"]) for one in got] == [1, 2, 3, 4, 5] and got[0]["n"].dtype == np.int32
            assert [one["t"] for one in got] == ["a", "b", None, "d", "e"]
            assert np.isnan(got[1]["gap"]) and got[2]["gap"] == 3 and got[1]["v"].tolist() == [1, 2]
            assert [bool(one["flag"]) for one in got] == columns["flag"]
    labelled = data.parquet(files, columns=["v"], labels=["n"]).batch(5)
    (batch,) = labelled
    assert batch["xs"]["v"].shape == (5, 2) and batch["ys"]["n"].dtype == "int32" and len(batch["xs"]) == 1
    for make in (
        lambda **options: data.parquet(files, **options),
        lambda **options: data.arrow(table, **options),
    ):
        with pytest.raises(ArgumentError, match="no column z: there are n, gap"):
            make(columns=["z"])
    (tmp_path / "bad").write_bytes(b"PAR1 but no more")
    with pytest.raises(DataFormatError, match=r"parquet: .*bad cannot be read"):
        data.parquet(tmp_path / "bad")
    with pytest.raises(DataFormatError, match=r"arrow: .*bad cannot be read"):
        data.arrow(tmp_path / "bad")
    with pytest.raises(FileNotFoundError):
        data.parquet(tmp_path / "none")


def test_memory_maps_are_read_and_closed(tmp_path: Path) -> None:
    x, y = np.arange(12, dtype=np.float32).reshape(6, 2), np.arange(6)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    ds = data.memory_map((tmp_path / "x.npy", {"y": str(tmp_path / "y.npy")}))
    assert ds.size == 6 and ds.element_spec[0] == data.TensorSpec((2,))
    kept = list(ds.as_numpy_iterator())
    np.testing.assert_array_equal([one[0] for one in kept], x)
    assert "x.npy" not in Path("/proc/self/maps").read_text(), "rows are copies, no file stays mapped"
    assert [one["y"].item() for _, one in ds] == y.tolist()
    np.save(tmp_path / "objects.npy", np.array([object()], object))
    with pytest.raises(DataFormatError, match=r"objects\.npy is no \.npy file that can be mapped"):
        data.memory_map(tmp_path / "objects.npy")
    with pytest.raises(ShapeError, match="as many elements"):
        data.memory_map((tmp_path / "x.npy", _saved(tmp_path / "z.npy", np.ones(3))))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert [one.numpy().tolist() for one in data.from_tensor_slices(mapped).take(1)] == [[0, 1]]


def _saved(path: Path, array: Any) -> Path:
    np.save(path, array)
    return path


def test_digits_and_iris_are_whole() -> None:
    training, held = data.digits("training"), data.digits("validation")
    assert (training.size, held.size, data.digits().size) == (1438, 359, 1797)
    (x, y) = next(iter(data.digits().batch(2000)))
    assert (x.min().item(), x.max().item(), sorted(set(y.numpy().tolist()))) == (0, 1, list(range(10)))
    (x, y) = next(iter(data.iris().batch(200)))
    assert x.shape == (150, 4) and np.bincount(y.numpy()).tolist() == [50, 50, 50]


def test_a_film_in_the_cameras_place(tmp_path: Path, backend: str) -> None:
    vision = pytest.importorskip("cv2")
    path = str(tmp_path / "film.avi")
    writer = vision.VideoWriter(path, vision.VideoWriter_fourcc(*"MJPG"), 10, (32, 16))
    for level in (10, 100, 200):
        writer.write(np.stack([np.full((16, 32), one, np.uint8) for one in (255 - level, 0, level)], -1))
    writer.release()
    with data.webcam(path) as camera:
        pictures = list(camera)
    assert [one.shape for one in pictures] == [(16, 32, 3)] * 3 and pictures[0].dtype == "int32"
    means = [one.mean(axis=[0, 1]).numpy() for one in pictures]
    np.testing.assert_allclose(means, [[level, 0, 255 - level] for level in (10, 100, 200)], atol=6)
    with data.webcam(path, resize_width=8, resize_height=4) as camera:
        small = camera.capture()
        assert small is not None and small.shape == (4, 8, 3) and small.dtype == "float32"
    assert camera.capture() is None and list(camera) == []
    middle = np.zeros((6, 6, 3), np.uint8)
    middle[2:4, 2:4] = 90
    cut = data.webcam([middle], resize_width=2, resize_height=2, center_crop=True).capture()
    assert cut is not None and cut.shape == (2, 2, 3) and cut.max().item() > 0
    for options, words in (
        ({"resize_width": 3}, "go together"),
        ({"center_crop": True}, "center_crop needs"),
    ):
        with pytest.raises(ArgumentError, match=words):
            data.webcam([middle], **options)
    with pytest.raises(DeviceError, match="webcam: camera 99 cannot be opened"):
        data.webcam(99)
    with pytest.raises(FileNotFoundError, match="no film or camera"):
        data.webcam(str(tmp_path / "none.avi"))
    (tmp_path / "bad.avi").write_bytes(b"no film")
    with pytest.raises(DeviceError, match=r"film .*bad\.avi' cannot be opened"):
        data.webcam(tmp_path / "bad.avi")


def test_a_recording_in_the_microphones_place(tmp_path: Path) -> None:
    """A tone stands in its own bin, at the level that the Web Audio API gives: Blackman's window takes 0.42."""
    rate, size = 44100, 128
    tone = 0.5 * np.sin(2 * np.pi * 20 * np.arange(size * 12) / (2 * size))
    path = tmp_path / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.repeat((tone * 32767).astype("<i2"), 2).tobytes())
    options: Any = {"fft_size": size, "num_frames_per_spectrogram": 4, "include_waveform": True}
    with data.microphone(path, column_truncate_length=64, **options) as microphone:
        assert microphone.get_sample_rate() == rate
        pieces = list(microphone)
    assert len(pieces) == 3 and pieces[0]["spectrogram"].shape == (4, 64, 1)
    whole = np.concatenate([one["waveform"].numpy() for one in pieces])[:, 0]
    np.testing.assert_allclose(whole, tone, atol=1e-4)
    spectrum = pieces[1]["spectrogram"].numpy()[0, :, 0]
    assert spectrum.argmax() == 20
    np.testing.assert_allclose(spectrum[20], 20 * np.log10(0.5 / 2 * 0.42), atol=0.05)
    smooth = data.microphone(tone, fft_size=size, num_frames_per_spectrogram=2, smoothing_time_constant=0.5)
    first = smooth.capture()
    assert first is not None and first["waveform"] is None
    level = first["spectrogram"].numpy()[1, 20, 0]
    assert level < spectrum[20] - 1, "the frame before, half of it silence, counts for a half"
    for wrong, words in (
        ({"fft_size": 100}, "power of 2"),
        ({"include_spectrogram": False}, "must be true"),
        ({"sample_rate_hz": 8000}, "44100 samples a second, not 8000"),
    ):
        with pytest.raises(ArgumentError, match=words):
            data.microphone(path, **wrong)  # type: ignore[arg-type]
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    with pytest.raises(DataFormatError, match="no recording"):
        data.microphone(tmp_path / "bad.wav")


class Silent(Exception):
    """As sounddevice's PortAudioError."""


def sounddevice(works: bool) -> types.ModuleType:
    """A module that behaves as sounddevice: its stream gives three blocks at once, then is silent."""
    module = types.ModuleType("sounddevice")

    class InputStream:
        samplerate = 48000.0

        def __init__(self, *, blocksize: int, callback: Any, **options: Any) -> None:
            if not works:
                raise Silent("Error querying device -1")
            self.blocksize, self.callback = blocksize, callback

        def start(self) -> None:
            for i in range(3):
                self.callback(np.full((self.blocksize, 1), i / 4, np.float32), self.blocksize, None, None)

        def close(self) -> None:
            module.closed = True  # type: ignore[attr-defined]

    module.InputStream, module.PortAudioError = InputStream, Silent  # type: ignore[attr-defined]
    return module


def test_a_microphone_is_heard_or_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", fake := sounddevice(works=True))
    monkeypatch.setattr("glbackend.data.sound.WAIT_SECONDS", 0.01)
    options: Any = {"fft_size": 16, "num_frames_per_spectrogram": 3, "include_waveform": True}
    with data.microphone(include_spectrogram=False, **options) as microphone:
        sound = microphone.capture()
        assert sound is not None and microphone.get_sample_rate() == 48000
        assert sound["waveform"].numpy().ravel().tolist() == [i / 4 for i in range(3) for _ in range(16)]
        with pytest.raises(DeviceError, match="no sound for"):
            microphone.capture()
    assert fake.closed  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sounddevice", sounddevice(works=False))
    with pytest.raises(DeviceError, match=r"microphone: it cannot be opened: .*A \.wav file's path works"):
        data.microphone()


@pytest.mark.parametrize(
    ("package", "call"),
    [
        ("PIL.Image", lambda: data.image_folder(".")),
        ("pyarrow.parquet", lambda: data.parquet("x")),
        ("cv2", lambda: data.webcam()),
        ("sounddevice", lambda: data.microphone()),
        ("sklearn.datasets", lambda: data.digits()),
    ],
)
def test_a_missing_package_names_the_line_that_installs_it(
    package: str, call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackageError, match=rf"needs {package} .*pip install 'glbackend\[\w+\]'"):
        call()


def test_folders_take_what_keras_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pixels and lines that Keras 3.15.1 gives."""
    from PIL import Image

    for name in ("bee9", "Ant", "bee10", ".hidden"):
        (tmp_path / name / "deep").mkdir(parents=True)
        picture = Image.fromarray((np.arange(40).reshape(5, 8) * 6).astype(np.uint8))
        picture.save(tmp_path / name / "1.png")
        picture.save(tmp_path / name / "deep" / "0.PNG")
        (tmp_path / name / "2.webp").write_bytes(b"Keras does not count it")
    (tmp_path / "linked").symlink_to(tmp_path / "Ant")

    def asked(**options: Any) -> Any:
        given = {"image_size": (4, 3), "shuffle": False, "color_mode": "grayscale", **options}
        return data.image_dataset_from_directory(tmp_path, **given)

    whole = asked(pad_to_aspect_ratio=True, format="grain")
    assert whole.class_names == ["Ant", "bee10", "bee9", "linked"]
    assert [str(Path(one).relative_to(tmp_path)) for one in whole.file_paths[:3]] == [
        "Ant/1.png", "Ant/deep/0.PNG", "bee10/1.png",
    ]  # fmt: skip
    images, labels = next(iter(whole))
    assert labels.numpy().tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    padded = [[0, 0, 0], [47, 63, 79], [155, 171, 187], [0, 0, 0]]
    np.testing.assert_allclose(images.numpy()[0, ..., 0], padded, atol=1e-3)
    [first] = asked(labels=None, crop_to_aspect_ratio=True, data_format="channels_first")
    cut = [[18, 24, 30], [78, 84, 90], [138, 144, 150], [198, 204, 210]]
    np.testing.assert_allclose(first.numpy()[0], [cut], atol=1e-3)
    parts = asked(validation_split=0.3, subset="both")
    assert isinstance(parts, list) and [len(one.file_paths) for one in parts] == [6, 2]
    [(_, hot)] = asked(labels=[1, 2] * 4, label_mode="categorical", verbose=False)
    assert hot.numpy()[:2].tolist() == [[0, 1], [0, 0]]  # classes are counted from 0
    assert capsys.readouterr().out.splitlines() == [
        "Found 8 files belonging to 4 classes.", "Found 8 files.",
        "Found 8 files belonging to 4 classes.", "Using 6 files for training.", "Using 2 files for validation.",
    ]  # fmt: skip
    sounds = data.audio_dataset_from_directory
    with pytest.raises(ArgumentError, match="there are no ragged batches"):
        sounds(tmp_path, "inferred", "int", None, 32, None, None, True)


def test_places_outside_of_a_series() -> None:
    steps = np.arange(20.0)
    made = data.timeseries_dataset_from_array
    windows, following = next(iter(made(steps, steps * 10, 3, start_index=4, end_index=12, format="grain")))
    assert windows.numpy()[[0, -1]].tolist() == [[4, 5, 6], [9, 10, 11]]
    assert following.numpy().tolist() == [40, 50, 60, 70, 80, 90]
    for start, end in ((-3, None), (30, None), (None, 25), (None, -2), (8, 5), (20, None)):
        with pytest.raises(
            ArgumentError, match="start_index must lie before end_index, both within the data"
        ):
            made(steps, None, 3, start_index=start, end_index=end)
