"""Files are opened anew one time after the other, each once, and what goes wrong is told in a line."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from e2v.errors import Advice, UsageError
from e2v.recommend.settings import RecommendSettings
from e2v.service import server
from e2v.service.served import Files, Served
from e2v.store import reader
from e2v.vectors.settings import QuerySettings
from tests.builders import keyed, write_model
from tests.commands import command_line

FILES = Files(None, QuerySettings(), RecommendSettings())


def test_files_are_opened_one_time_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks meanwhile has them opened once more, and what was opened last is served."""
    asked, opening, go_on, opened, served = asyncio.Event(), threading.Event(), threading.Event(), [], []

    def open_slowly(_: Files) -> Any:
        number = len(opened)
        opened.append(number)
        opening.set()
        assert number or go_on.wait(300)
        return SimpleNamespace(artifacts={}, number=number)

    async def ask_three_times() -> None:
        app: Any = SimpleNamespace(serve=lambda files: served.append(files.number))
        reloads = asyncio.create_task(server._reload_when(asked, app, FILES))
        asked.set()
        await asyncio.to_thread(opening.wait, 300)
        for _ in range(2):
            asked.set()
            await asyncio.sleep(0.02)
        assert opened == [0]
        go_on.set()
        async with asyncio.timeout(300):
            while len(served) < 2:
                await asyncio.sleep(0.005)
        reloads.cancel()

    monkeypatch.setattr(server, "Served", open_slowly)
    asyncio.run(ask_three_times())
    assert served == [0, 1]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError("odd"), "ValueError: odd"),
        (UsageError("no", Advice("name a {corpus}")), "no; name a --corpus"),
    ],
)
def test_whatever_goes_wrong_is_told_in_a_line(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Files) -> Any:
        raise error

    said: list[str] = []
    monkeypatch.setattr(server, "notice", said.append)
    monkeypatch.setattr(server, "Served", fail)
    asyncio.run(server._reload(SimpleNamespace(), FILES))  # type: ignore[arg-type]
    tell, loop = server._Failures(), asyncio.AbstractEventLoop()
    for _ in range(3):
        tell(loop, {"message": "a socket", "exception": error})
    assert said == [f"serving what was served before: {told}", f"a socket: {told}"]


def test_each_file_is_opened_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that what is told of a file is true of what answers, even if it is replaced meanwhile."""
    model = write_model(tmp_path / "model.e2v", keyed(4), np.eye(4), np.eye(4))
    index = tmp_path / "items.e2v"
    command_line(f"index {model} -o {index} -q")
    opened: Counter[Path] = Counter()
    open_regular = reader.open_regular

    def counting(path: Path) -> Any:
        opened[path] += 1
        return open_regular(path)

    monkeypatch.setattr(reader, "open_regular", counting)
    Served(Files(model, QuerySettings(), RecommendSettings(index=index)))
    assert opened == {model: 1, index: 1}
