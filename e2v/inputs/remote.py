"""Inputs that are elsewhere: what a URL names is copied to this machine, mapped there, and gone at the end.

They are read by fsspec, which knows s3://, gs://, https:// and others, some with a package more.
"""

from __future__ import annotations

import contextlib
import glob
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from e2v.errors import E2VError, InputError, MissingExtraError, looks_like_url
from e2v.inputs.sources import shown, shown_as
from e2v.notices import counted, detail, hint
from e2v.store import temporary_folder


@contextlib.contextmanager
def local_inputs(inputs: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The names of inputs on this machine: copies of what URLs name, globs among them matched.

    Raises:
        E2VError: as `local_copy`.
    """
    names = [each for name in inputs for each in (_matched(name) if _is_url(name) else [name])]
    urls = list(dict.fromkeys(name for name in names if _is_url(name)))
    for url in urls:
        _opened(url)  # what is missing for it is said before anything is copied
    if elsewhere := [url for url in urls if _scheme(url) != "file://"]:
        hint(
            f"{elsewhere[0]}{' ...' if len(elsewhere) > 1 else ''}: {counted(len(elsewhere), 'file')} "
            f"to be copied to {tempfile.gettempdir()} first"
        )
    with contextlib.ExitStack() as stack:
        paths = {url: stack.enter_context(local_copy(url)) for url in urls}
        yield tuple(str(paths[name]) if name in paths else name for name in names)


def origin(path: Path) -> str:
    """What a file is a copy of, by its URL; else where it is, from whatever folder."""
    name = shown(path)
    return name if _is_url(name) else str(path.absolute())


@contextlib.contextmanager
def local_copy(url: str) -> Iterator[Path]:
    """The file that a URL names, copied to where temporary files are kept, and gone when the block ends.

    What is on a disk of this machine, as file:// or a path says, is not copied. Errors that the block raises
    call the copy by its URL.

    Raises:
        InputError: there is none, or it cannot be read.
        MissingExtraError: fsspec, or what it needs for such a URL, is not installed.
    """
    if not _is_url(url):
        yield Path(url)
        return
    system, path = _opened(url)
    if "file" in _protocols(system):
        yield Path(path)
        return
    with temporary_folder() as folder:
        copy = folder / Path(path).name
        with _explained(url):
            detail(f"{url}: copying {counted(system.size(path) or 0, 'byte')} to {folder}")
            system.get_file(path, str(copy))
        with shown_as(copy, url):
            try:
                yield copy
            except E2VError as error:
                error.message = str(error.message).replace(str(copy), url)
                raise


def _is_url(name: str) -> bool:
    return "://" in name and looks_like_url(name)


def _matched(url: str) -> list[str]:
    """The files that a URL fits which is a glob, sorted; else the URL."""
    if not glob.has_magic(url):
        return [url]
    system, path = _opened(url)
    with _explained(url):
        found = [system.unstrip_protocol(each) for each in sorted(system.glob(path))]
    if not found:
        raise InputError(f"{url}: no file fits")
    return found


def _opened(url: str) -> tuple[Any, str]:
    """The file system of a URL, and what it calls the file."""
    try:
        import fsspec.core
    except ImportError:
        raise MissingExtraError(f"reading {_scheme(url)}", "fsspec") from None
    with _explained(url):
        system, path = fsspec.core.url_to_fs(url)
    return system, path


def _protocols(system: Any) -> tuple[str, ...]:
    return (system.protocol,) if isinstance(system.protocol, str) else tuple(system.protocol)


def _scheme(url: str) -> str:
    return url[: url.index("://") + 3]


@contextlib.contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turn what file systems raise, each in its own way, into one line."""
    try:
        yield
    except E2VError:
        raise
    except FileNotFoundError as error:
        if isinstance(error.__cause__, OSError):  # such as a connection that is refused
            raise InputError(f"cannot read {url}: {_line(error.__cause__)}") from error
        raise InputError(f"{url}: no such file") from error
    except ImportError as error:  # it says which package
        raise InputError(f"reading {_scheme(url)} needs another package: {_line(error)}") from error
    except ValueError as error:
        raise InputError(f"cannot read {url}: {_line(error)}", "s3://, gs://, https:// are known") from error
    except Exception as error:
        raise InputError(f"cannot read {url}: {_line(error)}") from error


def _line(error: Exception) -> str:
    """What an error says, in one line."""
    said = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return " ".join(said.split())
