"""The evaluations on real interactions: films that people liked, in the order in which they said so."""

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from e2v.corpus.artifact import open_corpus
from e2v.corpus.events.held_out import read_held_out
from e2v.corpus.events.settings import SplitSettings
from e2v.corpus.events.split import split_corpus
from e2v.evaluation.categories import evaluate_categories
from e2v.evaluation.ranking import RankingTest, evaluate_ranking
from e2v.evaluation.recommender import ModelRecommender
from e2v.inputs.columns import KeyedColumn
from e2v.store import open_artifact
from e2v.training.linear.baselines import BASELINES
from e2v.training.linear.settings import SvdSettings
from e2v.training.linear.svd import write_svd
from e2v.vectors import load_vectors, similarity
from e2v.vectors.categories import read_categories
from tests.builders import write_corpus
from tests.data import data_path

FOLDER = "interactions/movielens-latest-small"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the corpus, split into train and test, and the SVD of the train half."""
    liked = defaultdict(list)
    with data_path(f"{FOLDER}/ratings.csv").open() as file:
        for row in csv.DictReader(file):
            if float(row["rating"]) >= 3.5:
                liked[row["user_id"]].append((int(row["timestamp"]), row["movie_id"]))
    folder = tmp_path_factory.mktemp("movielens")
    write_corpus(folder / "all.e2v", [[film for _, film in sorted(films)] for films in liked.values()], liked)
    chosen = SplitSettings(by="random", seed=1)
    split_corpus(open_corpus(folder / "all.e2v"), folder / "train.e2v", folder / "test.txt", chosen)
    write_svd(open_corpus(folder / "train.e2v"), folder / "svd.e2v", SvdSettings(dim=40, seed=1))
    return folder


def test_genres_agree_among_neighbours(folder: Path) -> None:
    categories = read_categories(KeyedColumn(data_path(f"{FOLDER}/movies.csv"), "movieId", "genres"))
    vectors = load_vectors(folder / "svd.e2v")
    frequent = evaluate_categories(vectors.head(1000), categories, 8)
    assert (frequent.used, frequent.total) == (1000, 9125)
    assert frequent.value > 0.7


def test_avengers_are_nearer_to_iron_man_than_to_gone_with_the_wind(folder: Path) -> None:
    vectors = load_vectors(folder / "svd.e2v")
    avengers, iron_man, gone_with_the_wind = "89745", "59315", "920"
    assert similarity(vectors, avengers, iron_man) > similarity(vectors, avengers, gone_with_the_wind) + 0.3


def test_whoever_looks_at_the_history_beats_popularity(folder: Path) -> None:
    train, held_out = open_corpus(folder / "train.e2v"), read_held_out(folder / "test.txt")

    def interval(recommender) -> tuple[float, float]:
        recall = evaluate_ranking(recommender, RankingTest.of(train, held_out), 20, None).measurements[1]
        assert recall.used == recall.total
        return recall.low, recall.high

    _, popularity = interval(BASELINES["popularity"](train))
    for recommender in (
        BASELINES["item-knn"](train),
        BASELINES["gf-cf"](train),
        ModelRecommender(open_artifact(folder / "svd.e2v")),
    ):
        assert interval(recommender)[0] > popularity
