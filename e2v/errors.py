"""Every failure a user can meet: what happened and where, what to try, and the exit code.

Engines raise these; the command line prints them as one line and exits. Anything else that
escapes is a bug and shows a traceback.
"""

from __future__ import annotations

import errno
import os
import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+:/)/?")  # a path has one slash where a URL has two
#: Numbers of the OSErrors that say that there is no room for what is written.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def room_for(what: str, error: OSError) -> str | None:
    """What to do for a file where there is no room for it; None where that is not what is wrong."""
    if error.errno == errno.EFBIG:
        return "raise the limit on the length of files: ulimit -f, or that of the file system"
    return f"make room on the disk of {what}" if error.errno in NO_ROOM else None


class Advice(str):
    """A message or hint that names settings, for whoever reads it to have them spelled: as keywords here.

    template: names of settings stand in braces. values: fill the other braces, in their order; data belong
        here, for they may hold braces, and so does other advice.

    Advice("lower {min_count}"), Advice("{}: {dim} {} at most", path, 100)
    """

    def __new__(cls, template: str, *values: object) -> Self:
        """See the class."""
        made = super().__new__(cls, _filled(template, values, str))
        made._template, made._values = template, values
        return made

    _template: str
    _values: tuple[object, ...]

    def __getnewargs__(self) -> tuple[Any, ...]:
        """What a copy is made of, in another process, too: of other values their text."""
        values = (value if isinstance(value, str | int | float) else str(value) for value in self._values)
        return self._template, *values

    def __getstate__(self) -> None:
        """Nothing else."""

    def spelled(self, spell: Callable[[str], str]) -> str:
        """The same with names of settings as `spell` writes them."""
        return _filled(self._template, self._values, spell)


def spelled(message: str, spell: Callable[[str], str]) -> str:
    """A message, with names of settings as `spell` writes them if it is `Advice`."""
    return message.spelled(spell) if isinstance(message, Advice) else message


def _filled(template: str, values: Sequence[object], spell: Callable[[str], str]) -> str:
    shown = [spelled(value, spell) if isinstance(value, str) else value for value in values]
    return string.Formatter().vformat(template, shown, _Spelling(spell))


class _Spelling(Mapping[str, str]):
    """Every name, as a function spells it."""

    def __init__(self, spell: Callable[[str], str]) -> None:
        self._spell = spell

    def __getitem__(self, name: str) -> str:
        return self._spell(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class E2VError(Exception):
    """Base class: `message` says what and where, `hint` what to try, `exit_code` what the shell sees.

    A message or hint that is `Advice` spells settings as keywords here, and as options on the command line.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = self._as_said = message
        self._hint = self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message

    def hinted(self, hint: str) -> Self:
        """The error with something else to try."""
        self._hint = self.hint = hint
        return self

    def spelled(self, spell: Callable[[str], str]) -> Self:
        """The error with names of settings as `spell` writes them."""
        if isinstance(self._as_said, Advice):
            self.message = self._as_said.spelled(spell)
        self.hint = self._hint and spelled(self._hint, spell)
        return self


class InputError(E2VError):
    """An input is missing, empty, unreadable or of the wrong kind."""


class ForeignFileError(InputError):
    """The file is not one of ours."""


class NewerFileError(InputError):
    """The file is ours, but written by a later version of the format."""


class DamagedFileError(InputError):
    """The file is ours, but its bytes are not what its header promises."""


class OutputError(E2VError):
    """An output cannot be written."""


class TrainingError(E2VError):
    """Training cannot produce a usable model, for instance because it diverged."""


class ClusterError(E2VError):
    """A cluster is not there, has no room, or loses what it works on."""


class MissingExtraError(E2VError):
    """A feature needs packages of an extra that are not installed, or not all of them.

    packages: as pip calls them. They are named, and not the extra: that pip can install only where it finds
        e2v.
    """

    def __init__(self, what: str, *packages: str) -> None:
        missing = "which is not installed" if len(packages) == 1 else "which are not all installed"
        message = Advice("{} needs {}, {}", what, ", ".join(packages), missing)
        super().__init__(message, f"pip install {' '.join(packages)}")


class UsageError(E2VError):
    """Options that contradict each other or do not apply."""

    exit_code = 2


class SettingError(UsageError):
    """A setting with a value that it cannot have, or that does not go with the others.

    template, hint: a setting's name stands in braces, {dim}, and is written as whoever reads the message
    writes it: as a keyword here, as an option on the command line. values: fill the other braces, in their
        order.
    """

    def __init__(self, template: str, *values: object, hint: str | None = None) -> None:
        super().__init__(Advice(template, *values), hint and Advice(hint))


class UnknownKeyError(E2VError):
    """A key is not in the vocabulary, or not where it was looked for."""

    exit_code = 3

    def __init__(self, key: str, suggestions: Sequence[str] = (), where: str = "in the vocabulary") -> None:
        hint = f"did you mean {', '.join(suggestions)}?" if suggestions else None
        super().__init__(f"'{key}' is not {where}", hint)
        self.key = key
        self.suggestions = tuple(suggestions)


class SharedTitleError(UnknownKeyError):
    """A title that is given for a key belongs to several."""

    def __init__(self, title: str, keys: Sequence[str]) -> None:
        super().__init__(title)
        self.message = f"'{title}' is what {len(keys)} items are called"
        self._hint = self.hint = f"give the id of one: {', '.join(keys)}"


class ZeroVectorError(E2VError):
    """A key that is asked about has a vector without a direction.

    endless: it is not of zeros; its length is no number, or none that 32 bits hold.
    """

    def __init__(self, key: str, *, endless: bool = False) -> None:
        self.endless = endless
        what = "is not finite, or far too long" if endless else "is all zeros"
        hint = "e2v verify finds what is not finite" if endless else None
        super().__init__(f"the vector of '{key}' {what}: nothing is like it", hint)


class QualityGateError(E2VError):
    """A figure is below the minimum that was asked for, or a plan above a limit.

    measurements: all figures, where Python asked for a measurement.
    """

    exit_code = 4
    measurements: Sequence[object] = ()


class Interrupted(E2VError):  # noqa: N818 - a signal is not an error of anybody's
    """Stopped by a signal: 75 (EX_TEMPFAIL of sysexits.h) with a checkpoint saved, 130 without."""

    def __init__(self, message: str = "interrupted", hint: str | None = None, *, checkpoint: bool = False):
        super().__init__(message, hint)
        self.exit_code = 75 if checkpoint else 130


def looks_like_url(name: str | os.PathLike[str]) -> bool:
    """Whether a file is called so."""
    return _URL.match(os.fspath(name)) is not None


def no_such_file(name: str | os.PathLike[str]) -> InputError:
    """The error where an input is not there."""
    if looks_like_url(name):
        url = _URL.sub(r"\1/", os.fspath(name), count=1)
        return InputError(
            f"{url}: URLs are read by e2v train and plan only", "copy the file to this machine first"
        )
    return InputError(f"{name}: no such file")


def plainly(error: OSError) -> E2VError:
    """An OSError that nobody could say more about, for instance of a write to stdout."""
    what = error.strerror or str(error)
    if isinstance(error.filename, str | bytes):
        return E2VError(f"{os.fsdecode(error.filename)}: {what}")
    try:
        os.getcwd()  # noqa: PTH109 - of few imports
    except FileNotFoundError:
        return E2VError("the folder that you are in has been removed", "cd to another")
    return OutputError(f"cannot write: {what}", room_for("the output", error))
