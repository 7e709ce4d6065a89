"""The Dockerfile is what `tests/image` can carry out, of files that are there."""

from __future__ import annotations

import tomllib
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from types import ModuleType

import pytest

from tests.docs.test_reference import ROOT


@pytest.fixture(scope="module")
def steps() -> ModuleType:
    loader = SourceFileLoader("image", str(ROOT / "tests" / "image"))
    spec = spec_from_loader("image", loader)
    assert spec
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


def test_what_is_copied_is_there_and_sent(steps: ModuleType) -> None:
    copied = [rest.split()[:-1] for name, rest in steps.instructions() if name == "COPY"]
    sources = [source for each in copied for source in each if not each[0].startswith("--from")]
    assert "e2v" in sources
    for source in sources:
        assert (ROOT / source).exists() and steps.sent(source), source
    assert not steps.sent("tests") and not steps.sent(".git") and not steps.sent("model.e2v")
    assert steps.sent("e2v/cli/app.py") and not steps.sent("e2v/cli/__pycache__")


def test_every_instruction_is_known(steps: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []
    monkeypatch.setattr(steps, "copy", lambda *_: None)
    monkeypatch.setattr(steps.Path, "mkdir", lambda *_, **__: None)
    monkeypatch.setattr(steps.subprocess, "run", lambda command, **_: ran.append(command[-1]))
    image = steps.Image()
    for instruction, rest in steps.instructions():
        image.carry_out(instruction, rest)
    assert image.entry == ["e2v"] and image.folder == "/data" and not image.user.startswith("0")
    assert (
        image.environment["NUMBA_CPU_NAME"] == "x86-64-v3" and image.environment["NUMBA_CPU_FEATURES"] == ""
    )
    assert len(ran) == 4
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert set(image.arguments["EXTRAS"].split(",")) <= set(extras)
    with pytest.raises(SystemExit, match="HEALTHCHECK"):
        image.carry_out("HEALTHCHECK", "CMD true")
