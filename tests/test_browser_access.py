"""Every page judged by axe-core in both themes and languages, and walked by Tab, seen all the way.

What axe-core finds is of three kinds. Ours was mended: levels of headings, colours of captions, of
chosen options and of the primary button. Streamlit's own that a style can mend stands in
`fairviz/ui/access.css`. What is in Streamlit's markup, out of our reach, is named in
`in_access.STREAMLIT`: a rule and the one element that it is about, so that the same fault
anywhere else still fails. Every other page is in French: colours do not depend on words.
"""

from itertools import cycle

import pytest
import reports
from in_access import COLOURS, LANGUAGES, faults, judged
from in_browser import PATIENCE, darken, settled
from in_walking import begin, walked

from fairviz.ui.links import PAGES

pytestmark = pytest.mark.browser

PLOT = ".js-plotly-plot .main-svg"
PANE = "[data-testid=fv-pane-baseline] .fv-chip"
ADD = "[class*=st-key-add_to_report], .st-key-add_part"
EXAMPLE = ".st-key-run_own"
LINK = "[data-testid=stPageLink] a[href*='?']"


def address(path):
    """`pages/1_Compare.py` is at /Compare."""
    name = path.removeprefix("pages/").removesuffix(".py")
    return "/" if name == "app" else f"/{name.partition('_')[2]}"


# What a page is asked, and what stands on it when all of it is there; first as it opens.
PLACES = {address(path): (address(path), "h1") for path, *_rest in PAGES} | {
    "/": ("/", LINK),
    "/Methods": ("/Methods", PLOT),
    "/Blind_review": ("/Blind_review", LINK),
    # As they open before anything was run; with a run of one's own they are below.
    "/Compare": ("/Compare?run=example", EXAMPLE),
    "/Token_shift": ("/Token_shift?reading=example", EXAMPLE),
    "/Uncertain_prompts": ("/Uncertain_prompts?audit=example", EXAMPLE),
    "/Bias_probes": ("/Bias_probes?outcome=example", EXAMPLE),
    "comparison": (f"/Compare?run={reports.KEYS['comparison']}&token=1", ADD),
    "reading": (f"/Token_shift?reading={reports.KEYS['reading']}", ADD),
    "audit": (f"/Uncertain_prompts?audit={reports.KEYS['audit']}", ADD),
    "probe": (f"/Bias_probes?outcome={reports.KEYS['probe']}&show_items=true", ADD),
    "curves": ("/Bias_tables?view=curves", PLOT),
    "groups": ("/Bias_tables?view=groups", PLOT),
    "spread": ("/Bias_tables?view=spread", PLOT),
    "rows": ("/Bias_tables?view=table", ".st-key-add_part"),
    "report": ("/Report?report=nurses", ".st-key-part_text"),
    "review": ("/Blind_review?review=ten-pairs&reviewer=Cleo", "[role=progressbar]"),
    "result": ("/Blind_review?review=ten-pairs&reviewer=Ana", ".st-key-download_history"),
    "slide": ("/Report?report=nurses&present=1&slide=1", ".fv-player[data-done=yes]"),
    "probe presented": (f"/Bias_probes?outcome={reports.KEYS['probe']}&present=1", PLOT),
    "page presented": (f"/Compare?run={reports.KEYS['comparison']}&present=1", PANE),
}
# Not reached by Tab, and why nobody is kept from what they do. The rule is streamlit's.
EXCUSED = {
    "stSelectbox": "the arrow keys open the list from its field",
    "stMultiSelect": "the arrow keys open the list from its field",
    "stNumberInputStepUp": "the arrow keys step in its field",
    "stNumberInputStepDown": "the arrow keys step in its field",
    "stFileUploaderDropzone": "the button in it is reached",
    "stFileUploaderDropzoneInput": "the button beside it is reached",
}


# What a page has with its example it has with a run of one's own, and Compare shows the frame.
# Where there is a report, /Report opens it; that where there is none is in test_browser_first.
TWINS = ("/Token_shift", "/Uncertain_prompts", "/Bias_probes", "/Report")
# Of the table's views two are looked at in dark: the others differ in what their figure draws.
LIGHT = ("groups", "spread")
SPOKEN = dict(zip(PLACES, cycle(LANGUAGES)))
# A page with an answer holds what the page has as it opens, and the views of the tables theirs.
WALKED = [name for name in PLACES if not name.startswith("/") or name in ("/", "/Methods")]
WALKED = [name for name in WALKED if name not in ("curves", "groups", "spread", "probe presented")]


@pytest.fixture(scope="module")
def place(request, visits, kept):
    """A page opened once for all that is asked of it, and its language."""
    code = SPOKEN[request.param]
    asked, there = PLACES[request.param]
    # A text is not played: what is judged is what stands there after it.
    page = visits(f"{asked}{'&' if '?' in asked else '?'}lang={code}", reduced_motion="reduce")
    page.locator(there).first.wait_for(state="attached", timeout=PATIENCE)
    yield page, code
    page.close()


def by_arrows(page, group, reached):
    """The members of a group that the arrow keys reach from the one that Tab reaches."""
    page.evaluate("(id) => walk.focus(id)", reached)
    found = {reached}
    for _ in range(len(group) - 1):
        page.keyboard.press("ArrowRight")
        found.add(page.evaluate("walk.here()")["id"])
    return found


@pytest.mark.parametrize(
    "place", [*WALKED, "/Blind_review", "/Bias_tables", "/Bias_probes"], indirect=True
)
def test_tab_reaches_everything_and_is_seen(place):
    page, _code = place
    expected = begin(page)
    ahead = walked(page)
    reached = {one["id"] for one in ahead}
    assert len(reached) >= 8
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


@pytest.mark.parametrize("place", [one for one in PLACES if one not in TWINS], indirect=True)
def test_axe_finds_nothing_in_either_theme(place, request):
    page, code = place
    page.evaluate("document.activeElement?.blur()")
    assert faults(page) == []
    if request.node.callspec.params["place"] not in LIGHT:
        darken(page)
        assert judged(page, of=COLOURS) == []
    assert page.locator("html").get_attribute("lang") == code
    if page.url.partition("?")[0].endswith("/Bias_tables"):
        page.set_viewport_size({"width": 390, "height": 900})
        settled(page)
        beyond = "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)"
        overflow = page.evaluate(f"{beyond}(document.querySelector('[data-testid=stMain]'))")
        assert overflow <= 1, "the page scrolls sideways"
        assert page.get_by_test_id("stException").count() == 0


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
