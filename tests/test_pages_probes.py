"""Bias probes without a browser: it opens, advises, runs, stops, and comes back from the store."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from outcomes import NASTY, kept_by_schema_1, run
from streamlit.testing.v1 import AppTest

from fairviz.analyses.store import Store
from fairviz.i18n import speaking
from fairviz.probes.registry import PROBES

ROOT = Path(__file__).resolve().parents[1]
PAGE = "pages/5_Bias_probes.py"


def opened(app: AppTest, **query: str) -> AppTest:
    for name, value in query.items():
        app.query_params[name] = value
    return app.switch_page(PAGE).run()


def told(app: AppTest) -> str:
    kinds = (app.error, app.warning, app.info, app.caption, app.success, app.markdown)
    return "\n".join(element.value for kind in kinds for element in kind)


@pytest.mark.parametrize("name", PROBES)
def test_every_probe_opens_and_says_what_to_do(app, name):
    opened(app, probe=name)
    which = PROBES[name]
    assert not app.exception
    assert not app.error
    assert app.selectbox(key="probe").value == name
    assert ("[Example]" if name == "minimal_pairs" else "ress **Run**") in told(app)
    assert app.button(key="run").disabled == (which.bundled is None)
    models = [one.key for one in app.selectbox if one.key in ("baseline", "compressed")]
    assert bool(models) == which.models
    assert which.models or "runs no model" in told(app)


@pytest.mark.parametrize("name", PROBES)
def test_every_choice_of_bundled_items_can_be_made(name):
    which = PROBES[name]
    if which.bundled is None:
        return
    for setting in which.settings:
        # The preset of the first sample is one French prompt, so other languages want another.
        others = {"preset": "bank"} if name == "samples" and setting.name == "language" else {}
        for choice in setting.choices if setting.affects_items else ():
            assert len(which.items([], {**others, setting.name: choice}).rows)


def test_an_outcome_in_the_address_is_shown_without_a_model(app, cache):
    Store(cache).save("probe", "abc123", run())
    opened(app, outcome="abc123")
    assert not app.exception
    assert not app.error
    said = told(app)
    assert "Answered from the store" in said and "Content note" in said
    assert r"\*moved\*" in said and r"\<b\>" in said  # a sentence is shown as it is written
    assert len(app.get("plotly_chart")) == 2
    assert "which is more" not in said
    assert NASTY[:5] not in said and "good" not in said  # folded away until asked for
    assert not [one for one in app.dataframe if "Compare" in one.value]


def test_an_outcome_kept_by_schema_1_is_shown(app, cache):
    kept_by_schema_1(cache, "abc123", run())
    opened(app, outcome="abc123")
    assert not app.exception and not app.error
    assert "Answered from the store" in told(app)
    assert len(app.get("plotly_chart")) == 2


def test_the_items_come_when_asked_for_the_flips_first(app, cache):
    Store(cache).save("probe", "abc123", run())
    opened(app, outcome="abc123", show_items="true")
    assert app.toggle(key="show_items").value
    links = [one.proto for one in app.get("page_link") if "prompt=" in one.proto.query_string]
    assert len(links) == 3
    assert links[0].label.startswith("flipped") and "2" in links[0].label
    assert not links[1].label.startswith("flipped")
    table = next(one for one in app.dataframe if "Compare" in one.value).value
    assert table["Item"].tolist() == ["i2", "i1", "i0"]
    assert table["Compare"].str.startswith("Compare?prompt=%3Cb%3E").all()
    app.text_input(key="search").set_value("no such word").run()
    assert "No item has these words" in told(app)


def test_an_outcome_of_another_probe_leaves_the_page(app, cache):
    Store(cache).save("probe", "abc123", run())
    opened(app, outcome="abc123", probe="samples")
    assert not app.get("plotly_chart")
    assert "outcome" not in app.query_params


def test_a_link_brings_back_the_question_too(app, cache):
    from fairviz.core.specs import ModelSpec

    one = run()
    asked = replace(
        one.request, compressed=ModelSpec.parse("demo-student"), settings={"length": "token"}
    )
    Store(cache).save("probe", "abc123", replace(one, request=asked))
    opened(app, outcome="abc123", show_items="true", lang="en")
    assert app.selectbox(key="compressed").value == "demo-student"
    assert app.selectbox(key="minimal_pairs_length").value == "token"


def test_an_unknown_outcome_is_told(app):
    opened(app, outcome="nothere")
    assert "not in this machine's store" in told(app)


def test_stored_answers_need_no_model_and_are_found_again(app, cache):
    opened(app, probe="stored")
    content = b"prompt,baseline,compressed\n<i>who</i>?,she is good,he is bad\nwhy?,so,so\n"
    app.file_uploader[0].set_value(("own.csv", content, "text/csv")).run()
    assert app.button(key="run").label == "Run on 2 items"
    app.button(key="run").click().run()
    assert not app.exception
    assert not app.error
    assert "1 of 2 answers are the same word for word" in told(app)
    assert "Measured just now" in told(app)
    (kept,) = Store(cache).recent("probe")
    assert kept.key in app.query_params["outcome"]
    app.button(key="run").click().run()  # the second time it is found
    assert "Answered from the store" in told(app)
    app.toggle(key="show_items").set_value(True).run()
    cards = next(one for one in app.get("html") if "fv-w-prompt" in one.proto.body).proto.body
    assert "&lt;i&gt;who&lt;/i&gt;?" in cards and "<i>" not in cards
    assert '<mark class="fv-w-first-mark">she</mark>' in cards


def test_a_wrong_file_is_advice_and_the_page_lives(app):
    opened(app, probe="group_auc")
    app.file_uploader[0].set_value(("own.csv", b"a,b\n1,2\n", "text/csv")).run()
    assert not app.exception
    assert app.error
    assert app.button(key="run").disabled


def test_minimal_pairs_of_the_demo_run_in_the_page(app, cache):
    opened(app, minimal_pairs_language="fr", compressed="demo")
    app.button(key="run").click().run()
    assert not app.exception
    assert not app.error
    said = told(app)
    assert "Measured just now" in said
    (kept,) = Store(cache).recent("probe")
    found = Store(cache).load("probe", kept.key)
    assert found.request.settings["language"] == "fr"
    assert (found.outcome.groups["difference"] == 0).all()  # a model against itself
    assert not found.outcome.items["flip"].any()
    assert found.provenance["baseline"]["parameters"] > 0


@pytest.fixture
def french():
    """What AppTest itself asks of a widget is in French too, as its options are."""
    with speaking("fr"):
        yield


def test_what_was_measured_in_french_is_read_in_both_languages(app, cache, french):
    opened(app, probe="stored", lang="fr", show_items="true")
    content = b"prompt,baseline,compressed\nwho?,she is good,he is bad\nwhy?,so,so\n"
    app.file_uploader[0].set_value(("own.csv", content, "text/csv")).run()
    assert app.button(key="run").label == "Lancer sur 2 éléments"
    app.button(key="run").click().run()
    assert not app.exception
    assert not app.error
    said = told(app).replace("\\", "")
    assert "Mesuré à l’instant." in said
    assert "Réponses identiques mot pour mot\u00a0: 1 sur 2" in said
    assert "same word for word" not in said
    tables = {str(column) for one in app.dataframe for column in one.value}
    assert {"Élément", "Groupe"} <= tables
    groups = next(one for one in app.dataframe if "p (Holm)" in one.value).value["Groupe"]
    assert groups[0] == "tous" and "personnes\u00a0: féminin" in set(groups)
    assert "she is good" in str([one.value.to_dict() for one in app.dataframe])
    # The same outcome for a reader of English, out of the store.
    other = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    opened(other, probe="stored", outcome=Store(cache).recent("probe")[0].key, lang="en")
    assert "1 of 2 answers are the same word for word" in told(other)
    assert "Réponses" not in told(other)


def test_a_damaged_file_is_told_in_french(app, french):
    opened(app, probe="minimal_pairs", lang="fr", minimal_pairs_items="file")
    content = b"more,less\nHe sings.,She sings.\n,\nThey sing.,\n"
    app.file_uploader[0].set_value(("own.csv", content, "text/csv")).run()
    said = told(app).replace("\\", "")
    assert "utilisables\u00a0: 2\u202f; écartés\u00a0: 1, " in said
    assert "aucune phrase" in said and "une phrase vide" in said
    app.file_uploader[0].set_value(("own.csv", b"a,b,c\n1,2,3\n", "text/csv")).run()
    assert "colonnes a, b, c" in app.error[0].value.replace("\\", "")


def test_another_measure_of_samples_is_drawn_for_who_asks_by_the_address(app, cache):
    import pandas as pd

    one = run("samples")
    listed = {"n_baseline": 2, "n_compressed": 2, "unit": "words", "meaning": "Words written."}
    values = {"baseline": [1.0, 2.0], "compressed": [3.0, 5.0]}
    details = {
        "measures": pd.DataFrame(
            [
                {"measure": "ended", "title": "Ended by itself", "baseline": 1.0,
                 "compressed": 0.5, **listed},
                {"measure": "length", "title": "Length", "baseline": 1.5, "compressed": 4.0,
                 **listed},
            ]
        ),
        "values": pd.concat(
            [pd.DataFrame({"measure": name, **values}) for name in ("ended", "length")]
        ),
    }  # fmt: skip
    Store(cache).save(
        "probe", "abc123", replace(one, outcome=replace(one.outcome, details=details))
    )
    opened(app, outcome="abc123", spread="length")
    assert not app.exception and app.selectbox(key="probe").value == "samples"
    # The mean of 1 and 2 is 1.5, that of 3 and 5 is 4.
    assert "the mean is 1.5 and 4" in told(app).replace("\\", "")
    opened(app, outcome="abc123", spread="nonsense")
    assert "the mean is 1 and 0.5" in told(app).replace("\\", "")


def test_what_a_command_measured_is_among_the_recent_runs(app, cache):
    from fairviz.analyses import runner
    from fairviz.analyses.probe.request import probe_request
    from fairviz.analyses.probe.run import measure
    from fairviz.core.specs import ModelSpec

    which, two = PROBES["stored"], (ModelSpec("baseline"), ModelSpec("compressed"))
    items = which.read(b"prompt,baseline,compressed\nwho?,she is good,he is bad\n", "own.csv")
    request = probe_request("stored", *two, items, {})
    asked = (request, measure(request, items, {}))
    found = runner.answer("probe", *asked, store=Store(cache), loading=runner.no_pair)
    again = runner.answer("probe", *asked, store=Store(cache), loading=runner.no_pair)
    assert found.fresh and not again.fresh and found.key == again.key
    opened(app)
    assert "Recent runs" in [one.value for one in app.header]
    (link,) = [one.proto for one in app.get("page_link") if "outcome=" in one.proto.query_string]
    assert found.key in link.query_string and "own" in link.label


def test_a_scorer_is_chosen_or_named(app):
    opened(app, probe="classifier", classifier_classifier="vader")
    chosen = app.selectbox(key="classifier_classifier")
    assert not app.exception and not app.error and chosen.value == "vader"
    assert any("offensive words" in title for title in chosen.options)
    opened(app, probe="classifier", classifier_classifier="someone/judge")
    assert not app.exception and not app.error
    assert app.selectbox(key="classifier_classifier").value == "someone/judge"
