"""A blind review by keyboard alone, in a headless Chromium."""

import csv
import re
import time

import pytest
from in_access import COLOURS, faults, judged
from in_browser import PATIENCE, SHOTS, darken, settled, whole
from reviews import answer, items

from fairviz.analyses.review.request import order
from fairviz.analyses.review.reviews import Reviews

pytestmark = pytest.mark.browser


def place(page, number, of):
    page.get_by_test_id("stProgress").get_by_text(f"Pair {number} of {of}", exact=True).wait_for()
    settled(page)


def chosen(page, field, word):
    """Wait until this answer of a question is the pressed one."""
    button = page.locator(f"[class*='st-key-{field}'] [aria-checked=true]")
    button.filter(has_text=re.compile(f"^{word}")).wait_for()


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def kept(reviews, name, who, n):
    """Wait until `n` items are answered whole."""
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        review = reviews.load(name)
        done = sum(review.done(log) for log in review.logs if log.reviewer == who)
        if done == n:
            return
        assert time.monotonic() < deadline, f"{done} of {n} answered: {review.logs}"
        time.sleep(0.1)


def test_a_review_by_keyboard_alone(visit, browser_cache, tmp_path):
    reviews = Reviews(browser_cache)
    review = reviews.make("Keyboard", items(3))
    mine = order(review, "Ana B.")
    page = visit("/Blind_review?review=keyboard")
    field = page.locator(".st-key-reviewer_name input")
    field.wait_for()
    settled(page)
    field.focus()
    page.keyboard.type("Ana B.")  # none of these letters is an answer while they are typed
    page.keyboard.press("Enter")

    place(page, 1, 3)
    assert "reviewer=Ana" in page.url
    press(page, "1", "5", "9", "u", "a")
    kept(reviews, "keyboard", "Ana B.", 1)
    settled(page)
    chosen(page, "coherent_a_0", "yes")
    chosen(page, "biased_b_0", "yes")
    towards = page.get_by_label("Towards or against whom is B biased?")
    towards.focus()
    page.keyboard.type("nab 123")
    page.keyboard.press("Enter")
    settled(page)
    page.keyboard.press("Escape")
    press(page, "m")
    page.keyboard.type("bon")
    page.keyboard.press("Enter")
    settled(page)
    page.keyboard.press("Escape")
    # Typing has answered nothing, and what was typed is kept.
    (log,) = reviews.load("keyboard").logs
    first = log.answers[mine[0].item.id]
    assert first.given["towards_b"] == "nab 123" and first.given["remark"] == "bon"
    assert (first.worse, first.given["coherent_a"]) == (mine[0].first, "yes")
    for words in ("nf4", "ompressed", "aseline", "0000000000000001"):
        assert words not in page.content() and words not in page.url
    press(page, "Enter")
    place(page, 2, 3)
    press(page, "2", "6", "7", "i", "n")
    kept(reviews, "keyboard", "Ana B.", 2)

    # She stops, and comes back in another browser by the same name.
    page.close()
    page = visit("/Blind_review?review=keyboard", width=390)
    field = page.locator(".st-key-reviewer_name input")
    field.wait_for()
    settled(page)
    field.focus()
    page.keyboard.type("Ana B.")
    page.keyboard.press("Enter")
    place(page, 3, 3)
    a, b = (page.get_by_test_id(f"fv-review-{side}").bounding_box() for side in "AB")
    assert b["y"] > a["y"] + a["height"]
    sideways = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert sideways <= 0
    press(page, "ArrowLeft")
    place(page, 2, 3)
    chosen(page, "worse_1", "no difference")
    press(page, "b")
    kept(reviews, "keyboard", "Ana B.", 2)
    settled(page)
    chosen(page, "worse_1", "B is worse")
    assert page.get_by_text("Result of", exact=False).count() == 0
    press(page, "ArrowRight")
    place(page, 3, 3)
    press(page, "3", "4", "8", "o", "b")
    kept(reviews, "keyboard", "Ana B.", 3)
    page.locator(".st-key-finish button:enabled").last.wait_for()
    whole(page, "review-390-light")
    settled(page)
    press(page, "e")
    page.get_by_text("Result of “Keyboard”").wait_for()
    settled(page)
    assert "demo+nf4" in page.locator("body").inner_text()

    review = reviews.load("keyboard")
    (log,) = review.logs
    assert log.finished and review.done(log) == 3
    second, other = mine[1], {"baseline": "compressed", "compressed": "baseline"}
    assert log.answers[second.item.id].worse == other[second.first]
    with page.expect_download() as download:
        page.locator(".st-key-download_history button").click()
    download.value.save_as(tmp_path / "history.csv")
    with (tmp_path / "history.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert sum(row["counts"] == "yes" for row in rows) == 3
    # five answers to each pair, a name, a remark, and one that was changed
    assert len(rows) == 3 * 5 + 3, rows


def test_keys_can_be_turned_off(visit, browser_cache):
    reviews = Reviews(browser_cache)
    reviews.make("Quiet", items(2))
    page = visit("/Blind_review?review=quiet&reviewer=Bo")
    place(page, 1, 2)
    page.get_by_text("Keys answer", exact=False).click()
    page.locator("[data-keys=off]").wait_for(state="attached")
    press(page, "1", "ArrowRight")
    settled(page)
    assert reviews.load("quiet").logs == ()
    place(page, 1, 2)
    page.get_by_text("Keys answer", exact=False).click()
    page.locator("[data-keys=on]").wait_for(state="attached")
    press(page, "ArrowRight")
    place(page, 2, 2)


def test_the_pages_of_a_sensitive_review_pass_axe(visit, browser_cache):
    reviews = Reviews(browser_cache)
    review = reviews.make("Seen", items(3, sensitive=True))
    said = {str(n): {"worse": "compressed"} for n in (1, 2, 3)}
    answer(reviews, review, "Ana", said)
    answer(reviews, review, "Bo", {**said, "2": {"worse": "baseline"}})
    reviews.finish(review, "Ana")
    for code, shot, part, there in (
        ("fr", "begun", "", ".st-key-reviewer_name input"),
        ("en", "pair", "&reviewer=Cleo", "[role=progressbar]"),
        ("fr", "result", "&reviewer=Ana", ".st-key-download_history"),
    ):
        page = visit(f"/Blind_review?review={review.name}{part}&lang={code}")
        page.locator(there).first.wait_for(state="attached")
        assert faults(page) == [], part
        page.screenshot(path=SHOTS / f"review-{shot}-1280-light.png")
        darken(page)
        assert judged(page, of=COLOURS) == [], part
        page.screenshot(path=SHOTS / f"review-{shot}-1280-dark.png")
        page.close()
