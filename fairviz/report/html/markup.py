"""Words of anybody as HTML that is nothing but those words."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any

# Half characters cannot be written as UTF-8, and control characters are not HTML.
_UNWRITABLE = re.compile("[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def escaped(text: object) -> str:
    """The text as it was typed, in an element or in a quoted attribute."""
    return html.escape(_UNWRITABLE.sub("\ufffd", str(text)))


def embedded(value: Any) -> str:
    """A JSON value that can stand in a script element: it holds no `<`, so nothing ends it."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def listed(lines: Iterable[str], name: str = "") -> str:
    """Sentences one below the other; nothing where there are none."""
    found = "".join(f"<li>{escaped(line)}</li>" for line in lines)
    return f'<ul class="{name}">{found}</ul>' if found else ""


def pairs(rows: Iterable[tuple[str, str]], veiled: str = "") -> str:
    """Names with what they say; nothing where there are none.

    Args:
        rows: Name and words.
        veiled: The name whose words are blurred until asked for.
    """
    found = "".join(
        f"<dt>{escaped(name)}</dt>"
        f'<dd dir="auto"{" class=veiled" if veiled and name == veiled else ""}>{escaped(said)}</dd>'
        for name, said in rows
    )
    return f'<dl class="rows">{found}</dl>' if found else ""
