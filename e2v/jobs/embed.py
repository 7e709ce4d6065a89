"""Lines of text become vectors."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from e2v.corpus.text.build import reading
from e2v.errors import InputError, UsageError
from e2v.formats.npy import write_header
from e2v.inputs.read_ahead import read_ahead
from e2v.inputs.sources import Source, open_sources
from e2v.jobs.making import digest, leave_unchanged, records, source_names
from e2v.notices import counted, detail, notice
from e2v.progress import Progress, Report, silent
from e2v.settings import described, recorded
from e2v.store import ArtifactWriter, Keys, Output, atomic_path, open_artifact, reserved
from e2v.store.provenance import made_by
from e2v.texts.embedder import TextEmbedder, TextVectors
from e2v.texts.lines import text_blocks, texts_as_lines
from e2v.texts.settings import EmbedSettings, TextVectorSettings
from e2v.texts.source import require_words
from e2v.threads import available_cores
from e2v.vectors import load_vectors
from e2v.vectors.matrix import Floats

if TYPE_CHECKING:  # it imports numba
    from e2v.texts.blocks import EmbeddedLines

_AHEAD = 4  # blocks read in advance
_FEW = 10_000  # texts at which the start of the kernels does not pay
_NUMBERS_AT_ONCE = 1 << 16


@dataclass
class EmbedResult:
    """The vectors of texts.

    texts: their number, which is that of the lines. empty: lines without a word. unknown: others, without a
    word that has a vector. The vectors of both are zeros.
    """

    output: Path
    dim: int
    texts: int = 0
    empty: int = 0
    unknown: int = 0


def embedder_of(model: str | Path, settings: TextVectorSettings) -> TextEmbedder:
    """What makes vectors of texts with a model.

    Raises:
        E2VError: see `require_words` and `load_vectors`.
    """
    artifact = open_artifact(model, "model", "vectors")
    require_words(artifact)
    return TextEmbedder(artifact, load_vectors(artifact, settings.vectors, center=settings.center), settings)


def embed_texts(texts: Sequence[str], model: str | Path, settings: TextVectorSettings) -> Floats:
    """float32[n, d]: the vectors of texts; those without a known word are counted, and said.

    Raises:
        E2VError: see `embedder_of`.
    """
    embedder = embedder_of(model, settings)
    if len(texts) <= _FEW:
        made = embedder.embed(texts)
    else:
        from e2v.texts.blocks import embed_blocks

        lines = texts_as_lines(texts)
        parts = [each.made for each in embed_blocks(lines, embedder, available_cores())]
        made = TextVectors(*(np.concatenate(each) for each in zip(*parts, strict=True)))
    if without := int((made.known == 0).sum()):
        notice(f"vectors of zeros: {without:,} of {counted(len(texts), 'text')} without a known word")
    return made.vectors


def embed(
    inputs: Sequence[str],
    output: Output,
    model: str | Path,
    settings: EmbedSettings,
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> EmbedResult | None:
    """Write the vectors of the lines of text, as the output's ending says: .e2v, .npy; None if `if_changed`
    and nothing has.

    Raises:
        E2VError: see `embedder_of`, `text_blocks` and `reserved`; another ending.
    """
    ending = output.path.suffix.lower()
    if ending not in (".e2v", ".npy"):
        raise UsageError(f"{output.path}: what should it be?", "name a .e2v or .npy file")
    if if_changed and ending != ".e2v":
        raise UsageError("a .npy file does not say what it was made of", "name a .e2v file")
    to = Output(output.path, kinds=("vectors",) if ending == ".e2v" else ())
    with reserved("embed", [to], [model, *source_names(inputs)]):
        if if_changed:
            report(Progress("comparing"))
            made_of = {"settings": recorded(settings), "inputs": records(inputs), "model": digest(model)}
            if leave_unchanged(to.path, "embed", made_of):
                return None
        detail(f"texts: {described(settings)}")
        report(Progress("preparing"))
        embedder = embedder_of(model, settings)
        sources = open_sources(inputs, settings.encoding)
        result = EmbedResult(to.path, embedder.dim)
        made = _counted(_embedded(sources, embedder, settings, report), sources, result, report)
        if ending == ".npy":
            _write_npy(to.path, embedder.dim, made)
        else:
            of = open_artifact(model)
            source = {"name": str(of.path), "digest": of.digest}

            def provenance() -> dict[str, Any]:
                inputs_read = [source.record() for source in sources]
                return made_by("embed", settings=recorded(settings), inputs=inputs_read, model=source)

            _write_vectors(to.path, embedder.dim, made, provenance, keyed=settings.with_keys)
    return result


def _embedded(
    sources: Sequence[Source], embedder: TextEmbedder, settings: EmbedSettings, report: Report
) -> Iterator[EmbeddedLines]:
    report(reading(sources, {}))
    with contextlib.closing(read_ahead(text_blocks(sources, keyed=settings.with_keys), _AHEAD)) as blocks:
        from e2v.texts.blocks import embed_blocks  # imports numba, while the text is being read

        yield from embed_blocks(blocks, embedder, settings.threads)


def _counted(
    embedded: Iterator[EmbeddedLines], sources: Sequence[Source], result: EmbedResult, report: Report
) -> Iterator[EmbeddedLines]:
    """The same, counted."""
    for block in embedded:
        without = np.flatnonzero(block.made.known == 0)
        if len(without):
            lines = block.lines.text.split(b"\n")
            empty = sum(not lines[row].strip() for row in without.tolist())
            result.empty += empty
            result.unknown += len(without) - empty
        result.texts += len(block.made.known)
        yield block
        report(reading(sources, {"texts": result.texts}))
    if not result.texts:
        raise InputError(f"{', '.join(map(str, sources[:3]))}: no lines", "the input is empty")


def _write_npy(path: Path, dim: int, embedded: Iterator[EmbeddedLines]) -> None:
    """float32[n, d], a row for each line."""
    with atomic_path(path) as temporary, temporary.open("wb") as out:
        write_header(out, (0, dim), np.float32)
        begin, rows = out.tell(), 0
        for block in embedded:
            out.write(np.ascontiguousarray(block.made.vectors).data)
            rows += len(block.made.vectors)
        out.seek(0)
        write_header(out, (rows, dim), np.float32)  # which leaves room for any number of rows
        assert out.tell() == begin


def _write_vectors(
    path: Path,
    dim: int,
    embedded: Iterator[EmbeddedLines],
    provenance: Callable[[], dict[str, Any]],
    *,
    keyed: bool,
) -> None:
    """Vectors whose keys are those of the lines, or else their numbers, and whose titles are the texts.

    Texts wait on the disk for the vectors to be written; keys in memory.
    """
    keys: list[bytes] = []
    with (
        _scratch(path) as texts,
        _scratch(path) as ends,
        ArtifactWriter(path, "vectors", provenance()) as writer,
    ):
        vectors = writer.stream("vectors", np.float32, (dim,))
        position = rows = 0
        for block in embedded:
            vectors.write(block.made.vectors)
            text = np.frombuffer(block.lines.text, np.uint8)
            feeds = np.flatnonzero(text == ord("\n"))
            np.delete(text, feeds).tofile(texts)
            (position + feeds - np.arange(len(feeds))).tofile(ends)
            position += len(text) - len(feeds)
            rows += len(feeds)
            keys += block.lines.keys or ()
        if keyed:
            writer.add_keys("keys", Keys.from_strings(keys))
        else:
            _add_numbers(writer, rows)
        _add_streamed(writer, "labels.bytes", texts, np.uint8)
        _add_streamed(writer, "labels.offsets", ends, np.int64, np.zeros(1, np.int64))
        writer.provenance.update(provenance())


def _scratch(output: Path) -> IO[bytes]:
    """A file without a name, where there is room for the output, too."""
    return tempfile.TemporaryFile(dir=output.resolve().parent)


def _add_numbers(writer: ArtifactWriter, rows: int) -> None:
    """The keys 1 to `rows`."""
    firsts = range(1, rows + 1, _NUMBERS_AT_ONCE)
    runs = [range(first, min(first + _NUMBERS_AT_ONCE, rows + 1)) for first in firsts]
    stream = writer.stream("keys.bytes", np.uint8)
    for run in runs:
        stream.write(np.frombuffer(b"".join(b"%d" % number for number in run), np.uint8))
    stream = writer.stream("keys.offsets", np.int64)
    stream.write(np.zeros(1, np.int64))
    end = 0
    for run in runs:
        ends = end + np.cumsum([len(str(number)) for number in run])
        stream.write(ends)
        end = int(ends[-1])


def _add_streamed(
    writer: ArtifactWriter, name: str, file: IO[bytes], dtype: type, *first: np.ndarray[Any, Any]
) -> None:
    """An array that has been written to a file of its own; first: what comes before it."""
    stream = writer.stream(name, dtype)
    for array in first:
        stream.write(array)
    file.seek(0)
    for chunk in iter(lambda: file.read(1 << 20), b""):
        stream.write(np.frombuffer(chunk, dtype))
