"""What the site shows of the repository besides `docs/`: its README as the first page, and what the
pages of `docs/` link to outside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
# Shown as pages of the navigation; what else is linked to comes along.
PAGES = ("BENCHMARKS.md", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md")
_OUT = re.compile(r"\]\(\.\./([^)#]+)((?:#[^)]*)?)\)")
_FRONT = re.compile(r"\A---\n.*?\n---\n+", re.S)


def on_files(files: Files, config: Any) -> Files:
    """Add them."""
    linked = {
        target
        for page in Path(config.docs_dir).glob("*.md")
        for target, _anchor in _OUT.findall(page.read_text(encoding="utf-8"))
    }
    top = set(PAGES) | linked | _out_of("README.md", *PAGES)
    for name in sorted(one for one in top if (ROOT / one).is_file() and one != "README.md"):
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    readme = _FRONT.sub("", (ROOT / "README.md").read_text(encoding="utf-8"))
    files.append(File.generated(config, "index.md", content=readme))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links, from where the page stands on the site."""
    del config, files
    source = page.file.src_uri
    if source == "index.md" or source in PAGES:
        return re.sub(r"\]\((?:docs/|README\.md)", _from_top, markdown)
    depth = source.count("/")
    if depth:  # a file of the package, shown as it is
        return re.sub(r"\]\((?!https?:)[^)]*\)", "](#)", markdown)
    return _OUT.sub(r"](\1\2)", markdown)


def _from_top(found: re.Match[str]) -> str:
    return "](index.md" if "README" in found[0] else "]("


def _out_of(*names: str) -> set[str]:
    """What these pages link to outside of `docs/`."""
    link = re.compile(r"\]\((?!https?:|#|docs/)([^)#]+)(?:#[^)]*)?\)")
    return {
        target
        for name in names
        for target in link.findall((ROOT / name).read_text(encoding="utf-8"))
    }
