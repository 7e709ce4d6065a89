"""What `e2v vocab --interactions` does: interactions in, a corpus of histories out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from e2v.cli.messages import note
from e2v.cli.progress import ProgressDisplay, ProgressMode, short
from e2v.cli.summary import summarise

if TYPE_CHECKING:
    from e2v.corpus import CountProgress
    from e2v.corpus.columns import Guess
    from e2v.corpus.interaction_options import InteractionOptions
    from e2v.corpus.interactions import InteractionSummary


def encode(inputs: Sequence[str], output: Path, given: Mapping[str, Any], progress: ProgressMode) -> None:
    """Write the corpus, and say what became of the interactions.

    given: the options of the user, None where there is none.
    """
    from e2v.corpus.interaction_options import resolve_interactions
    from e2v.corpus.interactions import build_interactions
    from e2v.corpus.labels import LabelSource

    labels = given["labels"] and LabelSource.parse(given["labels"])
    options = resolve_interactions({**given, "labels": labels})
    started = monotonic()
    with ProgressDisplay(progress, "vocab", "bytes") as display:

        def show(read: CountProgress) -> None:
            display.update(read.bytes, read.total_bytes, interactions=read.words)

        def tell(guess: Guess) -> None:
            unused = guess.time is not None and not options.ordered
            hint = f"; --time {guess.time} would put them in order" if unused else ""
            note(f"users are in column {guess.user}, items in {guess.item}{hint}", progress)

        summary, unread = build_interactions(inputs, output, options, show, tell)
    _report(unread, summary.unreadable + summary.unreadable_labels)
    _print_summary(summary, output, options, monotonic() - started, progress)


def _report(unread: Sequence[str], count: int) -> None:
    """Say which rows could not be read: data that go missing are told whatever --progress says."""
    for place in unread:
        note(place)
    if count > len(unread):
        note(f"and {count - len(unread):,} more rows that cannot be read")


def _print_summary(
    summary: InteractionSummary,
    output: Path,
    options: InteractionOptions,
    seconds: float,
    progress: ProgressMode,
) -> None:
    rate = (summary.events_read + summary.low) / max(seconds, 1e-9)
    owners = "baskets" if options.layout == "baskets" else "users"
    words = [
        f"{summary.events_kept:,} interactions of {summary.users_kept:,} {owners} with "
        f"{summary.items_kept:,} items, {'in order' if options.ordered else 'as sets'}",
        *_left_out(summary, options),
        f"{seconds:,.1f} s, {short(rate)} interactions/s",
    ]
    facts = {
        "ordered": options.ordered,
        **asdict(summary),
        "seconds": round(seconds, 3),
        "interactions_per_second": round(rate),
    }
    summarise(progress, "vocab", output, words, facts)


def _left_out(summary: InteractionSummary, options: InteractionOptions) -> list[str]:
    """What is not in the corpus, and which of the items have a label."""
    rare = summary.events_read - summary.repeats - summary.events_kept
    reasons = [
        (summary.unreadable, "rows that cannot be read"),
        (summary.low, f"rated below {options.min_rating}"),
        (summary.repeats, "repeats within a set"),
        (rare, f"with {summary.items_read - summary.items_kept:,} items outside of the vocabulary"),
    ]
    told = [f"{count:,} {what}" for count, what in reasons if count]
    lines = [f"left out: {', '.join(told)}"] if told else []
    if options.labels:
        lines.append(f"labels: of {summary.labelled:,} of {summary.items_kept:,} items")
    return lines
