"""Who has signed in, who guesses passwords, and the page on which one signs in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path

from fairviz.core.templates import templates
from fairviz.i18n import _, current, ngettext

# Wrong passwords within this time that end an address's tries, and everybody's: addresses are cheap
# where a proxy passes on what a visitor says of his.
WRONG, ALTOGETHER, SECONDS = 10, 200, 60.0
STAYS = 12 * 3600.0
# Of the page, which needs nothing else of the server.
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
_FOLDER = Path(__file__).parent


class Entrance:
    """Checks passwords and knows who is in; all of it is forgotten when the server ends."""

    def __init__(self, password: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._password = _hashed(password) if password else None
        self._clock = clock
        self._wrong: deque[tuple[float, str]] = deque(maxlen=ALTOGETHER)
        self._until: dict[str, float] = {}

    @property
    def asks(self) -> bool:
        """Whether there is a password to know."""
        return self._password is not None

    def wait(self, address: str) -> int:
        """Seconds until an address may try again; 0 for now."""
        now, network = self._clock(), _network(address)
        while self._wrong and self._wrong[0][0] <= now - SECONDS:
            self._wrong.popleft()
        own = [when for when, of in self._wrong if of == network]
        if len(own) < WRONG and len(self._wrong) < ALTOGETHER:
            return 0
        first = own[0] if len(own) >= WRONG else self._wrong[0][0]
        return max(1, round(first + SECONDS - now))

    def enter(self, password: str, address: str) -> str | None:
        """A token for whoever knows the password; None, and noted, for who does not.

        The comparison takes as long for a password that begins rightly as for any other.
        """
        if self.wait(address):
            return None
        if self._password is None or not hmac.compare_digest(_hashed(password), self._password):
            self._wrong.append((self._clock(), _network(address)))
            return None
        token = secrets.token_urlsafe(32)
        now = self._clock()
        self._until = {one: end for one, end in self._until.items() if end > now}
        self._until[token] = now + STAYS
        return token

    def knows(self, token: str | None) -> bool:
        """Whether a token was given out, has not been handed in, and is not too old."""
        return token is not None and self._until.get(token, 0.0) > self._clock()

    def leave(self, token: str | None) -> None:
        """Sign out."""
        self._until.pop(token or "", None)


def _hashed(password: str) -> bytes:
    return hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest()


def _network(address: str) -> str:
    """An address; of IPv6 its /64, all of which one machine may have."""
    try:
        found = ip_address(address.split("%")[0])
    except ValueError:
        return address
    return address if found.version == 4 else str(ip_network((int(found), 64), strict=False))


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
