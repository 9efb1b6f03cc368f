"""Text, line by line: of a file, or of bytes in memory."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from glbackend.base.errors import ArgumentError, DataFormatError
from glbackend.data.dataset import Dataset
from glbackend.data.stage import Stage


class FileDataSource:
    """A file, or bytes in memory, as a source of text. As TF.js's FileDataSource.

    `input`: the path of a file, also as "file://...", or bytes. FileNotFoundError for a path where there is
    no file, ArgumentError for what is neither, and for other schemes: nothing is downloaded.

    >>> FileDataSource(b"one").name
    'bytes'
    """

    def __init__(self, input: str | os.PathLike[str] | bytes) -> None:
        self.content = bytes(input) if isinstance(input, bytes | bytearray | memoryview) else None
        self.path = None if self.content is not None else existing(input, "FileDataSource")

    @property
    def name(self) -> str:
        """What messages call it. TF.js has none.

        >>> FileDataSource(b"one").name
        'bytes'
        """
        return "bytes" if self.path is None else str(self.path)

    def lines(self, newline: str = "\n") -> Iterator[str]:
        """The lines of the text, UTF-8 with or without its mark, each with its end.

        `newline` as for Python's `open`: "\\n" alone ends a line, or for "" what else does, too. The file is
        open as long as they are read. DataFormatError for other bytes. TF.js reads chunks of bytes.

        >>> list(FileDataSource("one\\r\\ntwo".encode("utf-8-sig")).lines())
        ['one\\r\\n', 'two']
        """
        try:
            with self._open(newline) as file:
                yield from file
        except UnicodeDecodeError as error:
            raise DataFormatError(f"{self.name} is no text in UTF-8: {error}") from None

    def _open(self, newline: str) -> TextIO:
        if self.path is not None:
            return self.path.open(encoding="utf-8-sig", newline=newline)
        return io.TextIOWrapper(io.BytesIO(self.content or b""), encoding="utf-8-sig", newline=newline)


Source = str | os.PathLike[str] | FileDataSource


def existing(source: Any, op: str) -> Path:
    """The path of a file that is there; FileNotFoundError or ArgumentError says what is wrong with it."""
    if not isinstance(source, str | os.PathLike):
        raise ArgumentError(f"{op}: needs the path of a file, got {type(source).__name__}")
    name = os.fspath(source)
    scheme, sign, rest = name.partition("://")
    if sign and scheme != "file":
        raise ArgumentError(f"{op}: cannot reach {name!r}: download it, and give the path of the file")
    path = Path(rest if sign else name)
    if not path.is_file():
        raise FileNotFoundError(f"{op}: there is no file {str(path)!r}")
    return path


def as_source(source: Any, op: str) -> FileDataSource:
    """The source that an argument means: one itself, or a path."""
    return source if isinstance(source, FileDataSource) else FileDataSource(existing(source, op))


class Lines(Stage):
    """The lines of a text, without their ends; the file is open while a pass runs."""

    def __init__(self, source: FileDataSource) -> None:
        super().__init__(tensors=False)
        self.source = source

    def run(self) -> Iterator[str]:
        return (line.removesuffix("\n").removesuffix("\r") for line in self.source.lines())


class TextLineDataset(Dataset):
    """The lines of a text file, without their ends. As `tf.data.TextLineDataset` of TF.js.

    `input`: a path, "file://..." or a FileDataSource, in UTF-8. FileNotFoundError where there is none.

    >>> TextLineDataset(FileDataSource(b"one\\r\\ntwo")).to_array()
    ['one', 'two']
    """

    def __init__(self, input: Source) -> None:
        super().__init__(Lines(as_source(input, "text_lines")))


def text_lines(source: Source) -> TextLineDataset:
    """The lines of a text file. As TF.js's TextLineDataset of that `source`: a path or a FileDataSource.

    FileNotFoundError where there is none.

    >>> text_lines(FileDataSource(b"one\\n\\ntwo\\n")).to_array()
    ['one', '', 'two']
    """
    return TextLineDataset(source)
