"""What newcomers type: each is told in one line what is wrong, where, and what to type instead."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from e2v import spellings
from e2v.cli.app import COMMANDS
from e2v.cli.shared.declared import settings_of
from e2v.errors import SettingError
from e2v.settings import resolve
from e2v.training.word2vec.settings import Word2VecSettings
from tests.builders import keyed, write_model
from tests.cli.conftest import Typed
from tests.commands import function_of

Said = Callable[[str], tuple[int, str]]


@pytest.fixture
def said(typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    """Run a command line beside a text and a model; its exit code, and what stderr says."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("E2V_MODEL", raising=False)
    Path("text.txt").write_text("a b c\n" * 20)
    Path("empty.txt").touch()
    Path("folder").mkdir()
    write_model(tmp_path / "model.e2v", keyed(3), np.eye(3), np.eye(3))

    def run(line: str) -> tuple[int, str]:
        result = typed(line)
        assert result.stdout == ""
        return result.code, result.stderr

    return run


#: The command, its exit code, and what the line has to name.
WRONG = [
    # Words of other programs.
    ("train text.txt --size 200", 2, "--size is --dim in e2v; write --dim 200"),
    ("train text.txt --vector_size=200", 2, "write --dim 200"),
    ("train -input text.txt -output m", 2, "text is named without an option"),
    ("train text.txt -output m", 2, "-output is spelled --output in e2v; write --output m"),
    ("train text.txt -cbow 1", 2, "-cbow is --arch cbow in e2v; write --arch cbow"),
    ("train text.txt --sg 1", 2, "--arch skipgram"),
    ("train text.txt -hs 1", 2, "--loss hierarchical-softmax"),
    ("train text.txt -minn 3", 2, "--subword 3:6"),
    ("train text.txt --model cbow", 2, "--arch cbow"),
    ("train text.txt --workers 4", 2, "--threads 4"),
    ("train text.txt -wordNgrams 2", 2, "e2v phrases"),
    ("train text.txt --min_count 5", 2, "write --min-count 5"),
    ("train text.txt -epochs 3", 2, "write --epochs 3"),
    ("similar k1 --topn 5", 2, "write --number 5"),
    ("similar k1 --negative k2", 2, "write --minus k2"),
    ("neighbors k1", 2, "write e2v similar KEY"),
    ("most_similar k1", 2, "write e2v similar KEY"),
    ("print-word-vectors model.bin", 2, "e2v lookup KEY"),
    ("supervised -input text.txt", 2, "without labels"),
    ("version", 2, "e2v --version"),
    ("help train", 2, "e2v COMMAND --help"),
    # Slips.
    ("trian text.txt", 2, "did you mean e2v train?"),
    ("train text.txt --dmi 200", 2, "write --dim 200"),
    ("train text.txt --dmi", 2, "e2v train has no --dmi; write --dim N"),
    ("train text.txt --progress wrong --dmi 3", 2, "write --dim 3"),  # the first mistake
    ("train text.txt -loss hs", 2, "write --loss hierarchical-softmax"),
    ("train text.txt --verb", 2, "write --verbose"),
    ("train text.txt --presett best", 2, "--preset best"),
    ("train text.txt --loss hs", 2, "not hs; did you mean hierarchical-softmax?"),
    ("train text.txt --arch skip-gram", 2, "did you mean skipgram?"),
    ("export model.e2v --to w2v -o x", 2, "did you mean word2vec?"),
    ("train text.txt --epochs 1,000", 2, "--epochs must be a whole number, not 1,000; write 1000"),
    ("train text.txt --lr 0,05", 2, "not 0,05; write 0.05"),
    ("train text.txt --subword 3-6", 2, "3:6, not 3-6"),
    ("train text.txt --dim", 2, "--dim of e2v train needs a value; write --dim N"),
    ("train text.txt -o --dim 3", 2, "before --dim"),
    ("train text.txt --resume=yes", 2, "--resume of e2v train takes no value, not yes"),
    ("similar k1 -n=5", 2, "write -n 5"),
    ("similar k1 -m a.e2v -m b.e2v", 2, "takes one --model, and has two: a.e2v and b.e2v"),
    ("vocab text.txt --lowercase --no-lowercase", 2, "leave one of them out"),
    # Too little, too much, and in the wrong place.
    ("train", 2, "e2v train needs INPUT (a corpus.e2v, or all"),
    ("svd", 2, "e2v svd needs CORPUS"),
    ("index", 2, "here is one: e2v index model.e2v"),
    ("export model.e2v -o x", 2, "needs --to FORMAT"),
    ("train text.txt --init spectral", 2, "--init takes random, or a model's file, not spectral"),
    ("plan text.txt --init spectral", 2, "--init takes random, or a model's file, not spectral"),
    ("eval model.e2v text.txt", 2, "say what a file is: --analogies FILE"),
    ("info model.e2v text.txt", 2, "takes FILE only, not also text.txt; run it once for each file"),
    ("analogy k1 k2", 2, "3 keys, not 2"),
    ("-m model.e2v similar k1", 2, "-m stands before the command; write e2v similar ... -m"),
    ("--dim 200", 2, "e2v train"),
    ("--verison", 2, "did you mean e2v --version?"),
    ("--train text.txt", 2, "without dashes: e2v train"),
    ("similar k1 --dim 3", 2, "e2v train"),
    ("similar k1 --vector_size 3", 2, "e2v plan, e2v train, e2v tower and others have --dim"),
    ("similar k1 --freeze", 2, " and e2v "),
    ("similar k1 --zzzzqqq 3", 2, "e2v similar --help lists its options"),
    ("--zzzzqqq", 2, "e2v has no --zzzzqqq; e2v --help lists its commands"),
    ("--version train", 2, "--version stands alone, without train; write e2v --version"),
    ("similar -5", 2, "comes after --"),
    # Files.
    ("model.e2v", 2, "e2v info model.e2v"),
    ("text.txt", 2, "e2v train text.txt"),
    ("log.csv", 2, "e2v events log.csv"),
    ("vocab missing.txt", 1, "missing.txt: no such file"),
    ("vocab empty.txt", 1, "empty.txt"),
    ("vocab *.nothing", 1, "*.nothing"),
    ("similar k1 -m x.e2v", 1, "x.e2v"),
    ("similar nobody", 3, "nobody"),
    ("train text.txt -o /proc/m.e2v", 1, "/proc/m.e2v"),
    ("train text.txt -o folder", 1, "folder"),
    ("train text.txt -o nowhere/m.e2v", 1, "nowhere"),
]


@pytest.mark.parametrize(("line", "code", "named"), WRONG, ids=[line for line, _, _ in WRONG])
def test_a_wrong_command_is_answered_in_a_line(line: str, code: int, named: str, said: Said) -> None:
    exit_code, said = said(line)
    assert exit_code == code
    assert named in said
    assert said.startswith("e2v: ") and said.count("\n") == 1, said


def test_an_output_is_refused_before_the_text_is_read(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("e2v.inputs.sources.Source.chunks", lambda *_, **__: pytest.fail("it is read"))
    assert said("train text.txt -o folder")[0] == 1


@pytest.mark.parametrize("line", ["train text.txt --size 3", "nn k1", "train", "-m model.e2v similar k1"])
def test_a_wrong_command_is_told_as_json(line: str, said: Said) -> None:
    code, said = said(f"{line} --progress json")
    told = json.loads(said)
    assert told["exit_code"] == code == 2
    assert told["error"] and told["hint"]


def test_a_wrong_command_is_told_to_the_log_file(said: Said) -> None:
    said = said("train text.txt --log-file=log.txt --size 3")[1]
    assert said.removeprefix("e2v: ") in Path("log.txt").read_text()


def test_what_other_programs_call_it_is_there_under_our_name() -> None:
    """Each spelling leads to a setting that some command has, and to a value that it takes."""
    settings = {name: one for command in COMMANDS for name, one in settings_of(function_of(command)).items()}
    for table in (spellings.OPTIONS, *spellings.OPTIONS_OF.values()):
        for spelling, meaning in table.items():
            assert spelling == spellings.bare(spelling)
            each = meaning.values() if isinstance(meaning, dict) else [meaning]
            for means in each:
                if isinstance(means, spellings.Means):
                    assert means.setting in settings, spelling
                    if "{}" not in means.value and means.value:
                        settings[means.setting].value(means.value)
    for spelling, instead in spellings.COMMANDS.items():
        assert spelling == spellings.bare(spelling)
        assert any(f"e2v {command}" in instead for command in (*COMMANDS, "--")), spelling
        assert spelling not in COMMANDS
    choices = {choice for one in settings.values() for choice in (*one.choices, *(one.names or tuple)())}
    assert set(spellings.VALUES.values()) <= choices


def test_python_is_told_the_right_keyword_and_value() -> None:
    with pytest.raises(SettingError, match="no setting vector_size; it is dim=200 in e2v"):
        resolve(Word2VecSettings, {"vector_size": 200})
    with pytest.raises(SettingError, match=r"loss must be one of .*, not hs; did you mean hierarchical-soft"):
        resolve(Word2VecSettings, {"loss": "hs"})
