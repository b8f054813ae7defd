"""Every page judged by axe-core, as it opens and with results, in both themes and languages.

What axe-core finds is of three kinds. Ours was mended: levels of headings, colours of captions, of
chosen options and of the primary button. Streamlit's own that a style can mend stands in
`fairviz/ui/access.css`. What is in Streamlit's markup, out of our reach, is named in
`in_access.STREAMLIT`: a rule and the one element that it is about, so that the same fault
anywhere else still fails. Every other page is in French: colours do not depend on words.
"""

from itertools import cycle

import pytest
import reports
from in_access import LANGUAGES, faults
from in_browser import PATIENCE, darken, settled

from fairviz.ui.shell import PAGES

pytestmark = pytest.mark.browser

PLOT = ".js-plotly-plot .main-svg"
PANE = "[data-testid=fv-pane-baseline] .fv-chip"
# What a page is asked, and what stands on it when its answer is there.
ANSWERS = {
    "comparison": (f"/Compare?run={reports.KEYS['comparison']}&token=1", PLOT),
    "reading": (f"/Token_shift?reading={reports.KEYS['reading']}", PLOT),
    "audit": (f"/Uncertain_prompts?audit={reports.KEYS['audit']}", PLOT),
    "probe": (f"/Bias_probes?outcome={reports.KEYS['probe']}&show_items=true", PLOT),
    "curves": ("/Bias_tables?view=curves", PLOT),
    "groups": ("/Bias_tables?view=groups", PLOT),
    "spread": ("/Bias_tables?view=spread", PLOT),
    "rows": ("/Bias_tables?view=table", "[data-testid=stDataFrame]"),
    "report": ("/Report?report=nurses", "[class*=st-key-part_] button"),
    "first slide": ("/Report?report=nurses&present=1", "h1"),
    "slide": ("/Report?report=nurses&present=1&slide=1", PANE),
    "page presented": (f"/Compare?run={reports.KEYS['comparison']}&present=1", PANE),
}


def address(path):
    """`pages/1_Compare.py` is at /Compare."""
    name = path.removeprefix("pages/").removesuffix(".py")
    return "/" if name == "app" else f"/{name.partition('_')[2]}"


@pytest.mark.parametrize("path, code", list(zip((path for path, *_ in PAGES), cycle(LANGUAGES))))
def test_every_page_as_it_opens(visit, path, code):
    page = visit(f"{address(path)}?lang={code}")
    page.locator("h1").first.wait_for(timeout=PATIENCE)
    assert faults(page) == []
    darken(page)
    assert faults(page) == []
    assert page.locator("html").get_attribute("lang") == code


@pytest.mark.parametrize("name, code", list(zip(ANSWERS, cycle(LANGUAGES[::-1]))))
def test_every_answer(visit, kept, name, code):
    asked, there = ANSWERS[name]
    page = visit(f"{asked}{'&' if '?' in asked else '?'}lang={code}")
    page.locator(there).first.wait_for(state="attached", timeout=PATIENCE)
    assert faults(page) == []
    darken(page)
    assert faults(page) == []


def test_a_fault_is_found(visit):
    """A field without a name and faint letters, put into a page: the judge is awake."""
    page = visit("/")
    page.locator("h1").first.wait_for(timeout=PATIENCE)
    settled(page)
    page.evaluate(
        "document.querySelector('h1').insertAdjacentHTML('afterend',"
        "'<input><p style=\"color:#ccc;background:#fff\">faint</p>')"
    )
    assert {rule for rule, _ in faults(page)} == {"label", "color-contrast"}
