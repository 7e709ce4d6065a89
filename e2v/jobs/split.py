"""A corpus is cut into one to train on, and what is held out."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from e2v.corpus.artifact import open_corpus
from e2v.corpus.events.settings import SplitSettings
from e2v.corpus.events.split import Split, split_corpus
from e2v.jobs.making import digest, leave_unchanged, no_file_to_compare, records
from e2v.progress import Progress, Report, silent
from e2v.settings import recorded
from e2v.store import Output, reserved, scratch_folder


@dataclass(frozen=True)
class SplitResult:
    """A corpus to train on; held_out: the text of what is held out, None if it went to a stream."""

    output: Path
    held_out: Path | None
    settings: SplitSettings
    summary: Split


def split(
    corpus: str | Path,
    output: Output,
    held_out: Output | BinaryIO,
    settings: SplitSettings,
    *,
    if_changed: bool = False,
    called: str | None = None,
    report: Report = silent,
) -> SplitResult | None:
    """Hold out a part of each user's history; None if `if_changed` and nothing has.

    called: what messages call the corpus, where it is not by its path.

    Raises:
        E2VError: see `split_corpus` and `reserved`.
    """
    to = replace(output, kinds=("corpus",))
    if not isinstance(held_out, Output):
        if if_changed:
            raise no_file_to_compare()
        with reserved("split", [to], [corpus]), scratch_folder(output.path) as folder:
            report(Progress("splitting"))
            text = folder / "held-out"
            summary = split_corpus(open_corpus(corpus, called), output.path, text, settings)
            with text.open("rb") as file:
                shutil.copyfileobj(file, held_out)
        return SplitResult(output.path, None, settings, summary)
    with reserved("split", [to, replace(held_out, kinds=())], [corpus]):
        if if_changed and held_out.path.exists():
            report(Progress("comparing"))
            (kept,) = records([held_out.path])
            made_of: dict[str, Any] = {
                "settings": recorded(settings),
                "corpus": digest(corpus),
                "held_out": kept,
            }
            made_of["ordered"] = open_corpus(corpus).ordered
            if leave_unchanged(output.path, "split", made_of):
                os.utime(held_out.path)
                return None
        report(Progress("splitting"))
        summary = split_corpus(open_corpus(corpus, called), output.path, held_out.path, settings)
        return SplitResult(output.path, held_out.path, settings, summary)
