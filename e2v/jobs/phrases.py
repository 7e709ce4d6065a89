"""Words that stand together become one."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.text.phrases import check_neighbours, find_phrases, join_phrases, lines, prune
from e2v.corpus.text.settings import PhraseSettings, TextSettings, resolve_vocab
from e2v.errors import Advice, SettingError, UsageError
from e2v.inputs.lines import lines as lines_in
from e2v.inputs.sources import Source
from e2v.jobs import vocab
from e2v.jobs.making import leave_unchanged, no_file_to_compare, source_names
from e2v.notices import counted, hint, notice
from e2v.progress import Progress, Report, silent
from e2v.settings import declared, recorded
from e2v.store import Output, atomic_path, reserved
from e2v.store.provenance import made_by


@dataclass(frozen=True)
class PhrasesResult:
    """The phrases, best first, each with its count and score; output: None if they were not joined in a
    file."""

    output: Path | None
    passes: int
    phrases: list[tuple[str, int, float]]


def phrases(
    inputs: Sequence[str],
    output: Output | BinaryIO | None,
    settings: PhraseSettings,
    given: Mapping[str, Any],
    *,
    text: bool,
    if_changed: bool = False,
    report: Report = silent,
) -> PhrasesResult | None:
    """Find phrases and join them; None if `if_changed` and nothing has.

    output: a corpus or text to write; text can be a stream; None writes neither. given: the settings that are
        given,
    by name: those of `TextSettings` belong to text.

    Raises:
        E2VError: see `find_phrases` and `reserved`.
    """
    _check(output, settings, text, if_changed)
    file = output if isinstance(output, Output) else None
    of_text = {name: value for name, value in given.items() if name in declared(TextSettings)}
    with contextlib.ExitStack() as stack:
        read = [*source_names(inputs), settings.stop]
        outputs = [replace(file, kinds=() if text else ("corpus",))] if file else []
        stack.enter_context(reserved("phrases", outputs, read))
        excluded = _words(settings.stop) if settings.stop else frozenset[str]()
        shaping = {**_shaping(settings), "stop": sorted(excluded)}
        # Left out, a rare word would make neighbours of those around it; lines are cut when all is joined.
        as_it_is = {"min_count": 1, "keep_lines": True}
        if file and if_changed:
            report(Progress("comparing"))
            corpus = vocab.given_corpus(inputs)
            of = (
                {"digest": corpus.digest}
                if corpus
                else vocab.made_of(inputs, resolve_vocab({**as_it_is, **of_text}), file.path)
            )
            if leave_unchanged(file.path, "phrases", {"settings": shaping, "text": of}):
                return None
        beside = file.path if file else None
        folder = stack.enter_context(vocab.scratch_beside(beside))
        corpus = stack.enter_context(vocab.encoded(inputs, beside, of_text, report, **as_it_is))
        source = corpus.record()
        for remark in check_neighbours(corpus):
            hint(remark)
        if settings.stop and not any(corpus.keys.find(word) >= 0 for word in excluded):
            notice(f"{settings.stop} has none of the {counted(len(corpus.keys), 'word')} of the text")
        if text and output is not None and corpus.name == str(corpus.path):
            hint(f"{corpus.name} has sentences, not lines: blank ones are missing, long ones cut")
        found, corpus = _find(corpus, settings, excluded, folder, report, join_last=output is not None)
        if file and not text:
            prune(
                corpus,
                file.path,
                settings.min_count,
                settings.max_sentence_length,
                made_by("phrases", settings=shaping, text=source),
                report,
            )
        elif file:
            with atomic_path(file.path) as path, path.open("wb") as to:
                to.writelines(lines(corpus, report))
        elif output is not None and not isinstance(output, Output):
            output.writelines(lines(corpus, report))
    return PhrasesResult(file.path if file else None, settings.passes, found)


def _find(
    corpus: Corpus,
    settings: PhraseSettings,
    excluded: frozenset[str],
    folder: Path,
    report: Report,
    *,
    join_last: bool,
) -> tuple[list[tuple[str, int, float]], Corpus]:
    """The phrases of all passes, and the corpus in which they are joined."""
    found: list[tuple[str, int, float]] = []
    for number in range(settings.passes):
        made = find_phrases(corpus, settings, excluded, report)
        if not len(made.first):
            break
        rows = zip(*(array.tolist() for array in astuple(made)), strict=True)
        found += [
            (f"{corpus.keys[a]}{settings.joiner}{corpus.keys[b]}", count, score)
            for a, b, count, score in rows
        ]
        if join_last or number + 1 < settings.passes:
            path = folder / f"{number}.e2v"
            join_phrases(corpus, made, path, settings.joiner, report)
            corpus = open_corpus(path, corpus.name)
    return found, corpus


def _shaping(settings: PhraseSettings) -> dict[str, Any]:
    """The settings of finding phrases, without those of text."""
    return {name: value for name, value in recorded(settings).items() if name not in declared(TextSettings)}


def _check(output: Output | BinaryIO | None, settings: PhraseSettings, text: bool, if_changed: bool) -> None:
    if output is None and text:
        raise SettingError("{as_text} needs an output", hint="-o FILE, or -o - for stdout")
    if output is None or not isinstance(output, Output):
        if output is not None and not text:
            raise UsageError("a corpus cannot be written to stdout", Advice("name a file, or use {as_text}"))
        if if_changed:
            raise no_file_to_compare()
    if output is not None and text:
        if if_changed:
            raise UsageError(
                "text does not say what it was made of", Advice("write a corpus, or leave out {if_changed}")
            )
        if not settings.joiner:
            raise UsageError(
                "joined by nothing, phrases could not be told from words", Advice("use another {joiner}")
            )
        if len(f"a{settings.joiner}b".encode().split()) != 1:
            raise UsageError(
                "words of a text stand between blanks, and joined by one they would be two again",
                Advice("use another {joiner}, or write a corpus"),
            )


def _words(path: Path) -> frozenset[str]:
    """The words of a stop list."""
    return frozenset(word for _, line in lines_in(Source(str(path))) for word in line.split())
