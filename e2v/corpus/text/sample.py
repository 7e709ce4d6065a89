"""What a part of a text tells of the whole: words, sentences, the vocabulary, and how fast it is read."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.text import encoder
from e2v.corpus.text.blocks import blocks
from e2v.corpus.text.build import AHEAD, BLOCK, MOST_THREADS, looked_at
from e2v.corpus.text.growth import Growth
from e2v.corpus.text.lexicon import LINE_END, Lexicon
from e2v.corpus.text.settings import VocabSettings
from e2v.corpus.text.tokenizers import TOKENIZERS, Tokenizer
from e2v.errors import InputError
from e2v.inputs.read_ahead import read_ahead
from e2v.inputs.sampled import SampledText
from e2v.inputs.sources import Source, open_sources
from e2v.store import Keys

#: Bytes of a block of a sample: the smaller, the less do the subjects of its lines matter.
_BLOCK = 1 << 18
#: Blocks by which it is told how fast the text is read.
_FIRST_BLOCKS = 8


@dataclass(frozen=True)
class TextSample:
    """A part of a text, encoded.

    share: of the whole, above 0 to 1. bytes: of the whole text, decompressed. loading: seconds that loading
    the kernels took; seconds: reading the part, in as many threads as the text will be read in; merging:
    putting its words together.
    sources: what was read, so far.
    keys: the different words of the part, those of each thread put together. ids: int32[n], a row of `keys`
    for each word, LINE_END after each line. counts: how often each key occurs. growth: of the vocabulary.
    """

    share: float
    bytes: int
    loading: float
    seconds: float
    merging: float
    sources: Sequence[Source]
    keys: Keys
    ids: NDArray[np.int32]
    counts: NDArray[np.int64]
    growth: Growth

    @property
    def words(self) -> int:
        """Of the whole."""
        return round(np.count_nonzero(self.ids >= 0) / self.share)

    @property
    def lines(self) -> int:
        """Of the whole."""
        return round(np.count_nonzero(self.ids == LINE_END) / self.share)


def sample_text(inputs: Sequence[str], options: VocabSettings, seconds: float) -> TextSample:
    """Read a part of a text for about so many seconds; or all of it, if that takes no longer.

    Raises:
        UsageError: an input can be read only once.
        InputError: as `build_corpus`.
    """
    sources = open_sources(inputs, options.encoding)
    tokenizer = TOKENIZERS[options.tokenizer]()
    sampled = SampledText(sources, options.encoding, _BLOCK)
    text = looked_at(iter(sampled), sources[0], options)
    began = time.monotonic()
    _encoded([b"a\n"], tokenizer, options)
    loading, began = time.monotonic() - began, time.monotonic()
    first = list(itertools.islice(text, _FIRST_BLOCKS))
    _encoded(first, tokenizer, options)
    spent = time.monotonic() - began
    if whole := spent <= seconds * sampled.share:
        sources = open_sources(inputs, options.encoding)
        for source in sources:
            source.tells = False  # it has been told of
        all_of_it = read_ahead(blocks(sources, tokenizer, BLOCK), AHEAD)
    else:
        all_of_it = read_ahead(itertools.chain(first, _until(text, began + seconds)), AHEAD)
    read_bytes = 0

    def counted(blocks: Iterable[bytes]) -> Iterator[bytes]:
        nonlocal read_bytes
        for block in blocks:
            read_bytes += len(block)
            yield block

    with closing(all_of_it) as read:
        began = time.monotonic()
        found, lexicons = _encoded(counted(read), tokenizer, options)
        ended = time.monotonic()
    share = 1.0 if whole else sampled.share
    merged, numbers = encoder.merge(lexicons, options.lowercase)
    rows = encoder.rows_of_ids(lexicons, numbers, np.arange(len(merged)))
    found = [np.where(ids >= 0, rows[ids], LINE_END) for ids in found]
    if not len(merged):
        raise InputError(f"{', '.join(map(str, sources[:3]))}: no words", "the input is empty or blank")
    halves, quarters = (0.0, 0.0) if whole else (_different(found, len(merged), n) for n in (2, 4))
    return TextSample(
        share=share,
        bytes=read_bytes if whole else sampled.size,
        loading=loading,
        seconds=ended - began,
        merging=time.monotonic() - ended,
        sources=sources,
        keys=merged.keys,
        ids=np.concatenate(found),
        counts=merged.counts,
        growth=Growth(merged.counts, share, halves, quarters),
    )


def _encoded(
    text: Iterable[bytes], tokenizer: Tokenizer, options: VocabSettings
) -> tuple[list[NDArray[np.int32]], list[Lexicon]]:
    """The ids of each block, and the lexicons that they are of."""
    threads = min(options.threads, MOST_THREADS)
    lexicons = [Lexicon(base, threads) for base in range(threads)]
    return list(encoder.encode_blocks(text, tokenizer, lexicons)), lexicons


def _until(blocks: Iterable[bytes], end: float) -> Iterator[bytes]:
    """The blocks that there is time for."""
    for block in blocks:
        yield block
        if time.monotonic() > end:
            break


def _different(blocks: Sequence[NDArray[np.int32]], keys: int, parts: int) -> float:
    """How many different words there are in each so many-th of the blocks, on average."""
    total = 0
    for part in range(parts):
        seen = np.zeros(keys + 1, bool)  # the last is LINE_END
        for ids in blocks[part::parts]:
            seen[ids] = True
        total += int(np.count_nonzero(seen[:-1]))
    return max(1.0, total / parts)
