"""Times and intervals as people write them."""

from __future__ import annotations

import pickle

import pytest

from e2v.durations import Duration, Interval, interval, seconds, shown_time


@pytest.mark.parametrize(
    ("written", "expected"),
    [("90s", 90), ("15m", 900), ("1h30m", 5400), ("2d", 172_800), ("1.5h", 5400), (7, 7)],
)
def test_times_are_read(written: str | float, expected: float) -> None:
    assert seconds(written) == expected


@pytest.mark.parametrize("written", ["", "1", "h", "1h 30m", "30m1", "-1s", "1x", -1, float("inf"), "infs"])
def test_what_is_no_time(written: str | float) -> None:
    with pytest.raises(ValueError, match="takes a time such as"):
        seconds(written)


def test_intervals_are_of_time_or_of_epochs() -> None:
    assert interval("10m") == Interval(600) == interval(600.0)
    assert interval("0.5e") == Interval(epochs=0.5) == interval(interval("0.5e"))
    assert Interval(600).is_over(600, 0) and not Interval(600).is_over(599, 99)
    assert Interval(epochs=2).is_over(0, 2) and not Interval(epochs=2).is_over(99, 1.9)
    with pytest.raises(ValueError, match="or a number of epochs such as 1e"):
        interval("often")


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        (0, "0.0s"), (2.46, "2.5s"), (9.96, "10.0s"), (10, "10s"), (59.4, "59s"), (60, "1m00s"),
        (750, "12m30s"), (3600, "1h00m"), (3900, "1h05m"), (86_399, "23h59m"), (86_400, "1d00h"),
        (200_000, "2d07h"),
    ],
)  # fmt: skip
def test_times_are_shown_in_two_units(time: float, shown: str) -> None:
    assert shown_time(time) == shown


def test_a_duration_is_shown_as_it_was_written_also_in_another_process() -> None:
    made = pickle.loads(pickle.dumps(Duration("36h")))
    assert made == 129_600 and str(made) == "36h"
