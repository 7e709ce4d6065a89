"""`e2v serve`: the answers of other commands, over HTTP."""

from __future__ import annotations

from e2v.cli.shared.declared import Given
from e2v.cli.shared.options import AskedModel
from e2v.errors import MissingExtraError
from e2v.recommend.settings import RecommendSettings
from e2v.service.settings import ServeSettings
from e2v.settings import resolve
from e2v.vectors.settings import QuerySettings, SelectionSettings


def command(
    model: Given[AskedModel],
    items: RecommendSettings,
    where: ServeSettings,
    which: QuerySettings,
    answers: SelectionSettings,
) -> None:
    """Answer the questions of `similar`, `analogy`, `similarity`, `lookup` and `recommend` over HTTP.

    `e2v serve -m model.e2v` and `curl 'localhost:8000/similar?keys=king&n=3'`. The files are opened once and
    stay open, so that a question costs what its search costs; questions that come together are searched for
    together. With --index there is no model but one that is named, and without a model `recommend` alone
    answers: `e2v serve --index items.e2v --users users.e2v`.

    A GET asks one question, a POST many: `{"questions": [{"keys": ["king"]}, ...], "n": 3}`. Answers are JSON
    with the columns of the command, and the same scores; errors are `{"error": ..., "hint": ...}` with a
    status of 400, 404, 405, 408, 413, 422 or 503. `/health`, `/metrics` (for Prometheus) and `/openapi.json`
    tell the rest. See docs/serving.md.

    `--only`, `--not`, `--in-stock` and their like hold for all answers of `similar`, `analogy` and
    `recommend`. A request to `similar` or `recommend` may narrow them by fields of the same names, as in
    `not=Alcohol&per_category=2`.

    SIGTERM and Ctrl-C end it when the answers under way are given, with exit code 0. SIGHUP has it open its
    files again: a file that was replaced is served from then on, and if it cannot be served, the old one
    still is. With --verbose each request is told on stderr, without its query string.

    It needs the [serve] extra.

    Examples:
        e2v serve -m model.e2v
        e2v serve --index items.e2v --users users.e2v --port 8080
    """
    try:
        from e2v.service.served import Files
        from e2v.service.server import run
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "e2v":
            raise
        raise MissingExtraError("e2v serve", "starlette", "uvicorn", "prometheus-client") from error
    named = "model" in model or items.index is None
    run(Files(resolve(AskedModel, model).model if named else None, which, items, answers), where)
