"""What a server shows to others, and under which names, as its environment says.

Nothing here comes from an address.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_address
from urllib.parse import urlsplit

from fairviz.core.errors import FairvizError
from fairviz.core.specs import ModelSpec
from fairviz.i18n import _, ngettext

SHARE, PASSWORD, PEOPLE = "FAIRVIZ_SHARE", "FAIRVIZ_PASSWORD", "FAIRVIZ_PEOPLE"
MODELS, REPORTS, TOKENS = "FAIRVIZ_MODELS", "FAIRVIZ_REPORTS", "FAIRVIZ_TOKENS"
# Addresses of model servers that pages may ask beside those on this machine.
SERVERS = "FAIRVIZ_SERVERS"
HOSTS, UNPROTECTED = "FAIRVIZ_HOSTS", "FAIRVIZ_UNPROTECTED"
# Ten guesses a minute and address find no password of this length.
SHORTEST = 12
BUNDLED = ("demo", "demo-student")
LOCAL = ("localhost", "127.0.0.1", "::1")
_EVERY = ("0.0.0.0", "::", "", None)


class CannotServe(FairvizError):
    """A server that would show more than its owner has said, and does not start."""


class NotAsked(FairvizError):
    """A model server that a page may not send requests to."""


class NotShown(FairvizError):
    """What a visitor may not see or do; the same words whether or not it exists."""


@dataclass(frozen=True)
class Sharing:
    """What visitors of a shared server may see and do."""

    # Whoever knows it may sign in; empty where only an identity provider says who.
    password: str = ""
    # E-mail addresses that may sign in by an identity provider; `*@x.org` is any.
    people: tuple[str, ...] = ()
    # Sources of models, folders too, that may be shown or asked; `*` stands for any characters. A
    # compressed form of a named model needs no name of its own.
    models: tuple[str, ...] = BUNDLED
    # Names of the reports that are shown; `*` stands for any characters.
    reports: tuple[str, ...] = ()
    tokens: int = 0  # that a visitor may have written in an hour; 0 computes nothing

    def allows(self, model: ModelSpec | str) -> bool:
        """Whether a model may be shown: its source is on the list."""
        source = ModelSpec.parse(str(model)).source
        if source.startswith((".", "/", "~")):  # a folder is where it leads
            source = os.path.realpath(os.path.expanduser(source))
        return any(fnmatchcase(source, pattern) for pattern in self.models)

    def shows(self, report: str) -> bool:
        """Whether a report may be shown."""
        return any(fnmatchcase(report, pattern) for pattern in self.reports)

    def knows(self, email: str) -> bool:
        """Whether whoever an identity provider names may sign in."""
        return any(fnmatchcase(email.lower(), pattern.lower()) for pattern in self.people)


def sharing(environ: Mapping[str, str] = os.environ) -> Sharing | None:
    """What this server shares; None for a server of its owner alone.

    Raises:
        CannotServe: If it is to be shared and nothing says with whom, or a setting is none.
    """
    if not _on(environ, SHARE):
        return None
    password, people = environ.get(PASSWORD, ""), _listed(environ, PEOPLE)
    if not password and not people:
        raise CannotServe(
            _("A shared server has to know who may sign in."),
            fix=_(
                "Put a password, at least {n} long, into {name}, or the e-mail addresses of those "
                "who may come in by your identity provider into {people}.",
                n=SHORTEST,
                name=PASSWORD,
                people=PEOPLE,
            ),
        )
    if password and len(password) < SHORTEST:
        raise CannotServe(
            ngettext(
                "The password in {name} has {n} character.",
                "The password in {name} has {n} characters.",
                len(password),
                name=PASSWORD,
            ),
            fix=_("Choose one of at least {n}.", n=SHORTEST),
        )
    tokens = environ.get(TOKENS, "") or "0"
    if not (tokens.isascii() and tokens.isdecimal()):
        raise CannotServe(
            _("{name} is {value!r}.", name=TOKENS, value=tokens),
            fix=_("Say how many tokens a visitor may have written in an hour, or 0 for none."),
        )
    return Sharing(
        password,
        people,
        _listed(environ, MODELS) or BUNDLED,
        _listed(environ, REPORTS),
        int(tokens),
    )


def check_server(url: str, local: bool, environ: Mapping[str, str] = os.environ) -> None:
    """Refuse to let a page ask a model server, unless its owner named it or works alone.

    Whoever types an address, or sends a link with one, has this machine send requests there and the
    text with them: to what only this machine reaches, too. From the command line and from Python
    there is no such limit.

    Args:
        url: Of the server's interface, as in `openai:URL#MODEL`.
        local: Whether it is on this machine.

    Raises:
        NotAsked: If a page may not ask it.
    """
    alone = sharing(environ) is None and not _on(environ, UNPROTECTED)
    allowed = {one.rstrip("/") for one in _listed(environ, SERVERS)}
    # One that is named without a path is asked below /v1.
    if {url, url.removesuffix("/v1")} & allowed or (alone and local):
        return
    raise NotAsked(
        _("No page may send requests to {url}: nobody allowed it.", url=url),
        fix=_(
            "Whoever runs this dashboard can name it in {servers}; the command line (python -m "
            "fairviz score) and Python may ask any server.",
            servers=SERVERS,
        ),
    )


def check_address(address: str | None, environ: Mapping[str, str] = os.environ) -> None:
    """Refuse to listen to other machines unless someone said who may come in, or insists.

    Args:
        address: That the server listens on; None is every one of this machine.

    Raises:
        CannotServe: If whoever reaches the port would be let in.
    """
    if sharing(environ) or _on(environ, UNPROTECTED) or _only_here(address):
        return
    raise CannotServe(
        _(
            "On {address} whoever reaches the port could name any folder of this machine, "
            "compress, delete, and read every prompt.",
            address=address or "0.0.0.0",
        ),
        fix=_(
            "Show it to others with `{command}` and a password in {password}, keep to "
            "--server.address localhost, or insist with {unprotected}=1.",
            command="python -m fairviz run --share",
            password=PASSWORD,
            unprotected=UNPROTECTED,
        ),
    )


def _only_here(address: str | None) -> bool:
    if address is None:
        return False
    if address == "localhost" or address.startswith("unix://"):
        return True
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def _on(environ: Mapping[str, str], name: str) -> bool:
    return environ.get(name, "").strip().lower() not in ("", "0", "no", "false", "off")


def _listed(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(word for part in environ.get(name, "").split(",") if (word := part.strip()))


def names(
    address: str | None, others: Iterable[str] = (), environ: Mapping[str, str] = os.environ
) -> frozenset[str]:
    """What the server is served under, in lower case; `*.x.org` is every name below x.org.

    Args:
        address: That it listens on; None, `0.0.0.0` and `::` are every one of this machine, under
            its own name and addresses.
        environ: May name more, comma-separated, in `FAIRVIZ_HOSTS`.
    """
    own = _own() if address in _EVERY else [str(address)]
    said = environ.get(HOSTS, "").split(",")
    found = {name.strip().strip("[]").rstrip(".") for name in (*LOCAL, *own, *others, *said)}
    return frozenset(name.lower() for name in found if name)


def answers(host: str | None, names: frozenset[str]) -> bool:
    """Whether a request's Host header names this server, with or without a port."""
    if host is None:
        return False
    try:
        parts = urlsplit(f"//{host}")
        name, _rest = parts.hostname, parts.port
    except ValueError:
        return False
    if not name or "@" in host or parts.path or parts.query or parts.fragment:
        return False
    name = name.rstrip(".")
    return name in names or any(n.startswith("*.") and name.endswith(n[1:]) for n in names)


def _own() -> list[str]:
    """This machine's name and addresses."""
    import psutil

    host = socket.gethostname()
    addresses = [
        card.address.split("%")[0]
        for cards in psutil.net_if_addrs().values()
        for card in cards
        if card.family in (socket.AF_INET, socket.AF_INET6)
    ]
    return [host, f"{host}.local", socket.getfqdn(), *addresses]
