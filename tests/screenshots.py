"""Pictures of every page, light and dark, in every language, on a desk and on a phone.

    PYTHONPATH=. .venv/bin/python tests/screenshots.py FOLDER [--cache CACHE] [--only NAME ...]

Pages that open on nothing of one's own are taken on an empty cache; those with a result on CACHE,
each kind's newest run, or on invented ones. Says how many words stand above the fold of each.
"""

import argparse
import os
import shutil
import tempfile
import time
from itertools import product
from pathlib import Path

import in_browser
import reports
import reviews
from in_sight import words
from playwright.sync_api import Page, sync_playwright

from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.review.reviews import Reviews
from fairviz.analyses.store import Store
from fairviz.i18n import LANGUAGES
from fairviz.report import runs
from fairviz.report.record import Part, Report
from fairviz.report.shelf import Reports
from fairviz.ui.links import PAGES

HEIGHT, TALLEST = 900, 4000


def opened() -> dict[str, str]:
    """Every page as it opens."""
    names = [page.path.removeprefix("pages/").removesuffix(".py") for page in PAGES]
    return {
        f"{place}-{name}": "/" if name == "app" else f"/{name.partition('_')[2]}"
        for place, name in enumerate(names)
    }


def filled(cache: Path) -> dict[str, str]:
    """A page of each kind with the newest run of it, its report and a review."""
    store, asked, parts = Store(cache), {}, []
    for kind in ("comparison", "reading", "audit", "probe"):
        for run in store.recent(kind, 1):
            analysis = ANALYSES[kind]
            page = analysis.page.partition("_")[2]
            asked[f"run-{kind}"] = f"/{page}?{analysis.parameter}={run.key}"
            parts.append(Part(kind, run.key, runs.title(kind, store.load(kind, run.key))))
    Reports(cache).save(Report("shots", "What compression changed", "en", tuple(parts)))
    if Reviews(cache).load("ten-pairs") is None:
        reviews.ten(Reviews(cache))
    return asked | {
        "tables-groups": "/Bias_tables?view=groups",
        "tables-spread": "/Bias_tables?view=spread",
        "report": "/Report?report=shots",
        "slide": "/Report?report=shots&present=1&slide=1",
        "presented": f"{asked['run-comparison']}&present=1",
        "review-enter": "/Blind_review?review=ten-pairs",
        "review-desk": "/Blind_review?review=ten-pairs&reviewer=Cleo",
        "review-result": "/Blind_review?review=ten-pairs&reviewer=Ana",
    }


def picture(page: Page, to: Path) -> None:
    """The whole page into a file."""
    tall = "document.querySelector('[data-testid=stMainBlockContainer]')?.scrollHeight ?? 900"
    height = max(HEIGHT, min(int(page.evaluate(tall)) + 60, TALLEST))
    page.set_viewport_size({**page.viewport_size, "height": height})
    in_browser.settled(page)
    page.screenshot(path=to)


def taken(browser, address: str, places: dict[str, str], folder: Path) -> None:
    """All of these places in every variant."""
    for (name, path), width, code in product(places.items(), (1280, 390), LANGUAGES):
        began = time.monotonic()
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHT},
            color_scheme="light",
            locale=code,
            reduced_motion="reduce",  # what plays stands there whole
        )
        page = in_browser.watched(context.new_page())
        try:
            page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={code}")
            in_browser.settled(page, "h1, [data-testid=stAlert]")
            seen = len(words(page))
            picture(page, folder / f"{name}-{width}-{code}-light.png")
            in_browser.darken(page)
            picture(page, folder / f"{name}-{width}-{code}-dark.png")
            took = time.monotonic() - began
            print(f"{name} {width} {code}: {seen} words, {took:.0f} s", flush=True)
        except Exception as error:
            print(name, width, code, "failed:", str(error).splitlines()[0], flush=True)
        context.close()


def main() -> None:
    """Take them all."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("folder", type=Path)
    asked.add_argument("--cache", type=Path)
    asked.add_argument("--only", nargs="*", default=())
    said = asked.parse_args()
    said.folder.mkdir(parents=True, exist_ok=True)
    names = ("chromium-headless-shell", "chromium", "chromium-browser")
    path = next(filter(None, map(shutil.which, names)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        empty, full = Path(folder, "empty"), Path(folder, "full")
        empty.mkdir()
        if said.cache:
            shutil.copytree(said.cache, full)
        else:
            full.mkdir()
            os.environ["FAIRVIZ_CACHE"] = str(full)
            reports.keep(full)
        browser = play.chromium.launch(executable_path=path, args=in_browser.LAUNCH)
        for cache, places in ((empty, opened()), (full, filled(full))):
            wanted = {
                name: place
                for name, place in places.items()
                if not said.only or any(part in name for part in said.only)
            }
            if wanted:
                with in_browser.dashboard(cache, Path(folder, "log"), FAIRVIZ_WARM="0") as at:
                    taken(browser, at, wanted, said.folder)
        browser.close()


if __name__ == "__main__":
    main()
