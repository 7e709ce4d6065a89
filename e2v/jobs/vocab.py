"""Text becomes a corpus."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from e2v.corpus.artifact import Corpus, open_corpus
from e2v.corpus.shards import open_corpora, write_shards
from e2v.corpus.text.build import CorpusSummary, build_corpus
from e2v.corpus.text.settings import VocabSettings, resolve_vocab
from e2v.corpus.updated import UpdatedCorpus
from e2v.errors import ForeignFileError, InputError, OutputError, SettingError
from e2v.jobs.making import digest, leave_unchanged, records, source_names
from e2v.notices import detail
from e2v.progress import Progress, Report, silent
from e2v.settings import described, recorded
from e2v.store import Artifact, Output, open_artifact, reserved, scratch_folder, temporary_folder
from e2v.store.sharded import atomic_shards, shard_paths, shard_pattern

#: No .e2v file is as short as a text may be.
_LEAST_BYTES = 8
#: Inputs that a message names.
_NAMED = 3


@dataclass(frozen=True)
class VocabResult:
    """A corpus of text; `output` is None for one that a job makes for itself, and a glob for shards."""

    output: Path | None
    settings: VocabSettings
    summary: CorpusSummary
    seconds: float


def vocab(
    inputs: Sequence[str],
    output: Output,
    given: Mapping[str, Any],
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> VocabResult | None:
    """Count the words of text, and encode them; None if `if_changed` and nothing has.

    given: of `VocabSettings`, by name.

    Raises:
        E2VError: see `build_corpus`, `resolve_vocab` and `reserved`.
    """
    settings = resolve_vocab(given)
    outputs = [
        replace(output, kinds=("corpus",), shards=settings.shards),
        *([Output(settings.save_counts, kinds=())] if settings.save_counts else []),
    ]
    with reserved("vocab", outputs, [*source_names(inputs), settings.counts, settings.vocab]):
        comparable = if_changed and settings.save_counts is None  # which no provenance vouches for
        if comparable:
            report(Progress("comparing"))
            if _is_unchanged(output.path, made_of(inputs, settings, output.path), settings.shards):
                return None
        if settings.shards is not None:
            return _build_shards(inputs, output.path, settings, settings.shards, report)
        return _build(inputs, output.path, settings, report)


def made_of(inputs: Sequence[str], settings: VocabSettings, output: Path) -> dict[str, Any]:
    """What the provenance of a corpus of text will say."""
    vocabulary = digest(settings.vocab or settings.update, output)
    if settings.counts:
        (vocabulary,) = records([settings.counts])
    return {"settings": recorded(settings), "inputs": records(inputs), "vocabulary": vocabulary}


def _is_unchanged(output: Path, expected: Mapping[str, Any], shards: int | None) -> bool:
    """Whether a corpus, or all shards of it, is what would be made; see `leave_unchanged`."""
    if shards is None:
        return leave_unchanged(output, "vocab", {**expected, "shard": None})
    places = ({"number": number, "of": shards} for number in range(1, shards + 1))
    return all(
        leave_unchanged(path, "vocab", {**expected, "shard": place})
        for path, place in zip(shard_paths(output, shards), places, strict=True)
    )


def _build_shards(
    inputs: Sequence[str], output: Path, settings: VocabSettings, shards: int, report: Report
) -> VocabResult:
    """Build the shards; all of them appear, or none."""
    detail(f"text: {described(settings)}")
    began = time.monotonic()
    paths = shard_paths(output, shards)
    with atomic_shards(output, shards) as folder:
        made_as = [folder / path.name for path in paths]
        try:
            summary = _build_in(folder, inputs, made_as, settings, report)
        except OutputError as error:
            what = error.message
            for path, shown in zip([*made_as, folder / "whole.e2v"], [*paths, output], strict=True):
                what = what.replace(str(path), str(shown))
            hint = error.hint and error.hint.replace(str(folder), str(folder.parent))
            raise OutputError(what, hint) from error
    return VocabResult(shard_pattern(output, shards), settings, summary, time.monotonic() - began)


def _build_in(
    folder: Path, inputs: Sequence[str], paths: Sequence[Path], settings: VocabSettings, report: Report
) -> CorpusSummary:
    """Build shards in a folder: on a cluster; or in one file, as the text is read once, which is cut up."""
    if settings.engine == "ray":
        from e2v.corpus.text.apart import build_shards
        from e2v.ray_cluster import RayCalls, threads_asked

        threads = threads_asked(settings.threads)
        with RayCalls(settings.workers, threads, settings.address, report) as calls:
            return build_shards(inputs, paths, settings, calls, report)
    whole = folder / "whole.e2v"
    summary = build_corpus(inputs, whole, settings, report)
    report(Progress("writing"))
    write_shards(whole, paths)
    return summary


def _build(
    inputs: Sequence[str], output: Path, settings: VocabSettings, report: Report, *, inner: bool = False
) -> VocabResult:
    detail(f"text: {described(settings)}")
    began = time.monotonic()
    summary = build_corpus(inputs, output, settings, report)
    return VocabResult(None if inner else output, settings, summary, time.monotonic() - began)


@contextlib.contextmanager
def encoded(
    inputs: Sequence[str], output: Path | None, given: Mapping[str, Any], report: Report, **defaults: Any
) -> Iterator[Corpus]:
    """The corpus that `inputs` are, or are text for: then it is made beside the output, and removed after.

    given: settings of text, by name; they belong to text. defaults: for those that are not given.

    Raises:
        SettingError: one is given, and the input is a corpus.
    """
    if corpus := corpus_for(inputs, given):
        yield corpus
        return
    with scratch_beside(output) as folder:
        path = folder / "corpus.e2v"
        try:
            report(_build(inputs, path, resolve_vocab({**defaults, **given}), report, inner=True))
        except OutputError as error:
            what = error.message.removeprefix(f"cannot write {path}: ")
            raise OutputError(f"cannot write the corpus of the text: {what}", error.hint) from error
        shown = ["stdin" if name == "-" else name for name in inputs[:_NAMED]]
        yield open_corpus(path, ", ".join(shown) + (" ..." if len(inputs) > _NAMED else ""))


def corpus_for(inputs: Sequence[str], given: Mapping[str, Any]) -> Corpus | None:
    """The corpus, if that is what the inputs are; one of histories with the vocabulary of a model to update.

    Raises:
        SettingError: settings of text are given for it.
    """
    corpus = given_corpus(inputs)
    if corpus is None:
        return None
    model = given.get("update") if are_histories(inputs) else None
    refuse_text_settings([name for name in given if name != "update" or model is None], inputs)
    return UpdatedCorpus(corpus, open_artifact(model)) if model else corpus


def are_histories(inputs: Sequence[str]) -> bool:
    """Whether the input is a corpus of histories: one that says whose they are, or whether in order.

    Raises:
        InputError: it cannot be read.
    """
    corpora = _artifacts(inputs)
    return any(corpus.made.flag("ordered") is not None or corpus.has("names") for corpus in corpora)


def mean_set(inputs: Sequence[str]) -> float:
    """How many items or words a set, or sentence, of a corpus has on average; 0 where the input is none.

    Raises:
        InputError: it cannot be read.
    """
    arrays = [corpus.arrays for corpus in _artifacts(inputs)]
    sets = sum(len(each["offsets"]) - 1 for each in arrays)
    return sum(len(each["tokens"]) for each in arrays) / max(1, sets)


def _artifacts(inputs: Sequence[str]) -> list[Artifact]:
    """The corpora that all inputs are, globs being matched; none, if they are something else.

    Raises:
        InputError: there is no such file; it is an .e2v file of another kind, or damaged; some are corpora.
    """
    found, text = [], []
    for name in source_names(inputs):
        path = Path(name)
        if not (path.is_file() and path.stat().st_size >= _LEAST_BYTES):
            text.append(name)
            continue
        try:
            found.append(open_artifact(path, "corpus"))
        except ForeignFileError:
            text.append(name)
    if found and text:
        raise InputError(
            f"{text[0]} is text, and {found[0].path} is a corpus", "name text, or a corpus, or all its shards"
        )
    return found


def refuse_text_settings(given: Iterable[str], inputs: Sequence[str]) -> None:
    """See that no settings of text are given for a corpus.

    Raises:
        SettingError: one is.
    """
    for name in given:
        raise SettingError(
            f"{{{name}}} applies to text, and {{}} is encoded already",
            inputs[0],
            hint="give it to e2v vocab",
        )


def given_corpus(inputs: Sequence[str]) -> Corpus | None:
    """The corpus, if that is what the inputs are: one file, or all shards of one in whatever order.

    Raises:
        InputError: see `open_corpora`.
    """
    corpora = _artifacts(inputs)
    return open_corpora([str(corpus.path) for corpus in corpora]) if corpora else None


@contextlib.contextmanager
def scratch_beside(output: Path | None) -> Iterator[Path]:
    """A folder beside the output, where there is room for a corpus, gone at the end; without one, where
    temporary files are kept.
    """
    with temporary_folder() if output is None else scratch_folder(output) as name:
        yield name
