"""Bytes to token ids: inputs, tokenizers, vocabularies, and the encoder that makes a corpus of text."""

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.build import CorpusSummary, CountProgress, build_corpus, recorded_inputs
from e2v.corpus.options import VocabOptions

__all__ = [
    "Corpus",
    "CorpusSummary",
    "CountProgress",
    "VocabOptions",
    "build_corpus",
    "open_corpus",
    "recorded_inputs",
]
