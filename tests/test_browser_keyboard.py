"""A whole way is gone by keyboard alone."""

import re

import pytest
from in_browser import settled
from in_walking import begin

from fairviz.analyses.store import Store
from fairviz.report.shelf import Reports

pytestmark = pytest.mark.browser


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
    last = page.locator("[class*=st-key-part_]:not(.st-key-part_text)").last.get_attribute("class")
    part = re.search(r"st-key-part_(\S+)", last)[1]
    # Its title, the link to its run, and what opens what may be done with it.
    to(page, key=f"part_{part}")
    while "Edit" not in page.evaluate("document.activeElement.innerText"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    to(page, key=f"up_{part}")
    page.keyboard.press("Enter")
    shown = page.locator("[class*=st-key-part_]:not(.st-key-part_text)")
    shown.nth(-2).get_by_text("deux").first.wait_for()
    settled(page)
    assert parts() == [*before[:-2], before[-1], before[-2]]
    to(page, name="Download HTML")
    with page.expect_download() as found:
        page.keyboard.press("Enter")
    assert found.value.suggested_filename.endswith(".html")
