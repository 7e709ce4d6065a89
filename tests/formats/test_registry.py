from __future__ import annotations

import sys

import pytest

import e2v.formats
from e2v.errors import UsageError
from e2v.formats import find_format, names


def test_every_name_is_a_module_that_writes() -> None:
    assert {"word2vec", "word2vec-binary"} <= set(names())
    for name in names():
        assert callable(find_format(name).write)
        assert sys.modules[f"e2v.formats.{name.replace('-', '_')}"].__doc__


def test_a_module_is_all_that_a_format_takes(tmp_path, monkeypatch) -> None:
    (tmp_path / "shouted_keys.py").write_text(
        "def write(vectors, out):\n    out.write(b' '.join(key.encode().upper() for key in vectors))\n"
    )
    monkeypatch.setattr(e2v.formats, "__path__", [*e2v.formats.__path__, str(tmp_path)])
    assert "shouted-keys" in names()
    assert find_format("shouted-keys").write is not None
    monkeypatch.delitem(sys.modules, "e2v.formats.shouted_keys")


@pytest.mark.parametrize("name", ["nothing", "_records", "-records", "word2vec_binary", ""])
def test_other_names_are_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(UsageError, match="word2vec, word2vec-binary"):
        find_format(name)
