"""Inputs of commands that work on a corpus, and encode text first if that is what they are given."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2v.cli.commands.vocab import print_summary
from e2v.cli.shared.messages import note
from e2v.cli.shared.progress import ProgressDisplay, ProgressMode
from e2v.errors import ForeignFileError, OutputError, UsageError

if TYPE_CHECKING:
    from e2v.corpus.artifact import Corpus

#: No .e2v file is as short as a text may be.
_LEAST_BYTES = 8

#: Inputs that a message names.
_NAMED = 3


@contextlib.contextmanager
def encoded(
    inputs: list[str],
    output: Path | None,
    given: Mapping[str, Any],
    defaults: Mapping[str, Any],
    progress: ProgressMode,
) -> Iterator[Corpus]:
    """The corpus that `inputs` are, or are text for: then it is made beside the output, and removed after.

    given: the vocabulary options of the user, None where there is none; they belong to text. defaults: for
    those that are not given.
    """
    from e2v.corpus.artifact import open_corpus
    from e2v.corpus.text.build import build_corpus
    from e2v.corpus.text.settings import resolve

    if len(inputs) == 1 and Path(inputs[0]).is_file() and Path(inputs[0]).stat().st_size >= _LEAST_BYTES:
        with contextlib.suppress(ForeignFileError):  # text, then
            corpus = open_corpus(inputs[0])
            for name, value in given.items():
                if value is not None:
                    raise UsageError(
                        f"--{name.replace('_', '-')} applies to text, and {inputs[0]} is encoded already",
                        "give it to e2v vocab",
                    )
            yield corpus
            return
    with scratch_beside(output) as folder:
        path = folder / "corpus.e2v"
        options = resolve({**defaults, **{name: value for name, value in given.items() if value is not None}})
        began = time.monotonic()
        with ProgressDisplay(progress, "vocab", "bytes") as display:
            try:
                summary = build_corpus(
                    inputs,
                    path,
                    options,
                    lambda read: display.update(read.bytes, read.total_bytes),
                    lambda message: note(message, progress),
                )
            except OutputError as error:
                what = error.message.removeprefix(f"cannot write {path}: ")
                raise OutputError(
                    f"cannot write the corpus of the text: {what}",
                    f"make room on the disk of {folder.parent}",
                ) from error
        print_summary(summary, Path("corpus"), options, time.monotonic() - began, progress)
        yield open_corpus(path, _name(inputs))


def _name(inputs: list[str]) -> str:
    """What a corpus made of these inputs is called in messages."""
    shown = ["stdin" if name == "-" else name for name in inputs[:_NAMED]]
    return ", ".join(shown) + (" ..." if len(inputs) > _NAMED else "")


@contextlib.contextmanager
def scratch_beside(output: Path | None) -> Iterator[Path]:
    """A folder beside the output, where there is room for a corpus, gone at the end; without one, where
    temporary files are kept.
    """
    from e2v.store import scratch_folder

    with tempfile.TemporaryDirectory(prefix="e2v-") if output is None else scratch_folder(output) as name:
        yield Path(name)
