"""The report's file in a headless Chromium, opened from the disk with the network off."""

from dataclasses import replace

import comparisons
import outcomes
import pytest
import reported
from in_access import COLOURS, judged
from in_browser import PATIENCE, drawn, until

from fairviz.analyses.registry import ANALYSES
from fairviz.core.specs import ModelSpec
from fairviz.report.runs import drawn as presented

pytestmark = pytest.mark.browser

RUNS = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"


@pytest.fixture
def opened(chromium, tmp_path):
    """Opens a report's text as a file; what the page complained of must be nothing."""
    contexts, said = [], []

    def open_file(text, *, query="", **settings):
        path = tmp_path / "report.html"
        path.write_text(text, encoding="utf-8")
        context = chromium.new_context(offline=True, **settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda one: one.url.startswith("file:") or said.append(one.url))
        page.goto(f"file://{path}{query}")
        return page

    yield open_file
    for context in contexts:
        context.close()
    assert said == []


@pytest.fixture(scope="module")
def whole():
    return reported.everything()


def test_the_file_opens_without_a_network_and_draws_every_figure(opened, whole):
    page = opened(whole)
    drawn(page)
    assert page.locator(".plot .main-svg").count() >= 9
    first = page.locator("#item-1")
    assert "abc123" not in first.inner_text()  # what a reviewer doubts it by is folded
    page.locator("[data-do=unfold]").click()
    assert "Il était une fois" in first.inner_text() and "abc123" in first.inner_text()
    assert page.locator("#limits li").count() >= 3


def test_it_reads_without_scripts(chromium, tmp_path, whole):
    path = tmp_path / "report.html"
    path.write_text(whole, encoding="utf-8")
    context = chromium.new_context(offline=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"file://{path}")
    assert page.locator("#item-1 .tokens").count() == 2
    assert page.locator("noscript").first.is_visible()
    # Blurred texts are shown without scripts too, when they are asked for.
    veiled = page.locator("#item-4 .veiled").first
    blurred = "(one) => getComputedStyle(one).filter"
    assert "blur" in veiled.evaluate(blurred)
    page.locator("#item-4 .reveal label").click()
    assert veiled.evaluate(blurred) == "none"
    context.close()


def test_what_a_stranger_wrote_runs_nothing_and_is_shown_as_typed(opened):
    answer = comparisons.comparison([RUNS, " b"], [RUNS, " c"], prompt=RUNS)
    named = replace(answer.request, compressed=ModelSpec(f"/models/{RUNS}"))
    answer = replace(answer, request=named)
    shown = presented(answer, reported.part("comparison"))
    run = outcomes.run()
    run.outcome.items["text"] = RUNS
    run.outcome.groups["group"] = ["all", RUNS, "b"]
    probed = ANALYSES["probe"].present(run)
    text = reported.written(
        (reported.part("comparison", 1, heading=RUNS, note=RUNS), shown),
        (reported.part("probe", 2, note=f"[a](javascript:window.ran=1) ![b]({RUNS})"), probed),
        title=RUNS,
    )
    page = opened(text)
    drawn(page)
    page.locator("[data-do=unfold]").click()
    page.locator(".tokens .c").first.click()
    assert page.evaluate("window.ran") is None
    assert page.locator("h1").inner_text() == RUNS
    assert page.locator("#heading-1").inner_text() == RUNS
    assert page.locator(".tokens").first.inner_text().startswith(RUNS + RUNS)
    assert page.locator(".remark").first.inner_text() == RUNS
    assert page.title() == RUNS
    # The model's name: where it was asked, over its text or card, and in the command.
    assert page.locator("#item-1").inner_text().count(f"/models/{RUNS}") >= 2


def test_an_inline_script_that_got_in_would_not_run(chromium, tmp_path, whole):
    """The policy itself, without the escaping before it."""
    path = tmp_path / "report.html"
    path.write_text(whole.replace("<main", RUNS + "<main", 1), encoding="utf-8")
    context = chromium.new_context(offline=True)
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"file://{path}")
    drawn(page)
    assert page.evaluate("window.ran") is None
    assert any("Content Security Policy" in one for one in said)
    context.close()


def test_blurred_texts_are_out_of_reach_until_asked_for_by_keyboard(opened, whole):
    page = opened(whole)
    item = page.locator("#item-4")
    page.locator("[data-do=unfold]").click()
    items = item.locator("details details", has_text="Items: the flips first")
    veiled = items.locator(".veiled")
    assert veiled.evaluate("(one) => one.inert") is True
    assert page.locator("#item-1 .texts").evaluate("(one) => one.inert") is False
    item.locator(".reveal input").focus()
    page.keyboard.press("Space")
    assert veiled.evaluate("(one) => [one.inert, getComputedStyle(one).filter]") == [False, "none"]
    page.keyboard.press("Space")
    assert veiled.evaluate("(one) => one.inert") is True
    page.locator("#show-all").focus()
    page.keyboard.press("Space")
    assert veiled.evaluate("(one) => one.inert") is False


def test_blurred_texts_are_not_printed(opened, whole):
    page = opened(whole)
    page.locator("[data-do=unfold]").click()
    page.emulate_media(media="print")
    veiled = page.locator("#item-4 .veiled").first
    assert not veiled.is_visible() and page.locator("#item-4 .unprinted").is_visible()
    page.emulate_media(media="screen")
    page.locator("#item-4 .reveal label").click()
    page.emulate_media(media="print")
    assert veiled.is_visible() and not page.locator("#item-4 .unprinted").is_visible()


def test_it_prints_to_a4_with_no_figure_beyond_the_paper(opened, whole):
    page = opened(whole, viewport={"width": 1600, "height": 900})
    drawn(page)
    content = page.pdf(prefer_css_page_size=True)
    assert content.startswith(b"%PDF") and 8 <= content.count(b"/Type /Page\n") <= 60
    # 595 x 842 points are 210 x 297 mm.
    assert b"/MediaBox [0 0 594.9" in content or b"/MediaBox [0 0 595" in content
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    widths = page.evaluate("[...document.querySelectorAll('.plot .main-svg')]"
                           ".map((one) => one.getBoundingClientRect().width)")  # fmt: skip
    assert max(widths) <= 672  # 178 mm at 96 points an inch


def test_tokens_are_read_by_keyboard(opened, whole):
    page = opened(whole)
    tokens = page.locator("#item-1 .tokens").first
    tokens.focus()
    page.keyboard.press("ArrowRight")
    readout = page.locator("#item-1 .readout").first
    chip = tokens.locator(".c").first
    assert chip.get_attribute("title") in readout.inner_text()
    assert chip.inner_text().strip() in readout.inner_text()


def test_nothing_stands_out_of_the_page(opened, whole):
    page = opened(whole, viewport={"width": 1280, "height": 900})
    drawn(page)
    page.locator("[data-do=unfold]").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.set_viewport_size({"width": 390, "height": 900})
    until(page, "innerWidth === 390 && document.documentElement.scrollWidth <= 390")


@pytest.mark.parametrize("query", ["?present=1", "#present"])
def test_a_presentation_shows_an_item_a_screen_and_is_left_where_it_was(opened, whole, query):
    page = opened(whole, query=query, reduced_motion="reduce")
    position = page.locator(".position")
    slides = page.locator(".slide")
    assert position.inner_text() == f"1 / {slides.count()}"
    for key in ("ArrowRight", "Space", "PageDown"):
        page.keyboard.press(key)
    assert position.inner_text().startswith("4 /")
    assert page.locator(".slide:visible").count() == 1 and page.locator("#item-3").is_visible()
    until(page, "document.querySelector('#item-3 .main-svg').clientWidth > 300")
    page.keyboard.press("ArrowLeft")
    page.locator("[data-do=back]").click()
    assert page.locator("#item-1").is_visible()
    assert not page.locator("#item-1 .detail").is_visible()
    page.keyboard.press("Escape")
    assert page.locator("#item-3").is_visible() and not page.locator(".bar").is_visible()
    assert page.locator("#item-1 .detail").is_visible()


def test_the_text_is_replayed_and_paused(opened):
    tokens = [f" token{place}" for place in range(40)]
    shown = presented(
        comparisons.comparison(tokens, [*tokens[:9], " else"]), reported.part("comparison")
    )
    shown = replace(shown, figures=())
    page = opened(reported.written((reported.part("comparison", 1), shown)), query="?present=1")
    page.clock.pause_at(page.evaluate("Date.now()") + 60_000)
    page.keyboard.press("ArrowRight")
    page.clock.run_for(200)
    waiting = page.locator("#item-1 .spoken")
    assert waiting.count() > 0
    page.keyboard.press("p")
    count = waiting.count()
    page.clock.run_for(60_000)
    assert waiting.count() == count > 0
    page.keyboard.press("p")
    page.clock.run_for(60_000)
    assert waiting.count() == 0
    page.locator("[data-do=replay]").click()
    assert waiting.count() > 0
    page.keyboard.press("ArrowRight")
    assert waiting.count() == 0


def test_no_text_moves_by_itself_for_who_asked_for_less_motion(opened, whole):
    page = opened(whole, query="?present=1", reduced_motion="reduce")
    page.keyboard.press("ArrowRight")
    assert page.locator("#item-1 .spoken").count() == 0
    assert page.locator("[data-do=replay]").is_visible()


@pytest.mark.parametrize("query", ["", "?present=1"])
def test_axe_finds_nothing(opened, whole, query):
    page = opened(whole, query=query, color_scheme="light", reduced_motion="reduce")
    if not query:
        drawn(page)
        page.locator("[data-do=unfold]").click()
    else:
        page.keyboard.press("ArrowRight")
    assert judged(page) == []
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    until(page, "matchMedia('(prefers-color-scheme: dark)').matches")
    assert judged(page, of=COLOURS) == []
