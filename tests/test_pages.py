"""The pages without a browser: they open, they advise, they come back from their address."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import streamlit as st
from comparisons import comparison
from streamlit.testing.v1 import AppTest

from fairviz.analyses.store import Store

ROOT = Path(__file__).resolve().parents[1]
COMPARE = "pages/1_Compare.py"


def _compare(app: AppTest, **query: str) -> AppTest:
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(COMPARE).run()


def _told(app: AppTest) -> str:
    kinds = (app.error, app.warning, app.info, app.caption, app.success, app.markdown)
    return "\n".join(element.value for kind in kinds for element in kind)


def test_the_overview_lists_no_runs_where_there_are_none(app):
    app.run()
    assert not app.exception
    assert not app.error
    assert "Recent runs" not in _told(app)


def test_compare_opens_with_the_french_prompt_and_an_example(app):
    _compare(app)
    assert not app.exception
    assert not app.error
    assert app.text_area(key="prompt").value == "Il était une fois"
    assert "int8, measured beforehand" in _told(app)
    assert "nf4" in app.button(key="run_own").label
    assert not app.query_params


def test_the_first_own_run_takes_the_place_of_the_example(app, cache):
    Store(cache).save("comparison", "abc123", comparison(prompt="Un soir"))
    _compare(app)
    assert "abc123" in app.query_params["run"]
    assert app.text_area(key="prompt").value == "Un soir"
    assert "[Example]" not in _told(app)


def test_a_page_that_is_come_back_to_shows_what_it_showed(app, cache):
    store = Store(cache)
    for key, prompt in (("aaa111", "Un soir"), ("bbb222", "Un matin")):
        store.save("comparison", key, comparison(prompt=prompt))
    _compare(app, run="aaa111", context="compressed")
    app.query_params.clear()  # as a link of the sidebar does
    app.switch_page("app.py").run()
    _compare(app)
    assert "aaa111" in app.query_params["run"]
    assert app.text_area(key="prompt").value == "Un soir"
    assert app.session_state["context"] == "compressed"


def test_the_address_restores_the_question(app):
    _compare(app, prompt="Once upon", temperature="0.8", seed="7", compressed="demo+int8")
    assert app.text_area(key="prompt").value == "Once upon"
    assert app.number_input(key="temperature").value == 0.8
    assert app.number_input(key="seed").value == 7
    assert app.selectbox(key="compressed").value == "demo+int8"


def test_a_link_may_name_a_quantity_by_its_key(app):
    _compare(app, quantity="js", context="compressed")
    assert app.selectbox(key="quantity").value == "js"
    # and the link survives its opening
    assert app.query_params["quantity"] == "js"
    assert app.query_params["context"] == "compressed"


def test_no_link_consents_to_pickled_weights(app):
    _compare(app, unsafe_pickle="true")
    assert not app.checkbox(key="unsafe_pickle").value


def test_an_unknown_model_is_advice_and_the_page_stays(app):
    _compare(app, compressed="nobody/no-such-model")
    app.button(key="compare").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert "nobody" in app.error[0].value
    assert app.text_area(key="prompt").value == "Il était une fois"


def test_the_first_page_s_way_in_asks_at_once(app):
    app.run()
    assert app.button(key="start").label == "Compare: Il était une fois"
    app.session_state["_start"] = True  # as the button leaves it
    _compare(app, compressed="nobody/no-such-model")
    assert "nobody" in app.error[0].value
    assert "_start" not in app.session_state


def test_an_unreadable_model_name_is_advice(app):
    _compare(app, baseline="demo+")
    assert not app.exception
    assert len(app.error) == 1


def test_a_run_in_the_address_is_shown_without_a_model(app, cache):
    Store(cache).save("comparison", "abc123", comparison(prompt="Un <b>soir</b> de $x$"))
    _compare(app, run="abc123")
    assert not app.exception
    assert not app.error
    assert app.text_area(key="prompt").value == "Un <b>soir</b> de $x$"
    assert "Answered from the store" in _told(app)
    assert len(app.get("plotly_chart")) == 3
    assert len(app.get("download_button")) == 2


def test_a_run_that_is_not_here_keeps_the_settings_and_says_so(app):
    _compare(app, run="fedcba", prompt="Autrefois")
    assert not app.exception
    assert "not in this machine's store" in _told(app)
    assert app.text_area(key="prompt").value == "Autrefois"


def test_a_preset_changes_the_method_and_keeps_the_baseline(app):
    _compare(app)
    app.button(key="preset_3").click().run()
    assert app.selectbox(key="baseline").value == "demo"
    assert app.selectbox(key="compressed").value == "demo"


def test_a_preset_of_a_readers_own_baseline(app):
    _compare(app, baseline="owner/model@main")
    named = [one.label for one in app.button if (one.key or "").startswith("preset_")]
    assert named == ["8-bit", "4-bit", "Itself"]  # nobody distilled it
    app.button(key="preset_0").click().run()
    assert app.selectbox(key="baseline").value == "owner/model@main"
    assert app.selectbox(key="compressed").value == "owner/model@main+int8"


def test_an_example_fills_the_prompt(app):
    _compare(app)
    app.selectbox(key="example").select_index(1).run()
    assert app.text_area(key="prompt").value.startswith("Once upon a time")


def test_stored_runs_are_listed_and_their_prompts_are_no_markup(app, cache):
    Store(cache).save("comparison", "abc123", comparison(prompt="**fat** [link](http://x) $y$"))
    app.run()
    assert not app.exception
    links = [link.proto.label for link in app.get("page_link")]
    assert any(r"\*\*fat\*\* \[link\]\(http\:\/\/x\) \$y\$" in label for label in links)


OPENED = """
import json, sys
import fairviz.figures, fairviz.ui.shell, fairviz.ui.overview, fairviz.ui.below
from streamlit.testing.v1 import AppTest

heavy, told = {"torch", "transformers"}, {}
for path in ("app.py", "pages/4_Bias_tables.py", "pages/5_Bias_probes.py", "pages/6_Methods.py"):
    app = AppTest.from_file("app.py", default_timeout=120).switch_page(path).run()
    keys = [one.key for one in app.button]
    told[path] = [len(app.exception), app.title[0].value if app.title else "", "make" in keys,
                  len(app.get("plotly_chart")), sorted(heavy & set(sys.modules))]
print(json.dumps(told))
"""


def test_what_opens_without_a_model_imports_no_model_library():
    """One process, as a server opens one page after the other."""
    environment = {"FAIRVIZ_WARM": "0", "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", OPENED],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert [page[0] for page in told.values()] == [0] * 4
    assert [page[-1] for page in told.values()] == [[]] * 4
    assert told["pages/4_Bias_tables.py"][3] == 5
    assert told["pages/5_Bias_probes.py"][1] == "Bias probes"
    assert told["pages/6_Methods.py"][2]


@pytest.mark.parametrize("held", ["inf", "-inf", "nan", "1e999"])
@pytest.mark.parametrize("name", ["max_new_tokens", "temperature", "seed"])
def test_an_infinity_in_the_address_is_no_number(app, name, held):
    app.query_params[name] = held
    app.switch_page("pages/1_Compare.py").run()
    assert not app.exception and not app.error
    assert app.number_input(key=name).value == {"max_new_tokens": 60}.get(name, 0)


@pytest.mark.parametrize(
    "page, language, badge",
    [
        ("1_Compare", "en", "[Example]"),
        ("2_Token_shift", "en", "[Example]"),
        ("3_Uncertain_prompts", "fr", "[Exemple]"),
        ("5_Bias_probes", "fr", "[Exemple]"),
        ("6_Methods", "en", "[Example]"),
    ],
)
def test_a_page_opens_on_its_example_within_a_second_and_a_half(app, page, language, badge):
    before = AppTest.from_file(app._script_path, default_timeout=120)
    for one in (before, app):
        one.query_params["lang"] = language
        one.switch_page(f"pages/{page}.py")
    before.run()  # imports what the page needs, once in a server's life
    for held in (st.cache_resource, st.cache_data):
        held.clear()
    began = time.process_time()  # of this process alone, whatever else the machine does
    app.run()
    assert time.process_time() - began < 1.5
    assert badge in _told(app)
    assert any("fv-finding" in html.proto.body for html in app.get("html"))


def test_a_link_that_asks_shows_no_other_run(app, cache):
    Store(cache).save("comparison", "abc123", comparison(prompt="Un soir"))
    _compare(app, prompt="Autrefois")
    assert "run" not in app.query_params
    assert not app.get("plotly_chart")
    assert app.text_area(key="prompt").value == "Autrefois"
