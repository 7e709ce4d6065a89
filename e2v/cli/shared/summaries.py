"""What became of text, in words: of a command, and of a step of others."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2v.cli.shared.messages import note, say_result
from e2v.cli.shared.numbers import amount
from e2v.cli.shared.progress import ProgressDisplay
from e2v.notices import counted
from e2v.progress import Progress
from e2v.training.plan.size import Outlook

if TYPE_CHECKING:
    from e2v.jobs.vocab import VocabResult


def reporter(progress: ProgressDisplay) -> Callable[[Any], None]:
    """What jobs report that encode text first: the progress of each step, what became of the text, and what a
    training takes.
    """

    def report(event: Any) -> None:
        if isinstance(event, Progress):
            progress(event)
            return
        progress.pause()
        if isinstance(event, Outlook):
            _tell_of_outlook(event)
        else:
            summarise_vocab(event, is_last=False)

    return report


def _tell_of_outlook(outlook: Outlook) -> None:
    """Tell whoever is watching what the run takes; a log has the summary at the end."""
    if sys.stderr.isatty():
        memory, model = (amount(size, "bytes") for size in (outlook.memory, outlook.model))
        note(f"{outlook.keys:,} keys by {outlook.dim:,}: {memory} of memory, and a model of {model}")


def summarise_vocab(made: VocabResult, *, is_last: bool = True) -> None:
    """Say what became of the text; is_last: whether the command makes nothing else of it."""
    summary = made.summary
    rate = summary.words_read / max(made.seconds, 1e-9)
    words = [
        f"{counted(summary.words_kept, 'word')} in {counted(summary.sentences, 'sentence')}, "
        f"{summary.types_kept:,} of them different",
    ]
    if left_out := summary.words_read - summary.words_kept:
        types = summary.types_read - summary.types_kept
        words.append(f"left out: {counted(left_out, 'word')}, {types:,} of them different")
    if made.settings.shards is not None:
        words.append(f"in {counted(made.settings.shards, 'shard')}: train on all of them, in any order")
    words += _notes(made)
    shards = {} if made.settings.shards is None else {"shards": made.settings.shards}
    facts = {**asdict(summary), **shards, "seconds": round(made.seconds, 3), "words_per_second": round(rate)}
    if made.output is None:  # there is none for programs to look for
        facts["output"] = None
    say_result("vocab", made.output or Path("corpus"), words, facts, is_last=is_last)


def _notes(made: VocabResult) -> list[str]:
    """What is not so with most texts: a vocabulary with words from elsewhere, lines that were cut."""
    summary, settings = made.summary, made.settings
    notes = []
    if summary.keys != summary.types_kept:
        known = settings.vocab or settings.update or settings.counts
        absent = summary.keys - summary.types_kept
        notes.append(f"vocabulary: {summary.keys:,} words with those of {known}, {absent:,} not in the text")
    if summary.lines_cut:
        lines, longest = counted(summary.lines_cut, "line"), settings.max_sentence_length
        notes.append(f"cut: {lines} of more than {longest:,} words became several sentences")
    return notes
