"""The first minute: few words before a picture, a comparison that plays at once, two clicks to an
own prompt, and everything by keyboard too."""

import pytest
from in_access import faults
from in_browser import dashboard, settled, watched
from in_sight import words
from in_walking import begin
from test_browser_access import address
from test_browser_keyboard import to

from bench.pages import COLOURED
from fairviz.ui.links import PAGES

pytestmark = pytest.mark.browser

MOST_WORDS = 120
CHIP = "[data-testid=fv-pane-baseline] .fv-chip"


@pytest.mark.parametrize("path", [address(path) for path, *_rest in PAGES])
def test_few_words_stand_above_the_fold(visit, path):
    """Nothing was measured here, so each page shows its stored example.

    French is longer: English is looked at where it comes near to being too much.
    """
    # The words of a text that plays come to the same.
    page = visit(f"{path}?lang=fr", reduced_motion="reduce")
    settled(page, "h1")
    seen = words(page)
    assert 20 < len(seen) <= MOST_WORDS, " ".join(seen)
    if len(seen) > 0.8 * MOST_WORDS:
        page.locator(".st-key-lang").get_by_text("EN", exact=True).click()
        page.locator("html[lang=en]").wait_for(state="attached")
        settled(page, "h1")
        seen = words(page)
        assert 20 < len(seen) <= MOST_WORDS, " ".join(seen)
    if path == "/Report":  # where there is a report, the example is not seen
        assert faults(page) == []


def test_words_are_counted_as_a_reader_sees_them(visit):
    page = visit("/Blind_review")
    settled(page, "h1")
    before = words(page)
    assert before[:2] == ["Overview", "Compare"]
    added = """
    document.querySelector('h1').insertAdjacentHTML('beforebegin',
      '<p>uno d<b>o</b>s <span style="display:none">no</span></p>'
      + '<p style="position:absolute;top:2000px">far below</p>'
      + '<div style="height:0;overflow:hidden"><p>folded</p></div>'
      + '<details><summary>tres</summary><p>closed</p></details>')
    """
    page.evaluate(added)
    after = words(page)
    assert [word for word in after if word in ("uno", "dos", "tres")] == ["uno", "dos", "tres"]
    assert len(after) <= len(before) + 3


def test_a_fresh_server_plays_a_coloured_comparison_without_a_click(chromium, tmp_path):
    """How soon is measured by bench/pages.py."""
    (cache := tmp_path / "cache").mkdir()
    with dashboard(cache, tmp_path / "log", FAIRVIZ_WARM="0") as url:
        page = watched(chromium.new_page(viewport={"width": 1280, "height": 900}))
        page.goto(url)
        page.wait_for_function(COLOURED)
        first = page.locator(CHIP).count()
        page.locator(CHIP).nth(first + 2).wait_for()  # it is being written, and nobody clicked
        page.close()


def test_two_clicks_lead_to_an_own_prompt(visit):
    page = visit("/")
    settled(page, CHIP)
    page.locator(".st-key-pages").get_by_role("link", name="Compare").click()
    page.locator(".st-key-prompt textarea").fill("La reine")
    page.locator(".st-key-compare button").click()
    page.get_by_text("La reine").and_(page.locator(".fv-prompt")).first.wait_for()
    page.locator(CHIP).nth(5).wait_for()


def test_the_way_around_is_gone_by_keyboard(visit):
    page = visit("/")
    settled(page, CHIP)
    begin(page)
    to(page, name="Methods")
    page.keyboard.press("Enter")
    page.wait_for_url("**/Methods*")
    settled(page, "h1")
    assert page.locator(".st-key-here").inner_text() == "Methods"


def test_a_term_says_what_it_means_with_the_focus(visit):
    page = visit("/Compare")
    settled(page, ".fv-finding")
    term = page.locator("dfn").first
    term.focus()
    told = "getComputedStyle(document.activeElement, '::after').content"
    assert term.get_attribute("data-means") in page.evaluate(told)
