"""Tables of text: CSV after RFC 4180, columns by name, labels beside features. As `tf.data.csv`."""

import csv as csv_module
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from glbackend.base.calling import checked
from glbackend.base.dtypes import DType, check_dtype
from glbackend.base.errors import ArgumentError, DataFormatError
from glbackend.base.naming import snake_case
from glbackend.data.dataset import Dataset
from glbackend.data.stage import Stage
from glbackend.data.text import FileDataSource, Source, as_source

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?Infinity", re.ASCII)
_SPECIAL = {"nan": math.nan, "inf": math.inf, "+inf": math.inf, "-inf": -math.inf}
_FIELD = re.compile(r'"((?:[^"]|"")*)"(?=\s|$)|(\S+)')
_INT32 = np.iinfo(np.int32)


@dataclass(frozen=True)
class ColumnConfig:
    """What is known of a column of a table. As TF.js's ColumnConfig.

    `required`: whether an empty field is an error.
    `dtype`: "float32", "int32", "bool" or "string"; by default what looks like a number is one.
    `default`: the value of empty fields.
    `is_label`: whether the column is a target, and not a feature.

    >>> ColumnConfig(dtype="int32", is_label=True).required
    False
    """

    required: bool = False
    dtype: DType | None = None
    default: Any = None
    is_label: bool = False


class CSVDataset(Dataset):
    """The rows of a CSV file as dicts by column. As `tf.data.CSVDataset`; `gl.data.csv` has the words.

    `input` is the source, `table` how to read it.

    >>> import glbackend as gl
    >>> gl.data.csv(gl.data.FileDataSource(b"a,b\\n1,x")).to_array()
    [{'a': 1.0, 'b': 'x'}]
    """

    def __init__(self, input: FileDataSource, table: "Table") -> None:
        super().__init__(Rows(input, table))
        self._table = table

    def column_names(self) -> list[str]:
        """The names of the columns that elements have. As TF.js's columnNames.

        >>> import glbackend as gl
        >>> gl.data.csv(gl.data.FileDataSource(b"a,b\\n1,x")).column_names()
        ['a', 'b']
        """
        return [name for name in self._table.names if self._table.chosen(name)]


@checked
def csv(
    source: Source,
    *,
    has_header: bool = True,
    column_names: Sequence[str] | None = None,
    column_configs: Mapping[str, Any] | None = None,
    configured_columns_only: bool = False,
    delimiter: str = ",",
    delim_whitespace: bool = False,
) -> CSVDataset:
    """The rows of a CSV file as dicts by column; with labels dicts of "xs" and "ys". As `tf.data.csv`.

    After RFC 4180 a field in quotes may hold delimiters, line breaks and doubled quotes. Blank lines are
    left out. Numbers are floats, other fields text, empty ones None.

    `source`: a path, "file://..." or a `FileDataSource`, in UTF-8.
    `has_header`: whether the first row names the columns.
    `column_names`: their names, in order, in place of the header's; needed where there is none.
    `column_configs`: what is known of columns, by name: a `ColumnConfig` or a dict of "required", "dtype",
    "default", "is_label". In a column with a dtype another kind of field is an error; "int32" rounds down,
    "bool" is whether the field is 1 or true.
    `configured_columns_only`: whether columns without a configuration are left out.
    `delimiter`: what stands between fields, one character. `delim_whitespace`: blanks do, any number of them.

    FileNotFoundError where there is no file, ArgumentError for arguments that do not fit the file,
    DataFormatError, which names file and line, for a row that cannot be read.

    >>> import glbackend as gl
    >>> text = b'sepal,species\\n5.1,"the ""wild"" one"'
    >>> ds = csv(gl.data.FileDataSource(text), column_configs={"species": {"is_label": True}})
    >>> ds.to_array()
    [{'xs': {'sepal': 5.1}, 'ys': {'species': 'the "wild" one'}}]
    """
    if delim_whitespace and delimiter != ",":
        raise ArgumentError("csv: delimiter must be left out where delim_whitespace is true")
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise ArgumentError(f"csv: delimiter must be one character, got {delimiter!r}")
    found = as_source(source, "csv")
    names = None if column_names is None else list(column_names)
    configs = {key: _config(key, one) for key, one in (column_configs or {}).items()}
    if configured_columns_only and not configs:
        raise ArgumentError("csv: configured_columns_only needs column_configs")
    separator = None if delim_whitespace else delimiter
    names = _names(found, separator, has_header, names)
    if unknown := set(configs) - set(names):
        raise ArgumentError(
            f"csv: column_configs names {', '.join(sorted(unknown))}, but the columns are {', '.join(names)}"
        )
    return CSVDataset(found, Table(separator, has_header, names, configs, configured_columns_only))


@dataclass(frozen=True)
class Table:
    """How rows are read."""

    separator: str | None  # None for blanks
    has_header: bool
    names: list[str]
    configs: Mapping[str, ColumnConfig]
    configured_only: bool

    def chosen(self, name: str) -> bool:
        """Whether elements have that column."""
        return not self.configured_only or name in self.configs


class Rows(Stage):
    """The rows of a table; the file is open while a pass runs."""

    def __init__(self, source: FileDataSource, table: Table) -> None:
        super().__init__(tensors=False)
        self.source, self.table = source, table

    def run(self) -> Iterator[Any]:
        table = self.table
        columns = [
            (name, i, table.configs.get(name, ColumnConfig()))
            for i, name in enumerate(table.names)
            if table.chosen(name)
        ]
        labelled = any(config.is_label for _, _, config in columns)
        rows = _fields(self.source, table.separator)
        if table.has_header:
            next(rows, None)
        for line, row in rows:
            where = f"csv: {self.source.name}, line {line}"
            if len(row) != len(table.names):
                raise DataFormatError(
                    f"{where}: there must be {len(table.names)} fields, got {len(row)}: {row}"
                )
            features: dict[str, Any] = {}
            labels: dict[str, Any] = {}
            for name, i, config in columns:
                (labels if config.is_label else features)[name] = _value(row[i], name, config, where)
            yield {"xs": features, "ys": labels} if labelled else features


def _fields(source: FileDataSource, separator: str | None) -> Iterator[tuple[int, list[str]]]:
    """The fields of each row that isn't blank, with the number of its last line."""
    if separator is None:
        for line, text in enumerate(source.lines(), 1):
            if row := [one[2] or one[1].replace('""', '"') for one in _FIELD.finditer(text)]:
                yield line, row
        return
    reader = csv_module.reader(source.lines(newline=""), delimiter=separator, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv_module.Error as error:
            raise DataFormatError(f"csv: {source.name}, line {reader.line_num}: {error}") from None
        # differs from TF.js: blank lines are left out, there they are errors
        if row:
            yield reader.line_num, row


def _value(text: str, name: str, config: ColumnConfig, where: str) -> Any:
    """What a field means, by what is known of its column."""
    # differs from TF.js: fields of blanks alone are empty, there they are 0
    if not text or (text.isspace() and config.dtype != "string"):
        if config.default is not None:
            return config.default
        if config.required or config.is_label:
            raise DataFormatError(f"{where}: column {name!r} is required, but empty")
        return None
    plain = text.strip()
    if config.dtype == "bool":
        return plain.lower() in ("1", "true")
    number = float(plain) if _NUMBER.fullmatch(plain) else None
    if config.dtype is None:
        return text if number is None else number
    # differs from TF.js: a column of dtype string holds text, there what looks like a number is one
    if config.dtype == "string":
        return text
    if number is None and config.dtype == "float32":
        number = _SPECIAL.get(plain.lower())
    if number is None or (config.dtype == "int32" and not _INT32.min <= number <= _INT32.max):
        # differs from TF.js: what is no number in a column of numbers is an error, there it is text
        raise DataFormatError(f"{where}: column {name!r} must hold {config.dtype}, got {text!r}")
    return np.int32(math.floor(number)) if config.dtype == "int32" else number


def _names(
    source: FileDataSource, separator: str | None, has_header: bool, given: list[str] | None
) -> list[str]:
    """The names of all columns, of the arguments or the header."""
    if not has_header:
        if given is None:
            raise ArgumentError("csv: without a header column_names must be given")
        names = given
    else:
        first = next(_fields(source, separator), None)
        if first is None:
            raise DataFormatError(f"csv: {source.name} is empty: there is no header")
        if given is not None and len(given) != len(first[1]):
            raise ArgumentError(
                f"csv: {len(given)} column_names for the {len(first[1])} columns of the header"
            )
        names = given or first[1]
    if twice := sorted({one for one in names if names.count(one) > 1}):
        raise ArgumentError(f"csv: columns must have different names, got {', '.join(twice)} twice")
    return names


def _config(name: str, given: Any) -> ColumnConfig:
    """The configuration of a column, also as TF.js writes it."""
    if isinstance(given, ColumnConfig):
        return given
    if not isinstance(given, Mapping):
        raise ArgumentError(f"csv: the configuration of {name!r} must be a dict, got {type(given).__name__}")
    found = {snake_case(key): value for key, value in given.items()}
    known = {one.name for one in fields(ColumnConfig)}
    if unknown := set(found) - known:
        raise ArgumentError(
            f"csv: the configuration of {name!r} has {', '.join(sorted(unknown))}: "
            f"use {', '.join(sorted(known))}"
        )
    if found.get("dtype") is not None and check_dtype(found["dtype"]) == "complex64":
        raise ArgumentError(f"csv: {name!r} cannot be complex64")
    return ColumnConfig(**found)
