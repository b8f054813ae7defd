"""Every page judged by axe-core, in both themes and both languages, as it opens and with results.

What axe-core finds is of three kinds. Ours was mended: levels of headings, colours of captions, of
chosen options and of the primary button. Streamlit's own that a style can mend stands in
`fairviz/ui/access.css`. What is in Streamlit's markup, out of our reach, is named in `STREAMLIT`:
a rule and the one element that it is about, so that the same fault anywhere else still fails.
"""

import pytest
from in_browser import PATIENCE, settled

from fairviz.ui.shell import PAGES

pytestmark = pytest.mark.browser

# The field for a file is a <section role="presentation" tabindex="-1" aria-label="…">; the button
# in it has its own name and the keyboard's focus, so nobody is kept from it.
STREAMLIT = {("presentation-role-conflict", "stFileUploaderDropzone")}
LOOKS = [(scheme, code) for scheme in ("light", "dark") for code in ("en", "fr")]


def address(path):
    """`pages/1_Compare.py` is at /Compare."""
    name = path.removeprefix("pages/").removesuffix(".py")
    return "/" if name == "app" else f"/{name.partition('_')[2]}"


def unrolled(page):
    """The window as tall as the page: what is scrolled out of sight is not judged."""
    settled(page)
    for _ in range(2):
        tall = page.evaluate(
            "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
        )
        page.set_viewport_size({"width": 1280, "height": min(int(tall) + 60, 12_000)})
        page.wait_for_timeout(600)
    settled(page)


def faults(page):
    """What axe-core holds against the page: rule, and the elements."""
    from axe_playwright_python.sync_playwright import Axe

    unrolled(page)
    answer = Axe().run(page).response
    # A page that was not there yet has no faults, and nothing that is right either.
    assert len(answer["passes"]) > 10
    return [
        (rule["id"], node["html"][:200])
        for rule in answer["violations"]
        for node in rule["nodes"]
        if not any(rule["id"] == name and part in node["html"] for name, part in STREAMLIT)
    ]


@pytest.mark.parametrize("scheme, code", LOOKS)
@pytest.mark.parametrize("path", [path for path, _, _ in PAGES])
def test_every_page_as_it_opens(visit, path, scheme, code):
    page = visit(f"{address(path)}?lang={code}", scheme=scheme)
    page.locator("h1").first.wait_for(timeout=PATIENCE)
    assert faults(page) == []
    assert page.locator("html").get_attribute("lang") == code


@pytest.mark.parametrize("scheme, code", [("light", "fr"), ("dark", "en")])
def test_a_comparison(visit, scheme, code):
    page = visit(f"/Compare?lang={code}", scheme=scheme)
    page.locator(".st-key-compare button").click()
    page.locator(".st-key-along_text .js-plotly-plot").wait_for()
    assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["curves", "groups", "rows"])
def test_views_of_the_tables(visit, view, scheme):
    page = visit(f"/Bias_tables?view={view}", scheme=scheme)
    page.locator("h1").first.wait_for(timeout=PATIENCE)
    assert faults(page) == []


def test_a_fault_is_found(visit):
    """A field without a name and faint letters, put into a page: the judge is awake."""
    page = visit("/Methods")
    page.locator("h1").first.wait_for(timeout=PATIENCE)
    settled(page)
    page.evaluate(
        "document.querySelector('h1').insertAdjacentHTML('afterend',"
        "'<input><p style=\"color:#ccc;background:#fff\">faint</p>')"
    )
    assert {rule for rule, _ in faults(page)} == {"label", "color-contrast"}
