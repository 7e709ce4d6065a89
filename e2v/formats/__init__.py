"""Files of other programs, one module for each format.

Adding a format is adding a module here: `word2vec-binary` is `word2vec_binary.py`. It documents the
layout, with its source, and defines what `Format` lists. What formats share is in `transfer`.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING, Protocol, cast

from e2v.errors import Advice, ForeignFileError, UsageError
from e2v.store.foreign import no_vectors

if TYPE_CHECKING:
    from e2v.formats.transfer.destination import Destination
    from e2v.formats.transfer.exported import Dtype, ExportedVectors
    from e2v.formats.transfer.input_files import InputFiles, Preview
    from e2v.formats.transfer.kept import Part
    from e2v.formats.transfer.row_reader import RowReader


class Format(Protocol):
    """What the module of a format defines.

    FILES: the names of its files, if it is a folder of several. DTYPES: the types of numbers that it can
    hold, the usual one first. KEEPS: what it has a place for beside keys and vectors. TEXT: whether it can
    be looked at on a terminal. SEEKABLE: whether it is written in any order, to a file and not to a stream.
    """

    FILES: tuple[str, ...]
    DTYPES: tuple[Dtype, ...]
    KEEPS: tuple[Part, ...]
    TEXT: bool
    SEEKABLE: bool

    def recognises(self, preview: Preview) -> bool:
        """Whether an input that looks like this is in this format."""

    def read(self, inputs: InputFiles) -> RowReader:
        """Find out the shape, and read rows as they are asked for.

        Raises:
            InputError: here or later, where and why the input is not in this format.
        """

    def write(self, vectors: ExportedVectors, to: Destination) -> None:
        """Write all vectors, a block at a time.

        Raises:
            OutputError: before anything is written, a key that the format cannot hold.
        """


def names() -> tuple[str, ...]:
    """The formats there are."""
    return _names_in(tuple(__path__))


@functools.cache
def _names_in(folders: tuple[str, ...]) -> tuple[str, ...]:
    found = [module for module in pkgutil.iter_modules(folders) if not module.ispkg]
    return tuple(module.name.replace("_", "-") for module in found)


def find_format(name: str) -> Format:
    """The format of this name.

    Raises:
        UsageError: there is none.
    """
    if name not in names():
        raise UsageError(f"there is no format '{name}'", f"one of {', '.join(names())}")
    return cast(Format, importlib.import_module(f"e2v.formats.{name.replace('-', '_')}"))


def sniff(inputs: InputFiles) -> str:
    """The name of the format that an input is in, by its first bytes or its files.

    Raises:
        ForeignFileError: it is in none that is known.
    """
    preview = inputs.preview()
    if error := no_vectors(str(inputs), preview.head):
        raise error
    for name in names():
        if find_format(name).recognises(preview):
            return name
    raise ForeignFileError(f"{inputs} is in no format that is known", Advice("{from_} says which it is"))
