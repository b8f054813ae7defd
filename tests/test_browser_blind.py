"""What a reviewer's browser is sent before the end: nothing that tells which model wrote what."""

from dataclasses import replace

import pytest
from in_browser import PATIENCE, settled, watched
from reviews import items

from fairviz.analyses.review.reviews import Reviews

pytestmark = pytest.mark.browser
NAMES = ("okapi-large", "okapi-small")


def test_no_message_names_a_model_before_the_end(chromium, server, browser_cache):
    told = {"source": {"kind": "comparison", "key": "feedfacecafe"}, "provenance": {"dtype": "fp7"}}
    pairs = [
        replace(
            item, baseline=NAMES[0], compressed=NAMES[1], **told, texts=("one", f"two {item.id}")
        )
        for item in items(3)
    ]
    reviews = Reviews(browser_cache)
    review = reviews.make("Frames", pairs)
    context = chromium.new_context()
    page = watched(context.new_page())
    seen, asked = [], []

    def listen(socket):
        for way in ("framereceived", "framesent"):
            socket.on(way, lambda one: seen.append(one if isinstance(one, bytes) else one.encode()))

    page.on("websocket", listen)
    page.on("request", lambda one: asked.append(one.url))
    page.goto(f"{server}/Blind_review?review=frames", timeout=PATIENCE)
    page.locator(".st-key-reviewer_name input").fill("Ida")
    page.locator(".st-key-begin button, .st-key-FormSubmitter-who-begin button").first.click()
    for number in (1, 2, 3):
        page.get_by_test_id("stProgress").get_by_text(f"Pair {number} of 3", exact=True).wait_for()
        settled(page)
        for key in ("1", "5", "9", "u", "a"):
            page.keyboard.press(key)
        page.locator(f"[class*='st-key-worse_{number - 1}'] [aria-checked=true]").wait_for()
        settled(page)
        if number < 3:
            page.keyboard.press("Enter")
    settled(page)
    sent = b"\n".join(seen)
    assert b"Frames" in sent and b"two 1" in sent  # the texts do come this way
    hidden = [*(name.encode() for name in NAMES), b"okapi", b"feedfacecafe", b"fp7", b"compressed"]
    hidden += [review.seed.encode(), b'"baseline"']
    assert [word for word in hidden if word in sent] == []
    page_text = (page.content() + " ".join(asked) + page.url).encode()
    assert [word for word in hidden[:5] + hidden[6:7] if word in page_text] == []

    seen.clear()
    page.keyboard.press("e")
    page.get_by_text("Result of “Frames”").wait_for(timeout=PATIENCE)
    settled(page)
    assert b"okapi" in b"\n".join(seen)  # else this test could see nothing
    context.close()
