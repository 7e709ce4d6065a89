"""Change the code at random and count the changes that tests notice: python -m tests.mutants --sample 100.

The changes are those of cosmic-ray, each made alone in a copy of the project. Of the tests those are run that
reach the changed line of the code as it is, until one fails.
"""

from __future__ import annotations

import argparse
import ast
import compileall
import hashlib
import math
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from difflib import unified_diff
from itertools import chain, islice
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numba  # noqa: F401 - once, and not for each change
import pyarrow.parquet  # noqa: F401
import pytest
import typer  # noqa: F401
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.modules import find_modules
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from coverage import Coverage, CoverageData

_PACKAGES = ("store", "inputs", "evaluation")
_TESTS = (  # of the packages, and of what uses them
    *(f"{package}/test_*.py" for package in _PACKAGES),
    *("cli/test_eval.py", "cli/test_compare.py", "cli/test_outputs.py", "cli/test_files_that_lie.py"),
    "plan/test_estimates.py",
)
#: `==` for `is` changes nothing, as None equals itself alone; `is` for `==` depends on what the interpreter
#: keeps once; variables would have to be named.
_LEFT_OUT = ("_Is_Eq", "_IsNot_NotEq", "_Eq_Is", "_NotEq_IsNot", "VariableReplacer", "VariableInserter")
_PYTEST = ["-n0", "-x", "-q", "-pno:cacheprovider", "-Wignore::pytest.PytestAssertRewriteWarning"]
_MOST_BYTES = 6 << 30


class _Mutant(NamedTuple):
    path: str
    line: int
    operator: str
    source: str
    changed: str


class _Meaning(ast.NodeTransformer):
    """Takes out what has no effect on a run: annotations, imports for types, `slots` and `frozen`."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            return ast.Pass()
        if isinstance(node, ast.keyword) and node.arg in ("slots", "frozen"):
            return ast.Pass()
        for name in {"annotation", "returns"} & set(node._fields):
            setattr(node, name, None)
        return super().generic_visit(node)


def _meaning(source: str) -> str | None:
    with suppress(SyntaxError):
        compile(source, "mutant", "exec")
        return ast.dump(_Meaning().visit(ast.parse(source)))


def _drawn(modules: list[str], seed: int) -> Iterator[_Mutant]:
    """Places where there is something to change, at random, and one of the changes of each."""
    operators = {name: get_operator(name)() for name in operator_names() if not name.endswith(_LEFT_OUT)}
    places: dict[tuple[str, tuple[int, int]], list[tuple[str, int]]] = defaultdict(list)
    for path in sorted(map(str, find_modules(map(Path, modules)))):
        nodes = list(ast_nodes(get_ast(Path(path).read_text())))
        for name, operator in operators.items():
            starts = (start for node in nodes for start, _ in operator.mutation_positions(node))
            for occurrence, start in enumerate(starts):
                places[path, start].append((name, occurrence))
    draw = random.Random(seed)
    for path, (line, column) in draw.sample(sorted(places), len(places)):
        source = Path(path).read_text()
        for name, occurrence in draw.sample(places[path, (line, column)], len(places[path, (line, column)])):
            changed = mutate_code(source, operators[name], occurrence)
            if _meaning(changed) not in (None, _meaning(source)):
                yield _Mutant(path, line, name.removeprefix("core/"), source, changed)
                break


def _run(copy: Path, tests: list[str], seconds: int, known: Path | None) -> None:
    """In a process of its own: run tests as if this had been started in the copy."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_BYTES, _MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    for stream in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)
    os.chdir(copy)
    os.environ |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(copy.parent)}
    tempfile.tempdir, sys.dont_write_bytecode, sys.path[0] = None, True, str(copy)
    del sys.modules["tests"]
    if known:
        (known / "settings").write_text(
            "[run]\nparallel = True\npatch = subprocess, fork\ndynamic_context = test_function\ninclude ="
            + "".join(f"\n  {copy / 'e2v' / package}/*" for package in _PACKAGES)
        )
        measuring = Coverage(known / "data", config_file=str(known / "settings"), context=tests[0])
        with measuring.collect():
            code = pytest.main([*_PYTEST, *tests])
        measuring.save()
    else:
        code = pytest.main([*_PYTEST, *tests])
    os._exit(code)


def _seconds(copy: Path, tests: list[str], most: float = 3600, known: Path | None = None) -> float:
    """What tests take of CPU; infinite if one fails, or the most that they may take is not enough.

    known: a folder for what they reach.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = get_context("fork").Process(target=_run, args=(copy, tests, math.ceil(most), known))
    process.start()
    process.join(10 * most)
    failed = process.exitcode not in (0, pytest.ExitCode.NO_TESTS_COLLECTED)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.join()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return math.inf if failed else after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _known(folder: Path, copy: Path) -> tuple[dict[str, float], dict[tuple[str, int], set[str]]]:
    """What the files of tests take, and which of them, or which of their tests, reach a line."""
    seconds: dict[str, float] = {}
    reaching: dict[tuple[str, int], set[str]] = defaultdict(set)
    for path in chain(*(sorted(map(str, Path("tests").glob(tests))) for tests in _TESTS)):
        known = folder / hashlib.sha256(path.encode() + Path(path).read_bytes()).hexdigest()[:16]
        if not (known / "seconds").exists():
            shutil.rmtree(known, ignore_errors=True)
            known.mkdir()
            (known / "seconds").write_text(str(_seconds(copy, [path], known=known)))
        seconds[path] = float((known / "seconds").read_text())
        print(f"{path}: {seconds[path]:.1f} s", flush=True)
        for data in map(CoverageData, map(str, known.glob("data.*") if math.isfinite(seconds[path]) else ())):
            data.read()
            for measured in data.measured_files():
                for line, contexts in data.contexts_by_lineno(measured).items():
                    reaching["e2v" + measured.rpartition("/e2v")[2], line] |= set(contexts)
    return seconds, reaching


def _within(file: str, context: str) -> str:
    """Where in a file of tests one is, as pytest says it; empty: it is a function of others, or none."""
    module = file.removesuffix(".py").replace("/", ".")
    name = context.removeprefix(f"{module}.").partition(".<locals>")[0]
    return (
        "::" + name.replace(".", "::") if f"def {name.rpartition('.')[2]}(" in Path(file).read_text() else ""
    )


def _killer(
    mutant: _Mutant, copy: Path, seconds: dict[str, float], reaching: dict[tuple[str, int], set[str]]
) -> str | None:
    """What notices it: tests that reach the line, or files of tests whose commands and fixtures do."""
    line = max((line for path, line in reaching if path == mutant.path and line <= mutant.line), default=0)
    files = sorted(seconds, key=lambda file: (Path(mutant.path).stem not in file, seconds[file]))
    reached = [context.partition("|")[::2] for context in reaching.get((mutant.path, line), ())]
    tests = [file + within for file, test in sorted(reached) if (within := _within(file, test))]
    tests.sort(key=lambda test: files.index(test.partition("::")[0]))
    others = [file for file in files if any(file == one and not _within(one, test) for one, test in reached)]
    (copy / mutant.path).write_text(mutant.changed)
    try:
        for chosen in filter(None, (tests, others)):
            most = 20 + 5 * sum(seconds[file] for file in {test.partition("::")[0] for test in chosen})
            if math.isinf(_seconds(copy, chosen, most)):
                return f"killed by {'tests' if chosen is tests else 'files'}"
    finally:
        (copy / mutant.path).write_text(mutant.source)
    return None


def _score(killed: list[bool]) -> str:
    """A share with its interval of 95 % (Wilson 1927)."""
    n, share, z = len(killed), sum(killed) / len(killed), 1.96
    middle, reach = share + z**2 / (2 * n), z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    low, high = ((middle + sign * reach) / (1 + z**2 / n) for sign in (-1, 1))
    return f"{sum(killed)} of {n} killed, {share:.1%} ({low:.1%} to {high:.1%})"


def main() -> None:
    """Draw, try and count."""
    parser = argparse.ArgumentParser("python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=100, help="how many changes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, nargs="*", help="the numbers of those of the sample to try")
    parser.add_argument("--module", action="append", help=f"e2v/{', e2v/'.join(_PACKAGES)} or a file of them")
    parser.add_argument("--minutes", type=float, default=math.inf, help="after them no other is begun")
    parser.add_argument("--folder", type=Path, help="absolute; keeps what tests reach, for the next time")
    given = parser.parse_args()
    end = time.monotonic() + 60 * given.minutes
    os.chdir(Path(__file__).parent.parent)
    temporary = Path(tempfile.mkdtemp(prefix="e2v-mutants-"))
    copy, folder = temporary / "e2v", given.folder or temporary
    folder.mkdir(exist_ok=True)
    results: dict[str, list[bool]] = defaultdict(list)
    survivors = []
    try:
        shutil.copytree(".", copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
        compileall.compile_dir(copy / "e2v", quiet=1)
        seconds, reaching = _known(folder, copy)
        drawn = _drawn(given.module or [f"e2v/{package}" for package in _PACKAGES], given.seed)
        for number, mutant in enumerate(islice(drawn, given.sample), 1):
            if time.monotonic() < end and (not given.only or number in given.only):
                killer = _killer(mutant, copy, seconds, reaching)
                place = f"{number}  {mutant.path}:{mutant.line}  {mutant.operator}"
                print(place, killer or "SURVIVED", sep="  ", flush=True)
                for package in (mutant.path.split("/")[1], "all"):
                    results[package].append(killer is not None)
                if killer is None:
                    lines = mutant.source.splitlines(), mutant.changed.splitlines()
                    survivors.append(
                        "\n".join(["", place, *list(unified_diff(*lines, lineterm="", n=1))[2:]])
                    )
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    print(
        *survivors, "", *(f"{name}: {_score(killed)}" for name, killed in sorted(results.items())), sep="\n"
    )


if __name__ == "__main__":
    main()
