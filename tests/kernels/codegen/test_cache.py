"""Compiled code is kept where it can be, under a name that changes with the sources, by processes at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from numba.core.caching import FunctionCache

from e2v import notices

PROJECT = Path(__file__).parents[3]
COMPILE = """
from e2v.kernels.sgd import alias_table
from e2v.notices import listen

listen(lambda _, said: print(said))
print(alias_table([1.0, 3.0]).tolist())
"""


LISTEN = """
from e2v.kernels.compiling import on_compiling
from e2v.kernels.sgd import alias_table

end = on_compiling(lambda begins: print(begins, end=" "))
alias_table([1.0, 3.0])
"""


def start(folder: Path, code: str = COMPILE, cwd: Path = PROJECT) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
    environment["XDG_CACHE_HOME"] = str(folder)
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=cwd, env=environment, stdout=subprocess.PIPE, text=True
    )


def folders(cache: Path) -> set[str]:
    return {path.name for path in (cache / "e2v").iterdir()}


def test_two_processes_compile_at_once_and_a_third_finds_it_done(tmp_path: Path) -> None:
    both = [start(tmp_path), start(tmp_path)]
    answers = {process.communicate()[0] for process in both}
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    answers.add(start(tmp_path).communicate()[0])
    assert len(answers) == 1
    assert answers.pop().startswith("[")
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == files
    assert {path.suffix for path in files} == {".nbc"}


def test_a_folder_that_cannot_be_written_is_told_of_and_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    output = start(tmp_path / "file").communicate()[0]
    assert output.count(f"cannot be kept in {tmp_path / 'file'}") == 1
    assert "XDG_CACHE_HOME" in output
    assert output.splitlines()[-1].startswith("[")


def test_what_is_there_already_is_used_where_nothing_can_be_written(tmp_path: Path) -> None:
    """And a kernel that is not there is told of, even if others are."""
    start(tmp_path).communicate()
    files = {path for path in tmp_path.rglob("*") if path.is_file()}
    read_only = """
import tempfile
def refuse(**_): raise OSError(30, "Read-only file system")
tempfile.TemporaryFile = refuse
"""
    found = "from e2v.kernels.sgd.sampling import _pair_entries as t; print(sum(t.stats.cache_hits.values()))"
    output = start(tmp_path, f"{read_only}{COMPILE}{found}").communicate()[0]
    assert output.startswith("[") and output.endswith("]\n1\n")
    for file in files:
        file.rename(file.with_name(f"other{file.suffix}"))
    output = start(tmp_path, f"{read_only}{COMPILE}{found}").communicate()[0]
    assert "Read-only file system" in output and output.endswith("\n0\n")
    assert {path.stem for path in tmp_path.rglob("*") if path.is_file()} == {"other"}


@pytest.mark.parametrize("damaged", ["", "half", "zeros", "garbled"])
def test_damaged_code_is_told_of_and_not_run(
    tmp_path: Path, damaged: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a power cut leaves files: without their end, or full of zeros."""
    from e2v.kernels.codegen import cache

    cache._tell_that_it_is_damaged.cache_clear()
    files = cache._CheckedFiles(tmp_path, "module.kernel-1")
    files.save(("int64", 1), b"machine code")
    assert files.load(("int64", 1)) == b"machine code" and files.load(("float64", 1)) is None
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    last = bytes([whole[-1] ^ 1])
    contents = {"half": whole[:50], "zeros": bytes(len(whole)), "garbled": whole[:-1] + last}
    path.write_bytes(contents.get(damaged, b""))
    said: list[str] = []
    monkeypatch.setattr(notices, "_listeners", [lambda _, message: said.append(message)])
    assert files.load(("int64", 1)) is None and files.load(("int64", 1)) is None
    assert len(said) == 1 and "is damaged, and compiled anew" in said[0]
    files.save(("int64", 1), b"machine code")
    assert files.load(("int64", 1)) == b"machine code"


def test_code_of_another_key_with_the_same_name_is_not_taken(tmp_path: Path) -> None:
    from e2v.kernels.codegen import cache

    class Alike(str):
        def __repr__(self) -> str:
            return "alike"

    files = cache._CheckedFiles(tmp_path, "module.kernel-1")
    files.save(Alike("a"), b"machine code")
    assert files.load(Alike("b")) is None and files.load(Alike("a")) == b"machine code"


def test_a_numba_that_keeps_code_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from e2v.kernels.codegen import cache

    classes = FunctionCache._impl_class._locator_classes
    monkeypatch.setattr(FunctionCache._impl_class, "_locator_classes", classes[::-1])
    assert cache._locator_for_cache_dir() is cache._Locator.__base__
    monkeypatch.setattr(FunctionCache._impl_class, "_locator_classes", classes[1:])
    with pytest.raises(ImportError, match=f"Numba {numba.__version__}"):
        cache._locator_for_cache_dir()


def test_a_change_in_any_source_means_another_folder(tmp_path: Path) -> None:
    shutil.copytree(PROJECT / "e2v" / "kernels", tmp_path / "e2v" / "kernels")
    (tmp_path / "e2v" / "__init__.py").touch()
    shutil.copy(PROJECT / "e2v" / "notices.py", tmp_path / "e2v")
    cache = tmp_path / "cache"
    start(cache, "import e2v.kernels.sgd", tmp_path).communicate()
    before = folders(cache)
    with (tmp_path / "e2v" / "kernels" / "sgd" / "block.py").open("a") as source:
        source.write("# a change\n")
    start(cache, "import e2v.kernels.sgd", tmp_path).communicate()
    assert len(before) == 1
    assert len(folders(cache)) == 2


def test_what_was_compiled_long_ago_for_others_is_removed(tmp_path: Path) -> None:
    for age in range(6):
        folder = tmp_path / "e2v" / f"age{age}"
        folder.mkdir(parents=True)
        (folder / "code.nbc").touch()
        os.utime(folder, (1e9 - age, 1e9 - age))
    start(tmp_path, "import e2v.kernels.sgd").communicate()
    others = {name for name in folders(tmp_path) if name.startswith("age")}
    assert others == {"age0", "age1", "age2", "age3"}
    assert len(folders(tmp_path)) == 5


def test_a_disk_that_is_nearly_full_is_left_alone(tmp_path: Path) -> None:
    full = "import shutil as s; usage = s.disk_usage; s.disk_usage = lambda p: usage(p)._replace(free=9)\n"
    output = start(tmp_path, full + COMPILE).communicate()[0]
    assert "(no space left)" in output
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_importing_the_kernels_leaves_the_settings_of_others_alone(tmp_path: Path) -> None:
    code = (
        "from numba import config; before = config.CACHE_DIR; import e2v.kernels.sgd; "
        "print(config.CACHE_DIR == before)"
    )
    assert start(tmp_path, code).communicate()[0] == "True\n"


def test_compiling_is_told_of_once_a_kernel_and_not_when_it_is_found_on_disk(tmp_path: Path) -> None:
    assert start(tmp_path, LISTEN).communicate()[0] == "True False "
    assert start(tmp_path, LISTEN).communicate()[0] == ""
    ended = LISTEN.replace("\nalias_table", "\nend()\nalias_table")
    assert start(tmp_path / "empty", ended).communicate()[0] == ""
