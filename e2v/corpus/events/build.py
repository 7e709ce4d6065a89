"""From events to a corpus file: a sentence for each user, of the items that the user had.

What is read becomes numbers at once, so that memory grows with the number of events (8 bytes each, 16
with times, 24 with dates that have the year last, 4 more with weights; some 50 while they are sorted) and of
different ids, not with the length of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.events.doubts import doubts_of, orders_instead
from e2v.corpus.events.settings import EventSettings
from e2v.corpus.histories import Histories
from e2v.corpus.text.build import reading
from e2v.corpus.titles import item_titles
from e2v.corpus.vocabulary import Vocabulary, choose_rows, frozen_vocabulary
from e2v.errors import Advice, InputError, SettingError, UsageError
from e2v.inputs.columns import Kind, columns_of_kind
from e2v.inputs.faults import Faults
from e2v.inputs.sources import Source, open_sources, source_records
from e2v.inputs.tables import Table, joined_names, open_table
from e2v.notices import counted
from e2v.progress import Progress, Report, silent
from e2v.settings import recorded
from e2v.store import ArtifactWriter, Keys, open_artifact
from e2v.store.provenance import made_by

if TYPE_CHECKING:
    from e2v.corpus.events.log import Events


@dataclass(frozen=True, slots=True)
class EventSummary:
    """What became of the events.

    events_read: that could be read and were rated well enough; events_kept: written.
    unreadable: lines that could not be read. remarks: rows that were read, and look odd.
    low: events that were rated too low. repeats: of an item in a set. without_items: lines of a user alone.
    users_read, items_read: different ones; users_kept, items_kept: of them, in corpus and vocabulary;
    items_left_out: not in the vocabulary; keys: its size, as it may have been given.
    labelled: items with a title. unreadable_labels: lines of the titles' table that could not be read. Files
    have these names.
    """

    events_read: int
    events_kept: int
    unreadable: int
    remarks: int
    low: int
    repeats: int
    without_items: int
    users_read: int
    users_kept: int
    items_read: int
    items_kept: int
    items_left_out: int
    keys: int
    labelled: int
    unreadable_labels: int


@dataclass(frozen=True, slots=True)
class EventReport:
    """What became of the events; unread, remarks: where and why lines were not read, or look odd, a few.

    unread_titles: of the table of titles, but for lines that the log has, too.
    first_without_items: where the first line of a user alone is. owner: whose a history is.
    doubts: what makes one think that the log should be read otherwise. weights: the least, mean and highest.
    """

    summary: EventSummary
    unread: list[str]
    unread_titles: list[str]
    remarks: list[str]
    first_without_items: str | None
    owner: Literal["user", "basket"]
    doubts: list[str]
    weights: tuple[float, float, float] | None = None


#: Called with a table that is about to be read, and the options with its columns.
TableCallback = Callable[[Table, EventSettings], None]


def build_events(
    inputs: Sequence[str],
    output: Path,
    options: EventSettings,
    report: Report = silent,
    on_table: TableCallback | None = None,
) -> EventReport:
    """Write the corpus file `output`, whole or not at all.

    Users come in the order in which they are first met; their ids are the names of the sentences.

    Args:
        inputs: files, globs, or '-' for stdin, read in this order.
        report: see `e2v.progress`.
        on_table: called with each table before it is read.

    Raises:
        InputError: an input is missing, unreadable or damaged; nothing is left.
        UsageError: the columns remain unknown.
        OutputError: the output cannot be written.
    """
    from e2v.corpus.events.log import Events  # imports numba

    sources = open_sources(inputs, options.dialect.encoding)
    report(reading(sources, {}))
    titles = Source(str(options.titles.path)) if options.titles else None
    title_faults = Faults(strict=options.strict)
    title_table = None
    if titles and options.titles:
        title_table = open_table(titles)
        title_table.rows(options.titles.columns, title_faults)  # a column that is not there is told at once
    settings = recorded(options)
    provenance = _provenance(sources, options, settings)
    with ArtifactWriter(output, "corpus", provenance) as writer:
        events = Events(options)
        table: Table | None = None
        for source in sources:
            read, unread = events.lines, events.faults.lines
            if options.layout != "table":
                steps = events.read_lines(source)
            else:
                source.tells = on_table is None
                table = open_table(source, options.dialect)
                options = _with_columns(options, table)
                steps = events.read_table(table, options)
                if on_table:
                    on_table(table, options)
            for n_events in steps:
                report(reading(sources, {"events": n_events}))
            counts = events.lines - read, events.faults.lines - unread
            _refuse_unreadable(source, events, options, counts, table)
        if not len(events):
            raise _nothing(sources, events, options)

        report(Progress("writing"))
        histories, times = events.histories()
        repeats = len(events) - len(histories.items)
        where = str(sources[0]) if len(sources) == 1 else f"{len(sources)} files"
        doubts = doubts_of(histories, events, options, table, where) if table else []
        vocabulary, rows = _vocabulary(events.items.keys, histories, options, provenance)
        if times is not None:
            if (rows < 0).any():
                times = times._replace(values=times.values[rows[histories.items] >= 0])
            provenance["times"] = times.unit
        histories = histories.renumbered(rows)
        users = np.flatnonzero(histories.sizes)
        writer.add("tokens", histories.items)
        writer.add("offsets", np.concatenate(([0], histories.offsets[1:][users])))
        weights = histories.weights
        for name, values in (("times", times and times.values), ("weights", weights)):
            if values is not None:
                writer.add(name, values)
        writer.add_keys("keys", vocabulary.keys)
        writer.add("counts", vocabulary.counts)
        writer.add_keys("names", events.users.keys.take(users))
        found = _titles(title_table, options, vocabulary.keys, title_faults)
        if found is not None:
            writer.add_keys("labels", found)
        summary = EventSummary(
            events_read=len(events),
            events_kept=len(histories.items),
            unreadable=events.faults.lines,
            remarks=events.faults.remarks + title_faults.remarks,
            low=events.below,
            repeats=repeats,
            without_items=events.without_items,
            users_read=len(events.users),
            users_kept=len(users),
            items_read=len(events.items),
            items_kept=int(np.count_nonzero(rows >= 0)),
            items_left_out=int(np.count_nonzero(rows < 0)),
            keys=len(vocabulary.keys),
            labelled=0 if found is None else int(np.count_nonzero(np.diff(found.offsets))),
            unreadable_labels=title_faults.lines,
        )
        provenance.update(_provenance(sources, options, settings), events=asdict(summary))
        if titles and options.titles:
            provenance["labels"] = {**titles.record(), "columns": list(options.titles.columns)}
    return EventReport(
        summary,
        events.faults.first,
        [fault for fault in title_faults.first if fault not in events.faults.first],
        events.faults.first_remarks + title_faults.first_remarks,
        events.first_without_items,
        "basket" if options.layout == "baskets" or _is_basket(options) else "user",
        doubts,
        None if weights is None else _spread(weights),
    )


def _spread(weights: NDArray[np.float32]) -> tuple[float, float, float]:
    """The least, the mean and the greatest."""
    return float(weights.min()), float(weights.mean(dtype=np.float64)), float(weights.max())


def _with_columns(options: EventSettings, table: Table) -> EventSettings:
    """The options with the columns of users and items, told by the names of a table unless they are given.

    Only the names are looked at, never the data.

    Raises:
        UsageError: they do not tell.
    """
    if options.user and options.item:
        if options.user == options.item:
            raise SettingError(
                "{user} and {item} are both column {}", options.user, hint="name the two columns"
            )
        return options
    if table.names is None:
        if options.user or options.item:
            raise SettingError("{user} and {item} go together where no header names columns")
        raise UsageError(*table.unnamed)
    users, items = columns_of_kind("user", table.names), columns_of_kind("item", table.names)
    users = users or columns_of_kind("basket", table.names)
    users = [options.user] if options.user else users
    items = [options.item] if options.item else items
    if len(users) != 1 or len(items) != 1:
        kinds: tuple[Kind, ...] = ("time", "rating", "user", "basket")
        others = {name for kind in kinds for name in columns_of_kind(kind, table.names)}
        left = [name for name in table.names if name not in others] or table.names
        item = items[0] if items else left[-1]
        user = users[0] if users else next((name for name in left if name != item), left[0])
        named = [str(table.names.index(n) + 1) if table.names.count(n) > 1 else n for n in (user, item)]
        raise UsageError(
            f"which columns of {table.source} hold users and items? it has {joined_names(table.names)}",
            Advice("name them, as in {user} '{}' {item} '{}'", *named),
        )
    return replace(options, user=users[0], item=items[0])


def _is_basket(options: EventSettings) -> bool:
    """Whether the column of users holds baskets, such as orders."""
    return bool(options.user and columns_of_kind("basket", [options.user]))


def _refuse_unreadable(
    source: Source, events: Events, options: EventSettings, counts: tuple[int, int], table: Table | None
) -> None:
    """Do not go on where too many lines of a source cannot be read, whatever is the matter with them.

    counts: of lines that could be read, and that could not.

    Raises:
        InputError: they are too many.
    """
    read, unread = counts
    if unread <= options.max_unreadable * (read + unread):
        return
    of = f"no line can be read, of {unread:,}"
    if read:
        of = f"{unread:,} of {read + unread:,} lines cannot be read"
    orders = orders_instead(options, table) if 2 * events.without_user > unread else None
    go_on = Advice("a higher {max_unreadable} leaves them out") if read else None
    said = [each for each in (*events.faults.of_source(source), orders, go_on) if each]
    raise InputError(f"{source}: {of}", Advice("; ".join(["{}"] * len(said)), *said))


def _provenance(
    sources: Sequence[Source], options: EventSettings, settings: dict[str, Any]
) -> dict[str, Any]:
    """How the corpus is made; until the inputs are read, their sizes and digests are those of nothing."""
    return made_by(
        "events",
        settings=settings,
        columns=options.columns,
        ordered=options.ordered,
        inputs=source_records(sources),
    )


def _vocabulary(
    keys: Keys, histories: Histories, options: EventSettings, provenance: dict[str, Any]
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """The vocabulary, and the row in it of each of the keys: int32[n], -1 for none."""
    if options.vocab:
        from e2v.corpus.text.encoder import find

        artifact = open_artifact(options.vocab)
        provenance["vocabulary"] = {"name": str(options.vocab), "digest": artifact.digest}
        vocabulary = frozen_vocabulary(artifact)
        rows = find(keys, vocabulary).astype(np.int32)
        if not (rows >= 0).any():
            raise InputError(
                f"no item is in the vocabulary of {options.vocab}", f"it has {vocabulary.keys[0]}"
            )
        return vocabulary, rows
    counts = np.bincount(histories.items, minlength=len(keys))
    chosen = choose_rows(keys, counts, options.min_count, options.max_vocab)
    if not len(chosen):
        raise InputError(f"no item occurs {options.min_count} times", Advice("lower {min_count}"))
    rows = np.full(len(keys), -1, np.int32)
    rows[chosen] = np.arange(len(chosen))
    return Vocabulary(keys.take(chosen), counts[chosen]), rows


def _titles(table: Table | None, options: EventSettings, keys: Keys, faults: Faults) -> Keys | None:
    """The titles of the keys, from a table or from where the vocabulary is from; None if there are none."""
    if table is not None and options.titles:
        return item_titles(table, options.titles, keys, faults)
    return open_artifact(options.vocab).titles if options.vocab else None


def _nothing(sources: Sequence[Source], events: Events, options: EventSettings) -> InputError:
    """Why there is no event at all."""
    names = ", ".join(map(str, sources[:3]))
    faults = events.faults
    unread = f"; {counted(faults.lines, 'line')} cannot be read: {faults.first[0]}" if faults.lines else ""
    if events.below:
        return InputError(
            f"{names}: every event ({events.below:,}) is rated below {options.min_rating:g}{unread}",
            Advice("lower {min_rating}"),
        )
    if faults.lines:  # and all of them may be left out
        return InputError(f"{names}: no line can be read, of {faults.lines:,}", faults.first[0])
    return InputError(f"{names}: no events", "the input has no rows, or no line has an item")
