"""A training by several workers, each with a model of its own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from e2v.corpus.artifact import Corpus
from e2v.progress import Report, silent
from e2v.ray_cluster import imported_ray, threads_asked
from e2v.store import Artifact
from e2v.training.engine.backend import Backend
from e2v.training.engine.cluster.in_turn import InTurn
from e2v.training.engine.cluster.rounds import Cluster, Comm, interval_of
from e2v.training.engine.cluster.settings import ClusterSettings
from e2v.training.engine.cluster.worker import Trainable
from e2v.training.word2vec.rows import trained_rows
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.training import Training


def cluster_backend(
    training: Training, kept: Artifact | None, settings: ClusterSettings, report: Report = silent
) -> Backend:
    """Where a training is to be trained, its model being what the workers begin with.

    kept: as of `Training`. report: told of what is waited for.

    Raises:
        MissingExtraError: Ray is not installed.
        ClusterError: there is no cluster.
    """
    config = training.config
    if settings.engine == "threads":
        return training.backend
    make = partial(_trainable, training.corpus, config, kept)
    comm: Comm
    if settings.engine == "in-turn":
        comm = InTurn([make(config.threads) for _ in range(settings.workers or 1)])
    else:
        imported_ray("a training on a cluster")
        from e2v.training.engine.cluster.on_ray import OnRay

        comm = OnRay(make, settings.workers, threads_asked(config.threads), settings.address, report)
    tokens = int(training.corpus.offsets[-1])
    return Cluster(comm, trained_rows(training.model), interval_of(tokens, settings.syncs, comm.wanted))


def _trainable(corpus: Corpus, config: Word2VecSettings, kept: Artifact | None, threads: int) -> Trainable:
    training = Training(corpus, replace(config, threads=threads), kept)
    return Trainable(trained_rows(training.model), training.train_unit, threads)
