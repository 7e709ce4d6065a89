from datetime import datetime, timedelta

import numpy as np
import pytest

from e2v.corpus.times import Times

_SECOND = 1_000_000


@pytest.mark.parametrize(
    ("values", "dates", "dtype", "unit"),
    [
        (np.array([0, 2**31 - 1, -(2**31)]), False, np.int32, "numbers"),
        (np.array([0, 2**31]), False, np.int64, "numbers"),
        (np.array([0.5, 1]), False, np.float64, "numbers"),
        (np.array([0, 1_700_000_000 * _SECOND]), True, np.int32, "seconds"),
        (np.array([0, 2**31 * _SECOND]), True, np.int64, "seconds"),
        (np.array([0, 1_700_000_000 * _SECOND + 1]), True, np.int64, "microseconds"),
    ],
)
def test_as_few_bytes_as_hold_them(values: np.ndarray, dates: bool, dtype: type, unit: str) -> None:
    times = Times.of_log(values, dates=dates)
    assert (times.values.dtype, times.unit) == (dtype, unit)
    assert (times.values.astype(values.dtype) * (_SECOND if unit == "seconds" else 1) == values).all()


@pytest.mark.parametrize(
    ("unit", "text", "moment", "shown"),
    [
        ("numbers", " 1234567890123456789 ", 1234567890123456789, None),
        ("numbers", "2.5", 2.5, "2.5"),
        ("numbers", "-1", -1, "-1"),
        ("seconds", "1970-01-02", 86400, "1970-01-02"),
        ("seconds", "1970-01-01 00:00:01.5", 2, "1970-01-01 00:00:02"),
        ("seconds", "1969-12-31T23:59:58.5", -1, "1969-12-31 23:59:59"),
        ("seconds", "1970-01-01T01:00:00+01:00", 0, "1970-01-01"),
        ("microseconds", "1970-01-01 00:00:01.5", 1_500_000, "1970-01-01 00:00:01.500000"),
    ],
)
def test_moments(unit: str, text: str, moment: float, shown: str | None) -> None:
    times = Times(np.array([0, 1]), unit)
    assert times.moment(text) == moment
    assert times.shown(moment) == (shown or text.strip())
    assert times.moment(times.shown(moment)) == moment


@pytest.mark.parametrize("later", [0, 1])
def test_the_last_moment_is_one_and_the_next_is_none(later: int) -> None:
    last = (datetime.max - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    assert len(list(Times(np.array([1, last + later]), "microseconds").problems())) == later
