from pathlib import Path

import pytest

from tests.builders import write_corpus
from tests.conftest import Run


def test_last_out_is_the_default(run: Run, tmp_path: Path) -> None:
    write_corpus(tmp_path / "all.e2v", ["abc", "de"], ["u", "v"])
    result = run("split", "all.e2v", "-o", "train.e2v", "--held-out", "test.txt")
    told = result.stderr.splitlines()
    assert told[0] == "train.e2v: 3 items kept; 2 items of 2 users held out in test.txt"
    assert (tmp_path / "test.txt").read_text() == "u\tc\nv\te\n"
    assert "made.settings.by\tlast-out" in run("info", "train.e2v").stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--share", ".3"], "--share applies to --by random only"),
        (["--seed", "3"], "--seed applies to --by random only"),
        (["--by", "random", "--share", "1"], "--share must be above 0 and below 1, not 1"),
    ],
)
def test_usage_errors(run: Run, tmp_path: Path, options: list[str], message: str) -> None:
    result = run("split", "all.e2v", "-o", "a", "--held-out", "b", *options, check=False)
    assert result.code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_sets_have_no_last_item(run: Run, tmp_path: Path) -> None:
    files = ("-o", "train.e2v", "--held-out", "test.txt")
    for ordered in ((), ("--ordered",)):
        run("events", "-", "--layout", "user-items", *ordered, stdin="u a b c\nv a c b\n")
        result = run("split", "corpus.e2v", *files, check=False)
        if ordered:
            assert result.code == 0 and (tmp_path / "test.txt").read_text() == "u\tc\nv\tb\n"
        else:
            assert (result.code, result.stderr.count("\n")) == (2, 1)
            assert (
                "corpus.e2v holds sets, and a set has no last item; split it with --by random"
                in result.stderr
            )
            assert not (tmp_path / "train.e2v").exists()
            run("split", "corpus.e2v", *files, "--by", "random")
            assert "made.ordered\tFalse" in run("info", "train.e2v").stdout


def test_a_corpus_without_users(run: Run, tmp_path: Path) -> None:
    write_corpus(tmp_path / "all.e2v", ["abc", "de"])
    result = run("split", "all.e2v", "-o", "a", "--held-out", "b", check=False)
    assert (result.code, result.stdout) == (1, "")
    assert "all.e2v does not say whose its sentences are" in result.stderr
