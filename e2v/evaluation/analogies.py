"""Analogy questions: a is to b as c is to what? (Mikolov et al. 2013a, section 4.1.)

Answering the Google set means scoring 19,544 questions against the whole vocabulary: one matrix
product, in blocks that stay in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from e2v.errors import Advice, InputError, UsageError
from e2v.evaluation.lookup import Lookup
from e2v.evaluation.measurement import Measurement
from e2v.inputs.lines import lines
from e2v.inputs.sources import Source
from e2v.progress import Progress, Report, silent
from e2v.threads import in_order
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import Floats, block_size, unit
from e2v.vectors.queries import Method, cos_mul, in_unit_interval

Question = tuple[str, str, str, str]

#: Scores held at once: 16 MB of float32.
_SCORES = 1 << 22


class Section(NamedTuple):
    """A named group of questions (a, b, c, answer): a is to b as c is to the answer."""

    name: str
    questions: Sequence[Question]

    @property
    def syntactic(self) -> bool:
        """Whether it asks for grammar: word2vec's convention is a name that begins with `gram`."""
        return self.name.startswith("gram")


def read_questions(path: Path) -> list[Section]:
    """Read a file of `: section` lines and lines of four words.

    Questions before the first section form one with the file's name.

    Raises:
        InputError: the file is missing, holds no question, or has a line that is neither.
    """
    sections: list[tuple[str, list[Question]]] = [(path.stem, [])]
    for number, line in lines(Source(str(path))):
        if not line.strip():
            continue
        if line.startswith(":"):
            sections.append((line[1:].strip(), []))
            continue
        words = line.split()
        if len(words) != 4:
            raise InputError(f"{path}, line {number}: 4 words expected, got {len(words)}")
        a, b, c, answer = words
        sections[-1][1].append((a, b, c, answer))
    found = [Section(name, questions) for name, questions in sections if questions]
    if not found:
        raise InputError(f"{path} holds no questions", "expected lines of 4 words under ': section' lines")
    return found


def measured_names(sections: Sequence[Section]) -> list[str]:
    """The names of what `evaluate_analogies` measures, in its order."""
    syntactic = {section.syntactic for section in sections}
    kinds = [name for name, kind in (("semantic", False), ("syntactic", True)) if kind in syntactic]
    return [*(section.name for section in sections), *kinds, "analogies"]


def evaluate_analogies(
    vectors: KeyedVectors,
    lookup: Lookup,
    sections: Sequence[Section],
    *,
    method: Method = "3cosadd",
    penalties: Floats | None = None,
    threads: int | None = None,
    report: Report = silent,
) -> list[Measurement]:
    """Accuracy for each section, then for `semantic`, `syntactic` and all `analogies` together.

    A question is asked if its four words are in the vocabulary; its own first three are never the
    answer. lookup: of the vectors' keys. method, threads: as in `e2v.vectors.queries.Searcher`. penalties:
    float32[n], of the keys, taken from their cosines, such as `e2v.vectors.csls.penalties`. The result is
    gensim's `evaluate_word_analogies` for 3cosadd without these, with its `restrict_vocab` being
    `vectors.head(n)`.

    Raises:
        E2VError: as `answered`.
    """
    correct, asked = answered(
        vectors, lookup, sections, method=method, penalties=penalties, threads=threads, report=report
    )
    section_of = np.repeat(np.arange(len(sections)), [len(section.questions) for section in sections])
    syntactic = np.isin(section_of, [index for index, section in enumerate(sections) if section.syntactic])
    groups = [section_of == index for index in range(len(sections))]
    groups += [kind for kind in (~syntactic, syntactic) if kind.any()]
    groups.append(section_of >= 0)
    return [
        _accuracy(name, correct[group], asked[group])
        for name, group in zip(measured_names(sections), groups, strict=True)
    ]


def answered(
    vectors: KeyedVectors,
    lookup: Lookup,
    sections: Sequence[Section],
    *,
    method: Method = "3cosadd",
    penalties: Floats | None = None,
    threads: int | None = None,
    report: Report = silent,
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """bool[q], whether each question is answered with its answer, and bool[q], whether it can be asked.

    q: the questions of all sections. The rest as in `evaluate_analogies`.

    Raises:
        UsageError: questions and answers are of two spaces.
        InputError: not one of the questions can be asked.
    """
    if vectors.targets is not None:
        raise UsageError("analogies need vectors of one space", Advice("use {vectors} input"))
    rows = np.array(
        [[lookup.row(word) for word in question] for section in sections for question in section.questions],
        np.int64,
    ).reshape(-1, 4)
    asked = rows.min(axis=1) >= 0
    if not asked.any():
        raise InputError(
            f"none of the {len(rows):,} analogy questions has its four words in the vocabulary",
            "are they of its language?",
        )
    correct = np.zeros(len(rows), bool)
    answers = _answers(vectors, rows[asked, :3], lookup.first, method, penalties, threads, report)
    correct[asked] = (answers >= 0) & (lookup.first[answers] == rows[asked, 3])
    return correct, asked


def _accuracy(name: str, correct: NDArray[np.bool_], asked: NDArray[np.bool_]) -> Measurement:
    used = int(asked.sum())
    return Measurement(name, "accuracy", int(correct.sum()) / used if used else None, used, len(asked))


def _answers(
    vectors: KeyedVectors,
    questions: NDArray[np.int64],
    first: NDArray[np.int64],
    method: Method,
    penalties: Floats | None,
    threads: int | None,
    report: Report,
) -> NDArray[np.int64]:
    """int64[q]: the row that scores highest for each question, -1 if none is left to.

    questions: int64[q, 3], the rows of a, b, c. first: `Lookup.first`.
    """
    words, places = np.unique(questions, return_inverse=True)
    of_words = unit(vectors.matrix.rows(words))
    places = places.reshape(questions.shape)
    if method == "3cosmul":
        score = _products(of_words, places)
    else:
        score = _sums(of_words, places) if penalties is None else _cosines(of_words, places)
    n, size = len(vectors), block_size(vectors.matrix)

    def search(start: int) -> tuple[int, NDArray[np.int64], Floats]:
        """Where a block of candidates begins, and the best of it for each question, with its score."""
        candidates = unit(vectors.matrix.rows(slice(start, min(start + size, n))))
        candidates_first = first[start : start + len(candidates)]
        winners, peaks = np.empty(len(questions), np.int64), np.empty(len(questions), np.float32)
        for chunk in _chunks(len(questions), _SCORES // max(len(candidates), 1)):
            scores = score(chunk, candidates)
            if penalties is not None:
                scores -= penalties[start : start + len(candidates)]
            _exclude(scores, questions[chunk] - start)
            winners[chunk], peaks[chunk] = _winners(scores, questions[chunk], candidates_first)
        return start, winners + start, peaks

    best = np.full(len(questions), -np.inf, np.float32)
    answers = np.full(len(questions), -1, np.int64)
    for start, winners, peaks in in_order(search, range(0, n, size), threads):
        better = peaks > best
        best[better] = peaks[better]
        answers[better] = winners[better]
        report(Progress("analogies", done=min(start + size, n), total=n))
    return answers


def _chunks(n: int, size: int) -> Iterator[slice]:
    size = max(1, size)
    return (slice(first, min(first + size, n)) for first in range(0, n, size))


#: float32[q, m] for a slice of the questions and the unit vectors of m candidates.
_Score = Callable[[slice, Floats], Floats]


def _sums(of_words: Floats, places: NDArray[np.int64]) -> _Score:
    """3CosAdd up to a positive factor for each question, which changes no order.

    of_words: float32[w, d], unit vectors. places: int64[q, 3], those of a, b, c among them.
    """

    def score(chunk: slice, candidates: Floats) -> Floats:
        a, b, c = (of_words[column] for column in places[chunk].T)
        queries: Floats = b + c - a
        return queries @ candidates.T

    return score


def _cosines(of_words: Floats, places: NDArray[np.int64]) -> _Score:
    """3CosAdd as it is defined, of which something can be taken."""
    a, b, c = (of_words[column] for column in places.T)
    queries = unit(b + c - a)

    def score(chunk: slice, candidates: Floats) -> Floats:
        found: Floats = queries[chunk] @ candidates.T
        return found

    return score


def _products(of_words: Floats, places: NDArray[np.int64]) -> _Score:
    """3CosMul. The questions share few words, so each word's similarities are found once for a chunk."""

    def score(chunk: slice, candidates: Floats) -> Floats:
        used, inverse = np.unique(places[chunk], return_inverse=True)
        similarities = in_unit_interval(of_words[used] @ candidates.T)
        a, b, c = inverse.reshape(-1, 3).T
        return cos_mul((similarities[b], similarities[c]), (similarities[a],))

    return score


def _exclude(scores: Floats, rows: NDArray[np.int64]) -> None:
    """Rule out each question's own words; rows: int64[q, m], which may lie outside the block."""
    question, column = np.nonzero((rows >= 0) & (rows < scores.shape[1]))
    scores[question, rows[question, column]] = -np.inf


def _winners(
    scores: Floats, questions: NDArray[np.int64], first: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Floats]:
    """The best column for each question and its score, passing over case variants of its own words."""
    lines = np.arange(len(scores))
    winners = scores.argmax(axis=1)
    while True:
        peaks = scores[lines, winners]
        own = (first[winners][:, np.newaxis] == questions).any(axis=1) & (peaks > -np.inf)
        again = np.flatnonzero(own)
        if not len(again):
            return winners, peaks
        scores[again, winners[again]] = -np.inf
        winners[again] = scores[again].argmax(axis=1)
