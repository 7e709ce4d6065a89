"""A training by several workers, each with a model of its own."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from e2v.corpus.artifact import Corpus
from e2v.errors import MissingExtraError
from e2v.store import Artifact
from e2v.threads import available_cores
from e2v.training.engine.backend import Backend
from e2v.training.engine.cluster.in_turn import InTurn
from e2v.training.engine.cluster.rounds import Cluster, Comm, interval_of
from e2v.training.engine.cluster.settings import ClusterSettings
from e2v.training.engine.cluster.worker import Trainable
from e2v.training.word2vec.rows import trained_rows
from e2v.training.word2vec.settings import Word2VecSettings
from e2v.training.word2vec.training import Training


def cluster_backend(training: Training, kept: Artifact | None, settings: ClusterSettings) -> Backend:
    """Where a training is to be trained, its model being what the workers begin with.

    kept: as of `Training`.

    Raises:
        MissingExtraError: Ray is not installed.
        TrainingError: there is no cluster.
    """
    config = training.config
    if settings.engine == "threads":
        return training.backend
    make = partial(_trainable, training.corpus, config, kept)
    comm: Comm
    if settings.engine == "in-turn":
        comm = InTurn([make(config.threads) for _ in range(settings.workers or 1)])
    else:
        # Ray prints to stdout what its processes say, unless it is to skip that.
        os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".*")
        try:
            from e2v.training.engine.cluster.on_ray import OnRay
        except ImportError as error:
            raise MissingExtraError("a training on a cluster", "ray") from error
        # As many as there are cores here is what nobody has asked for: all cores of a node.
        threads = None if config.threads == available_cores() else config.threads
        comm = OnRay(make, settings.workers, threads, settings.address)
    tokens = int(training.corpus.offsets[-1])
    return Cluster(comm, trained_rows(training.model), interval_of(tokens, settings.syncs, comm.wanted))


def _trainable(corpus: Corpus, config: Word2VecSettings, kept: Artifact | None, threads: int) -> Trainable:
    training = Training(corpus, replace(config, threads=threads), kept)
    return Trainable(trained_rows(training.model), training.train_unit, threads)
