"""Phrases: neighbours that stand together more often than chance would have it, made words of their own.

Mikolov et al. 2013b (arXiv:1310.4546), section 4, score a pair by (count(ab) - d) / (count(a) count(b)),
with d the least count, against pairs of rare words; word2phrase multiplies by the number of words, so that
a threshold suits any size of text. Normalised pointwise mutual information (Bouma 2009) is
ln(p(ab) / (p(a) p(b))) / -ln p(ab): from -1, never together, through 0, by chance, to 1, always.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.artifact import Corpus
from e2v.corpus.text.encoder import find
from e2v.corpus.text.settings import PhraseSettings
from e2v.corpus.vocabulary import Vocabulary, choose_rows
from e2v.errors import Advice, InputError
from e2v.kernels.text import bigrams as kernels
from e2v.progress import Progress, Report, silent
from e2v.store import ArtifactWriter, Keys

_FIRST_SLOTS = 1 << 20
_TOKENS_AT_ONCE = 1 << 20
_BLANKS = np.frombuffer(b" \t\n\v\f\r", np.uint8)
_LOWER_HALF = np.uint64(0xFFFFFFFF)


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of a text, best first: words first, second int64[n], counts int64[n], scores float64[n]."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    counts: NDArray[np.int64]
    scores: NDArray[np.float64]


def check_neighbours(corpus: Corpus) -> list[str]:
    """What is worth saying of a corpus in which neighbours are looked for.

    Raises:
        InputError: it is of sets or histories of users, not of text.
    """
    if corpus.ordered is not None or corpus.names is not None:
        raise InputError(
            f"{corpus.name} holds what users had, and phrases are words of a text",
            "e2v train learns which items go together",
        )
    made = corpus.provenance
    if made.get("command") == "phrases":
        pruned = made["settings"]["min_count"] > 1
    else:
        text = made.get("text", {})
        pruned = text.get("words_read") != text.get("words_kept")
    if not pruned:
        return []
    return [
        f"{corpus.name} was made without some words of its text, so that words count as neighbours that were "
        "none; e2v vocab --min-count 1 keeps all"
    ]


def find_phrases(
    corpus: Corpus,
    options: PhraseSettings,
    stop: frozenset[str] = frozenset(),
    report: Report = silent,
) -> Phrases:
    """The pairs of neighbours that score at least the threshold; a word of `stop` is part of none."""
    part = corpus.counts >= options.min_count
    part[[row for row in map(corpus.keys.find, stop) if row >= 0]] = False
    slots, counts = _count(corpus, part, report)
    frequent = counts >= options.min_count
    pairs, counts = slots[frequent] - np.uint64(1), counts[frequent]
    first, second = (pairs >> np.uint64(32)).astype(np.int64), (pairs & _LOWER_HALF).astype(np.int64)
    scores = score_pairs(counts, corpus.counts[first], corpus.counts[second], len(corpus.tokens), options)
    chosen = np.flatnonzero(scores >= options.threshold)
    chosen = chosen[np.lexsort((second[chosen], first[chosen], -scores[chosen]))]
    return Phrases(first[chosen], second[chosen], counts[chosen], scores[chosen])


def score_pairs(
    pair: NDArray[np.int64],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    words: int,
    options: PhraseSettings,
) -> NDArray[np.float64]:
    """Scores float64[n] from the counts int64[n] of pairs and of their words, in a text of `words` words."""
    product = first.astype(np.float64) * second
    if options.score == "word2vec":
        return (pair - options.min_count) / product * words
    together = pair / words
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.log(together * words**2 / product) / -np.log(together)
    return np.where(together == 1, 1.0, scores)


def join_phrases(
    corpus: Corpus, phrases: Phrases, path: Path, delimiter: str, report: Report = silent
) -> None:
    """Write the corpus to `path` with each phrase as one word: `new york` becomes `new_york`.

    Where neighbouring phrases overlap the left one is taken. Keys keep their rows, new ones follow; counts
    are those of the new text, and may be 0.
    """
    report(Progress("joining"))
    keys, rows = _with_phrases(corpus.keys, phrases, delimiter)
    slots = np.zeros(_power_of_two(4 * len(rows) + 1), np.uint64)
    table = np.zeros(len(slots), np.int64)
    pairs = (phrases.first.astype(np.uint64) << np.uint64(32) | phrases.second.astype(np.uint64)) + np.uint64(
        1
    )
    kernels.insert_bigrams(pairs, rows, slots, table)
    begins = np.zeros(len(corpus.keys), bool)
    begins[phrases.first] = True
    counts = np.zeros(len(keys), np.int64)

    def joined() -> Iterator[tuple[NDArray[np.int32], NDArray[np.int64]]]:
        for first, last in _runs(corpus.offsets):
            tokens, bounds = _stretch(corpus, first, last)
            out, offsets = np.empty(len(tokens), np.int32), np.empty(len(bounds), np.int64)
            n = kernels.join_bigrams(tokens, bounds, begins, slots, table, out, offsets)
            np.add(counts, np.bincount(out[:n], minlength=len(keys)), out=counts)
            report(Progress("joining", "words", int(corpus.offsets[last]), len(corpus.tokens)))
            yield out[:n], offsets

    _write(path, joined(), lambda: Vocabulary(keys, counts), corpus.provenance)


def prune(
    corpus: Corpus,
    path: Path,
    min_count: int,
    longest: int,
    provenance: dict[str, Any],
    report: Report = silent,
) -> None:
    """Write the corpus without words rarer than `min_count` to `path`, the rest ordered by count.

    A sentence of more than `longest` words that are left becomes several; one of none is left out.
    """
    chosen = choose_rows(corpus.keys, corpus.counts, min_count, None)
    if not len(chosen):
        raise InputError(f"no word occurs {min_count} times", Advice("lower {min_count}"))
    rows = np.full(len(corpus.keys), -1, np.int32)
    rows[chosen] = np.arange(len(chosen))

    def kept() -> Iterator[tuple[NDArray[np.int32], NDArray[np.int64]]]:
        for first, last in _runs(corpus.offsets):
            tokens, bounds = _stretch(corpus, first, last)
            tokens = rows[tokens]
            ends = np.concatenate(([0], np.cumsum(tokens >= 0)))[bounds]
            report(Progress("writing", "words", int(corpus.offsets[last]), len(corpus.tokens)))
            yield tokens[tokens >= 0], _cut(ends, longest)

    vocabulary = Vocabulary(corpus.keys.take(chosen), corpus.counts[chosen])
    _write(path, kept(), lambda: vocabulary, provenance)


def lines(corpus: Corpus, report: Report = silent) -> Iterator[bytes]:
    """The corpus as text: a sentence a line, a space between words.

    Raises:
        InputError: a word has a blank in it, and would be read as several.
    """
    if len(blank := np.flatnonzero(np.isin(corpus.keys.blob, _BLANKS))):
        row = int(np.searchsorted(corpus.keys.offsets, blank[0], side="right")) - 1
        raise InputError(
            f"{corpus.name}: '{corpus.keys[row]}' has a blank in it, and as text would be several words",
            "write a corpus",
        )
    words = [corpus.keys.bytes_at(row) for row in range(len(corpus.keys))]
    for first, last in _runs(corpus.offsets):
        tokens, bounds = _stretch(corpus, first, last)
        text = [words[t] for t in tokens.tolist()]
        for start, stop in itertools.pairwise(bounds.tolist()):
            yield b" ".join(text[start:stop]) + b"\n"
        report(Progress("writing", "words", int(corpus.offsets[last]), len(corpus.tokens)))


def _cut(offsets: NDArray[np.int64], longest: int) -> NDArray[np.int64]:
    """Offsets, from 0, of the pieces of at most `longest` tokens that sentences are in; none is empty."""
    pieces = -(-np.diff(offsets) // longest)
    starts, stops = np.repeat(offsets[:-1], pieces), np.repeat(offsets[1:], pieces)
    number = np.arange(len(starts)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    return np.concatenate(([0], np.minimum(starts + (number + 1) * longest, stops)))


def _count(
    corpus: Corpus, part: NDArray[np.bool_], report: Report
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """All pairs of neighbours of `part` words, as the kernels number them, and their counts."""
    slots = np.zeros(_FIRST_SLOTS, np.uint64)
    counts = np.zeros(len(slots), np.int64)
    size = np.zeros(1, np.int64)
    report(Progress("counting", "words", 0, len(corpus.tokens)))
    for first, last in _runs(corpus.offsets):
        tokens, bounds = _stretch(corpus, first, last)
        place = np.zeros(2, np.int64)
        while not kernels.count_bigrams(tokens, bounds, place, part, slots, counts, size):
            used = slots != 0
            pairs, values = slots[used], counts[used]
            slots = np.zeros(2 * len(slots), np.uint64)
            counts = np.zeros(len(slots), np.int64)
            kernels.insert_bigrams(pairs, values, slots, counts)
        report(Progress("counting", "words", int(corpus.offsets[last]), len(corpus.tokens)))
    used = slots != 0
    return slots[used], counts[used]


def _with_phrases(keys: Keys, phrases: Phrases, delimiter: str) -> tuple[Keys, NDArray[np.int64]]:
    """The keys with the phrases' behind them, and each phrase's row: an old one if it was a word already."""
    between = delimiter.encode("utf-8", "surrogateescape")
    names = [
        keys.bytes_at(a) + between + keys.bytes_at(b)
        for a, b in zip(phrases.first.tolist(), phrases.second.tolist(), strict=True)
    ]
    rows = find(Keys.from_strings(names), Vocabulary(keys, np.empty(0, np.int64)))
    new: dict[bytes, int] = {}
    for i, name in enumerate(names):
        if rows[i] < 0:
            rows[i] = new.setdefault(name, len(keys) + len(new))
    everything = [keys.bytes_at(row) for row in range(len(keys))]
    return Keys.from_strings([*everything, *new]), rows


def _runs(offsets: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Runs of sentences, first..last (exclusive), of about a million tokens."""
    cuts = np.searchsorted(offsets, np.arange(0, offsets[-1], _TOKENS_AT_ONCE))
    bounds = np.unique(np.append(cuts, len(offsets) - 1)).tolist()
    yield from itertools.pairwise(bounds)


def _stretch(corpus: Corpus, first: int, last: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The tokens of sentences first..last (exclusive), and the sentences' offsets in them, from 0."""
    offsets = corpus.offsets[first : last + 1]
    return corpus.tokens[offsets[0] : offsets[-1]], offsets - offsets[0]


def _write(
    path: Path,
    runs: Iterator[tuple[NDArray[np.int32], NDArray[np.int64]]],
    vocabulary: Callable[[], Vocabulary],
    provenance: dict[str, Any],
) -> None:
    """Stream runs of sentences (tokens, and offsets from 0) into a corpus; they may decide its vocabulary."""
    ends = [np.zeros(1, np.int64)]
    with ArtifactWriter(path, "corpus", provenance) as writer:
        tokens = writer.stream("tokens", np.int32)
        for ids, offsets in runs:
            tokens.write(ids)
            ends.append(ends[-1][-1] + offsets[1:])
        found = vocabulary()
        writer.add("offsets", np.concatenate(ends))
        writer.add_keys("keys", found.keys)
        writer.add("counts", found.counts)


def _power_of_two(least: int) -> int:
    return 1 << max(4, (least - 1).bit_length())
