"""Holding out: a corpus of histories cut into one to train on and the items to test with."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.events.held_out import write_held_out
from e2v.corpus.events.settings import SplitSettings
from e2v.corpus.histories import Histories, owners, sentences_of
from e2v.corpus.times import Times
from e2v.corpus.vocabulary import order_rows
from e2v.errors import Advice, InputError, UsageError
from e2v.inputs.mapped import record_of
from e2v.settings import recorded
from e2v.store import ArtifactWriter, Keys
from e2v.store.provenance import made_by

_LINE_ENDS = np.frombuffer(b"\r\n", np.uint8)


class Split(NamedTuple):
    """What was done.

    users: how many have something held out. held_out: how many items those are. kept: tokens to train on.
    moment: from when on all was held out, as `--at` takes it; None where the cut was not by time. Then there
    are unknown_users, who have nothing that is kept, and unknown_items: held-out ones, counted for each user,
    that nobody keeps.
    """

    users: int
    held_out: int
    kept: int
    moment: str | None = None
    unknown_users: int = 0
    unknown_items: int = 0


class _Cut(NamedTuple):
    """kept: bool[N]. held_out: the different items that each user gave up.

    moment, unknown_users: see `Split`.
    """

    kept: NDArray[np.bool_]
    held_out: Histories
    moment: str | None = None
    unknown_users: int = 0


class _Pairs(NamedTuple):
    """Who had what, each pair once, by user.

    users, items: int64[p]. pair_of_token: int64[N]. sizes: int64[U], how many pairs each user has.
    """

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    pair_of_token: NDArray[np.int64]
    sizes: NDArray[np.int64]


def split_corpus(corpus: Corpus, train: Path, test: Path, settings: SplitSettings) -> Split:
    """Write what is kept as a corpus, and what is held out as lines of `user item item ...`.

    settings.by: `last-out` holds out the last item of each user, `random` a share of each user's items,
    rounded. A held-out item leaves the user's history altogether, however often it is in there; each user
    keeps at least one item. `time` holds out all events from one moment on, whosever they are. Keys of which
    nothing is kept leave the vocabulary.

    Raises:
        UsageError: the last items are wanted of sets, which have none, or a time where there are none.
        SettingError: `settings.at` is no moment.
        InputError: no user has two different items, or nobody has events before and after the moment, or the
            corpus does not say whose its sentences are.
        OutputError: as `e2v.store.atomic_path`.
    """
    if settings.by == "last-out" and corpus.ordered is False:
        raise UsageError(
            f"{corpus.name} holds sets, and a set has no last item",
            Advice("split it with {by} random, or order it: e2v events --time COLUMN, or --ordered"),
        )
    names, owner = owners(corpus)
    sentences = sentences_of(corpus)
    times = corpus.times()
    if settings.by == "time":
        if times is None:
            raise UsageError(
                f"{corpus.name} does not say when its events were",
                Advice("e2v events --time COLUMN keeps the times of a log"),
            )
        cut = _by_time(corpus, sentences, owner, times, settings)
    else:
        cut = _by_user(corpus, sentences, owner, settings)

    keys = list(corpus.keys)
    lines = ((name, [keys[item] for item in items]) for name, items in zip(names, cut.held_out, strict=True))
    provenance = made_by(
        "split",
        settings=recorded(settings),
        corpus=corpus.record(),
        ordered=corpus.ordered,
        times=times and times.unit,
        moment=cut.moment,
    )
    with ArtifactWriter(train, "corpus", provenance) as writer:
        counts = add_kept(writer, corpus, sentences, cut.kept)
        ids = (corpus.keys, Keys.from_strings(names))
        write_held_out(  # both files appear, or neither
            test,
            (line for line in lines if line[1]),
            are_utf8=all(some.are_utf8 for some in ids),
            quote_all=any(np.isin(some.blob, _LINE_ENDS).any() for some in ids),
        )
        record = record_of(str(test), test)
        provenance["held_out"] = {name: value for name, value in record.items() if name != "name"}
    return Split(
        users=int((cut.held_out.sizes > 0).sum()),
        held_out=len(cut.held_out.items),
        kept=int(cut.kept.sum()),
        moment=cut.moment,
        unknown_users=cut.unknown_users,
        unknown_items=int((counts[cut.held_out.items] == 0).sum()) if cut.moment else 0,
    )


def _by_user(corpus: Corpus, sentences: Histories, owner: NDArray[np.int64], settings: SplitSettings) -> _Cut:
    n_users = int(owner.max(initial=-1)) + 1
    pairs = _pairs(owner[sentences.rows], sentences.items, n_users, len(corpus.keys))
    last = settings.by == "last-out"
    chosen = _last(pairs, sentences, owner) if last else _at_random(pairs, settings.share, settings.seed)
    if not chosen.any():
        most = int(pairs.sizes.max(initial=0))
        hint = "a user needs two different items"
        if most > 1:
            hint = Advice(
                "a share of {} of {} items, the most that anybody has, is none: give {share} {}",
                settings.share,
                most,
                math.ceil(50 / most) / 100,
            )
        raise InputError(f"{corpus.name}: nothing can be held out", hint)
    held_out = Histories.of(pairs.users[chosen], pairs.items[chosen].astype(np.int32), n_users)
    return _Cut(~chosen[pairs.pair_of_token], held_out)


def _by_time(
    corpus: Corpus, sentences: Histories, owner: NDArray[np.int64], times: Times, settings: SplitSettings
) -> _Cut:
    """What was at the moment or later is held out, with whoever came first or last."""
    if not len(times.values):
        raise InputError(f"{corpus.name} has no events")
    at = times.from_end(settings.last_share) if settings.at is None else times.moment(settings.at)
    kept: NDArray[np.bool_] = times.values < at
    places = np.flatnonzero(~kept)
    users = owner[np.searchsorted(sentences.offsets, places, side="right") - 1]
    order = np.argsort(users, kind="stable")  # a user may have several sentences
    n_users = int(owner.max()) + 1
    held_out = Histories.of(users[order], sentences.items[places[order]], n_users).first_occurrences()
    sizes = sentences.sizes - np.diff(np.searchsorted(places, sentences.offsets))  # of what is kept
    known = np.bincount(owner, sizes, n_users) > 0
    tested = held_out.sizes > 0
    if not (tested & known).any():
        raise InputError(
            f"{corpus.name}: no user has events both before {times.shown(at)} and later",
            f"times go {times.span}",
        )
    return _Cut(kept, held_out, times.shown(at), int((tested & ~known).sum()))


def _pairs(users: NDArray[np.int64], items: NDArray[np.int32], n_users: int, n_keys: int) -> _Pairs:
    codes, pair_of_token = np.unique(users * n_keys + items, return_inverse=True)
    users = codes // n_keys
    return _Pairs(users, codes % n_keys, pair_of_token, np.bincount(users, minlength=n_users))


def _last(pairs: _Pairs, sentences: Histories, owner: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[p]: whether the pair is the last of its user, and not the only one."""
    last = np.zeros(len(pairs.sizes), np.int64)
    last[owner[sentences.rows]] = sentences.items  # of several values for a user NumPy keeps the last
    several: NDArray[np.bool_] = pairs.sizes[pairs.users] > 1
    is_last: NDArray[np.bool_] = pairs.items == last[pairs.users]
    return several & is_last


def _at_random(pairs: _Pairs, share: float, seed: int) -> NDArray[np.bool_]:
    """bool[p]: a share of each user's pairs, rounded half up, but not all."""
    order = np.lexsort((np.random.default_rng(seed).random(len(pairs.users)), pairs.users))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(pairs.sizes) - pairs.sizes, pairs.sizes)
    wanted = np.minimum(np.floor(share * pairs.sizes + 0.5), pairs.sizes - 1)
    chosen = np.zeros(len(order), np.bool_)
    chosen[order] = rank < wanted[pairs.users]
    return chosen


def add_kept(
    writer: ArtifactWriter,
    corpus: Corpus,
    sentences: Histories,
    kept: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Write the kept tokens with their times and weights, their keys recounted; empty sentences are dropped.

    Returns int64[V]: how often each key of the corpus is kept.
    """
    counts = np.bincount(sentences.items[kept], minlength=len(corpus.keys))
    order = order_rows(corpus.keys, counts, np.flatnonzero(counts))
    table = np.empty(len(counts), np.int32)
    table[order] = np.arange(len(order))
    left = Histories.of(sentences.rows[kept], table[sentences.items[kept]], len(sentences))
    filled = np.flatnonzero(left.sizes)
    writer.add("tokens", left.items)
    writer.add("offsets", np.concatenate(([0], np.cumsum(left.sizes[filled]))))
    if (times := corpus.times()) is not None:
        writer.add("times", times.values[kept])
    if (weights := corpus.weights()) is not None:
        writer.add("weights", weights[kept])
    writer.add_keys("keys", corpus.keys.take(order))
    writer.add("counts", counts[order])
    if corpus.titles is not None:
        writer.add_keys("labels", corpus.titles.take(order))
    if corpus.names is not None:
        writer.add_keys("names", corpus.names.take(filled))
    return counts
