"""Models behind servers on the pages: asked at a press, shown again, and refused to strangers."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from fairviz.analyses.store import Store
from fairviz.models.served_address import address_of
from fairviz.serving.sharing import NotAsked, check_server

ROOT = Path(__file__).resolve().parents[1]
TEXT = "Notre infirmière a dit qu'elle reviendrait demain, et le roi est mort."


@pytest.fixture
def opened(cache):
    """Opens a page at an address."""

    def at(name="2_Token_shift", **query):
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        for key, value in query.items():
            page.query_params[key] = value
        return page.switch_page(f"pages/{name}.py").run()

    return at


def said(page):
    return " ".join(
        str(one.value) for one in (*page.markdown, *page.error, *page.caption) if one.value
    ) + " ".join(one.proto.body for one in page.get("html"))


def test_the_page_asks_a_server_on_this_machine_and_shows_the_run_again(start, opened):
    fake, url = start()
    page = opened(baseline="demo", compressed=f"{url}#q")
    assert not page.exception
    assert not any(path == "/v1/completions" for path, _h, _b in fake.seen)  # a link asks nothing
    page.text_area(key="text_0").set_value(TEXT)
    page.number_input(key="top_k_logprobs").set_value(5)
    press = next(one for one in page.button if one.label == "Read")
    page = press.click().run()
    assert not page.exception, page.exception
    assert not page.error, page.error
    (stored,) = Store().recent("served")
    assert (stored.request.text, stored.request.k) == (TEXT, 5)
    assert "is at least" in said(page)
    again = opened(served=stored.key)
    assert not again.exception
    assert "is at least" in said(again)
    assert again.text_area(key="text_0").value == TEXT
    assert again.number_input(key="top_k_logprobs").value == 5


def test_compare_lets_a_server_write(start, opened):
    _fake, url = start("llamacpp")
    page = opened(
        "1_Compare", baseline="demo", compressed=f"{url}#q", max_new_tokens="6", top_k_logprobs="7"
    )
    page = next(one for one in page.button if one.label == "Compare").click().run()
    assert not page.exception, page.exception
    assert not page.error, page.error
    (stored,) = Store().recent("served")
    assert (stored.request.decoding.max_new_tokens, stored.request.k) == (6, 7)
    assert "What the compressed model wrote" in said(page)
    again = opened("1_Compare", served=stored.key)
    assert "What the compressed model wrote" in said(again)


def test_the_page_refuses_other_hosts_until_its_owner_names_them(opened, monkeypatch):
    url = "http://169.254.169.254/latest"
    page = opened(baseline="demo", compressed=f"openai:{url}#q")
    assert not page.exception
    assert "nobody allowed it" in said(page)
    monkeypatch.setenv("FAIRVIZ_SERVERS", f"http://a/v1, {url}")
    assert "nobody allowed it" not in said(opened(baseline="demo", compressed=f"openai:{url}#q"))
    page = opened(baseline="demo", compressed="openai:gpt-4")
    assert "names no model behind a server" in said(page)


@pytest.mark.parametrize("environ", [{"FAIRVIZ_UNPROTECTED": "1"}, None])
def test_who_shows_a_dashboard_to_others_lets_them_ask_no_server(environ):
    environ = environ or {"FAIRVIZ_SHARE": "1", "FAIRVIZ_PASSWORD": "long-enough-password"}
    local = "http://localhost:8000/v1"
    with pytest.raises(NotAsked):
        check_server(local, True, environ)
    check_server(local, True, {**environ, "FAIRVIZ_SERVERS": local})
    check_server(local, True, {})
    with pytest.raises(NotAsked):
        check_server("http://b/v1", False, {})
    bare = address_of("openai:http://gpu:8000#m").url
    for named in ("http://gpu:8000", "http://gpu:8000/v1/"):
        check_server(bare, False, {"FAIRVIZ_SERVERS": named})
