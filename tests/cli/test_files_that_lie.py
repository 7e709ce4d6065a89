"""Files with right digests and wrong content: one line and a documented exit code, in every command."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e2v.store import ArtifactWriter, Keys, open_artifact, verify
from tests.cli.conftest import Typed
from tests.conftest import Run
from tests.forking import Forking
from tests.oracles.graph import ring

CODES = {0, 1, 2, 3, 4}

#: What a file says of how it was made, and what is put in its place.
FIELDS: list[tuple[str, Any]] = [
    *(("settings", value) for value in (5, [])),
    *(("settings.subword", value) for value in (5, "6:3", "1:999999999999")),
    *(("settings.dim", value) for value in ("x", -1, 7, 10**30)),
    *(("settings.arch", value) for value in (5, "transformer")),
    *(("settings.epochs", value) for value in (0, 10**18)),
    *(("settings.lr", value) for value in ("x", 1e308)),
    ("settings.negative", []),
    ("settings.noise_exponent", 1e9),
    ("settings.seed", -1),
    *(("corpus", value) for value in (5, [1])),
    ("corpus.settings", []),
    *(("corpus.settings.tokenizer", value) for value in (5, "letters", {})),
    ("corpus.settings.lowercase", "yes"),
    *(("corpus.inputs", value) for value in (5, [1])),
    ("corpus.vocabulary", 5),
    *(("settings.tokenizer", value) for value in (5, "letters")),
    ("settings.lowercase", 1),
    *(("ordered", value) for value in ("yes", 1, {})),
    *(("model", value) for value in (5, {"digest": 5})),
    *(("graph", value) for value in (5, {"scale": "x"}, {"scale": 0}, {"scale": -1}, {"scale": 10**400})),
    *(("state", value) for value in (5, {}, {"units": -1, "seconds": 1}, {"units": 1, "seconds": "x"})),
    ("start", 5),
]

#: The fields that a command may read of a file of each kind, by their beginnings.
READ = {
    "model": ("settings", "corpus", "model", "start"),
    "corpus": ("settings.tokenizer", "settings.lowercase", "corpus", "ordered"),
    "index": ("settings", "model", "graph"),
    "users": ("settings", "model"),
    "output": ("state", "settings.dim"),
}

COMMANDS = {
    "info": "info {model}",
    "verify": "verify {model}",
    "similar": "similar -m {model} unheardof",
    "lookup": "lookup -m {model} --oov null unheardof",
    "export": "export {model} --to glove -o out.txt",
    "vocab": "vocab text.txt --vocab {model} -o out-corpus.e2v",
    "vocab again": "vocab text.txt --vocab {corpus} -o out-corpus.e2v",
    "train update": "train text.txt --update {model} -o out-model.e2v --threads 1 --progress none",
    "train again": "train text.txt --subword 3:4 --dim 4 --epochs 1 --min-count 1 --threads 1 --if-changed "
    "-o {model}",
    "train corpus": "train {corpus} --dim 4 --epochs 1 --threads 1 -o out-model.e2v --progress none",
    "resume": "train corpus.e2v --subword 3:4 --dim 4 --epochs 1 --threads 1 -o {output} --resume",
    "users": "users {model} {corpus} -o out-users.e2v",
    "index": "index {model} -o out-index.e2v",
    "recommend": "recommend --index {index} --users {users} --for u1",
    "recommend corpus": "recommend -m {model} --corpus {corpus} --for u1",
    "tower": "tower {corpus} --dim 4 --epochs 1 --validation 0 -o out-model.e2v",
    "svd": "svd {corpus} --dim 2 -o out-model.e2v",
    "split": "split {corpus} -o out-corpus.e2v --held-out out.txt --by random",
    "phrases": "phrases {corpus} -o out-corpus.e2v --min-count 1",
    "eval": "eval {model} --ranking held.txt --corpus {corpus}",
}


@pytest.fixture(scope="module")
def made(forking: Forking, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of each kind, and a text."""
    folder = tmp_path_factory.mktemp("made")
    rng = np.random.default_rng(5)
    lines = [f"u{user}\t" + "\t".join(f"word{n}" for n in rng.integers(0, 12, 8)) for user in range(40)]
    (folder / "text.txt").write_text("\n".join(lines).replace("\t", " ") + "\n")
    (folder / "held.txt").write_text("u1\tword3\n")
    (folder / "items.txt").write_text("\n".join(lines) + "\n")
    for command in (
        "events items.txt --layout user-items -o corpus.e2v",
        "train corpus.e2v --subword 3:4 --dim 4 --epochs 1 --threads 1 -o model.e2v",
        "users model.e2v corpus.e2v -o users.e2v",
        "index model.e2v -o index.e2v",
    ):
        done = forking.run("e2v", command.split(), folder)
        assert done.code == 0, done.stderr
    model = open_artifact(folder / "model.e2v")
    with ArtifactWriter(folder / "ckpt.e2v", "checkpoint", {**model.provenance, "state": {}}) as writer:
        writer.add("rows", np.zeros((len(model.keys) + len(model.keys_of("ngrams")), 4), np.float32))
        writer.add("output", np.zeros((len(model.keys), 4), np.float32))
    index = open_artifact(folder / "index.e2v")
    n, dim = index.arrays["vectors"].shape
    rewrite(
        folder / "index.e2v",
        folder / "graph.e2v",
        provenance=lambda made: made.update(graph={"scale": 1.5}),
        graph=np.frombuffer(ring(n, dim + 2), np.uint8),
    )
    return folder


def rewrite(
    source: Path,
    target: Path,
    provenance: Callable[[dict[str, Any]], object] = lambda made: None,
    **arrays: np.ndarray,
) -> Path:
    """A file like another, but for its provenance and some arrays (_ is a point), and with right digests."""
    artifact = open_artifact(source)
    said = json.loads(json.dumps(artifact.provenance))
    provenance(said)
    changed = {name.replace("_", "."): array for name, array in arrays.items()}
    with ArtifactWriter(target, artifact.kind, said) as writer:
        for name, array in {**artifact.arrays, **changed}.items():
            writer.add(name, array)
    return target


def put(said: dict[str, Any], field: str, value: Any) -> None:
    *names, last = field.split(".")
    for name in names:
        said = said.setdefault(name, {})
        if not isinstance(said, dict):
            return
    said[last] = value


@pytest.mark.parametrize("command", COMMANDS)
def test_settings_of_another_type(
    made: Path, command: str, typed: Typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made)
    kinds = [kind for kind in ("model", "corpus", "index", "users") if f"{{{kind}}}" in COMMANDS[command]]
    if "--resume" in COMMANDS[command]:
        kinds = ["output"]
    for kind in kinds:
        for number, (field, value) in enumerate(FIELDS):
            if not field.startswith(READ[kind]):
                continue
            source = made / {"index": "graph.e2v", "output": "ckpt.e2v"}.get(kind, f"{kind}.e2v")
            target = tmp_path / f"{kind}{number}.e2v{'.ckpt' if kind == 'output' else ''}"
            rewrite(source, target, lambda said, field=field, value=value: put(said, field, value))
            names = {name: f"{name}.e2v" for name in ("model", "corpus", "users", "index")}
            names |= {kind: str(target).removesuffix(".ckpt")}
            said = typed(COMMANDS[command].format(**names))
            assert said.code in CODES, (field, value, said)
            assert not said.code or said.stderr.splitlines()[-1].startswith("e2v: "), (field, value, said)


def test_a_setting_is_named_with_its_file(run: Run, made: Path, tmp_path: Path) -> None:
    path = rewrite(
        made / "model.e2v", tmp_path / "m.e2v", lambda said: put(said, "settings.subword", "1:999999999999")
    )
    said = run("similar", "-m", path, "unheardof", check=False)
    wanted = 'settings.subword is "1:999999999999", not two lengths such as 3:6\n'
    assert (said.code, said.stderr) == (1, f"e2v: {path} is damaged: provenance: {wanted}")
    assert run("verify", path, check=False).stdout == f"provenance\t{wanted}"


def assign(place: int | slice, value: int) -> Callable[[np.ndarray], object]:
    return lambda array: array.__setitem__(place, value)


CORPORA: dict[str, tuple[str, Callable[[np.ndarray], object], str]] = {
    "id below": ("tokens", assign(3, -1), "tokens: holds ids outside of 0..11: -1 at 3"),
    "id beyond": ("tokens", assign(5, 12), "tokens: holds ids outside of 0..11: 12 at 5"),
    "id far beyond": ("tokens", assign(5, 2**31 - 1), "tokens: holds ids outside of 0..11"),
    "offset below": ("offsets", assign(0, -500), "offsets: do not run from 0 to the 237 tokens"),
    "offset beyond": ("offsets", assign(-1, 10**9), "offsets: do not run from 0 to the 237 tokens"),
    "offsets descending": ("offsets", assign(7, 10**9), "offsets: are not ascending: "),
    "a key twice": ("keys.bytes", assign(slice(0, 0), 0), "keys.bytes: 1 keys occur more than once"),
    "a count below": ("counts", assign(2, -1), "counts: holds negative counts"),
    "counts beyond": ("counts", assign(slice(0, 2), 2**62), "counts: adds up to 2^63 or more"),
}  # fmt: skip

CORPUS_COMMANDS = [
    "train {} -o out-model.e2v --dim 4 --threads 1 --preset word2vec",
    "train {} -o out-model.e2v --dim 4 --threads 1 --preset word2vec --loss softmax",
    "tower {} -o out-model.e2v --dim 4",
    "svd {} -o out-model.e2v --dim 2",
    "users model.e2v {} -o out-users.e2v",
    "phrases {} -o out-corpus.e2v",
    "split {} -o out-corpus.e2v --held-out out.txt --by random",
    "eval model.e2v --ranking held.txt --corpus {}",
    "recommend -m model.e2v --corpus {} --for u1",
    "vocab text.txt --vocab {} -o out-corpus.e2v",
]


@pytest.fixture(scope="module")
def corpora(made: Path) -> dict[str, Path]:
    """A corpus for each way of being wrong."""
    paths = {}
    for name, (array, change, _) in CORPORA.items():
        changed = open_artifact(made / "corpus.e2v").arrays[array].copy()
        if name == "a key twice":
            keys = list(open_artifact(made / "corpus.e2v").keys)
            twice = Keys.from_strings([keys[1], *keys[1:]])
            arrays = {"keys_bytes": twice.blob, "keys_offsets": twice.offsets}
        else:
            change(changed)
            arrays = {array.replace(".", "_"): changed}
        paths[name] = rewrite(made / "corpus.e2v", made / f"{name.replace(' ', '-')}.e2v", **arrays)
    return paths


@pytest.mark.parametrize("command", CORPUS_COMMANDS)
def test_a_corpus_that_cannot_be_is_refused_where_it_is_opened(
    made: Path, corpora: dict[str, Path], command: str, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made)
    for name, path in corpora.items():
        said = typed(command.format(path.name))
        assert said.code == 1, (name, said)
        assert said.stderr.startswith(f"e2v: {path.name} is damaged: {CORPORA[name][2]}"), (name, said)
        assert said.stderr.count("\n") == 1


@pytest.mark.parametrize("name", CORPORA)
def test_verify_says_the_same(made: Path, corpora: dict[str, Path], name: str) -> None:
    what = CORPORA[name][2]
    assert any(str(problem).startswith(what) for problem in verify(corpora[name]))


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"seen_items": 12}, "seen.items: holds ids outside of 0..11: 12 at 0"),
        ({"seen_items": -1}, "seen.items: holds ids outside of 0..11: -1 at 0"),
        ({"seen_offsets": -5}, "seen.offsets: do not run from 0"),
    ],
)
def test_users_who_have_seen_what_is_no_item(
    run: Run, made: Path, tmp_path: Path, changes: dict[str, int], what: str
) -> None:
    ((name, value),) = changes.items()
    array = open_artifact(made / "users.e2v").arrays[name.replace("_", ".")].copy()
    array[0] = value
    path = rewrite(made / "users.e2v", tmp_path / "users.e2v", **{name: array})
    said = run("recommend", "--index", made / "index.e2v", "--users", path, "--for", "u1", check=False)
    assert (said.code, said.stdout) == (1, "") and f"users.e2v is damaged: {what}" in said.stderr


GRAPHS: dict[str, tuple[dict[str, Any], str]] = {
    "more items": ({"n": 13}, "is of 13 items, but there are 12"),
    "fewer items": ({"n": 11}, "is of 11 items, but there are 12"),
    "another dimension": ({"d": 7}, "is of 7 coordinates, but the items have 6"),
    "another kind": ({"kind": b"IxF2"}, "is no HNSW graph of faiss"),
    "another metric": ({"metric": 0}, "is not of Euclidean distances"),
    "a link beyond": ({"links": [12] * 26}, "has links to points that are not there"),
    "a link below": ({"links": [-2] * 26}, "has links to points that are not there"),
    "a link to a lower level": ({"links": [1] * 26}, "has links to points that are not on their level"),
    "an entry beyond": ({"entry": 99}, "begins at a point that is not at its top"),
    "an entry that is not at the top": ({"entry": 1}, "begins at a point that is not at its top"),
    "a level beyond": ({"levels": [9] + [1] * 11}, "has points on levels that are not there"),
    "no level": ({"levels": [0] + [1] * 11}, "has points on levels that are not there"),
    "levels of fewer": ({"levels": [2] + [1] * 10}, "has levels of 11 points"),
    "offsets beyond": ({"offsets": [10**15] * 13}, "has links that do not follow one another"),
    "levels that descend": ({"starts": [0, 4, 2]}, "has levels whose links do not follow one another"),
    "no candidates": ({"ef": 0}, "has no number of candidates to follow"),
    "a storage": ({"end": b"IxF2" + bytes(99)}, "holds more than a graph"),
    "nothing after": ({"end": b""}, "holds more than a graph"),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_graphs_that_are_not_of_the_items(run: Run, made: Path, tmp_path: Path, name: str) -> None:
    """faiss would follow them into foreign memory."""
    changes, what = GRAPHS[name]
    graph = np.frombuffer(ring(12, 6, **changes), np.uint8)
    path = rewrite(made / "graph.e2v", tmp_path / "odd.e2v", graph=graph)
    said = run("recommend", "--index", path, "--users", made / "users.e2v", "--for", "u1", check=False)
    assert (said.code, said.stdout) == (1, "")
    assert said.stderr.startswith(f"e2v: {path} is damaged: graph: {what}") and said.stderr.count("\n") == 1
    assert run("verify", path, check=False).stdout.startswith(f"graph\t{what}")
    run("recommend", "--index", path, "--users", made / "users.e2v", "--exact", "--for", "u1")


@pytest.mark.parametrize("cut", range(0, 700, 23))
def test_a_graph_that_was_cut(made: Path, cut: int) -> None:
    from e2v.store.graph import graph_problem

    whole = np.frombuffer(ring(12, 6), np.uint8)
    assert graph_problem(whole, 12, 6) is None
    assert graph_problem(whole[: min(cut, len(whole) - 1)], 12, 6) is not None


def test_a_graph_of_faiss_is_a_graph(run: Run, made: Path, tmp_path: Path) -> None:
    pytest.importorskip("faiss")
    run("index", made / "model.e2v", "--type", "hnsw", "--threads", "1", "-o", "hnsw.e2v")
    assert verify(tmp_path / "hnsw.e2v") == []
    run("recommend", "--index", "hnsw.e2v", "--users", made / "users.e2v", "--for", "u1")
    assert verify(made / "graph.e2v") == []
