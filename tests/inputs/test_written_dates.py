"""Dates with the year last: their order is told by all of them, and never guessed."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime

import numpy as np
import pytest

from e2v import notices
from e2v.errors import InputError
from e2v.inputs import written_dates
from e2v.inputs.values import Column
from e2v.inputs.written_dates import DateOrder, WrittenDates

FIRST_OF_FEBRUARY, SECOND_OF_JANUARY = datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 1, 2, tzinfo=UTC)


def read(*texts: str, order: DateOrder | None = None) -> list[datetime]:
    """The dates of a column, of which each value comes by itself."""
    dates = WrittenDates(order)
    parts = [dates.read(Column.of([text])) for text in texts]
    assert not any(part.wrong.any() for part in parts)
    times = dates.chosen(np.concatenate([part.values for part in parts]), "column at")
    return [datetime.fromtimestamp(time / 1e6, UTC) for time in times.tolist()]


def test_one_date_that_fits_one_order_tells_it() -> None:
    assert read("01/02/2024", "31/01/2024")[0] == FIRST_OF_FEBRUARY
    assert read("01/02/2024", "1/31/2024")[0] == SECOND_OF_JANUARY
    assert read("01-02-2024 10:00", "13-02-2024 9:00:30")[1] == datetime(2024, 2, 13, 9, 0, 30, tzinfo=UTC)
    assert read("5/5/2024") == [datetime(2024, 5, 5, tzinfo=UTC)]


def test_points_have_the_day_first_and_a_year_in_front_leaves_no_doubt() -> None:
    assert read("01.02.2024", "1.2.2024 00:00") == [FIRST_OF_FEBRUARY] * 2
    assert read("2024/02/01", "2024.2.1") == [FIRST_OF_FEBRUARY] * 2


def test_no_order_is_guessed() -> None:
    with pytest.raises(InputError, match=r"such as '03/04/2024': is the day first, or the month\?; date_o"):
        read("5/5/2024", "03/04/2024")
    with pytest.raises(InputError, match="has '31/01/2024', with the day first, and '01/31/2024', with"):
        read("03/04/2024", "31/01/2024", "01/31/2024")
    assert read("01/02/2024", order="day-first") == [FIRST_OF_FEBRUARY]
    assert read("01/02/2024", order="month-first") == [SECOND_OF_JANUARY]


def test_halves_of_the_day() -> None:
    clocks = {"12:00 AM": 0, "1:00 am": 1, "12:00 PM": 12, "11:00 p.m.": 23, "11:00": 11}
    assert [moment.hour for moment in read(*(f"1/31/2024 {clock}" for clock in clocks))] == [*clocks.values()]


@pytest.mark.parametrize(
    "text",
    [
        "31/31/2024",
        "30.02.2024",
        "1/2/24",
        "1/2-2024",
        "2024-01-31",
        "1/31/2024 25:00",
        "1/31/2024 13:00 PM",
        "1/31/2024 12:60",
        "1/31/2024,",
        "1/31/2024 12:00 x",
        "",
    ],
)
def test_what_is_none(text: str) -> None:
    assert WrittenDates().read(Column.of([text])).wrong.tolist() == [True]
    assert WrittenDates("month-first").read(Column.of(["31/01/2024"])).wrong.all()


def test_what_is_told_is_told_by_a_date_that_fits_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by one of a row that is left out."""
    said: list[str] = []
    monkeypatch.setattr(notices, "_listeners", [lambda _, message: said.append(message)])
    dates = WrittenDates()
    dates.read(Column.of(["01/31/2024", "02/02/2024", "03/04/2024"]))
    kept = dates.read(Column.of(["03/04/2024", "13/04/2024"]))
    dates.chosen(kept.values, "column at")
    assert said == ["column at: dates have the day first, as '13/04/2024' tells"]


def test_what_is_kept_does_not_grow_with_the_column() -> None:
    dates = WrittenDates()
    many = [f"1/31/2024 {n // 3600}:{n // 60 % 60:02}:{n % 60:02}" for n in range(0, 86400, 7)]
    tracemalloc.start()
    for year in range(2000, 2010):
        assert not dates.read(Column.of([text.replace("2024", str(year)) for text in many])).wrong.any()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 3_000_000  # 120,000 texts took 27 MB


def test_a_column_of_anything_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written_dates, "_MOST_KEPT", 10)
    dates = WrittenDates()
    assert dates.read(
        Column.of([f"no {n}" for n in range(1000)] + [f"n{n}" for n in range(1000)])
    ).wrong.all()
    assert max(len(dates._dates), len(dates._clocks)) <= 10
    assert not dates.read(Column.of([f"1/{day}/2024 {day}:00" for day in range(1, 24)])).wrong.any()
