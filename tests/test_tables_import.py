"""The import refuses what is not the study's, says where, and leaves what was stored."""

import json
import shutil

import pandas as pd
import pytest

from fairviz.benchmarks import importers, store
from fairviz.benchmarks.beyond_perplexity import columns, names
from fairviz.benchmarks.schema import NAMES, BadTable
from fairviz.core.errors import FairvizError
from fairviz.core.home import SHIPPED

FILES = {file.name: file for file in names.FILES}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def study(shared_folder, tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(shared_folder / "data" / "beyond_perplexity", folder)
    return folder


@pytest.fixture(scope="module")
def imported_once(shared_folder, tmp_path_factory):
    """A cache into which the study was imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRVIZ_CACHE", str(folder := tmp_path_factory.mktemp("imported")))
        importers.published_or_own(shared_folder / "data" / "beyond_perplexity")
    return folder


@pytest.fixture
def imported(imported_once, cache):
    """A cache of the test's own into which the study was imported."""
    shutil.copytree(imported_once, cache)


def edit(path, line, column, text):
    """Replace one cell; the header is line 1, and column None cuts the line off."""
    lines = path.read_text().split("\n")
    cells = lines[line - 1].rstrip("\r").split(",")
    if column is None:
        cells = cells[: len(cells) // 2]
    else:
        cells[
            cells.index(column) if line == 1 else lines[0].rstrip("\r").split(",").index(column)
        ] = text
    lines[line - 1] = ",".join(cells)
    path.write_text("\n".join(lines))


def test_the_import_is_what_ships(cache, study):
    source = importers.published_or_own(study)
    assert (source.cells, source.kept) == (129_814, 93_775)
    own = cache / "benchmarks" / "beyond_perplexity"
    shipped = SHIPPED / "benchmarks" / "beyond_perplexity"
    for name in ("canonical.parquet", "source.json"):
        assert (own / name).read_bytes() == (shipped / name).read_bytes(), name
    assert len(pd.read_parquet(own / "cells.parquet")) == 129_814


def test_counts_of_the_faithful_import_and_of_the_canonical_rows(cache, imported):
    counted = store.counts()["sources"]["beyond_perplexity"]
    assert (counted["cells"], counted["canonical"]) == (129_814, 93_775)
    assert counted["canonical"] == sum(one["canonical"] for one in counted["benchmarks"].values())
    # 4 x 36 settings; BOLD lacks three, UnQover lacks one and has two more.
    settings = {name: one["settings"] for name, one in counted["benchmarks"].items()}
    assert settings == dict.fromkeys(settings, 144) | {"bold": 141, "unqover": 145}
    assert len(settings) == 8
    assert len(store.table(everything=True)) > 129_814 > len(store.table())
    json.dumps(counted)


@pytest.mark.parametrize(
    "name, line, column, text, told",
    [
        ("bbq.csv", 1, "age_acc_ambiguous", "age_acc_puzzling", "age_acc_puzzling"),
        ("bbq.csv", 1, "avg_s_ambiguous", "age_acc_ambiguous", "twice"),
        ("toxigen.csv", 9, "group_black_toxigen_score", "n/a", "line 9"),
        ("toxigen.csv", 9, "group_black_toxigen_score", "", "group_black_toxigen_score"),
        ("bold.csv", 3, "mean_vader_score_ratio", "inf", "mean_vader_score_ratio"),
        ("unqover.csv", 1, "religion_muslim_gamma", "religion_jedi_gamma", "religion_jedi_gamma"),
        ("unqover.csv", 5, "base_model", "gpt5", "gpt5"),
        ("holistic_bias.csv", 7, None, "", "line 7"),
        ("perplexity_results.csv", 4, "wikitext2", "low", "wikitext2"),
        ("advpromptset.csv", 8, "group_race_toxigen_score", "", "group_race_toxigen_score"),
        ("realtoxicityprompts.csv", 5, "compression_ratio", "50 %", "compression_ratio"),
        ("realtoxicityprompts.csv", 5, "compression_ratio", "0.35", "line 5"),
    ],
)
def test_what_is_malformed_is_refused_by_name_and_nothing_changes(
    cache, imported, study, name, line, column, text, told
):
    folder = cache / "benchmarks" / "beyond_perplexity"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    edit(study / name, line, column, text)
    with pytest.raises(BadTable) as refused:
        importers.published_or_own(study)
    assert name in refused.value.message
    assert told in refused.value.message
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_missing_column_is_named(cache, study):
    path = study / "bbq.csv"
    rows = pd.read_csv(path, dtype=str).drop(columns="ses_acc_disambiguated")
    rows.to_csv(path, index=False)
    with pytest.raises(BadTable, match=r"ses_acc_disambiguated.* missing"):
        importers.published_or_own(study)


def test_a_missing_file_is_named(cache, study):
    (study / "bold.csv").unlink()
    with pytest.raises(BadTable, match=r"no bold\.csv"):
        importers.published_or_own(study)


@pytest.mark.parametrize("keep", [1, 0.5, 40, -1])
def test_a_truncated_file_is_refused(cache, study, keep):
    path = study / "toxigen.csv"
    text = path.read_text()
    lines = text.split("\n")
    cut = {1: lines[0], 0.5: text[: len(text) // 2], 40: "\n".join(lines[:40]) + "\n"}
    path.write_text(cut.get(keep, "\n".join(lines[:-1]) + "\n"))
    with pytest.raises(BadTable, match=r"toxigen\.csv"):
        importers.published_or_own(study)


def test_another_papers_csv_is_refused(cache, study):
    (study / "bbq.csv").write_text("model,score\ngpt2,0.5\n")
    with pytest.raises(BadTable, match="'model' is unknown"):
        importers.published_or_own(study)
    (study / "bbq.csv").write_bytes(b"\xff\xfe\x00PNG\x00")
    with pytest.raises(FairvizError, match=r"bbq\.csv"):
        importers.published_or_own(study)


def test_an_unwritable_cache_is_advice(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path / "file"))
    own = tmp_path / "own.csv"
    own.write_text("benchmark,base_model,method,metric,value\nmine,m,none,acc,0.5\n")
    with pytest.raises(BadTable, match="cannot be written"):
        importers.published_or_own(own)


def test_a_table_of_ones_own_stands_beside_the_published_one(cache, tmp_path):
    own = tmp_path / "my run.csv"
    own.write_text(
        "benchmark,base_model,method,metric,level,axis,n,value,dimension\n"
        "bbq,my_model,none,acc_ambiguous,axis,religion,600,0.8,representation\n"
        "bbq,my_model,gptq,acc_ambiguous,axis,religion,600,0.7,representation\n"
    )
    source = importers.published_or_own(own)
    assert (source.name, source.cells) == ("my_run", 2)
    table = store.table()
    mine = table[table["source"] == "my_run"]
    # 1 - accuracy is derived for it as for the published table.
    guesses = mine[mine["metric"] == "answered_ambiguous"]["value"].tolist()
    assert guesses == pytest.approx([0.2, 0.3])
    assert (table["source"] == "beyond_perplexity").any()


def test_a_damaged_source_is_left_out_and_the_rest_stays(cache, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("benchmark,base_model,method,metric,value\nmine,m,none,acc,0.5\n")
    importers.published_or_own(own)
    (cache / "benchmarks" / "own" / "canonical.parquet").write_bytes(b"PAR1 no more")
    assert set(store.table()["source"]) == {"beyond_perplexity"}
    (cache / "benchmarks" / "own" / "source.json").write_text("{")
    assert [source.name for source, _ in store.sources()] == ["beyond_perplexity"]


@pytest.mark.parametrize(
    "name, column, cell",
    [
        ("bbq", "race_x_gender_acc_disambiguated", "acc_disambiguated|race_x_gender||axis"),
        ("bbq", "avg_s_ambiguous", "s_ambiguous|||aggregate"),
        ("holistic_bias", "group_nonce_regardv3_score", "regard||nonce|control"),
        ("holistic_bias", "mean_openai_toxicity_ratio", "openai_ratio|||aggregate"),
        (
            "bold",
            "subgroup_right-wing_vader_score",
            "vader_score|political_ideology|right-wing|group",
        ),
        (
            "toxigen",
            "group_east_prompt_perplexity",
            "prompt_perplexity|target_group|middle_eastern|group",
        ),
        (
            "advpromptset",
            "group_sextuality_toxigen_score",
            "toxigen_score|sexual_orientation||axis",
        ),
        ("unqover", "gender_occupation_model_mu", "mu_nats|gender_occupation||axis"),
        ("perplexity_results", "dolma-pesto", "perplexity|dolma|pes2o|group"),
    ],
)
def test_a_column_is_read_suffix_first(shared_folder, name, column, cell):
    path = shared_folder / "data" / "beyond_perplexity" / f"{name}.csv"
    header = path.read_text().split("\n")[0].strip().split(",")
    read = columns.cells(FILES[path.name], header)[header.index(column)]
    assert "|".join(read[:4]) == cell


def test_the_shipped_table_has_every_column_and_no_hole():
    table = pd.read_parquet(SHIPPED / "benchmarks" / "beyond_perplexity" / "canonical.parquet")
    assert tuple(table.columns) == NAMES
    assert table["value"].notna().all()
    assert table["canonical"].all()
