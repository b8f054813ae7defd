"""The documents: generated parts as their registries have them, links that lead somewhere."""

import re
import sys
from pathlib import Path

import pytest

from fairviz.compression.registry import METHODS
from fairviz.probes.registry import PROBES

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from docs import generate  # noqa: E402 (the repository's own, not installed)

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(#[^)\s]*)?\)")


def anchors(page):
    """What a heading is called in a link, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_generated_part_is_what_its_registry_says():
    for page in generate.DOCS.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert generate.written(text) == text, f"{page.name} is behind: make docs"
    assert set(re.findall(r"<!-- (\w+): ", "".join(p.read_text("utf-8") for p in PAGES))) == set(
        generate.PARTS
    )


def test_the_generated_parts_name_every_method_and_probe():
    rows = generate.methods()
    for method in METHODS.values():
        assert method.name == "none" or (f"`{method.name}" in rows and method.paper in rows)
    assert re.findall(r"^### `(\w+)`", generate.probes(), re.MULTILINE) == list(PROBES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target, anchor in LINK.findall(page.read_text(encoding="utf-8")):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), target
        if anchor and path.suffix == ".md":
            assert anchor[1:] in anchors(path), f"{target}{anchor}"


def test_every_page_of_docs_is_reached_from_the_readme():
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        ahead += [
            (page.parent / target).resolve()
            for target, _ in LINK.findall(page.read_text(encoding="utf-8"))
            if target
        ]
    assert set((ROOT / "docs").glob("*.md")) <= reached


def test_the_readme_is_a_front_door():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150
