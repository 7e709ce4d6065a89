"""`e2v eval --ranking` measures the lists that `e2v recommend` prints."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.store import ArtifactWriter, Keys
from tests.builders import keyed, write_corpus
from tests.commands import command_line


def test_users_with_features_and_users_of_unknown_items(tmp_path: Path, monkeypatch, capsys) -> None:
    """Every third user has only items that the model does not know, and is served what is popular in it."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(9)
    known, strange = keyed(12), [f"x{item}" for item in range(12)]
    users = [f"u{user}" for user in range(30)]
    histories = {
        user: rng.choice(strange if number % 3 == 0 else known + strange, 4).tolist()
        for number, user in enumerate(users)
    }
    write_corpus(Path("c.e2v"), histories.values(), histories)
    with ArtifactWriter(Path("m.e2v"), "model", {}) as writer:
        writer.add_keys("keys", Keys.from_strings(known))
        writer.add("counts", np.arange(12, 0, -1))
        writer.add("input", rng.standard_normal((12, 4), np.float32))
        writer.add("output", rng.standard_normal((12, 4), np.float32))
        writer.add("bias", rng.standard_normal(12).astype(np.float32))
        writer.add("tower.0.weight", rng.standard_normal((5, 4), np.float32))
        writer.add("tower.0.bias", np.zeros(4, np.float32))
        writer.add_keys("features", Keys.from_strings(["age"]))
        writer.add("features.shift", np.zeros(1, np.float32))
        writer.add("features.scale", np.ones(1, np.float32))
    table = "".join(f"{user},{3 * rng.standard_normal():.3f}\n" for user in users)
    Path("users.csv").write_text(f"user,age\n{table}")
    held_out = {
        user: [*rng.permutation([item for item in known if item not in histories[user]])[:4], "nowhere"]
        for user in users
    }
    Path("held").write_text("".join(f"{user} {' '.join(items)}\n" for user, items in held_out.items()))
    command_line("users m.e2v c.e2v --user-features users.csv -o users.e2v")
    command_line("index m.e2v -o items.e2v")
    capsys.readouterr()
    command_line("recommend --users users.e2v --index items.e2v --all -n 3")
    shown = defaultdict(list)
    for line in capsys.readouterr().out.splitlines():
        user, item, *_ = line.split("\t")
        shown[user].append(item)
    assert shown["u0"] == known[:3]
    recall = [len(set(shown[user]) & set(items)) / len(items) for user, items in held_out.items()]
    measured = e2v.evaluate("m.e2v", ranking="held", corpus="c.e2v", n=3, user_features="users.csv")
    found = {one.name: one for one in measured}
    assert (found["recall"].value, found["recall"].used) == (pytest.approx(np.mean(recall)), 30)
    without = e2v.evaluate("m.e2v", ranking="held", corpus="c.e2v", n=3)
    assert [one.value for one in without] != [one.value for one in measured]
