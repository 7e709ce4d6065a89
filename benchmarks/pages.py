"""How smoothly libraries draw points in a browser without a graphics card, beside the page of `e2v map`.

    pip install playwright; python benchmarks/pages.py WORK -o benchmarks/results/pages.json

The same points are drawn by each, in a headless Chromium of the system that paints in software, and dragged
by the mouse. Libraries are taken as they are published (`npm pack`, into WORK), and draw nothing but points;
the page of e2v has its labels, search and neighbours. A row for each library and number of points: its
script in megabytes, plain and compressed; seconds until points are seen; the milliseconds within which 95 of
100 frames come while they are dragged, of which the screen gives 60 a second; CPU milliseconds of all of the
browser's processes for each movement of the mouse. Medians of the rounds. Between the drawings of a library
that falls behind there are frames in which nothing is drawn, so that half of the frames tell little.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import io
import json
import re
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from compare import machine
from numpy.typing import NDArray
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from e2v import __version__
from e2v.maps.page import page
from e2v.maps.points import PointMap

#: A script of each package; what else it needs comes first.
PACKAGES = {
    "bokeh": [
        ("@bokeh/bokehjs@3.9.2", f"build/js/{name}.min.js") for name in ("bokeh", "bokeh-api", "bokeh-gl")
    ],
    "plotly": [("plotly.js-gl2d-dist-min@3.7.0", "plotly-gl2d.min.js")],
    "deck.gl": [("deck.gl@9.4.0", "dist.min.js")],
    "regl-scatterplot": [
        ("pub-sub-es@3.0.0", "dist/index.js"),
        ("regl@2.1.1", "dist/regl.min.js"),
        ("regl-scatterplot@1.16.0", "dist/regl-scatterplot.min.js"),
    ],
    "echarts": [("echarts@6.1.0", "dist/echarts.min.js")],
}

#: What draws x and y, Float32Array[n], in colours of `group`, Uint8Array[n], and calls ready() once it has.
DRAWN = {
    "bokeh, canvas": ("bokeh", "bokeh('canvas')"),
    "bokeh, WebGL": ("bokeh", "bokeh('webgl')"),
    "plotly, scattergl": (
        "plotly",
        """Plotly.newPlot('plot', [{type: 'scattergl', mode: 'markers', x, y,
            marker: {size: 4, color: group, colorscale: PALETTE.map((c, i) => [i / 9, c])}}],
            {dragmode: 'pan', width: innerWidth, height: innerHeight}).then(ready);""",
    ),
    "deck.gl": (
        "deck.gl",
        """const xy = new Float32Array(2 * N), colours = new Uint8Array(4 * N);
        for (let i = 0; i < N; i++) {
          xy.set([x[i] * 12, y[i] * 12], 2 * i); colours.set([...RGB[group[i]], 200], 4 * i);
        }
        new deck.Deck({parent: document.getElementById('plot'), views: new deck.OrthographicView(),
          initialViewState: {target: [0, 0, 0], zoom: 0}, controller: true, onAfterRender: ready,
          layers: [new deck.ScatterplotLayer({id: 'points', pickable: true, radiusUnits: 'pixels',
            getRadius: 2, data: {length: N, attributes: {getPosition: {value: xy, size: 2},
              getFillColor: {value: colours, size: 4}}}})]});""",
    ),
    "regl-scatterplot": (
        "regl-scatterplot",
        """const canvas = document.createElement('canvas');
        document.getElementById('plot').append(canvas);
        const plot = createScatterplot.default({canvas, width: innerWidth, height: innerHeight, pointSize: 4,
          colorBy: 'valueA', pointColor: PALETTE});
        plot.draw({x: x.map(v => v / 24), y: y.map(v => v / 24), valueA: group}).then(ready);""",
    ),
    "echarts, canvas": (
        "echarts",
        """const chart = echarts.init(document.getElementById('plot')), series = PALETTE.map(() => []);
        for (let i = 0; i < N; i++) series[group[i]].push(x[i], y[i]);
        chart.on('finished', ready);
        chart.setOption({animation: false, xAxis: {min: -60, max: 60}, yAxis: {min: -60, max: 60},
          dataZoom: ['xAxisIndex', 'yAxisIndex'].map(axis => ({type: 'inside', [axis]: 0, start: 25, end: 75,
            filterMode: 'none', throttle: 0})),
          series: series.map((data, i) => ({type: 'scatter', large: true, symbolSize: 4, color: PALETTE[i],
            data: Float32Array.from(data)}))});""",
    ),
}

COMMON = """
const N = %d, bytes = Uint8Array.from(atob('%s'), c => c.charCodeAt(0)).buffer;
const x = new Float32Array(bytes, 0, N), y = new Float32Array(bytes, 4 * N, N);
const group = new Uint8Array(bytes, 8 * N);
const PALETTE = ['#4e79a7', '#f28e2b', '#e15759', '#76b7b2', '#59a14f', '#edc948', '#b07aa1', '#ff9da7',
  '#9c755f', '#bab0ac'];
const RGB = PALETTE.map(c => [1, 3, 5].map(i => parseInt(c.slice(i, i + 2), 16)));
const ready = () => { window.isReady = true; };
function bokeh(output_backend) {
  const source = new Bokeh.ColumnDataSource({data: {x, y, fill: Array.from(group, i => PALETTE[i])}});
  const figure = Bokeh.Plotting.figure({width: innerWidth, height: innerHeight, output_backend,
    tools: 'pan,wheel_zoom'});
  figure.scatter({field: 'x'}, {field: 'y'}, {source, size: 4, fill_color: {field: 'fill'}, fill_alpha: .8,
    line_color: null});
  Bokeh.Plotting.show(figure, '#plot').then(() => setTimeout(ready));
}
"""
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
WINDOW = {"width": 1400, "height": 900}
#: Movements of the mouse, and the seconds after which there are no more.
STEPS, LONGEST = 80, 8
#: Seconds that a page may take to show something.
PATIENCE = 60


def main() -> None:
    """Measure and write one result file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("work", type=Path, help="folder for packages and pages")
    parser.add_argument("--output", "-o", required=True, help="result file, JSON")
    parser.add_argument("--points", default="50000,200000", help="numbers of points, between commas")
    parser.add_argument("--only", help="what to measure, between bars; everything unless given")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    names = options.only.split("|") if options.only else ["e2v map", *DRAWN]
    numbers = [int(each) for each in options.points.split(",")]
    files = {(name, n): written(name, n, options.work) for n in numbers for name in names}
    runs: dict[tuple[str, int], list[dict[str, Any]]] = {key: [] for key in files}
    with sync_playwright() as driver:
        for _ in range(options.rounds):
            for key, file in files.items():
                found = measured(driver, file)
                print(json.dumps({"name": key[0], "points": key[1], **(found or {})}), flush=True)
                if found is not None:
                    runs[key].append(found)
    rows = [row(name, n, found, options.work) for (name, n), found in runs.items()]
    packages = [package.lstrip("@").replace("@", " ") for need in PACKAGES.values() for package, _ in need]
    note = (
        f"e2v {__version__}, {', '.join(dict.fromkeys(packages))}, Chromium {version()}, {' '.join(FLAGS)}; "
        f"medians of {options.rounds} rounds."
    )
    facts = {"rows": rows, "machine": machine(), "note": note}
    Path(options.output).write_text(json.dumps(facts, indent=1) + "\n")


def row(name: str, n: int, found: Sequence[dict[str, Any]], work: Path) -> dict[str, Any]:
    """A row of the table."""
    script = b"" if name == "e2v map" else library(DRAWN[name][0], work).encode()

    def middle(what: str, digits: int = 0) -> str:
        return f"{statistics.median(each[what] for each in found):.{digits}f}" if found else "never"

    return {
        "drawn by": name,
        "points": f"{n:,}",
        "script, MB": f"{len(script) / 1e6:.2f}" if script else "in the page",
        "compressed": f"{len(gzip.compress(script)) / 1e6:.2f}" if script else "",
        "seen after, s": middle("seconds", 1),
        "frame, ms": middle("p95"),
        "CPU ms a step": middle("cpu"),
    }


def points(n: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Places, float32[n, 2], in 60 heaps, and of which each is."""
    rng = np.random.default_rng(0)
    heaps = rng.integers(0, 60, n).astype(np.int32)
    places = rng.normal(size=(60, 2))[heaps] * 8 + rng.normal(size=(n, 2))
    return places.astype(np.float32), heaps


def written(name: str, n: int, work: Path) -> Path:
    """The page of a library, or ours, as a file."""
    places, heaps = points(n)
    if name == "e2v map":
        html = page(our_map(places, heaps))
    else:
        package, code = DRAWN[name]
        data = places[:, 0].tobytes() + places[:, 1].tobytes() + (heaps % 10).astype(np.uint8).tobytes()
        common = COMMON % (n, base64.b64encode(data).decode())
        style = "html, body, #plot { margin: 0; width: 100%; height: 100%; overflow: hidden; }"
        html = (
            f'<!doctype html><meta charset="utf-8"><style>{style}</style><div id="plot"></div>'
            f"<script>{library(package, work)}</script><script>{common}</script><script>{code}</script>"
        )
    file = work / f"{re.sub('[^a-z]+', '-', name.lower())}-{n}.html"
    file.write_text(html, encoding="utf-8")
    return file


def our_map(places: NDArray[np.float32], heaps: NDArray[np.int32]) -> PointMap:
    """The same points as a map of words; which are their neighbours makes no difference to the drawing."""
    n, rng = len(places), np.random.default_rng(1)
    inside = np.clip((places - places.min(axis=0)) / np.ptp(places, axis=0).max(), 0, 1)
    near = rng.integers(0, n, (n, 15)).astype(np.int32)
    cosines = -np.sort(-rng.uniform(0.4, 0.9, (n, 15)).astype(np.float32), axis=1)
    keys, names = [f"word{number}" for number in range(n)], [f"heap number {heap}" for heap in range(60)]
    return PointMap("map", keys, None, np.arange(n, 0, -1), inside, heaps, names, None, near, cosines)


def library(name: str, work: Path) -> str:
    """The script of a library, with what it needs, as it is published."""
    return "\n;".join(script(package, inside, work) for package, inside in PACKAGES[name])


def script(package: str, inside: str, work: Path) -> str:
    """A file of a package."""
    archive = work / (package.lstrip("@").replace("/", "-").replace("@", "-") + ".tgz")
    if not archive.exists():
        subprocess.run(["npm", "pack", "--silent", package], cwd=work, check=True)
    with tarfile.open(archive) as opened:
        file = opened.extractfile(f"package/{inside}")
        assert file is not None
        text = io.TextIOWrapper(file, encoding="utf-8").read()
    if package.startswith("pub-sub-es"):  # which is a module only
        text = re.sub(r"export \{.*?\};\s*export default", "globalThis.createPubSub =", text)
    return text.replace("</script", "<\\/script")


def measured(driver: Any, file: Path) -> dict[str, Any] | None:
    """Open a page in a browser of its own, drag what it shows, take the times; None if it takes too long."""
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    window = browser.new_page(viewport=WINDOW)
    window.on("pageerror", lambda error: print(f"{file.name}: {error}", file=sys.stderr))
    try:
        begun = time.perf_counter()
        window.goto(file.as_uri(), timeout=1000 * PATIENCE)
        while not window.evaluate("!!(window.isReady || window.e2vMap)"):  # policies forbid to wait within
            window.wait_for_timeout(20)
            if time.perf_counter() > begun + PATIENCE:
                raise TimeoutError
        before = window.screenshot(timeout=1000 * PATIENCE)
        seconds = time.perf_counter() - begun
        window.wait_for_timeout(1500)
        window.mouse.move(500, 350)
        window.mouse.down()
        window.mouse.move(505, 353)
        window.wait_for_timeout(300)
        window.evaluate(
            "window.frames_ = []; (function next(t) { frames_.push(t); requestAnimationFrame(next); })(0)"
        )
        cpu, steps, last = cpu_seconds(browser), 0, time.perf_counter() + LONGEST
        while steps < STEPS and time.perf_counter() < last:
            steps += 1
            window.mouse.move(505 + 5 * steps, 353 + 2 * steps)
        spent = cpu_seconds(browser) - cpu
        frames = np.diff(window.evaluate("frames_")[1:])
        window.mouse.up()
        window.wait_for_timeout(300)
        if window.screenshot(timeout=1000 * PATIENCE) == before:
            raise SystemExit(f"{file}: it does not move")
        return {
            "seconds": seconds,
            "p95": float(np.quantile(frames, 0.95)),
            "frames": len(frames),
            "cpu": 1000 * spent / steps,
        }
    except (TimeoutError, PlaywrightTimeout):
        return None
    finally:
        browser.close()


def cpu_seconds(browser: Browser) -> float:
    """CPU seconds that all processes of a browser have had."""
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return float(sum(each["cpuTime"] for each in found))


def version() -> str:
    """The browser's version."""
    told = subprocess.run([str(CHROMIUM), "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"\d[\d.]+", told)
    return found[0] if found else told


if __name__ == "__main__":
    main()
