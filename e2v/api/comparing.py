"""Models that are there, compared by what they rank."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from e2v.api.keywords import takes
from e2v.api.making import parted
from e2v.api.progress import ProgressChoice, reporting
from e2v.errors import QualityGateError
from e2v.evaluation.comparison import Comparison
from e2v.evaluation.settings import ModelComparisonSettings, RankingSettings
from e2v.settings import resolve


@takes(ModelComparisonSettings, RankingSettings)
def compare_models(
    models: Sequence[str | os.PathLike[str]], *, progress: ProgressChoice = None, **settings: Any
) -> Comparison:
    """Compare models by what they rank of what was held out, user by user: `e2v compare --ranking`.

    settings: of `ModelComparisonSettings`, of which `ranking` and `corpus` have to be given, and of
    `RankingSettings`.

    Raises:
        QualityGateError: the first model is not as it is required to be.
        E2VError: as the command.
    """
    from e2v.jobs.compare_models import compare_models as job

    given, shown = parted(settings, ModelComparisonSettings, RankingSettings)
    chosen, ranked = resolve(ModelComparisonSettings, given), resolve(RankingSettings, shown)
    with reporting(progress) as report:
        made = job([Path(model) for model in models], chosen, ranked, report=report)
    if made.failure:
        raise QualityGateError(made.failure)
    return made.comparison
