"""Who may import whom, who may print, and what a query must not cost."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import e2v
from e2v.store import ArtifactWriter, Keys
from tests.builders import write_model

PACKAGE = Path(e2v.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

#: What each room may import, besides itself. The root holds only the version.
BASIS = {
    "root",
    "errors",
    "notices",
    "progress",
    "settings",
    "common_settings",
    "durations",
    "spellings",
    "json_text",
    "threads",
    "blas",
    "ray_cluster",
    "own_ray",
}
BELOW_CORPUS = BASIS | {"store", "inputs"}
BELOW_ENGINES = BELOW_CORPUS | {"corpus", "vectors"}
ALLOWED = {
    "root": {"api", "errors", "progress", "vectors"},
    "errors": set(),
    "notices": set(),
    "progress": set(),
    "durations": set(),
    "spellings": set(),
    "json_text": set(),
    "settings": {"durations", "errors", "spellings"},
    "common_settings": {"settings", "durations", "errors", "threads"},
    "threads": set(),
    "blas": set(),
    "ray_cluster": {"errors", "notices", "progress", "threads", "own_ray"},
    "own_ray": set(),
    # Of what is compiled anew in each run they tell themselves.
    "kernels": {"notices"},
    "demo": set(),
    "store": {"root", "errors", "progress"},
    "inputs": BASIS | {"store", "kernels"},
    "corpus": BELOW_CORPUS | {"kernels"},
    "vectors": BELOW_CORPUS | {"corpus"},
    "recommend": BELOW_ENGINES,
    "training": BELOW_ENGINES | {"recommend", "kernels"},
    "evaluation": BELOW_ENGINES | {"recommend"},
    "tuning": BELOW_ENGINES | {"training", "evaluation"},
    "formats": BELOW_ENGINES | {"kernels"},
    "maps": BELOW_ENGINES,
    "versions": BELOW_ENGINES | {"maps", "evaluation"},
    "texts": BELOW_ENGINES | {"kernels"},
    # What is served over HTTP answers as the commands do, and knows nothing of them.
    "service": BASIS | {"store", "vectors", "recommend"},
    # jobs ask the kernels only how they are compiled.
    "jobs": BELOW_ENGINES
    | {"training", "evaluation", "recommend", "formats", "maps", "texts"}
    | {"versions", "kernels", "tuning"},
    # Commands declare their options by the settings of engines, and have jobs work with them; kernels tell
    # that they are being compiled.
    "cli": BELOW_ENGINES
    | {"jobs", "training", "evaluation", "recommend", "formats", "maps", "texts", "versions"}
    | {"service", "demo", "kernels", "tuning"},
    # The Python face shows the command line's bar, and nothing else of it.
    "api": BELOW_ENGINES
    | {"jobs", "training", "evaluation", "recommend", "formats", "maps", "texts"}
    | {"versions", "cli", "tuning"},
    "__main__": {"cli"},
}

#: Packages that belong to one room.
RESERVED = {"typer": "cli", "rich": "cli", "numba": "kernels", "llvmlite": "kernels"}
RESERVED |= {"fsspec": "inputs"}
RESERVED |= {"starlette": "service", "uvicorn": "service", "prometheus_client": "service"}

#: Commands that only read vectors, as one would call them in a pipe.
QUERIES = (
    "similar a",
    "analogy a b c",
    "similarity a b",
    "odd a b c",
    "lookup a",
    "similar --text a",
    "embed {text}",
    "export {file} --to word2vec -o -",
    "info {file}",
    "verify {file}",
)


def room_of(module: Path) -> str:
    relative = module.relative_to(PACKAGE)
    if len(relative.parts) > 1:
        return relative.parts[0]
    return "root" if module.name == "__init__.py" else module.stem


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module a tree imports, at its top or inside functions, as dotted names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}"
            if node.module == "e2v":
                yield from (f"e2v.{alias.name}" for alias in node.names)
            else:
                yield node.module


def rooms_imported(tree: ast.AST) -> set[str]:
    names = [name.split(".") for name in imports(tree)]
    inner = [name[1] if len(name) > 1 else "root" for name in names if name[0] == "e2v"]
    return {room if room in ALLOWED else "root" for room in inner}


def parse(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"), str(module))


def violations(room: str, tree: ast.AST) -> list[str]:
    """Everything in a module of this room that the architecture forbids."""
    found = [f"imports {other}" for other in sorted(rooms_imported(tree) - {room} - ALLOWED[room])]
    for name in imports(tree):
        owner = RESERVED.get(name.split(".")[0], room)
        if owner != room:
            found.append(f"imports {name}, which belongs to {owner}")
    if room != "cli":
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "exit", "quit", "sys.exit"):
                found.append(f"line {node.lineno} calls {ast.unparse(node.func)}")
            if isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr"):
                found.append(f"line {node.lineno} uses {ast.unparse(node)}")
    return found


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(PACKAGE)))
def test_module_keeps_the_architecture(module: Path):
    assert room_of(module) in ALLOWED, "a new room: give it a place in ALLOWED and in docs/architecture.md"
    assert violations(room_of(module), parse(module)) == []


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("store", "def f():\n    from e2v.corpus import Corpus"),
        ("vectors", "from e2v import training"),
        ("training", "import e2v.formats.word2vec"),
        ("corpus", "import numba"),
        ("vectors", "from rich.table import Table"),
        ("formats", "print(1)"),
        ("training", "import sys\nsys.exit(1)"),
        ("store", "import sys\nsys.stderr.write('x')"),
    ],
)
def test_violations_are_noticed(room: str, source: str):
    assert len(violations(room, ast.parse(source))) == 1


#: What opens a file, or has Python cut up text.
READING = {"open", "os.open", "os.read", "os.fdopen", "io.open", "io.FileIO", "codecs.open", "mmap.mmap"}
READING |= {"np.memmap", "np.load", "np.loadtxt", "np.genfromtxt", "np.fromfile"}
READING |= {"csv.reader", "csv.DictReader", "csv.Sniffer"}
READING_METHODS = {"open", "read_text", "read_bytes"}
#: Where files are read: what users hand over, .e2v files, and parts of e2v itself.
READERS = {"inputs", "store", "demo", "kernels"}
#: What opens files that e2v has written, standard streams, or what Linux tells of a process.
OPENERS = {"cli/shared/streams.py", "jobs/split.py", "formats/transfer/destination.py", "threads.py"}
OPENERS |= {"own_ray.py"}


def readings(tree: ast.AST) -> list[str]:
    """Where a module opens a file, unless to write it, or has Python cut up text."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            after_path = node.args[1:] if name in READING else node.args
            modes = [argument.value for argument in after_path if isinstance(argument, ast.Constant)]
            writes = any(isinstance(mode, str) and set(mode) & set("wax") for mode in modes)
            if (name in READING or method in READING_METHODS) and not writes:
                found.append(f"line {node.lineno} calls {name}")
    return found


def test_what_users_hand_over_comes_in_through_inputs():
    names = {str(module.relative_to(PACKAGE)): module for module in MODULES if room_of(module) not in READERS}
    assert names.keys() > OPENERS
    found = {name: readings(parse(module)) for name, module in names.items() if name not in OPENERS}
    assert {name: places for name, places in found.items() if places} == {}


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("path.open()", 1),
        ("open('x', encoding='utf-8')", 1),
        ("Path(name).read_text()", 1),
        ("csv.reader(lines)", 1),
        ("np.load(path, mmap_mode='r')", 1),
        ("path.open('wb')", 0),
        ("lines(Source(name))", 0),
    ],
)
def test_readings_are_noticed(source: str, count: int):
    assert len(readings(ast.parse(source))) == count


def raw_flags(source: str) -> list[str]:
    """Texts with an option as the command line spells it, which whoever calls from Python does not know.

    Whole command lines may have them, as may docstrings.
    """
    tree = ast.parse(source)
    passed_over = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    passed_over |= {part for text in joined for part in text.values}
    texts = [
        "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in text.values)
        for text in joined
    ] + [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in passed_over
    ]
    return [text for text in texts if re.search("--[a-z]", re.sub(r"\b(e2v|pip) [a-z]+ [^;:()]*", "", text))]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_messages_leave_the_spelling_of_settings_to_whoever_shows_them(module: Path):
    """Advice("lower {min_count}"): what only the command line shows is spelled as it is written there."""
    of_the_command_line = {"cli", "service", "spellings.py"}
    if module.relative_to(PACKAGE).parts[0] in of_the_command_line or module.name == "settings.py":
        return
    assert raw_flags(module.read_text()) == []


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("f(f'{x}: --dim {y} at most')", 1),
        ("f('--dim')", 1),
        ("f('e2v vocab --min-count 1; --dim 3')", 1),
        ("f(f'e2v events {x} --layout baskets reads lists')", 0),
        ("def f():\n    'As --dim.'", 0),
        ("f('{dim} 3 -- or so')", 0),
    ],
)
def test_raw_flags_are_noticed(source: str, count: int):
    assert len(raw_flags(source)) == count


def test_modules_can_be_read_in_one_sitting():
    lengths = {str(m.relative_to(PACKAGE)): len(m.read_text(encoding="utf-8").splitlines()) for m in MODULES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def modules_loaded_by(*arguments: str | Path) -> set[str]:
    """The modules that a Python process imports, from its import-time log."""
    process = subprocess.run(
        [sys.executable, "-X", "importtime", *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return {line.rsplit("|", 1)[1].strip() for line in process.stderr.splitlines() if line.count("|") == 2}


def test_the_entry_point_imports_no_engine():
    loaded = modules_loaded_by("-c", "import e2v.cli.app")
    assert "typer" in loaded
    assert not loaded & {"numpy", "numba", "rich"}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query)
def test_a_query_in_a_pipe_imports_neither_numba_nor_rich(query: str, tmp_path: Path, monkeypatch):
    file = tmp_path / "vectors.e2v"
    with ArtifactWriter(file, "vectors", {}) as writer:
        writer.add_keys("keys", Keys.from_strings("abcd"))
        writer.add("vectors", np.eye(4, dtype=np.float32))
    monkeypatch.setenv("E2V_MODEL", str(file))
    text = tmp_path / "text.txt"
    text.write_text("a b\n")
    loaded = modules_loaded_by("-m", "e2v", *query.format(file=file, text=text).split())
    assert "e2v.store" in loaded
    assert not loaded & {"numba", "llvmlite", "rich"}


def test_a_query_imports_only_the_modules_that_answer_it(tmp_path: Path):
    write_model(tmp_path / "model.e2v", "abc", np.eye(3))
    loaded = modules_loaded_by("-m", "e2v", "similar", "a", "--model", tmp_path / "model.e2v")
    light = {
        "e2v.inputs",
        "e2v.inputs.columns",
        "e2v.inputs.keys",
        "e2v.inputs.tsv",
    }  # how columns are named, and keys and fields written
    rooms = {name.split(".")[1] for name in loaded - light if name.startswith("e2v.")}
    assert not rooms & {"corpus", "inputs", "kernels", "training", "recommend", "evaluation", "formats"}
    assert "e2v.store.reader" in loaded
    assert not loaded & {f"e2v.store.{name}" for name in ("atomic", "outputs", "verification", "writer")}


def test_recommending_imports_neither_numba_nor_faiss(tmp_path: Path):
    model, users, items = (str(tmp_path / f"{name}.e2v") for name in ("model", "users", "items"))
    write_model(Path(model), "abcd", np.eye(4), np.eye(4))
    users_made = ["users", model, "-", "-o", users]
    subprocess.run([sys.executable, "-m", "e2v", *users_made], input=b"u a b\n", check=True)
    subprocess.run([sys.executable, "-m", "e2v", "index", model, "-o", items], check=True)
    asked = ("recommend", "--users", users, "--index", items, "--for", "u")
    loaded = modules_loaded_by("-m", "e2v", *asked)
    assert "e2v.recommend.search" in loaded
    assert not loaded & {"numba", "llvmlite", "rich", "faiss"}


def test_names_of_settings_are_spelled_in_messages() -> None:
    """Braces in the plain text of an error would be shown as they are: only `Advice` spells their names."""
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if not re.fullmatch(r"(?!SettingError)\w+Error|Interrupted|hint|notice", node.func.id):
                continue
            for given in node.args:
                text = given.value if isinstance(given, ast.Constant) else ""
                assert not re.search(r"\{[a-z_]+\}", str(text)), f"{module}, line {given.lineno}: {text}"
