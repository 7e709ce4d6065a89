"""Histories become a model that recommends."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2v.corpus.artifact import open_corpus
from e2v.corpus.features.columns import FeatureColumns
from e2v.corpus.features.described import DescribedCorpus, described_corpus
from e2v.jobs import running
from e2v.jobs.making import digest, leave_unchanged, recorded_features, records
from e2v.jobs.running import Run, Signals, unheeded
from e2v.notices import detail
from e2v.progress import Progress, Report, silent
from e2v.recommend.features import read_user_table
from e2v.settings import described, recorded
from e2v.store import Output
from e2v.store.provenance import made_by
from e2v.training.engine.session import Session
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
    item_features: FeatureColumns | None = None,
    run: Run | None = None,
    *,
    if_changed: bool = False,
    report: Report = silent,
    signals: Signals = unheeded,
) -> TowerResult | None:
    """Learn to recommend; None if `if_changed` and nothing has.

    given: of `TowerSettings`, by name. user_features, item_features: tables. signals: noted while it
    trains and writes; once there is one, a checkpoint is saved and the run ends.

    Raises:
        Interrupted: it was stopped.
        E2VError: see `TowerTraining`, `resolve_tower`, `Session.finish` and `running.reserved_for`.
    """
    run, init = run or Run(), given.get("init")
    start_from = init if init not in (None, "spectral", "random") else None
    described_by = item_features and item_features.path
    with running.reserved_for("tower", output, [corpus, user_features, described_by, start_from], run):
        histories = open_corpus(corpus)
        settings = resolve_tower(given, ordered=histories.ordered)
        made_of = {"settings": recorded(settings), "corpus": digest(corpus), "start": digest(start_from)}
        if if_changed:
            report(Progress("comparing"))
            features = None if user_features is None else records([user_features])[0]
            tables = {"user_features": features, "item_features": recorded_features(item_features)}
            if leave_unchanged(output.path, "tower", {**made_of, **tables}):
                return None
        table = None if user_features is None else read_user_table(user_features)
        detail(f"training: {described(settings)}")
        histories = described_corpus(histories, item_features)
        made_of |= {
            "corpus": histories.record(),
            "user_features": table.record if table else None,
            "item_features": histories.features if isinstance(histories, DescribedCorpus) else None,
        }
        with (
            closing(TowerTraining(histories, settings, table, report)) as training,
            signals() as received,
        ):
            session = Session(training, output.path, made_by("tower", **made_of))
            running.begin(session, run)
            running.train(session, histories, run, report, received)
            report(Progress("writing"))
            session.finish()
    return TowerResult(output.path, settings, training)
