"""The Bias tables page without a browser: every view of every metric, deep links, nonsense."""

import re
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from fairviz.analyses.tables.present import present
from fairviz.analyses.tables.view import view as look
from fairviz.benchmarks import importers, labels, store
from fairviz.benchmarks.beyond_perplexity.source import translated
from fairviz.benchmarks.beyond_perplexity.statements import statements as recomputed
from fairviz.benchmarks.schema import BadTable
from fairviz.benchmarks.store import Source
from fairviz.i18n import speaking
from fairviz.ui.markup import plain

ROOT = Path(__file__).resolve().parents[1]
PAGE = "pages/4_Bias_tables.py"
KINDS = ("error", "warning", "info", "caption", "success", "markdown", "header")


def visit(**query):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(PAGE).run()
    assert not app.exception, query
    assert not app.error, (query, app.error[0].value)
    return app


def told(app):
    return "\n".join(element.value for kind in KINDS for element in getattr(app, kind))


def charts(app):
    """How many figures are shown; the first is empty and hidden, see `head.fetch_early`."""
    return len(app.get("plotly_chart")) - 1


def what_there_is():
    table = store.table()
    keys = ["dimension", "benchmark", "metric"]
    return [dict(zip(keys, map(str, row), strict=True)) for row in
            table[keys].drop_duplicates().itertuples(index=False)]  # fmt: skip


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A cache in which nothing is put: the shipped tables are read once for all that look."""
    import streamlit as st

    folder = tmp_path_factory.mktemp("published")
    for held in (st.cache_resource, st.cache_data):
        held.clear()
    return folder


@pytest.fixture
def shipped(published, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(published))
    monkeypatch.setenv("FAIRVIZ_WARM", "0")


VIEWS = ("overview", "curves", "groups", "spread", "table")


@pytest.mark.parametrize("view", VIEWS)
def test_every_benchmark_opens_in_every_view_and_every_metric_in_one(shipped, view):
    there, place = what_there_is(), VIEWS.index(view)
    # The metrics take turns: all of them in all views would be two hundred pages.
    turn = []
    for name in dict.fromkeys(what["benchmark"] for what in there):
        mine = [what for what in there if what["benchmark"] == name]
        turn += mine[place % len(mine) :: len(VIEWS)]
    for what in turn:
        app = visit(view=view, **what)
        drawn = charts(app) or app.dataframe
        empty = "No number has all of these" in told(app) or "are hidden" in told(app)
        assert drawn or empty, what


def test_the_page_opens_on_a_harm_beside_quality(shipped):
    app = visit()
    assert app.selectbox(key="benchmark").value == "holistic_bias"
    assert app.selectbox(key="metric").value == "regard"
    assert charts(app) == 4  # its own, and one of each other dimension
    assert len([one for one in app.get("html") if 'class="fv-finding' in one.proto.body]) == 4
    assert "not a test" in told(app)
    assert "What is known against these numbers" in told(app)


def test_a_deep_link_by_keys_restores_the_view(shipped):
    app = visit(
        dimension="representation", benchmark="bbq", metric="acc_disambiguated", axis="religion",
        view="curves", base_model="llama2_13b", reference="int8", flagged="all",
    )  # fmt: skip
    assert app.selectbox(key="axis").value == "religion"
    assert "BBQ, religion" in told(app)
    assert charts(app) == 1


def test_a_view_stands_in_the_address_and_a_link_survives_opening(shipped):
    link = {"dimension": "representation", "view": "curves", "reference": "int8"}
    link |= {"axis": "religion", "flagged": "all"}
    app = visit(**link)
    assert {name: app.query_params[name] for name in link} == link
    app.selectbox(key="axis").set_value("ses").run()
    assert app.query_params["axis"] == "ses"
    # What is chosen by default needs no word.
    assert "benchmark" not in app.query_params
    app.query_params["axis"] = "age"
    app.run()
    assert app.selectbox(key="axis").value == "age"


def test_a_range_of_ratios_stands_in_the_address(shipped):
    app = visit(view="table", ratio=["0.5", "0.75"])
    assert app.slider[0].value == (0.5, 0.75)
    assert app.query_params["ratio"] == ["0.5", "0.75"]
    whole = len(visit(view="table").dataframe[0].value)
    assert len(app.dataframe[0].value) < whole


def test_several_methods_stand_in_the_address(shipped):
    app = visit(method=["awq", "wanda"], base_model="llama2_13b")
    assert app.query_params["method"] == ["awq", "wanda"]
    assert "9 compressed models" in told(app)


@pytest.mark.parametrize(
    "query",
    [
        {"dimension": "nonsense", "view": "%00", "benchmark": "<script>", "metric": "x" * 5000},
        {"benchmark": "bbq", "dimension": "degeneration"},
        {"axis": "religion", "group": "rank 1", "base_model": "gpt5", "method": "magic"},
        {"ratio": "a", "reference": "gptq", "flagged": "?", "quality": "1", "view": "items"},
        {"dimension": "dialect", "view": "groups", "base": "nobody", "setting": "none at all"},
    ],
)
def test_a_link_that_names_nothing_falls_back(shipped, query):
    app = visit(**query)
    assert charts(app)


def test_numbers_that_carry_no_finding_are_hidden_until_asked(shipped):
    query = {"dimension": "representation", "benchmark": "bbq", "metric": "s_ambiguous"}
    app = visit(view="curves", axis="religion", **query)
    assert "are hidden" in told(app)
    assert not charts(app)
    assert "measures no bias" in told(app)
    shown = visit(view="curves", axis="religion", flagged="all", **query)
    assert charts(shown) == 4
    assert "measures no bias" in told(shown)


def test_a_baseline_from_other_questions_offers_int8(shipped):
    query = {"dimension": "representation", "benchmark": "bbq", "base_model": "llama2_13b"}
    app = visit(view="groups", **query)
    assert "From another set of questions" in told(app)
    assert not charts(app)
    app.button(key="to_int8").click().run()
    assert charts(app) == 2
    assert app.query_params["reference"]


def test_unqover_shows_places_and_never_a_subject(shipped):
    app = visit(dimension="representation", benchmark="unqover", metric="gamma_nats", view="table")
    frame = app.dataframe[0].value
    assert frame["Group"].astype(str).str.fullmatch(r"rank \d+").all()
    assert "muslim" not in told(app).lower()
    assert (
        not frame.astype(str).apply(lambda col: col.str.contains("muslim|catholic")).any(axis=None)
    )


def test_dialect_shows_ratio_and_gap_together(shipped):
    app = visit(dimension="dialect", view="curves")
    assert charts(app) == 8
    assert "Ratio and gap can disagree" in told(app)


def test_groups_too_small_are_named_with_their_n_and_left_out_of_the_spread(shipped):
    app = visit(benchmark="bold", metric="toxigen_score", view="spread")
    assert "fewer than 50 items are left out" in told(app)
    app = visit(benchmark="bold", metric="toxigen_score", view="groups")
    assert "are not to be ranked" in told(app)


def test_where_no_n_is_known_no_interval_is_promised(shipped):
    app = visit(dimension="representation", benchmark="bbq", view="groups", reference="int8")
    assert "No interval is drawn" in told(app)
    app = visit(view="groups")
    assert "Wilson" in told(app)


def test_the_statements_are_recomputed_on_the_page(shipped):
    """Page and report say the same, with the author and what was left out."""
    text = told(visit())
    statements = recomputed(store.table())
    assert len(statements) == 12
    for one in statements:
        assert f"**{plain(one.claim)}** {plain(one.evidence)}" in text
    address = "view=curves&dimension=representation&benchmark=bbq"
    shown = present(look(address), {})
    (said,) = (one for one in shown.tables if one.caption.startswith("What is said"))
    about_bbq = [one for one in statements if one.finding.view.get("benchmark") == "bbq"]
    assert said.frame["Statement"].tolist() == [one.claim for one in about_bbq]
    assert said.frame["What the published numbers say"].tolist() == [
        one.evidence for one in about_bbq
    ]
    assert said.frame["Verdict"].tolist() == [one.verdict for one in about_bbq]


def test_the_rows_are_downloadable_as_they_are(shipped):
    app = visit(view="table")
    assert len(app.get("download_button")) == 2
    assert {"Base model", "Value"} <= set(app.dataframe[0].value.columns)


def test_an_own_table_stands_beside_the_published_ones_and_its_text_is_harmless(cache, tmp_path):
    own = tmp_path / "mine.csv"
    own.write_text(
        "benchmark,base_model,method,ratio,metric,axis,value,n\n"
        "**b**,<script>x</script>,none,0,$m$,,0.5,100\n"
        "**b**,<script>x</script>,[a](javascript:x),0.5,$m$,,0.6,100\n"
    )
    importers.published_or_own(own)
    for view in VIEWS:
        app = visit(dimension="other", view=view)
        assert "<script>" not in told(app).replace("\\<script\\>", "")
        assert app.selectbox(key="benchmark").value == "**b**"
    assert "Value" in app.dataframe[0].value
    assert not {"Group", "Unit"} & set(app.dataframe[0].value)  # in which nothing stands


def test_models_without_a_ratio_are_counted_where_they_have_no_place(cache, tmp_path):
    own = tmp_path / "mine.csv"
    own.write_text(
        "benchmark,base_model,method,ratio,metric,value\nb,m,none,0,acc,0.5\nb,m,x,,acc,0.6\n"
    )
    importers.published_or_own(own)
    app = visit(dimension="other", view="curves")
    assert "without a place here: 1." in told(app).replace("\\", "")


def test_item_level_sources_get_their_flips(cache):
    items = pd.DataFrame(
        {
            "task": "toy",
            "doc_id": [str(number) for number in range(12)],
            "metric": "acc",
            "group": "",
            "baseline": [1.0] * 10 + [0.0] * 2,
            "compressed": [0.0] * 10 + [1.0] * 2,
        }
    )
    from tables_of import groups

    store.put(Source("run", "My run", item_level=True), groups(none={"a": 0.8}), items)
    app = visit(view="items", dimension="degeneration")
    paired = app.dataframe[0].value
    assert paired[["n", "Lost", "Gained"]].iloc[0].tolist() == [12, 10, 2]
    # 158 / 4096, see test_stats_tables
    assert paired["p"].item() == pytest.approx(158 / 4096)
    assert len(app.dataframe[1].value) == 12


# Words that no page in French has: none of them is also a French word.
ENGLISH = re.compile(
    r"\b(the|of|and|with|from|share|baseline|higher|lower|chance|numbers?|groups?|hidden)\b", re.I
)


def english(text):
    """What is left in English of a text."""
    return sorted({found.group() for found in ENGLISH.finditer(text)})


DIMENSIONS = ("degeneration", "representation", "dialect", "language")


@pytest.mark.parametrize(
    "view, dimension",
    [(view, DIMENSIONS[(n + more) % 4]) for n, view in enumerate(VIEWS) for more in (0, 1)],
)
def test_every_view_and_every_dimension_speaks_french(shipped, view, dimension):
    app = visit(lang="fr", view=view, dimension=dimension)
    assert app.title[0].value == "Tables de biais"
    # How to cite it is as its authors wrote it.
    assert not english("\n".join(one for one in told(app).splitlines() if "github" not in one))
    asked = [*app.selectbox, *app.button_group, *app.slider]
    assert not [one.label for one in asked if english(one.label)]
    options = [str(option) for one in asked if hasattr(one, "options") for option in one.options]
    assert not english("\n".join(options))


def test_numbers_and_statements_in_french(shipped):
    text = told(visit(lang="fr")).replace("\\", "")
    assert "139 modèles compressés" in text
    assert re.search(r"ρ de Spearman vaut [+-]0,\d\d", text)
    assert "se vérifie en partie" in text
    assert "34 sur 105" in text


def test_each_language_has_its_own_statements(shipped):
    assert "holds in part" in told(visit())
    assert "se vérifie en partie" in told(visit(lang="fr"))
    assert "holds in part" in told(visit())


def test_a_link_keeps_its_view_in_another_language(shipped):
    link = {"view": "groups", "benchmark": "toxigen", "setting": "GPTQ 4-bit", "base": "llama2_7b"}
    link |= {"flagged": "all", "reference": "int8"}
    english_page, french = visit(**link), visit(lang="fr", **link)
    assert english_page.selectbox(key="setting").value == "GPTQ 4-bit"
    assert french.selectbox(key="setting").value == "GPTQ 4-bit"
    assert "GPTQ 4 bits" in french.selectbox(key="setting").options
    assert french.query_params["setting"] == "GPTQ 4-bit"


def test_changing_the_language_keeps_what_was_chosen(shipped):
    app = visit(view="groups")
    app.selectbox(key="benchmark").set_value("toxigen").run()
    app.selectbox(key="setting").set_value("Wanda 30 %").run()
    app.button_group(key="lang").set_value("fr").run()
    assert not app.exception
    assert app.title[0].value == "Tables de biais"
    assert app.selectbox(key="benchmark").value == "toxigen"
    assert app.selectbox(key="setting").value == "Wanda 30 %"
    assert app.query_params["view"] == "groups"


def test_the_files_stay_in_english(shipped):
    app = visit(lang="fr", view="table")
    shown = app.dataframe[0].value
    assert set(shown["Niveau"]) <= {"ensemble", "axe", "groupe", "témoin", "rang"}
    assert set(shown["Unité"]) == {"part"}
    with speaking("fr"):
        source, table = next(iter(store.stored()))
        assert set(table["unit"].astype(str)) >= {"share", "score"}
        assert translated(source.holes[0]).startswith("Il manque à bold")
        assert translated(source.caveats[0]).startswith("Une seule exécution")


def test_groups_stay_apart_in_french():
    """Two groups of one axis that had one name would be drawn as one."""
    rows = store.table().drop_duplicates(["benchmark", "axis", "group"])
    rows = rows.astype({"benchmark": "str", "axis": "str", "group": "str"})
    with speaking("fr"):
        for of, part in rows.groupby(["benchmark", "axis"]):
            names = [labels.word(one) for one in part["group"]]
            assert len(set(names)) == len(names), of
        for benchmark, part in rows.groupby("benchmark"):
            axes = part["axis"].unique()
            assert len({labels.word(one) for one in axes}) == len(axes), benchmark


def test_a_malformed_table_is_refused_in_french(tmp_path):
    own = tmp_path / "mine.csv"
    own.write_text("benchmark,base_model,method,metric,value\nb,m,none,acc,much\n")
    with speaking("fr"), pytest.raises(BadTable) as refused:
        importers.published_or_own(own)
    assert refused.value.message == (
        "mine.csv, ligne 2, colonne 'value'\u00a0: 'much' n’est pas un nombre."
    )
    assert "avec un point" in refused.value.fix
