"""From rows to what a picture needs: changes, intervals, spreads, filters, names."""

import math

import numpy as np
import pandas as pd
import pytest
from tables_of import groups, table

from fairviz.analyses.tables.view import TableRequest, about, allowed, one_thing
from fairviz.benchmarks import flags, labels, select, store
from fairviz.benchmarks.change import QUALITIES, changes, overview, with_derived
from fairviz.benchmarks.groups import drift, few, finest, labelled, with_contrasts, with_intervals
from fairviz.benchmarks.metrics import METRICS, metric
from fairviz.benchmarks.schema import NAMES, BadTable, stacked, tidy


def wanted(**changed):
    base = TableRequest(
        source="",
        dimension="degeneration",
        benchmark="toy",
        metric=metric("toxigen_ratio"),
        axis="",
        group="",
        base_models=("m",),
        methods=("gptq", "magnitude", "int8"),
        structures=("none", "unstructured"),
        ratios=(0.0, 1.0),
        reference="none",
        flagged="usable",
        view="overview",
    )
    return base._replace(**changed)


def test_a_change_is_compressed_minus_reference_with_the_flags_of_both():
    rows = groups(none={"a": 0.2}, gptq={"a": 0.5})
    rows["flags"] = pd.Series(["other_item_set", "one_of_two"], dtype="category")
    (row,) = changes(rows).to_dict("records")
    assert (row["change"], row["relative"]) == (pytest.approx(0.3), pytest.approx(1.5))
    assert row["flags"] == "one_of_two,other_item_set"
    assert (row["reference"], row["reference_n"]) == (0.2, 100)


def test_a_change_without_a_reference_is_unknown_not_zero():
    assert math.isnan(changes(groups(gptq={"a": 0.5}))["change"].item())


def test_with_int8_as_reference_the_baseline_is_no_compressed_form():
    moved = changes(groups(none={"a": 0.2}, int8={"a": 0.3}, gptq={"a": 0.5}), "int8")
    assert moved["method"].tolist() == ["gptq"]
    assert moved["change"].item() == pytest.approx(0.2)


def test_a_reference_of_another_source_or_model_is_none():
    rows = stacked([groups(none={"a": 0.2}), tidy(groups(gptq={"a": 0.5}).assign(source="other"))])
    assert changes(tidy(rows))["change"].isna().all()


def test_derived_measures_follow_from_two_cells():
    share = {"benchmark": "bbq", "metric": "acc_ambiguous", "method": "none", "line": 2}
    tweets = {"benchmark": "perplexity", "metric": "perplexity", "axis": "dialect"}
    tweets |= {"method": "none", "ratio": 0.0, "level": "group", "line": 3}
    whole = with_derived(
        table(
            {**share, "value": 0.7, "low": 0.6, "high": 0.75, "column": "x_acc_ambiguous"},
            {**tweets, "group": "aae_twitter", "value": 30.0, "flags": "one_of_two"},
            {**tweets, "group": "white_twitter", "value": 20.0},
        )
    )
    made = whole.set_index("metric").loc[["answered_ambiguous", "dialect_ratio", "dialect_gap"]]
    assert made["value"].tolist() == pytest.approx([0.3, 1.5, 10.0])
    guesses = made.loc["answered_ambiguous"]
    assert (guesses["low"], guesses["high"]) == pytest.approx((0.25, 0.4))
    assert guesses["column"] == "1 - x_acc_ambiguous"
    assert made.loc["dialect_ratio", "flags"] == "one_of_two"
    assert len(whole) == 6


def test_the_dialect_measures_of_the_shipped_table_are_those_of_its_cells():
    whole = store.table()
    row = select.rows(
        whole, {"base_model": "llama2_7b", "method": "none", "metric": "dialect_ratio"}
    )
    assert row["value"].item() == pytest.approx(29.68 / 20.22)


def test_the_harm_stands_beside_the_quality_of_the_same_setting():
    harm = groups(none={"a": 0.2}, gptq={"a": 0.5}, magnitude={"a": 0.1})
    quality = {"dimension": "language", "benchmark": "perplexity", "axis": "wikitext2"}
    quality |= {"metric": "perplexity", "level": "aggregate"}
    frame = table(
        {**quality, "method": "none", "ratio": 0.0, "value": 5.0},
        {**quality, "method": "gptq", "ratio": 0.75, "bits": 4, "value": 6.0},
    )
    points = overview(frame, harm, QUALITIES["perplexity"], "none").set_index("method")
    assert points.loc["gptq", "quality"] == pytest.approx(1.2)
    assert points.loc["gptq", "change"] == pytest.approx(0.3)
    assert math.isnan(points.loc["magnitude", "quality"])


def test_intervals_are_binomial_where_n_is_known_and_absent_where_not():
    rows = groups(none={"a": 0.5})
    rows.loc[0, "n"] = 10
    assert with_intervals(rows)[["low", "high"]].iloc[0].tolist() == pytest.approx(
        [0.2366, 0.7634], abs=1e-4
    )
    rows.loc[0, "n"] = pd.NA
    assert with_intervals(rows)[["low", "high"]].isna().all(axis=None)
    # A published interval of a number without a binomial one stays.
    sentiment = table({"metric": "vader_score", "method": "none", "value": 0.4, "n": 50})
    sentiment = sentiment.assign(low=0.3, high=0.5)
    assert with_intervals(sentiment)[["low", "high"]].iloc[0].tolist() == [0.3, 0.5]


def test_a_difference_of_shares_has_newcombes_interval():
    rows = groups(none={"a": 0.6}, gptq={"a": 0.8}).assign(metric="regard")
    rows["n"] = pd.array([80, 70], dtype="Int64")
    moved = with_contrasts(changes(rows))
    # Newcombe 1998, table II (a)
    assert moved[["change_low", "change_high"]].iloc[0].tolist() == pytest.approx(
        [0.0524, 0.3339], abs=1e-4
    )
    rows["n"] = pd.array([80, pd.NA], dtype="Int64")
    assert with_contrasts(changes(rows))["change_low"].isna().all()
    probability = rows.assign(metric="toxigen_score", n=pd.array([80, 70], dtype="Int64"))
    assert with_contrasts(changes(probability))["change_low"].isna().all()


def test_small_groups_and_controls_stand_last_and_are_never_ranked():
    rows = groups(none={"big": 0.1, "aaa": 0.2, "nonce": 0.9})
    rows.loc[rows["axis"] == "aaa", "n"] = 49
    rows["level"] = pd.Series(["axis", "axis", "control"], dtype="category")
    named = labelled(rows)
    assert named["who"].tolist() == ["Big", "Aaa (n = 49)", "Nonce (control)"]
    assert few(rows).tolist() == [False, True, False]
    far = drift(rows, "share")
    assert far["groups"].item() == 1
    assert math.isnan(far["spread"].item())


def test_a_form_of_two_lines_is_named_by_its_line():
    rows = groups(gptq={"a": 0.5})
    twice = stacked([rows, rows.assign(line=pd.array([9], dtype="Int64"))])
    assert labelled(twice)["form"].tolist() == ["GPTQ 4-bit (line 2)", "GPTQ 4-bit (line 9)"]


def test_the_finest_level_is_taken_whole():
    rows = table(
        *(
            {"method": "none", "value": 0.1, "level": level}
            for level in ("aggregate", "axis", "control", "group", "group")
        )
    )
    assert finest(rows)["level"].tolist() == ["group", "group"]
    assert finest(rows[rows["level"] != "group"])["level"].tolist() == ["axis", "control"]
    assert finest(rows[rows["level"] == "aggregate"]).empty


def test_the_spread_of_groups_by_hand_and_its_floor():
    far = drift(groups(none={"a": 0.1, "b": 0.2, "c": 0.3}, gptq={"a": 0.2, "b": 0.2}), "share")
    none, gptq = far.to_dict("records")
    assert (none["spread"], none["range"]) == (pytest.approx(0.1), pytest.approx(0.2))
    assert (none["lowest"], none["highest"], none["groups"]) == ("a", "c", 3)
    assert gptq["spread"] == pytest.approx(0)
    # p = 0.2, n = 100: sd of one share is 0.04.
    assert 0.04 < none["floor"] < 0.09
    assert drift(groups(none={"a": 0.1, "b": 0.2}), "other")["floor"].isna().all()


def test_what_can_carry_no_finding_is_hidden_until_asked():
    rows = groups(none={"a": 0.1}, gptq={"a": 0.2}, magnitude={"a": 0.3})
    rows["flags"] = pd.Series(["", "one_of_two", "other_item_set"], dtype="category")
    hidden = {
        how: allowed(rows, wanted(flagged=how))[1]["flags"].tolist()
        for how in ("usable", "all", "clean")
    }
    assert hidden == {
        "usable": ["other_item_set"],
        "all": [],
        "clean": ["one_of_two", "other_item_set"],
    }


def test_filters_keep_the_reference():
    rows = groups(none={"a": 0.1}, int8={"a": 0.1}, gptq={"a": 0.2}, magnitude={"a": 0.3})
    kept = about(rows, wanted(methods=("gptq",)))
    assert kept["method"].tolist() == ["none", "gptq"]
    kept = about(rows, wanted(methods=("gptq",), reference="int8", ratios=(0.6, 1.0)))
    assert kept["method"].tolist() == ["none", "int8", "gptq"]
    assert about(rows, wanted(benchmark="other")).empty
    assert one_thing(rows, wanted(axis="a"))["method"].tolist() == [
        "none",
        "int8",
        "gptq",
        "magnitude",
    ]


@pytest.mark.parametrize(
    "column, spelling, rows",
    [
        ("method", "LLM.int8()", "int8"),
        ("method", "bitsandbytes", "int8"),
        ("base_model", "llama-2-7b", "llama2_7b"),
        ("axis", "sextuality", "sexual_orientation"),
        ("group", "pesto", "pes2o"),
        ("group", "native", "native_american"),
        ("metric", "toxigen_score_likelihood", "toxigen_score"),
        ("benchmark", "perplexity_results", "perplexity"),
        ("structure", "semistructured:24", "2:4"),
    ],
)
def test_any_spelling_finds_the_rows(column, spelling, rows):
    found = select.rows(store.table(), {column: spelling})
    assert set(found[column]) == {rows}


def test_an_unknown_word_lists_the_known_ones():
    with pytest.raises(select.NoSuchRows, match="bbq") as refused:
        select.rows(store.table(), {"benchmark": "bqb"})
    assert "'bqb'" in refused.value.message


def test_every_metric_of_the_shipped_table_has_a_record_that_agrees():
    rows = store.table()
    for name, part in rows.groupby("metric", observed=True):
        assert name in {one.name for one in METRICS}
        assert set(part["unit"]) == {metric(str(name)).unit}
        assert set(part["worse"]) == {metric(str(name)).worse}


def test_shares_and_probabilities_lie_in_the_unit_interval():
    rows = store.table()
    kinds = rows["metric"].astype(str).map(lambda name: metric(name).kind)
    values = rows[kinds.isin(["share", "probability"])]["value"]
    assert values.between(0, 1).all()


def test_every_flag_of_the_shipped_table_explains_itself():
    for told in store.table()["flags"].unique():
        for name in filter(None, str(told).split(",")):
            assert flags.flag(name).meaning != flags.flag("no such flag").meaning
    assert flags.weight("") == ""
    assert flags.weight("last_of_two") == "note"
    assert flags.weight("last_of_two,two_batches") == "caution"
    assert flags.weight("two_batches,permuted_groups") == "bars"


@pytest.mark.parametrize(
    "setting, title",
    [
        (("none", None, 0.0, "none"), "Baseline"),
        (("int8", 8, 0.5, "none"), "LLM.int8()"),
        (("awq", 4, 0.75, "none"), "AWQ 4-bit"),
        (("wanda", None, 0.5, "2:4"), "Wanda 2:4"),
        (("magnitude", None, 0.6, "unstructured"), "Magnitude 60 %"),
        (("mine", None, math.nan, ""), "mine"),
    ],
)
def test_a_setting_in_words(setting, title):
    assert labels.setting(*setting) == title


def test_a_frame_gets_every_column_or_is_refused():
    whole = tidy(pd.DataFrame([{"benchmark": "b", "base_model": "m", "method": "none"}
                               | {"metric": "acc", "value": 1}]))  # fmt: skip
    assert tuple(whole.columns) == NAMES
    assert whole["canonical"].all()
    assert whole["n"].isna().all()
    with pytest.raises(BadTable, match="colour"):
        tidy(whole.assign(colour="red"))
    with pytest.raises(BadTable, match="value"):
        tidy(whole.drop(columns="value"))
    assert stacked([]).empty
    np.testing.assert_array_equal(stacked([whole, whole])["value"], [1, 1])
