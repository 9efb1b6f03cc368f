"""Notes from what Basic Pitch gives: how likely each key sounds, and begins to, at each moment.

Source: Bittner et al., "A lightweight instrument-agnostic model for polyphonic note transcription and
multipitch estimation" (2022), without its search for notes that have no onset.
"""

import io
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

import glbackend as gl
from glbackend.base.errors import ModelFormatError
from glbackend.base.optional import optional
from glbackend.cli.holding import Held
from glbackend.cli.tasks import PIANO_KEYS

Array = np.ndarray[Any, Any]
RATE = 22050  # samples a second, as the model was trained with
HOP_SAMPLES = 256  # from one moment to the next
OVERLAP_MOMENTS = 30  # that two pieces share
LOWEST_KEY = 21  # of a piano, A0, in MIDI's numbers
ONSET, FRAME = 0.5, 0.3  # chances from which a note begins, and still sounds
PAUSE_MOMENTS = 11  # of silence that end a note; also the shortest note
TICKS = 480  # of a quarter note, of which there are two a second
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


class Note(NamedTuple):
    """A note: when it begins and ends, in seconds, its number in MIDI (60 is C4), how likely it is."""

    start: float
    end: float
    pitch: int
    score: float

    @property
    def name(self) -> str:
        """As musicians write it.

        >>> Note(0, 1, 69, 1).name
        'A4'
        """
        return f"{NAMES[self.pitch % 12]}{self.pitch // 12 - 1}"


class Heard(NamedTuple):
    """How likely each of 88 keys sounds and begins, [moments, 88] each, and when each moment is."""

    sounding: Array
    beginning: Array
    seconds: Array


def listen(held: Held, samples: Array) -> Heard:
    """Runs the model over a recording at RATE, piece by piece."""
    length = (held.inputs[0].shape or (0, 0))[1] or 0
    overlap = OVERLAP_MOMENTS * HOP_SAMPLES
    if length <= overlap:
        raise ModelFormatError(f"{held.path}: pieces of {length} samples are not Basic Pitch's")
    parts = gl.audio.pieces(samples, length, overlap).numpy()
    found = [_keys(held.run([part[None, :, None]])) for part in parts]
    moments = found[0][0].shape[1]
    kept = moments - 2 * (OVERLAP_MOMENTS // 2)
    joined = [
        gl.audio.join(np.concatenate(one), OVERLAP_MOMENTS / moments, len(parts) * kept)
        for one in zip(*found, strict=True)
    ]
    at = np.arange(len(joined[0]))
    seconds = (at // kept * (length - overlap) + at % kept * HOP_SAMPLES) / RATE
    inside = seconds < len(samples) / RATE
    return Heard(joined[0][inside], joined[1][inside], seconds[inside])


def _keys(results: Mapping[str, Array]) -> tuple[Array, Array]:
    """What sounds and what begins: by name where there are names, else in the order of the signature."""
    found = {name: one for name, one in sorted(results.items()) if one.shape[-1] == PIANO_KEYS}
    if len(found) != 2:
        raise ModelFormatError(f"no two lists of {PIANO_KEYS} keys are known in {sorted(results)}")
    onset = next((name for name in found if "onset" in name.lower()), list(found)[1])
    frame = next(name for name in found if name != onset)
    return found[frame], found[onset]


def transcribe(heard: Heard) -> list[Note]:
    """The notes, in the order in which they begin."""
    sounding = heard.sounding.copy()
    beginning = np.maximum(heard.beginning, _rises(heard))
    around = np.pad(beginning, ((1, 1), (0, 0)))
    peaks = (beginning > around[:-2]) & (beginning >= around[2:]) & (beginning >= ONSET)
    notes = []
    for start, key in np.argwhere(peaks)[
        ::-1
    ]:  # from the last: an earlier note ends where a later one begins
        end = _end(sounding[start:, key]) + start
        if end - start <= PAUSE_MOMENTS:
            continue
        score = float(sounding[start:end, key].mean())
        sounding[start:end, max(key - 1, 0) : key + 2] = 0
        last = heard.seconds[min(end, len(heard.seconds) - 1)]
        notes.append(Note(float(heard.seconds[start]), float(last), int(key) + LOWEST_KEY, score))
    return sorted(notes)


def _rises(heard: Heard) -> Array:
    """Where a key comes to sound within two moments, on the scale of the beginnings."""
    rise = np.zeros_like(heard.sounding)
    if len(rise) > 2:
        steps = [heard.sounding[2:] - heard.sounding[2 - n : -n] for n in (1, 2)]
        rise[2:] = np.maximum(np.minimum(*steps), 0)
    most = rise.max(initial=0)
    return rise * (heard.beginning.max(initial=0) / most) if most else rise


def _end(chances: Array) -> int:
    """How many moments a note lasts: until it is silent for PAUSE_MOMENTS."""
    silent = 0
    for i, chance in enumerate(chances):
        silent = silent + 1 if chance < FRAME else 0
        if silent == PAUSE_MOMENTS:
            return i + 1 - PAUSE_MOMENTS
    return len(chances) - silent


def midi(notes: list[Note]) -> bytes:
    """The notes as a MIDI file of one piano; MissingPackageError without mido."""
    mido = optional("mido", "midi", "run")
    track = mido.MidiTrack()
    events = [(one.start, 1, one) for one in notes] + [(one.end, 0, one) for one in notes]
    before = 0
    for seconds, begins, note in sorted(events):
        ticks = round(seconds * 2 * TICKS)
        loud = min(round(127 * note.score), 127) if begins else 0
        kind = "note_on" if begins else "note_off"
        track.append(mido.Message(kind, note=note.pitch, velocity=loud, time=max(ticks - before, 0)))
        before = max(ticks, before)
    file = mido.MidiFile(ticks_per_beat=TICKS)
    file.tracks.append(track)
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()
