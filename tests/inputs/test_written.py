from __future__ import annotations

import io
from pathlib import Path

import pytest

from e2v.inputs.dialect import DialectOptions
from e2v.inputs.faults import Faults
from e2v.inputs.sources import Source
from e2v.inputs.tables import read_table
from e2v.inputs.written import write_rows

FIELDS = [
    "plain",
    'said "no"',
    '"',
    '""',
    "a\tb",
    "two\nlines",
    " blank",
    "",
    "{1}",
    "[2]",
    "\ufeffmark",
    "a,b",
]


@pytest.mark.parametrize("quote_all", [True, False])
def test_rows_are_read_as_they_were_written(tmp_path: Path, quote_all: bool) -> None:
    with (tmp_path / "rows.tsv").open("w", newline="") as file:
        write_rows(
            file,
            [("id", "value"), *((f"k{n}", field) for n, field in enumerate(FIELDS))],
            quote_all=quote_all,
        )
    source, faults = Source(str(tmp_path / "rows.tsv")), Faults(strict=True)
    options = DialectOptions(delimiter="\t", quote='"')
    read = [
        value
        for batch in read_table(source, ("value",), faults, options)
        for value in batch.columns[0].strings()
    ]
    assert read == [field.strip() for field in FIELDS]


def test_only_what_needs_quotes_has_them() -> None:
    file = io.StringIO()
    write_rows(file, [("plain", 'a "b"', "", "c,d")])
    assert file.getvalue() == 'plain\t"a ""b"""\t""\tc,d\n'
