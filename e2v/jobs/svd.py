"""A corpus of sets or histories is decomposed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from e2v.corpus.artifact import open_corpus
from e2v.corpus.features.columns import FeatureColumns
from e2v.corpus.features.described import DescribedCorpus, described_corpus
from e2v.jobs.making import digest, leave_unchanged, recorded_features
from e2v.progress import Progress, Report, silent
from e2v.settings import recorded
from e2v.store import Output, reserved
from e2v.training.linear.settings import SvdSettings
from e2v.training.linear.svd import sized, write_svd


@dataclass(frozen=True)
class SvdResult:
    """A model; largest, smallest: singular values that are kept. new_items: that nobody has had."""

    output: Path
    keys: int
    dim: int
    largest: float
    smallest: float
    new_items: int


def svd(
    corpus: str | Path,
    output: Output,
    settings: SvdSettings,
    item_features: FeatureColumns | None = None,
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> SvdResult | None:
    """Decompose who had what; None if `if_changed` and nothing has.

    item_features: a table of items.

    Raises:
        E2VError: see `write_svd` and `reserved`.
    """
    described_by = item_features and item_features.path
    with reserved("svd", [replace(output, kinds=("model",))], [corpus, described_by]):
        if if_changed:
            report(Progress("comparing"))
            made_of = {
                "settings": recorded(sized(settings, open_corpus(corpus))),
                "corpus": digest(corpus),
                "item_features": recorded_features(item_features),
            }
            if leave_unchanged(output.path, "svd", made_of):
                return None
        report(Progress("preparing"))
        histories = described_corpus(open_corpus(corpus), item_features)
        made = write_svd(histories, output.path, settings, report)
        new = int(histories.new.sum()) if isinstance(histories, DescribedCorpus) else 0
        values = made.values.tolist()
        return SvdResult(output.path, len(histories.keys), len(values), values[0], values[-1], new)
