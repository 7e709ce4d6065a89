"""Maps: what is on them, where, and what the files of them hold."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import e2v
from e2v.errors import InputError, MissingExtraError, SettingError, UnknownKeyError, UsageError
from e2v.maps.neighbours import nearest_neighbours
from e2v.maps.points import PointMap
from e2v.maps.projection import principal_components, project
from e2v.vectors.matrix import unit
from tests.builders import write_model, write_tastes
from tests.commands import command_line

#: What would end a script, a string, a line of JavaScript or a tag, if it were written as it is.
HOSTILE = [
    "</script><script>alert(1)</script>",
    "\"'`${1}",
    "a\u2028b\u2029c",
    "<!--",
    "{data}",
    "]]>",
    "\x00\x1b[31m",
]
OTHERS = ["空", "🍣", "bad\udcff", *(f"k{number}" for number in range(40))]
KEYS = HOSTILE + OTHERS
VECTORS = np.random.default_rng(2).normal(size=(len(KEYS), 6))
VECTORS[-1] = 0


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_model(
        tmp_path / "m.e2v", KEYS, VECTORS, titles=[f"<b>{key}" for key in KEYS[:20]] + [""] * 30
    )


def unpacked(page: str) -> dict[str, Any]:
    """What the page's script reads."""
    found = re.search(r'<script type="application/octet-stream" id="data">([A-Za-z0-9+/=]+)</script>', page)
    assert found
    data = zlib.decompress(base64.b64decode(found[1]))
    (size,) = struct.unpack_from("<I", data)
    described = json.loads(data[4 : 4 + size])
    at = (4 + size + 3) // 4 * 4
    for name, kind, length in described["arrays"]:
        described[name] = np.frombuffer(data, f"<{kind}", length, at)
        at = (at + described[name].nbytes + 3) // 4 * 4
    assert at == len(data)
    return described


def test_a_page_holds_every_key_and_runs_none(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("e2v.maps.points.notice", told.append)
    command_line("map m.e2v -o m.html --projection pca")
    page = Path("m.html").read_text(encoding="utf-8")
    assert page.count("<script") == page.count("</script>") == 2 and "alert(" not in page
    assert "src=" not in page.split("<script>")[0] and "http:" not in page and "https:" not in page
    found = unpacked(page)
    shown = [key.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for key in KEYS]
    assert found["keys"] == shown[:-1]
    assert found["titles"][:2] == [f"<b>{key}" for key in KEYS[:2]] and found["titles"][-1] == ""
    assert found["counts"] == list(range(len(KEYS), 1, -1))
    unit_rows = unit(VECTORS[:-1].astype(np.float32))
    cosines = unit_rows @ unit_rows.T - 2 * np.eye(len(unit_rows))
    order = np.argsort(-cosines, axis=1)
    assert found["low"].reshape(10, -1).T.tolist() == order[:, :10].tolist()
    falls = np.cumsum(found["falls"].reshape(9, -1).T, axis=1)
    written = np.concatenate((found["first"][:, None], found["first"][:, None] - falls), axis=1) / 255
    expected = np.clip(np.take_along_axis(cosines, order[:, :10], 1), 0, 1)
    np.testing.assert_allclose(written, expected, atol=0.002)
    assert len(found["names"]) == found["label"].max() + 1
    assert len(told) == 1 and "left out: 1 key" in told[0]


def test_many_keys_have_neighbours_with_numbers_above_16_bits() -> None:
    from e2v.maps.page import packed

    n = 70_000
    of = PointMap(
        "m",
        ["k"] * n,
        None,
        None,
        np.zeros((n, 2), np.float32),
        np.zeros(n, np.int32),
        ["all"],
        None,
        np.arange(n, dtype=np.int32)[::-1, np.newaxis].repeat(2, axis=1),
        np.ones((n, 2), np.float32),
    )
    data = packed(of)
    (size,) = struct.unpack_from("<I", data)
    arrays = {name: length for name, _, length in json.loads(data[4 : 4 + size])["arrays"]}
    assert arrays["high"] == arrays["low"] == 2 * n
    high = np.frombuffer(data, np.uint8, 2 * n, len(data) - 2 * n)
    assert high[0] == (n - 1) >> 16 == 1 and high[n - 1] == 0


def test_the_page_takes_few_bytes_a_key(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    write_model(tmp_path / "m.e2v", [f"word{number}" for number in range(3000)], rng.normal(size=(3000, 8)))
    made = e2v.load(tmp_path / "m.e2v").map(tmp_path / "m.html", projection="pca")
    assert made.stat().st_size < 35_000 + 60 * 3000


def test_neighbours_are_those_of_all_cosines() -> None:
    rows = unit(np.random.default_rng(1).normal(size=(300, 5)).astype(np.float32))
    seen: list[int] = []
    found, cosines = nearest_neighbours(rows, 4, 2, seen.append)
    every = rows @ rows.T - 2 * np.eye(300)
    assert found.tolist() == np.argsort(-every, axis=1)[:, :4].tolist()
    np.testing.assert_allclose(cosines, -np.sort(-every, axis=1)[:, :4], atol=1e-6)
    assert seen[-1] == 300


def test_principal_components_are_the_axes_of_most_variance() -> None:
    rows = np.random.default_rng(1).normal(size=(500, 4)).astype(np.float32) * [5, 1, 3, 0.5]
    found = principal_components(rows.astype(np.float32))
    _, _, axes = np.linalg.svd(rows - rows.mean(axis=0))
    expected = (rows - rows.mean(axis=0)) @ axes[:2].T
    np.testing.assert_allclose(np.abs(found), np.abs(expected), rtol=1e-3, atol=1e-3)
    placed = project(
        rows.astype(np.float32), np.empty((0, 0), np.int32), np.empty((0, 0), np.float32), "pca", 1
    )
    assert placed.min() >= 0 and placed.max() <= 1
    assert principal_components(np.ones((3, 1), np.float32)).shape == (3, 2)


def test_named_keys_and_categories(model: Path, capsys) -> None:
    Path("keys").write_text("k3\nk5\n空\nk3\n<b>🍣\n")
    Path("kinds.tsv").write_text("key\tkind\nk3\trare|usual\nk5\tusual\n空\tusual\n")
    command_line("map m.e2v -o m.html --only keys --categories kinds.tsv:key:kind --projection pca")
    found = unpacked(Path("m.html").read_text())
    assert found["keys"] == ["空", "🍣", "k3", "k5"]
    assert found["categories"] == ["usual", "rare"] and found["category"].tolist() == [0, -1, 1, 0]


def test_users_have_maps_and_clusters_too(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    corpus = write_tastes(tmp_path / "c.e2v")
    e2v.svd(corpus, "m.e2v", dim=4)
    e2v.users("m.e2v", corpus, "u.e2v")
    command_line("map u.e2v -o u.html --projection pca")
    assert len(unpacked(Path("u.html").read_text())["keys"]) == 80
    capsys.readouterr()
    command_line("cluster u.e2v -k 2 --center")
    labels = dict(row.split("\t")[:2] for row in capsys.readouterr().out.splitlines())
    even = sum(labels[f"u{user}"] == labels["u0"] for user in range(0, 80, 2))
    odd = sum(labels[f"u{user}"] == labels["u0"] for user in range(1, 80, 2))
    assert even >= 38 and odd <= 2
    with pytest.raises(InputError, match="one matrix"):
        command_line("map u.e2v --vectors output")
    with pytest.raises(InputError, match="holds a corpus"):
        command_line("map c.e2v")


@pytest.mark.parametrize(
    ("line", "error", "told"),
    [
        ("map m.e2v -o m.pdf", UsageError, "what should it be"),
        ("map m.e2v -o m.e2v", UsageError, "what should it be"),
        ("map m.e2v -o -", UsageError, "stdout"),
        ("map m.e2v --restrict 1", InputError, "takes two keys"),
        ("map m.e2v --restrict 5 --only k", SettingError, "does not go with"),
        ("map m.e2v --only absent -o a.html", UnknownKeyError, "nobody"),
        ("map m.e2v -o m.html --categories absent:1:2", InputError, "none of the keys"),
    ],
)
def test_what_is_refused(model: Path, line: str, error: type[Exception], told: str) -> None:
    Path("absent").write_text("nobody,kind\nnowhere,kind\n" if "categories" in line else "nobody\n")
    Path("k").write_text("k1\n")
    before = model.read_bytes()
    with pytest.raises(error, match=told):
        command_line(line)
    assert model.read_bytes() == before and not Path("m.html").exists()


def test_extras_are_named(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("e2v.maps.projection.find_spec", lambda _: None)
    monkeypatch.setattr("e2v.maps.picture.find_spec", lambda _: None)
    for line in ("map m.e2v -o m.html --projection umap", "map m.e2v -o m.png"):
        with pytest.raises(MissingExtraError, match=r"pip install (umap-learn|matplotlib)"):
            command_line(line)


def test_a_rough_map_fills_the_terminal(model: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("LINES", "20")
    command_line("map m.e2v --projection pca -q")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 18 and max(map(len, lines)) <= 59
    drawn = "".join(lines)
    assert any(0x2800 < ord(letter) < 0x2900 for letter in drawn) and "<b>" in drawn and "\x1b" not in drawn


def test_wide_letters_take_two_cells_of_a_rough_map() -> None:
    from unicodedata import east_asian_width

    from e2v.maps.sketch import sketch

    places = np.array([[0.5, 0.5], [0.0, 0.0], [1.0, 0.2]], np.float32)
    names = ["東京駅" * 5, "e\u0301te\u0301 🍣", "q" * 99]
    none = np.empty((3, 0))
    of = PointMap("m", ["a"] * 3, None, None, places, np.arange(3, dtype=np.int32), names, None, none, none)
    lines = list(sketch(of, 30, 12))
    drawn = "\n".join(lines)
    wide = {letter: 2 if east_asian_width(letter) in "WF" else 1 for letter in drawn} | {"\u0301": 0}
    assert len(lines) == 12 and max(sum(wide[letter] for letter in line) for line in lines) <= 30
    assert "東京駅" * 4 in drawn and "東京駅" * 4 + "東" not in drawn
    assert "e\u0301te\u0301 🍣" in drawn and "q" * 24 in drawn and "q" * 25 not in drawn


def test_what_is_no_number_is_left_out(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("e2v.maps.points.notice", told.append)
    rows = VECTORS[:12].copy()
    rows[1], rows[2, 3], rows[3] = np.nan, np.inf, 0
    write_model(Path("n.e2v"), [f"k{number}" for number in range(12)], rows)
    command_line("map n.e2v -o n.html --projection pca")
    assert unpacked(Path("n.html").read_text())["keys"] == ["k0", *(f"k{number}" for number in range(4, 12))]
    assert told == ["left out: 3 keys with a vector of zeros, NaN or infinity, which is near nothing"]


def test_a_map_replaces_a_map(model: Path, capsys) -> None:
    command_line("map m.e2v -o m.html --projection pca -k 1")
    assert "m.html: map of 49 keys in 1 cluster, " in capsys.readouterr().err
    first = Path("m.html").read_bytes()
    command_line("map m.e2v -o m.html --projection pca -k 3")
    assert "49 keys in 3 clusters" in capsys.readouterr().err and Path("m.html").read_bytes() != first


def test_umap_is_not_missed_where_keys_are_few(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("e2v.maps.projection.find_spec", lambda _: None)
    monkeypatch.setattr("e2v.maps.projection.hint", told.append)
    command_line("map m.e2v -o m.html --restrict 19")
    assert told == []
    command_line("map m.e2v -o m.html --restrict 20")
    assert len(told) == 1 and "pip install umap-learn" in told[0]


def test_a_table_for_other_programs(model: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs the [io] extra")
    command_line("map m.e2v -o m.parquet --projection pca")
    rows = parquet.read_table("m.parquet").to_pylist()
    assert len(rows) == len(KEYS) - 1
    assert list(rows[0]) == ["x", "y", "key", "title", "count", "cluster", "name", "category", "neighbors"]
    assert rows[1]["key"] == KEYS[1] and rows[1]["title"] == f"<b>{KEYS[1]}" and rows[-1]["title"] is None
    assert 1 not in rows[1]["neighbors"]["ids"] and len(rows[1]["neighbors"]["ids"]) == 15
    assert rows[1]["neighbors"]["distances"] == sorted(rows[1]["neighbors"]["distances"])


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="pictures need the [plot] extra")
def test_pictures(model: Path) -> None:
    command_line("map m.e2v -o m.svg --projection pca")
    command_line("map m.e2v -o m.png --projection pca")
    assert Path("m.png").read_bytes().startswith(b"\x89PNG")
    drawn = Path("m.svg").read_text(encoding="utf-8")
    assert "<svg" in drawn and "<script" not in drawn and "k1" in drawn
    Path("kinds.csv").write_text("key,kind\nk1,water\nk2,water\nk3,sweet\n")
    command_line("map m.e2v -o m.svg --projection pca --categories kinds.csv:key:kind")
    drawn = Path("m.svg").read_text(encoding="utf-8")
    assert drawn.index(">water<") < drawn.index(">sweet<") < drawn.index(">none of these<")


@pytest.mark.skipif(importlib.util.find_spec("umap") is None, reason="UMAP is of the [plot] extra")
def test_umap_keeps_bundles_apart(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    poles = rng.normal(size=(3, 10))
    rows = unit((np.repeat(poles, 40, axis=0) + 0.1 * rng.normal(size=(120, 10))).astype(np.float32))
    near, cosines = nearest_neighbours(rows, 15, 1, lambda _: None)
    places = project(rows, near, cosines, "umap", 3)
    middles = places.reshape(3, 40, 2).mean(axis=1)
    spread = np.abs(places.reshape(3, 40, 2) - middles[:, None]).max()
    assert min(np.linalg.norm(middles[a] - middles[b]) for a, b in ((0, 1), (0, 2), (1, 2))) > 2 * spread


def test_python_makes_the_same_page(model: Path) -> None:
    command_line("map m.e2v -o cli.html --projection pca --seed 3 -k 4")
    made = e2v.load(model).map("python.html", projection="pca", seed=3, clusters=4)
    assert made.read_bytes() == Path("cli.html").read_bytes()
    shown = e2v.load(model).map(projection="pca", seed=3, clusters=4)
    assert shown.page == Path("cli.html").read_text(encoding="utf-8")
    inside = shown._repr_html_()
    assert inside.startswith("<iframe ") and inside.count("<") == 2 and "</iframe>" in inside
