"""How Streamlit serves the dashboard: behind the door, on an address that its owner has meant."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.starlette import App

from fairviz.core import process
from fairviz.core.errors import FairvizError
from fairviz.core.stored import check_cache_folder
from fairviz.serving.door import Door
from fairviz.serving.entrance import Entrance
from fairviz.serving.sharing import check_address, names, sharing
from fairviz.ui import identity

_log = logging.getLogger(__name__)
_imported = asyncio.Event()
# What the first page needs, and all others most of it; the last two are imported where they are
# used.
_FIRST = ("fairviz.ui.overview", "jinja2", "pyarrow.dataset")


class Held:
    """An ASGI layer that lets a page run once what every page needs is imported.

    The browser fetches and starts its side meanwhile. Two threads that import the same modules
    may meet half of one, so no page begins before.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; a page's socket, through which it asks to be run, waits."""
        if scope["type"] == "websocket":
            await _imported.wait()
        await self._app(scope, receive, send)


def layers() -> list[Middleware]:
    """What requests pass before Streamlit.

    The process ends here, before it answers anybody, where it would show more than its owner has
    said.
    """
    address = config.get_option("server.address")
    try:
        check_cache_folder()
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
            names=names(address, more),
            base=config.get_option("server.baseUrlPath") or "",
            entrance=Entrance(shared.password) if shared else None,
            identity=identity.who,
            providers=identity.providers,
        ),
        Middleware(Held),
    ]


@asynccontextmanager
async def lifespan(app: App) -> AsyncIterator[None]:
    """While it serves: it is told when too many files are open, and a signal ends it in time."""
    process.raise_limit()
    for number in (signal.SIGTERM, signal.SIGINT):
        process.in_time(number)
    tasks = [asyncio.create_task(_watch()), asyncio.create_task(_import())]
    yield
    for task in tasks:
        task.cancel()


async def _import() -> None:
    try:
        for name in _FIRST:
            await asyncio.to_thread(import_module, name)
    except Exception:
        _log.exception("what every page needs cannot be imported")  # and the page says so too
    finally:
        _imported.set()


async def _watch() -> None:
    while True:
        found = process.counted()
        if found and found.near:
            _log.warning(
                "%d of at most %d files are open; each tab that was open in the last two minutes "
                "has three. Close some, or allow more (ulimit -n).",
                *found,
            )
        await asyncio.sleep(30)
