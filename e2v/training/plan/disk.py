"""Bytes of the files that a run writes, as the writer lays them out."""

from __future__ import annotations

from typing import Any

from e2v.store.writer import file_size
from e2v.training.plan.size import RunSize, TextSize
from e2v.training.word2vec.model import matrix_rows
from e2v.training.word2vec.settings import Word2VecSettings

_FLOAT, _TOKEN, _OFFSET = 4, 4, 8


def corpus_bytes(words: int, sentences: int, keys: int, key_bytes: int, provenance: dict[str, Any]) -> int:
    """Of a corpus that is made of text."""
    arrays = (_TOKEN * words, _OFFSET * (sentences + 1), key_bytes, _OFFSET * (keys + 1), _OFFSET * keys)
    return file_size(provenance, arrays)


def encoding_bytes(size: RunSize, text: TextSize) -> int:
    """Most that encoding a text has on the disk: a number for each word and line, the ends of sentences."""
    ends = _OFFSET * size.sentences
    return max(_TOKEN * (text.words + text.lines), size.corpus_bytes) + ends


def model_bytes(size: RunSize, config: Word2VecSettings, provenance: dict[str, Any]) -> int:
    """Of the model."""
    arrays = [size.key_bytes, _OFFSET * (size.keys + 1), _OFFSET * size.keys]
    if size.title_bytes is not None:
        arrays += [size.title_bytes, _OFFSET * (size.keys + 1)]
    _, outputs = matrix_rows(size.keys, size.ngrams, config)
    row = _FLOAT * config.dim
    arrays += [row * size.keys, row * outputs]
    if config.subword is not None:
        arrays += [size.ngram_bytes, _OFFSET * (size.ngrams + 1), row * size.ngrams]
    return file_size(provenance, arrays)


def checkpoint_bytes(size: RunSize, config: Word2VecSettings, provenance: dict[str, Any]) -> int:
    """Of a checkpoint."""
    inputs, outputs = matrix_rows(size.keys, size.ngrams, config)
    row = _FLOAT * config.dim
    return file_size(provenance, (row * inputs, row * outputs))
