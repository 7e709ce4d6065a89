"""Histories become a model that recommends."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The threads are ours: those of BLAS would wait for each other, and change the last digits.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from e2v.corpus.artifact import open_corpus
from e2v.errors import OutputError
from e2v.jobs.making import digest, leave_unchanged, records
from e2v.jobs.progress import Progress, Report, silent
from e2v.kernels.codegen.cache import cache_notice
from e2v.notices import detail, notice
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
        if if_changed and leave_unchanged(
            output.path, "tower", _made_of(corpus, settings, user_features, start_from)
        ):
            return None
        table = None if user_features is None else read_user_table(user_features)
        if uncached := cache_notice():
            notice(uncached)
        detail(f"training: {described(settings)}")
        training = TowerTraining(histories, settings, table)
        for done in training.run():
            figures = {"epoch": done.epoch, "loss": done.loss}
            if not math.isnan(done.validation.loss):
                figures |= {"withheld": done.validation.loss, "ndcg": done.validation.ndcg}
            report(Progress("tower", "examples", done.examples, done.total, figures))
        made_of = {
            "settings": recorded(settings),
            "corpus": histories.record(),
            "user_features": _features_record(user_features),
            "start": digest(start_from),
        }
        made = made_by("tower", **made_of)
        try:
            training.save(output.path, made)
        except OutputError as error:
            raise rescued(
                error, "the model", output.path.name, lambda path: training.save(path, made)
            ) from error
    return TowerResult(output.path, settings, training)


def _made_of(
    corpus: str | Path, settings: TowerSettings, user_features: Path | None, start_from: str | None
) -> dict[str, Any]:
    """What the provenance will say."""
    return {
        "settings": recorded(settings),
        "corpus": digest(corpus),
        "user_features": _features_record(user_features),
        "start": digest(start_from),
    }


def _features_record(path: Path | None) -> dict[str, Any] | None:
    return None if path is None else {"name": str(path), **records([path])[0]}
