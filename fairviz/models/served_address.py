"""Where a model behind a server is: `openai:URL#MODEL`."""

from __future__ import annotations

from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from fairviz.core.declared import refusals_of
from fairviz.core.errors import BadSpec
from fairviz.core.shortened import shortened
from fairviz.core.specs import ModelSpec, is_served
from fairviz.models.served_key import KEY

_BAD = refusals_of(__file__, BadSpec)


class Address(NamedTuple):
    """Where a model is."""

    url: str  # of the interface, without a slash at its end; mostly it ends in /v1
    model: str  # as the server calls it; empty for its only one
    guessed: bool = False  # whether the address has no path, which is taken for /v1

    @property
    def host(self) -> str:
        """Host and port, as a reader is told of it."""
        return urlsplit(self.url).netloc

    @property
    def root(self) -> str:
        """What lies beside the OpenAI-compatible part."""
        return self.url.removesuffix("/v1")

    @property
    def local(self) -> bool:
        """Whether it is on this machine."""
        name = urlsplit(self.url).hostname or ""
        try:
            return ip_address(name).is_loopback
        except ValueError:
            return name == "localhost"


def address_of(source: str) -> Address:
    """The address in `openai:URL#MODEL`.

    Raises:
        BadSpec: If there is none, or it holds a secret.
    """
    url, _hash, model = source.removeprefix("openai:").partition("#")
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError as error:
        raise _BAD("address", source=shortened(source)) from error
    if "@" in parts.netloc or parts.query:
        raise _BAD("secret", variable=KEY)
    if not is_served(source) or parts.scheme not in ("http", "https") or not parts.hostname:
        raise _BAD("address", source=shortened(source))
    path = parts.path.rstrip("/")
    # Mostly it lies below /v1, which people leave away; beside it lies llama.cpp's own.
    return Address(f"{parts.scheme}://{parts.netloc}{path or '/v1'}", model, guessed=not path)


def refuse_served(spec: ModelSpec) -> None:
    """Refuse a model behind a server where weights are needed.

    Raises:
        BadSpec: If it is one.
    """
    if spec.served:
        raise _BAD("elsewhere", source=shortened(spec.source, 120))
