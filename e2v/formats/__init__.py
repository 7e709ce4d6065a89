"""Files of other programs, one module for each format.

Adding a format is adding a module here: `word2vec-binary` is `word2vec_binary.py`. It documents the
layout, with its source, and defines what `Format` lists. Modules whose names begin with an underscore
are shared by formats.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from e2v.errors import UsageError

if TYPE_CHECKING:
    from e2v.vectors import KeyedVectors


class Format(Protocol):
    """What the module of a format defines."""

    def write(self, vectors: KeyedVectors, out: BinaryIO) -> None:
        """Write all vectors to a stream, a block at a time.

        Raises:
            OutputError: before anything is written, a key that the format cannot hold.
        """


def names() -> list[str]:
    """The formats there are."""
    modules = [module.name for module in pkgutil.iter_modules(__path__)]
    return [name.replace("_", "-") for name in modules if not name.startswith("_")]


def find_format(name: str) -> Format:
    """The format of this name.

    Raises:
        UsageError: there is none.
    """
    if name not in names():
        raise UsageError(f"there is no format '{name}'", f"one of {', '.join(names())}")
    return cast(Format, importlib.import_module(f"e2v.formats.{name.replace('-', '_')}"))
