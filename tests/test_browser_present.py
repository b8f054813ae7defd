"""A presentation: large type, the report's slides by keyboard, a stored text written again."""

import outcomes
import pytest
from comparisons import comparison
from in_browser import SHOTS, darken, settled

from fairviz.analyses.store import Store
from fairviz.report.record import Part, Report
from fairviz.report.shelf import Reports

pytestmark = pytest.mark.browser

KEY = "00000000000000aa"


@pytest.fixture(scope="module")
def deck(browser_cache):
    """A stored comparison and a probe in a report of three parts: five slides."""
    Store(browser_cache).save("comparison", KEY, comparison())
    Store(browser_cache).save("probe", KEY, outcomes.run())
    Reports(browser_cache).save(
        Report(
            "talk",
            "A talk",
            parts=(
                Part("text", "intro", heading="Why", note="Because **it** matters."),
                Part("comparison", KEY, "A tale"),
                Part("probe", KEY, "Pairs"),
            ),
        )
    )


def at(page, slide):
    """Wait until the address and the page are at a slide."""
    page.wait_for_url(f"**slide={slide}*")
    settled(page)


def test_slides_by_keyboard(visit, deck):
    page = visit("/Report?report=talk&present=1")
    settled(page)
    page.get_by_role("heading", name="A talk").wait_for()
    assert not page.get_by_test_id("stSidebar").is_visible()
    size = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
    assert size >= 20
    page.screenshot(path=SHOTS / "present-light-first.png")

    page.keyboard.press("ArrowRight")
    at(page, 1)
    page.get_by_role("heading", name="Why").wait_for()
    page.keyboard.press("PageDown")
    at(page, 2)
    page.get_by_test_id("fv-pane-baseline").wait_for()
    page.locator(".st-key-present_bar .fv-again").wait_for()  # in the one bar
    page.screenshot(path=SHOTS / "present-light.png")
    darken(page)
    page.screenshot(path=SHOTS / "present-dark.png")
    page.keyboard.press("ArrowRight")
    at(page, 3)
    page.locator(".js-plotly-plot").wait_for()
    settled(page)
    low = page.locator(".js-plotly-plot").bounding_box()
    bar = page.locator(".st-key-present_bar").bounding_box()
    # It fills the screen down to the bar, and nothing of it is hidden.
    assert 0 <= bar["y"] - (low["y"] + low["height"]) < 40
    page.keyboard.press("End")
    at(page, 4)
    page.keyboard.press("ArrowRight")  # the last stays the last
    settled(page)
    assert "slide=4" in page.url
    page.keyboard.press("Home")
    at(page, 0)
    page.keyboard.press("ArrowRight")
    at(page, 1)
    page.keyboard.press("ArrowRight")
    at(page, 2)

    page.get_by_role("link", name="Open on its page").click()
    page.wait_for_url("**/Compare?**")
    settled(page)
    assert f"run={KEY}" in page.url
    assert not page.locator(".st-key-top").is_visible()
    operated = page.locator("[data-testid=stMain] [data-testid=stButton]:visible")
    assert operated.count() == page.locator(".st-key-present_bar [data-testid=stButton]").count()
    assert not page.get_by_test_id("stForm").is_visible()
    page.keyboard.press("Space")
    page.wait_for_url("**/Report?**")
    at(page, 3)
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "present" not in url)
    page.locator(".st-key-top").wait_for()


def test_the_stored_text_is_written_again_at_reading_speed(visit, deck):
    page = visit(f"/Compare?run={KEY}&present=1", clock=True)
    page.locator(".st-key-present_leave").wait_for()
    assert page.locator(".st-key-present_previous, .st-key-present_next").count() == 0  # no slide
    pane = page.get_by_test_id("fv-pane-baseline")
    chips = pane.locator(".fv-chip")
    whole = len(comparison().on_baseline)
    page.locator(".fv-player:not([hidden])").wait_for()
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    page.keyboard.press("r")
    assert chips.count() == 0
    page.clock.run_for(600)
    page.keyboard.press("p")
    held = chips.count()
    page.clock.run_for(60_000)
    assert 0 < chips.count() == held < whole
    page.keyboard.press("p")
    page.clock.run_for(60_000)
    assert chips.count() == whole
    assert pane.get_attribute("data-live") == "no"


def test_who_asks_for_less_motion_sees_the_whole_text_at_once(visit, deck):
    page = visit(f"/Compare?run={KEY}&present=1", reduced_motion="reduce")
    pane = page.get_by_test_id("fv-pane-baseline")
    page.locator(".fv-player-place .fv-player:not([hidden])").wait_for()
    assert pane.locator(".fv-chip").count() == len(comparison().on_baseline)
    assert pane.get_attribute("data-live") == "no"
