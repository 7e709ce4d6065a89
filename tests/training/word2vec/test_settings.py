"""Which settings apply when, and what is said of those that do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2v.errors import UsageError
from e2v.jobs.train import settings_for
from e2v.settings import option_name, recorded, resolve
from e2v.training.word2vec.presets import LONG_SETS
from e2v.training.word2vec.settings import Word2VecSettings
from tests.builders import write_corpus


def test_defaults_are_word2vecs() -> None:
    config = resolve(Word2VecSettings, {"threads": 1})
    assert config == Word2VecSettings(
        threads=1,
        dim=100,
        window=5,
        negative=5,
        noise_exponent=0.75,
        sample=1e-3,
        epochs=5,
        lr=0.025,
        arch="skipgram",
    )
    assert resolve(Word2VecSettings, {"arch": "cbow", "cbow_gradient": "full"}).lr == 0.05


def test_given_beats_preset_beats_default() -> None:
    config = resolve(Word2VecSettings, {"dim": 7, "epochs": None}, {"dim": 50, "epochs": 9})
    assert (config.dim, config.epochs, config.window) == (7, 9, 5)


def test_items_of_long_histories_have_noise_that_is_more_like_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for size, exponent in ((LONG_SETS, 0.6), (LONG_SETS - 1, 0.25)):
        items = [f"i{item}" for item in range(int(size))]
        write_corpus(tmp_path / "c.e2v", [items[2:], [*items, "x", "y"]], ["u", "v"])
        for preset in ("items", None):
            settings = settings_for({}, preset, None, ["c.e2v"])
            assert (settings.noise_exponent, settings.context) == (exponent, "set")
        assert settings_for({"noise_exponent": 0.1}, "items", None, ["c.e2v"]).noise_exponent == 0.1
    assert settings_for({}, "medium", None, ["c.e2v"]).noise_exponent == 0.75
    assert settings_for({}, "items", None).noise_exponent == 0.25


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"negative": 5, "loss": "softmax"}, ["--negative", "--loss negative-sampling"]),
        ({"noise_exponent": 0.5, "loss": "hierarchical-softmax"}, ["--noise-exponent"]),
        ({"noise_group": 2, "loss": "softmax"}, ["--noise-group", "--loss negative-sampling"]),
        ({"noise_group": 9}, ["--noise-group", "between 1 and 8"]),
        ({"window": 5, "context": "set"}, ["--window", "--context window"]),
        ({"set_sample": 5}, ["--set-sample", "--context set"]),
        ({"cbow_gradient": "full"}, ["--cbow-gradient", "--arch cbow"]),
        ({"set_sample": 1, "context": "set"}, ["--set-sample", "2"]),
        ({"word_weight": 2.0}, ["--word-weight", "--subword"]),
        ({"subword": "6:3"}, ["--subword", "6:3"]),
        ({"subword": "3-6"}, ["--subword", "MIN:MAX"]),
        ({"subword": "3:6", "loss": "softmax"}, ["--subword", "softmax"]),
        ({"epochs": 3, "time_budget": 60.0}, ["--epochs", "--time-budget"]),
        ({"time_budget": 0.0}, ["--time-budget"]),
        ({"dim": 0}, ["--dim", "between 1 and 100,000", "0"]),
        ({"dim": 1_000_000_000}, ["--dim", "between 1 and 100,000"]),
        ({"window": 10**18}, ["--window", "between 1 and 100,000"]),
        ({"negative": 10**9}, ["--negative", "between 1 and 10,000"]),
        ({"threads": 1_000_000}, ["--threads", "between 1 and 1,024"]),
        ({"epochs": 10**30}, ["--epochs", "between 1 and 1,000,000"]),
        ({"seed": 2**64}, ["--seed"]),
        ({"time_budget": float("inf")}, ["--time-budget"]),
        ({"lr": 0.0}, ["--lr"]),
        ({"lr": float("nan")}, ["--lr"]),
        ({"noise_exponent": float("inf")}, ["--noise-exponent"]),
        ({"epochs": -1}, ["--epochs"]),
        ({"sample": -1e-3}, ["--sample", "between 0 and 1"]),
        ({"sample": float("nan")}, ["--sample", "a number"]),
        ({"sample": float("inf")}, ["--sample", "must be a number"]),
        ({"word_weight": 1e30, "subword": "3:6"}, ["--word-weight", "between 0 and "]),
        ({"word_weight": float("nan"), "subword": "3:6"}, ["--word-weight", "a number"]),
        ({"noise_exponent": float("nan")}, ["--noise-exponent", "a number"]),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(given: dict[str, object], words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        resolve(Word2VecSettings, given)
    assert caught.value.exit_code == 2
    for word in words:
        assert word in str(caught.value.spelled(option_name))


def test_a_preset_may_hold_settings_that_do_not_apply() -> None:
    assert resolve(Word2VecSettings, {"loss": "softmax"}, {"negative": 10}).loss == "softmax"


def test_provenance_names_what_shaped_the_result() -> None:
    settings = recorded(resolve(Word2VecSettings, {"loss": "hierarchical-softmax", "threads": 4}))
    assert "threads" not in settings
    assert not settings.keys() & {"negative", "subword", "buckets", "time_budget"}
    assert settings["window"] == 5
