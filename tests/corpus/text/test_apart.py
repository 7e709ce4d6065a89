"""Shards that several processes make have the bytes of those that one makes."""

from __future__ import annotations

import contextlib
import gzip
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2v import notices, ray_cluster
from e2v.corpus.shards import open_corpora
from e2v.corpus.text import apart
from e2v.errors import InputError, OutputError, SettingError
from e2v.inputs.sources import open_sources
from tests.cli.conftest import Typed, typed
from tests.commands import command_line
from tests.training.small import text

__all__ = ["typed"]

#: Files of different length, one compressed, one of nothing.
INPUTS = ["first", "void", "second", "third.gz", "fourth"]


@dataclass
class Here(contextlib.AbstractContextManager["Here", None]):
    """What a cluster does, in this process: the last call comes first, and each is made twice, as where a
    process is lost; nothing but bytes passes through.
    """

    workers: int
    threads: int = 2

    def __exit__(self, *_: object) -> None:
        pass

    def made(
        self, function: Callable[..., Any], calls: Sequence[Sequence[Any]], threads: int
    ) -> Iterator[tuple[int, Any]]:
        assert threads in (1, self.threads)
        for number, call in reversed(list(enumerate(calls))):
            given = pickle.dumps(call)
            with contextlib.chdir("/"), pytest.MonkeyPatch.context() as alone:  # as others work
                alone.setattr(notices, "_listeners", [])
                ray_cluster._outcome(function, *pickle.loads(given))
                there = pickle.dumps(ray_cluster._outcome(function, *pickle.loads(given)))
            made, said, _ = pickle.loads(there)
            notices.say_again(said)
            if isinstance(made, Exception):
                raise made
            yield number, made


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with some texts."""
    monkeypatch.chdir(tmp_path)
    Path("first").write_text(text(60))
    Path("void").write_text("")
    Path("second").write_text(text(90, seed=2).upper().removesuffix("\n"))
    Path("third.gz").write_bytes(gzip.compress(text(300, seed=3).encode()))
    Path("fourth").write_text("one two, three " * 20 + "\n\n" + text(20, seed=4))
    Path("list").write_text("cat 9\ndog 4\nunheard 3\n")
    set_workers(monkeypatch, 3)


def set_workers(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(ray_cluster, "RayCalls", lambda *_: Here(number))


def shards_of(folder: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(Path(folder).glob("c-*"))]


@pytest.mark.parametrize("workers", [1, 2, 9])
@pytest.mark.parametrize(
    "settings",
    [
        "--min-count 1",
        "--tokenizer word --lowercase --max-vocab 9",
        "--max-sentence-length 7 --save-counts {}/counts",
        "--counts list",
        "--vocab known.e2v",
    ],
)
def test_shards_are_those_of_one_process(
    settings: str, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_workers(monkeypatch, workers)
    if "known" in settings:
        command_line("vocab second --tokenizer word --lowercase --threads 1 -o known.e2v")
    for made, engine in (("alone", "threads"), ("together", "ray")):
        Path(made).mkdir()
        given = f"{settings.format(made)} --threads 1 --shards 3 --engine {engine}"
        command_line(f"vocab {' '.join(INPUTS)} {given} -o {made}/c.e2v")
    assert shards_of("together") == shards_of("alone")
    assert len(list(Path("together").iterdir())) == len(list(Path("alone").iterdir())) >= 3
    if "--save-counts" in settings:
        assert Path("together/counts").read_bytes() == Path("alone/counts").read_bytes()


def test_what_is_made_by_the_one_is_unchanged_for_the_other(typed: Typed) -> None:
    line = "vocab first second -o c.e2v --shards 2 --if-changed"
    assert "unchanged" not in typed(line).stderr
    assert "unchanged" in typed(f"{line} --engine ray").stderr


def test_files_are_dealt_in_runs_of_about_as_many_bytes() -> None:
    for number, size in enumerate((10, 30, 20, 20, 5, 35)):
        Path(f"f{number}").write_bytes(b"a" * size)
    sources = open_sources([f"f{number}" for number in range(6)])
    assert [part.names for part in apart._parts(sources, 3)] == [("f0", "f1"), ("f2", "f3"), ("f4", "f5")]
    assert [part.names for part in apart._parts(sources, 1)] == [tuple(source.name for source in sources)]
    assert [part.names for part in apart._parts(open_sources(["void", "void"]), 4)] == [("void", "void")]


def test_what_surprises_in_a_file_is_told_once(typed: Typed) -> None:
    Path("latin").write_bytes("crème brûlée à la carte\n".encode("latin-1") * 40)
    made = typed("vocab first latin first --engine ray --shards 2 --min-count 1 -o c.e2v")
    assert made.code == 0
    assert made.stderr.count("latin: read as") == 1
    assert "first and first have the same content" in made.stderr
    assert "crème" in open_corpora(["c-1-of-2.e2v", "c-2-of-2.e2v"]).keys


def test_what_workers_cannot_share_is_refused() -> None:
    os.mkfifo("pipe")
    with pytest.raises(InputError, match="pipe is no file that the workers of a cluster could read"):
        command_line("vocab first pipe --engine ray --shards 2 -o c.e2v")
    with pytest.raises(SettingError, match="engine ray needs a number of shards"):
        command_line("vocab first --engine ray -o c.e2v")
    with pytest.raises(SettingError, match="workers applies to engine ray only"):
        command_line("vocab first --shards 2 --workers 2 -o c.e2v")


def test_a_file_that_is_not_on_the_machine_of_a_worker_is_named() -> None:
    part = apart.Part(("/nowhere/first",), ("first",))
    with pytest.raises(InputError, match=r"/nowhere/first is not on .*; put it where all machines"):
        apart.count_part(part, apart.VocabSettings(), Path.cwd())


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ("void", "void: no words"),
        ("first --min-count 999", "no word occurs 999 times"),
        ("few --min-count 1", "the text has 1 sentence, too few for 2 shards"),
        ("table", "table is a table, not text"),
    ],
)
def test_what_one_process_refuses_is_refused(inputs: str, message: str) -> None:
    Path("few").write_text("a b c\n")
    Path("table").write_text("user,item\n" + "u1,i1\n" * 9)
    before = {path.name for path in Path().iterdir()}
    with pytest.raises(InputError, match=message):
        command_line(f"vocab {inputs} --engine ray --shards 2 -o c.e2v")
    assert {path.name for path in Path().iterdir()} == before


def test_a_disk_that_is_full_is_told_of_the_output(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def full(**_: Any) -> Iterator[Any]:
        raise OSError(28, "No space left on device")
        yield

    monkeypatch.setattr(apart.tempfile, "NamedTemporaryFile", full)
    before = {path.name for path in Path().iterdir()}
    with pytest.raises(OutputError, match=r"^cannot write c.e2v: No space left on device; make room"):
        command_line("vocab first --engine ray --shards 2 -o c.e2v")
    assert {path.name for path in Path().iterdir()} == before
