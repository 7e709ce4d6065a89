"""The table of facts that the demonstration corpus is generated from."""

from __future__ import annotations

import csv
from importlib import resources
from typing import NamedTuple


class Country(NamedTuple):
    """One row of `countries.tsv`; every field is a single lower-case token."""

    country: str
    capital: str
    currency: str
    language: str  # the most widely spoken one
    demonym: str
    continent: str


def countries() -> list[Country]:
    """Every country of the table, in alphabetical order."""
    table = resources.files(__package__).joinpath("countries.tsv").read_text(encoding="utf-8")
    rows = csv.reader(table.splitlines()[1:], delimiter="\t")  # the first line names the columns
    return [Country(*row) for row in rows]
