"""The tests of the item2vec paper on MovieLens: do neighbours share a genre, and which films are near?

Barkan and Koenigstein 2016, "Item2vec: neural item embedding for collaborative filtering", section 4: the
vectors of item2vec beside those of a truncated SVD, of the same length, from the same sets.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from pathlib import Path
from typing import Any

from compare import E2V, machine, run_process

DIM = "64"
MODELS = {
    "item2vec": ["train", "--context", "set", "--preset", "items", "--dim", DIM],
    "truncated SVD": ["svd", "--dim", DIM],
}
FILM = "Avengers, The (2012)"
OTHERS = ("Iron Man (2008)", "Gone with the Wind (1939)")
SHOWN = (FILM, "Toy Story (1995)", "Gone with the Wind (1939)", "Alien (1979)")


def main() -> None:
    """Measure and write two result files: the figures, and a table of neighbours."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", help="sets of films, a corpus.e2v of e2v events")
    parser.add_argument("movies", help="movies.csv")
    parser.add_argument("--output", "-o", required=True, help="figures, JSON")
    parser.add_argument("--neighbours", required=True, help="tables of neighbours, JSON")
    options = parser.parse_args()
    with Path(options.movies).open(newline="", encoding="utf-8") as file:
        title_of = {row["movieId"]: row["title"] for row in csv.DictReader(file)}
    id_of = {title: movie for movie, title in title_of.items()}
    figures: list[dict[str, Any]] = []
    tables: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="e2v-benchmark-") as scratch:
        for name, (verb, *flags) in MODELS.items():
            model = str(Path(scratch) / "model.e2v")
            _, usage = run_process([*E2V, verb, options.corpus, "-o", model, *flags])
            labels = f"{options.movies}:movieId:genres"
            purity = [
                asked("eval", model, "--categories", labels, "-n", "8", *among)[0]["value"]
                for among in ([], ["--restrict", "2000"])
            ]
            cosines = {
                f"{FILM} and {other}": asked("similarity", id_of[FILM], id_of[other], "-m", model)[0]["score"]
                for other in OTHERS
            }
            row = {"vectors": name, "purity": purity[0], "of 2,000 films": purity[1], **cosines}
            figures.append(row | {"CPU seconds": usage["cpu_seconds"]})
            for title in SHOWN:
                near = asked("similar", id_of[title], "-m", model, "-n", "5")
                films = "; ".join(f"{title_of[row['key']]} {row['score']:.2f}" for row in near)
                tables.append({"film": title, "vectors": name, "nearest": films})
    tables.sort(key=lambda row: SHOWN.index(row["film"]))
    for path, rows in ((options.output, figures), (options.neighbours, tables)):
        Path(path).write_text(json.dumps({"machine": machine(), "rows": rows}, indent=1) + "\n")


def asked(*command: str) -> list[dict[str, Any]]:
    """What an e2v command answers, as JSON."""
    lines, _ = run_process([*E2V, *command, "--format", "json"])
    return [json.loads(line) for line in lines if line.startswith("{")]


if __name__ == "__main__":
    main()
