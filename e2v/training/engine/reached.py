"""How far a run has come, as its checkpoint says it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from e2v.errors import DamagedFileError
from e2v.store.provenance import Record


@dataclass(frozen=True)
class Reached:
    """What is done of a run.

    units: of its schedule, the first so many. seconds: that they took. words: in them. total_words: of the
    whole run; None where it ends with its time. share: of the run, 0 to 1. Early checkpoints have the
    first two only. counted: what the words are, which a tower learns examples in place of.
    """

    units: int
    seconds: float
    words: int | None = None
    total_words: int | None = None
    share: float | None = None
    counted: Literal["words", "examples"] = "words"

    def __str__(self) -> str:
        """ "35 % (12,345 of 35,272 words)", as far as it is known."""
        if self.words is None or self.share is None:
            return f"{self.seconds:,.0f} s"
        if self.total_words is None:
            return f"{self.share:.0%} of its time ({self.words:,} {self.counted})"
        return f"{self.share:.0%} ({self.words:,} of {self.total_words:,} {self.counted})"

    def state(self) -> dict[str, Any]:
        """The same for a file's provenance."""
        rounded = asdict(self) | {"seconds": round(self.seconds, 3)}
        if self.share is not None:
            rounded["share"] = round(self.share, 4)
        if self.counted == "words":
            del rounded["counted"]
        return {name: value for name, value in rounded.items() if value is not None}

    @staticmethod
    def read(made: Record) -> Reached:
        """What the provenance of a checkpoint says.

        Raises:
            DamagedFileError: it does not say how far the run has come.
        """
        state = made.inner("state")
        units, seconds = state.whole("units"), state.number("seconds", 0)
        if units is None or seconds is None:
            raise DamagedFileError(f"{made.path} is damaged: it does not say how far the run has come")
        words, total_words = state.whole("words"), state.whole("total_words")
        counted: Literal["words", "examples"] = (
            "examples" if state.text("counted", ("words", "examples")) == "examples" else "words"
        )
        return Reached(units, seconds, words, total_words, state.number("share", 0, 1), counted)
