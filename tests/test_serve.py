"""A page's socket waits for what every page imports; nothing else does, nor for ever."""

import asyncio

import pytest

from fairviz.ui import serve


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(serve, "_imported", asyncio.Event())


async def _passed(kind: str, then) -> list[bool]:
    """Whether a request of this kind was passed on, before and after `then`."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    task = asyncio.create_task(serve.Held(app)({"type": kind}, None, None))
    await asyncio.sleep(0)
    before = bool(seen)
    await then()
    await asyncio.wait_for(task, 30)
    return [before, bool(seen)]


@pytest.mark.parametrize(("kind", "before"), [("websocket", False), ("http", True)])
def test_a_socket_waits_for_the_imports(kind, before):
    assert asyncio.run(_passed(kind, serve._import)) == [before, True]


def test_what_cannot_be_imported_holds_nobody_back(monkeypatch, caplog):
    monkeypatch.setattr(serve, "_FIRST", ("fairviz.no_such_module",))
    assert asyncio.run(_passed("websocket", serve._import)) == [False, True]
    assert "cannot be imported" in caplog.text
