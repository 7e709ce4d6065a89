"""What newcomers hand over, and what they ask for by the names of other programs."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import e2v
from e2v.api.arguments import Arguments
from e2v.settings import declared
from tests.builders import keyed, write_corpus, write_model


class Opened(NamedTuple):
    """A model of k0 to k8, and the histories of ann and of user 7."""

    model: e2v.Model
    corpus: e2v.Corpus
    recommender: e2v.Recommender


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    monkeypatch.chdir(tmp_path)
    Path("text").write_text("a b c\n" * 20)
    vectors = np.random.default_rng(2).normal(size=(2, 9, 3)).astype(np.float32)
    model = e2v.load(write_model(tmp_path / "m.e2v", keyed(9), *vectors))
    corpus = e2v.Corpus(write_corpus(tmp_path / "c.e2v", [["k1"], ["k2", "k3"]], ["ann", "7"]))
    return Opened(model, corpus, e2v.recommender(model, corpus=corpus))


def test_one_key_is_not_its_letters(opened: Opened) -> None:
    model, _, recommender = opened
    assert np.array_equal(model.vectors("k1"), model.vectors(["k1"]))
    assert model.similar("k1", minus="k2") == model.similar(["k1"], minus=("k2",))
    assert model.predict("k1") == model.predict(["k1"])
    assert recommender.recommend(items="k1") == recommender.recommend(items=["k1"])
    with pytest.raises(e2v.E2VError, match="three keys or more"):
        model.odd("king")
    with pytest.raises(e2v.E2VError, match="'the' is not in the vocabulary"):
        e2v.export(model, "w.txt", to="word2vec", also="the")


def test_several_keys_may_be_of_any_kind(opened: Opened) -> None:
    model, _, recommender = opened
    wanted = model.to_numpy()[[1, 2]]
    for keys in (
        ("k1", "k2"),
        iter(["k1", "k2"]),
        np.array(["k1", "k2"]),
        model.keys[1:3],
        {"k1": 0, "k2": 0},
    ):
        assert np.array_equal(model.vectors(keys), wanted)
    assert model.odd(f"k{number}" for number in (1, 2, 3)) == model.odd(["k1", "k2", "k3"])
    assert model.vectors([]).shape == (0, 3)
    assert recommender.recommend(7) == recommender.recommend(np.int64(7)) == recommender.recommend("7")


def test_a_number_may_be_text_and_none_is_not_given(opened: Opened) -> None:
    model = opened.model
    assert model.similar("k1", n="3") == model.similar("k1", n=3.0) == model.similar("k1", n=np.int8(3))
    assert model.similar("k1", n=None, minus=None, method=None) == model.similar("k1")


REFUSED: dict[str, Callable[[Opened], object]] = {
    "n must be a whole number, not 2.5": lambda it: it.model.similar("k1", n=2.5),
    "n must be a whole number, not True": lambda it: it.model.predict("k1", n=True),
    "n must be at least 1, not 0": lambda it: it.model.all_similar(n=0),
    "n must be a whole number, not q": lambda it: it.recommender.recommend_all(n="q"),
    "restrict must be a whole number, not x": lambda it: it.model.analogy("k1", "k2", "k3", restrict="x"),
    "method must be one of": lambda it: it.model.similar("k1", method=["3cosadd"]),
    "keys must be text .a vector goes to similar.vector=": lambda it: it.model.similar(it.model["k1"]),
    "keys must be text .*, not 5": lambda it: it.model.vectors([5]),
    "keys must be text .*, not b'k1'": lambda it: it.model.odd(b"k1"),
    "keys must be text .*, not k1": lambda it: it.model.predict(np.array("k1")),
    "minus must be text, not 5": lambda it: it.model.similar("k1", minus=5),
    "there is no key": lambda it: it.model.predict([]),
    "key must be text, not 5": lambda it: it.model[5],
    "key must be text, not None": lambda it: it.model[None],
    "a must be text, not .'k1'.": lambda it: it.model.similarity(["k1"], ["k2"]),
    r"b must be text, not \[\[0. 0. .*\.\.\.$": lambda it: it.model.similarity("k1", np.zeros((99, 9))),
    "c must be text, not 3": lambda it: it.model.analogy("k1", "k2", 3),
    "a vector of this model is": lambda it: it.model.similar(vector="king"),
    "vector of this model is 3": lambda it: it.model.similar(vector=[[1], [1, 2]]),
    "of this model is 3 finite": lambda it: it.model.similar(vector=[1e300] * 3),
    "vector does not go with keys": lambda it: it.model.similar("k1", vector=it.model["k2"]),
    "text does not go with keys": lambda it: it.model.similar("k1", text="k2"),
    "text does not go with vector": lambda it: it.model.similar(text="k1", vector=it.model["k2"]),
    "number must be a whole number, not x": lambda it: it.corpus["x"],
    "path must be the path of a file, not 5": lambda _: e2v.load(5),
    "path must be .* not None": lambda _: e2v.Corpus(None),
    "which must be text, not 5": lambda it: e2v.load(it.model, 5),
    "center must be true or false, not yes": lambda it: e2v.load(it.model, center="yes"),
    "user must be text or a whole number, not 7.5": lambda it: it.recommender.recommend(7.5),
    "items must be text or a whole number": lambda it: it.recommender.recommend(items=[None]),
    "include_seen must be": lambda it: it.recommender.recommend("ann", include_seen="no"),
    "recommend takes a user, or items": lambda it: it.recommender.recommend(),
    "takes a model, an index or a baseline": lambda _: e2v.recommender(),
    "model must be the path": lambda _: e2v.recommender(5),
    "index must be the path": lambda it: e2v.recommender(it.model, index=5),
    "corpus must be the path": lambda _: e2v.svd(5),
    "output must be the path": lambda _: e2v.vocab("text", 5),
    "a stream is no output here": lambda _: e2v.vocab("text", sys.stdout),
    "output must be .* not 6": lambda it: e2v.export(it.model, 6, to="word2vec"),
    "held_out must be the path": lambda it: e2v.split(it.corpus, held_out=5),
    "keep must be the path": lambda it: e2v.compare(it.corpus, keep=5),
    "user_features must be the path": lambda it: e2v.users(it.model, it.corpus, user_features=5),
    "file must be text, not 5": lambda _: e2v.import_(5),
    "model must be .* not 6": lambda _: e2v.evaluate(6),
    "preset must be text": lambda _: e2v.train("text", preset=["best"]),
    "resume must be true or false, not no": lambda _: e2v.train("text", resume="no"),
    "if_changed must be true or false": lambda _: e2v.vocab("text", if_changed="no"),
    "progress must be a function, true or false": lambda _: e2v.train("text", progress="bar"),
    "checkpoint_every must be": lambda _: e2v.train("text", checkpoint_every=[1]),
    "update must be the path": lambda _: e2v.train("text", update=5),
    "init must be text": lambda _: e2v.train("text", init=5),
    "int is no text": lambda _: e2v.train(5),
    "bytes is no text": lambda _: e2v.vocab(b"a b"),
    "sentence 1 is 5, and should be a list": lambda _: e2v.train([5]),
    "what 1 had is b'ab', and should be": lambda _: e2v.events([b"ab"]),
}


@pytest.mark.parametrize("message", REFUSED)
def test_what_cannot_be_is_one_line_of_ours(message: str, opened: Opened) -> None:
    before = sorted(Path().iterdir())
    with pytest.raises(e2v.E2VError, match=message) as caught:
        REFUSED[message](opened)
    assert "\n" not in str(caught.value)
    assert sorted(Path().iterdir()) == before


def test_every_argument_is_declared() -> None:
    """But for those that are settings already, or inputs of every kind."""
    functions: list[Any] = [getattr(e2v, name) for name in e2v.__all__ if name[0].islower()]
    for kind in (e2v.Model, e2v.Corpus, e2v.Recommender):
        functions += [each for name, each in vars(kind).items() if callable(each) and name[0] != "_"]
    names: set[str] = set()
    for each in functions:
        code = inspect.unwrap(each).__code__
        mine = {*code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]} - {"self"}
        assert hasattr(each, "__wrapped__") or not mine, each
        names |= mine
    assert names - declared(Arguments).keys() == {
        "models",
        "inputs",
        "vector",
        "to",
        "index",
        "users",
        "exact",
        "new_items",
        "baseline",
        "clusters",
    }


def test_what_is_a_path_may_be_what_is_opened(opened: Opened) -> None:
    assert len(e2v.load(opened.model)) == 9
    assert e2v.svd(opened.corpus, "s.e2v", dim=1).dim == 1
    with pytest.raises(e2v.E2VError, match="holds a model, not a corpus"):
        e2v.train(opened.model)


def test_sentences_in_place_of_files(opened: Opened) -> None:
    for text in (["the cat sat", "a dog sat"], "the cat sat"):
        for make in (e2v.train, e2v.vocab):
            with pytest.raises(
                e2v.E2VError, match="'the cat sat': no such file; a sentence is a list of words"
            ):
                make(text)
    with pytest.raises(e2v.E2VError, match="a basket, or what a user had, is a list of items"):
        e2v.events(["Heat and Dust", "Alien"])
    with pytest.raises(e2v.E2VError, match=r"the cat sat: no such file$"):
        e2v.train(["the cat sat", "text"])
    Path("the text").write_text("a b c\n" * 20)
    assert len(e2v.vocab("the text", "c2.e2v")) == len(e2v.vocab(["the t*", "text"], "c3.e2v")) - 20 == 20


def test_sentences_may_be_read_only_once(opened: Opened) -> None:
    assert len(e2v.vocab((iter("abc") for _ in range(9)), "c2.e2v", min_count=9).keys) == 3


NAMES = {
    "most_similar": "model.similar(keys)",
    "most_similar_cosmul": "model.similar(keys, method='3cosmul')",
    "similar_by_word": "model.similar(keys)",
    "wv": "model.similar(keys)",
    "doesnt_match": "model.odd(keys)",
    "get_vector": "model[key]",
    "word_vec": "model[key]",
    "get_word_vector": "model[key]",
    "lookup": "model[key]",
    "index_to_key": "attribute keys",
    "vocab": "attribute keys",
    "vector_size": "did you mean dim?",
    "simlar": "did you mean similar?",
    "save": "e2v.export(model, file, to=...)",
    "evaluate_word_analogies": "e2v.evaluate(model, analogies=...)",
    "recommend": "e2v.recommender(model, corpus=...)",
    "verify": "on the command line it is e2v verify",
}


@pytest.mark.parametrize("name", NAMES)
def test_attributes_of_other_programs(name: str, opened: Opened) -> None:
    assert not hasattr(opened.model, name)
    with pytest.raises(AttributeError) as caught:
        getattr(opened.model, name)
    assert str(caught.value).startswith(f"'Model' object has no attribute '{name}'; ")
    assert NAMES[name] in str(caught.value)


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("Word2Vec", "; it is e2v.train(inputs) in e2v"),
        ("FastText", "; it is e2v.train(inputs, subword='3:6') in e2v"),
        ("KeyedVectors", "; it is e2v.import_(file) in e2v"),
        ("similar", "; it is model.similar(keys) in e2v"),
        ("supervised", "; vectors are learned without labels: e2v.train(inputs)"),
        ("phrases", "; on the command line it is e2v phrases"),
        ("trian", "; did you mean train?"),
        ("quux", ""),
    ],
)
def test_names_of_other_programs(name: str, here: str) -> None:
    assert not hasattr(e2v, name)
    with pytest.raises(AttributeError) as caught:
        getattr(e2v, name)
    assert str(caught.value) == f"module 'e2v' has no attribute '{name}'{here}"


def test_attributes_that_nobody_knows(opened: Opened) -> None:
    for each in opened:
        with pytest.raises(AttributeError, match=r"no attribute 'quux'$"):
            each.quux  # noqa: B018
        with pytest.raises(AttributeError, match=r"no attribute '_repr_html_'$"):
            each._repr_html_  # noqa: B018


def test_a_missing_name_costs_nothing_before_it_is_read() -> None:
    code = (
        "import sys, e2v; hasattr(e2v, 'Word2Vec'); print(*(name for name in sys.modules if 'e2v' in name))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["e2v"]


def test_arguments_of_other_programs(opened: Opened) -> None:
    model = opened.model
    with pytest.raises(TypeError, match=r"^similar\(\) got .* 'topn'; topn is n=3 in e2v$"):
        model.similar("k1", topn=3)
    with pytest.raises(
        TypeError, match=r"positive is keys=\['k1'\] in e2v; negative is minus=\['k3'\] in e2v$"
    ):
        model.similar(positive=["k1"], negative=["k3"])
    with pytest.raises(TypeError, match=r"topn is n=3 in e2v$"):
        opened.recommender.recommend("ann", topn=3)
    with pytest.raises(TypeError, match=r"^train\(\) missing .* 'inputs'; sentences is inputs in e2v$"):
        e2v.train(sentences=[["a", "cat", "sat"]] * 99)
    with pytest.raises(TypeError, match=r"'quux'$"):
        model.similar("k1", quux=3)


@pytest.mark.parametrize(
    ("given", "here"),
    [
        ({"sg": 1}, "it is arch='skipgram' in e2v"),
        ({"sg": 0}, "it is arch='cbow' in e2v"),
        ({"hs": True}, "it is loss='hierarchical-softmax' in e2v"),
        ({"vector_size": 200}, "it is dim=200 in e2v"),
        ({"minn": 3}, "it is subword='3:6' in e2v"),
        ({"n_jobs": "{x}"}, "it is threads='{x}' in e2v"),
        ({"min_alpha": 0.01}, "the learning rate falls to a ten thousandth of --lr"),
    ],
)
def test_settings_of_other_programs(given: dict[str, Any], here: str, opened: Opened) -> None:
    with pytest.raises(e2v.E2VError) as caught:
        e2v.train("text", **given)
    assert str(caught.value) == f"there is no setting {next(iter(given))}; {here}"


def test_a_cosine_is_at_most_one(tmp_path: Path) -> None:
    vectors = np.random.default_rng(1).normal(size=(60, 50)).astype(np.float32)
    model = e2v.load(
        write_model(tmp_path / "m.e2v", keyed(60), np.concatenate([vectors[:30], -vectors[:30]]))
    )
    best = [model.similar(vector=model[key], n=60) for key in keyed(60)]
    assert all(1 - 1e-6 < found[0].score <= 1 for found in best)
    assert min(found[-1].score for found in best) >= -1
    assert all(1 - 1e-6 < model.similarity(key, key) <= 1 for key in keyed(60))
    assert max(model.similar(key, n=1, method="3cosmul")[0].score for key in keyed(60)) < 1
