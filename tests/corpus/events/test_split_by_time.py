"""A log cut at one moment: what was before is kept, and the rest held out, whosever it is."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import e2v
from e2v.corpus.artifact import open_corpus
from e2v.corpus.events.held_out import read_held_out
from e2v.errors import DamagedFileError, E2VError
from e2v.store import verify
from tests.builders import write_corpus
from tests.commands import command_line


class Event(NamedTuple):
    user: str
    item: str
    day: int


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(events: list[Event], first: np.datetime64 | None) -> None:
    """log.csv, with dates from `first` on, or numbers."""
    times = [str(event.day if first is None else first + event.day) for event in events]
    rows = (f"{user},{item},{time}" for (user, item, _), time in zip(events, times, strict=True))
    Path("log.csv").write_text("\n".join(("user,item,when", *rows)) + "\n")


def histories_in(path: str) -> dict[str, list[str]]:
    corpus = open_corpus(path)
    assert verify(Path(path)) == []
    assert corpus.names is not None
    sentences = zip(corpus.names, pairwise(corpus.offsets.tolist()), strict=True)
    return {name: [corpus.keys[row] for row in corpus.tokens[a:b]] for name, (a, b) in sentences}


def by_user(events: list[Event]) -> dict[str, list[str]]:
    """Everybody's items in the order of time."""
    found: dict[str, list[str]] = {}
    for event in events:
        found.setdefault(event.user, [])
    for event in sorted(events, key=lambda event: event.day):
        found[event.user].append(event.item)
    return {user: items for user, items in found.items() if items}


@pytest.mark.parametrize("first", [None, np.datetime64("2024-01-31"), np.datetime64("1900-01-01")])
def test_a_random_log(first: np.datetime64 | None) -> None:
    rng = np.random.default_rng(5)
    # Users and items come and go, and items come again.
    days = rng.permutation(np.repeat(np.arange(60), 5)).tolist()
    events = [Event(f"u{rng.integers(20) + day // 3}", f"i{rng.integers(9) + day // 6}", day) for day in days]
    written(events, first)
    command_line("events log.csv --time when --min-count 3 -o all.e2v")
    often = {item for item in {e.item for e in events} if sum(e.item == item for e in events) >= 3}
    events = [event for event in events if event.item in often]
    at = "40" if first is None else str(first + 40)
    made = e2v.split("all.e2v", "train.e2v", held_out="test.txt", at=at)
    before = by_user([event for event in events if event.day < 40])
    after = by_user([event for event in events if event.day >= 40])
    assert histories_in("train.e2v") == before
    assert read_held_out(Path("test.txt")) == {user: list(dict.fromkeys(it)) for user, it in after.items()}
    assert set(made.keys) == {item for items in before.values() for item in items}
    strangers, items_before = after.keys() - before.keys(), set(made.keys)
    new = sum(item not in items_before for items in after.values() for item in set(items))
    assert strangers and new
    provenance = open_corpus("train.e2v").provenance
    assert (provenance["settings"], provenance["moment"]) == ({"by": "time", "at": at}, at)
    # What is kept can be cut again, and all that was before is before.
    e2v.split("train.e2v", "less.e2v", held_out="valid.txt", at="20" if first is None else str(first + 20))
    assert histories_in("less.e2v") == by_user([event for event in events if event.day < 20])
    # The share of the events from day 40 on is the same cut.
    share = sum(event.day >= 40 for event in events) / len(events)
    e2v.split("all.e2v", "again.e2v", held_out="again.txt", last_share=share)
    assert open_corpus("again.e2v").provenance["moment"] == at
    assert Path("again.txt").read_bytes() == Path("test.txt").read_bytes()


def test_what_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    written([Event(*row) for row in (("u", "a", 1), ("u", "b", 3), ("v", "c", 4), ("v", "b", 4))], None)
    command_line("events log.csv --time when -o all.e2v")
    capsys.readouterr()
    command_line("split all.e2v --at 3 -o train.e2v --held-out test.txt")
    told = capsys.readouterr().err.splitlines()
    assert told[0] == "train.e2v: 1 item kept; 3 items of 2 users held out in test.txt"
    assert told[1] == "held out from 3 on; 1 user and 3 items of it are not in train.e2v"
    command_line("compare all.e2v --at 2.5 --methods popularity")
    assert "for 1 user what was held out, from 2.5 on" in capsys.readouterr().err


def test_events_of_one_moment_stay_together() -> None:
    rows = (("u", "a", 1), ("u", "b", 2), ("v", "a", 2), ("v", "c", 2), ("u", "c", 3))
    written([Event(*row) for row in rows], None)
    command_line("events log.csv --time when -o all.e2v")
    e2v.split("all.e2v", "train.e2v", held_out="test.txt", by="time", last_share=0.4)
    assert histories_in("train.e2v") == {"u": ["a"]}
    e2v.split("all.e2v", "train.e2v", held_out="test.txt", by="time")  # a tenth
    assert open_corpus("train.e2v").provenance["moment"] == "3"


@pytest.mark.parametrize("by", ["random", "last-out"])
def test_every_cut_keeps_the_times(by: str) -> None:
    written([Event(user, item, day) for user in "uv" for day, item in enumerate("abcba")], None)
    command_line("events log.csv --time when -o all.e2v")
    times = open_corpus(e2v.split("all.e2v", "train.e2v", held_out="t.txt", by=by).path).times()
    assert times is not None
    day_of = {"a": (0, 4), "b": (1, 3), "c": (2,)}
    kept = [item for items in histories_in("train.e2v").values() for item in items]
    assert len(kept) == len(times.values) < 10
    assert all(day in day_of[item] for item, day in zip(kept, times.values.tolist(), strict=True))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"at": "2024-01-31"},
            "at must be a number, as times are in the log, not 2024-01-31; times go from 1",
        ),
        ({"at": ""}, "at must be a number, as times are in the log, not nothing"),
        ({"at": 10}, "no user has events both before 10 and later; times go from 1 to 9"),
        ({"at": 1}, "no user has events both before 1 and later"),
        ({"at": 4, "last_share": 0.1}, "last_share does not go with at"),
        ({"at": 4, "by": "random"}, "at applies to by time only"),
        ({"at": 4, "share": 0.1}, "share applies to by random only"),
    ],
)
def test_cuts_that_cannot_be(given: dict[str, object], told: str) -> None:
    written([Event("u", item, day) for day, item in enumerate("abcdefghi", 1)], None)
    e2v.events("log.csv", "all.e2v", time="when")
    with pytest.raises(E2VError) as caught:
        e2v.split("all.e2v", "train.e2v", held_out="test.txt", **given)
    assert told in str(caught.value)
    assert not Path("train.e2v").exists() and not Path("test.txt").exists()


def test_times_are_needed() -> None:
    write_corpus(Path("sets.e2v"), ["ab", "cd"], "uv", made={"ordered": False})
    cuts = (
        lambda at: e2v.split("sets.e2v", "a.e2v", held_out="b", at=at),
        lambda at: e2v.compare("sets.e2v", at=at),
    )
    for cut in cuts:
        with pytest.raises(E2VError, match=r"does not say when its events were; e2v events --time COLUMN"):
            cut("3")


@pytest.mark.parametrize(
    ("times", "unit", "what"),
    [
        (np.array([1, 2, np.nan, 4]), "numbers", "times: holds values that are not finite"),
        (np.array([1, 2, 3, 4]), "weeks", 'times is "weeks", not one of seconds, microseconds, numbers'),
        (np.array([1, 2, 3, 2**62]), "microseconds", "times: are not between the years 1 and 9999"),
        (np.array([1, 2, 3, 4], np.int32), ["seconds"], "times is"),
    ],
)
def test_times_that_are_none(times: np.ndarray, unit: object, what: str) -> None:
    write_corpus(Path("odd.e2v"), ["ab", "cd"], "uv", made={"ordered": True, "times": unit}, times=times)
    with pytest.raises(DamagedFileError) as caught:
        e2v.split("odd.e2v", "train.e2v", held_out="test.txt", at="1970-01-01")
    assert what in str(caught.value)
