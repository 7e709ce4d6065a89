"""What the fuzzer makes of inputs: other inputs, of the same structure; and how it adds up what it has done."""

from __future__ import annotations

import json
import pickletools
import random
import sqlite3
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.attacks.fuzz import Tally, lacking, save, tallies
from tests.attacks.mutations import LONGEST, of_bytes, of_counted_json, of_databases, of_json, of_pickles
from tests.attacks.readers import READERS

_MADE = 40


def _is_counted_json(data: bytes) -> None:
    json.loads(data[8 : 8 + struct.unpack_from("<Q", data)[0]])


def _is_a_database(data: bytes) -> None:
    database = sqlite3.connect(":memory:")
    database.deserialize(data)
    assert database.execute("SELECT count(*) FROM sqlite_master").fetchone()


@pytest.mark.parametrize("name", [name for name, reader in READERS.items() if reader.mutate])
def test_most_inputs_become_others(name: str) -> None:
    pytest.importorskip("faiss" if name == "e2v graph" else "numpy")
    pytest.importorskip("pyarrow" if "parquet" in name else "numpy")
    mutate, rng = READERS[name].mutate, random.Random(1)
    seeds = READERS[name].seeds()
    if name in ("tables", "columns", "events"):
        seeds = [seed for seed in seeds if b"{" in seed]
    assert mutate
    made = [(seed, mutate(seed, rng)) for seed in rng.choices(seeds, k=_MADE)]
    assert sum(seed != changed for seed, changed in made) > _MADE / 2
    pool = [b"", *seeds]
    for _ in range(_MADE if "parquet" in name else 20 * _MADE):  # and what is damaged does no harm
        changed = mutate(rng.choice(pool), rng)
        pool += [changed[:LONGEST], of_bytes(changed, rng, pool)]


@pytest.mark.parametrize(
    ("name", "mutate", "look", "sound"),
    [
        ("e2v header", of_json, json.loads, 1),
        ("safetensors", of_counted_json, _is_counted_json, 1),
        ("sqlite", of_databases, _is_a_database, 0.5),
        ("gensim", of_pickles, lambda data: list(pickletools.genops(data)), 0.5),
    ],
)
def test_their_structure_stays(
    name: str, mutate: Callable[..., bytes], look: Callable[[bytes], object], sound: float
) -> None:
    rng = random.Random(1)
    seeds = READERS[name].seeds()
    kept = 0
    for seed in rng.choices(seeds, k=_MADE):
        try:
            look(mutate(seed, rng))
        except (ValueError, sqlite3.Error):
            continue
        kept += 1
    assert kept >= sound * _MADE


def test_executions_are_added_up(tmp_path: Path) -> None:
    path = tmp_path / "executions.tsv"
    assert tallies(path) == {}
    found = {"text": Tally(250_000, 12.0, 34, 5), "e2v graph": Tally(10**9)}
    save(path, found)
    assert tallies(path) == found
    assert [lacking(name, tally) for name, tally in found.items()] == [0.75, 0]
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
