"""Keyboard alone: Tab reaches everything on every page and is seen, and a whole way is gone."""

import re

import pytest
import reports
from in_browser import PATIENCE, settled
from in_walking import begin, walked

from fairviz.analyses.store import Store
from fairviz.report.shelf import Reports

pytestmark = pytest.mark.browser

# Not reached by Tab, and why nobody is kept from what they do. The rule is streamlit's.
EXCUSED = {
    "stSelectbox": "the arrow keys open the list from its field",
    "stMultiSelect": "the arrow keys open the list from its field",
    "stNumberInputStepUp": "the arrow keys step in its field",
    "stNumberInputStepDown": "the arrow keys step in its field",
    "stFileUploaderDropzone": "the button in it is reached",
    "stFileUploaderDropzoneInput": "the button beside it is reached",
}
PLOT = ".js-plotly-plot .main-svg"
# A page, and what stands on it when all of it is there.
PLACES = {
    "overview": ("/", "[data-testid=stMain] [data-testid=stPageLink]"),
    "comparison": (f"/Compare?run={reports.KEYS['comparison']}&token=1", ".st-key-add_to_report"),
    "reading": (f"/Token_shift?reading={reports.KEYS['reading']}", ".st-key-add_to_report"),
    "audit": (f"/Uncertain_prompts?audit={reports.KEYS['audit']}", ".st-key-add_to_report"),
    "tables": ("/Bias_tables", ".st-key-add_part"),
    "rows": ("/Bias_tables?view=table", ".st-key-add_part"),
    "probe": (f"/Bias_probes?outcome={reports.KEYS['probe']}", ".st-key-add_to_report"),
    "methods": ("/Methods", PLOT),
    "report": ("/Report?report=nurses", ".st-key-bundle_file"),
    "reviews": ("/Blind_review", "[data-testid=stMain] [data-testid=stPageLink]"),
    "review": ("/Blind_review?review=ten-pairs&reviewer=Cleo", "[role=progressbar]"),
    "result": ("/Blind_review?review=ten-pairs&reviewer=Ana", ".st-key-download_history"),
    # Its text is written again, and then its buttons change.
    "slide": ("/Report?report=nurses&present=1&slide=1", ".fv-player[data-done=yes]"),
}


def by_arrows(page, group, reached):
    """The members of a group that the arrow keys reach from the one that Tab reaches."""
    page.evaluate("(id) => walk.focus(id)", reached)
    found = {reached}
    for _ in range(len(group) - 1):
        page.keyboard.press("ArrowRight")
        found.add(page.evaluate("walk.here()")["id"])
    return found


@pytest.mark.parametrize("name", PLACES)
def test_tab_reaches_everything_and_is_seen(visit, kept, name):
    asked, there = PLACES[name]
    page = visit(asked)
    page.locator(there).first.wait_for(state="attached", timeout=PATIENCE)
    expected = begin(page)
    ahead = walked(page)
    reached = {one["id"] for one in ahead}
    assert len(reached) >= 10
    assert [(one["name"], one["html"]) for one in ahead if not one["shown"]] == []

    back = {one["id"] for one in walked(page, "Shift+Tab")}
    wanted = {one["id"] for one in expected}
    assert reached & wanted == back & wanted

    groups = {}
    for one in expected:
        if one["group"] is not None:
            groups.setdefault(one["group"], set()).add(one["id"])
    for one in expected:
        group = groups.get(one["group"], set())
        if one["id"] not in reached and group & reached:
            reached |= by_arrows(page, group, min(group & reached))
    missed = [
        one["html"]
        for one in expected
        if one["id"] not in reached and not (one["tab"] < 0 and one["within"] in EXCUSED)
    ]
    assert missed == []


def to(page, *, name="", key=""):
    """Tab until the part is reached that is called so, or that lies in this place."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("([name, key]) => walk.at(name, key)", [name, key]):
            return
    pytest.fail(f"Tab does not lead to {name} {key}")


def test_from_a_prompt_to_a_report_without_a_mouse(visit, browser_cache, kept):
    page = visit("/Compare?max_new_tokens=4")
    page.locator(".st-key-prompt textarea").wait_for()
    begin(page)
    to(page, name="Prompt")
    page.keyboard.press("Control+a")
    page.keyboard.type("Il était deux fois")
    to(page, key="compare")
    page.keyboard.press("Enter")
    page.locator(".st-key-along_text .js-plotly-plot").wait_for()
    settled(page)
    to(page, key="add_part")
    page.keyboard.press("Space")
    page.locator(".st-key-add_to_report a").wait_for()
    settled(page)
    to(page, key="add_to_report")
    page.keyboard.press("Enter")
    page.locator(".st-key-report_html").wait_for()
    begin(page)

    def parts():
        return [part.key for part in Reports(browser_cache).load("nurses").parts]

    before = parts()
    assert (
        Store(browser_cache).load("comparison", before[-1]).request.prompt == "Il était deux fois"
    )
    up = page.locator("[class*=st-key-up_]").last.get_attribute("class")
    to(page, key=re.search(r"st-key-(up_\S+)", up)[1])
    page.keyboard.press("Enter")
    shown = page.locator("[class*=st-key-part_]:not(.st-key-part_text)")
    shown.nth(-2).get_by_text("deux").first.wait_for()
    settled(page)
    assert parts() == [*before[:-2], before[-1], before[-2]]
    to(page, name="Download HTML")
    with page.expect_download() as found:
        page.keyboard.press("Enter")
    assert found.value.suggested_filename.endswith(".html")
