"""From interactions to a corpus file: a sentence for each user, of the items that the user had.

What is read becomes numbers at once, so that memory grows with the number of interactions (8 bytes each, 16
with times; some 50 while they are sorted) and of different ids, not with the length of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v import __version__
from e2v.corpus.build import CountProgress, progress_of
from e2v.corpus.columns import Guess, guess_columns
from e2v.corpus.histories import Histories
from e2v.corpus.interaction_options import InteractionOptions
from e2v.corpus.labels import item_labels
from e2v.corpus.tables import Faults
from e2v.corpus.vocabulary import Vocabulary, choose_rows, frozen_vocabulary, take
from e2v.errors import InputError
from e2v.inputs.sources import Source, open_sources
from e2v.store import ArtifactWriter, Keys, open_artifact, refuse_overwriting


@dataclass(frozen=True, slots=True)
class InteractionSummary:
    """What became of the interactions.

    events_read: that could be read and were rated well enough; events_kept: written.
    unreadable: rows that could not be read. low: that were rated too low. repeats: of an item in a set.
    users_read, items_read: different ones; users_kept, items_kept: in the corpus.
    labelled: items with a label. unreadable_labels: rows of the labels' table.
    """

    events_read: int
    events_kept: int
    unreadable: int
    low: int
    repeats: int
    users_read: int
    users_kept: int
    items_read: int
    items_kept: int
    labelled: int
    unreadable_labels: int


def build_interactions(
    inputs: Sequence[str],
    output: Path,
    options: InteractionOptions,
    progress: Callable[[CountProgress], None] | None = None,
    guessed: Callable[[Guess], None] | None = None,
) -> tuple[InteractionSummary, list[str]]:
    """Write the corpus file `output`, whole or not at all; returns also where and why rows were left unread.

    Users come in the order in which they are first met; their ids are the names of the sentences.

    Args:
        inputs: files, globs, or '-' for stdin, read in this order.
        output: the corpus to write.
        options: see `InteractionOptions`.
        progress: called now and then while the inputs are read.
        guessed: called with the columns that the first table's header tells, where the options name none.

    Raises:
        InputError: an input is missing, unreadable or damaged; nothing is left.
        UsageError: an output is also an input, or the columns remain unknown.
        OutputError: the output cannot be written.
    """
    from e2v.corpus.events import (
        Events,
    )  # imports numba, for which those who only open a corpus need not wait

    sources = open_sources(inputs)
    labels = Source(str(options.labels.path)) if options.labels else None
    read = [source.name for source in ([*sources, labels] if labels else sources)]
    refuse_overwriting([output], [*read, options.vocab])
    if options.layout == "table" and not options.user:
        guess = guess_columns(sources[0])
        options = replace(options, user=guess.user, item=guess.item)
        if guessed:
            guessed(guess)
    provenance = _provenance(sources, options)
    with ArtifactWriter(output, "corpus", provenance) as writer:
        events = Events(options)
        for source in sources:
            for n_events in events.read(source):
                if progress:
                    progress(progress_of(sources, n_events))
        if not len(events):
            raise _nothing(sources, events.faults, events.below)

        histories = events.histories()
        repeats = len(events) - len(histories.items)
        vocabulary, rows = _vocabulary(events.items.keys, histories, options, provenance)
        histories = histories.renumbered(rows)
        users = np.flatnonzero(histories.sizes)
        writer.add("tokens", histories.items)
        writer.add("offsets", np.concatenate(([0], histories.offsets[1:][users])))
        writer.add_keys("keys", vocabulary.keys)
        writer.add("counts", vocabulary.counts)
        writer.add_keys("names", take(events.users.keys, users))
        label_faults = Faults(strict=options.strict)
        found = _labels(labels, options, vocabulary.keys, label_faults)
        if found is not None:
            writer.add_keys("labels", found)
        summary = InteractionSummary(
            events_read=len(events),
            events_kept=len(histories.items),
            unreadable=events.faults.count,
            low=events.below,
            repeats=repeats,
            users_read=len(events.users),
            users_kept=len(users),
            items_read=len(events.items),
            items_kept=len(vocabulary.keys),
            labelled=0 if found is None else int(np.count_nonzero(np.diff(found.offsets))),
            unreadable_labels=label_faults.count,
        )
        provenance.update(_provenance(sources, options), interactions=asdict(summary))
        if labels:
            provenance["labels"] = labels.record()
    return summary, events.faults.first + label_faults.first


def _provenance(sources: Sequence[Source], options: InteractionOptions) -> dict[str, Any]:
    """How the corpus is made; until the inputs are read, their sizes and digests are those of nothing."""
    return {
        "tool": "e2v",
        "version": __version__,
        "command": "vocab",
        "settings": options.as_dict(),
        "ordered": options.ordered,
        "inputs": [source.record() for source in sources],
    }


def _vocabulary(
    keys: Keys, histories: Histories, options: InteractionOptions, provenance: dict[str, Any]
) -> tuple[Vocabulary, NDArray[np.int32]]:
    """The vocabulary, and the row in it of each of the keys: int32[n], -1 for none."""
    if options.vocab:
        from e2v.corpus.encoder import find

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
        raise InputError(f"no item occurs {options.min_count} times", "lower --min-count")
    rows = np.full(len(keys), -1, np.int32)
    rows[chosen] = np.arange(len(chosen))
    return Vocabulary(take(keys, chosen), counts[chosen]), rows


def _labels(source: Source | None, options: InteractionOptions, keys: Keys, faults: Faults) -> Keys | None:
    """The labels of the keys, from a table or from where the vocabulary is from; None if there are none."""
    if source and options.labels:
        return item_labels(source, options.labels[1:], keys, faults)
    if options.vocab and (artifact := open_artifact(options.vocab)).has("labels"):
        return artifact.keys_of("labels")
    return None


def _nothing(sources: Sequence[Source], faults: Faults, low: int) -> InputError:
    """Why there is no interaction at all."""
    names = ", ".join(map(str, sources[:3]))
    if faults.count:
        return InputError(f"{names}: none of {faults.count:,} rows can be read", faults.first[0])
    if low:
        return InputError(f"{names}: all of {low:,} interactions are rated too low", "lower --min-rating")
    return InputError(f"{names}: no interactions", "the input has no rows, or no line has an item")
