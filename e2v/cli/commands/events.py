"""`e2v events`: a log of who had what in; a corpus of histories out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from e2v.cli.shared.messages import say_result, warn
from e2v.cli.shared.options import Making, output
from e2v.cli.shared.outputs import file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.corpus.events.settings import EventSettings
from e2v.notices import counted
from e2v.settings import argument

if TYPE_CHECKING:
    from e2v.corpus.events.build import EventReport
    from e2v.jobs.events import EventsResult


@dataclass(frozen=True, kw_only=True)
class Files(Making):
    """What is read and written."""

    inputs: tuple[str, ...] = argument(
        ...,
        "Tables (CSV and its kin, JSON lines, Parquet) or lines of items: files, globs, or - for stdin; "
        "plain, gzip, "
        "bzip2, xz or zstandard, known by content.",
        metavar="LOG",
    )
    output: str | None = output("events")


def command(files: Files, settings: EventSettings) -> None:
    """Encode a log of events, who had what and when, as a corpus of histories: a sentence for each user.

    A table has a row for each event. What separates its fields, and how it is encoded, is told by the
    consistency of its first lines and said on stderr. So is which columns hold users and items, if just one
    is called user, customer, reviewer or the like and one item, product, movie, asin or the like. Without a
    header columns have numbers. Times and ratings are used only if they are named.

    The items of a line (`--layout baskets` and `user-items`) are between tabs, semicolons, bars or commas if
    half of the lines have one, else between blanks; a basket's id is the number of its line.

    With --time or --ordered a history keeps every event; without, it is a set, in which an item counts once
    and keeps the place where it came first. The times are kept, too, for `e2v split --at`, and with --weight
    how much each event counts: pieces, seconds of listening, a rating. Of an item that a set has several
    times, the weights add up.

    Every line is used, or left out, counted and reported with its place: rows with too few or too many
    fields, or with a broken quote, and rows without a user, an item, a time, a weight or a rating that can be
    read. An id that is a whole number is written as one (12.0 is 12) in all formats; NULL and NaN are
    missing, in any column: a missing weight does not count as 1, its row is left out.

    Examples:
        e2v events ratings.csv --time timestamp --rating rating --min-rating 3.5 \\
            --titles movies.csv:movieId:title
        e2v events baskets.txt --layout baskets -o baskets.e2v
    """
    from e2v.jobs.events import events

    to = file_output(files.output, "events", "a corpus")
    with ProgressDisplay() as progress:
        made = events(files.inputs, to, settings, if_changed=files.if_changed, report=progress)
    if made is None:
        unchanged("events", to)
        return
    summarise(made)


def _report(report: EventReport) -> None:
    """Say which lines could not be read: data that go missing are told in any case."""
    summary = report.summary
    for said, count, what in (
        (report.unread, summary.unreadable, "lines that cannot be read"),
        (report.unread_titles, summary.unreadable_labels, "lines of titles that cannot be read"),
        (report.remarks, summary.remarks, "rows that look odd"),
    ):
        for place in said:
            warn(place)
        if said and count > len(said):
            warn(f"{count:,} {what} in all")


def summarise(made: EventsResult, *, is_last: bool = True) -> None:
    """Say what became of each line of a log; is_last: whether the command makes nothing else of it."""
    _report(made.report)
    summary, settings = made.report.summary, made.settings
    rate = (summary.events_read + summary.low) / max(made.seconds, 1e-9)
    owner = made.report.owner
    words = [
        f"{counted(summary.events_kept, 'event')} of {counted(summary.users_kept, owner)} with "
        f"{counted(summary.items_kept, 'item')}, {'in order' if settings.ordered else 'as sets'}",
        *_left_out(made.report, settings, owner),
    ]
    facts = {
        "ordered": settings.ordered,
        **asdict(summary),
        **({"weights": made.report.weights} if made.report.weights else {}),
        "seconds": round(made.seconds, 3),
        "events_per_second": round(rate),
    }
    say_result("events", made.output, words, facts, is_last=is_last)


def _left_out(report: EventReport, settings: EventSettings, owner: str) -> list[str]:
    """What is not in the corpus, and which of the items have a title."""
    summary = report.summary
    rare = summary.events_read - summary.repeats - summary.events_kept
    items = counted(summary.items_left_out, "item")
    reasons = [
        (summary.unreadable, "line", "that cannot be read"),
        (summary.low, "event", f"rated below {settings.min_rating or 0:g}"),
        (summary.repeats, "repeat", "within a set"),
        (rare, "event", f"of {items} outside of the vocabulary"),
        (summary.users_read - summary.users_kept, owner, "without any other item"),
        (summary.without_items, "line", f"of a user without items (first {report.first_without_items})"),
    ]
    told = [f"{counted(count, noun)} {what}" for count, noun, what in reasons if count]
    lines = [f"left out: {', '.join(told)}"] if told else []
    if report.weights:
        least, mean, highest = report.weights
        lines.append(f"weights: from {least:,.6g} to {highest:,.6g}, {mean:,.4g} on average")
    if settings.titles:
        lines.append(f"titles: {summary.labelled:,} of {counted(summary.keys, 'item')} have one")
    return lines
