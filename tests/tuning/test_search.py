"""A search over made-up trials, whose best settings are known."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.errors import InputError, Interrupted, TrainingError, UsageError
from e2v.jobs.trials import Learning, Measured
from e2v.jobs.tune import _Search
from e2v.progress import silent
from e2v.settings import declared, resolve
from e2v.training.priors import draw_settings
from e2v.tuning import rounds
from e2v.tuning.rounds import Round, rounds_of, smallest, timed_rounds
from e2v.tuning.settings import TuneSettings
from e2v.tuning.table import Table, Trial
from e2v.tuning.verdict import Found, command_line

GOLDEN = Path(__file__).parent.parent / "golden"

LEARNINGS = [
    Learning.of_corpus(learner, GOLDEN / "corpus-2.e2v", ordered=ordered)
    for learner in ("tower", "item2vec", "word2vec")
    for ordered in (True, False)
]


class MadeUp:
    """Trials whose value is a function of the settings, with noise that falls with the sample.

    gain: what settings with a learning rate below .05 have more than others. fails: of which number of trial.
    """

    unit, whole, measure = "users", 9000, "NDCG@20"

    def __init__(self, gain: float, fails: int | None = None) -> None:
        self.gain, self.fails = gain, fails
        self.asked: list[tuple[dict[str, Any], int]] = []

    def measured(self, given: Mapping[str, Any], size: int, report: Any, *, confirms: bool) -> Measured:
        report("anything")
        self.asked.append((dict(given), size))
        if len(self.asked) == self.fails:
            raise TrainingError("the loss has become nan")
        rng = np.random.default_rng([size, *map(ord, repr(sorted(given.items())))])
        value = 0.2 + self.gain * (given.get("lr", 0.1) < 0.05)
        choosing, confirming = (value + 0.5 * rng.standard_normal(size // 2) for _ in range(2))
        return Measured(choosing, confirming if confirms else None)


def search(made_up: MadeUp, path: Path, *, resume: bool = False, **given: Any) -> Found:
    settings = resolve(TuneSettings, given)
    table = Table(path, {"of": "made up"}, resume=resume)
    return _Search(made_up, LEARNINGS[0], {"dim": 8}, settings, table, silent).run()


def test_the_best_third_goes_on_with_three_times_as_much(tmp_path: Path) -> None:
    made_up = MadeUp(0.2)
    found = search(made_up, tmp_path / "t", trials=18)
    sizes = [size for _, size in made_up.asked]
    assert {size: sizes.count(size) for size in sizes} == {1000: 18, 3000: 6, 9000: 2}
    assert [given for given, size in made_up.asked if given == {"dim": 8}] == [{"dim": 8}] * 3
    of_first = {json.dumps(given) for given, size in made_up.asked if size == 1000}
    assert all(json.dumps(given) in of_first for given, _ in made_up.asked) and len(of_first) == 18
    assert found.trials == 26 and found.rounds == 3
    assert found.best is found.chosen and found.best.settings["lr"] < 0.05
    assert found.verdict.startswith("better than the defaults: NDCG@20 0.3")
    assert found.best.ahead == pytest.approx(0.2, abs=0.05)
    rows = [json.loads(line) for line in (tmp_path / "t").read_text().splitlines()]
    assert len(rows) == 27 and "dim" not in rows[2]["settings"]
    assert [row["number"] for row in rows[1:] if "ahead" in row] == [found.best.number]


def test_a_best_that_is_so_by_chance_is_not_taken(tmp_path: Path) -> None:
    by_chance = [search(MadeUp(0.0), tmp_path / f"{n}", trials=12, seed=n) for n in range(8)]
    taken = [found for found in by_chance if found.chosen.number]
    assert sum(found.best.number > 0 for found in by_chance) > len(taken)
    assert len(taken) <= 2
    assert all("the defaults are kept" in found.verdict for found in by_chance if found not in taken)


def test_a_search_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    whole = search(MadeUp(0.2), tmp_path / "whole", trials=9)

    for after in (1, 5, 9, 11, 13):
        path = tmp_path / f"killed-{after}"
        lines = (tmp_path / "whole").read_text().splitlines(keepends=True)
        path.write_text("".join(lines[: 1 + after]) + '{"round": 1, "num')
        made_up = MadeUp(0.2)
        found = search(made_up, path, resume=True, trials=9)
        again = 1 if after == 13 else 0  # the defaults', by which the last trial is compared
        assert len(made_up.asked) == 14 - after + again
        assert [t.number for t in found.finalists] == [t.number for t in whole.finalists]
        assert found.best.ahead == whole.best.ahead and found.verdict == whole.verdict
    with pytest.raises(InputError, match="is of another search: of something there, made up here"):
        path.unlink()
        Table(path, {"of": "something"}, resume=False).add(whole.finalists[0])
        search(MadeUp(0), path, resume=True, trials=9)


def test_a_table_of_before_is_put_aside_with_the_first_trial(tmp_path: Path) -> None:
    path, trial = tmp_path / "t", Trial(round=1, number=0, settings={}, size=9, value=0.5, seconds=1)
    texts = []
    for asides in ([], ["t.old"], ["t.old", "t.old1"]):
        table = Table(path, {}, resume=False)
        assert path.exists() is bool(texts) and not table.begun
        assert not texts or path.read_text() == texts[-1]
        table.add(trial)
        if asides:  # the last of them was done
            table.conclude(0, "e2v tower")
        assert sorted(each.name for each in tmp_path.iterdir()) == ["t", *asides]
        assert [(tmp_path / name).read_text() for name in asides] == texts
        texts.append(path.read_text())
    path.write_text("my own notes\n")
    with pytest.raises(UsageError, match="is no table of them"):
        Table(path, {}, resume=True)


def test_time_ends_a_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("e2v.jobs.tune.time.monotonic", lambda: now[0])

    class Slow(MadeUp):
        def measured(self, given: Mapping[str, Any], size: int, report: Any, *, confirms: bool) -> Measured:
            now[0] += size / 100
            return super().measured(given, size, report, confirms=confirms)

    for budget, wanted in ((600, {1000: 15, 3000: 5, 9000: 3}), (80, {1000: 4, 2000: 2}), (5, {1000: 1})):
        slow = Slow(0.2)
        found = search(slow, tmp_path / f"{budget}", time_budget=budget)
        sizes = [size for _, size in slow.asked]
        assert {size: sizes.count(size) for size in sizes} == wanted
        assert sum(sizes) / 100 <= max(budget, 10)
    assert found.verdict == "the defaults are kept: there was no time for others, or they failed"


def test_settings_that_fail_lose_and_defaults_that_fail_are_an_error(tmp_path: Path) -> None:
    found = search(MadeUp(0.2, fails=3), tmp_path / "t", trials=9)
    failed = [json.loads(line) for line in (tmp_path / "t").read_text().splitlines()][3]
    assert failed["failed"] == "the loss has become nan" and failed["value"] is None
    assert failed["number"] not in [trial.number for trial in found.finalists]
    with pytest.raises(TrainingError):
        search(MadeUp(0.2, fails=1), tmp_path / "u", trials=9)


def test_samples_grow_from_a_thousand_to_all() -> None:
    assert [smallest(n) for n in (1, 671, 2999, 3000, 9000, 90_000)] == [1, 671, 2999, 1000, 1000, 10_000]
    assert [this.size for this in rounds_of(22_363, 9)] == [2484, 7453, 22_363]
    assert timed_rounds(671, 60, 1.0) == [Round(671, rounds._MOST, 60)]
    # two trials of the whole take half of the time at most
    assert [this.size for this in timed_rounds(9000, 360, 10.0)] == [1000, 3000, 9000]
    assert [this.size for this in timed_rounds(9000, 120, 10.0)] == [1000, 3000]
    assert [this.until for this in timed_rounds(9000, 360, 10.0)] == [90, 180, 360]


@pytest.mark.parametrize("learning", LEARNINGS, ids=lambda each: f"{each.learner}")
def test_priors_are_of_settings_and_within_their_ranges(learning: Learning) -> None:
    known = declared(learning.of)
    for name, prior in learning.priors.items():
        for value in prior.ends:
            assert known[name].value(value) == value
    rng = np.random.default_rng(1)
    default = resolve(learning.of, {}, learning.base)
    for _ in range(60):
        drawn = draw_settings(learning.of, learning.priors, learning.base, ["epochs"], rng)
        assert drawn and "epochs" not in drawn
        made = resolve(learning.of, drawn, learning.base)  # refuses what does not apply
        assert all(getattr(made, name) != getattr(default, name) for name in drawn)
        for name, value in drawn.items():
            ends = learning.priors[name].ends
            if not isinstance(value, str | bool):
                assert min(ends) <= value <= max(ends)


def test_fixed_settings() -> None:
    tower = LEARNINGS[0]
    assert tower.fixed(["dim=64", "--noise-exponent=.5", "recency=false", "hidden=0"]) == {
        "dim": 64,
        "noise_exponent": 0.5,
        "recency": False,
        "hidden": (),
    }
    for wrong in ("dim", "dim=", "=3", "seed=2", "recency=no", "dim=0", "dims=3"):
        with pytest.raises(UsageError):
            tower.fixed([wrong])


def test_the_command_line_is_for_a_shell() -> None:
    tower, items = LEARNINGS[0], LEARNINGS[2]
    given = {"dim": 64, "recency": False, "age": True, "hidden": (8, 4), "lr": 0.05}
    line = command_line("tower", None, tower.of, "my log.e2v", "a.e2v", given)
    assert line == ("e2v tower 'my log.e2v' --dim 64 --no-recency --age --hidden 8,4 --lr 0.05 -o a.e2v")
    line = command_line("train", "items", items.of, "c.e2v", "a.e2v", {"noise_exponent": -0.3})
    assert line == "e2v train c.e2v --preset items --noise-exponent -0.3 -o a.e2v"


def test_interruptions_are_no_failures(tmp_path: Path) -> None:
    class Stopped(MadeUp):
        def measured(self, given: Mapping[str, Any], size: int, report: Any, *, confirms: bool) -> Measured:
            raise Interrupted

    with pytest.raises(Interrupted):
        search(Stopped(0), tmp_path / "t", trials=3)


def test_a_trial_is_read_as_it_was_written(tmp_path: Path) -> None:
    trial = Trial(round=1, number=2, settings={"lr": 0.1}, size=3, value=0.25, seconds=1.5)
    Table(tmp_path / "t", {}, resume=False).add(trial)
    assert Table(tmp_path / "t", {}, resume=True).of_round(1) == [trial]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", {}),  # which the fuzzer found
        ("number", -1),
        ("round", None),
        ("round", 0),
        ("size", 1.5),
        ("settings", 10),
        ("value", {}),
        ("ahead", "much"),
        ("seconds", None),
        ("seconds", math.nan),
        ("failed", 3),
        ("colour", "red"),
    ],
)
def test_fields_of_another_type_are_refused(tmp_path: Path, field: str, value: Any) -> None:
    record = {"round": 1, "number": 2, "settings": {}, "size": 3, "value": None, "seconds": 1.5, field: value}
    lines = [{"tuning": {}}, record, {"chosen": 2, "command": "x"}]
    (tmp_path / "t").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(UsageError, match="is no table of them"):
        Table(tmp_path / "t", {}, resume=True)
