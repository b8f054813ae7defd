"""What a reviewer gets: made on one machine, read without it, and reopened on another."""

import shutil
import urllib.error
import urllib.request

import pytest
from in_browser import ROOT, SHOTS, dashboard, drawn, settled, watched

pytestmark = pytest.mark.browser

PROMPT = "Il était une fois <script>window.ran = 1</script>"
NOTE = "**Read** this <img src=x onerror='window.ran = 1'> <script>window.ran = 1</script>"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache with the published tables that ship, as a clone has them."""
    folder = tmp_path_factory.mktemp("first-machine")
    shutil.copytree(ROOT / "cache" / "benchmarks", folder / "benchmarks")
    return folder


def add(page):
    """Press "Add to report"; the page then leads to the report."""
    settled(page)
    page.locator(".st-key-add_part button").first.click()
    page.locator(".st-key-add_to_report a").wait_for()
    settled(page)


def compare(page, address):
    page.goto(f"{address}/Compare")
    page.locator(".st-key-prompt textarea").fill(PROMPT)
    page.locator(".st-key-compare button").click()
    page.locator(".st-key-along_text .js-plotly-plot").wait_for()
    add(page)
    return page.url


def probe(page, address):
    page.goto(f"{address}/Bias_probes?probe=minimal_pairs")
    settled(page)
    page.locator(".st-key-run button").click()
    page.locator(".st-key-probe_groups .js-plotly-plot").wait_for()
    add(page)


def tables(page, address):
    page.goto(f"{address}/Bias_tables?dimension=representation&benchmark=bbq")
    page.locator(".st-key-add_part button").first.wait_for()
    add(page)


@pytest.fixture(scope="module")
def taken(chromium, cache, tmp_path_factory):
    """The report's file and its bundle, downloaded from a server that has stopped since.

    Gives the file, the bundle, the address of the comparison and that of the server.
    """
    folder = tmp_path_factory.mktemp("taken")
    with dashboard(cache, folder / "server.log") as address:
        page = watched(chromium.new_page(viewport={"width": 1280, "height": 900}))
        run = compare(page, address)
        probe(page, address)
        tables(page, address)
        page.goto(f"{address}/Report")
        settled(page)
        page.get_by_role("button", name="Edit").first.click()
        note = page.get_by_role("textbox", name="Note, in Markdown").first
        note.fill(NOTE)
        note.blur()
        page.get_by_test_id("fv-note").first.wait_for()
        settled(page)
        page.screenshot(path=SHOTS / "report-page.png")
        files = []
        for name in ("report_html", "report_bundle"):
            with page.expect_download() as found:
                page.locator(f".st-key-{name} button").first.click()
            files.append(folder / found.value.suggested_filename)
            found.value.save_as(files[-1])
        assert page.evaluate("window.ran") is None
        page.close()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=2)
    return *files, run, address


def test_the_file_is_read_without_the_server_and_without_a_network(chromium, taken):
    file, _, _, _ = taken
    assert file.stat().st_size < 8_000_000
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page, said = watched(context.new_page()), []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda one: one.url.startswith("file:") or said.append(one.url))
    page.goto(f"file://{file}")
    page.locator(".plot .main-svg").first.wait_for(state="attached")
    text = page.locator("body").inner_text()
    # Texts: what was asked and what both models wrote, markup as typed.
    assert PROMPT in text
    assert "<img src=x onerror='window.ran = 1'>" in text
    # Figures: every place for one has one, in each of the three items.
    drawn(page)
    assert page.locator(".plot").count() >= 4
    # Provenance: both models, versions, the seed's run, and the commands that repeat it.
    whole = page.evaluate("document.body.textContent")
    for fact in ("demo+nf4", "transformers", "float32", "python -m fairviz compare"):
        assert fact in whole, fact
    for fact in ("python -m fairviz probe", "python -m fairviz tables", "Beyond Perplexity"):
        assert fact in whole, fact
    assert "Limits" in text
    assert page.evaluate("window.ran") is None
    assert said == []
    page.screenshot(path=SHOTS / "report-file.png", full_page=True)
    context.close()


def test_the_bundle_reopens_on_another_machine_without_a_model(visit, taken, server):
    _, bundle, run, first = taken
    assert server != first
    page = visit("/Report")
    settled(page)
    page.get_by_text("Open a bundle").first.click()
    page.locator(".st-key-bundle_file input[type=file]").set_input_files(bundle)
    page.get_by_role("button", name="Open the bundle").click()
    page.get_by_text("is open.").wait_for()
    settled(page)
    assert page.get_by_role("button", name="Edit").count() == 3
    page = visit(run.removeprefix(first))
    page.get_by_text("Answered from the store").wait_for()
    pane = page.get_by_test_id("fv-pane-baseline")
    pane.locator(".fv-chip").nth(20).wait_for()
    assert "<script>window.ran = 1</script>" in pane.inner_text()
    assert page.evaluate("window.ran") is None
