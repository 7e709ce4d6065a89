"""Histories become a model that recommends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2v.corpus.artifact import open_corpus
from e2v.errors import OutputError
from e2v.jobs.making import digest, leave_unchanged, records
from e2v.kernels.codegen.cache import cache_notice
from e2v.notices import detail, notice
from e2v.progress import Progress, Report, silent
from e2v.recommend.features import read_user_table
from e2v.settings import described, recorded
from e2v.store import Output, reserved
from e2v.store.provenance import made_by
from e2v.store.rescue import rescued
from e2v.training.tower.settings import TowerSettings, resolve_tower
from e2v.training.tower.training import TowerTraining


@dataclass(frozen=True)
class TowerResult:
    """A model, and the run that made it."""

    output: Path
    settings: TowerSettings
    training: TowerTraining


def tower(
    corpus: str | Path,
    output: Output,
    given: Mapping[str, Any],
    user_features: Path | None = None,
    *,
    if_changed: bool = False,
    report: Report = silent,
) -> TowerResult | None:
    """Learn to recommend; None if `if_changed` and nothing has. A model that cannot be written is kept
    elsewhere.

    given: of `TowerSettings`, by name. user_features: a table of users.

    Raises:
        E2VError: see `TowerTraining`, `resolve_tower` and `reserved`.
    """
    init = given.get("init")
    start_from = init if init not in (None, "spectral", "random") else None
    with reserved("tower", [output], [corpus, user_features, start_from]):
        histories = open_corpus(corpus)
        settings = resolve_tower(given, ordered=histories.ordered)
        made_of = {"settings": recorded(settings), "corpus": digest(corpus), "start": digest(start_from)}
        if if_changed:
            report(Progress("comparing"))
            features = None if user_features is None else records([user_features])[0]
            if leave_unchanged(output.path, "tower", {**made_of, "user_features": features}):
                return None
        table = None if user_features is None else read_user_table(user_features)
        if uncached := cache_notice():
            notice(uncached)
        detail(f"training: {described(settings)}")
        training = TowerTraining(histories, settings, table, report)
        training.run()
        report(Progress("writing"))
        made = made_by(
            "tower",
            **{**made_of, "corpus": histories.record(), "user_features": table.record if table else None},
        )
        try:
            training.save(output.path, made)
        except OutputError as error:
            raise rescued(
                error, "the model", output.path.name, lambda path: training.save(path, made)
            ) from error
    return TowerResult(output.path, settings, training)
