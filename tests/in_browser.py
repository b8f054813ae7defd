"""What the tests that drive a browser share: a headless Chromium, and the dashboard on a port."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHOTS = ROOT / "artifacts"
LAUNCH = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
PATIENCE = 60_000  # milliseconds; a slow machine is no failure


def settled(page):
    """Wait until no script runs: a click while the page is drawn anew may go to what was there."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(
        state="attached", timeout=PATIENCE
    )
    page.wait_for_timeout(300)


@pytest.fixture(scope="module")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("FAIRVIZ_REQUIRE_BROWSER"):
            pytest.fail("no chromium, and FAIRVIZ_REQUIRE_BROWSER says that there must be one")
        pytest.skip("needs chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    SHOTS.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=LAUNCH)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("browser-cache")


@contextmanager
def dashboard(cache):
    """The dashboard on a free port of this machine, on a cache folder, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (cache / "server.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "FAIRVIZ_CACHE": str(cache), "HF_HUB_OFFLINE": "1"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://localhost:{port}"
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"{address}/_stcore/health", timeout=5)
                    break
                except OSError:
                    if process.poll() is not None:
                        pytest.fail((cache / "server.log").read_text())
                    time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(20)


@pytest.fixture(scope="module")
def server(browser_cache):
    """The dashboard, with a cache of its own."""
    with dashboard(browser_cache) as address:
        yield address


@pytest.fixture
def visit(chromium, server):
    """Opens pages of the dashboard, each in a browser session of its own."""
    contexts = []

    def open_page(path="/Compare", width=1280, height=900, scheme="light", language="en-US"):
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale=language
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{server}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()


def whole(page, name):
    """A screenshot of the whole page: streamlit scrolls inside, so the window is made as tall."""
    width = page.viewport_size["width"]
    for _ in range(2):
        tall = page.evaluate(
            "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
        )
        page.set_viewport_size({"width": width, "height": min(int(tall) + 60, 9000)})
        page.wait_for_timeout(300)
    page.screenshot(path=SHOTS / f"{name}.png")
