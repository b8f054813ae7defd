"""Values that a measure cannot have are flagged, and measures of two units have two names."""

import json

import pandas as pd
import pytest

from fairviz.benchmarks import flags, store
from fairviz.benchmarks.metrics import METRICS, bounds, flagged, metric
from fairviz.benchmarks.schema import split, tidy


def cells(*rows):
    """A table of (metric, unit, level, value)."""
    named = pd.DataFrame(rows, columns=["metric", "unit", "level", "value"])
    return tidy(named.assign(benchmark="b", base_model="m", method="none"))


def impossible(table):
    return ["impossible_value" in split(str(one)) for one in table["flags"]]


@pytest.mark.parametrize(
    "row, outside",
    [
        (("s_disambiguated", "score", "axis", 1.566), True),
        (("s_disambiguated", "score", "axis", -1.0), False),
        (("s_ambiguous", "score", "axis", -1.01), True),
        (("acc_ambiguous", "share", "axis", 1.2), True),
        (("acc_ambiguous", "share", "axis", 1 + 1e-12), False),  # rounding
        (("toxigen_score", "probability", "group", -0.1), True),
        (("perplexity", "perplexity", "group", 0.9), True),
        (("perplexity", "perplexity", "group", 98179.0), False),
        (("vader_score", "score", "group", -0.7), False),
        (("mu", "score", "axis", 5.127), True),
        (("mu_nats", "nats", "axis", 5.127), False),
        (("mu_nats", "nats", "axis", -0.1), True),
        (("gamma_nats", "nats", "rank", -3.4), False),
        (("gamma", "score", "group", -0.4), False),
        # A mean of sizes has no sign; the score of one subject has one.
        (("eta", "score", "axis", -0.2), True),
        (("eta", "score", "group", -0.2), False),
        (("eta", "score", "group", -1.2), True),
        # A metric of someone's own is known by its unit alone.
        (("harm_rate", "share", "group", 1.5), True),
        (("harm_rate", "", "group", 1.5), False),
        # What was not measured is outside nothing.
        (("acc_ambiguous", "share", "axis", float("nan")), False),
    ],
)
def test_what_a_measure_cannot_be(row, outside):
    assert impossible(flagged(cells(row))) == [outside]


def test_a_flag_joins_those_that_a_cell_has_and_leaves_the_rest_alone():
    table = cells(("eta", "score", "axis", 2.0), ("eta", "score", "axis", 0.2))
    found = flagged(table.assign(flags=["tracks_unknown", "one_of_two"]))
    assert list(found["flags"]) == ["impossible_value,tracks_unknown", "one_of_two"]
    assert flags.weight("impossible_value") == "bars"
    pd.testing.assert_frame_equal(flagged(found), found)


def test_every_metric_has_an_end_where_its_definition_has_one():
    for one in METRICS:
        least, most = bounds(one.name)
        assert least < most
        if one.unit in ("share", "probability"):
            assert (least, most) == (0, 1)
        assert (most == float("inf")) == (one.unit in ("nats", "perplexity", "ratio"))


def test_the_impossible_values_of_the_study_are_these_four():
    table = store.table()
    found = table[impossible(table)]
    assert sorted(zip(found["metric"], found["axis"], found["value"].round(3), strict=True)) == [
        ("s_disambiguated", "gender_identity", 1.566),
        ("s_disambiguated", "race_ethnicity", 1.239),
        ("s_disambiguated", "race_x_gender", 1.347),
        ("s_disambiguated", "ses", 1.679),
    ]


def test_the_studys_intensities_are_nats_and_never_the_probes():
    table = store.table()
    unqover = table[table["benchmark"] == "unqover"]
    assert set(unqover["metric"]) == {"mu_nats", "gamma_nats", "eta"}
    mu = unqover[unqover["metric"] == "mu_nats"]
    # Of 588 axes 361 lie above 1, where no difference of probabilities can lie.
    assert (len(mu), int((mu["value"] > 1).sum())) == (588, 361)
    assert set(mu["unit"]) == {metric("mu_nats").unit} == {"nats"}
    assert metric("mu").unit != "nats"


def test_an_older_import_is_read_under_the_new_names_and_flagged(cache):
    """Imported before: μ and γ named as the probe's, no value looked at."""
    rows = [("mu", "score", "axis", 5.127), ("gamma", "score", "rank", -3.4),
            ("s_ambiguous", "score", "axis", 1.3), ("mu", "score", "axis", 0.3)]  # fmt: skip
    of_file = ["unqover.csv"] * 2 + ["bbq.csv", "own.csv"]
    columns = ["religion_model_mu", "column 3", "ses_s_ambiguous", ""]
    table = cells(*rows).assign(source="before", file=of_file, column=columns)
    folder = cache / "benchmarks" / "before"
    folder.mkdir(parents=True)
    said = {"schema": 1, "name": "before", "title": "before", "cells": 4, "kept": 4}
    (folder / "source.json").write_text(json.dumps(said))
    table.to_parquet(folder / "canonical.parquet")
    found = next(cells for source, cells in store.stored() if source.name == "before")
    assert list(found["metric"]) == ["mu_nats", "gamma_nats", "s_ambiguous", "mu"]
    assert list(found["unit"]) == ["nats", "nats", "score", "score"]
    assert impossible(found) == [False, False, True, False]
