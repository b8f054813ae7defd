"""The page on which a visitor signs in; it needs nothing else of the server."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from functools import cache
from pathlib import Path

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
    """The page, in the language of the moment.

    Args:
        action: Where its form goes.
        asked: The address that the visitor wanted, and is led to.
        failed: Why the last try did not do; empty on the first.
        providers: Name of each identity provider -> the address that begins its sign-in.
        asks_password: Whether there is a password.
    """
    ways = [
        f'<a class="way" href="{html.escape(address)}">'
        + html.escape(_("Sign in with {provider}", provider=name))
        + "</a>"
        for name, address in providers.items()
    ]
    if asks_password:
        wrong = ' aria-invalid="true" aria-describedby="failed"' if failed else ""
        ways.append(
            f'<form method="post" action="{html.escape(action)}">'
            f'<input type="hidden" name="next" value="{html.escape(asked)}">'
            f'<label for="password">{html.escape(_("Password"))}</label>'
            f'<input id="password" name="password" type="password" required autofocus{wrong} '
            f'autocomplete="current-password" maxlength="500">'
            + (f'<p id="failed" role="alert">{html.escape(failed)}</p>' if failed else "")
            + f'<button type="submit">{html.escape(_("Sign in"))}</button></form>'
        )
    title = html.escape(_("Sign in"))
    return f"""<!doctype html>
<html lang="{current()}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title} · fairviz</title>
<link rel="icon" href="{_icon()}">
<style>{_style()}</style>
</head>
<body>
<main>
<h1><img src="{_icon()}" alt="">fairviz</h1>
<p>{html.escape(_("What compression does to a language model, token by token."))}</p>
{"".join(ways)}
<p class="small">{
        html.escape(
            _("No account is needed, only the password.")
            if asks_password and not providers
            else _("Only those whom the owner has named may come in.")
        )
    }</p>
</main>
</body>
</html>"""


@cache
def _style() -> str:
    return (_FOLDER / "sign_in.css").read_text(encoding="utf-8")


@cache
def _icon() -> str:
    picture = (_FOLDER.parent / "ui" / "icon.png").read_bytes()
    return "data:image/png;base64," + base64.b64encode(picture).decode()
