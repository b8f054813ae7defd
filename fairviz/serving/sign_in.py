"""The page on which a visitor signs in; it needs nothing else of the server."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from fairviz.core.templates import templates
from fairviz.i18n import _, current, ngettext

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
_FOLDER = Path(__file__).parent


def failed(seconds: int) -> str:
    """Why a visitor is not in."""
    if seconds:
        return ngettext(
            "Too many wrong passwords. Try again in {n} second.",
            "Too many wrong passwords. Try again in {n} seconds.",
            seconds,
        )
    return _("That is not the password. Ask whoever gave you this address for it.")


def page(
    action: str, asked: str, failed: str, providers: Mapping[str, str], asks_password: bool
) -> str:
    """The page, in the language of the moment."""
    from markupsafe import Markup

    return (
        templates(_FOLDER / "templates")
        .get_template("sign_in.jinja")
        .render(
            action=action,
            asked=asked,
            failed=failed,
            providers=providers,
            asks_password=asks_password,
            language=current(),
            icon=_icon(),
            style=Markup((_FOLDER / "sign_in.css").read_text(encoding="utf-8")),
        )
    )


@cache
def _icon() -> str:
    picture = (_FOLDER.parent / "ui" / "icon.png").read_bytes()
    return "data:image/png;base64," + base64.b64encode(picture).decode()
