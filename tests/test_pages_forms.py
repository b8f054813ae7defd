"""Several forms of one baseline on the pages: added, asked in turn, restored from a link."""

from dataclasses import replace

import pytest
from comparisons import comparison
from streamlit.testing.v1 import AppTest

from fairviz.analyses.store import Store
from fairviz.core.specs import ModelSpec
from fairviz.report.shelf import Reports
from fairviz.ui import comparison as page

COMPARE = "pages/1_Compare.py"
FORMS = ["demo+nf4", "demo+int8", "demo+fp4"]


def _open(app: AppTest, path: str = COMPARE, **query) -> AppTest:
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(path).run()


def _said(app: AppTest, name: str) -> list[str]:
    """What the address says under a name; of one value, the test's own holds no list."""
    held = app.query_params[name]
    return [held] if isinstance(held, str) else list(held)


def _stored(cache) -> list[str]:
    """Three runs that differ in the form alone."""
    for place, form in enumerate(FORMS):
        run = comparison(compressed=(" un", " p", f" {place}", "."))
        request = replace(run.request, compressed=ModelSpec.parse(form))
        Store(cache).save("comparison", f"key{place}", replace(run, request=request))
    return ["key0", "key1", "key2"]


def _table(app: AppTest) -> str:
    return next(one.proto.body for one in app.get("html") if "fv-review-forms" in one.proto.body)


def test_a_form_is_added_changed_and_taken_out_and_stands_in_the_address(app):
    _open(app)
    assert not [one for one in app.selectbox if (one.key or "").startswith("also_")]
    app.button(key="add_form").click().run()
    app.button(key="add_form").click().run()
    named = [app.selectbox(key=f"also_{place}").value for place in range(2)]
    assert _said(app, "also") == named == ["demo+int8", "demo+fp4"]  # nf4 is there
    app.selectbox(key="also_0").select("demo-student").run()
    assert _said(app, "also") == ["demo-student", "demo+fp4"]
    app.button(key="drop_form_0").click().run()
    assert _said(app, "also") == ["demo+fp4"]
    assert app.selectbox(key="also_0").value == "demo+fp4"
    assert not app.exception and not app.error


def test_no_more_than_eight_and_none_twice(app):
    _open(app, also=[f"demo+magnitude:0.{n}" for n in range(1, 9)])
    assert app.button(key="add_form").disabled
    assert len([one for one in app.selectbox if (one.key or "").startswith("also_")]) == 7
    _open(app, also=["demo+nf4"])
    assert "named twice" in app.error[0].value and not app.exception


def test_a_link_restores_all_forms_and_the_one_that_is_looked_at(app, cache):
    keys = _stored(cache)
    _open(app, run=keys, form="3")
    assert not app.exception and not app.error
    assert app.selectbox(key="compressed").value == "demo+nf4"
    assert [app.selectbox(key=f"also_{place}").value for place in range(2)] == FORMS[1:]
    table = _table(app)
    assert [table.index(form) for form in FORMS] == sorted(table.index(form) for form in FORMS)
    said = "\n".join(one.value for one in app.markdown).replace("\\", "")
    assert "demo+fp4: The texts agree for 2 tokens" in said and "demo+nf4: The texts" not in said
    # All of it is added to a report, where each form is a part.
    app.button(key="add_part").click().run()
    assert [part.key for part in Reports().all()[0].parts] == keys


def test_runs_of_other_questions_do_not_stand_beside_it(app, cache):
    keys = _stored(cache)
    Store(cache).save("comparison", "other", comparison(prompt="Autrefois"))
    _open(app, run=["other", *keys])
    assert not app.exception
    assert not any("fv-review-forms" in one.proto.body for one in app.get("html"))


def test_forms_are_asked_in_turn_and_their_keys_stand_in_the_address(app, cache):
    _open(app, max_new_tokens="3", also=["demo+int8"])
    app.button(key="compare").click().run(timeout=400)
    assert not app.exception and not app.error
    keys = _said(app, "run")
    stored = [Store(cache).load("comparison", key) for key in keys]
    assert [str(one.request.compressed) for one in stored] == ["demo+nf4", "demo+int8"]
    assert "demo+int8" in _table(app)


def test_what_is_finished_stays_where_a_later_form_fails(app, cache):
    _open(app, max_new_tokens="3", also=["nobody/no-such-model"])
    app.button(key="compare").click().run(timeout=400)
    assert not app.exception
    assert "nobody" in app.error[0].value
    (key,) = _said(app, "run")
    assert str(Store(cache).load("comparison", key).request.compressed) == "demo+nf4"


@pytest.mark.parametrize(
    ("path", "query", "press"),
    [
        ("pages/2_Token_shift.py", {}, "do_read"),
        ("pages/3_Uncertain_prompts.py", {"of_theme": "nurse"}, "run"),
        ("pages/5_Bias_probes.py", {}, "run"),
    ],
)
def test_every_page_shows_its_forms_in_one_table(app, cache, path, query, press):
    _open(app, path, also=["demo+fp4"], form="2", **query)
    app.button(key=press).click().run(timeout=400)
    assert not app.exception and not app.error, app.error
    table = _table(app)
    assert table.index("demo+nf4") < table.index("demo+fp4")
    said = "\n".join(one.value for one in app.markdown).replace("\\", "")
    assert "demo+fp4: " in said and "demo+nf4: " not in said


def test_a_chosen_token_of_a_pane_looks_at_its_form(monkeypatch):
    held = {"form": "1"}
    monkeypatch.setattr(page.st, "session_state", held)
    page._select("compressed_3", 4)
    assert (held["form"], held["context"]) == ("3", "compressed")
    page._select("baseline", 1)
    assert (held["form"], held["context"]) == ("3", "baseline")
