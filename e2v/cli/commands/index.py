"""`e2v index`: a model in; its items out, ready to be searched without it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e2v.cli.shared.messages import say_result
from e2v.cli.shared.options import Making, Rows, model_argument, output
from e2v.cli.shared.outputs import file_output, unchanged
from e2v.cli.shared.progress import ProgressDisplay
from e2v.notices import counted
from e2v.recommend.settings import IndexSettings


@dataclass(frozen=True, kw_only=True)
class Files(Making, Rows):
    """What is read and written."""

    model: Path = model_argument()
    output: str | None = output("index")


def command(files: Files, settings: IndexSettings) -> None:
    """Make an index of the items, to recommend without the model: vectors, biases, keys and titles.

    With `--type hnsw` there is also a graph, for catalogues of millions: a hierarchical navigable small
    world (Malkov and Yashunin 2018), by faiss. Biases become a coordinate, and inner products distances, by
    the reduction of Bachrach et al. (2014); the scores of what it finds are exact.

    What it is worth is measured on a thousand users of --users, else on users with a single item each, drawn
    by count: the share of the ten best unseen items that is found, and users answered in a second, in
    batches and by one thread.

    Columns: method, users, recall@10, per_second.

    Examples:
        e2v index tower.e2v -o items.e2v
        e2v index tower.e2v --type hnsw --users users.e2v
    """
    from e2v.jobs.index import index

    to = file_output(files.output, "index", "an index")
    with ProgressDisplay() as progress:
        made = index(files.model, to, settings, if_changed=files.if_changed, report=progress)
    if made is None:
        unchanged("index", to)
        return
    words = f"{counted(made.keys, 'item')}, {counted(made.dim, 'dimension')}"
    if made.graph_bytes is not None:
        words += f", and a graph of {made.graph_bytes / 1e6:,.1f} MB"
    facts = {"keys": made.keys, "dim": made.dim, "graph_bytes": made.graph_bytes}
    with files.printed(("method", "users", "recall@10", "per_second")) as printed:
        for name, measured in made.measured.items():
            printed.row(name, made.users, *measured)
    say_result("index", made.output, [words], facts)
