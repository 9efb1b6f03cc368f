"""`python -m glbackend run`: a model on pictures, texts or recordings, and what it found, told and drawn."""

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import glbackend as gl
from glbackend.base.errors import ArgumentError, DataFormatError, GlbackendError
from glbackend.cli import answers, notes, sheets
from glbackend.cli.device import device
from glbackend.cli.holding import Held, hold
from glbackend.cli.tasks import INPUTS, TASKS, Picture, find, kind_of, picture_of
from glbackend.cli.upscale import enlarge
from glbackend.media.drawing import COCO_POSE
from glbackend.media.labels import IMAGENET_CLASSES, imagenet_labels

Array = np.ndarray[Any, Any]
LABEL_FILES = ("labels.txt", "labels.json", "classes.txt", "class_names.txt", "imagenet_class_index.json")
MOST_TEXT_BYTES = 1 << 24
TOKENS_WHERE_ANY = 256  # that a text becomes, where a model takes any number


@dataclass
class Answer:
    """What is told of one input: lines, a record for JSON, a picture, and files by their endings."""

    lines: list[str]
    record: Any
    picture: Array | None = None
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A model and all that its inputs share."""

    held: Held
    task: str
    options: argparse.Namespace
    labels: Sequence[str] | None
    picture: Picture | None

    def levels(self, source: str) -> Array:
        """The picture at a path, [height, width, channels] as bytes, or the part of it that `--box` names."""
        channels = 1 if self.picture is not None and self.picture.channels == 1 else 3
        whole = gl.image.load(source, channels).numpy().astype(np.uint8)
        if not self.options.box:
            return whole
        top, left, bottom, right = self.options.box
        part = whole[top:bottom, left:right]
        if not part.size:
            raise ArgumentError(f"--box {top} {left} {bottom} {right} holds nothing of {source}")
        return part


def run(options: argparse.Namespace) -> int:
    """Runs the model on each input; one that cannot be read does not keep the others back."""
    if options.backend:
        gl.set_backend(options.backend)
    job = prepare(options)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
    _announce(job)
    failed, used = False, set[str]()
    for source in options.inputs:
        begun = time.perf_counter()
        try:
            answer = ANSWERS[job.task](job, source)
        except (GlbackendError, OSError) as error:
            print(f"glbackend run: {error}", file=sys.stderr)
            failed = True
            continue
        print(f"{_short(source)}  ({time.perf_counter() - begun:.2f} s)", flush=True)
        for line in answer.lines or ["nothing found"]:
            print(f"  {line}")
        if options.out is not None:
            _write(answer, options.out, _stem(source, job.task, used))
    return int(failed)


def prepare(options: argparse.Namespace) -> Job:
    """The model, its task and its labels; errors before any input is read."""
    if options.task is not None and options.task not in TASKS:
        raise ArgumentError(f"--task {options.task} is unknown: one of {', '.join(TASKS)}")
    held = hold(options.model)
    kind = kind_of(held.inputs[0])
    if len(held.inputs) != 1 or kind not in INPUTS:
        taken = "; ".join(map(str, held.inputs))
        raise ArgumentError(f"{held.path} takes {taken}: run feeds one picture, text or recording")
    if kind == "tokens" and options.vocabulary is None:
        raise ArgumentError(
            f"{held.path} takes the numbers of words: --vocabulary FILE says which, one a line"
        )
    labels = _labels(held, options.labels)
    task = options.task or find(held, _probed(held, kind, options))
    if task == "notes" and kind != "sound":
        raise ArgumentError(f"{held.path} takes {held.inputs[0]}, no recording, from which notes come")
    if kind != "picture" and task not in ("classify", "notes"):
        raise ArgumentError(f"{held.path} takes {held.inputs[0]}, no picture: {task} needs one")
    picture = None
    if kind == "picture":
        picture = picture_of(held, task, options.size, options.normalize, options.fit)
    return Job(held, task, options, labels, picture)


def _probed(held: Held, kind: str, options: argparse.Namespace) -> dict[str, tuple[int, ...]]:
    """The shapes that the model gives, by running it on nothing: files do not always say them."""
    shapes = {slot.name: slot.shape for slot in held.outputs}
    if all(shape and None not in shape[1:] for shape in shapes.values()):
        return {name: tuple(dim or 1 for dim in shape or ()) for name, shape in shapes.items()}
    if kind == "picture":
        made, _ = picture_of(held, "", options.size, "raw", "stretch").make(np.zeros((8, 8, 3), np.uint8))
    else:
        made = gl.zeros([dim or 1 for dim in held.inputs[0].shape or ()])
    return {name: value.shape for name, value in held.run([made]).items()}


def _labels(held: Held, given: Path | None) -> Sequence[str] | None:
    """Names from the file that is named, else from the model's own words, else from a file beside it."""
    if given is not None:
        return gl.image.read_labels(given)
    stated = held.metadata.get("labels")
    if isinstance(stated, list) and stated and all(isinstance(one, str) for one in stated):
        return stated
    folder = held.path if held.path.is_dir() else held.path.parent
    beside = [folder / name for name in LABEL_FILES if (folder / name).is_file()]
    return gl.image.read_labels(beside[0]) if beside else None


def _announce(job: Job) -> None:
    told = f"{job.held.name}: {job.task} on {device()}"
    if job.picture is not None and job.task != "upscale":
        height, width = job.picture.size
        told += f"; pictures as {width} x {height} ({job.picture.fit}), levels {job.picture.normalize}"
    print(told, flush=True)


def _short(source: str) -> str:
    line = " ".join(source.split())
    return line if len(line) <= 70 else line[:69] + "\u2026"


def _stem(source: str, task: str, used: set[str]) -> str:
    """The beginning of the names of an input's files, which no input before has."""
    path = Path(source)
    base = path.stem if len(source) < 200 and _is_file(source) else "text"
    name, count = f"{base}-{task}", 1
    while name in used:
        count += 1
        name = f"{base}-{task}-{count}"
    used.add(name)
    return name


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):  # a text that can be no path
        return False


def _write(answer: Answer, folder: Path, stem: str) -> None:
    made = []
    if answer.picture is not None:
        made.append(folder / f"{stem}.png")
        Image.fromarray(answer.picture).save(made[-1])
    for ending, content in answer.files.items():
        made.append(folder / f"{stem}{ending}")
        made[-1].write_bytes(content)
    made.append(folder / f"{stem}.json")
    made[-1].write_text(json.dumps(answer.record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"  -> {', '.join(map(str, made))}")


# -- one function a task -------------------------------------------------------------------------------------


def _ran(job: Job, source: str) -> tuple[Array, dict[str, Array], Any]:
    """A picture, what the model gives for it, and what it saw of it."""
    assert job.picture is not None
    levels = job.levels(source)
    made, seen = job.picture.make(levels)
    return levels, job.held.run([made]), seen


def classify(job: Job, source: str) -> Answer:
    """The likeliest classes of a picture, a text or a recording."""
    kind = kind_of(job.held.inputs[0])
    if kind == "picture":
        levels, results, _ = _ran(job, source)
        beside = sheets.pictured(levels)
    elif kind == "sound":
        results, beside = _of_sound(job, source), sheets.written(source)
    else:
        text = _text(source)
        made = np.array([text], object) if kind == "text" else _tokens(job, text)
        results, beside = job.held.run([made]), sheets.written(text)
    scores = next((one for one in results.values() if one.ndim == 2 and one.dtype.kind == "f"), None)
    if scores is None:
        raise DataFormatError(f"{job.held.path} gives no scores of classes")
    names = _class_names(job.labels, results, scores.shape[1])
    best = gl.image.decode_predictions(_chances(scores), job.options.top, names)[0]
    lines = [f"{sheets.percent(one.score):>7}  {one.name}" for one in best]
    record = [one._asdict() for one in best]
    return Answer(lines, record, sheets.ranked(beside, job.held.name, best))


def _of_sound(job: Job, source: str) -> dict[str, Array]:
    """A recording's first piece, or all of it where the model takes any length."""
    shape = job.held.inputs[0].shape or ()
    samples, _ = gl.audio.load(source, job.options.rate)
    length = shape[1] or samples.size
    piece = gl.audio.pieces(samples, length).numpy()[:1]
    return job.held.run([piece[..., None] if len(shape) == 3 else piece])


def _text(source: str) -> str:
    """The text in a file, or the words themselves."""
    if not _is_file(source):
        if len(source.split()) == 1 and ("." in source or "/" in source):
            raise FileNotFoundError(f"{source}: there is no such file")
        return source
    if Path(source).stat().st_size > MOST_TEXT_BYTES:
        raise DataFormatError(f"{source} has more than {MOST_TEXT_BYTES} bytes: it is no text to classify")
    try:
        return Path(source).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataFormatError(f"{source} is no text in UTF-8: {error}") from None


def _tokens(job: Job, text: str) -> Any:
    """The numbers of a text's words, by a file of them."""
    slot = job.held.inputs[0]
    length = (slot.shape or (None, None))[1] or TOKENS_WHERE_ANY
    layer = gl.layers.text_vectorization(
        vocabulary=str(job.options.vocabulary), output_sequence_length=length
    )
    return layer([text]).cast("int32" if slot.dtype.startswith("int") else "float32")


def _class_names(labels: Sequence[str] | None, results: Mapping[str, Array], count: int) -> Sequence[str]:
    """What classes are called; their numbers where nobody says."""
    if labels is not None and len(labels) >= count:
        return labels
    if labels is not None:
        raise ArgumentError(f"there are {len(labels)} labels for the model's {count} classes")
    for one in results.values():  # some models give the names themselves
        if one.dtype.kind in "OSU" and one.shape[-1:] == (count,):
            return [str(name) for name in one.reshape(-1, count)[0]]
    if count == IMAGENET_CLASSES:
        try:
            return imagenet_labels()
        except DataFormatError as error:
            print(f"Note: {error}", file=sys.stderr)
    return [f"class {i}" for i in range(count)]


def _chances(scores: Array) -> Array:
    """Probabilities: as they are, or by softmax where they are logits."""
    if scores.min(initial=0) >= 0 and scores.max(initial=0) <= 1 + 1e-5:
        return scores
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True), np.float32)


def _of_things(things: list[answers.Thing], picture: Array) -> Answer:
    lines = []
    for one in things:
        where = ""
        if one.box is not None:
            top, left, bottom, right = np.rint(one.box).astype(int).tolist()
            where = f"  at ({left}, {top}) to ({right}, {bottom})"
        points = "" if one.points is None else f"  {len(one.points)} points"
        lines.append(f"{one.score:7.1%}  {one.name}{where}{points}")
    return Answer(lines, [one.record() for one in things], picture)


def detect(job: Job, source: str) -> Answer:
    """Boxes of the things in a picture."""
    levels, results, seen = _ran(job, source)
    assert job.picture is not None
    threshold = job.options.threshold
    things = answers.detections(results, job.picture.size, seen, job.labels, threshold)
    return _of_things(things, sheets.found(levels, things, threshold))


def pose(job: Job, source: str) -> Answer:
    """People's key points."""
    levels, results, seen = _ran(job, source)
    threshold = job.options.threshold
    people = answers.poses(results, seen, threshold)
    return _of_things(people, sheets.found(levels, people, threshold, COCO_POSE))


def landmarks(job: Job, source: str) -> Answer:
    """The mesh of a face that fills the picture, or the part of it that `--box` names."""
    levels, results, seen = _ran(job, source)
    assert job.picture is not None
    things = answers.landmarks(results, job.picture.size, seen, job.options.threshold)
    return _of_things(things, sheets.found(levels, things, 0))


def segment(job: Job, source: str) -> Answer:
    """The class of each pixel."""
    levels, results, seen = _ran(job, source)
    kinds = answers.segments(results, seen, levels.shape[:2], job.options.threshold)
    names = list(job.labels or ())
    names += [f"class {i}" for i in range(len(names), int(kinds.max(initial=0)) + 1)]
    shares = [(names[kind], float((kinds == kind).mean())) for kind in np.unique(kinds)]
    shares.sort(key=lambda one: -one[1])
    lines = [f"{share:7.1%}  {name}" for name, share in shares[: job.options.top]]
    picture = sheets.masked(levels, kinds, names)
    return Answer(lines, [{"name": name, "share": round(share, 4)} for name, share in shares], picture)


def upscale(job: Job, source: str) -> Answer:
    """The picture, enlarged."""
    levels = job.levels(source)
    white = 1.0 if job.options.normalize == "unit" else 255.0
    made = enlarge(job.held.model, levels, 256, white)
    sizes = [f"{one.shape[1]} x {one.shape[0]}" for one in (levels, made)]
    return Answer([f"{sizes[0]} -> {sizes[1]}"], {"from": sizes[0], "to": sizes[1]}, made)


def transcribe(job: Job, source: str) -> Answer:
    """The notes of a recording."""
    samples, _ = gl.audio.load(source, notes.RATE)
    heard = notes.listen(job.held, samples.numpy())
    found = notes.transcribe(heard)
    lines = [f"{one.start:6.2f} - {one.end:6.2f} s  {one.name:4} {one.score:.0%}" for one in found]
    record = [dict(one._asdict(), name=one.name) for one in found]
    title = f"{Path(source).name}: {len(found)} notes"
    files = {".mid": notes.midi(found)} if job.options.out is not None else {}
    return Answer(lines, record, sheets.roll(heard, found, title), files)


ANSWERS: dict[str, Callable[[Job, str], Answer]] = {
    "classify": classify, "detect": detect, "landmarks": landmarks, "notes": transcribe, "pose": pose,
    "segment": segment, "upscale": upscale,
}  # fmt: skip
