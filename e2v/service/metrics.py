"""What is counted of the requests, as Prometheus reads it."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from e2v import __version__
from e2v.store import Artifact

MEDIA_TYPE = CONTENT_TYPE_LATEST

disable_created_metrics()  # a time for every figure would double their number

#: Upper bounds of the histogram's buckets, in seconds: a question takes milliseconds, a large batch seconds.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The figures of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "e2v_requests", "Requests answered.", ["endpoint", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "e2v_request_seconds",
            "From a request to its answer.",
            ["endpoint"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._questions = Counter("e2v_questions", "Questions asked.", ["endpoint"], registry=self._registry)
        self.in_flight = Gauge(
            "e2v_requests_in_flight", "Requests not answered yet.", registry=self._registry
        )
        self._files = Gauge(
            "e2v_file_info",
            "The files that are served.",
            ["kind", "file", "digest", "version"],
            registry=self._registry,
        )
        self._loaded = Gauge(
            "e2v_files_opened_timestamp_seconds",
            "When the files that are served were opened.",
            registry=self._registry,
        )

    def serves(self, artifacts: Mapping[str, Artifact]) -> None:
        """From now on these files are served."""
        self._files.clear()
        for kind, artifact in artifacts.items():
            self._files.labels(kind, artifact.path.name, artifact.digest, __version__).set(1)
        self._loaded.set_to_current_time()

    def asked(self, endpoint: str, questions: int) -> None:
        """Some questions more."""
        self._questions.labels(endpoint).inc(questions)

    def answered(self, endpoint: str, status: int, seconds: float) -> None:
        """One request more."""
        self._requests.labels(endpoint, str(status)).inc()
        self._seconds.labels(endpoint).observe(seconds)

    def text(self) -> bytes:
        """All figures, in Prometheus' text format."""
        return generate_latest(self._registry)
