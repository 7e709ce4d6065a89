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
    with resources.files(__package__).joinpath("countries.tsv").open(encoding="utf-8", newline="") as table:
        rows = csv.reader(table, delimiter="\t")
        next(rows)  # the names of the columns
        return [Country(*row) for row in rows]
