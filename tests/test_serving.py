"""Who is answered, under which names, and what a visitor of a shared server can get at."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import reports
from comparisons import comparison
from in_commands import fairviz
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit import config
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from fairviz.analyses.store import Store
from fairviz.core.specs import ModelSpec
from fairviz.report.record import Part, Report
from fairviz.report.shelf import Reports
from fairviz.serving.allowance import HOUR, TOGETHER, Allowance, TooMuch
from fairviz.serving.door import COOKIE, HEADERS, Door
from fairviz.serving.entrance import ALTOGETHER, SECONDS, STAYS, WRONG, Entrance
from fairviz.serving.sharing import (
    CannotServe,
    Sharing,
    answers,
    check_address,
    names,
    sharing,
)
from fairviz.ui import identity

PASSWORD = "correct horse battery"
SHARED = {"FAIRVIZ_SHARE": "1", "FAIRVIZ_PASSWORD": PASSWORD}
HTML = {"accept": "text/html"}
SOCKET = "ws://localhost:8501/_stcore/stream"


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


async def _page(request):
    return PlainTextResponse("the dashboard")


async def _socket(socket):
    await socket.accept()
    async for said in socket.iter_text():
        await socket.send_text(said)


def _client(entrance=None, **more):
    """The dashboard's place is taken by an application that answers everything."""
    routes = [
        Route("/{path:path}", _page, methods=["GET", "PUT", "POST"]),
        WebSocketRoute("/{path:path}", _socket),
    ]
    own = names("localhost", environ={"FAIRVIZ_HOSTS": "lab.example"})
    door = Door(Starlette(routes=routes), names=own, entrance=entrance, **more)
    return TestClient(door, base_url="http://localhost:8501", follow_redirects=False)


@pytest.mark.parametrize(
    ("host", "address", "more", "answered"),
    [
        ("localhost", "localhost", "", True),
        ("LOCALHOST.:8501", "localhost", "", True),
        ("127.0.0.1:8501", "localhost", "", True),
        ("[::1]:8501", "localhost", "", True),
        ("evil.example", "localhost", "", False),
        ("localhost.evil.example", "localhost", "", False),
        ("localhost:x", "localhost", "", False),
        ("localhost:1@evil.example", "localhost", "", False),
        ("evil.example/localhost", "localhost", "", False),
        ("", "localhost", "", False),
        (None, "localhost", "", False),
        ("10.9.8.7:80", "10.9.8.7", "", True),
        ("10.9.8.6", "10.9.8.7", "", False),
        ("lab.example", "localhost", "lab.example, *.uni.example", True),
        ("a.uni.example", "localhost", "lab.example, *.uni.example", True),
        ("uni.example", "localhost", "lab.example, *.uni.example", False),
        ("evil.example", "0.0.0.0", "", False),
        ("127.0.0.1", None, "", True),
    ],
)
def test_only_names_that_it_is_served_under_are_answered(host, address, more, answered):
    own = names(address, environ={"FAIRVIZ_HOSTS": more})
    assert answers(host, own) is answered


@pytest.mark.parametrize("path", ["/", "/_stcore/upload_file/a/b", "/media/x.png", "/component/x"])
def test_another_name_gets_nothing_by_any_way(path):
    client = _client()
    assert client.get(path).text == "the dashboard"
    for method in ("GET", "PUT", "POST"):
        assert client.request(method, path, headers={"host": "evil.example"}).status_code == 421
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(
            SOCKET, headers={"host": "evil.example", "origin": "http://evil.example"}
        ),
    ):
        pass
    for origin in ("http://localhost:3000", "http://evil.example", "null"):
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(SOCKET, headers={"origin": origin}),
        ):
            pass
    for headers in ({}, {"origin": "http://localhost:8501"}, {"origin": "https://lab.example"}):
        with client.websocket_connect(SOCKET, headers=headers) as socket:
            socket.send_text("a")
            assert socket.receive_text() == "a"


@pytest.mark.parametrize("base", ["", "lab/fairviz"])
def test_what_tells_of_the_server_is_closed_and_headers_are_sent(base):
    client = _client(base=base)
    prefix = f"/{base}" if base else ""
    for path in ("metrics", "metrics/", "agent/interact", "agent/mcp", "script-health-check"):
        assert client.get(f"{prefix}/_stcore/{path}").status_code == 404
    answered = client.get(f"{prefix}/")
    assert {name: answered.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("address", "environ", "refused"),
    [
        ("localhost", {}, False),
        ("127.0.0.2", {}, False),
        ("::1", {}, False),
        ("0.0.0.0", {}, True),
        (None, {}, True),  # Streamlit's own default: every address
        ("192.168.1.5", {}, True),
        ("lab.example", {}, True),
        ("0.0.0.0", SHARED, False),
        ("0.0.0.0", {"FAIRVIZ_UNPROTECTED": "1"}, False),
        ("0.0.0.0", {"FAIRVIZ_UNPROTECTED": "0"}, True),
        ("localhost", {"FAIRVIZ_SHARE": "1"}, True),
        ("localhost", {**SHARED, "FAIRVIZ_PASSWORD": "short"}, True),
        ("localhost", {**SHARED, "FAIRVIZ_TOKENS": "many"}, True),
    ],
)
def test_the_network_is_not_let_in_by_accident(address, environ, refused):
    if refused:
        with pytest.raises(CannotServe, match=r"FAIRVIZ_|at least"):
            check_address(address, environ)
    else:
        check_address(address, environ)


def test_a_model_is_allowed_by_its_source_and_a_folder_by_where_it_leads(tmp_path):
    (tmp_path / "shown").mkdir()
    (tmp_path / "shown" / "x").symlink_to(tmp_path)
    given = {**SHARED, "FAIRVIZ_MODELS": f"demo, org/*, {tmp_path}/shown/*"}
    shared = sharing(given)
    assert shared.allows("demo+gptq:4")
    assert shared.allows("org/model@main+int8")
    assert shared.allows(f"{tmp_path}/shown/a")
    for model in ("demo-student", "other/model", f"{tmp_path}/shown/../x", f"{tmp_path}/shown/x"):
        assert not shared.allows(model)
    assert sharing({}) is None


def test_nothing_is_answered_before_the_sign_in():
    client = _client(Entrance(PASSWORD))
    assert client.get("/_stcore/health").status_code == 200
    for path in ("/", "/Compare?run=1", "/static/js/main.js", "/media/x", "/_stcore/host-config"):
        assert client.get(path).status_code == 401
        sent = client.get(path, headers=HTML)
        assert (sent.status_code, sent.headers["location"][:14]) == (303, "/sign-in?next=")
    assert client.put("/_stcore/upload_file/a/b").status_code == 404
    for cookie in ("", f"{COOKIE}=guessed"):
        with (
            pytest.raises(WebSocketDisconnect),
            client.websocket_connect(SOCKET, headers={"cookie": cookie}),
        ):
            pass


def test_a_password_lets_in_until_one_signs_out():
    entrance = Entrance(PASSWORD)
    client = _client(entrance)
    wrong = client.post("/sign-in", data={"password": "guess", "next": "/Compare?run=1"})
    assert wrong.status_code == 403
    assert "not the password" in wrong.text
    assert 'value="/Compare?run=1"' in wrong.text
    elsewhere = {"origin": "http://evil.example"}
    assert (
        client.post("/sign-in", data={"password": PASSWORD}, headers=elsewhere).status_code == 403
    )
    right = client.post("/sign-in", data={"password": PASSWORD, "next": "/Compare?run=1"})
    assert (right.status_code, right.headers["location"]) == (303, "/Compare?run=1")
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/").text == "the dashboard"
    with client.websocket_connect(SOCKET) as socket:
        socket.send_text("a")
        assert socket.receive_text() == "a"
        assert client.get("/sign-out").headers["location"] == "/sign-in"
        socket.send_text("b")
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
    assert client.get("/").status_code == 401


@pytest.mark.parametrize(
    "where", ["//evil.example", "https://evil.example", "/\\evil.example", "/\nx", "evil", ""]
)
def test_the_way_back_stays_on_this_server(where):
    answered = _client(Entrance(PASSWORD)).post(
        "/sign-in", data={"password": PASSWORD, "next": where}
    )
    assert answered.headers["location"] == "/"


@pytest.mark.parametrize("said", ["de", "", "fr-FR;q=2", "*"])
def test_any_browser_gets_the_page_of_the_sign_in(said):
    answered = _client(Entrance(PASSWORD)).get("/sign-in", headers={"accept-language": said})
    assert answered.status_code == 200


def test_the_page_of_the_sign_in_speaks_french_and_quotes_what_it_is_given():
    page = _client(Entrance(PASSWORD)).get(
        "/sign-in", params={"next": '/"><script>'}, headers={"accept-language": "fr-CA,en;q=0.5"}
    )
    assert "Mot de passe" in page.text
    assert "<script>" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_guessing_ends_after_some_tries_and_may_begin_again_later():
    clock = Clock()
    entrance = Entrance(PASSWORD, clock)
    client = _client(entrance)
    tries = [client.post("/sign-in", data={"password": "guess"}) for _ in range(WRONG)]
    assert [one.status_code for one in tries] == [403] * (WRONG - 1) + [429]
    late = client.post("/sign-in", data={"password": PASSWORD})
    assert late.status_code == 429
    assert entrance.enter(PASSWORD, "10.0.0.1")  # another address is not kept out
    clock.now = SECONDS
    assert client.post("/sign-in", data={"password": PASSWORD}).status_code == 303
    token = entrance.enter(PASSWORD, "10.0.0.1")
    clock.now += STAYS
    assert not entrance.knows(token)
    # All addresses of one /64 are one machine's.
    for number in range(WRONG):
        entrance.enter("guess", f"2001:db8::{number:x}")
    assert entrance.enter(PASSWORD, "2001:db8::ffff") is None
    assert entrance.enter(PASSWORD, "2001:db8:1::1")
    # Nor do ever new addresses go on for ever; who is in stays in.
    inside = entrance.enter(PASSWORD, "10.0.0.1")
    for number in range(ALTOGETHER):
        entrance.enter("guess", f"10.0.{number}.1")
    assert entrance.enter(PASSWORD, "10.1.0.1") is None
    assert entrance.knows(inside)


def test_no_password_lets_nobody_in():
    assert Entrance("").enter("", "10.0.0.1") is None


def test_an_identity_provider_lets_in_whom_the_owner_has_named(monkeypatch):
    for name, value in {"FAIRVIZ_SHARE": "1", "FAIRVIZ_PEOPLE": "ada@x.org, *@lab.org"}.items():
        monkeypatch.setenv(name, value)
    secret = config.get_option("server.cookieSecret")

    def cookies(secret=secret, **user):
        value = json.dumps({"is_logged_in": True, **user})
        name = "_streamlit_user"
        return {name: create_signed_value(secret, name, value).decode()}

    assert identity.who(cookies(email="Ada@x.org")) == "Ada@x.org"
    assert identity.who(cookies(email="bo@lab.org")) == "bo@lab.org"
    for given in (
        cookies(email="eve@x.org"),
        cookies(email="ada@x.org", email_verified=False),
        cookies(email="ada@x.org", is_logged_in=False),
        cookies("another secret", email="ada@x.org"),
        {"_streamlit_user": "x"},
        {},
    ):
        assert identity.who(given) is None
    with pytest.raises(CannotServe):  # nothing in these tests sets a provider up
        identity.check(sharing())
    client = _client(Entrance(""), identity=identity.who)
    client.cookies.update(cookies(email="ada@x.org"))
    assert client.get("/").text == "the dashboard"


def test_a_visitor_has_one_place_in_the_queue_and_so_many_tokens_an_hour():
    clock = Clock()
    allowance = Allowance(clock)
    with allowance.place("ada", 60, 100):
        with pytest.raises(TooMuch, match="already"), allowance.place("ada", 1, 100):
            pass
        with allowance.place("bo", 100, 100):
            assert allowance.left("bo", 100) == 0
    with pytest.raises(TooMuch, match="40 tokens left"), allowance.place("ada", 41, 100):
        pass
    clock.now = HOUR
    with allowance.place("ada", 100, 100):
        assert allowance.left("ada", 100) == 0
    # Whoever signs in again and again is not served again and again.
    for number in range(TOGETHER - 1):
        with allowance.place(f"ada {number}", 100, 100):
            pass
    with pytest.raises(TooMuch, match="Too many"), allowance.place("ada again", 1, 100):
        pass


# What a visitor sees of pages, without a browser.


@pytest.fixture
def shared(app, cache, monkeypatch):
    """A shared server whose cache holds more than one report shows."""
    for name, value in {**SHARED, "FAIRVIZ_REPORTS": "nurses"}.items():
        monkeypatch.setenv(name, value)
    reports.keep(cache)
    Store(cache).save("comparison", "5ec4e7", comparison(prompt="somebody's own words"))
    folder, run = ModelSpec("/srv/secret"), comparison(prompt="on a folder")
    asked = replace(run.request, baseline=folder, compressed=folder)
    Store(cache).save("comparison", "f01de4", replace(run, request=asked))
    shown = reports.report()
    shown = Report("nurses", "Nurses", "en", (*shown.parts, Part("comparison", "f01de4", "x")))
    Reports(cache).save(shown)
    Reports(cache).save(Report("private", "Private", "en", (Part("comparison", "5ec4e7", "x"),)))
    return app


def _all(app):
    """Everything that the page says, and what can be pressed on it."""
    said = [str(one.proto) for one in (*app.main, *app.sidebar)]
    return "\n".join(said)


def test_a_visitor_sees_what_the_shown_report_holds_and_can_start_nothing(shared):
    assert "Nurses" in _all(shared.run())
    assert "somebody" not in _all(shared)
    assert "Private" not in _all(shared)
    pages = {
        "comparison": ("pages/1_Compare.py", "run"),
        "reading": ("pages/2_Token_shift.py", "reading"),
        "audit": ("pages/3_Uncertain_prompts.py", "audit"),
        "probe": ("pages/5_Bias_probes.py", "outcome"),
    }
    for kind, (page, name) in pages.items():
        shared.query_params.clear()
        shared.query_params[name] = reports.KEYS[kind]
        shared.switch_page(page).run()
        assert not shared.exception
        assert not shared.error
        assert {one.key for one in shared.button} <= {"present_enter"}
        assert not shared.text_area
        assert not shared.text_input or kind == "probe"  # whose items can be searched


NOT_SHOWN = (
    ("1_Compare", {"run": "5ec4e7"}),  # stored, in no report that is shown
    ("1_Compare", {"run": "f01de4"}),  # of a folder that is not on the list
    ("1_Compare", {"run": "ffffff"}),  # not there
    ("1_Compare", {"run": "../../etc"}),
    ("2_Token_shift", {"reading": "ffffff"}),
    ("3_Uncertain_prompts", {"audit": "ffffff", "set": "lm_eval", "lm_baseline": "/etc"}),
    ("5_Bias_probes", {"outcome": "ffffff"}),
    ("7_Report", {"report": "private"}),
    ("7_Report", {"report": "no-such-report"}),
    ("8_Blind_review", {"review": "any"}),
)


def test_absent_and_forbidden_are_one_to_a_visitor(shared):
    for page, query in NOT_SHOWN:
        shared.query_params.clear()
        for name, value in query.items():
            shared.query_params[name] = value
        shared.switch_page(f"pages/{page}.py").run()
        assert [one.value for one in shared.error] == [
            "**This is not shown here\\.**\n\nChoose one of the runs and reports on the overview\\."
        ], (page, query)


def test_a_visitor_may_ask_as_much_as_the_owner_says_and_nothing_is_kept(
    shared, cache, monkeypatch
):
    monkeypatch.setenv("FAIRVIZ_TOKENS", "3")
    monkeypatch.setenv("FAIRVIZ_MODELS", "demo")
    monkeypatch.setattr("fairviz.ui.visitors._who", lambda: "ada")
    # The machine's own weights are hashed once, whoever asks; of the question nothing is kept.
    before = sorted([*cache.rglob("*"), cache / ".lock", cache / "hashes.json"])
    shared.query_params["compressed"] = "/etc"
    shared.switch_page("pages/1_Compare.py").run()
    assert "This is not shown here" in shared.error[0].value
    shared.query_params["compressed"] = "demo"
    shared.run()
    assert not shared.checkbox
    assert shared.number_input(key="max_new_tokens").max == 3
    shared.number_input(key="max_new_tokens").set_value(2)
    shared.button(key="compare").click().run()
    assert not shared.error
    assert "It is shown to you alone" in "".join(one.value for one in shared.caption)
    assert "1 token more" in "".join(one.value for one in shared.caption)
    shared.button(key="compare").click().run()
    assert "1 token left" in shared.error[0].value
    assert sorted(cache.rglob("*")) == before


def test_sharing_says_which_settings_it_has():
    assert sharing({**SHARED, "FAIRVIZ_TOKENS": "200", "FAIRVIZ_REPORTS": "a, b"}) == Sharing(
        PASSWORD, (), ("demo", "demo-student"), ("a", "b"), 200
    )


def test_the_command_starts_streamlit_with_what_it_was_told(monkeypatch, tmp_path):
    started = []
    monkeypatch.setattr("fairviz.cli.running.os.execve", lambda *told: started.append(told))
    for words in (("--share",), ("--address", "0.0.0.0")):
        done = fairviz("run", *words, cache=tmp_path)
        assert done.returncode == 2
        assert "FAIRVIZ_PASSWORD" in done.stderr
    assert not started
    assert fairviz("run", cache=tmp_path).returncode == 0
    assert started.pop()[1][-2:] == ["--server.address", "localhost"]
    words = ("--share", "--report", "a", "--report", "b", "--", "--server.sslKeyFile", "k")
    done = fairviz("run", *words, cache=tmp_path, FAIRVIZ_PASSWORD=PASSWORD)
    assert "Reports: a, b." in done.stderr
    _, words, environ = started.pop()
    assert words[-4:] == ["--server.address", "0.0.0.0", "--server.sslKeyFile", "k"]
    assert sharing(environ).reports == ("a", "b")
