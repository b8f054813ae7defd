"""The pictures of docs/, drawn by the product: every page as it opens, on its stored examples.

    PYTHONPATH=. .venv/bin/python tests/pictures_of_docs.py [NAME ...]

`walk-null` asks for a run with null models, half a minute; the moving pictures are none of these.
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

import in_browser
from PIL import Image
from playwright.sync_api import Page, sync_playwright

TO = Path(__file__).parents[1] / "docs" / "screenshots"
# Name -> the page; a part of it by the words that it begins with, and its height.
PICTURES = {
    "compare": ("/Compare", None, 900),
    "compare-phone": ("/Compare", None, 844),
    "token-shift": ("/Token_shift", None, 900),
    "uncertain-prompts": ("/Uncertain_prompts", None, 900),
    "tables": ("/Bias_tables", None, 1150),
    "probes": ("/Bias_probes", None, 900),
    "methods": ("/Methods", None, 900),
    "report": ("/Report", None, 640),
    "blind-review": ("/Blind_review", None, 680),
    "present": ("/Compare?present=1", None, 720),
    "walk-tale": ("/Compare", "The texts part after", 280),
    "walk-null": ("/Uncertain_prompts?compressed=demo%2Bint8", "Is it compression?", 460),
    "walk-parts": ("/Parts", "What each part brings", 480),
    "walk-even": ("/Methods", "stands nearer to even", 740),
}


def drawn(page: Page, name: str) -> bytes:
    """One of them, as PNG."""
    path, words, height = PICTURES[name]
    page.goto(f"{page.context.base}{path}")
    in_browser.settled(page, "h1, .fv-finding")
    if name == "walk-null":
        page.get_by_text("What is measured").click()
        page.get_by_text("Is it compression?").click()
        in_browser.settled(page)
        page.locator(".st-key-run button").click()
        in_browser.measured(page)
    if words is None:
        return page.screenshot()
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": 1280, "height": int(tall) + 20})
    in_browser.settled(page)
    top = page.get_by_text(words).locator("visible=true").last.bounding_box()["y"]
    left = page.locator("[data-testid=stMainBlockContainer]").bounding_box()["x"] + 25
    return page.screenshot(clip={"x": left, "y": top - 12, "width": 1260 - left, "height": height})


def main(names: list[str]) -> None:
    """Draw them."""
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        (cache := Path(folder, "cache")).mkdir()
        browser = play.chromium.launch(executable_path=chromium, args=in_browser.LAUNCH)
        with in_browser.dashboard(cache, Path(folder, "log"), FAIRVIZ_WARM="0") as address:
            for name in names or PICTURES:
                phone, height = "phone" in name, PICTURES[name][2]
                context = browser.new_context(
                    viewport={"width": 390 if phone else 1280, "height": max(height, 640)},
                    locale="en",
                    color_scheme="light",
                    reduced_motion="reduce",
                )
                context.base = address
                png = drawn(in_browser.watched(context.new_page()), name)
                to = TO / f"{name}.webp"
                Image.open(io.BytesIO(png)).convert("RGB").save(to, quality=80, method=6)
                print(to.name, to.stat().st_size, flush=True)
                context.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
