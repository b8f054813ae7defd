"""Opening and filtering Bias tables against an empty page, and refusing beside one that writes.

    python -m bench.pages [--beside FOLDER]

Needs Chromium. A fresh server and a fresh browser: the page is opened once (that first time
includes reading the tables, importing what draws them and fetching the plotting code into the
browser), then the empty page and the tables page in turn, then every view and a filter are chosen.
The ratios of the medians are what counts. Another fresh server and browser: until the first
coloured word of the comparison that plays on Overview. Then Compare is asked for a model that is
not there, by itself and, with `--beside`, while another session compares that model with its int8
form.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 7
EMPTY = """import streamlit as st
st.set_page_config(layout="wide")
st.title("Empty", anchor=False)
"""
# View -> the last thing that is drawn on it.
VIEWS = {
    "Curves": ".st-key-curves_3 .js-plotly-plot .scatterlayer",
    "Groups": ".st-key-dumbbell .js-plotly-plot .scatterlayer",
    "Spread": ".st-key-spread_3 .js-plotly-plot .scatterlayer",
    "Table": "[data-testid=stDataFrame] canvas",
    "Overview": ".st-key-overview .js-plotly-plot .scatterlayer",
}
# A word that is coloured by what a form did to it.
COLOURED = """() => [...document.querySelectorAll("*")].some((one) => [...one.shadowRoot
  ?.querySelectorAll("[data-pane=compressed] .fv-chip") || []].some((chip) =>
    getComputedStyle(chip).backgroundColor !== "rgba(0, 0, 0, 0)"))"""
# The signs of the overview.
POINTS = ".st-key-overview .js-plotly-plot .points path"


@contextmanager
def server(script: Path, **more: str) -> Iterator[str]:
    """A dashboard of its own on a free port; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)],
        cwd=ROOT,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "FAIRVIZ_WARM": "0", **more},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://localhost:{port}"
    try:
        for _ in range(1500):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=5)
                break
            except OSError:
                time.sleep(0.02)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def opened(page: Any, address: str, last: str) -> float:
    """Seconds from asking for a page until its last part is there."""
    start = time.perf_counter()
    page.goto(address)
    page.locator(last).first.wait_for(state="attached")
    return time.perf_counter() - start


def first_words(play: Any, chromium: str) -> tuple[list[float], list[float]]:
    """Seconds until a fresh server answers, and from opening it to the first coloured word."""
    up, took = list[float](), list[float]()
    for _ in range(3):
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        start = time.perf_counter()
        with (
            tempfile.TemporaryDirectory() as folder,
            server(ROOT / "app.py", FAIRVIZ_CACHE=folder, FAIRVIZ_WARM="1") as address,
        ):
            up.append(time.perf_counter() - start)
            start = time.perf_counter()
            page.goto(address)
            page.wait_for_function(COLOURED)
            took.append(time.perf_counter() - start)
            browser.close()
    return up, took


def pressed(page: Any, button: Any, last: str) -> float:
    """Seconds from a press until what it leads to is there."""
    start = time.perf_counter()
    button.click()
    page.locator(last).first.wait_for(state="attached")
    return time.perf_counter() - start


def refused(browser: Any, address: str) -> list[float]:
    """Seconds from the press to the advice, for a model that is not there, over and over."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    took = []
    for _ in range(REPEATS + 1):  # the first one imports what loads models
        page.goto(f"{address}/Compare?{urlencode({'baseline': '/no/such'})}")
        button = page.locator(".st-key-compare button")
        button.wait_for()
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        time.sleep(0.5)
        took.append(pressed(page, button, "[role=alert]"))
    page.close()
    return took[1:]


def writing(browser: Any, address: str, model: str) -> Any:
    """A page that writes for as long as a page can, once its first word is there."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(300_000)
    asked = {"baseline": model, "compressed": f"{model}+int8", "max_new_tokens": 1000}
    page.goto(f"{address}/Compare?{urlencode(asked)}")
    page.locator(".st-key-compare button").click()
    page.get_by_test_id("fv-pane-baseline").locator(".fv-chip").first.wait_for()
    return page


def measure(beside: str = "") -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        raise SystemExit("bench.pages needs Chromium: apt-get install chromium")
    drawn = VIEWS["Overview"]
    with (
        tempfile.TemporaryDirectory() as folder,
        server(ROOT / "app.py", FAIRVIZ_CACHE=str(Path(folder) / "cache")) as tables,
        sync_playwright() as play,
    ):
        up, words = first_words(play, chromium)
        script = Path(folder) / "empty.py"
        script.write_text(EMPTY)
        with server(script) as empty:
            browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 1000})
            page.set_default_timeout(60_000)
            start = time.perf_counter()
            head = opened(page, f"{tables}/Bias_tables", "h1")
            page.locator(drawn).first.wait_for(state="attached")
            first = time.perf_counter() - start
            opens: dict[str, list[float]] = {"empty": [], "tables": []}
            opened(page, empty, "h1")
            for _ in range(REPEATS):
                opens["empty"].append(opened(page, empty, "h1"))
                opens["tables"].append(opened(page, f"{tables}/Bias_tables", drawn))
            views: dict[str, list[float]] = {name: [] for name in VIEWS}
            for _ in range(3):
                for name, last in VIEWS.items():
                    button = page.locator(".st-key-view").get_by_text(name, exact=True)
                    views[name].append(pressed(page, button, last))
            page.get_by_text("Which models").click()
            every, filters = page.locator(POINTS).count(), list[float]()
            for on in (True, False) * 3:
                button = page.locator(".st-key-method").get_by_text("Magnitude", exact=True)
                start = time.perf_counter()
                button.click()
                fewer = f"(document.querySelectorAll({POINTS!r}).length < {every})"
                page.wait_for_function(f"{fewer} === {json.dumps(on)}")
                filters.append(time.perf_counter() - start)
            page.close()
            alone, others = refused(browser, tables), list[float]()
            if beside:
                busy = writing(browser, tables, beside)
                others = refused(browser, tables)
                if busy.get_by_text("Measured just now").count():
                    raise SystemExit("the other session ended too early")
            browser.close()
    base = statistics.median(opens["empty"])
    mid = statistics.median(opens["tables"])
    return {
        "server_up_s": [round(x, 2) for x in up],
        "first_word_s": [round(x, 2) for x in words],
        "first_head_s": round(head, 2),
        "first_open_s": round(first, 2),
        "empty_open_s": [round(x, 2) for x in opens["empty"]],
        "tables_open_s": [round(x, 2) for x in opens["tables"]],
        "open_over_empty": round(mid / base, 2),
        "view_change_s": {k: [round(x, 2) for x in v] for k, v in views.items()},
        "view_over_empty": {k: round(statistics.median(v) / base, 2) for k, v in views.items()},
        "refused_s": [round(x, 2) for x in alone],
        "refused_beside_s": [round(x, 2) for x in others],
        "filter_change_s": [round(x, 2) for x in filters],
        "filter_over_empty": round(statistics.median(filters) / base, 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Opening pages, and refusing beside another.")
    parser.add_argument("--beside", default="", metavar="FOLDER", help="a model to write meanwhile")
    print(json.dumps(measure(parser.parse_args().beside), indent=1))
