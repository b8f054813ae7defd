"""Notes of the report's author: Markdown that can link and stress, and load or run nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fairviz.i18n import _
from fairviz.report.html.markup import escaped

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_LINKS = ("http", "https", "mailto")
_PICTURES = ("data:image/png;", "data:image/jpeg;", "data:image/gif;", "data:image/webp;")


def note(markdown: str) -> str:
    """The note as HTML. HTML in it is shown as typed; pictures that the note does not hold itself
    are named and not fetched; only links to http, https and mailto are links."""
    return str(_reader().render(markdown)) if markdown.strip() else ""


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    reader.validateLink = _allowed  # type: ignore[method-assign]
    reader.add_render_rule("image", _image)
    reader.add_render_rule("link_open", _link)
    for name in ("heading_open", "heading_close"):
        reader.add_render_rule(name, _heading)
    reader.add_render_rule("text", _text)
    return reader


def _allowed(url: str) -> bool:
    if url.strip().lower().startswith(_PICTURES):
        return True
    try:
        return urlsplit(url.strip()).scheme.lower() in _LINKS
    except ValueError:
        return False


def _text(
    rules: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]
) -> str:
    return escaped(tokens[place].content)


def _link(
    rules: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]
) -> str:
    url = str(tokens[place].attrGet("href") or "")
    if url.lower().startswith("data:"):
        return "<a>"
    return f'<a href="{escaped(url)}" rel="noopener noreferrer">'


def _image(
    rules: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]
) -> str:
    url, alt = str(tokens[place].attrGet("src") or ""), tokens[place].content
    if url.lower().startswith(_PICTURES):
        return f'<img src="{escaped(url)}" alt="{escaped(alt)}">'
    said = _("[picture not loaded: {alt}, {url}]", alt=alt or "–", url=url)
    return f'<span class="unloaded">{escaped(said)}</span>'


def _heading(
    rules: Any, tokens: Sequence[Token], place: int, options: Any, env: Mapping[str, Any]
) -> str:
    """Headings of a note stand below that of its item."""
    level = min(int(tokens[place].tag[1]) + 2, 6)
    return f"<h{level}>" if tokens[place].nesting == 1 else f"</h{level}>\n"
