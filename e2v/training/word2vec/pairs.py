"""Whether there is anything to learn from: a pair of words in one line, of different items in one set."""

from __future__ import annotations

import numpy as np

from e2v.corpus.artifact import Corpus
from e2v.errors import Advice, TrainingError
from e2v.training.word2vec.settings import Word2VecSettings

_TOKENS_AT_ONCE = 1 << 20


def check_pairs(corpus: Corpus, config: Word2VecSettings) -> None:
    """TrainingError where no sentence has a pair, whatever is drawn."""
    if not _has_pairs(corpus, config):
        raise no_pairs_error(corpus, *_without_pairs(corpus, config))


def no_pairs_error(corpus: Corpus, reason: str, hint: str) -> TrainingError:
    """What a run that trained on nothing ends with."""
    return TrainingError(f"{corpus.name}: there was not one pair to learn from: {reason}", hint)


def no_pairs_drawn_error(corpus: Corpus, config: Word2VecSettings, units: int) -> TrainingError:
    """The same of a run of so many units, over a corpus that has pairs."""
    if units == 0:
        return no_pairs_error(
            corpus, "the time was over before training began", Advice("give more {time_budget}")
        )
    what = "set of two items" if config.context == "set" else "line of two words"
    return no_pairs_error(
        corpus,
        f"subsampling above a share of {config.sample:g} left no {what}",
        Advice("raise {sample}, or give {sample} 0, which leaves nothing out"),
    )


def _has_pairs(corpus: Corpus, config: Word2VecSettings) -> bool:
    if config.context == "window":
        return corpus.longest > 1
    tokens, begins = corpus.tokens, corpus.offsets
    for first in range(0, len(tokens) - 1, _TOKENS_AT_ONCE):
        last = min(first + _TOKENS_AT_ONCE, len(tokens) - 1)
        differs = tokens[first:last] != tokens[first + 1 : last + 1]
        inside = begins[np.searchsorted(begins, first + 1) : np.searchsorted(begins, last, side="right")]
        differs[inside - first - 1] = False  # the next token is of another set
        if differs.any():
            return True
    return False


def _without_pairs(corpus: Corpus, config: Word2VecSettings) -> tuple[str, str]:
    """Why, and what to try."""
    if config.context == "set":
        return "no set has two different items", Advice("lower {min_count}, or add sets that have")
    text = corpus.provenance.get("text", {})
    if text.get("words_read") == text.get("words_kept"):
        return "every line has one word", "put on one line the words that belong together"
    return (
        "no line has two words that were kept",
        Advice("lower {min_count}, or put on one line the words that belong together"),
    )
