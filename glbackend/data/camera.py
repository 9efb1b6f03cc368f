"""The webcam, and films in files in its place: pictures one by one. As `tf.data.webcam`."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, DeviceError
from glbackend.base.optional import optional
from glbackend.data.closing import Device
from glbackend.engine.tensor import Tensor
from glbackend.ops.create import tensor
from glbackend.ops.crop import crop_and_resize

Array = np.ndarray[Any, Any]


class WebcamIterator(Device):
    """Pictures of a camera, one by one: what `gl.data.webcam` gives. As TF.js's WebcamIterator.

    `frames` gives uint8 [height, width, 3], red first; `box` is what is cut out of them (top, left, bottom,
    right, from 0 to 1) and `size` (height, width) what it is resized to, None for pictures as they are;
    `release` gives the camera back.

    >>> import glbackend as gl
    >>> with gl.data.webcam([np.zeros((4, 6, 3), np.uint8)]) as camera:
    ...     camera.capture().shape, camera.capture()
    ((4, 6, 3), None)
    """

    def __init__(self, frames: Any, box: Any, size: tuple[int, int] | None, release: Any) -> None:
        super().__init__(release)
        self._frames, self._box, self._size = frames, box, size

    def capture(self) -> Tensor | None:
        """The next picture, [height, width, 3]: int32, or float32 where it is resized.

        None after the last one. As TF.js's `capture`.

        >>> import glbackend as gl
        >>> gl.data.webcam([np.zeros((4, 6, 3), np.uint8)], resize_width=3, resize_height=2).capture().shape
        (2, 3, 3)
        """
        frame = None if self._closed else next(self._frames, None)
        if frame is None:
            self.stop()
            return None
        if self._size is None:
            return tensor(np.asarray(frame), dtype="int32")
        batch = tensor(np.asarray(frame)[None], dtype="float32")
        found: Tensor = crop_and_resize(batch, [self._box(frame.shape)], [0], self._size)
        return found.reshape(found.shape[1:])

    def stop(self) -> None:
        """Gives the camera, or the file, back; there are no pictures after it. As TF.js's `stop`.

        >>> import glbackend as gl
        >>> camera = gl.data.webcam([np.zeros((4, 6, 3), np.uint8)])
        >>> camera.stop()
        >>> list(camera)
        []
        """
        self._end()


@checked
def webcam(
    source: int | str | os.PathLike[str] | Iterable[Any] | None = None,
    *,
    facing_mode: Literal["user", "environment"] = "user",
    device_id: int | str | None = None,
    resize_width: int | None = None,
    resize_height: int | None = None,
    center_crop: bool = False,
) -> WebcamIterator:
    """Pictures of a camera, as tensors [height, width, 3], red first. As `tf.data.webcam`.

    `source`: the number of a camera, the path of a film (in the camera's place), or pictures one by one as
    uint8 [height, width, 3]; by default the first camera. A camera and films need OpenCV.
    `device_id`: the number or path of a camera, by its name in TF.js. `facing_mode` is "user" or
    "environment"; cameras here do not tell which way they look.
    `resize_width`, `resize_height`: what pictures are resized to (float32 then), both or none.
    `center_crop`: whether a part of that size is taken from the middle instead.

    DeviceError where there is no camera or it gives no picture, FileNotFoundError for a path without a file,
    MissingPackageError without OpenCV, ArgumentError for half a size.

    >>> frames = [np.full((2, 2, 3), level, np.uint8) for level in (0, 255)]
    >>> [image.max().item() for image in webcam(frames)]
    [0, 255]
    """
    if (resize_width is None) != (resize_height is None):
        raise ArgumentError("webcam: resize_width and resize_height go together")
    size = None if resize_width is None or resize_height is None else (resize_height, resize_width)
    if center_crop and size is None:
        raise ArgumentError("webcam: center_crop needs resize_width and resize_height")

    def box(shape: tuple[int, ...]) -> list[float]:
        if not center_crop or size is None:
            return [0.0, 0.0, 1.0, 1.0]
        tall, wide = (want / have / 2 for want, have in zip(size, shape[:2], strict=True))
        return [0.5 - tall, 0.5 - wide, 0.5 + tall, 0.5 + wide]

    chosen = device_id if source is None else source
    if chosen is None or isinstance(chosen, int | str | os.PathLike):
        frames, release = _opened(0 if chosen is None else chosen)
    else:
        frames, release = iter(chosen), lambda: None
    return WebcamIterator(frames, box, size, release)


def _opened(source: int | str | os.PathLike[str]) -> tuple[Any, Any]:
    """The pictures of a camera or a film, and what gives it back."""
    vision = optional("cv2", "camera", "webcam")
    if not isinstance(source, int) and not Path(source).exists():
        raise FileNotFoundError(f"webcam: there is no film or camera {os.fspath(source)!r}")
    before = vision.getLogLevel() if hasattr(vision, "getLogLevel") else None
    if before is not None:
        vision.setLogLevel(0)  # it would tell of a missing camera by itself, on the terminal
    try:
        capture = vision.VideoCapture(source if isinstance(source, int) else os.fspath(source))
    finally:
        if before is not None:
            vision.setLogLevel(before)
    if not capture.isOpened():
        what = f"camera {source}" if isinstance(source, int) else f"film {os.fspath(source)!r}"
        raise DeviceError(
            f"webcam: {what} cannot be opened: is it there, and not in use? A film's path works in its place"
        )

    def frames() -> Any:
        while True:
            there, frame = capture.read()
            if not there:
                return
            yield vision.cvtColor(frame, vision.COLOR_BGR2RGB)

    return frames(), capture.release
