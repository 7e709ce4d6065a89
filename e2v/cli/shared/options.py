"""Options that several commands share, declared once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from e2v import common_settings
from e2v.cli.shared.output import Output, OutputFormat
from e2v.durations import Interval, interval
from e2v.errors import InputError, SettingError
from e2v.settings import argument, setting

Oov: TypeAlias = Literal["null", "skip", "fail"]

_UNKNOWN, _PRINTING = "Unknown keys", "Printing"


def output(command: str | None = None, metavar: str = "FILE") -> Any:
    """Where to write; without a command there is no default."""
    told = "What to write; one called - is ./-."
    shown = common_settings.OUTPUTS[command] if command else None
    return setting(None, told, short="-o", metavar=metavar, shown=shown, recorded=False)


def model_argument() -> Any:
    """A model that is worked on."""
    return argument(..., "The model to work on.", metavar="MODEL", suffix=".e2v")


def corpus_argument() -> Any:
    """A corpus that is worked on."""
    return argument(..., "Sets, or histories of users: a corpus.e2v.", metavar="CORPUS", suffix=".e2v")


def file_argument() -> Any:
    """Any file of e2v."""
    return argument(..., "Any .e2v file.", metavar="FILE", suffix=".e2v")


def resume() -> Any:
    """Whether a run that was stopped is gone on with."""
    return setting(False, "Go on with what was stopped: from OUTPUT.ckpt; e2v tune from its table.")


@dataclass(frozen=True, kw_only=True)
class Making:
    """Of commands that make something."""

    if_changed: bool = setting(
        False,
        "Do nothing but mark OUTPUT as new, if it is made of these inputs and settings already.",
        recorded=False,
        group="Run",
    )


@dataclass(frozen=True, kw_only=True)
class Resumable:
    """Of commands whose runs can be stopped and gone on with."""

    resume: bool = resume()
    checkpoint_every: Interval | None = setting(
        None,
        "Save OUTPUT.ckpt so often: 10m, 2h, or 1e, each epoch.",
        metavar="TIME|Ne",
        parse=interval,
        group="Run",
    )


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Of commands that print rows."""

    format: OutputFormat = setting(
        "auto",
        "How to print: a table, tab-separated values, CSV, or JSON lines; auto is a table on a terminal, TSV "
        "elsewhere.",
        group=_PRINTING,
    )
    header: bool = setting(
        False,
        "Begin tab-separated values with a line of the columns' names, as CSV does in any case.",
        group=_PRINTING,
    )

    def check(self) -> None:
        """See `e2v.settings.resolve`.

        Raises:
            SettingError: a header for JSON lines, which have none.
        """
        if self.header and self.format == "json":
            raise SettingError("{header} does not go with {format} json", hint="every line has the names")

    def printed(self, columns: Sequence[str], query_columns: int = 0, **shown: Any) -> Output:
        """Where to print rows; see `Output`, also for what is `shown` of a table."""
        return Output(self.format, columns, query_columns, header=self.header, **shown)


@dataclass(frozen=True, kw_only=True)
class AskedModel:
    """The model that a question is asked of."""

    model: Path = setting(
        Path("model.e2v"),
        "The model to ask.",
        short="-m",
        environment="E2V_MODEL",
        suffix=".e2v",
        recorded=False,
    )

    def there(self, hint: str | None = None) -> Path:
        """The model; hint: what to try where it is not.

        Raises:
            InputError: there is no such file.
        """
        if str(self.model) != "-" and not self.model.exists():
            raise InputError(
                f"{self.model}: no such file", hint or "e2v train TEXT makes one, or name another with -m"
            )
        return self.model


@dataclass(frozen=True, kw_only=True)
class Number:
    """How many answers."""

    number: int = common_settings.number(10, least=1)


def all_there_are() -> Any:
    """Whether everything is asked about."""
    return setting(
        False, "Ask about all there are: every key of MODEL, or every user of --users or --corpus."
    )


@dataclass(frozen=True, kw_only=True)
class UnknownKeys:
    """What becomes of questions with unknown keys."""

    oov: Oov | None = setting(
        None,
        "What a question with an unknown key gets: a row without an answer, no row, or an error that ends "
        "the run. "
        "With null, a question that no key is left to answer, and a line with too few keys or too many, or "
        "that asks for nobody, have such a row, too.",
        shown="null for questions from stdin, fail for those on the command line",
        group=_UNKNOWN,
    )


@dataclass(frozen=True, kw_only=True)
class Questions(AskedModel, UnknownKeys, Rows):
    """Of commands that ask a model about keys."""

    mark_unseen: bool = setting(
        False,
        "Add a last column, unseen: the keys of the question that are not in the vocabulary, and have "
        "their vectors "
        "from their n-grams.",
        group=_UNKNOWN,
    )


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The keys that are asked about."""

    keys: tuple[str, ...] = argument(..., "Keys, or - to read them from stdin.", metavar="KEY")
