"""Notes of the report's author: Markdown that can link and stress, and load or run nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fairviz.core.templates import writable
from fairviz.i18n import _

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token
    from markupsafe import Markup

_LINKS = ("http", "https", "mailto")
_PICTURES = ("data:image/png;", "data:image/jpeg;", "data:image/gif;", "data:image/webp;")


def note(markdown: str) -> Markup:
    """The note as HTML. HTML in it is shown as typed; pictures that the note does not hold itself
    are named and not fetched; only links to http, https and mailto are links."""
    from markupsafe import Markup

    text = writable(markdown)
    return Markup(_reader().render(text) if text.strip() else "")


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    reader.validateLink = _allowed  # type: ignore[method-assign]
    reader.core.ruler.push("tamed", _tamed)
    reader.add_render_rule("image", _image)
    return reader


def _allowed(url: str) -> bool:
    if url.strip().lower().startswith(_PICTURES):
        return True
    try:
        return urlsplit(url.strip()).scheme.lower() in _LINKS
    except ValueError:
        return False


def _tamed(state: StateCore) -> None:
    """Headings stand below that of the item; a link tells nobody where it was, and leads to no
    picture."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
        for child in token.children or ():
            if child.type == "link_open":
                if str(child.attrGet("href") or "").lower().startswith("data:"):
                    child.attrs = {}
                else:
                    child.attrSet("rel", "noopener noreferrer")


def _image(
    rules: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]
) -> str:
    from markupsafe import Markup

    url, alt = str(tokens[place].attrGet("src") or ""), tokens[place].content
    if url.lower().startswith(_PICTURES):
        return Markup('<img src="{}" alt="{}">').format(url, alt)
    said = _("[picture not loaded: {alt}, {url}]", alt=alt or "–", url=url)
    return Markup('<span class="unloaded">{}</span>').format(said)
