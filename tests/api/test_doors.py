"""The command line and Python make the same bytes, and refuse the same settings."""

from __future__ import annotations

import inspect
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import e2v
from e2v.settings import option_name
from tests.builders import keyed, write_corpus, write_model

Run = Callable[..., Any]

LOG = "user,item\n" + "".join(f"u{u},i{(u * 7 + k) % 12}\n" for u in range(40) for k in range(4))
TEXT = "".join(" ".join(f"w{(s * 5 + k * k) % 23}" for k in range(9)) + "\n" for s in range(200))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "text").write_text(TEXT)
    return tmp_path


def test_both_doors_give_the_same_bytes(folder: Path, run: Run) -> None:
    once = {"threads": 1, "seed": 3}
    e2v.vocab("text", "corpus.py", min_count=2)
    e2v.train("corpus.py", "train.py", dim=8, window=3, epochs=2, **once)
    e2v.train("text", "from-text.py", dim=8, lowercase=True, **once)
    e2v.events("log.csv", "events.py", min_count=2)
    e2v.tower("events.py", "tower.py", dim=8, hidden=(4,), epochs=2, **once)
    e2v.svd("events.py", "svd.py", dim=3)
    e2v.split("events.py", "kept.py", held_out="held.py", by="random", share=0.3)
    e2v.users("tower.py", "events.py", "users.py")
    e2v.index("tower.py", "index.py")
    e2v.export("train.py", "word2vec.py", to="word2vec")
    e2v.import_("word2vec.py", "vectors.py")
    lines = {
        "corpus": "vocab text --min-count 2",
        "train": "train corpus.py --dim 8 --window 3 --epochs 2 --threads 1 --seed 3",
        "from-text": "train text --dim 8 --lowercase --threads 1 --seed 3",
        "events": "events log.csv --min-count 2",
        "tower": "tower events.py --dim 8 --hidden 4 --epochs 2 --threads 1 --seed 3",
        "svd": "svd events.py --dim 3",
        "kept": "split events.py --by random --share 0.3 --held-out held.cli",
        "users": "users tower.py events.py",
        "index": "index tower.py",
        "word2vec": "export train.py --to word2vec",
        "vectors": "import word2vec.py",
    }
    for name, line in lines.items():
        run(*line.split(), "-o", f"{name}.cli")
    for name in (*lines, "held"):
        assert (folder / f"{name}.py").read_bytes() == (folder / f"{name}.cli").read_bytes(), name


@pytest.mark.parametrize(
    ("make", "line"),
    [
        (lambda: e2v.train("text", dim=0), "train text --dim 0"),
        (lambda: e2v.train("text", window=3, context="set"), "train text --window 3 --context set"),
        (lambda: e2v.train("text", arch="bow"), "train text --arch bow"),
        (lambda: e2v.train("text", subword="6:3"), "train text --subword 6:3"),
        (lambda: e2v.train("text", time_budget="soon"), "train text --time-budget soon"),
        (lambda: e2v.vocab("text", min_count=0), "vocab text --min-count 0"),
        (lambda: e2v.events("log.csv", rating="user"), "events log.csv --rating user"),
        (lambda: e2v.tower("log.csv", hold_out=1.5), "tower log.csv --hold-out 1.5"),
        (lambda: e2v.svd("log.csv", dim="many"), "svd log.csv --dim many"),
    ],
)
def test_both_doors_refuse_the_same(make: Callable[[], object], line: str, folder: Path, run: Run) -> None:
    with pytest.raises(e2v.E2VError) as caught:
        make()
    said = run(*line.split(), check=False)
    assert said.stderr == f"e2v: {caught.value.spelled(option_name)}\n"
    assert said.code == caught.value.exit_code == 2
    assert sorted(path.name for path in folder.iterdir()) == ["log.csv", "text"]


def test_a_keyword_that_is_no_setting(folder: Path) -> None:
    with pytest.raises(e2v.E2VError, match=r"there is no setting dims; did you mean dim\?$"):
        e2v.train("text", dims=100)


def test_questions(folder: Path) -> None:
    model = e2v.train("text", "m.e2v", dim=6, min_count=1, threads=1, sample=0)
    assert len(model) == len(model.keys) == 23 and list(model) == list(model.keys)
    key, other = model.keys[0], model.keys[1]
    assert key in model and "nobody" not in model and 3 not in model
    everything = model.to_numpy()
    assert everything.shape == (23, 6) and not everything.flags.owndata and not everything.flags.writeable
    assert np.array_equal(model[other], everything[1])
    assert np.array_equal(model.vectors([other, key]), everything[[1, 0]])
    unit = everything / np.linalg.norm(everything, axis=1, keepdims=True)
    cosines = unit @ unit[0]
    assert [answer.key for answer in model.similar(key, n=3)] == [
        model.keys[row] for row in np.argsort(-cosines) if row
    ][:3]
    assert model.similarity(key, other) == pytest.approx(float(cosines[1]), abs=1e-6)
    assert model.analogy(key, other, model.keys[2], n=1) == model.similar(
        [key, model.keys[2]], minus=other, n=1
    )
    assert model.odd(list(model.keys[:4])).key in model.keys[:4]
    outputs = e2v.load("m.e2v", "output").to_numpy()
    scores = outputs @ everything[0]
    scores[0] = -np.inf
    assert model.predict(key, n=1)[0].key == model.keys[int(scores.argmax())]
    with pytest.raises(e2v.E2VError) as caught:
        model["w99"]
    assert caught.value.exit_code == 3


def test_what_python_has_in_memory_is_as_good_as_a_file(folder: Path) -> None:
    sentences = [line.split() for line in TEXT.splitlines()]
    of_file, of_lists = e2v.vocab("text", "a.e2v"), e2v.vocab((words for words in sentences), "b.e2v")
    assert list(of_file.keys) == list(of_lists.keys)
    assert np.array_equal(of_file.tokens, of_lists.tokens) and np.array_equal(
        of_file.offsets, of_lists.offsets
    )
    with pytest.raises(e2v.E2VError, match="sentence 2: 'new york' is not one word"):
        e2v.vocab([["a"], ["new york"]], "c.e2v")
    with pytest.raises(e2v.E2VError, match=r"sentence 1: '.ud800' is not one word"):
        e2v.vocab([["\ud800"]], "c.e2v")
    with pytest.raises(e2v.E2VError, match=r"^b'a.xff' is bytes, and an id is text or a number; decode it"):
        e2v.events([["b", b"a\xff"]], "c.e2v")
    with pytest.raises(e2v.E2VError, match="sentence 1 is a string"):
        e2v.train(iter(["a b c"]), "c.e2v")
    assert not (folder / "c.e2v").exists()


def test_ids_of_any_kind_survive(folder: Path) -> None:
    odd = ['a "b"', "c\td", "e\nf", "g,h", "  ", "0", "é", "\\N", "x" * 300]
    corpus = e2v.events({"ann": odd[:5], "ben": odd[4:], "eve": [*odd[:2], 7, 7.0]}, "odd.e2v")
    assert corpus[0] == [item for item in odd[:5] if item.strip()]
    assert corpus[2] == [*odd[:2], "7"]
    baskets = e2v.events([["x", "y"], ["y"]], "baskets.e2v", ordered=True)
    assert [baskets[0], baskets[1], len(baskets)] == [["x", "y"], ["y"], 2]


def test_frames(folder: Path) -> None:
    arrow = pytest.importorskip("pyarrow", reason="frames need the [io] extra")
    frame = arrow.table({"user": ["a", "a", "b"], "item": [1, 2, 1], "when": [2.0, 1.0, 3.0]})
    corpus = e2v.events(frame, "frame.e2v", time="when")
    assert [corpus[0], corpus[1]] == [["2", "1"], ["1"]]


def test_recommending(folder: Path, run: Run) -> None:
    corpus = e2v.events("log.csv", "c.e2v")
    model = e2v.tower(corpus, "t.e2v", dim=8, epochs=1, threads=1)
    found = e2v.recommender(model, corpus=corpus).recommend("u3", n=4)
    printed = run("recommend", "-m", "t.e2v", "--corpus", "c.e2v", "--for", "u3", "-n", "4").stdout
    assert [answer.key for answer in found] == [row.split("\t")[1] for row in printed.splitlines()]
    e2v.users(model, corpus, "u.e2v")
    served = e2v.recommender(index=e2v.index(model, "i.e2v"), users="u.e2v")
    assert [answer.key for answer in served.recommend("u3", n=4)] == [answer.key for answer in found]
    with pytest.raises(e2v.E2VError, match="a user, or items"):
        served.recommend()


def test_measuring(folder: Path) -> None:
    corpus = e2v.events("log.csv", "c.e2v")
    kept = e2v.split(corpus, "kept.e2v", held_out="held", by="random")
    measured = e2v.evaluate(e2v.svd(kept, "s.e2v", dim=4), ranking="held", corpus="kept.e2v", n=5)
    assert {each.name for each in measured} == {"hr", "recall", "ndcg", "mrr"}


def test_progress_is_reported_and_messages_are_logged(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[e2v.Progress] = []
    with caplog.at_level(logging.INFO, "e2v"):
        e2v.train("text", "m.e2v", dim=4, sample=0, progress=seen.append)
        e2v.events("log.csv", "c.e2v")
    assert {each.task for each in seen} == {"reading", "encoding", "writing", "preparing", "training"}
    assert any("log.csv: read as CSV" in record.message for record in caplog.records)


def test_importing_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import e2v; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "e2v" in done.stdout.split()
    assert not {"numpy", "dataclasses", "pathlib", "inspect", "typer"} & set(done.stdout.split())


def test_help_shows_every_setting() -> None:
    parameters = inspect.signature(e2v.train).parameters
    assert (parameters["dim"].default, parameters["noise_exponent"].default) == (100, 0.75)
    assert {"inputs", "output", "min_count", "progress"} <= parameters.keys()
    assert "settings" not in parameters
    assert inspect.signature(e2v.tower).parameters["dim"].default == 256


def test_how_many_is_n_where_it_is_a_setting_too(tmp_path: Path) -> None:
    model = write_model(tmp_path / "m.e2v", keyed(9), np.eye(9))
    for function in (e2v.diff, e2v.evaluate, e2v.compare):
        assert {"n", "number"} & inspect.signature(function).parameters.keys() == {"n"}
    e2v.diff(model, model, n=3)
    with pytest.raises(TypeError, match=r"diff\(\) has no argument 'number'; number is n=3 in e2v"):
        e2v.diff(model, model, number=3)
    with pytest.raises(e2v.E2VError, match="at least 0"):
        e2v.diff(model, model, n=-1)


def test_vectors_and_everything_can_be_asked_about(tmp_path: Path) -> None:
    vectors = np.random.default_rng(2).normal(size=(2, 9, 3)).astype(np.float32)
    model = e2v.load(write_model(tmp_path / "m.e2v", keyed(9), *vectors))
    found = model.similar(vector=model["k3"], n=9)
    assert found[0] == ("k3", pytest.approx(1), None)
    assert [answer.key for answer in found[1:]] == [answer.key for answer in model.similar("k3", n=9)]
    less = model.similar(vector=model["k2"], minus="k3", n=9)
    assert "k2" in [answer.key for answer in less] and "k3" not in [answer.key for answer in less]
    for wrong in ([1, 2], [1, 2, np.nan], [[1, 2, 3]]):
        with pytest.raises(e2v.E2VError, match="is 3 finite numbers"):
            model.similar(vector=wrong)
    everything = dict(model.all_similar(n=2, restrict=5))
    assert list(everything) == keyed(5)
    assert [answer.key for answer in everything["k4"]] == [
        a.key for a in model.similar("k4", n=2, restrict=5)
    ]


def test_everybody_can_be_recommended_to(tmp_path: Path) -> None:
    vectors = np.random.default_rng(2).normal(size=(2, 9, 3)).astype(np.float32)
    model = write_model(tmp_path / "m.e2v", keyed(9), *vectors)
    corpus = write_corpus(tmp_path / "c.e2v", [["k1"], ["k2", "k3"]], ["ann", "bob"])
    recommender = e2v.recommender(model, corpus=corpus)
    everybody = dict(recommender.recommend_all(n=3))
    assert list(everybody) == ["ann", "bob"]
    for user, found in everybody.items():
        assert [each.key for each in found] == [each.key for each in recommender.recommend(user, n=3)]
    assert len(dict(recommender.recommend_all(n=9, include_seen=True))["bob"]) == 9
