"""Each known defect of the study's files, found again from the raw files without the importer."""

import csv

import numpy as np
import pandas as pd
import pytest

from fairviz.benchmarks.beyond_perplexity import importer, names

SIX = ["nationality", "race_ethnicity", "race_x_gender", "religion", "ses", "sexual_orientation"]
SETTING = ["base_model", "compression_method", "quantization_bits", "compression_ratio"]
SETTING += ["pruning_structure"]


@pytest.fixture(scope="module")
def files(shared_folder):
    return shared_folder / "data" / "beyond_perplexity"


@pytest.fixture(scope="module")
def raw(files):
    return {path.stem: pd.read_csv(path) for path in files.glob("*.csv")}


@pytest.fixture(scope="module")
def table(files):
    return importer.table(files)


def flagged(table, name, **what):
    rows = table[table["flags"].astype(str).str.split(",").map(lambda flags: name in flags)]
    for column, word in what.items():
        rows = rows[rows[column] == word]
    return rows


def test_every_cell_of_every_line_is_there_once_with_its_value(files, table):
    cells = 0
    for path in sorted(files.glob("*.csv")):
        with path.open() as stream:
            header, *lines = list(csv.reader(stream))
        here = table[table["file"] == path.name]
        identity = {"name", "base_model", "compression_type", "compression_method"}
        identity |= {"quantization_bits", "compression_ratio", "pruning_structure"}
        identity |= {"active_parameters"}
        measuring = [n for n, column in enumerate(header) if column not in identity]
        raw = np.array(
            [[float(line[n]) if line[n] not in ("", "-") else np.nan for n in measuring]
             for line in lines]
        )  # fmt: skip
        np.testing.assert_array_equal(here["value"].to_numpy().reshape(raw.shape), raw)
        assert here["line"].tolist() == [n for n in range(2, len(lines) + 2) for _ in measuring]
        cells += raw.size
    assert cells == len(table) == 129_814


@pytest.mark.parametrize("axis", ["religion", "country", "ethnicity", "gender_occupation"])
def test_unqover_columns_are_rank_positions(raw, table, axis):
    gamma = [c for c in raw["unqover"] if c.startswith(f"{axis}_") and c.endswith("_gamma")]
    assert (np.diff(raw["unqover"][gamma].to_numpy(), axis=1) <= 0).all()
    rows = flagged(table, "rank_not_group", axis=axis, metric="gamma_nats")
    assert len(rows) == len(gamma) * 147
    # No subject's name is left, neither as a group nor as a column.
    assert rows["group"].astype(str).str.fullmatch(r"rank \d+").all()
    assert rows["column"].astype(str).str.fullmatch(r"column \d+").all()


def test_the_ambiguous_bias_score_is_accuracy_plus_a_constant_in_six_categories(raw, table):
    bbq = raw["bbq"]
    off = bbq["base_model"].eq("llama2_13b") & bbq["compression_method"].eq("none")
    categories = {c.removesuffix("_acc_ambiguous") for c in bbq if c.endswith("_acc_ambiguous")}
    constant = {
        name
        for name in categories - {"avg"}
        if np.ptp((bbq[f"{name}_s_ambiguous"] - bbq[f"{name}_acc_ambiguous"])[~off]) < 1e-8
    }
    assert constant == set(SIX)
    rows = flagged(table, "accuracy_plus_constant")
    assert set(rows["metric"]) == {"s_ambiguous"}
    # The average over ten categories contains the six.
    assert set(rows["axis"].astype(str)) == {*SIX, ""}
    assert len(rows) == 7 * 146


def test_the_other_bias_score_exceeds_one_there_and_tracks_unknown(raw, table):
    bbq = raw["bbq"]
    above = [name for name in SIX if (bbq[f"{name}_s_disambiguated"] > 1).any()]
    # Three of the six go above 1; so does gender_identity, which is not among them.
    assert above == ["race_ethnicity", "race_x_gender", "ses"]
    assert (bbq["gender_identity_s_disambiguated"] > 1).sum() == 1
    for name in SIX:
        rho = bbq[f"{name}_s_disambiguated"].corr(bbq[f"{name}_acc_ambiguous"], method="spearman")
        assert rho > 0.4, name
    rows = flagged(table, "tracks_unknown")
    assert set(rows["axis"].astype(str)) == {*SIX, ""}
    assert set(rows["metric"]) == {"s_disambiguated"}


def test_one_baseline_line_is_from_another_item_set(raw, table):
    bbq = raw["bbq"]
    off = {}
    for name in SIX:
        difference = bbq[f"{name}_s_ambiguous"] - bbq[f"{name}_acc_ambiguous"]
        off[name] = set(difference.index[(difference - difference.median()).abs() > 1e-8])
    # Off in four of the six; the two with the same constant may be the same questions.
    assert {name for name, rows in off.items() if rows} == set(SIX) - {
        "religion",
        "sexual_orientation",
    }
    (row,) = set.union(*off.values())
    assert (bbq.base_model[row], bbq.compression_method[row]) == ("llama2_13b", "none")
    rows = flagged(table, "other_item_set")
    assert set(rows["line"]) == {row + 2}
    assert len(rows) == 44


@pytest.mark.parametrize(
    "name, prefix, metric, counts",
    [
        ("holistic_bias", "group_", "regardv3_score", names.SIZES["holistic_bias"]),
        ("toxigen", "group_", "toxigen_score", names.SIZES["toxigen"]),
        ("bold", "group_", "vader_score", names.SIZES["bold_axes"]),
        ("bold", "subgroup_", "vader_score", names.SIZES["bold_groups"]),
    ],
)
def test_group_sizes_solve_the_published_means(raw, name, prefix, metric, counts):
    columns = [c for c in raw[name] if c.startswith(prefix) and c.endswith(f"_{metric}")]
    values = raw[name][columns].to_numpy()
    mean = raw[name][f"mean_{metric}_likelihood"].to_numpy()
    shares, *_ = np.linalg.lstsq(values, mean, rcond=None)
    total = sum(counts.values())
    np.testing.assert_allclose(shares * total, list(counts.values()), atol=1e-3)
    np.testing.assert_allclose(values @ shares, mean, rtol=1e-8)


def test_negative_regard_is_a_whole_number_of_prompts_in_every_group(raw):
    columns = [c for c in raw["holistic_bias"] if c.startswith("group_") and "regard" in c]
    counts = raw["holistic_bias"][columns].to_numpy() * list(names.SIZES["holistic_bias"].values())
    np.testing.assert_allclose(counts, np.round(counts), atol=1e-5)


def _off(raw, name, prefix, counts):
    metric = "openai_toxicity"
    columns = [c for c in raw[name] if c.startswith(prefix) and c.endswith(f"_{metric}")]
    weights = np.array(list(counts.values())) / sum(counts.values())
    mean = raw[name][f"mean_{metric}_likelihood"]
    return np.abs(raw[name][columns].to_numpy() @ weights / mean - 1)


@pytest.mark.parametrize(
    "name, prefix, level, counts, many",
    [
        ("holistic_bias", "group_", "axis", names.SIZES["holistic_bias"], 6),
        ("bold", "group_", "axis", names.SIZES["bold_axes"], 2),
        ("bold", "subgroup_", "group", names.SIZES["bold_groups"], 7),
    ],
)
def test_moderation_scores_stand_under_the_wrong_groups_in_some_lines(
    raw, table, name, prefix, level, counts, many
):
    off = _off(raw, name, prefix, counts)
    wrong = off.index[off > 0.02]
    assert len(wrong) == many
    # Nothing lies between a lost continuation and a permutation.
    assert off[off <= 0.02].max() < 0.012
    rows = flagged(table, "permuted_groups", benchmark=name, level=level)
    assert set(rows["line"]) == set(wrong + 2)
    assert set(rows["metric"]) == {"openai_toxicity"}
    assert not flagged(table, "permuted_groups", benchmark=name, level="aggregate").size


def test_three_lines_of_advpromptset_are_shifted(raw, table):
    short = raw["advpromptset"].index[raw["advpromptset"].isna().any(axis=1)]
    assert raw["advpromptset"].loc[short, "base_model"].tolist() == ["tulu2_7b"] * 3
    assert raw["advpromptset"].loc[short, "mean_prompt_perplexity"].min() < 0.007
    rows = flagged(table, "shifted_line")
    assert set(rows["line"]) == set(short + 2)
    assert not rows["canonical"].any()


@pytest.mark.parametrize(
    "name",
    ["advpromptset", "bold", "holistic_bias", "realtoxicityprompts", "toxigen", "bbq", "unqover"],
)
def test_the_duplicate_lines_are_tulu2_7b_only(raw, table, name):
    rows = raw[name]
    twice = rows[rows.duplicated(SETTING, keep=False)]
    assert set(twice["base_model"]) == {"tulu2_7b"}
    methods = {"awq", "gptq"} if name in ("bbq", "unqover") else {"awq", "gptq", "none"}
    assert set(twice["compression_method"]) == methods
    here = table[table["benchmark"] == name]
    kept = here[here["canonical"] & here["line"].isin(twice.index + 2)]
    if name in ("bbq", "unqover"):
        assert set(kept["line"]) == set(twice.index + 2)
        assert (kept["flags"].astype(str).str.contains("one_of_two")).all()
    else:
        last = twice.drop_duplicates(SETTING, keep="last").index + 2
        assert set(kept["line"]) == set(last)


@pytest.mark.parametrize("name", ["realtoxicityprompts", "toxigen"])
def test_the_last_duplicate_agrees_with_its_neighbours_on_prompt_perplexity(raw, name):
    rows = raw[name][raw[name]["base_model"] == "tulu2_7b"]
    baseline = rows[rows["compression_method"] == "none"]["mean_prompt_perplexity"].tolist()
    # GBLM at 10 % and LLM.int8() leave this deterministic number nearly alone.
    near = rows[
        (rows["compression_method"] == "bitsandbytes")
        | ((rows["compression_method"] == "gblm") & (rows["compression_ratio"] == 0.1))
    ]["mean_prompt_perplexity"]
    assert (near / baseline[-1] - 1).abs().max() < 0.01
    assert (near / baseline[0] - 1).abs().min() > 0.08


def test_llama2_7b_generation_looks_like_two_batches(raw, table):
    moved = {}
    for base, rows in raw["holistic_bias"].groupby("base_model"):
        last = rows.drop_duplicates("compression_method", keep="last")
        rows = rows[rows["compression_method"].isin(["none", "bitsandbytes"])]
        last = rows.drop_duplicates("compression_method", keep="last")
        mean = last.set_index("compression_method")["mean_regardv3_score_likelihood"]
        moved[base] = abs(mean["bitsandbytes"] - mean["none"])
    assert moved.pop("llama2_7b") == pytest.approx(0.1046)
    assert max(moved.values()) < 0.002
    rows = flagged(table, "two_batches")
    assert set(rows["base_model"]) == {"llama2_7b"}
    assert set(rows["dimension"]) == {"degeneration"}


def test_holes_and_extras(raw, table):
    measured = raw["perplexity_results"].drop(columns="pruning_structure")
    assert (measured == "-").to_numpy().sum() == 192
    missing = flagged(table, "not_measured")
    assert len(missing) == 192 + 9
    assert missing["value"].isna().all()
    assert not missing["canonical"].any()
    assert {name: len(rows.drop_duplicates(SETTING)) for name, rows in raw.items() if name in
            ("bold", "unqover", "bbq")} == {"bold": 141, "unqover": 145, "bbq": 144}  # fmt: skip
    # active_parameters stays the baseline's under quantization, and is no measurement.
    quantized = raw["toxigen"][raw["toxigen"]["compression_type"] == "quantization"]
    assert set(quantized["active_parameters"].round(3)) == {6.276, 12.122}
    assert "active_parameters" not in set(table["column"])


def test_controls_directions_and_the_number_printed_twice(raw, table):
    for name in ("holistic_bias", "toxigen"):
        rows = raw[name]
        assert rows["mean_regardv3_score_likelihood"].equals(rows["mean_regardv3_score_ratio"])
    assert not flagged(table, "printed_twice")["canonical"].any()
    assert set(table[table["level"] == "control"]["group"]) == {"nonce", "null"}
    assert set(table[table["metric"] == "vader_score"]["worse"]) == {"lower"}
    assert set(table[table["metric"] == "toxigen_score"]["worse"]) == {"higher"}


def test_one_wikitext_value_is_another_models(raw, table):
    rows = raw["perplexity_results"].set_index("name")
    copied = rows.loc["llama-2-7b-gptq-4bit"]
    assert float(copied["wikitext2"]) == float(rows.loc["tulu-2-7b-gptq-4bit", "wikitext2"]) == 6.44
    before = rows.loc["llama-2-7b"]
    assert float(copied["wikitext2"]) / float(before["wikitext2"]) > 1.17
    assert float(copied["avg_dolma"]) / float(before["avg_dolma"]) < 1.05
    assert flagged(table, "copied_cell")["value"].tolist() == [6.44]


def test_quantization_has_one_ratio_in_every_file(table):
    for method, bits, ratio in (("int8", 8, 0.5), ("gptq", 4, 0.75), ("awq", 4, 0.75)):
        rows = table[table["method"] == method]
        assert set(rows["bits"]) == {bits}
        assert set(rows["ratio"]) == {ratio}
        assert set(rows["structure"]) == {"none"}
    assert set(table["structure"]) == {"none", "unstructured", "2:4", "4:8"}


def test_names_are_the_same_in_all_files_and_raw_ones_are_kept(table):
    assert set(table["base_model"]) == {"llama2_7b", "llama2_13b", "tulu2_7b", "tulu2_13b"}
    assert {"llama-2-7b", "llama2_7b"} <= set(table["raw_base_model"])
    assert set(table[table["method"] == "int8"]["raw_method"]) == {"bnb", "bitsandbytes"}
    toxigen = set(table[table["benchmark"] == "toxigen"]["group"])
    assert {"middle_eastern", "native_american", "physical_disability"} <= toxigen
    assert "sextuality" not in set(table["axis"])
    assert "pes2o" in set(table["group"])
