"""What a broken file leads to, told as one kind of error that names the file."""

from collections.abc import Iterator
from contextlib import contextmanager

from glbackend.base.errors import ArgumentError, DtypeError, ModelFormatError, ShapeError


@contextmanager
def telling(where: object) -> Iterator[None]:
    """Within the block whatever a file's content leads to is a ModelFormatError that names `where`.

    It names the exception where it is not one of ours: such a fault is known too late to say more of it.
    """
    try:
        yield
    except ModelFormatError as error:
        if str(where) in str(error):
            raise
        raise ModelFormatError(f"{where}: {error}") from error
    except IsADirectoryError:
        raise ModelFormatError(f"{where} is a folder: name the file itself") from None
    except (DtypeError, ShapeError, ArgumentError) as error:
        raise ModelFormatError(f"{where} is contradictory: {error}") from error
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise ModelFormatError(f"{where} is broken: {type(error).__name__}: {error}") from error
