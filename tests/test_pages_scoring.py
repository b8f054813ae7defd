"""Token shift and Uncertain prompts without a browser: they open, they advise, they come back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from audits import audit, items_table, prompts_table
from comparisons import comparison, pair_trace
from streamlit.testing.v1 import AppTest

from fairviz import i18n as language
from fairviz.analyses.audit import present as audit_presented
from fairviz.analyses.audit.tables import document
from fairviz.analyses.reading.request import Reading, ReadingRequest
from fairviz.analyses.store import Store
from fairviz.core.specs import ModelSpec

ROOT = Path(__file__).resolve().parents[1]
SHIFT, AUDIT = "pages/2_Token_shift.py", "pages/3_Uncertain_prompts.py"
NASTY = "Un <b>soir</b> de $x$"


def opened(app: AppTest, page: str, **query: str) -> AppTest:
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(page).run()


def told(app: AppTest) -> str:
    kinds = (app.error, app.warning, app.info, app.caption, app.success, app.markdown)
    return "\n".join(element.value for kind in kinds for element in kind)


def stored_reading(cache, *texts, tokens=12) -> str:
    traces = tuple(pair_trace([f" m{number}" for number in range(tokens)]) for _ in texts)
    reading = Reading(
        ReadingRequest(ModelSpec.parse("demo"), ModelSpec.parse("demo+nf4"), texts),
        tuple((f"{text[:4]}",) for text in texts),
        traces,
        {"how": "in bfloat16", "share": 0.95, "size": {"kl": 1e-3, "probability_shift": 1e-3}},
        comparison().provenance,
    )
    Store(cache).save("reading", "abc123", reading)
    return "abc123"


def test_token_shift_opens_with_a_text_and_nothing_read(app):
    opened(app, SHIFT)
    assert not app.exception
    assert not app.error
    assert "Long ago" in app.text_area(key="text_0").value
    assert "[Example]" in told(app)


def test_a_reading_in_the_address_is_shown_without_a_model(app, cache):
    key = stored_reading(cache, NASTY)
    opened(app, SHIFT, reading=key, quantity="kl", token="3")
    assert not app.exception
    assert not app.error
    assert app.text_area(key="text_0").value == NASTY
    assert "Answered from the store" in told(app)
    assert "noise floor was not measured" not in told(app)
    assert app.selectbox(key="quantity").value == "kl"
    assert len(app.get("plotly_chart")) == 3
    assert any("Token 3" in one.value for one in app.header)
    assert any("llama" in one.label for one in app.expander)


def test_words_instead_of_tokens_are_in_the_address(app, cache):
    opened(app, SHIFT, reading=stored_reading(cache, NASTY), unit="word")
    assert not app.exception
    assert "known for tokens only" in told(app)


def test_two_texts_stand_side_by_side(app, cache):
    opened(app, SHIFT, reading=stored_reading(cache, "elle dit", "il dit"), text="2")
    assert not app.exception
    assert app.text_area(key="text_1").value == "il dit"
    assert app.toggle(key="two_texts").value
    assert app.query_params["text"] == "2"


def test_a_text_of_5000_tokens_is_paged(app, cache):
    key = stored_reading(cache, "long", tokens=5000)
    opened(app, SHIFT, reading=key, token="4500")
    assert not app.exception
    assert "Part 1 of 13" in told(app)
    app.button(key="chips_on").click().run()
    assert "Part 2 of 13" in told(app)
    assert "every extreme is drawn" in told(app)


def test_a_reading_that_is_not_here_says_so(app):
    opened(app, SHIFT, reading="fedcba")
    assert "not in this machine's store" in told(app)


def test_reading_an_unknown_model_is_advice_and_the_text_stays(app):
    opened(app, SHIFT, compressed="nobody/no-such-model")
    app.text_area(key="text_0").input("Mon texte.")
    app.button(key="do_read").click().run()
    assert not app.exception
    assert len(app.error) == 1
    assert "nobody" in app.error[0].value
    assert app.text_area(key="text_0").value == "Mon texte."


def test_an_empty_text_is_advice(app):
    opened(app, SHIFT)
    app.text_area(key="text_0").input("")
    app.button(key="do_read").click().run()
    assert not app.exception
    assert "0 tokens" in app.error[0].value


def test_an_empty_file_is_advice_and_a_good_one_fills_the_box(app):
    opened(app, SHIFT)
    app.file_uploader(key="upload_0").upload("a.txt", b"  ", "text/plain").run()
    assert "a\\.txt is empty" in app.error[0].value
    app.file_uploader(key="upload_0").upload("b.txt", "Été".encode(), "text/plain").run()
    assert not app.error
    assert app.text_area(key="text_0").value == "Été"


def test_uncertain_prompts_opens_with_the_bank(app):
    opened(app, AUDIT)
    assert not app.exception
    assert not app.error
    assert app.button(key="run").label.startswith("Run on 154 prompts")
    app.multiselect(key="of_language").select("fr").run()
    assert app.button(key="run").label == "Run on 77 prompts"
    assert app.query_params["of_language"] == "fr"


@pytest.mark.parametrize(
    ("table", "kind", "pictures"),
    [(prompts_table(), "prompts", 4), (items_table("RRWLG" * 5), "items", 4)],
)
def test_an_audit_in_the_address_is_shown_without_a_model(app, cache, table, kind, pictures):
    found = audit(table, kind)
    Store(cache).begin("audit", "abc123", found.request).finish(found)
    opened(app, AUDIT, audit="abc123")
    assert not app.exception
    assert not app.error
    said = told(app)
    assert "Answered from the store" in said
    assert "rank correlation" in said
    assert "noise floor" in said
    assert len(app.get("plotly_chart")) == pictures
    assert any("Left out: 1" in one.label.replace("\\", "") for one in app.expander)
    links = [one.proto for one in app.get("page_link") if "Compare" in one.proto.page]
    assert len(links) >= 12
    assert any("prompt=" in one.query_string for one in links)


def test_a_strangers_rows_about_people_are_shown_only_when_asked_for(app, cache):
    found = audit(prompts_table(), "prompts", "mine.csv")
    Store(cache).begin("audit", "abc123", found.request).finish(found)
    opened(app, AUDIT, audit="abc123")
    assert not app.error
    assert not [one for one in app.get("page_link") if "prompt=" in one.proto.query_string]
    assert "Il était" not in told(app)
    assert not any("Il" in one.proto.spec for one in app.get("plotly_chart"))
    app.toggle(key="show_rows").set_value(True).run()
    assert len([one for one in app.get("page_link") if "prompt=" in one.proto.query_string]) >= 12
    assert any("Il" in one.proto.spec for one in app.get("plotly_chart"))


def test_an_audit_in_french(app, cache):
    found = audit(prompts_table(), "prompts")
    Store(cache).begin("audit", "abc123", found.request).finish(found)
    opened(app, AUDIT, audit="abc123", lang="fr", part="group")
    assert not app.exception
    assert not app.error
    assert app.title[0].value == "Prompts incertains"
    assert "Là où la référence hésitait" in [one.value for one in app.header]
    assert app.button(key="run").label == "Lancer sur 154 prompts"
    assert "femmes" in app.multiselect(key="of_group").options
    said = told(app).replace("\\", "")
    # 6 of 60 prompts changed: a tenth.
    assert "après 6 prompts sur 60 (10,0\u202f%, intervalle à 95\u202f% de" in said
    assert "un texte vide (1)" in said
    assert "bfloat16 au lieu de float32" in said
    drawn = [json.loads(one.proto.spec)["layout"] for one in app.get("plotly_chart")]
    assert {one["separators"] for one in drawn} == {",\u202f"}
    assert drawn[0]["xaxis"]["title"]["text"].startswith("Entropie de la référence")


def test_a_file_of_ones_own_tells_in_french_what_it_lost(app):
    opened(app, AUDIT, set="own", lang="fr")
    content = b"prompt,lang\nIl,fr\n,fr\nThe nurse,en\n"
    # The test spells the options of widgets outside of the page.
    with language.speaking("fr"):
        app.file_uploader(key="own_file").upload("mine.csv", content, "text/csv").run()
    assert not app.exception
    said = told(app).replace("\\", "")
    assert "un texte vide (1). Le premier\u00a0: ligne 3." in said


def test_a_set_without_a_file_asks_for_one(app):
    for name in ("own", "arc_easy", "piqa", "truthfulqa_gen", "lm_eval"):
        opened(app, AUDIT, set=name)
        assert not app.exception, name
        assert not app.error, name
        assert app.button(key="run").disabled
        assert "Choose" in told(app) or "Give the folders" in told(app)


def test_a_file_of_ones_own_tells_what_it_lost(app):
    opened(app, AUDIT, set="own")
    content = b"prompt,lang\nIl,fr\n,fr\nThe nurse,en\n"
    app.file_uploader(key="own_file").upload("mine.csv", content, "text/csv").run()
    assert not app.exception
    assert "2 can be asked, 1 left out: an empty text (1)" in told(app).replace("\\", "")
    assert app.button(key="run").label == "Run on 2 prompts"
    app.file_uploader(key="own_file").upload("mine.csv", b"", "text/csv").run()
    assert "is empty" in app.error[0].value


def test_a_file_of_another_task_is_advice(app):
    opened(app, AUDIT, set="piqa")
    app.file_uploader(key="file_piqa").upload("x.jsonl", b'{"a": 1}\n').run()
    assert not app.exception
    assert "PIQA needs goal" in app.error[0].value


def test_folders_that_are_no_runs_are_advice(app, tmp_path):
    opened(app, AUDIT, set="lm_eval", lm_baseline=str(tmp_path), lm_compressed=str(tmp_path))
    assert not app.exception
    assert not app.error  # a link alone reads no folder
    app.button(key="lm_read").click().run()
    assert "no results" in app.error[0].value


def test_an_audit_that_is_not_here_says_so(app):
    opened(app, AUDIT, audit="fedcba")
    assert "not in this machine's store" in told(app)


def test_running_the_bank_measures_and_keeps_it(app, cache):
    opened(app, AUDIT, of_theme="controls", of_language="fr")
    assert app.button(key="run").label == "Run on 12 prompts"
    app.button(key="run").click().run()
    assert not app.exception
    assert not app.error
    assert "Measured just now" in told(app)
    (kept,) = Store(cache).recent("audit")
    assert kept.facts["rows"] == 12
    assert app.query_params["audit"] == kept.key
    app.button(key="run").click().run()
    assert "Answered from the store" in told(app)


def drawn_first(chart_or_figure: str) -> tuple:
    """Points, axes and noise floor of a figure as plotly spells it."""
    figure = json.loads(chart_or_figure)
    shapes = [one["y1"] for one in figure["layout"]["shapes"] if one.get("name") == "noise floor"]
    axes = [figure["layout"][axis]["title"]["text"] for axis in ("xaxis", "yaxis")]
    return [(one["x"], one["y"]) for one in figure["data"]], axes, shapes


def test_page_report_and_file_show_the_same_figure_and_floor(app, cache):
    """Options compared per character, whose floor is not that of the sum."""
    floor = {
        "how": "in bfloat16 instead of float32", "n": 48, "share": 0.95,
        "changed": 0.0, "relation": 0.97, "size": {"js": 0.25, "kl": 0.5, "lead_shift": 3.0},
        "changed_per_character": 0.0, "relation_per_character": 0.126,
        "size_per_character": {"js": 1e-05, "kl": 2e-05, "lead_shift": 0.01},
    }  # fmt: skip
    table = items_table("RRWLG" * 5)
    # Another certainty for each, so that there is a relation to show.
    table["baseline_log_prob"] = [[-1.0, -1.0 - 0.05 * number] for number in range(25)]
    found = replace(audit(table, "items", "arc_easy"), floor=floor)
    Store(cache).begin("audit", "abc123", found.request).finish(found)
    opened(app, AUDIT, audit="abc123")
    assert not app.exception
    section = audit_presented.present(found, {})
    chart = app.get("plotly_chart")[0].proto.spec
    assert drawn_first(chart) == drawn_first(section.figures[0].figure.to_json())
    assert drawn_first(chart)[2] == [1e-05]
    relation = "gives 0.13: that relation is what rounding alone brings about"
    band = "less than 1·10⁻⁵ nats; what lies within is not compression"
    # What a page says is escaped for Markdown.
    page = told(app).replace("\\", "")
    for said in (page, " ".join((*section.allowed, *section.not_allowed))):
        assert relation in said
        assert band in said
    assert relation in " ".join(document(found)["sentences"])
    assert document(found)["noise_floor_shown"]["size"] == 1e-05
    # Compared by their sum, the page shows the floor of the sum.
    app.segmented_control(key="length").set_value("sum").run()
    assert drawn_first(app.get("plotly_chart")[0].proto.spec)[2] == [0.25]
    assert "gives 0.97" in told(app).replace("\\", "")


@pytest.mark.parametrize("page", [AUDIT, SHIFT])
@pytest.mark.parametrize(("address", "measured"), [({}, True), ({"floor": "false"}, False)])
def test_the_noise_floor_is_measured_unless_the_address_says_otherwise(
    app, page, address, measured
):
    opened(app, page, **address)
    assert not app.exception
    assert app.checkbox(key="floor").value is measured
