"""The page in a real browser: it is skipped where Chromium or Playwright is not there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import e2v
from tests.builders import write_model

playwright = pytest.importorskip("playwright.sync_api", reason="a browser is driven by playwright")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
HOSTILE = [
    "</script><script>alert(1)</script>",
    "\"'`${1}",
    "a\u2028b",
    "<img src=x onerror=alert(1)>",
    "{data}",
]
KEYS = [*HOSTILE, "空港", "🍣", "Toy Story", *(f"key{number}" for number in range(92))]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield started
        started.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("map")
    rows = np.random.default_rng(4).normal(size=(100, 5))
    titles = [f"title of {key}" if number % 2 else "" for number, key in enumerate(KEYS)]
    model = write_model(folder / "</title><script>.e2v".replace("/", "∕"), KEYS, rows, titles=titles)
    return e2v.load(model).map(folder / "map.html", projection="pca", threads=1)


class Opened:
    """A page, and what it has complained of and asked for."""

    def __init__(self, browser: Any, file: Path, **how: Any) -> None:
        self.page = browser.new_page(**how)
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())
        self.page.wait_for_function("window.e2vMap")


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Opened]:
    found = Opened(browser, file, viewport={"width": 1000, "height": 700})
    yield found
    assert found.said == []
    assert [url for url in found.asked if not url.startswith(("file:", "data:"))] == []
    found.page.close()


def place(opened: Opened, number: int) -> tuple[float, float]:
    x, y = opened.page.evaluate(f"[e2vMap.screen.x[{number}], e2vMap.screen.y[{number}]]")
    return x, y


def test_search_finds_whatever_a_key_is(opened: Opened) -> None:
    page = opened.page
    for number, key in enumerate(KEYS[:8]):
        page.fill("#search", key)
        page.press("#search", "Enter")
        wanted = f"title of {key}" if number % 2 else key
        assert page.text_content("#name") == wanted
        assert page.locator("#near button").count() == 10
    page.fill("#search", "KEY9")
    suggestions = page.locator("#found [role=option]")
    assert suggestions.count() > 2
    page.press("#search", "ArrowDown")
    assert suggestions.nth(1).get_attribute("aria-selected") == "true"
    page.fill("#search", "nowhere at all")
    assert page.text_content("#found") == "nothing found"


def test_hovering_and_clicking_show_what_is_there(opened: Opened) -> None:
    page = opened.page
    x, y = place(opened, 7)
    page.mouse.move(x, y)
    tip = page.text_content("#tip")
    number = page.evaluate("KEYS => KEYS.findIndex(key => tip.textContent.includes(key))", KEYS)
    assert number >= 0 and page.is_visible("#tip") and "times" in tip
    page.mouse.click(x, y)
    assert page.is_visible("#chosen") and page.text_content("#spoken").startswith(page.text_content("#name"))
    first = page.locator("#near button").first
    wanted = first.get_attribute("title")
    first.focus()
    page.keyboard.press("Enter")
    assert page.text_content("#name") == wanted
    page.locator("#points").focus()
    page.keyboard.press("Escape")
    assert page.is_hidden("#chosen")


def test_it_moves_zooms_and_changes_colours(opened: Opened) -> None:
    page = opened.page
    before = place(opened, 0)
    page.mouse.move(500, 350)
    page.mouse.down()
    page.mouse.move(560, 390, steps=4)
    page.mouse.up()
    page.wait_for_function(f"Math.abs(e2vMap.screen.x[0] - {before[0]} - 60) < 1")
    apart = np.hypot(*np.subtract(place(opened, 0), place(opened, 9)))
    page.mouse.wheel(0, -600)
    page.wait_for_function(
        "least => Math.hypot(e2vMap.screen.x[0] - e2vMap.screen.x[9], "
        "e2vMap.screen.y[0] - e2vMap.screen.y[9]) > least",
        arg=1.5 * apart,
    )
    page.select_option("#colour", "count")
    assert page.text_content("#legend") == "rarefrequent"
    light = page.screenshot()
    page.click("#theme")
    page.wait_for_timeout(100)
    assert page.screenshot() != light


@pytest.mark.parametrize("width", [1400, 400])
def test_points_are_drawn(browser: Any, file: Path, width: int) -> None:
    found = Opened(browser, file, viewport={"width": width, "height": 800})
    found.page.evaluate("e2vMap.draw()")
    colours = found.page.evaluate(
        """() => {
          const canvas = document.querySelector("#points"), seen = new Set();
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          for (let i = 0; i < data.length; i += 4) seen.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
          return seen.size;
        }"""
    )
    assert colours > 5 and found.said == []
    wide = found.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width
    found.page.close()
