"""`e2v svd`: vectors by truncated singular value decomposition."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Making, corpus_argument, output
from e2v.cli.shared.outputs import file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.corpus.features.columns import FeatureColumns, item_features
from e2v.notices import counted
from e2v.training.linear.settings import SvdSettings


@dataclass(frozen=True, kw_only=True)
class Files(Making):
    """What is read and written."""

    corpus: Path = corpus_argument()
    output: str | None = output("svd")
    item_features: FeatureColumns | None = item_features(group="Items")


def command(files: Files, settings: SvdSettings) -> None:
    """Decompose who had what: the classical item vectors, which trained ones should beat.

    The matrix has a row for each user (or sentence), a column for each item, and a one where the user had the
    item; it is divided by the square roots of its row and column sums, and its largest singular values and
    their vectors are kept. The result is a model like any other, for `e2v similar`, `e2v eval` and the rest:
    items that the same users had have similar input vectors, and the mean of a history's input vectors times
    the output vectors ranks the items.

    With --item-features the items of a table that nobody has had yet get vectors, too: those that a ridge
    regression of all others' makes of what they have in common with them. See `e2v tower`.

    Examples:
        e2v svd corpus.e2v -o svd.e2v
        e2v svd corpus.e2v --dim 200 --seed 2
        e2v svd corpus.e2v --item-features movies.csv
    """
    from e2v.jobs.svd import svd

    to = file_output(files.output, "svd", "a model")
    with ProgressDisplay() as progress:
        made = svd(
            files.corpus, to, settings, files.item_features, if_changed=files.if_changed, report=progress
        )
    if made is None:
        unchanged("svd", to)
        return
    new = f", {made.new_items:,} of which nobody has had" if made.new_items else ""
    words = (
        f"input and output vectors of {counted(made.keys, 'key')}{new}, {counted(made.dim, 'dimension')}; "
        f"singular values from {made.largest:.3g} to {made.smallest:.3g}"
    )
    facts = {
        "keys": made.keys,
        "dim": made.dim,
        "largest": made.largest,
        "smallest": made.smallest,
        "new_items": made.new_items,
    }
    say_result("svd", made.output, [words], facts)
