"""`e2v export`: vectors in another program's format."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Making, model_argument, output
from e2v.cli.shared.outputs import STDOUT, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.errors import UsageError
from e2v.formats import find_format
from e2v.formats.transfer.settings import ExportSettings
from e2v.inputs.keys import read_keys
from e2v.notices import counted
from e2v.store import Output

if TYPE_CHECKING:
    from e2v.jobs.export import ExportResult


@dataclass(frozen=True, kw_only=True)
class Files(Making):
    """What is read and written."""

    model: Path = model_argument()
    output: str | None = output()


def command(files: Files, settings: ExportSettings) -> None:
    """Write the vectors in the format of another program.

    npy, projector and safetensors are folders, and - is stdout. A key that the format cannot hold is an
    error, which names it; FILE appears whole or not at all. docs/foreign-formats.md says what each format
    holds, and which programs read it how.

    Examples:
        e2v export model.e2v --to word2vec -o model.vec
        e2v export model.e2v --to safetensors --dtype float16 -o folder
        e2v export model.e2v --to glove -o - | gzip > model.txt.gz
    """
    from e2v.jobs.export import export

    if files.output is None:
        raise UsageError("where to? no output is named", "-o FILE, or -o - for stdout")
    to_stdout = files.output == STDOUT
    if to_stdout and sys.stdout.isatty() and not find_format(settings.to).TEXT:
        raise UsageError(f"{settings.to} is not for a terminal", "write it to a file or a pipe")
    also = read_keys(settings.also) if settings.also is not None else ()
    with ProgressDisplay() as progress:
        if to_stdout:
            with open(sys.stdout.fileno(), "wb", closefd=False) as out:
                made = export(files.model, out, settings, also, if_changed=files.if_changed, report=progress)
        else:
            path = Path(files.output)
            made = export(files.model, path, settings, also, if_changed=files.if_changed, report=progress)
    if made is None:
        unchanged("export", Output(Path(files.output)))
    else:
        _summarise(made)


def _summarise(made: ExportResult) -> None:
    """Say what was written, and what smaller numbers cost, if they were asked for."""
    loss = made.loss
    without = f" without {', '.join(made.left_out)}" if made.left_out else ""
    size = f"{counted(made.keys, 'key')}, {counted(made.dim, 'dimension')}"
    words = [f"{size}, {made.dtype}; written as {made.format}{without}"]
    facts: dict[str, Any] = {"format": made.format, "keys": made.keys, "dim": made.dim, "dtype": made.dtype}
    facts["left_out"] = list(made.left_out)
    if loss.rows:
        words.append(
            f"{made.dtype}: the cosine of a vector with what it was is 1 - {loss.mean:.2g} on average, "
            f"1 - {loss.worst:.2g} at worst"
        )
        facts |= {"loss_mean": float(loss.mean), "loss_worst": float(loss.worst)}
    if made.unseen:
        words.append(f"words that are not in the vocabulary, but made of n-grams: {made.unseen:,}")
        facts["unseen"] = made.unseen
    say_result("export", made.output, words, facts)
