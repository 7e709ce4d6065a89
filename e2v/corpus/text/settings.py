"""The settings of counting and encoding, their defaults, and which exclude each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from e2v.corpus.text.tokenizers import TokenizerName
from e2v.errors import UsageError
from e2v.inputs.encodings import encoding_name
from e2v.store import open_artifact

#: The most that can be meant, and be counted with.
_MOST = {"min_count": 2**63 - 1, "max_vocab": 2**31 - 1, "max_sentence_length": 2**31 - 1, "threads": 1024}


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabOptions:
    """Resolved settings of one run.

    min_count: rarer words are left out.
    max_vocab: keep so many of the most frequent words; None keeps all.
    lowercase: count words in lower case (Unicode's).
    tokenizer: what is a word; see `e2v.corpus.text.tokenizers`.
    max_sentence_length: a line of more words, left-out ones not counted, becomes several sentences.
    tokenizer_given: whether the user has named it, so that it is no surprise what becomes of the text.
    keep_lines: a sentence for each line, long or without a word, to work on the text as it is laid out.
    counts: a text file of words and their counts that takes the place of counting: its words, above
        `min_count` and within `max_vocab`, are the vocabulary, and its counts are theirs.
    vocab: an artifact whose vocabulary is taken as it is: keys, ids and counts.
    update: an artifact whose keys keep their ids, new words of the text coming after them; counts add up.
    save_counts: where to write each word that was counted and its count, before any is left out.
    encoding: of the text, by Python's name; None: told by its first bytes.
    threads: workers; the result is the same for any number.
    """

    min_count: int = 5
    max_vocab: int | None = None
    lowercase: bool = False
    tokenizer: TokenizerName = "whitespace"
    max_sentence_length: int = 10_000
    keep_lines: bool = False
    tokenizer_given: bool = False
    counts: Path | None = None
    vocab: Path | None = None
    update: Path | None = None
    save_counts: Path | None = None
    encoding: str | None = None
    threads: int = 1

    def as_dict(self) -> dict[str, Any]:
        """The settings that shape the result, for its provenance; files appear there by their content."""
        settings: dict[str, Any] = {
            "tokenizer": self.tokenizer,
            "lowercase": self.lowercase,
            "max_sentence_length": self.max_sentence_length,
        }
        if self.encoding is not None:
            settings["encoding"] = self.encoding
        if self.vocab is None:
            settings |= {"min_count": self.min_count, "max_vocab": self.max_vocab}
        return settings


def resolve(given: Mapping[str, Any]) -> VocabOptions:
    """Fill in what the user did not set; `given` maps settings to values, None means not given.

    With a frozen vocabulary text is cut into words as it was for that one, unless told otherwise.

    Raises:
        UsageError: a value out of range, or options that exclude each other.
        InputError: the file of a frozen vocabulary cannot be read.
    """
    explicit = {name: value for name, value in given.items() if value is not None}
    tokenizer_given = "tokenizer" in explicit
    if "update" in explicit:
        for name in ("counts", "vocab", "max_vocab"):
            if name in explicit:
                raise UsageError(f"--{name.replace('_', '-')} does not go with --update")
        explicit = _text_settings(explicit["update"]) | explicit
    if "vocab" in explicit:
        for name in ("counts", "min_count", "max_vocab"):
            if name in explicit:
                raise UsageError(
                    f"--{name.replace('_', '-')} does not go with --vocab",
                    "a frozen vocabulary is taken as it is",
                )
        explicit = _text_settings(explicit["vocab"]) | explicit
    if "encoding" in explicit:
        explicit["encoding"] = encoding_name(explicit["encoding"])
    options = VocabOptions(**explicit, tokenizer_given=tokenizer_given)
    for name, most in _MOST.items():
        value = getattr(options, name)
        if value is not None and not 1 <= value <= most:
            bound = "least 1" if value < 1 else f"most {most:,}"
            raise UsageError(f"--{name.replace('_', '-')} must be at {bound}, not {value}")
    return options


def _text_settings(path: Path) -> dict[str, Any]:
    """How the text of an artifact was cut into words, as far as its provenance tells."""
    made = open_artifact(path).made
    found: dict[str, Any] = {}
    for settings in (made.inner("corpus").inner("settings"), made.inner("settings")):
        texts = {
            "tokenizer": settings.text("tokenizer", get_args(TokenizerName)),
            "lowercase": settings.flag("lowercase"),
        }
        found |= {name: value for name, value in texts.items() if value is not None}
    return found
