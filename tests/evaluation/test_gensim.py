"""The same figures as gensim's own evaluation, on the real question and word-pair sets."""

from pathlib import Path

import numpy as np
import pytest

from e2v.evaluation.analogies import evaluate_analogies, read_questions
from e2v.evaluation.lookup import Lookup
from e2v.evaluation.similarity import evaluate_similarity, read_pairs
from e2v.store import Keys
from e2v.vectors import KeyedVectors
from tests.data import data_path

gensim_models = pytest.importorskip("gensim.models", reason="gensim is not installed: [interop]")


def some_questions(folder: Path) -> Path:
    """Every 40th question of the Google set, which gensim answers in a second."""
    lines = data_path("eval/questions-words.txt").read_text().splitlines()
    kept = [line for number, line in enumerate(lines) if line.startswith(":") or number % 40 == 0]
    path = folder / "questions.txt"
    path.write_text("\n".join(kept) + "\n")
    return path


def test_the_figures_are_gensims(tmp_path: Path) -> None:
    questions, pairs_path = some_questions(tmp_path), data_path("eval/wordsim353.tsv")
    sections, pairs = read_questions(questions), read_pairs(pairs_path)
    # Vectors in which relations are offsets, with so much noise that some questions fail; Athens and Rome
    # are capitalised in places, and some words are missing.
    rng = np.random.default_rng(1)
    vectors: dict[str, np.ndarray] = {}
    for section in sections:
        offset = rng.standard_normal(20)
        for a, b, c, d in section.questions:
            for left, right in ((a, b), (c, d)):
                base = vectors.setdefault(left.lower(), rng.standard_normal(20))
                vectors.setdefault(right.lower(), base + offset + 0.7 * rng.standard_normal(20))
    for pair in pairs:
        for word in (pair.first, pair.second):
            vectors.setdefault(word.lower(), rng.standard_normal(20))
    keys = list(vectors)
    keys.remove("paris")
    keys[3] = keys[3].capitalize()
    keys.insert(5, keys[3].upper())
    matrix = np.array([vectors[key.lower()] for key in keys], np.float32)
    restrict = len(keys) - 20

    theirs = gensim_models.KeyedVectors(20)
    theirs.add_vectors(keys, matrix)
    _, their_sections = theirs.evaluate_word_analogies(str(questions), restrict_vocab=restrict)
    spearman = theirs.evaluate_word_pairs(str(pairs_path), restrict_vocab=len(keys))[1].statistic

    ours = KeyedVectors(Keys.from_strings(keys), matrix)
    head = ours.head(restrict)
    found = evaluate_analogies(head, Lookup(head.keys), sections)
    expected = [
        (s["section"], len(s["correct"]), len(s["correct"]) + len(s["incorrect"])) for s in their_sections
    ]
    counted = [(m.name, round((m.value or 0) * m.used), m.used) for m in found]
    assert counted[: len(sections)] == expected[: len(sections)]
    assert counted[-1][1:] == expected[-1][1:]
    assert 0.2 < found[-1].value < 0.8
    assert evaluate_similarity(ours, Lookup(ours.keys), pairs, "ws").value == pytest.approx(
        spearman, abs=1e-3
    )
