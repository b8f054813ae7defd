"""What the tests that drive a browser share: a headless Chromium, and the dashboard on a port."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHOTS = ROOT / "artifacts"
LAUNCH = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
GROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
PATIENCE = 180_000  # milliseconds; a busy machine is no failure, and who finds it never waits


# Runs in each page before anything of its own: what is under way, and when it last changed.
#
# A run is asked for over a socket, and until the server answers nothing shows that it was. Chips
# lie in shadow trees, which an observer of the document does not see into.
WATCH = """
(() => {
  if (window.still) return;
  const deep = { subtree: true, childList: true, attributes: true, characterData: true };
  const now = window.still = { asked: 0, fetched: 0, changed: performance.now() };
  const changed = new MutationObserver((list) => {
    now.changed = performance.now();
    for (const one of list) for (const node of one.addedNodes) within(node);
  });
  const within = (node) => {
    if (node.shadowRoot && !node.shadowRoot.watched) {
      node.shadowRoot.watched = true;
      changed.observe(node.shadowRoot, deep);
    }
    for (const child of [...(node.shadowRoot?.children || []), ...(node.children || [])])
      within(child);
  };
  changed.observe(document, deep);
  const send = WebSocket.prototype.send;
  const heard = new WeakSet();
  WebSocket.prototype.send = function (...sent) {
    if (!heard.has(this)) {
      heard.add(this);
      this.addEventListener("message", () => { now.asked = 0; });
      this.addEventListener("close", () => { now.asked = 0; });
    }
    now.asked += 1;
    return send.apply(this, sent);
  };
  const fetched = window.fetch;
  window.fetch = function (...of) {
    now.fetched += 1;
    return fetched.apply(this, of).finally(() => { now.fetched -= 1; });
  };
  now.busy = () => {
    within(document.documentElement);
    const app = document.querySelector("[data-testid=stApp]");
    return (app && app.dataset.testScriptState !== "notRunning") || now.asked || now.fetched
      || document.readyState !== "complete" || document.fonts.status !== "loaded"
      || document.querySelector("[data-testid=stSkeleton], [data-testid=stAppSkeleton]")
      || [...document.images].some((one) => !one.complete);
  };
})()
"""
# Nothing under way and nothing changed for a quarter of a second and six frames: a machine that is
# too busy to draw is not taken for a page that has nothing to draw. Not every frame is looked at:
# to look goes through the whole page.
STILL = """
(patience) => new Promise((done, fail) => {
  const began = performance.now();
  let frames = 0, last = window.still.changed;
  const look = () => {
    const at = performance.now();
    if (window.still.busy()) window.still.changed = at;
    frames = window.still.changed === last ? frames + 1 : 0;
    last = window.still.changed;
    if (frames >= 6 && at - last >= 250) done();
    else if (at - began > patience) fail(new Error("the page does not come to rest"));
    else setTimeout(() => requestAnimationFrame(look), 40);
  };
  requestAnimationFrame(look);
})
"""


def watched(page):
    """Has to be said of a page before it is opened, for `settled` to know what goes on in it."""
    page.set_default_timeout(PATIENCE)
    page.add_init_script(WATCH)
    return page


def measured(page):
    """Wait until what was asked for stands there: an example, or an earlier run, does before it."""
    page.get_by_text("Measured just now").first.wait_for(timeout=PATIENCE)
    settled(page)


def settled(page, shown=None):
    """Wait until the page stands still: all of it is drawn, and nothing is asked or under way.

    A click or a look while it is drawn anew may go to what was there before.

    Args:
        page: Opened by `visit`, or `watched`.
        shown: A selector of what has to be on it, for a page that says nothing while it is empty.
    """
    app = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    app.wait_for(state="attached", timeout=PATIENCE)
    if shown:
        page.locator(shown).first.wait_for(state="attached", timeout=PATIENCE)
    page.evaluate(STILL, PATIENCE)


def darken(page):
    """The same page for a reader who asks for dark colours."""
    light = page.evaluate(GROUND)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => {GROUND} !== light", arg=light)
    settled(page)


@pytest.fixture(scope="session")
def chromium():
    # The shell draws the same pages without the windows around them, a third faster.
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        if os.environ.get("FAIRVIZ_REQUIRE_BROWSER"):
            pytest.fail("no chromium, and FAIRVIZ_REQUIRE_BROWSER says that there must be one")
        pytest.skip("needs chromium: apt-get install chromium-headless-shell")
    from playwright.sync_api import sync_playwright

    SHOTS.mkdir(exist_ok=True)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=LAUNCH)
        yield browser
        browser.close()


@contextmanager
def dashboard(cache, log, **environ):
    """The address of a dashboard on a cache folder, until the block ends."""
    with served(cache, log, **environ) as (address, _):
        yield address


STREAMLIT = (sys.executable, "-m", "streamlit", "run", "app.py", "--server.port")


@contextmanager
def served(cache, log, command=STREAMLIT, cwd=ROOT, **environ):
    """A dashboard on a free port of this machine: its address and its process.

    `command` starts it, the port behind it.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("w") as said:
        process = subprocess.Popen(
            [*map(str, command), str(port)],
            cwd=cwd,
            env={**os.environ, "FAIRVIZ_CACHE": str(cache), "HF_HUB_OFFLINE": "1", **environ},
            stdout=said,
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
                        pytest.fail(log.read_text())
                    time.sleep(0.1)
            yield address, process
        finally:
            process.kill()  # it holds nothing that a goodbye would save
            process.wait()


@pytest.fixture(scope="session")
def one_server(tmp_path_factory):
    """A dashboard for all modules of this process, and its cache: a start loads a model."""
    folder = tmp_path_factory.mktemp("browser")
    (cache := folder / "cache").mkdir()
    with dashboard(cache, folder / "server.log") as address:
        yield address, cache


@pytest.fixture(scope="module")
def browser_cache(one_server):
    """The dashboard's cache, empty for each module: pages read it anew every time."""
    _, cache = one_server
    for part in cache.iterdir():
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    return cache


@pytest.fixture(scope="module")
def server(one_server, browser_cache):
    """The dashboard's address, on a cache that this module finds empty."""
    address, _ = one_server
    return address


@pytest.fixture(scope="session")
def at_rest():
    """Language -> browser sessions whose page is closed: they hold Streamlit's files."""
    return defaultdict(list)


@pytest.fixture(scope="module")
def visits(chromium, server, at_rest):
    """Opens pages of the dashboard, each in a browser session of its own; closes none."""

    def session(language):
        context = chromium.new_context(locale=language)
        rest = at_rest[language]
        context.on("close", lambda _: rest.remove(context) if context in rest else None)
        return context

    def open_page(
        path="/Compare",
        width=1280,
        height=900,
        scheme="light",
        language="en-US",
        reduced_motion=None,
        clock=False,
    ):
        rest = at_rest[language]
        context = rest.pop() if rest and not clock else session(language)
        context.clear_cookies()
        page = watched(context.new_page())
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion=reduced_motion)
        if clock:  # the page's timers can be run forward from now on, and those of its session
            page.clock.install()
        else:
            page.on("close", lambda _: rest.append(context))
        page.goto(f"{server}{path}")
        return page

    return open_page


@pytest.fixture
def visit(visits):
    """Opens pages of the dashboard, each in a browser session of its own, until a test ends."""
    opened = []

    def open_page(path="/Compare", **settings):
        opened.append(visits(path, **settings))
        return opened[-1]

    yield open_page
    for page in opened:
        if not page.is_closed():
            page.close()


def until(page, holds):
    """Wait for an expression; playwright's own way is `eval`, which a page's policy may forbid."""
    script = """
    new Promise((done, fail) => {
      const began = performance.now();
      const look = () => (HOLDS) ? done()
        : performance.now() - began > PATIENCE ? fail(new Error("never"))
        : requestAnimationFrame(look);
      look();
    })
    """
    page.evaluate(script.replace("HOLDS", holds).replace("PATIENCE", str(PATIENCE)))


def drawn(page):
    """Wait until every figure of a report's file is there."""
    until(page, "!document.querySelector('.plot:not(:has(.main-svg))')")


def whole(page, name):
    """A screenshot of the whole page: streamlit scrolls inside, so the window is made as tall."""
    width = page.viewport_size["width"]
    for _ in range(2):
        tall = page.evaluate(
            "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
        )
        page.set_viewport_size({"width": width, "height": min(int(tall) + 60, 9000)})
        settled(page)
    page.screenshot(path=SHOTS / f"{name}.png")
