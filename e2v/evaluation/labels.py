"""Label purity: do the neighbours of an item share its labels?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from e2v.errors import InputError, UsageError
from e2v.evaluation.files import bad_line, read_lines, split_line
from e2v.evaluation.measurement import Measurement
from e2v.vectors import KeyedVectors
from e2v.vectors.matrix import Stored, unit
from e2v.vectors.nearest import Scorer, best

#: Between the labels of one item, as in MovieLens' Adventure|Children|Fantasy.
_BETWEEN_LABELS = "|"

Labels = Mapping[str, frozenset[str]]


class LabelSource(NamedTuple):
    """A table and the columns of it that hold keys and labels: names, or numbers from 1."""

    path: Path
    key_column: str
    label_column: str

    @classmethod
    def parse(cls, text: str) -> LabelSource:
        """Read `FILE:KEY:LABELS`.

        Raises:
            UsageError: it is not that.
        """
        path, *columns = text.rsplit(":", 2)
        if len(columns) != 2 or not all((path, *columns)):
            raise UsageError(
                f"'{text}' names no labels",
                "write FILE:KEY:LABELS, as in movies.csv:movieId:genres or items.tsv:1:3",
            )
        return cls(Path(path), *columns)


def read_labels(source: LabelSource) -> dict[str, frozenset[str]]:
    """The labels of each key: an item has several if they are joined by |, or it has several rows.

    Columns are separated by tabs if the first line has one, else by commas. The first line names
    the columns, unless both are given as numbers.

    Raises:
        InputError: the file is missing, has no such column, or has a row that is too short.
    """
    numbered = source.key_column.isdecimal() and source.label_column.isdecimal()
    labels: dict[str, frozenset[str]] = {}
    columns: list[int] = []
    delimiter = ","
    for number, line in read_lines(source.path):
        if not columns:
            delimiter = "\t" if "\t" in line else ","
        fields = split_line(source.path, number, line, delimiter)
        if not columns:
            columns = _columns(source, fields, numbered)
            if not numbered:
                continue
        if len(fields) <= max(columns):
            raise bad_line(source.path, number, f"{max(columns) + 1} columns expected, got {len(fields)}")
        key, joined = (fields[column] for column in columns)
        found = frozenset(label for part in joined.split(_BETWEEN_LABELS) if (label := part.strip()))
        if found:
            labels[key] = labels.get(key, frozenset()) | found
    if not labels:
        raise InputError(f"{source.path} holds no labels")
    return labels


def _columns(source: LabelSource, header: Sequence[str], numbered: bool) -> list[int]:
    wanted = (source.key_column, source.label_column)
    if numbered:
        return [int(column) - 1 for column in wanted]
    for column in wanted:
        if column not in header:
            raise InputError(f"{source.path} has no column '{column}'", f"there are {', '.join(header)}")
    return [header.index(column) for column in wanted]


def evaluate_labels(vectors: KeyedVectors, labels: Labels, k: int) -> Measurement:
    """The share of an item's k nearest neighbours that have a label in common with it, on average.

    Neighbours are the items of highest cosine among those that have labels at all; items without are
    left out. Barkan and Koenigstein (2016), "Item2vec", section 4.2, measure genre consistency in this way.

    Raises:
        UsageError: the vectors are of two spaces, input-output.
        InputError: fewer than two of the labelled keys are in the vocabulary.
    """
    if vectors.targets is not None:
        raise UsageError("label purity needs vectors of one space", "use --vectors input")
    rows, row_labels = [], []
    for row, key in enumerate(vectors.keys):
        if key in labels:
            rows.append(row)
            row_labels.append(labels[key])
    if len(rows) < 2:
        raise InputError(
            f"{len(rows)} of the {len(labels)} labelled keys are in the vocabulary", "are these its keys?"
        )
    candidates = unit(vectors.matrix.rows(np.array(rows, np.int64)))
    scorer = Scorer(Stored(candidates), len(rows))
    k = min(k, len(rows) - 1)
    shared = 0
    for first in range(0, len(rows), scorer.batch_size):
        scores = scorer.scores(candidates[first : first + scorer.batch_size])
        for item, row_scores in enumerate(scores, first):
            row_scores[item] = -np.inf
            shared += sum(
                not row_labels[item].isdisjoint(row_labels[neighbour])
                for neighbour in best(row_scores, k).tolist()
            )
    return Measurement("purity", f"purity@{k}", shared / (k * len(rows)), len(rows), len(labels))
