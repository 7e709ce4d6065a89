"""What every command does before it works: see that its outputs can be written, and are its own.

An output that replaced an input would destroy it without a question; a default that replaced what another
command made would do so to somebody who named nothing; a folder that is not there is better noticed before a
night's work than after.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from e2v.errors import ForeignFileError, InputError, OutputError, UsageError
from e2v.store.atomic import check_file, check_folder
from e2v.store.lock import locked
from e2v.store.reader import open_artifact, refuse_short
from e2v.store.schema import KINDS

_STDIN = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a command writes, or a folder of files.

    path: as the user wrote it. by_default: nobody named it. members: the names of a folder's files.
    kinds: those of `KINDS` that may be written, and replaced; empty where no .e2v file is written.
        None: it is not asked what is there, by the one who writes.
    """

    path: Path
    by_default: bool = False
    members: tuple[str, ...] = ()
    kinds: Collection[str] | None = tuple(KINDS)

    @property
    def files(self) -> list[Path]:
        """The files that are written."""
        return [self.path / name for name in self.members] if self.members else [self.path]


#: The files that messages are added to, which are there.
_logs: list[Path] = []


def note_log(path: Path) -> None:
    """Have no output written over a file that messages are added to."""
    _logs.append(path)


@contextlib.contextmanager
def reserved(
    command: str,
    outputs: Sequence[Output],
    inputs: Iterable[str | Path | None],
    *,
    replacing: Path | None = None,
) -> Iterator[None]:
    """Try whether the outputs of a command can be written, and have them to ourselves while it runs.

    Args:
        command: its name, such as "train": what provenance calls it, too.
        outputs: what it writes.
        inputs: every file that it reads; "-" is stdin, None none.
        replacing: an input that is to be replaced, should it be an output.

    Raises:
        UsageError: an output is an input, or another output, or a default that another command made.
        OutputError: an output cannot be written, another run is writing it, or it is a file of another kind.
    """
    refuse_overwriting([file for output in outputs for file in output.files], inputs, replacing)
    for output in outputs:
        if output.members:
            check_folder(output.path, output.members)
        else:
            check_file(output.path)
    with contextlib.ExitStack() as locks:
        for output in outputs:
            locks.enter_context(locked(output.path, f"e2v {command}"))
        for output in outputs:
            if output.by_default:
                _refuse_anothers(output.path, command)
            elif output.kinds is not None:
                for file in output.files:
                    _refuse_other_kinds(file, output.kinds)
        yield


def refuse_overwriting(
    outputs: Sequence[Path], inputs: Iterable[str | Path | None], replacing: Path | None = None
) -> None:
    """See that no output is an input, or another output, through whatever links.

    Raises:
        UsageError: one is.
    """
    for path in outputs:
        if any(_is_same(log, path) for log in _logs):
            raise UsageError(f"{path} is the log file and would be overwritten", "name two files")
    read = [given for given in inputs if given is not None]
    if replacing is not None:
        read = [given for given in read if not _is_same(given, replacing)]
    for number, path in enumerate(outputs):
        if any(_is_same(given, path) for given in read):
            raise UsageError(f"{path} is an input and would be overwritten", "name another output")
        if any(_is_same(other, path) for other in outputs[:number]):
            raise UsageError(f"{path} cannot hold two outputs at once", "name two files")


def _is_same(given: str | Path, path: Path) -> bool:
    """Whether two paths are one file; the first may be stdin, the second not be there yet."""
    try:
        first = os.fstat(0) if given == _STDIN else Path(given).stat()
        if given == _STDIN and not stat.S_ISREG(first.st_mode):
            return False
        return os.path.samestat(first, path.stat())
    except OSError:
        return given != _STDIN and os.path.realpath(given) == os.path.realpath(path)


def _refuse_other_kinds(path: Path, kinds: Collection[str]) -> None:
    """An .e2v file may replace one of its kind, even damaged, and an empty file, but nobody's text or table.

    What is no .e2v file may replace whatever is none, as redirected output does.
    """
    try:
        if not path.stat().st_size:
            return
        refuse_short(path)
        kind = open_artifact(path).kind
    except ForeignFileError:
        what = "no .e2v file"
        refused = bool(kinds)
    except (OSError, InputError):
        return
    else:
        what = f"{'an' if kind[0] in 'aeio' else 'a'} {kind} file"
        refused = kind not in kinds
    if refused:
        raise OutputError(
            f"{path} is {what} and would be overwritten", "name another output, or move it away"
        )


def _refuse_anothers(path: Path, command: str) -> None:
    """A default may replace only what the same command made."""
    if not path.exists():
        return
    try:
        maker = open_artifact(path).provenance.get("command")
    except ForeignFileError:
        what = "is no .e2v file"
    except InputError as error:
        what = f"cannot be read ({error.message})"
    else:
        if maker == command:
            return
        what = f"was made by e2v {maker}" if isinstance(maker, str) else f"was not made by e2v {command}"
    raise UsageError(f"{path} {what} and would be overwritten", "name another output with -o")
