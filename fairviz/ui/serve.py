"""How Streamlit serves the dashboard: behind the door, on an address that its owner has meant."""

from __future__ import annotations

import os
import sys

from starlette.middleware import Middleware
from streamlit import config

from fairviz.errors import FairvizError
from fairviz.serving import hosts
from fairviz.serving.door import Door
from fairviz.serving.entrance import Entrance
from fairviz.serving.sharing import check_address, sharing
from fairviz.ui import identity


def layers() -> list[Middleware]:
    """What requests pass before Streamlit.

    The process ends here, before it answers anybody, where it would show more than its owner has
    said.
    """
    address = config.get_option("server.address")
    try:
        check_address(address)
        shared = sharing()
        if shared:
            identity.check(shared)
    except FairvizError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    more = list(config.get_option("server.allowedHosts"))
    if config.is_manually_set("browser.serverAddress"):
        more.append(config.get_option("browser.serverAddress"))
    if shared:
        # A visitor's page never fetches anything from elsewhere in the owner's name.
        os.environ["HF_HUB_OFFLINE"] = "1"
    return [
        Middleware(
            Door,
            names=hosts.names(address, more),
            base=config.get_option("server.baseUrlPath") or "",
            entrance=Entrance(shared.password) if shared else None,
            identity=identity.who,
            providers=identity.providers,
        )
    ]
