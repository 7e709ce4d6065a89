"""Users with new events are, to the bit, what all events would make of them; others stay as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.errors import E2VError
from e2v.recommend import user_vectors as making
from e2v.recommend.features import UserFeatures
from e2v.recommend.updated_users import updated_users
from e2v.store import ArtifactWriter, open_artifact
from e2v.store.provenance import Record
from tests.builders import keyed, ragged, write_corpus, write_model
from tests.cli.conftest import Typed
from tests.commands import command_line
from tests.conftest import Run
from tests.golden.make import FOLDER

N = 30
RNG = np.random.default_rng(4)
SIZES = RNG.integers(1, 40, 75).tolist()
HISTORIES = {f"u{user}": [f"k{row}" for row in RNG.integers(0, N + 3, n)] for user, n in enumerate(SIZES)}
OLD = {user: items[:-2] if number % 3 else items for number, (user, items) in enumerate(HISTORIES.items())}
OLD = {user: items for user, items in OLD.items() if user not in ("u70", "u71") and items}
NEW = {user: items[len(OLD.get(user, ())) :] for user, items in HISTORIES.items()}
NEW = {user: items for user, items in NEW.items() if items}
FEATURES = "\n".join(["user,age", *(f"u{number},{number}" for number in range(0, 75, 2))])


def tower(path: Path, *, recency: bool, features: bool) -> None:
    with ArtifactWriter(path, "model", {}) as writer:
        plain = open_artifact("plain.e2v")
        for name in ("keys.bytes", "keys.offsets", "counts", "input", "output"):
            writer.add(name, plain.arrays[name])
        writer.add("bias", RNG.normal(size=N).astype(np.float32))
        wide = 24 + features
        for number, shape in enumerate(((wide, 50), (50, 24))):
            writer.add(f"tower.{number}.weight", RNG.normal(size=shape).astype(np.float32))
            writer.add(f"tower.{number}.bias", RNG.normal(size=shape[1]).astype(np.float32))
        if recency:
            writer.add("tower.recency", np.array([0.7], np.float32))
        if features:
            UserFeatures(["age"], np.array([30], np.float32), np.array([9], np.float32)).write(writer)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_model(Path("plain.e2v"), keyed(N), *RNG.normal(size=(2, N, 24)))
    for name, histories in (("old", OLD), ("new", NEW)):
        write_corpus(Path(f"{name}.e2v"), histories.values(), histories)
    both = {user: OLD.get(user, []) + NEW.get(user, []) for user in [*OLD, *NEW]}
    write_corpus(Path("both.e2v"), both.values(), both)
    Path("features.csv").write_text(FEATURES)
    return tmp_path


def arrays(name: str) -> dict[str, bytes]:
    return {each: array.tobytes() for each, array in open_artifact(name, "users").arrays.items()}


@pytest.mark.parametrize("kind", ["plain", "layers", "recency", "features"])
def test_as_if_all_events_had_been_there(
    kind: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind != "plain":
        tower(Path(f"{kind}.e2v"), recency=kind == "recency", features=kind == "features")
    options = " --user-features features.csv" if kind == "features" else ""
    command_line(f"users {kind}.e2v old.e2v -o users.e2v{options}")
    command_line(f"users {kind}.e2v both.e2v -o whole.e2v{options}")
    capsys.readouterr()
    made = []
    layers = making._through_layers
    monkeypatch.setattr(making, "_through_layers", lambda model, x: made.append(len(x)) or layers(model, x))
    command_line(f"users {kind}.e2v new.e2v --update users.e2v -o updated.e2v{options}")
    known = {user for user, items in NEW.items() if any(int(item[1:]) < N for item in items)} | (
        NEW.keys() - OLD.keys()
    )
    assert made == [len(known)] and len(known) < len(OLD)  # nobody else's vector
    assert arrays("updated.e2v") == arrays("whole.e2v")
    told = capsys.readouterr().err.splitlines()
    newcomers, same = len(NEW.keys() - OLD.keys()), len(HISTORIES) - len(known)
    assert f"{newcomers} new users, {len(known) - newcomers} with new events, {same} as before" in told[2]


def test_in_place_and_not_twice(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command_line("users plain.e2v old.e2v")
    command_line("users plain.e2v new.e2v --update users.e2v -o users.e2v --if-changed")
    command_line("users plain.e2v both.e2v -o whole.e2v")
    assert arrays("users.e2v") == arrays("whole.e2v")
    command_line("users plain.e2v new.e2v --update users.e2v -o users.e2v --if-changed")
    assert arrays("users.e2v") == arrays("whole.e2v")
    e2v.users("plain.e2v", "new.e2v", "python.e2v", update=e2v.users("plain.e2v", "old.e2v", "o.e2v"))
    assert arrays("python.e2v") == arrays("whole.e2v")
    found = e2v.recommender("plain.e2v", users="users.e2v").recommend("u5", n=5)
    assert found == e2v.recommender("plain.e2v", corpus="both.e2v").recommend("u5", n=5)


def test_no_events_are_added_twice_whatever_came_between(folder: Path, typed: Typed) -> None:
    write_corpus(Path("later.e2v"), [["k1", "k2", "x"]], ["u5"])
    update = "users plain.e2v {} --update users.e2v -o users.e2v"
    typed("users plain.e2v old.e2v")
    typed(update.format("new.e2v"))
    told = typed(update.format("later.e2v")).stderr
    assert "2 new events: 0 new users, 1 with new events, " in told
    made = Path("users.e2v").read_bytes()
    for name in ("old", "new", "later"):
        again = typed(update.format(f"{name}.e2v"))
        assert again.code == 1
        assert again.stderr.splitlines()[-1] == (
            f"e2v: users.e2v has the events of {name}.e2v already, which would count twice; "
            "update it with new events only"
        )
        same = typed(update.format(f"{name}.e2v") + " --if-changed")
        assert (same.code, "unchanged" in same.stderr) == (0, True)
        elsewhere = typed(f"users plain.e2v {name}.e2v --update users.e2v -o other.e2v --if-changed")
        assert elsewhere.code == 1 and not Path("other.e2v").exists()
    assert Path("users.e2v").read_bytes() == made


def test_nor_are_lines(run: Run, folder: Path) -> None:
    run("users", "plain.e2v", "-", "-o", "users.e2v", stdin="u k1\n")
    update = ("users", "plain.e2v", "-", "--update", "users.e2v", "-o", "users.e2v")
    run(*update, stdin="u k2\n")
    again = run(*update, stdin="u k1\n", check=False)
    assert (again.code, "has the events of stdin already" in again.stderr) == (1, True)


def test_nobody_is_made_up(run: Run, folder: Path) -> None:
    write_corpus(Path("else.e2v"), [["x", "y"], ["z"]], ["u1", "u2"])
    run("users", "plain.e2v", "old.e2v")
    users = Path("users.e2v").read_bytes()
    for name, stdin in (("else.e2v", ""), ("-", "u1 x\nu2 y \udcff\udc81\n")):
        for options in ((), ("--update", "users.e2v")):
            done = run("users", "plain.e2v", name, *options, "-o", "users.e2v", stdin=stdin, check=False)
            assert done.code == 1
            assert done.stderr.splitlines()[-1] == (
                f"e2v: none of the 3 items of {name.replace('-', 'stdin')} is known to plain.e2v; "
                "it knows such as k0"
            )
            assert Path("users.e2v").read_bytes() == users


def test_features_that_changed_make_every_vector_anew(folder: Path) -> None:
    tower(Path("t.e2v"), recency=True, features=True)
    command_line("users t.e2v old.e2v --user-features features.csv")
    with pytest.raises(E2VError, match="was made with a table of features; name it: user_features FILE"):
        command_line("users t.e2v new.e2v --update users.e2v -o new-users.e2v")
    Path("features.csv").write_text(FEATURES.replace("u4,4", "u4,70"))
    command_line("users t.e2v new.e2v --update users.e2v -o updated.e2v --user-features features.csv")
    command_line("users t.e2v both.e2v -o whole.e2v --user-features features.csv")
    assert arrays("updated.e2v") == arrays("whole.e2v")


def test_what_cannot_be_updated(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_model(Path("other.e2v"), keyed(N), *RNG.normal(size=(2, N, 24)))
    command_line("users plain.e2v old.e2v")
    with pytest.raises(E2VError, match=r"users\.e2v is of another model than other\.e2v"):
        command_line("users other.e2v new.e2v --update users.e2v -o x.e2v")
    old = open_artifact(FOLDER / "users-1.e2v")
    other = open_artifact("other.e2v")
    monkeypatch.setattr(old, "made", Record(old.path, {"model": {"digest": other.digest}}))
    with pytest.raises(E2VError, match=r"has each item of a history once.*make it anew"):
        updated_users(old, other, [], ragged([]), None)


def test_a_row_does_not_depend_on_those_beside_it(folder: Path) -> None:
    tower(Path("t.e2v"), recency=False, features=False)
    model = open_artifact("t.e2v")
    histories = [RNG.integers(0, N, size).tolist() for size in RNG.integers(0, 30, 133)]
    together = making.user_vectors(model, ragged(histories))
    for size in (1, 3, 16, 50):
        parts = [
            making.user_vectors(model, ragged(histories[first : first + size]))
            for first in range(0, len(histories), size)
        ]
        assert np.concatenate(parts).tobytes() == together.tobytes()
