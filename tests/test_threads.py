"""Threads: how many a process should have, by what it may use; a map that keeps the order; BLAS on one."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v import blas
from e2v.api.keywords import takes
from e2v.settings import resolve
from e2v.threads import available_cores, cpu_quota, in_order, parallel_map
from e2v.training.word2vec.settings import Word2VecSettings
from tests.builders import write_model
from tests.conftest import Run


def groups(folder: Path, **files: str) -> Path:
    """Files of control groups, by their paths with `/` as `__` and `.` as `_`."""
    for path, text in files.items():
        *folders, name = path.split("__")
        there = folder.joinpath(*folders)
        there.mkdir(parents=True, exist_ok=True)
        (there / name.replace("_max", ".max").replace("cpu_", "cpu.")).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("lines", "files", "quota"),
    [
        ("0::/", {"cpu_max": "400000 100000\n"}, 4),
        ("0::/", {"cpu_max": "max 100000\n"}, math.inf),
        ("0::/", {}, math.inf),
        ("0::/a/b", {"a__b__cpu_max": "max 100000\n", "a__cpu_max": "150000 100000\n"}, 1.5),
        ("0::/a/b", {"a__b__cpu_max": "50000 100000\n", "a__cpu_max": "150000 100000\n"}, 0.5),
        ("0::/a", {"b__cpu_max": "50000 100000\n"}, math.inf),
        ("4:memory:/x\n3:cpu,cpuacct:/docker/5f\n0::/", {"cpu__cpu_cfs_quota_us": "200000\n",
         "cpu__cpu_cfs_period_us": "100000\n"}, 2),
        ("3:cpu:/a", {"cpu__a__cpu_cfs_quota_us": "-1\n", "cpu__a__cpu_cfs_period_us": "100000\n"}, math.inf),
        ("3:cpuset:/", {"cpuset__cpu_cfs_quota_us": "200000\n", "cpuset__cpu_cfs_period_us": "100000\n"},
         math.inf),
        ("0::/", {"cpu_max": "nonsense\n"}, math.inf),
    ],
)  # fmt: skip
def test_the_quota_of_control_groups(tmp_path: Path, lines: str, files: dict[str, str], quota: float) -> None:
    of_process = tmp_path / "cgroup"
    of_process.write_text(lines)
    assert cpu_quota(of_process, groups(tmp_path / "groups", **files)) == quota


def test_no_control_groups(tmp_path: Path) -> None:
    assert cpu_quota(tmp_path / "none", tmp_path) == math.inf


@pytest.mark.parametrize(("quota", "cores"), [(math.inf, 8), (4, 4), (2.5, 3), (0.1, 1), (64, 8)])
def test_cores_are_no_more_than_the_quota(monkeypatch: pytest.MonkeyPatch, quota: float, cores: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 8, raising=False)
    monkeypatch.setattr("e2v.threads.cpu_quota", lambda *_: quota)
    assert available_cores() == cores


def test_threads_default_to_the_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("e2v.threads.cpu_quota", lambda *_: 1)
    assert resolve(Word2VecSettings, {}).threads == 1


@pytest.mark.parametrize("threads", [1, 3, None])
def test_a_map_keeps_the_order(threads: int | None) -> None:
    with parallel_map(threads) as parallel:
        assert list(parallel(lambda x: x * x, range(50))) == [x * x for x in range(50)]


def test_few_are_under_way_however_many_threads_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four for each core, and as many that wait to be taken; each may hold much memory."""
    monkeypatch.setattr("e2v.threads.available_cores", lambda: 2)
    begun = iter(range(1_000_000))
    made = in_order(lambda x: x, begun, 1000)
    assert [next(made) for _ in range(3)] == [0, 1, 2]
    made.close()
    assert next(begun) <= 3 + 2 * 8 + 1


@pytest.mark.parametrize("outer", ["map", "in order"])
def test_work_within_work_takes_no_more_threads(outer: str) -> None:
    def inner(_: int) -> set[int]:
        with parallel_map(3) as parallel:
            return {threading.get_ident(), *parallel(lambda _: threading.get_ident(), range(20))}

    if outer == "map":
        with parallel_map(2) as parallel:
            used = list(parallel(inner, range(20)))
    else:
        used = list(in_order(inner, range(20), 2))
    assert all(len(each) == 1 for each in used)
    assert len(set.union(*used)) <= 2
    with parallel_map(2) as parallel:  # afterwards as before
        barrier = threading.Barrier(2, timeout=20)
        list(parallel(lambda _: barrier.wait(), range(2)))


@pytest.fixture
def threads() -> Iterator[Callable[[], int]]:
    """Tells the threads of NumPy's BLAS, which are two whatever they are otherwise."""
    functions = blas.thread_functions()
    if functions is None:
        pytest.skip("this BLAS cannot be told its threads")
    set_threads, threads = functions
    before = threads()
    set_threads(2)
    yield threads
    set_threads(before)


def test_one_thread_for_a_while(threads: Callable[[], int]) -> None:
    with blas.one_thread:
        assert threads() == 1
        with blas.one_thread:
            assert threads() == 1
        assert threads() == 1
    assert threads() == 2


def test_an_error_gives_the_threads_back(threads: Callable[[], int]) -> None:
    with pytest.raises(ValueError), blas.one_thread:
        raise ValueError
    assert threads() == 2


def test_functions_of_python_have_one_thread(threads: Callable[[], int]) -> None:
    seen = []

    @takes()
    def job() -> None:
        seen.append(threads())

    @takes()
    def jobs():
        for _ in range(2):
            seen.append(threads())
            yield threads()

    job()
    for inside in jobs():
        assert (inside, threads()) == (1, 2)
    assert seen == [1, 1, 1]
    assert threads() == 2


def test_a_library_that_cannot_be_told_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "thread_functions", lambda: None)
    with blas.one_thread:
        pass


def test_a_command_starts_no_other_thread_of_blas(run: Run, tmp_path: Path) -> None:
    """Not even one that waits: NumPy is imported after the number is known, whatever the environment says."""
    write_model(tmp_path / "model.e2v", "abcd", np.eye(4, dtype=np.float32))
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, os\n"
        "@atexit.register\n"
        "def tell():\n"
        "    import numpy\n"
        "    print(os.environ['OPENBLAS_NUM_THREADS'], len(os.listdir('/proc/self/task')), 'tasks')\n"
    )
    env = {"PYTHONPATH": f"{tmp_path}:{Path(e2v.__file__).parent.parent}", "OPENBLAS_NUM_THREADS": "2"}
    assert run("similar", "a", "--format", "tsv", env=env).stdout.splitlines()[-1] == "1 1 tasks"
