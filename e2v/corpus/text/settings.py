"""The settings of making a corpus of text: how it is cut into words, what the vocabulary is, phrases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from e2v import common_settings, settings
from e2v.corpus.text.tokenizers import TokenizerName
from e2v.errors import SettingError
from e2v.inputs.encodings import encoding_name
from e2v.settings import setting
from e2v.store import open_artifact
from e2v.store.provenance import Record

_TEXT, _VOCABULARY = "Text", "Vocabulary"

#: Passes that a provenance may name.
_MOST_PASSES = 1000


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """How text is cut into words and sentences."""

    tokenizer: Literal["whitespace", "word", "character"] = setting(
        "whitespace",
        "Tokens are what stands between blanks (ASCII's); or words and numbers of any script without the "
        "punctuation "
        "around them (don't and 3.14 are one, well-known two); or single characters, for scripts without "
        "spaces.",
        group=_TEXT,
    )
    lowercase: bool = setting(
        False, "Count words in lower case, of any script.", shown="no", switch=True, group=_TEXT
    )
    max_sentence_length: int = setting(
        10_000, "Cut a line of more words into several sentences.", least=1, most=2**31 - 1, group=_TEXT
    )


@dataclass(frozen=True, kw_only=True)
class CorpusSettings(TextSettings):
    """How text becomes a corpus, where a command encodes it first.

    min_count and max_vocab: of the vocabulary that is counted; `vocab` is taken as it is: keys, ids and
        counts.
    """

    min_count: int = common_settings.min_count(5, only_with={"vocab": None})
    max_vocab: int | None = common_settings.max_vocab(
        only_with={"vocab": None, "update": None}, group=_VOCABULARY
    )
    vocab: Path | None = common_settings.frozen_vocabulary(only_with={"update": None}, group=_VOCABULARY)
    encoding: str | None = common_settings.encoding(parse=encoding_name, group=_TEXT)
    #: An artifact whose keys keep their ids, new words of the text coming after them; counts add up.
    update: Path | None = None


@dataclass(frozen=True, kw_only=True)
class VocabSettings(CorpusSettings):
    """Resolved settings of one run of `vocab`.

    counts: takes the place of counting: its words, above `min_count` and within `max_vocab`, are the
        vocabulary, and its counts are theirs.
    threads, engine, workers: the result is the same with any.
    keep_lines: a sentence for each line, long or without a word, to work on the text as it is laid out.
    tokenizer_given: whether the user has named it, so that it is no surprise what becomes of the text.
    """

    counts: Path | None = setting(
        None,
        "Take words and their counts from a list instead of counting: a word, a blank and its count on "
        "each line.",
        recorded=False,
        group=_VOCABULARY,
        only_with={"vocab": None, "update": None},
    )
    save_counts: Path | None = setting(
        None,
        "Write such a list of all words of the text, those left out too.",
        recorded=False,
        group=_VOCABULARY,
    )
    shards: int | None = setting(
        None,
        "Write so many files in place of one, CORPUS-1-of-N.e2v and so on, each with all words and their "
        "counts, and a part of the sentences. They are trained on together.",
        least=1,
        most=1000,
        recorded=False,
        group="Run",
    )
    threads: int = common_settings.threads()
    engine: Literal["threads", "ray"] = common_settings.engine("threads", recorded=False)
    workers: int | None = common_settings.workers(recorded=False, only_with={"engine": "ray"})
    address: str | None = common_settings.address()
    keep_lines: bool = False
    tokenizer_given: bool = False

    def check(self) -> None:
        """Refuse a cluster that is to write one file, which one process would have to do.

        Raises:
            SettingError: there is no number of shards.
        """
        if self.engine == "ray" and self.shards is None:
            raise SettingError("{engine} ray needs a number of {shards}", hint="{shards} 8, for instance")


def resolve_vocab(given: Mapping[str, Any]) -> VocabSettings:
    """Settings with the defaults for what is given.

    With a frozen vocabulary text is cut into words as it was for that one, unless told otherwise.

    Raises:
        SettingError: as `e2v.settings.resolve`.
        InputError: the file of a frozen vocabulary cannot be read.
    """
    known = given.get("vocab") or given.get("update")
    base = {"tokenizer_given": given.get("tokenizer") is not None}
    for name in ("update", "keep_lines"):
        if given.get(name):
            base[name] = given[name]
    declared = {name: value for name, value in given.items() if name not in base}
    return settings.resolve(
        VocabSettings, declared, {**base, **(text_settings(open_artifact(known).made) if known else {})}
    )


def text_settings(made: Record) -> dict[str, Any]:
    """How the text that something is made of was cut into words, as far as its provenance tells.

    What was made of a corpus that was made of a corpus says so: the last that names a setting counts.
    """
    found: dict[str, Any] = {}
    for made_of in _made_of(made):
        found |= text_settings(made_of)
    said = made.inner("settings")
    texts = {
        "tokenizer": said.text("tokenizer", get_args(TokenizerName)),
        "lowercase": said.flag("lowercase"),
    }
    return found | {name: value for name, value in texts.items() if value is not None}


def joined_phrases(made: Record) -> tuple[str, int]:
    """What joins the words of phrases in the text that something is made of, and in how many passes; 0: none.

    Raises:
        DamagedFileError: the provenance is not as it should be.
    """
    joiner, passes = "", 0
    for made_of in _made_of(made):
        joiner, passes = joined_phrases(made_of)
    if made.get("command") == "phrases":
        said = made.inner("settings")
        joiner = said.text("joiner") or ""
        passes += said.whole("passes", 1, _MOST_PASSES) or 1
    return joiner, passes if joiner else 0


def _made_of(made: Record) -> list[Record]:
    """The corpora that something was made of: of phrases, `text` is the one that had none."""
    return [made.inner(name) for name in ("corpus", "text") if isinstance(made.get(name), dict)]


@dataclass(frozen=True, kw_only=True)
class PhraseSettings(TextSettings):
    """What makes a phrase.

    min_count: least count of the pair, of its words, and of the words kept; also d of the score.
    """

    score: Literal["word2vec", "npmi"] = setting("word2vec", "How a pair is scored; see docs/algorithms.md.")
    threshold: float = setting(100.0, "Least score of a phrase.", shown="word2vec: 100, npmi: 0.5")
    min_count: int = common_settings.min_count(5)
    passes: int = setting(1, "Each joins what the last one made: 2 find new_york_city.", least=1)
    stop: Path | None = setting(None, "Words, one a line, that are part of no phrase.", recorded=False)
    joiner: str = setting("_", "What joins the words.", metavar="TEXT")

    @staticmethod
    def dependent(chosen: Mapping[str, Any]) -> dict[str, Any]:
        """Where word2phrase and gensim set the bar for each score."""
        return {"threshold": 0.5} if chosen.get("score") == "npmi" else {}
