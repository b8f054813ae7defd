"""What every request passes before Streamlit sees it: pages, sockets, uploads and files alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from fairviz.i18n import LANGUAGES, _, speaking
from fairviz.serving import entrance as sign_in
from fairviz.serving.entrance import STAYS, Entrance
from fairviz.serving.sharing import HOSTS, LOCAL, answers

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "fairviz_visitor"
SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
# Frames: no other site may show the dashboard under its own buttons; its own frames may.
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "SAMEORIGIN",
    "content-security-policy": "frame-ancestors 'self'; base-uri 'self'; object-src 'none'",
}
# How busy the server is, and ways to run the app that no page of ours takes.
CLOSED = ("/_stcore/metrics", "/_stcore/agent", "/_stcore/script-health-check")
# Visitors have nothing to upload; what they sent would lie in memory.
_OWNERS = ("/_stcore/upload_file",)
_OPEN = ("/_stcore/health",)
_PROVIDER = ("/auth/login", "/oauth2callback")
_OWN_SITE = ("none", "same-origin")
_LONGEST_FORM = 4096

_stands = False

Identity = Callable[[Mapping[str, str]], str | None]


class Door:
    """An ASGI layer around the dashboard.

    Args:
        base: Streamlit's `server.baseUrlPath`.
        identity: Cookies -> whom an identity provider has let in; None for nobody.
        providers: Name of each provider -> its address, made anew for each page.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        names: frozenset[str],
        base: str = "",
        entrance: Entrance | None = None,
        identity: Identity = lambda cookies: None,
        providers: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        global _stands
        _stands = True
        self._app, self._names, self._entrance = app, names, entrance
        self._base = f"/{base.strip('/')}".rstrip("/")
        self._identity, self._providers = identity, providers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may pass; answer the rest."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        said = [value for name, value in scope["headers"] if name == b"host"]
        host = said[0].decode("latin-1") if len(said) == 1 else None
        path = self._path(scope)
        if not answers(host, self._names):
            unnamed = _(
                "This server does not answer to this name. Whoever runs it may add the name to "
                "{hosts}.",
                hosts=HOSTS,
            )
            await _refuse(scope, receive, send, 421, unnamed)
        elif scope["type"] == "websocket" and not self._own(scope, host):
            await _refuse(scope, receive, send, 403, "")
        elif path.startswith(CLOSED if self._entrance is None else (*CLOSED, *_OWNERS)):
            await _refuse(scope, receive, _with_headers(send), 404, "Not Found")
        elif self._entrance is None or path in _OPEN:
            await self._app(scope, receive, _with_headers(send))
        else:
            await self._let_in(self._entrance, path, scope, receive, _with_headers(send))

    def _own(self, scope: Scope, host: str | None) -> bool:
        """Whether a socket is opened by a page of this server, or by no page at all.

        Another program's page on this machine is not; behind a proxy, which may change the host,
        the page has one of the other names.
        """
        said = [value for name, value in scope["headers"] if name == b"origin"]
        origins = [urlsplit(one.decode("latin-1")).netloc for one in said]
        others = self._names - {*LOCAL}
        return all(one == host or answers(one, others) for one in origins)

    def _path(self, scope: Scope) -> str:
        path = str(scope["path"])
        return path.removeprefix(self._base) if path.startswith(f"{self._base}/") else path

    async def _let_in(
        self, entrance: Entrance, path: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        cookies = HTTPConnection(scope).cookies

        def known() -> bool:
            return entrance.knows(cookies.get(COOKIE)) or self._identity(cookies) is not None

        if scope["type"] == "websocket":
            if known():
                await self._app(scope, _while_known(receive, send, known), send)
            else:
                await _refuse(scope, receive, send, 403, "")
            return
        request = Request(scope, receive)
        if path == SIGN_IN:
            answer = await self._sign_in(entrance, request, known())
        elif path == SIGN_OUT and request.headers.get("sec-fetch-site", "none") in _OWN_SITE:
            entrance.leave(cookies.get(COOKIE))
            then = SIGN_IN if self._identity(cookies) is None else "/auth/logout"
            answer = RedirectResponse(self._base + then, 303)
            answer.delete_cookie(COOKIE, path=self._base or "/")
        elif known() or (path in _PROVIDER and self._providers()):
            await self._app(scope, receive, send)
            return
        elif request.method == "GET" and "text/html" in request.headers.get("accept", ""):
            asked = path + (f"?{request.url.query}" if request.url.query else "")
            answer = RedirectResponse(f"{self._base}{SIGN_IN}?next={quote(asked, safe='/')}", 303)
        else:
            answer = PlainTextResponse(_("Sign in first."), 401)
        await answer(scope, receive, send)

    async def _sign_in(self, entrance: Entrance, request: Request, known: bool) -> Response:
        form: dict[str, list[str]] = {}
        if request.method == "POST":
            origin = urlsplit(request.headers.get("origin", "")).netloc
            if origin and origin != request.headers["host"]:
                return PlainTextResponse("Forbidden", 403)
            form = parse_qs((await _body(request)).decode("utf-8", "replace"))
        elif request.method != "GET":
            return PlainTextResponse("Method Not Allowed", 405)
        asked = _inside(form.get("next", [request.query_params.get("next", "")])[0])
        if known:
            return RedirectResponse(self._base + asked, 303)
        address = request.client.host if request.client else ""
        failed = ""
        with speaking(_language(request, asked)):
            if request.method == "POST":
                token = entrance.enter(form.get("password", [""])[0], address)
                if token:
                    answer = RedirectResponse(self._base + asked, 303)
                    answer.set_cookie(
                        COOKIE,
                        token,
                        max_age=int(STAYS),
                        path=self._base or "/",
                        secure=request.url.scheme == "https",
                        httponly=True,
                        samesite="lax",
                    )
                    return answer
                failed = sign_in.failed(entrance.wait(address))
            page = sign_in.page(
                f"{self._base}{SIGN_IN}", asked, failed, self._providers(), entrance.asks
            )
        status = 200 if not failed else 429 if entrance.wait(address) else 403
        return HTMLResponse(page, status, headers=sign_in.HEADERS)


def stands() -> bool:
    """Whether the requests of this process pass a door."""
    return _stands


def _with_headers(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name for name, _rest in message["headers"]}
            more = [(k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in own]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return answer


def _while_known(receive: Receive, send: Send, known: Callable[[], bool]) -> Receive:
    """Messages of a socket, which ends where its visitor has signed out or stayed too long."""

    async def heard() -> Message:
        message = await receive()
        if message["type"] == "websocket.receive" and not known():
            await send({"type": "websocket.close", "code": 1008})
            return {"type": "websocket.disconnect", "code": 1008}
        return message

    return heard


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, words: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await PlainTextResponse(words, status)(scope, receive, send)


async def _body(request: Request) -> bytes:
    """Of a form; empty where it is longer than any of ours."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _LONGEST_FORM:
            return b""
    return body


def _inside(address: str) -> str:
    """A path of this server; the first page where it would lead elsewhere."""
    inside = address.startswith("/") and address.isprintable() and "\\" not in address
    own = inside and not address.startswith("//") and not urlsplit(address).netloc
    return address if own else "/"


def _language(request: Request, asked: str) -> str:
    """What the address says, else what the browser asks for first."""
    said = request.query_params.get("lang") or parse_qs(urlsplit(asked).query).get("lang", [""])[0]
    if said in LANGUAGES:
        return said
    first = request.headers.get("accept-language", "").split(",")[0].split(";")[0]
    code = first.split("-")[0].strip().lower()
    return code if code in LANGUAGES else "en"
