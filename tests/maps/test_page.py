"""The page in a real browser: it is skipped where Chromium or Playwright is not there."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import e2v
from e2v.maps.page import page as page_of
from e2v.maps.points import PointMap
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
OTHERS = ["空港", "🍣", "Toy Story", "Émile", "x" * 300]
KEYS = [*HOSTILE, *OTHERS, *(f"key{number}" for number in range(89)), "key"]
TITLES = [f"title of {key}" if number % 2 else "" for number, key in enumerate(KEYS)]
NAMES = [title or key for title, key in zip(TITLES, KEYS, strict=True)]
VECTORS = np.random.default_rng(4).normal(size=(len(KEYS), 5))

WIDE, NARROW = {"width": 1400, "height": 800}, {"width": 400, "height": 760}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS.split())
        yield started
        started.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("map")
    model = write_model(folder / "</title><script>.e2v".replace("/", "∕"), KEYS, VECTORS, titles=TITLES)
    kinds = folder / "kinds.csv"
    rows = [f"key{number},{'动画 🎬' if number % 3 else 'drama'}" for number in range(60)]
    kinds.write_text("\n".join(["key,kind", *rows]) + "\n", encoding="utf-8")
    return e2v.load(model).map(
        folder / "map.html", projection="pca", threads=1, clusters=6, categories=f"{kinds}:key:kind"
    )


class Opened:
    """A page, and what it has complained of and asked for."""

    def __init__(self, browser: Any, file: Path, **how: Any) -> None:
        self.page = browser.new_page(**how)
        self.page.set_default_timeout(300_000)  # milliseconds
        self.said: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", lambda dialog: self.said.append(f"dialog {dialog.message}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(file.as_uri())
        self.until("!!window.e2vMap")
        self.page.evaluate("e2vMap.draw()")

    def until(self, true: str) -> None:
        """Wait for what the script says; within the page its policy would forbid it."""
        for _ in range(12_000):
            if self.page.evaluate(true):
                return
            self.page.wait_for_timeout(25)
        pytest.fail(f"it is not so: {true}")

    def place(self, number: int) -> tuple[float, float]:
        """Where a point is."""
        x, y = self.page.evaluate(f"[e2vMap.screen.x[{number}], e2vMap.screen.y[{number}]]")
        return x, y

    def close(self) -> None:
        """See that it was silent, and asked for nothing but itself."""
        self.page.close()
        assert self.said == []
        assert [url for url in self.asked if not url.startswith(("file:", "data:"))] == []


@pytest.fixture
def opened(browser: Any, file: Path) -> Iterator[Opened]:
    found = Opened(browser, file, viewport={"width": 1000, "height": 700})
    yield found
    found.close()


def nearest(number: int) -> list[str]:
    """What the ten nearest are called, by all cosines."""
    rows = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    order = np.argsort(-(rows @ rows[number]))
    return [NAMES[other] for other in order if other != number][:10]


def colours_of(browser: Any, picture: bytes) -> int:
    """How many colours a picture has in its middle."""
    page = browser.new_page()
    url = "data:image/png;base64," + base64.b64encode(picture).decode()
    found = page.evaluate(
        """async url => {
          const image = new Image(); image.src = url; await image.decode();
          const pen = new OffscreenCanvas(image.width, 200).getContext("2d");
          pen.drawImage(image, 0, 200 - image.height / 2);
          return new Set(new Uint32Array(pen.getImageData(0, 0, image.width, 200).data.buffer)).size;
        }""",
        url,
    )
    page.close()
    return int(found)


def test_search_finds_whatever_a_key_is(opened: Opened) -> None:
    page = opened.page
    for number, key in enumerate(KEYS[:10]):
        page.fill("#search", key)
        page.press("#search", "Enter")
        assert page.text_content("#name") == NAMES[number]
        assert page.locator("#near span").all_text_contents() == nearest(number)
    page.fill("#search", "EMILE")
    assert NAMES[8] in page.text_content("#found")
    page.fill("#search", "nowhere at all")
    assert page.text_content("#found") == "nothing found" == page.text_content("#spoken")


def test_a_whole_key_comes_before_more_frequent_ones_that_begin_so(opened: Opened) -> None:
    page = opened.page
    page.fill("#search", "key")
    found = page.locator("#found [role=option]")
    assert found.count() == 10 and NAMES[-1] in found.nth(0).text_content()
    assert page.text_content("#spoken") == "10 found"


def test_the_keyboard_reaches_search_suggestions_and_neighbours(opened: Opened) -> None:
    page = opened.page
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.id"))
    assert {"points", "search", "colour", "closer", "farther", "all", "theme"} <= set(reached)
    page.focus("#search")
    page.keyboard.type("key1")
    suggestions = page.locator("#found [role=option]")
    assert page.get_attribute("#search", "aria-expanded") == "true" and suggestions.count() > 2
    page.keyboard.press("ArrowDown")
    assert suggestions.nth(1).get_attribute("aria-selected") == "true"
    assert page.get_attribute("#search", "aria-activedescendant") == suggestions.nth(1).get_attribute("id")
    page.keyboard.press("Enter")
    assert page.get_attribute("#search", "aria-expanded") == "false" and suggestions.count() == 0
    name = page.text_content("#name")
    near = nearest(NAMES.index(name))
    assert page.text_content("#spoken") == f"{name}. Nearest: {', '.join(near[:5])}"
    while page.evaluate("document.activeElement.parentElement.parentElement?.id") != "near":
        page.keyboard.press("Tab")
        reached.append("")
        assert len(reached) < 30
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.text_content("#name") == near[1]
    assert page.evaluate("document.activeElement.title") == nearest(NAMES.index(near[1]))[0]
    page.focus("#points")
    before = opened.place(0)
    page.keyboard.press("ArrowLeft")
    opened.until(f"Math.abs(e2vMap.screen.x[0] - {before[0]} - 60) < 1")
    page.keyboard.press("Escape")
    assert page.is_hidden("#chosen")


def test_hovering_and_clicking_show_what_is_there(opened: Opened) -> None:
    page = opened.page
    x, y = opened.place(7)
    page.mouse.move(x, y)
    tip = page.text_content("#tip")
    number = page.evaluate("NAMES => NAMES.findIndex(name => tip.textContent.startsWith(name))", NAMES)
    assert page.is_visible("#tip") and f"{len(KEYS) - number} times" in tip
    assert KEYS[number] in tip and "among " in tip
    page.mouse.click(x, y)
    assert page.text_content("#name") == NAMES[number]
    assert page.locator("#near span").all_text_contents() == nearest(number)
    rows = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    best = np.sort(rows @ rows[number])[-2]
    assert abs(float(page.locator("#near small").first.text_content()) - best) < 0.011
    page.mouse.move(x + 300, 2)
    page.click("#close")
    assert page.is_hidden("#chosen") and page.is_hidden("#tip")


def test_it_moves_zooms_and_changes_colours(opened: Opened) -> None:
    page = opened.page
    before = opened.place(0)
    page.mouse.move(500, 350)
    page.mouse.down()
    page.mouse.move(560, 390, steps=4)
    page.mouse.up()
    opened.until(f"Math.abs(e2vMap.screen.x[0] - {before[0]} - 60) < 1")
    assert page.is_hidden("#chosen")
    apart = np.hypot(*np.subtract(opened.place(0), opened.place(9)))
    page.mouse.wheel(0, -600)
    between = "Math.hypot(e2vMap.screen.x[0] - e2vMap.screen.x[9], e2vMap.screen.y[0] - e2vMap.screen.y[9])"
    opened.until(f"{between} > {1.5 * apart}")
    page.click("#all")
    opened.until(f"Math.abs(e2vMap.screen.x[0] - {before[0]}) < 1")
    legend = page.locator("#legend li")
    assert legend.all_text_contents() == ["动画 🎬", "drama", "none of these"]
    page.select_option("#colour", "count")
    assert legend.all_text_contents() == ["rare", "frequent"]
    page.select_option("#colour", "cluster")
    assert legend.count() == 0


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_it_is_drawn_by_day_and_by_night(browser: Any, file: Path, size: dict[str, int]) -> None:
    pictures = []
    for scheme in ("light", "dark"):
        found = Opened(browser, file, viewport=size, color_scheme=scheme)
        page = found.page
        colours, ground = page.evaluate(
            """() => {
              const canvas = document.querySelector("#points");
              const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
              return [new Set(new Uint32Array(data.buffer)).size, data.at(-2)];
            }"""
        )
        assert colours > 8 and (ground > 200 if scheme == "light" else ground < 50)
        ink = "getComputedStyle(document.body).color"
        before = page.evaluate(ink)
        page.click("#theme")
        assert page.evaluate(ink) != before
        page.click("#theme")
        assert page.evaluate(ink) == before
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        page.fill("#search", KEYS[9])
        page.press("#search", "Enter")
        page.wait_for_timeout(50)
        for part in ("header", "#chosen", "#near button", "#close"):
            box = page.locator(part).first.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"]
        pictures.append(page.screenshot())
        assert colours_of(browser, pictures[-1]) > 100
        found.close()
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_names_lie_over_no_other_and_in_the_window(browser: Any, file: Path, size: dict[str, int]) -> None:
    found = Opened(browser, file, viewport=size)
    for _ in range(3):
        boxes = np.array(found.page.evaluate("e2vMap.labels()"))
        assert len(boxes) > 3
        for number, (left, top, right, bottom) in enumerate(boxes):
            later = boxes[number + 1 :]
            over = (later[:, 0] < right) & (left < later[:, 2]) & (later[:, 1] < bottom) & (top < later[:, 3])
            assert not over.any()
        assert boxes.min() >= 0 and boxes[:, 2].max() <= size["width"] and boxes[:, 3].max() <= size["height"]
        found.page.click("#closer")
        found.page.wait_for_timeout(50)
    found.close()


def test_two_keys_make_a_page(browser: Any, tmp_path: Path) -> None:
    model = write_model(tmp_path / "m.e2v", ["a", "b"], np.array([[1.0, 0], [-1, 0]]))
    found = Opened(browser, e2v.load(model).map(tmp_path / "m.html"), viewport=NARROW)
    found.page.fill("#search", "b")
    found.page.press("#search", "Enter")
    assert found.page.locator("#near button").all_text_contents() == ["a-1.00"]
    for number in (0, 1):
        x, _ = found.place(number)
        assert 0 <= x <= NARROW["width"]
    found.close()


def test_two_hundred_thousand_keys_open(browser: Any, tmp_path: Path) -> None:
    n = 200_000
    places = np.random.default_rng(0).random((n, 2), np.float32)
    near = ((np.arange(n)[:, np.newaxis] + np.arange(1, 4)) % n).astype(np.int32)
    of = PointMap(
        "many",
        [f"key{number}" for number in range(n)],
        None,
        np.arange(n, 0, -1),
        places,
        (places[:, 0] * 7).astype(np.int32),
        [f"band {number}" for number in range(7)],
        None,
        near,
        np.full((n, 3), 0.5, np.float32),
    )
    file = tmp_path / "many.html"
    file.write_text(page_of(of), encoding="utf-8")
    found = Opened(browser, file, viewport=WIDE)
    assert found.page.text_content("#size") == "200,000 keys"
    found.page.fill("#search", "key199998")
    found.page.press("#search", "Enter")
    names = found.page.locator("#near span").all_text_contents()
    assert names == ["key199999", "key0", "key1"]
    assert colours_of(browser, found.page.screenshot()) > 100
    found.close()


def test_a_page_that_cannot_be_shown_says_so(browser: Any, file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.html"
    text = file.read_text(encoding="utf-8")
    at = text.index('id="data">') + 400
    broken.write_text(text[:at] + text[at + 400 :], encoding="utf-8")
    page = browser.new_page()
    page.goto(broken.as_uri())
    page.wait_for_selector("#failed:not([hidden])")
    assert "cannot be shown" in page.text_content("#failed")
    page.close()
