"""Workers of a Ray cluster of two nodes, of which some are lost and others come, while they train."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ray = pytest.importorskip("ray", reason="ray is not installed")
from ray.cluster_utils import Cluster  # noqa: E402

from e2v.corpus.artifact import Corpus  # noqa: E402
from e2v.training.engine.cluster import on_ray  # noqa: E402
from e2v.training.engine.cluster.settings import ClusterSettings  # noqa: E402
from e2v.training.word2vec.cluster import cluster_backend  # noqa: E402
from e2v.training.word2vec.training import Training  # noqa: E402
from tests.training.small import config, corpus_of, text  # noqa: E402

#: Workers that are killed, at most; to see more of it than a test has time for: E2V_TEST_KILLS=10.
KILLS = int(os.environ.get("E2V_TEST_KILLS", "1"))

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def nodes() -> Iterator[Cluster]:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.add_node(num_cpus=1)
    yield cluster
    cluster.shutdown()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return corpus_of(tmp_path_factory.mktemp("cluster"), text(400))


def trained(nodes: Cluster, corpus: Corpus, workers: int, between: Any = None, **settings: Any) -> Training:
    """A run on the cluster; between: called with the share that is done, and how many workers there
    are."""
    training = Training(corpus, config(epochs=6, **settings))
    given = ClusterSettings(engine="ray", workers=workers, address=nodes.address, syncs=4)
    training.backend = cluster_backend(training, None, given)
    try:
        for done in training.runner.run():
            if between is not None:
                between(done.share, training.figures()["workers"])
    finally:
        training.backend.close()
    return training


def pids() -> list[int]:
    """Those of the workers' processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes().startswith(b"ray::_Actor"):
                found.append(int(path.parent.name))
        except OSError:
            continue
    return sorted(found)


def test_one_worker_learns_what_a_thread_does(nodes: Cluster, corpus: Corpus) -> None:
    here = Training(corpus, config(epochs=6))
    list(here.runner.run())
    there = trained(nodes, corpus, 1)
    np.testing.assert_array_equal(here.model.inputs, there.model.inputs)
    np.testing.assert_array_equal(here.model.outputs, there.model.outputs)


def test_a_worker_that_is_killed_is_done_without_and_comes_again(nodes: Cluster, corpus: Corpus) -> None:
    rng = np.random.default_rng(1)
    killed = []

    def kill(share: float, there: int) -> None:
        if there == 2 and share > (len(killed) + 1) / (KILLS + 2) and len(killed) < KILLS:
            killed.append(int(rng.choice(pids())))
            os.kill(killed[-1], signal.SIGKILL)

    whole, torn = trained(nodes, corpus, 2), trained(nodes, corpus, 2, kill)
    assert killed, "no worker was killed"
    assert torn.runner.tokens == whole.runner.tokens
    assert torn.runner.loss == pytest.approx(whole.runner.loss, rel=0.05)


def test_a_node_may_be_lost_and_another_may_join(nodes: Cluster, corpus: Corpus) -> None:
    changes = [
        (0.2, lambda: nodes.remove_node(nodes.worker_nodes.copy().pop(), allow_graceful=False)),
        (0.5, lambda: nodes.add_node(num_cpus=1)),
    ]

    def change(share: float, _there: int) -> None:
        if changes and share > changes[0][0]:
            changes.pop(0)[1]()

    training = trained(nodes, corpus, 2, change)
    assert training.runner.tokens == 6 * int(corpus.offsets[-1])
    assert not changes


def test_one_other_worker_goes_on_and_two_go_on() -> None:
    assert on_ray._go_on(1) == "1 other worker goes on, and trains"
    assert on_ray._go_on(2) == "2 other workers go on, and train"
