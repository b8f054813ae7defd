"""HTML from templates: what a template is given stands there as it was typed, and runs nothing."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fairviz.core.glossary import explained
from fairviz.i18n import _, ngettext

if TYPE_CHECKING:
    from jinja2 import Environment

# Half characters cannot be written as UTF-8, and control characters are not HTML.
_UNWRITABLE = re.compile("[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@cache
def templates(folder: Path) -> Environment:
    """The templates of a folder: values are escaped, `_` and `ngettext` translate, a name that
    was not given is an error, and `tojson` can stand in a script element."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        finalize=writable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(_=_, ngettext=ngettext, explained=explained)
    made.policies["json.dumps_kwargs"] = {"ensure_ascii": True, "separators": (",", ":")}
    return made


def writable(value: Any) -> Any:
    """A value without what no file can hold; markup that a template made stays as it is."""
    if isinstance(value, str):
        return value if hasattr(value, "__html__") else _UNWRITABLE.sub("\ufffd", value)
    return value
