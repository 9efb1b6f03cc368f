"""Files of columns: Parquet, Arrow, and NumPy's, read a piece at a time."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.errors import ArgumentError, DataFormatError
from glbackend.base.optional import optional
from glbackend.data.dataset import Dataset
from glbackend.data.element import element_at, length_of, rebuilt, spec_of, without_batch
from glbackend.data.stage import Stage, whole
from glbackend.data.text import existing

PathLike = str | os.PathLike[str]
ROWS_AT_ONCE = 4096


@checked
def parquet(
    paths: PathLike | Sequence[PathLike],
    columns: Sequence[str] | None = None,
    labels: Sequence[str] = (),
    batch_rows: int = ROWS_AT_ONCE,
) -> Dataset:
    """The rows of Parquet files as dicts by column, file after file; needs pyarrow. TF.js has none.

    Numbers keep their dtype (among missing values integers become float64, missing ones NaN), text is text,
    and lists of numbers are arrays.

    `paths`: a file, or a list of files with equal columns.
    `columns`: the columns to read, by default all.
    `labels`: columns that are targets; elements then are dicts of "xs" and "ys", as of `gl.data.csv`.
    `batch_rows`: rows that are read at once.

    FileNotFoundError for a file that isn't there, ArgumentError for unknown columns, DataFormatError for a
    damaged file, MissingPackageError without pyarrow.

    >>> import os, tempfile
    >>> import pyarrow, pyarrow.parquet
    >>> file = os.path.join(tempfile.mkdtemp(), "a.parquet")
    >>> pyarrow.parquet.write_table(pyarrow.table({"x": [1.5, 2.5], "y": ["a", "b"]}), file)
    >>> ds = parquet(file, labels=["y"])
    >>> ds.size, [(row["xs"]["x"].item(), row["ys"]["y"]) for row in ds]
    (2, [(1.5, 'a'), (2.5, 'b')])
    """
    module = optional("pyarrow.parquet", "arrow", "parquet")
    files = [existing(one, "parquet") for one in _listed(paths)]
    heads = [_head(module, one) for one in files]
    names = _columns(heads[0][0], columns, labels, "parquet")
    for file, (there, _) in zip(files, heads, strict=True):
        if missing := set(names) - set(there):
            raise ArgumentError(f"parquet: {file} has no column {', '.join(sorted(missing))}")
    rows = whole("batch_rows", batch_rows, 1, "parquet")

    def pieces() -> Iterator[Any]:
        for file in files:
            with module.ParquetFile(file) as opened:
                yield from opened.iter_batches(batch_size=rows, columns=names)

    return Dataset(_Rows(pieces, sum(count for _, count in heads), names, labels))


@checked
def arrow(source: Any, columns: Sequence[str] | None = None, labels: Sequence[str] = ()) -> Dataset:
    """The rows of an Arrow table as dicts by column; needs pyarrow. TF.js has none.

    `source`: a pyarrow Table or RecordBatch, or the path of an Arrow (Feather) file, which is mapped into
    memory. `columns` and `labels` as in `parquet`, as are the errors.

    >>> import pyarrow
    >>> arrow(pyarrow.table({"x": [1, 2], "y": ["a", "b"]}), columns=["y"]).to_array()
    [{'y': 'a'}, {'y': 'b'}]
    """
    module = optional("pyarrow", "arrow", "arrow")
    if isinstance(source, str | os.PathLike):
        path = existing(source, "arrow")
        with _opened(module, path) as opened:
            there, count = list(opened.schema.names), _rows_of(opened)
        names = _columns(there, columns, labels, "arrow")

        def pieces() -> Iterator[Any]:
            with module.memory_map(str(path)) as mapped:
                opened = module.ipc.open_file(mapped)
                for i in range(opened.num_record_batches):
                    yield opened.get_batch(i).select(names)

        return Dataset(_Rows(pieces, count, names, labels))
    if not isinstance(source, module.Table | module.RecordBatch):
        raise ArgumentError(
            f"arrow: source must be a table, a record batch or a path, got {type(source).__name__}"
        )
    table = source if isinstance(source, module.Table) else module.Table.from_batches([source])
    names = _columns(table.column_names, columns, labels, "arrow")
    chosen = table.select(names)
    return Dataset(_Rows(lambda: iter(chosen.to_batches()), table.num_rows, names, labels))


@checked
def memory_map(paths: Any) -> Dataset:
    """The rows of NumPy's .npy files, read as they are used, whatever their size. TF.js has none.

    `paths`: a file, or several of one length in dicts and tuples, as arrays for `from_tensor_slices`. The
    files are mapped while a pass runs. FileNotFoundError for a file that isn't there, DataFormatError for
    what is no .npy file or holds objects, ShapeError for different lengths.

    >>> import os, tempfile
    >>> file = os.path.join(tempfile.mkdtemp(), "x.npy")
    >>> np.save(file, np.arange(6, dtype=np.float32).reshape(3, 2))
    >>> [row.numpy().tolist() for row in memory_map(file)]
    [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    """
    return Dataset(_Mapped(_existing_all(paths)))


class _Rows(Stage):
    """Rows of pieces of a table; with labels in two groups."""

    def __init__(self, pieces: Any, count: int, names: list[str], labels: Sequence[str]) -> None:
        super().__init__(size=count, tensors=False)
        self.pieces, self.names, self.labels = pieces, names, labels

    def run(self) -> Iterator[Any]:
        features = [one for one in self.names if one not in self.labels]
        for piece in self.pieces():
            values = {name: _values(piece.column(i)) for i, name in enumerate(self.names)}
            for i in range(piece.num_rows):
                xs = {name: values[name][i] for name in features}
                yield {"xs": xs, "ys": {name: values[name][i] for name in self.labels}} if self.labels else xs


class _Mapped(Stage):
    """The rows of mapped files, copied one by one, so that no file stays open for their sake."""

    def __init__(self, paths: Any) -> None:
        arrays = _mapped(paths)
        spec = without_batch(spec_of(arrays))
        super().__init__(size=length_of(arrays, "memory_map"), spec=spec, tensors=True)
        self.paths = paths

    def run(self) -> Iterator[Any]:
        arrays = _mapped(self.paths)
        for i in range(int(self.size or 0)):
            yield _copied(element_at(arrays, i))


def _listed(paths: Any) -> list[Any]:
    found = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
    if not found:
        raise ArgumentError("parquet: there must be at least one file")
    return found


def _head(module: Any, path: Path) -> tuple[list[str], int]:
    """Column names and the number of rows of a Parquet file."""
    try:
        with module.ParquetFile(path) as opened:
            return list(opened.schema_arrow.names), opened.metadata.num_rows
    except (ValueError, OSError) as error:
        raise DataFormatError(f"parquet: {path} cannot be read: {error}") from None


def _opened(module: Any, path: Path) -> Any:
    try:
        return module.ipc.open_file(str(path))
    except (ValueError, OSError) as error:
        raise DataFormatError(f"arrow: {path} cannot be read: {error}") from None


def _rows_of(opened: Any) -> int:
    return sum(opened.get_batch(i).num_rows for i in range(opened.num_record_batches))


def _columns(there: list[str], columns: Sequence[str] | None, labels: Sequence[str], op: str) -> list[str]:
    names = list(there if columns is None else columns)
    if isinstance(labels, str) or isinstance(columns, str):
        raise ArgumentError(f"{op}: columns and labels are lists of names")
    names += [one for one in labels if one not in names]
    if unknown := [one for one in names if one not in there]:
        raise ArgumentError(f"{op}: no column {', '.join(unknown)}: there are {', '.join(there)}")
    return names


def _values(column: Any) -> Any:
    """A column as an array, or as a list of what rows have: arrays for lists, Python's for the rest."""
    kind = str(column.type)
    if kind.startswith(("list", "large_list", "fixed_size_list")):
        return [None if one is None else np.asarray(one) for one in column.to_pylist()]
    array = column.to_numpy(zero_copy_only=False)
    return array if array.dtype.kind in "biuf" else column.to_pylist()


def _existing_all(paths: Any) -> Any:
    if isinstance(paths, dict):
        return {key: _existing_all(one) for key, one in paths.items()}
    if isinstance(paths, tuple | list):
        return rebuilt(tuple(paths), [_existing_all(one) for one in paths])
    return existing(paths, "memory_map")


def _mapped(paths: Any) -> Any:
    if isinstance(paths, dict):
        return {key: _mapped(one) for key, one in paths.items()}
    if isinstance(paths, tuple):
        return tuple(map(_mapped, paths))
    try:
        return np.load(paths, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise DataFormatError(f"memory_map: {paths} is no .npy file that can be mapped: {error}") from None


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    if isinstance(value, tuple):
        return tuple(map(_copied, value))
    return np.array(value)
