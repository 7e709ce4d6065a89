"""From text to a corpus file in one pass over the input.

Threads count words and encode blocks of text, each with a lexicon of its own whose ids are provisional; the
ids go straight to their place in the file. When all is read, the lexicons are merged, the
vocabulary is chosen, and the ids in the file are replaced in place. So memory grows with the number of
different words, not with the text, and the disk holds the ids once.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.text import first_look
from e2v.corpus.text.blocks import blocks
from e2v.corpus.text.counts_file import read_counts, write_counts
from e2v.corpus.text.settings import VocabSettings
from e2v.corpus.text.tokenizers import TOKENIZERS, Tokenizer
from e2v.corpus.vocabulary import Vocabulary, frozen_vocabulary, order_rows
from e2v.errors import Advice, InputError
from e2v.inputs.read_ahead import read_ahead
from e2v.inputs.sources import Source, open_sources, source_records
from e2v.notices import hint, notice
from e2v.progress import Progress, Report, reported, silent
from e2v.settings import recorded
from e2v.store import ArtifactWriter, open_artifact
from e2v.store.provenance import made_by

if TYPE_CHECKING:  # they import numba
    from e2v.corpus.text.lexicon import Lexicon
    from e2v.kernels.text.counting import LineState

BLOCK = 1 << 21  # bytes: long enough to hide Python's part, short enough for the cache
AHEAD = 16  # blocks read in advance
IDS_AT_ONCE = 1 << 18  # recoded together: threads have a few such pieces each
_ENDS_AT_ONCE = 1 << 16
MOST_THREADS = 64  # each counts words by itself, and their ids must be numbers of 32 bits
_MOST_WORDS = 2**62  # in a line that is not cut


@dataclass(frozen=True, slots=True)
class CorpusSummary:
    """What became of the text.

    words_read, words_kept: occurrences; the others were not in the vocabulary.
    types_read, types_kept: different words of the text; keys: size of the vocabulary, which may have others.
    lines: that had a word; lines_cut: that were too long for one sentence; sentences: written.
    """

    words_read: int
    words_kept: int
    types_read: int
    types_kept: int
    keys: int
    lines: int
    lines_cut: int
    sentences: int


def build_corpus(
    inputs: Sequence[str],
    output: Path,
    options: VocabSettings,
    report: Report = silent,
) -> CorpusSummary:
    """Count, prune, order and encode text into the corpus file `output`, which appears whole or not at all.

    Args:
        inputs: files, globs, or '-' for stdin, read in this order.
        output: the corpus to write.
        options: see `VocabSettings`.
        report: see `e2v.progress`.

    Raises:
        InputError: an input is missing, unreadable, damaged or no text; no word is left.
        OutputError: an output cannot be written.
    """
    sources = open_sources(inputs, options.encoding)
    report(reading(sources, {}))
    tokenizer = TOKENIZERS[options.tokenizer]()
    provenance = _provenance(sources, options)  # its length, which shapes the file, is that of nothing read
    with closing(read_ahead(blocks(sources, tokenizer, BLOCK), AHEAD)) as text:
        looked = looked_at(text, sources[0], options)
        return _build(looked, sources, output, options, provenance, tokenizer, report)


def looked_at(text: Iterator[bytes], source: Source, options: VocabSettings) -> Iterator[bytes]:
    """The blocks of text, the first one looked at: what is no text is refused, what surprises is told.

    Raises:
        InputError: it is a table, or no text, and the tokenizer has not been named.
    """
    for head in text:
        if not options.tokenizer_given:
            first_look.refuse_table(source, head)
            first_look.refuse_binary(source, head)
            if first_look.is_page(head):
                notice(f"{source} is an HTML page; its tags are read as words")
            if first_look.is_of_values(head):
                notice(
                    f"{source} has values between commas or the like without blanks, as lists of items do; "
                    f"it is read as text; e2v events {source.name} --layout baskets reads lists"
                )
        for surprise in _surprises(head, options):
            hint(Advice("{}: {}", source, surprise))
        yield head
        break
    yield from text


def _surprises(head: bytes, options: VocabSettings) -> Iterator[str]:
    """What a user may not expect of a text that begins so, and how it is mended."""
    if options.encoding is None and (ill := first_look.not_utf8(head)):
        yield Advice(
            "{:,} bytes near its beginning are not UTF-8; {encoding} names its encoding, "
            "for instance gb18030, shift-jis or koi8-r",
            ill,
        )
        return
    if options.tokenizer == "character" or (options.tokenizer == "whitespace" and options.tokenizer_given):
        return
    if script := first_look.unsegmented(head):
        yield Advice(
            "{} without blanks between words; {tokenizer} character takes each character as a word; "
            "docs/chinese-and-japanese.md shows how to get words",
            script,
        )
        return
    given = options.vocab or options.counts or options.update
    if options.tokenizer == "whitespace" and not given:
        alike = first_look.spellings(head, lowercase=options.lowercase)
        mended = "{tokenizer} word" if options.lowercase else "{tokenizer} word with {lowercase}"
        if alike:
            yield Advice(f"{{}} are different words; {mended} makes them one", " and ".join(alike))


def _build(
    text: Iterator[bytes],
    sources: Sequence[Source],
    output: Path,
    options: VocabSettings,
    provenance: dict[str, Any],
    tokenizer: Tokenizer,
    report: Report,
) -> CorpusSummary:
    """Count, prune, order and encode the sources' blocks of text, which are being read already."""
    from e2v.corpus.text import encoder  # imports numba: time in which a good part of the text can be read
    from e2v.corpus.text.lexicon import Lexicon

    threads = min(options.threads, MOST_THREADS)
    lexicons = [Lexicon(base, threads) for base in range(threads)]
    given = given_vocabulary(options, provenance)
    with ArtifactWriter(output, "corpus", provenance) as writer, _scratch_file(output) as ends:
        tokens = writer.stream("tokens", np.int32, draft=True)
        words = 0
        for ids in encoder.encode_blocks(text, tokenizer, lexicons):
            tokens.write(ids)
            words += int(np.count_nonzero(ids >= 0))
            report(reading(sources, {"words": words}))
        if not words:
            raise no_words(sources)

        report(Progress("encoding"))
        whole, numbers = encoder.merge(lexicons, options.lowercase)
        vocabulary, rows = vocabulary_of(whole, given, options)

        longest = _MOST_WORDS if options.keep_lines else options.max_sentence_length
        cutter = encoder.SentenceCutter(
            encoder.rows_of_ids(lexicons, numbers, rows), longest, options.keep_lines, ends, threads
        )
        total = tokens.rows
        tokens.rewrite(lambda ids: cutter(reported(ids, report, "encoding", total=total)), IDS_AT_ONCE)
        report(Progress("writing"))
        offsets = writer.stream("offsets", np.int64)
        for chunk in _read_back(ends):
            offsets.write(chunk)
        writer.add_keys("keys", vocabulary.keys)
        writer.add("counts", vocabulary.counts)
        sentences = cutter.state.lines if options.keep_lines else offsets.rows - 1
        summary = summary_of(words, vocabulary, rows, cutter.state, sentences)
        provenance.update(_provenance(sources, options), text=asdict(summary))
        save_counts(whole, options)
    return summary


def vocabulary_of(
    whole: Lexicon, given: Vocabulary | None, options: VocabSettings
) -> tuple[Vocabulary, NDArray[np.int64]]:
    """The vocabulary of a text, and the row in it of each of its words: int64[len(whole)], -1 for none.

    whole: all words of the text. given: from `given_vocabulary`.

    Raises:
        InputError: no word of the text is in it.
    """
    from e2v.corpus.text import encoder

    if given is None:
        vocabulary, rows = encoder.choose(whole, options.min_count, options.max_vocab)
    elif options.update:
        vocabulary, rows = encoder.extend(given, whole, options.min_count)
    else:
        vocabulary, rows = given, encoder.find(whole.keys, given)
    if not (rows >= 0).any():
        raise _nothing_left(options)
    return vocabulary, rows


def summary_of(
    words: int, vocabulary: Vocabulary, rows: NDArray[np.int64], met: LineState, sentences: int
) -> CorpusSummary:
    """What became of a text of so many words; rows: from `vocabulary_of`. met: in all lines."""
    return CorpusSummary(
        words_read=words,
        words_kept=met.tokens,
        types_read=len(rows),
        types_kept=int(np.count_nonzero(rows >= 0)),
        keys=len(vocabulary.keys),
        lines=met.lines,
        lines_cut=met.lines_cut,
        sentences=sentences,
    )


def save_counts(whole: Lexicon, options: VocabSettings) -> None:
    """Write the list of all words of the text, if it is asked for.

    Raises:
        OutputError: it cannot be written.
    """
    if options.save_counts:
        order = order_rows(whole.keys, whole.counts, np.arange(len(whole)))
        write_counts(options.save_counts, whole.keys.take(order), whole.counts[order])


def _provenance(sources: Sequence[Source], options: VocabSettings) -> dict[str, Any]:
    """How the corpus is made; until the inputs are read, their sizes and digests are those of nothing."""
    return made_by("vocab", settings=recorded(options), inputs=source_records(sources))


def given_vocabulary(options: VocabSettings, provenance: dict[str, Any]) -> Vocabulary | None:
    """The vocabulary that is not counted here, if one is given; where it is from is noted in `provenance`.

    Raises:
        InputError: it cannot be read, or has no word that is frequent enough.
    """
    from e2v.corpus.text import encoder
    from e2v.corpus.text.lexicon import Lexicon

    if path := options.vocab or options.update:
        artifact = open_artifact(path)
        provenance["vocabulary"] = {"name": str(path), "digest": artifact.digest}
        return frozen_vocabulary(artifact)
    if not options.counts:
        return None
    source = Source(str(options.counts))
    counted = Lexicon()
    counted.intern(*read_counts(source))
    provenance["vocabulary"] = source.record()
    vocabulary, _ = encoder.choose(counted, options.min_count, options.max_vocab)
    if not vocabulary.keys:
        raise InputError(
            f"{source}: no word has a count of {options.min_count} or more", Advice("lower {min_count}")
        )
    return vocabulary


def no_words(sources: Sequence[Source]) -> InputError:
    """The error where these have none."""
    return InputError(f"{', '.join(map(str, sources[:3]))}: no words", "the input is empty or blank")


def _nothing_left(options: VocabSettings) -> InputError:
    if options.vocab or options.counts:
        return InputError(f"no word of the text is in the vocabulary of {options.vocab or options.counts}")
    return InputError(f"no word occurs {options.min_count} times", Advice("lower {min_count}"))


def _scratch_file(output: Path) -> IO[bytes]:
    """A file without a name, where there is room for the output, too."""
    return tempfile.TemporaryFile(dir=Path(os.path.realpath(output)).parent)


def _read_back(ends: IO[bytes]) -> Iterator[NDArray[np.int64]]:
    """The offsets of sentences: 0, and what was written to `ends`."""
    yield np.zeros(1, np.int64)
    ends.seek(0)
    while chunk := ends.read(8 * _ENDS_AT_ONCE):
        yield np.frombuffer(chunk, np.int64)


def reading(sources: Sequence[Source], figures: Mapping[str, float]) -> Progress:
    """How far the reading of the sources is, in bytes, compressed or not."""
    sizes = [source.size for source in sources if source.size is not None]
    total = sum(sizes) if len(sizes) == len(sources) else None
    return Progress("reading", "bytes", sum(source.position for source in sources), total, figures)
