"""The thread that searches: whatever waits is answered together, in one pass over the vectors.

Requests that come while others are answered make the next batch, as lines do that wait in the pipe of `e2v
similar -`. So with more to do a question costs less, and no thread waits for another's cores.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from e2v.errors import E2VError
from e2v.json_text import json_text
from e2v.service.forms import AnswersForm
from e2v.service.served import Question, Served


class _Job(NamedTuple):
    """The questions of a request, and what answers they want.

    future: the answers, as JSON, or of a question alone what is wrong.
    """

    name: str
    questions: list[Question]
    answers: AnswersForm
    future: Future[list[bytes]]


class Searching:
    """Answers in a thread of its own. served: the files; another may take their place at any time."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self._jobs: SimpleQueue[_Job] = SimpleQueue()
        threading.Thread(target=self._work, name="e2v-search", daemon=True).start()

    def submit(
        self, name: str, questions: Sequence[Any], answers: AnswersForm, *, alone: bool
    ) -> Future[list[bytes]]:
        """Have questions of an endpoint answered: a JSON object for each, as UTF-8.

        The future raises what `Served.answer` does, or what is wrong with a question that is `alone`.
        """
        future: Future[list[bytes]] = Future()
        self._jobs.put(_Job(name, [Question(each, alone) for each in questions], answers, future))
        return future

    def _work(self) -> None:
        while True:
            waiting = [self._jobs.get()]
            try:
                while True:
                    waiting.append(self._jobs.get_nowait())
            except Empty:
                pass
            together: dict[tuple[str, AnswersForm], list[_Job]] = {}
            for job in waiting:
                if job.future.set_running_or_notify_cancel():
                    together.setdefault((job.name, job.answers), []).append(job)
            for (name, answers), jobs in together.items():
                self._answer(name, answers, jobs)

    def _answer(self, name: str, answers: AnswersForm, jobs: list[_Job]) -> None:
        """Answer some requests for one endpoint."""
        left = list(jobs)
        try:
            records = self.served.answer(name, [each for job in jobs for each in job.questions], answers)
            for job in jobs:
                # One by one, as they come: records take ten times the memory of their text, and making a
                # long text keeps other threads waiting.
                texts, error = [], None
                for record in islice(records, len(job.questions)):
                    if isinstance(record, E2VError):
                        error = record
                    else:
                        texts.append(json_text(record).encode())
                if error is not None:
                    job.future.set_exception(error)
                else:
                    job.future.set_result(texts)
                left.remove(job)
        except Exception as error:
            if len(jobs) > 1:  # which of them it was is found out
                for job in left:
                    self._answer(name, answers, [job])
            else:
                jobs[0].future.set_exception(error)
