"""A visitor of a shared server: signs in, sees what its owner shows, and nothing else is sent."""

import pytest
import reports
from comparisons import comparison
from in_browser import PATIENCE, dashboard, settled, watched

from fairviz.analyses.store import Store
from fairviz.report.record import Part
from fairviz.report.shelf import Reports

pytestmark = pytest.mark.browser
PASSWORD = "correct horse battery"
HIDDEN = "words of somebody else"


def test_a_visitor_signs_in_and_reads_what_is_shown(chromium, tmp_path, monkeypatch):
    (cache := tmp_path / "cache").mkdir()
    monkeypatch.setenv("FAIRVIZ_CACHE", str(cache))
    reports.keep(cache)
    Store(cache).save("comparison", "5ec4e7", comparison(prompt=HIDDEN))
    Reports(cache).save(reports.report())
    Reports(cache).save(reports.report("draft").with_part(Part("comparison", "5ec4e7", HIDDEN)))
    before = sorted(cache.rglob("*"))
    shared = {
        "FAIRVIZ_SHARE": "1",
        "FAIRVIZ_PASSWORD": PASSWORD,
        "FAIRVIZ_REPORTS": "nurses",
        "FAIRVIZ_WARM": "0",
    }
    context = chromium.new_context(locale="en-US")
    page = watched(context.new_page())
    sent = []
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived", lambda one: sent.append(one if isinstance(one, bytes) else b"")
        ),
    )
    with dashboard(cache, tmp_path / "log", **shared) as server:
        run = f"{server}/Compare?run={reports.KEYS['comparison']}"
        page.goto(run, timeout=PATIENCE)
        for password in ("guess", PASSWORD):
            assert not sent
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Sign in").click()
            if password == "guess":
                page.get_by_role("alert").get_by_text("not the password").wait_for()
        settled(page, "[data-testid=fv-divergence-card]")
        assert page.url == run
        main = page.get_by_test_id("stMain")
        # Nothing asks, adds or changes; files and the way out are there.
        assert (
            page.locator("textarea, .st-key-compare, .st-key-add_part, .st-key-again").count() == 0
        )
        assert main.locator("[data-testid=stDownloadButton]").count() == 2
        for asked in ("Compare?run=5ec4e7", "Compare?run=ffffff", "Report?report=draft"):
            page.goto(f"{server}/{asked}")
            page.get_by_text("This is not shown here.").wait_for()
        page.goto(f"{server}/Methods?baseline=/etc")
        settled(page)
        assert main.locator(".st-key-baseline, .st-key-make").count() == 0
        page.goto(f"{server}/?lang=fr")
        main.get_by_text("Montré ici").wait_for()
        settled(page)
        assert main.get_by_test_id("stPageLink").count() >= 5
        page.get_by_text("Se déconnecter").click()
        page.get_by_label("Mot de passe").or_(page.get_by_label("Password")).wait_for()
    whole = b"".join(sent)
    assert b"Nurses" in whole
    assert HIDDEN.encode() not in whole
    assert str(tmp_path).encode() not in whole
    assert sorted(cache.rglob("*")) == before
    context.close()
