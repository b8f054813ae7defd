"""The page as a person meets it, in a headless Chromium. Screenshots land in artifacts/."""

import json
import os
from pathlib import Path

import pytest
from comparisons import comparison
from in_browser import PATIENCE, SHOTS, darken, measured, settled, watched, whole

from fairviz.analyses.store import Store
from fairviz.models.catalog import BUNDLED

pytestmark = pytest.mark.browser

# More of them take minutes: FAIRVIZ_READERS=30 was asked for by hand.
READERS = int(os.environ.get("FAIRVIZ_READERS", "4"))


def ask(page, prompt=None, press=True):
    page.locator(".st-key-prompt textarea").wait_for()
    if prompt is not None:
        page.locator(".st-key-prompt textarea").fill(prompt)
    if press:
        page.locator(".st-key-compare button").click()


def pane(page, side):
    return page.get_by_test_id(f"fv-pane-{side}")


def finished(page):
    measured(page)
    page.locator(".st-key-along_text .js-plotly-plot").wait_for()
    page.locator('[data-testid="fv-pane-baseline"][data-live="no"]').wait_for()


# Keeps, frame by frame, how many tokens each pane shows: a look from outside may miss all of it.
GROWTH = """
() => {
  window.growth = { baseline: new Set(), compressed: new Set() };
  const deep = (root) => [...root.querySelectorAll("*")]
    .flatMap((one) => [one, ...(one.shadowRoot ? deep(one.shadowRoot) : [])]);
  const look = () => {
    const all = deep(document.body);
    for (const side of ["baseline", "compressed"]) {
      const pane = all.find((one) => one.dataset.testid === `fv-pane-${side}`);
      if (pane) window.growth[side].add(pane.querySelectorAll(".fv-chip").length);
    }
    requestAnimationFrame(look);
  };
  look();
}
"""


def test_il_etait_une_fois(visit, tmp_path):
    page = visit()
    ask(page, press=False)
    page.screenshot(path=SHOTS / "first-screen.png")
    page.evaluate(GROWTH)
    ask(page, "Il était une fois")
    finished(page)
    # Both panes grew while it streamed: more than nothing and the end was seen.
    for side in ("baseline", "compressed"):
        counts = page.evaluate(f"[...window.growth.{side}]")
        assert len(set(counts) - {0}) >= 3, counts
    page.get_by_test_id("fv-divergence-card").wait_for()
    assert page.locator(".st-key-uncertainty .js-plotly-plot").count() == 1
    words = pane(page, "baseline").locator(".fv-text").inner_text()
    assert words.startswith("Il était une fois") and "·" not in words  # they flow as words
    page.set_viewport_size({"width": 1280, "height": 1000})
    page.screenshot(path=SHOTS / "compare.png")
    whole(page, "compare-1280-light")
    with page.expect_download() as download:
        page.locator(".st-key-download_json button").click()
    download.value.save_as(tmp_path / "run.json")
    document = json.loads((tmp_path / "run.json").read_text())
    texts = document["texts"]
    assert texts["baseline"] != texts["compressed"]
    for side in ("baseline", "compressed"):
        shown = (
            pane(page, side)
            .locator(".fv-list")
            .evaluate(
                "list => [...list.querySelectorAll('.fv-chip')].map(c => c.dataset.token).join('')"
            )
        )
        assert shown == texts[side]
    with page.expect_download() as download:
        page.locator(".st-key-download_csv button").click()
    download.value.save_as(tmp_path / "run.csv")
    assert len((tmp_path / "run.csv").read_text().splitlines()) > 60

    # The link restores the view without a model, on a phone and in the dark too.
    link = page.url.split("/", 3)[3]
    assert "run=" in link
    other = visit(f"/{link}", width=390)
    settled(other, ".st-key-along_text .js-plotly-plot")
    assert "No model was run" in other.locator("body").inner_text()
    sideways = other.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert sideways <= 0
    whole(other, "compare-390-light")
    darken(other)
    other.screenshot(path=SHOTS / "compare-390-dark.png")


def test_tokens_by_keyboard_and_no_request_leaves_this_machine(chromium, server):
    context = chromium.new_context()
    page = watched(context.new_page())
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server}/Compare")
    ask(page, "Once upon a time", press=False)
    page.locator(".st-key-prompt textarea").press("Control+Enter")
    finished(page)
    first = pane(page, "baseline").locator(".fv-chip").first
    first.focus()
    tip = pane(page, "baseline").locator(".fv-tip")
    tip.wait_for(state="visible")
    assert "entropy" in tip.inner_text().lower() and "%" in tip.inner_text()
    before = tip.inner_text()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "([tip, before]) => tip.innerText !== before", arg=[tip.element_handle(), before]
    )
    page.screenshot(path=SHOTS / "token-tip.png")
    page.keyboard.press("Escape")
    tip.wait_for(state="hidden")
    page.keyboard.press("Enter")
    page.get_by_test_id("fv-token-card").wait_for()
    assert "token=" in page.url
    context.close()
    here = (server, server.replace("http", "ws"), "data:", "blob:")
    assert len(asked) > 10
    assert [url for url in asked if not url.startswith(here)] == []


# Frame by frame: what the legend ends at, the scales that chips are painted in, how many there are.
SCALES = """
() => {
  window.scales = [];
  let row = null;
  const look = () => {
    if (!row?.isConnected)
      row = [...document.querySelectorAll("*")].map((one) => one.shadowRoot)
        .find((root) => root?.querySelector(".fv-legend"))?.querySelector(".fv-legend");
    if (row?.isConnected) {
      const chips = [...row.getRootNode().querySelectorAll(".fv-chip")];
      const end = row.querySelector(".fv-ramp + span").textContent;
      const painted = [...new Set(chips.map((one) => Number(one.dataset.limit)))];
      window.scales.push([Number(end), painted, chips.length]);
    }
    requestAnimationFrame(look);
  };
  look();
}
"""


def test_a_slow_stream_has_its_legend_and_nothing_of_the_last_run_and_stops(
    visit, browser_cache, endless
):
    Store(browser_cache).save("comparison", "before", comparison())
    slow = f"/Compare?max_new_tokens=500&baseline={endless}&compressed={endless}%2Bnf4"
    page = visit(f"{slow}&run=before")
    page.locator(".st-key-along_text .js-plotly-plot").wait_for()
    page.evaluate(SCALES)
    ask(page, "Il était une fois dans la forêt")
    page.get_by_test_id("fv-stages").wait_for()  # what is loaded is listed
    page.locator(".fv-finding").wait_for(state="detached")
    page.locator(".js-plotly-plot").first.wait_for(state="detached")
    pane(page, "baseline").locator(".fv-chip").nth(8).wait_for()
    scales = page.evaluate("window.scales")
    streamed = [(end, painted) for end, painted, chips in scales if chips]
    assert all(painted == [end] for end, painted in streamed)
    assert len({chips for _end, _painted, chips in scales}) > 4
    page.locator(".st-key-stop button").first.click()
    page.get_by_text("Stopped after").wait_for()
    written = pane(page, "baseline").locator(".fv-chip").count()
    assert 3 <= written < 500


def test_a_users_error_is_advice_and_the_page_lives(visit):
    page = visit("/Compare?baseline=no%2Fsuch-model")
    ask(page)
    page.get_by_text("not in the local cache").first.wait_for()
    assert "Traceback" not in page.locator("body").inner_text()
    assert page.locator(".st-key-compare button").is_enabled()


NASTY = (
    '<img src=x onerror="window.pwned=1">',
    "</script><script>window.pwned=1</script>",
    "[a](javascript:window.pwned=1)",
    "**bold** `code`",
    " $x^2$ :red[r]",
)


@pytest.fixture(scope="module")
def nasty_models(checkpoints, tmp_path_factory):
    """Two models that write markup: the head of each favours tokens that are payloads."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folders = []
    for number, weights in enumerate(([3, 3, 3, 3, 3], [1, 3, 2, 3, 3])):
        tokenizer = AutoTokenizer.from_pretrained(checkpoints["gpt2"])
        tokenizer.add_tokens(list(NASTY))
        model = AutoModelForCausalLM.from_pretrained(checkpoints["gpt2"])
        model.resize_token_embeddings(len(tokenizer), mean_resizing=False)
        with torch.no_grad():
            model.transformer.ln_f.weight.zero_()
            model.transformer.ln_f.bias.fill_(0.5)
            model.transformer.wte.weight.zero_()
            for place, weight in enumerate(weights):
                model.transformer.wte.weight[-len(NASTY) + place] = weight / 8
        folder = tmp_path_factory.mktemp("nasty") / f"<b>{number}"
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        folders.append(folder)
    return folders


def test_markup_in_prompt_and_output_shows_as_typed(visit, nasty_models):
    from urllib.parse import urlencode

    left, right = nasty_models
    asked = {
        "baseline": left, "compressed": right, "temperature": 1.0, "seed": 1, "max_new_tokens": 24,
    }  # fmt: skip
    page = visit(f"/Compare?{urlencode(asked)}")
    prompt = "".join(NASTY)
    ask(page, prompt)
    finished(page)
    page.get_by_test_id("fv-divergence-card").wait_for()
    text = (
        pane(page, "baseline")
        .locator(".fv-list")
        .evaluate(
            "list => [...list.querySelectorAll('.fv-chip')].map(c => c.dataset.token).join('')"
        )
    )
    assert all(payload.strip() in text for payload in NASTY)
    assert pane(page, "baseline").locator(".fv-prompt").inner_text().strip() == prompt
    body = page.locator("body").inner_text()
    assert "onerror" in body and "$x^2$" in body
    pane(page, "baseline").locator(".fv-chip").first.hover()
    page.screenshot(path=SHOTS / "markup.png")
    pane(page, "baseline").locator(".fv-chip").first.click()
    page.get_by_test_id("fv-token-card").wait_for()
    page.locator(".st-key-along_text .nsewdrag").first.hover()
    settled(page)
    whole(page, "markup-whole")
    assert page.evaluate("window.pwned") is None
    assert page.locator("img[src='x'], .katex, a[href^='javascript']").count() == 0
    overview = visit("/")
    overview.get_by_text("onerror").first.wait_for()
    assert overview.evaluate("window.pwned") is None


@pytest.fixture(scope="module")
def endless(checkpoints, tmp_path_factory):
    """A model that is slow enough to leave in the middle of, and never ends by itself."""
    from transformers import AutoTokenizer, BloomConfig, BloomForCausalLM

    folder = tmp_path_factory.mktemp("endless")
    tokenizer = AutoTokenizer.from_pretrained(checkpoints["bloom"])
    config = BloomConfig(
        vocab_size=len(tokenizer), hidden_size=512, n_layer=8, n_head=8, eos_token_id=None
    )
    BloomForCausalLM(config).save_pretrained(folder)
    tokenizer.eos_token = None
    tokenizer.save_pretrained(folder)
    return folder


def test_many_readers_at_once(visit, browser_cache, endless):
    """All get their own answer; who closes the tab frees the device for the others; and whoever
    names a model that is not there is told so before its turn."""
    prompts = [f"Il était une fois {number} " for number in range(READERS)]
    pages = [visit("/Compare?max_new_tokens=20") for _ in prompts]
    for page, prompt in zip(pages, prompts, strict=True):
        ask(page, prompt, press=False)
    wrong = visit("/Compare?baseline=%2Fno%2Fsuch&compressed=%2Fno%2Fsuch%2Bint8")
    settled(wrong, ".st-key-compare button")
    leaver = visit(f"/Compare?max_new_tokens=500&baseline={endless}&compressed={endless}%2Bnf4")
    ask(leaver, "The one who leaves")
    pane(leaver, "baseline").locator(".fv-chip").first.wait_for()
    for page in pages:
        page.locator(".st-key-compare button").click(no_wait_after=True)
    pages[-1].get_by_text("before you").first.wait_for()  # they queue and are told so
    ask(wrong)
    wrong.get_by_role("alert").get_by_text("/no/such").first.wait_for()
    # The others still wait: it was not told in its turn. How soon is measured by bench/pages.py.
    assert pages[-1].get_by_text("before you").count() >= 1
    pane(leaver, "baseline").locator(".fv-chip").first.wait_for()
    written = pane(leaver, "baseline").locator(".fv-chip").count()
    assert 1 <= written < 500  # it computes all the time
    leaver.context.close()
    for page, prompt in zip(pages, prompts, strict=True):
        finished(page)
        for side in ("baseline", "compressed"):
            assert pane(page, side).locator(".fv-prompt").inner_text().strip() == prompt.strip()
            assert 1 <= pane(page, side).locator(".fv-chip").count() <= 20
    asked = [run.request.prompt for run in Store(browser_cache).recent("comparison", 100)]
    assert set(map(str.strip, prompts)) <= set(map(str.strip, asked))
    assert "The one who leaves" not in asked  # it was not computed to its end


def test_a_pasted_text_is_coloured_word_by_word_and_taken_along(visit, tmp_path):
    page = visit("/Token_shift")
    box = page.locator(".st-key-text_0 textarea")
    box.wait_for(timeout=PATIENCE)
    settled(page)
    text = "Il était une fois <b>deux</b> bergères qui vivaient au bord de la mer."
    box.fill(text)
    page.get_by_role("button", name="Read", exact=True).click()
    measured(page)
    pane = page.get_by_test_id("fv-pane-text_0")
    page.locator(".js-plotly-plot").nth(1).wait_for(timeout=PATIENCE)
    chips = pane.locator(".fv-chip")
    tokens = chips.count()
    assert "une fois <b>deux</b> bergères" in pane.inner_text()
    page.locator(".st-key-view button").first.click()
    page.locator(".st-key-unit").get_by_text("Words", exact=True).click()
    chips.nth(tokens - 1).wait_for(state="detached", timeout=PATIENCE)
    assert chips.count() > 10
    assert "unit=word" in page.url
    page.keyboard.press("Escape")
    chips.nth(2).click()
    page.get_by_test_id("fv-token-card").wait_for(timeout=PATIENCE)
    settled(page)
    with page.expect_download() as taken:
        page.get_by_role("button", name="JSON: everything measured").click()
    document = json.loads(Path(taken.value.path()).read_text(encoding="utf-8"))
    (trace,) = document["traces"]
    assert "".join(document["contexts"][0]) + "".join(trace["tokens"]) == text
    page.screenshot(path=SHOTS / "token-shift.png", full_page=True)


def test_the_bank_is_measured_and_leads_to_compare(visit):
    page = visit("/Uncertain_prompts?of_theme=tales")
    run = page.get_by_role("button", name="Run on 26 prompts")
    run.wait_for(timeout=PATIENCE)
    page.locator(".js-plotly-plot").first.wait_for(timeout=PATIENCE)
    settled(page)
    run.click()
    # Nothing of the example stands, greyed, under the run.
    page.wait_for_function("!document.querySelector('.js-plotly-plot')")
    measured(page)
    page.get_by_test_id("fv-numbers").first.wait_for(timeout=PATIENCE)
    page.locator(".js-plotly-plot").nth(3).wait_for(timeout=PATIENCE)
    settled(page)
    assert page.get_by_text("rank correlation").first.is_visible()
    page.screenshot(path=SHOTS / "uncertain-prompts.png", full_page=True)
    with page.expect_download() as taken:
        page.get_by_role("button", name="CSV: one row each").click()
    assert Path(taken.value.path()).read_text(encoding="utf-8").count("\n") == 27
    first = page.locator("a[href*='prompt=']").first
    first.click()
    page.locator(".st-key-prompt textarea").wait_for(timeout=PATIENCE)
    assert "/Compare?" in page.url
    assert page.locator(".st-key-prompt textarea").input_value()


def test_a_long_run_stops_and_goes_on(visit, tmp_path):
    lines = ["text"] + [
        f"Il était une fois {number} bergères qui vivaient" for number in range(20_000)
    ]
    lines[5000] = "a,b"
    file = tmp_path / "many.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    page = visit("/Uncertain_prompts?set=own")
    page.locator("input[type=file]").first.set_input_files(file)
    run = page.get_by_role("button", name="Run on 19,999 prompts")
    run.wait_for(timeout=PATIENCE)
    settled(page)
    assert page.get_by_text("1 left out").first.is_visible()
    run.click()
    page.get_by_text(" s left").first.wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped. What is measured is kept").wait_for(timeout=PATIENCE)
    run.click()
    page.get_by_text("from an earlier start").first.wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped. What is measured is kept").wait_for(timeout=PATIENCE)


def test_the_bundled_models_are_there():
    assert all((folder / "model.safetensors").is_file() for folder in BUNDLED.values())


TABLES = "/Bias_tables?dimension=representation&benchmark=bbq&metric=acc_disambiguated"


def points(page):
    """How many signs the overview draws."""
    return page.locator(".st-key-overview .js-plotly-plot .points path").count()


def test_the_tables_answer_a_filter_and_explain_a_flag(visit):
    page = visit(f"{TABLES}&view=overview&flagged=all")
    page.locator(".st-key-overview .js-plotly-plot .points").first.wait_for(state="attached")
    everything = points(page)
    assert everything > 140
    page.get_by_text("Which models").click()
    page.locator(".st-key-method").get_by_text("AWQ", exact=True).click()
    page.wait_for_function(
        "() => document.querySelectorAll('.st-key-overview .js-plotly-plot .points path').length"
        " === 5"
    )
    assert "method=awq" in page.url
    assert "benchmark=bbq" not in page.url  # the default of its dimension
    assert "dimension=representation" in page.url
    # The flag is told below the picture, and on the sign itself.
    page.locator(".st-key-flags").get_by_text("From another set of questions").wait_for()
    hovers = page.evaluate(
        "() => [...document.querySelectorAll('.st-key-overview .js-plotly-plot')]"
        ".flatMap(plot => plot.data).flatMap(trace => trace.customdata).map(String)"
    )
    assert any("it was computed on other" in one.replace("<br>", " ") for one in hovers)
    page.locator(".st-key-overview .js-plotly-plot .points path").last.hover(force=True)
    page.locator(".st-key-overview .hoverlayer .hovertext").first.wait_for()


def test_the_statements_lead_to_their_view(visit):
    page = visit("/Bias_tables")
    statements = page.get_by_text("What is said of these figures")
    statements.wait_for()
    settled(page)
    statements.click()
    settled(page)  # what opens is drawn anew, and a click before that is lost
    page.locator(".st-key-see_dialect button").click()
    page.locator(".st-key-curves_0 .js-plotly-plot").wait_for()
    page.get_by_text("Ratio and gap can disagree").first.wait_for()


def test_a_probe_runs_stops_and_leads_to_compare(visit):
    page = visit("/Bias_probes?minimal_pairs_language=fr")
    run = page.locator(".st-key-run button")
    run.wait_for(timeout=PATIENCE)
    settled(page)
    run.click()
    measured(page)
    page.locator(".st-key-said").wait_for(timeout=PATIENCE)
    page.locator(".st-key-probe_difference .js-plotly-plot").wait_for(timeout=PATIENCE)
    settled(page)
    assert "outcome=" in page.url
    body = page.locator("body").inner_text()
    assert "Content note" in body
    assert page.locator("a[href*='prompt=']").count() == 0  # folded away until asked for
    whole(page, "bias-probes")
    again = visit(page.url[page.url.index("/Bias_probes") :])
    again.get_by_text("Answered from the store").wait_for(timeout=PATIENCE)
    settled(again)
    again.locator(".st-key-show_items label").first.click()
    again.locator("a[href*='prompt=']").first.click()
    again.locator(".st-key-prompt textarea").wait_for(timeout=PATIENCE)
    assert "/Compare?" in again.url
    assert again.locator(".st-key-prompt textarea").input_value()


def test_many_samples_are_seen_while_they_are_written_and_can_be_stopped(visit):
    page = visit("/Bias_probes?probe=samples&samples_preset=bank&samples_samples=200")
    run = page.locator(".st-key-run button")
    run.wait_for(timeout=PATIENCE)
    settled(page)
    run.click()
    page.get_by_text(" s left").first.wait_for(timeout=PATIENCE)
    page.get_by_test_id("stHtml").get_by_text("Just finished").wait_for(timeout=PATIENCE)
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped. Nothing was changed").wait_for(timeout=PATIENCE)
    settled(page)
    assert run.is_enabled()
    assert "outcome=" not in page.url


def test_a_model_is_made_measured_and_opened_in_compare(visit):
    page = visit("/Methods?method=magnitude&setting=magnitude:0.5")
    button = page.get_by_role("button", name="Make demo+magnitude:0.5")
    button.wait_for()
    settled(page)
    button.click()
    page.locator(".st-key-tradeoff .js-plotly-plot").wait_for()
    page.get_by_text("1 made,").wait_for()
    settled(page)
    page.screenshot(path=SHOTS / "methods.png", full_page=True)
    page.locator("a[href*='compressed=demo']").first.click()
    page.locator(".st-key-prompt textarea").wait_for()
    assert "compressed=demo%2Bmagnitude" in page.url


def test_a_widget_that_is_drawn_late_shows_what_the_link_says(chromium, server):
    context = chromium.new_context(locale="en-US")  # its files are not there yet
    page, held = context.new_page(), []
    page.route("**/static/js/Selectbox*.js", lambda route: held.append(route))
    page.goto(f"{server}/Compare?baseline=demo%2Bint8&compressed=demo%2Bfp4&max_new_tokens=3")
    ask(page, "Once upon")
    page.locator(".st-key-along_text .js-plotly-plot").wait_for(timeout=60_000)
    for route in held:
        route.continue_()
    for key, name in (("baseline", "demo+int8"), ("compressed", "demo+fp4")):
        box = page.locator(f".st-key-{key} input").first
        box.wait_for()
        assert box.input_value() == name
    assert held
    context.close()
