"""`e2v events`: a log of who had what in; a corpus of histories out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from e2v.cli.shared.messages import note
from e2v.cli.shared.options import EncodingOption, ProgressOption
from e2v.cli.shared.outputs import file_output
from e2v.cli.shared.progress import ProgressDisplay, ProgressMode, short
from e2v.cli.shared.summary import summarise
from e2v.notices import counted

if TYPE_CHECKING:
    from e2v.corpus.events.build import EventReport
    from e2v.corpus.events.settings import EventOptions
    from e2v.corpus.text.build import CountProgress
    from e2v.inputs.tables import Table


def command(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="LOG",
            help="Tables (CSV and its kin, JSON lines, Parquet) or lines of items: files, globs, or - for "
            "stdin; plain, gzip, bzip2, xz or zstandard, known by content.",
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="The corpus to write. \\[corpus.e2v]"),
    ] = None,
    layout: Annotated[
        Literal["table", "baskets", "user-items"] | None,
        typer.Option(
            help="A row for each event; or a line for each basket, of items; or for each user, the user's "
            "id first. \\[table]"
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The table's column of users: its name, or its number from 1. \\[told by the header]",
        ),
    ] = None,
    item: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Its column of items. \\[told by the header]")
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN", help="Its column of times, numbers or ISO 8601: each history in this order."
        ),
    ] = None,
    rating: Annotated[str | None, typer.Option(metavar="COLUMN", help="Its column of ratings.")] = None,
    min_rating: Annotated[
        float | None, typer.Option(metavar="X", help="Leave out events that are rated lower.")
    ] = None,
    ordered: Annotated[
        bool | None,
        typer.Option("--ordered", help="LOG is in the order of time, so that items are kept repeated."),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="FILE:KEY:LABEL",
            help="A table of what items are called, and its columns: movies.csv:movieId:title, "
            "items.tsv:1:3.",
        ),
    ] = None,
    delimiter: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help="What separates the fields of LOG: a character, or two as in ::, tab, or blanks. "
            "\\[told by the first lines]",
        ),
    ] = None,
    quote: Annotated[
        str | None,
        typer.Option(
            metavar="C|none",
            help='What quotes them. \\[", where the first lines agree; none with :: and blanks]',
        ),
    ] = None,
    encoding: EncodingOption = None,
    strict: Annotated[
        bool | None,
        typer.Option("--strict", help="The first line that cannot be read, or looks odd, is an error."),
    ] = None,
    min_count: Annotated[
        int | None, typer.Option("--min-count", metavar="N", help="Leave out items that are rarer. \\[1]")
    ] = None,
    max_vocab: Annotated[
        int | None,
        typer.Option("--max-vocab", metavar="N", help="Keep only the N most frequent items. \\[all]"),
    ] = None,
    vocab: Annotated[
        Path | None,
        typer.Option(
            "--vocab", metavar="FILE", help="Encode with the vocabulary of another .e2v file, as it is there."
        ),
    ] = None,
    progress: ProgressOption = "auto",
) -> None:
    """Encode a log of events, who had what and when, as a corpus of histories: a sentence for each user.

        e2v events ratings.csv --time timestamp --rating rating --min-rating 3.5 \\
            --labels movies.csv:movieId:title

    A table has a row for each event. What separates its fields, and how it is encoded, is told by the
    consistency of its first lines and said on stderr. So is which columns hold users and items, if just one
    is called user, customer, reviewer or the like and one item, product, movie, asin or the like. Without a
    header columns have numbers. Times and ratings are used only if they are named.

    The items of a line (`--layout baskets` and `user-items`) are between tabs, semicolons, bars or commas if
    half of the lines have one, else between blanks; a basket's id is the number of its line.

    With --time or --ordered a history keeps every event; without, it is a set, in which an item counts once
    and keeps the place where it came first.

    Every line is used, or left out, counted and reported with its place: rows with too few or too many
    fields, or with a broken quote, and rows without a user, an item, a time or a rating that can be read.
    An id that is a whole number is written as one (12.0 is 12) in all formats; NULL and NaN are missing.
    """
    from e2v.corpus.events.build import build_events
    from e2v.corpus.events.settings import resolve_events
    from e2v.inputs.columns import KeyedColumn
    from e2v.inputs.dialect import DialectOptions
    from e2v.inputs.sources import open_sources
    from e2v.store import reserved

    titles = KeyedColumn.parse(labels) if labels else None
    options = resolve_events(
        {
            "layout": layout,
            "user": user,
            "item": item,
            "time": time,
            "rating": rating,
            "min_rating": min_rating,
            "ordered": ordered,
            "labels": titles,
            "dialect": DialectOptions.parse(delimiter, quote, encoding),
            "strict": strict,
            "min_count": min_count,
            "max_vocab": max_vocab,
            "vocab": vocab,
        }
    )
    to = file_output(output, "corpus.e2v", "a corpus")
    read = [*(source.name for source in open_sources(inputs)), vocab, titles and titles.path]
    started = monotonic()
    with reserved("events", [to], read), ProgressDisplay(progress, "events", "bytes") as display:

        def show(read: CountProgress) -> None:
            display.update(read.bytes, read.total_bytes, events=read.words)

        def tell(table: Table, options: EventOptions) -> None:
            note(_read_as(table, options), progress)

        report = build_events(inputs, to.path, options, show, tell)
    _report(report)
    _summarise(report, to.path, options, monotonic() - started, progress)


def _read_as(table: Table, options: EventOptions) -> str:
    """What a table is read as."""
    columns = [f"users in column {options.user}", f"items in {options.item}"]
    times = [] if options.time or not table.names else _times(table.names)
    hint = f"; --time {times[0]} would put them in order" if len(times) == 1 and not options.ordered else ""
    return f"{table.source}: read as {table.described}; {', '.join(columns)}{hint}"


def _times(names: list[str]) -> list[str]:
    from e2v.inputs.columns import columns_of_kind

    return columns_of_kind("time", names)


def _report(report: EventReport) -> None:
    """Say which lines could not be read: data that go missing are told whatever --progress says."""
    summary = report.summary
    for said, count, what in (
        (report.unread, summary.unreadable + summary.unreadable_labels, "lines that cannot be read"),
        (report.remarks, summary.remarks, "rows that look odd"),
    ):
        for place in said:
            note(place)
        if count > len(said):
            note(f"{count:,} {what} in all")


def _summarise(
    report: EventReport, output: Path, options: EventOptions, seconds: float, progress: ProgressMode
) -> None:
    summary = report.summary
    rate = (summary.events_read + summary.low) / max(seconds, 1e-9)
    owner = "basket" if options.layout == "baskets" else "user"
    words = [
        f"{counted(summary.events_kept, 'event')} of {counted(summary.users_kept, owner)} with "
        f"{counted(summary.items_kept, 'item')}, {'in order' if options.ordered else 'as sets'}",
        *_left_out(report, options, owner),
        f"{seconds:,.1f} s, {short(rate)} events/s",
    ]
    facts = {
        "ordered": options.ordered,
        **asdict(summary),
        "seconds": round(seconds, 3),
        "events_per_second": round(rate),
    }
    summarise(progress, "events", output, words, facts)


def _left_out(report: EventReport, options: EventOptions, owner: str) -> list[str]:
    """What is not in the corpus, and which of the items have a title."""
    summary = report.summary
    rare = summary.events_read - summary.repeats - summary.events_kept
    items = counted(summary.items_left_out, "item")
    reasons = [
        (summary.unreadable, "line", "that cannot be read"),
        (summary.low, "event", f"rated below {options.min_rating or 0:g}"),
        (summary.repeats, "repeat", "within a set"),
        (rare, "event", f"of {items} outside of the vocabulary"),
        (summary.users_read - summary.users_kept, owner, "without any other item"),
        (summary.without_items, "line", f"of a user without items (first {report.first_without_items})"),
    ]
    told = [f"{counted(count, noun)} {what}" for count, noun, what in reasons if count]
    lines = [f"left out: {', '.join(told)}"] if told else []
    if options.labels:
        lines.append(f"titles: of {summary.labelled:,} of {counted(summary.keys, 'item')}")
    return lines
