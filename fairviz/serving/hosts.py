"""The names that a server answers to: an attacker's name that leads here is not one of them."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from fairviz.serving.sharing import HOSTS

LOCAL = ("localhost", "127.0.0.1", "::1")
_EVERY = ("0.0.0.0", "::", "", None)


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
        name, _ = parts.hostname, parts.port
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
