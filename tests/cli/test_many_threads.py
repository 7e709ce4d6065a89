"""What is printed does not depend on --threads, nor on what the environment says of BLAS."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from e2v.vectors import nearest
from tests.builders import keyed, write_corpus, write_model
from tests.commands import command_line
from tests.conftest import Run

N = 300


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of items, histories, held-out items, analogies and categories; work is shared out at once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(nearest, "_WORTH_THREADS", 1)
    monkeypatch.setattr(nearest, "_SEARCHED_AT_ONCE", 10 * N)
    monkeypatch.setattr("e2v.vectors.matrix._BLOCK_SIZE", 32 * 8)
    monkeypatch.setattr("e2v.evaluation.ranking._SCORES", 7 * N)
    rng = np.random.default_rng(4)
    keys = keyed(N)
    write_model(tmp_path / "m.e2v", keys, *rng.integers(-3, 4, (2, N, 8)))  # small numbers: many scores tie
    users = [f"u{user}" for user in range(40)]
    write_corpus(tmp_path / "c.e2v", [rng.choice(keys, rng.integers(1, 9)).tolist() for _ in users], users)
    held_out = (f"{user} {' '.join(rng.choice(keys, 5))}\n" for user in users)
    (tmp_path / "held-out.txt").write_text("".join(held_out))
    (tmp_path / "a.txt").write_text("".join(" ".join(rng.choice(keys, 4)) + "\n" for _ in range(50)))
    (tmp_path / "t.csv").write_text("key,kind\n" + "".join(f"{key},{key[-1]}\n" for key in keys))
    return tmp_path


@pytest.mark.parametrize(
    "line",
    [
        "similar --all -n 7 -m m.e2v",
        "similar --all -n 7 -m m.e2v --method 3cosmul",
        "similar --all -n 7 -m m.e2v --csls .5",
        "similar --all -n 7 -m m.e2v --predict --restrict 200",
        "recommend --all -n 7 -m m.e2v --corpus c.e2v",
        "recommend --all -n 7 --baseline popularity --corpus c.e2v",
        "recommend --all -n 7 --baseline item-knn --corpus c.e2v",
        "recommend --all -n 7 --baseline ease --corpus c.e2v",
        "recommend --all -n 7 --baseline gf-cf --corpus c.e2v",
        "eval m.e2v --ranking held-out.txt --corpus c.e2v -n 9",
        "eval --baseline gf-cf --ranking held-out.txt --corpus c.e2v -n 9",
        "eval m.e2v --analogies a.txt --categories t.csv:key:kind",
        "eval m.e2v --analogies a.txt --csls .5",
        "eval m.e2v --analogies a.txt --method 3cosmul",
    ],
)
def test_the_same_is_printed(
    line: str, folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = []
    monkeypatch.setattr("e2v.threads.available_cores", lambda: 99)
    for threads in (1, 2, 5):
        monkeypatch.setattr("concurrent.futures.ThreadPoolExecutor", pools_of_at_most(threads))
        command_line(f"{line} --threads {threads} -q --format json")
        printed.append(capfd.readouterr().out)
    assert printed[0] and printed[1:] == printed[:1] * 2


def pools_of_at_most(most: int) -> type[ThreadPoolExecutor]:
    class Pool(ThreadPoolExecutor):
        def __init__(self, threads: int) -> None:
            assert threads <= most, "more threads than asked for"
            super().__init__(threads)

    return Pool


def test_exact_softmax_learns_the_same_whatever_threads_blas_would_have(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    words = rng.permutation(np.tile(keyed(1500), 2))
    (tmp_path / "text").write_text("\n".join(" ".join(line) for line in words.reshape(-1, 20)))
    made = []
    for number in ("1", "2"):
        name = f"{number}.e2v"
        how = ("--loss", "softmax", "--dim", "64", "--min-count", "1", "--epochs", "1", "--threads", "1")
        env = {"OPENBLAS_NUM_THREADS": number, "MKL_NUM_THREADS": number}
        run("train", "text", *how, "--window", "1", "-o", name, "-q", env=env)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
