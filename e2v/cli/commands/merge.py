"""`e2v merge`: models that were learned apart become one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Making, output
from e2v.cli.shared.outputs import file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.notices import counted
from e2v.settings import argument
from e2v.versions.settings import MergeSettings


@dataclass(frozen=True, kw_only=True)
class Files(Making):
    """What is read and written."""

    models: tuple[Path, ...] = argument(
        ..., "Two models or more, or vectors, learned apart.", metavar="MODEL", suffix=".e2v"
    )
    output: str | None = output("merge")


def command(files: Files, settings: MergeSettings) -> None:
    """Merge models that were learned apart, of parts of a corpus, on several machines, or with other seeds.

    Each further model is rotated into the coordinates of the first by the keys that both have, as `e2v align`
    does; its output vectors and n-grams are rotated with it. The vector of a key is then the mean of those of
    the models that know it, weighted by its counts there; of vectors without counts all weigh the same.

    Of parts of a text, a merged model answers more analogies than each of them, and fewer than a model of
    all of it; the smaller the parts, the fewer.

    The vocabulary is the union, or with --common what all know, most frequent first. Counts are added up,
    unless models have the very same keys and counts, as those of one vocabulary do (`e2v vocab --vocab`):
    these stay. A key is called what the first model calls it that calls it anything.

    The result is a model where all have output vectors, and else vectors. Inner nodes of hierarchical
    softmax, and n-grams that not all have, are left out, and said so. Models of `e2v tower` and `e2v svd`
    have no mean and are refused. Told at the end is the mean cosine of the rotated vectors of each further
    model with those of the first.

    Examples:
        e2v merge monday.e2v tuesday.e2v -o both.e2v
        e2v merge part-1.e2v part-2.e2v part-3.e2v --common
    """
    from e2v.jobs.merge import merge

    to = file_output(files.output, "merge", "a model")
    with ProgressDisplay() as progress:
        made = merge(files.models, to, settings, if_changed=files.if_changed, report=progress)
    if made is None:
        unchanged("merge", to)
        return
    what = "input and output vectors" if made.kind == "model" else "vectors"
    cosines = ["-" if cosine is None else f"{cosine:.3f}" for cosine in made.cosines]
    words = [
        f"{what} of {counted(made.keys, 'key')}, {counted(made.dim, 'dimension')}, of {made.models} models; "
        f"mean cosine with the first {', '.join(cosines)}"
    ]
    facts = {
        "kind": made.kind,
        "keys": made.keys,
        "dim": made.dim,
        "models": made.models,
        "cosines": made.cosines,
    }
    say_result("merge", made.output, words, facts)
