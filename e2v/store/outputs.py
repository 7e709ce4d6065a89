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
from e2v.store.sharded import refuse_other_sets, shard_paths

_STDIN = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """A file that a command writes, a folder of files, or a file in shards.

    path: as the user wrote it. by_default: nobody named it. members: the names of a folder's files.
    shards: how many files take the place of this one; see `e2v.store.sharded`.
    kinds: those of `KINDS` that may be written, and replaced; empty where no .e2v file is written.
        None: it is not asked what is there, by the one who writes.

    Raises:
        OutputError: the path is `.` or `/`.
    """

    path: Path
    by_default: bool = False
    members: tuple[str, ...] = ()
    kinds: Collection[str] | None = tuple(KINDS)
    shards: int | None = None

    def __post_init__(self) -> None:
        if not self.path.name:
            raise OutputError(
                f"cannot write {self.path}: it is a folder", "name a file or a new folder in it"
            )

    @property
    def files(self) -> list[Path]:
        """The files that are written."""
        if self.shards is not None:
            return shard_paths(self.path, self.shards)
        return [self.path / name for name in self.members] if self.members else [self.path]


#: The files that messages are added to, which are there.
_logs: dict[Path, bool] = {}


def note_log(path: Path, *, is_new: bool) -> None:
    """Have no output written over a file that messages are added to; one that is new goes if one would be."""
    _logs[path] = is_new


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
            for file in output.files:
                check_file(file)
        if output.shards is not None:
            refuse_other_sets(output.path, output.shards)
    with contextlib.ExitStack() as locks:
        for output in outputs:
            locks.enter_context(locked(output.path, f"e2v {command}"))
        for output in outputs:
            for file in output.files:
                if output.by_default:
                    _refuse_anothers(file, command)
                elif output.kinds is not None:
                    _refuse_other_kinds(file, output.kinds)
        yield


def refuse_overwriting(
    outputs: Sequence[Path], inputs: Iterable[str | Path | None], replacing: Path | None = None
) -> None:
    """See that no output is an input, or another output, through whatever links.

    Raises:
        UsageError: one is.
    """
    logs = {_identity(log): is_new for log, is_new in _logs.items()}
    read = {_identity(given) for given in inputs if given is not None} - {None}
    if replacing is not None:
        read.discard(_identity(replacing))
    seen = set()
    for path in outputs:
        identity = _identity(path)
        if identity in logs:
            if logs[identity]:
                path.unlink(missing_ok=True)
            raise UsageError(f"{path} is the log file and would be overwritten", "name two files")
        if identity in read:
            raise UsageError(f"{path} is an input and would be overwritten", "name another output")
        if identity in seen:
            raise UsageError(f"{path} cannot hold two outputs at once", "name two files")
        seen.add(identity)


def _identity(given: str | Path) -> tuple[int, int] | str | None:
    """What paths of one file have in common, which need not be there yet; None of stdin that is no file."""
    try:
        status = os.fstat(0) if given == _STDIN else Path(given).stat()
    except OSError:
        return None if given == _STDIN else os.path.realpath(given)
    if given == _STDIN and not stat.S_ISREG(status.st_mode):
        return None
    return status.st_dev, status.st_ino


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
        raise OutputError(f"{path} {what} and would be overwritten", "name another output with -o") from error
    else:
        if maker == command:
            return
        what = f"was made by e2v {maker}" if isinstance(maker, str) else f"was not made by e2v {command}"
    raise UsageError(f"{path} {what} and would be overwritten", "name another output with -o")
