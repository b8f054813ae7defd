"""How the tests judge a page by axe-core: all of it in sight, and what is not ours named."""

import pytest
import reports
import reviews
from in_browser import settled

from fairviz.analyses.review.reviews import Reviews
from fairviz.report.shelf import Reports

# In Streamlit's markup, out of reach of a style: a rule, and the one element that it is about.
#
# The field for a file is a <section role="presentation" tabindex="-1" aria-label="…">; the button
# in it has its own name and the keyboard's focus, so nobody is kept from it.
STREAMLIT = {("presentation-role-conflict", "stFileUploaderDropzone")}
LANGUAGES = ("en", "fr")
COLOURS = ("color-contrast", "link-in-text-block")  # what another theme may break


@pytest.fixture(scope="module")
def kept(browser_cache):
    """An answer of every kind, a report of all of them, and a review of two people."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRVIZ_CACHE", str(browser_cache))
        reports.keep(browser_cache)
        Reports(browser_cache).save(reports.report())
    reviews.ten(Reviews(browser_cache))


def unrolled(page):
    """The window as tall as the page: what is scrolled out of sight is not judged."""
    below = "(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)"
    main, width = "(document.querySelector('[data-testid=stMain]'))", page.viewport_size["width"]
    for _ in range(20):
        settled(page)
        hidden, tall = page.evaluate(below + main), page.viewport_size["height"]
        if hidden <= 0 or tall == 12_000:
            break
        page.set_viewport_size({"width": width, "height": min(tall + hidden, 12_000)})


def faults(page, *, of=()):
    """What axe-core holds against the whole of a page of the dashboard, as `judged` tells it."""
    unrolled(page)
    return judged(page, of=of)


def judged(page, *, of=()):
    """What axe-core holds against what is in sight: rule, and the elements.

    Args:
        of: The rules that are asked; all of them if empty.
    """
    from axe_playwright_python.sync_playwright import Axe

    # What passes is told by one element each, and no selectors are made: three times as fast.
    options = {"resultTypes": ["violations"], "selectors": False, "preload": False}
    if of:
        options["runOnly"] = {"type": "rule", "values": list(of)}
    answer = Axe().run(page, options=options).response
    # A page that was not there yet has no faults, and nothing that is right either.
    assert len(answer["passes"]) > (0 if of else 10)
    return [
        (rule["id"], node["html"][:200])
        for rule in answer["violations"]
        for node in rule["nodes"]
        if not any(rule["id"] == name and part in node["html"] for name, part in STREAMLIT)
    ]
