"""The language in a browser: taken from it, changed on the page, and nothing chosen is lost."""

import pytest
from comparisons import comparison
from in_browser import settled, whole

from fairviz.analyses.store import Store

pytestmark = pytest.mark.browser

KEY = "00000000000000cc"
# U+00A0 before a colon, U+202F before a per cent sign.
COLON, PER_CENT = "\u00a0:", "\u202f%"


@pytest.fixture
def stored(browser_cache):
    Store(browser_cache).save("comparison", KEY, comparison())
    return f"/Compare?run={KEY}"


def fields(page):
    """What stands in the prompt, the numbers and the boxes of the page."""
    page.locator(".st-key-view button").first.click()
    quantity = page.locator(".st-key-quantity input").input_value()
    page.keyboard.press("Escape")
    return {
        "prompt": page.locator(".st-key-prompt textarea").input_value(),
        "new tokens": page.locator(".st-key-max_new_tokens input").input_value(),
        "temperature": page.locator(".st-key-temperature input").input_value(),
        "compressed": page.locator(".st-key-compressed input").input_value(),
        "quantity": quantity,
    }


def speak(page, language):
    page.locator(".st-key-lang").get_by_text(language, exact=True).click()
    page.locator(f"html[lang={language.lower()}]").wait_for(state="attached")
    settled(page)


def test_a_change_of_language_loses_no_choice(visit, stored):
    page = visit(f"{stored}&quantity=js&context=compressed&distance=kl_reverse")
    page.get_by_test_id("fv-numbers").wait_for()
    page.locator(".st-key-settings summary").click()
    page.get_by_role("spinbutton", name="New tokens").fill("25")
    page.keyboard.press("Enter")
    settled(page)
    english = fields(page)
    assert english["new tokens"] == "25"
    assert english["quantity"] == "Jensen-Shannon divergence"
    speak(page, "FR")
    french = {**english, "quantity": "Divergence de Jensen-Shannon"}
    assert fields(page) == french
    # What the browser sends with the next change is understood too.
    page.get_by_role("spinbutton", name="Température").fill("0.5")
    page.keyboard.press("Enter")
    settled(page)
    assert fields(page) == {**french, "temperature": "0.50"}
    for part in ("quantity=js", "context=compressed", "distance=kl_reverse", "max_new_tokens=25"):
        assert part in page.url
    speak(page, "EN")
    assert fields(page) == {**english, "temperature": "0.50"}


def test_a_french_browser_reads_french(visit, stored):
    page = visit(f"{stored}&token=1", language="fr-FR")
    page.get_by_role("heading", name="Comparer", exact=True).wait_for()
    chip = page.locator("[data-pane=baseline] .fv-chip").nth(1)
    assert "selon la référence" in chip.get_attribute("aria-label")
    # A page that is drawn anew closes the tip.
    settled(page)
    chip.focus()
    tip = page.locator("[data-pane=baseline] .fv-tip")
    tip.wait_for(state="visible")
    assert "référence\ncompressé" in tip.inner_text()
    assert PER_CENT in tip.inner_text()
    assert f"Variation de probabilité{COLON}" in tip.inner_text()
    assert "," in page.get_by_test_id("fv-numbers").inner_text()
    assert page.evaluate("document.documentElement.lang") == "fr"
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    page.keyboard.press("Escape")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        settled(page)
        assert page.evaluate(wide) <= 0
        whole(page, f"compare-fr-{width}")
