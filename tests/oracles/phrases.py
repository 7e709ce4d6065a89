"""Phrases, slowly: pairs counted with a dictionary, joined word by word."""

from __future__ import annotations

import itertools
import math
from collections import Counter

Sentences = list[list[str]]
Pair = tuple[str, str]


def scores(sentences: Sentences, min_count: int, score: str, stop: frozenset[str]) -> dict[Pair, float]:
    """The score of every pair whose count, and whose words' counts, are at least min_count."""
    words = Counter(word for sentence in sentences for word in sentence)
    total = sum(words.values())
    pairs = Counter(pair for sentence in sentences for pair in itertools.pairwise(sentence))
    found = {}
    for (a, b), count in pairs.items():
        if min(count, words[a], words[b]) < min_count or {a, b} & stop:
            continue
        if score == "word2vec":
            found[a, b] = (count - min_count) / (words[a] * words[b]) * total
        elif count == total:
            found[a, b] = 1.0
        else:
            pmi = math.log(count / total / (words[a] / total * words[b] / total))
            found[a, b] = pmi / -math.log(count / total)
    return found


def join(sentences: Sentences, phrases: set[Pair], delimiter: str) -> Sentences:
    joined = []
    for sentence in sentences:
        out: list[str] = []
        i = 0
        while i < len(sentence):
            if tuple(sentence[i : i + 2]) in phrases:
                out.append(delimiter.join(sentence[i : i + 2]))
                i += 2
            else:
                out.append(sentence[i])
                i += 1
        joined.append(out)
    return joined
