"""Inputs of commands that work on a corpus, and encode text first if that is what they are given."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2v.cli.progress import ProgressDisplay, ProgressMode, say
from e2v.cli.vocab import print_summary
from e2v.errors import ForeignFileError, OutputError, UsageError

if TYPE_CHECKING:
    from e2v.corpus import Corpus

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
    from e2v.corpus import build_corpus, open_corpus
    from e2v.corpus.options import resolve

    if output is not None and output.exists():
        for name in inputs:
            if Path(name).exists() and output.samefile(name):
                raise UsageError(f"{output} is an input and would be overwritten", "name another output")
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
    with scratch_folder(output) as folder:
        path = folder / "corpus.e2v"
        options = resolve({**defaults, **{name: value for name, value in given.items() if value is not None}})
        began = time.monotonic()
        with ProgressDisplay(progress, "vocab", "bytes") as display:
            summary = build_corpus(
                inputs,
                path,
                options,
                lambda read: display.update(read.bytes, read.total_bytes),
                lambda note: say(note, progress),
            )
        print_summary(summary, Path("corpus"), options, time.monotonic() - began, progress)
        yield open_corpus(path, _name(inputs))


def _name(inputs: list[str]) -> str:
    """What a corpus made of these inputs is called in messages."""
    shown = ["stdin" if name == "-" else name for name in inputs[:_NAMED]]
    return ", ".join(shown) + (" ..." if len(inputs) > _NAMED else "")


@contextlib.contextmanager
def scratch_folder(output: Path | None) -> Iterator[Path]:
    """A folder beside the output, where there is room for a corpus, gone at the end; without one, where
    temporary files are kept.
    """
    beside = output.resolve().parent if output is not None else None
    if beside is not None and not beside.is_dir():
        raise OutputError(f"{output}: there is no folder {beside}", "create it first")
    with tempfile.TemporaryDirectory(prefix=".e2v.", dir=beside) as name:
        yield Path(name)
