"""From text to the shards of a corpus by several processes, each of which has a part of the files.

A process counts its files and writes down their ids, which are provisional. The counts of all are merged
here, and one vocabulary is chosen; the processes replace the ids by rows of it, and write the shards. All
they share is a folder: what is called there reads files and writes new ones of its own, so that it may be
called again where a process is lost.

The shards have the bytes of those that one process writes.
"""

from __future__ import annotations

import contextlib
import os
import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from e2v.corpus.shards import Cut, ShardedTokens, cuts, write_shard
from e2v.corpus.text import build
from e2v.corpus.text.blocks import blocks
from e2v.corpus.text.settings import VocabSettings
from e2v.corpus.text.tokenizers import TOKENIZERS
from e2v.errors import InputError
from e2v.inputs.mapped import map_file
from e2v.inputs.read_ahead import read_ahead
from e2v.inputs.sources import Source, open_sources, shown_as, told_of_twins
from e2v.progress import Progress, Report, silent
from e2v.settings import recorded
from e2v.store import ArtifactWriter, Keys, open_artifact
from e2v.store.explain import explained
from e2v.store.provenance import made_by

#: All of the corpus but its tokens, in the folder of the shards; a message calls what is made there so, too.
_WHOLE = "whole.e2v"


class Calls(Protocol):
    """Calls of functions by several processes.

    workers: how many calls there are at a time. threads: that each of them has.
    """

    workers: int
    threads: int

    def made(
        self, function: Callable[..., Any], calls: Sequence[Sequence[Any]], threads: int
    ) -> Iterator[tuple[int, Any]]:
        """What a function makes of each of these arguments, with the number of the call, in any order."""


@dataclass(frozen=True)
class Part:
    """The files of a process, in their order. paths: where they are; names: as the user wrote them."""

    paths: tuple[str, ...]
    names: tuple[str, ...]


class Counted(NamedTuple):
    """The words of a part.

    keys, counts: int64[n], of its different words. numbers: int32[...], which of them each provisional id
    is, -1 for none. ids: the file of the ids, int32. words: how many there are in all. records: of the files.
    """

    keys: Keys
    counts: NDArray[np.int64]
    numbers: NDArray[np.int32]
    ids: Path
    words: int
    records: list[dict[str, Any]]


class Encoded(NamedTuple):
    """The sentences of a part.

    tokens: the file of its tokens, int32. ends: that of their number up to the end of each sentence, int64.
    met: the fields of `counting.LineState`.
    """

    tokens: Path
    ends: Path
    met: tuple[int, ...]


def build_shards(
    inputs: Sequence[str],
    paths: Sequence[Path],
    options: VocabSettings,
    calls: Calls,
    report: Report = silent,
) -> build.CorpusSummary:
    """Count, prune, order and encode text into shards.

    Args:
        inputs: files, or globs, read in this order.
        paths: of the shards, in a folder for them alone, which all processes see.
        options: as of `build_corpus`.
        calls: what has processes work.
        report: see `e2v.progress`.

    Raises:
        InputError: as `build_corpus`; an input is no file that other processes could read; there are too few
            sentences.
        OutputError: an output cannot be written.
    """
    sources = open_sources(inputs, options.encoding)
    for source in sources:
        if source.is_stdin or source.size is None:
            raise InputError(
                f"{source} is no file that the workers of a cluster could read", "write it to one first"
            )
    report(build.reading(sources, {}))
    _look_at(sources, options)
    folder, threads = paths[0].parent, calls.threads
    options = replace(options, threads=threads)
    counted = _counted(calls, _parts(sources, calls.workers), options, folder, report)
    words = sum(each.words for each in counted)
    if not words:
        raise build.no_words(sources)
    records = told_of_twins([record for each in counted for record in each.records])
    provenance = made_by("vocab", settings=recorded(options), inputs=records)
    given = build.given_vocabulary(options, provenance)

    from e2v.corpus.text.lexicon import Lexicon
    from e2v.kernels.text.counting import LineState

    report(Progress("encoding"))
    whole = Lexicon()
    numbers = [whole.intern(each.keys, each.counts) for each in counted]
    vocabulary, rows = build.vocabulary_of(whole, given, options)
    to_encode = [
        (each.ids, each.numbers, rows[of_part].astype(np.int32), options)
        for each, of_part in zip(counted, numbers, strict=True)
    ]
    made: dict[int, Encoded] = {}
    for number, each in calls.made(encode_part, to_encode, threads):
        made[number] = each
        counted[number].ids.unlink()
    encoded = [made[number] for number in range(len(made))]
    report(Progress("writing"))
    met = LineState(*map(sum, zip(*(each.met for each in encoded), strict=True)))
    without_tokens = folder / _WHOLE
    with ArtifactWriter(without_tokens, "corpus", provenance) as writer:
        writer.add("tokens", np.empty(0, np.int32))
        offsets = writer.stream("offsets", np.int64)
        offsets.write(np.zeros(1, np.int64))
        starts = accumulate((len(_mapped(each.tokens, np.int32)) for each in encoded), initial=0)
        for start, each in zip(starts, encoded, strict=False):
            for ends in _pieces(_mapped(each.ends, np.int64)):
                offsets.write(ends + start)
        writer.add_keys("keys", vocabulary.keys)
        writer.add("counts", vocabulary.counts)
        summary = build.summary_of(words, vocabulary, rows, met, offsets.rows - 1)
        provenance.update(text=asdict(summary))
    of_parts = [each.tokens for each in encoded]
    to_write = [
        (without_tokens, of_parts, path, cut)
        for path, cut in zip(paths, cuts(open_artifact(without_tokens, "corpus"), len(paths)), strict=True)
    ]
    for _ in calls.made(write_part, to_write, 1):
        pass
    build.save_counts(whole, options)
    return summary


def _look_at(sources: Sequence[Source], options: VocabSettings) -> None:
    """Refuse what is no text, and tell what surprises, as `build_corpus` does.

    Raises:
        InputError: see `build.looked_at`.
    """
    sources = [Source(source.name, options.encoding) for source in sources]
    for source in sources:
        source.tells = False  # whoever reads it whole does
    text = blocks(sources, TOKENIZERS[options.tokenizer](), build.BLOCK)
    next(build.looked_at(text, sources[0], options), None)


def _parts(sources: Sequence[Source], parts: int) -> list[Part]:
    """The files in at most so many runs, of about as many bytes each; a file is not cut."""
    sizes = [source.size or 0 for source in sources]
    total, before = max(1, sum(sizes)), accumulate(sizes, initial=0)
    runs: dict[int, list[str]] = {}
    for source, size, start in zip(sources, sizes, before, strict=False):
        middle = (2 * start + size) * parts // (2 * total)
        runs.setdefault(min(middle, parts - 1), []).append(source.name)
    return [Part(tuple(map(os.path.abspath, names)), tuple(names)) for names in runs.values()]


def _counted(
    calls: Calls, parts: Sequence[Part], options: VocabSettings, folder: Path, report: Report
) -> list[Counted]:
    found: dict[int, Counted] = {}
    to_count = [(part, options, folder) for part in parts]
    total = sum(Path(path).stat().st_size for part in parts for path in part.paths)
    for number, each in calls.made(count_part, to_count, calls.threads):
        found[number] = each
        done = sum(record["bytes"] for one in found.values() for record in one.records)
        words = sum(one.words for one in found.values())
        report(Progress("reading", "bytes", done, total, {"words": words}))
    return [found[number] for number in range(len(parts))]


def count_part(part: Part, options: VocabSettings, folder: Path) -> Counted:
    """Count the words of some files, and write down their ids.

    Raises:
        InputError: one is missing, unreadable, damaged or no text. OutputError: the ids cannot be written.
    """
    from e2v.corpus.text import encoder
    from e2v.corpus.text.lexicon import Lexicon

    for path in (folder, *map(Path, part.paths)):
        if not path.exists():
            raise InputError(
                f"{path} is not on {platform.node()}", "put it where all machines of the cluster see it"
            )
    threads = min(options.threads, build.MOST_THREADS)
    lexicons = [Lexicon(base, threads) for base in range(threads)]
    tokenizer = TOKENIZERS[options.tokenizer]()
    words = 0
    with contextlib.ExitStack() as stack:
        for at, name in zip(part.paths, part.names, strict=True):
            stack.enter_context(shown_as(Path(at), name))
        sources = [Source(at, options.encoding, nameable=True) for at in part.paths]
        file, ids = stack.enter_context(_new_file(folder))
        text = read_ahead(blocks(sources, tokenizer, build.BLOCK), build.AHEAD)
        stack.enter_context(closing(text))
        for of_block in encoder.encode_blocks(text, tokenizer, lexicons):
            file.write(of_block.data)
            words += int(np.count_nonzero(of_block >= 0))
        records = [source.record() for source in sources]
    whole, numbers = encoder.merge(lexicons, options.lowercase)
    of_ids = encoder.rows_of_ids(lexicons, numbers, np.arange(len(whole)))
    return Counted(whole.keys, whole.counts, of_ids, ids, words, records)


def encode_part(
    ids: Path, numbers: NDArray[np.int32], rows: NDArray[np.int32], options: VocabSettings
) -> Encoded:
    """Make tokens of provisional ids.

    ids, numbers: from `count_part`. rows: of its keys in the vocabulary, int32[n], -1 for none.

    Raises:
        OutputError: they cannot be written.
    """
    from e2v.corpus.text import encoder

    of_ids = np.append(rows, np.int32(-1))[numbers]
    threads = min(options.threads, build.MOST_THREADS)
    with _new_file(ids.parent) as (file, tokens), _new_file(ids.parent) as (ends_file, ends):
        cutter = encoder.SentenceCutter(of_ids, options.max_sentence_length, False, ends_file, threads)
        chunks = (chunk.copy() for chunk in _pieces(_mapped(ids, np.int32)))
        for made in cutter(chunks):
            file.write(made.data)
    return Encoded(tokens, ends, tuple(cutter.state))


def write_part(without_tokens: Path, of_parts: Sequence[Path], path: Path, cut: Cut) -> None:
    """Write a shard of the corpus whose tokens are in files of their own.

    Raises:
        OutputError: it cannot be written.
    """
    tokens = ShardedTokens([_mapped(each, np.int32) for each in of_parts])
    write_shard(open_artifact(without_tokens, "corpus"), tokens, path, cut)


@contextlib.contextmanager
def _new_file(folder: Path) -> Iterator[tuple[Any, Path]]:
    """A new file in the folder that all processes share, to be written; it stays there.

    Raises:
        OutputError: it cannot be.
    """
    whole = folder / _WHOLE
    with explained(whole, whole), tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        yield file, Path(file.name)


def _mapped(path: Path, dtype: type[np.generic]) -> NDArray[Any]:
    """The numbers of a file, read-only."""
    return np.frombuffer(map_file(path), dtype) if path.stat().st_size else np.empty(0, dtype)


def _pieces(numbers: NDArray[Any]) -> Iterator[NDArray[Any]]:
    for first in range(0, len(numbers), build.IDS_AT_ONCE):
        yield numbers[first : first + build.IDS_AT_ONCE]
