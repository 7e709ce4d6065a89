"""Texts that are asked about, by the vectors that e2v embed makes of them: `e2v similar --text "..."`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from e2v.cli.shared.question_lines import question_batches
from e2v.cli.shared.questions import Question
from e2v.store import open_artifact
from e2v.texts.source import asking_embedder, require_known
from e2v.vectors.keyed import ResolvedKey
from e2v.vectors.settings import VectorSettings

if TYPE_CHECKING:
    from e2v.texts.embedder import TextEmbedder
    from e2v.vectors import KeyedVectors


def text_questions(
    text: str,
    vectors: KeyedVectors,
    model: Path,
    words: Path | None,
    which: VectorSettings,
    batch_size: int,
) -> Iterator[list[Question]]:
    """Questions about a text, or about those on stdin, one a line, if it is `-`.

    which: the vectors that are asked, of `model`; where they are of words, the text is made of the same.

    Raises:
        UnknownKeyError: no word of the text has a vector.
        E2VError: see `asking_embedder`.
    """
    embedder = asking_embedder(open_artifact(model), vectors, which, words)
    if text == "-":
        from e2v.inputs.lines import waiting_texts

        texts = waiting_texts(sys.stdin.fileno(), "iconv -f ENCODING -t UTF-8 makes them that")
        return _asked(embedder, question_batches(texts, lambda line, place: (line, place), batch_size))
    require_known(text, embedder)
    return _asked(embedder, iter([[(text, None)]]))


def _asked(
    embedder: TextEmbedder, batches: Iterator[list[tuple[str, int | None]]]
) -> Iterator[list[Question]]:
    for batch in batches:
        made = embedder.embed([text for text, _ in batch])
        yield [
            Question([text], line, [ResolvedKey("", -1, vector)] if known else (), is_text=True)
            for (text, line), vector, known in zip(batch, made.vectors, made.known.tolist(), strict=True)
        ]
