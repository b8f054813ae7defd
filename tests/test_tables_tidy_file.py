"""A tidy file of one's own: taken whole or refused with file, line and column."""

import math

import pandas as pd
import pytest

from fairviz.benchmarks import tidy_file
from fairviz.benchmarks.schema import NAMES
from fairviz.core.errors import FairvizError

HEADER = "benchmark,base_model,method,metric,value,n,low,high,level,flags"
GOOD = "bbq,llama,none,acc_ambiguous,0.5,100,0.4,0.6,aggregate,"


def written(tmp_path, *lines, name="mine.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def refused(path):
    with pytest.raises(FairvizError) as caught:
        tidy_file.read(path)
    assert caught.value.fix
    return caught.value.message


def test_a_csv_becomes_the_schema_with_its_place_filled_in(tmp_path):
    path = written(
        tmp_path,
        HEADER,
        GOOD,
        "",
        '"my ""set"", two",llama,int8,toxicity,-1e-3,,,,group,"one_run, few_items"',
    )
    table = tidy_file.read(path)
    assert tuple(table.columns) == NAMES
    assert table["value"].tolist() == [0.5, -0.001]
    assert table["n"].tolist() == [100, pd.NA]
    # The blank third line is counted, not read.
    assert table["line"].tolist() == [2, 4]
    assert table["file"].tolist() == ["mine.csv"] * 2
    assert table["source"].tolist() == ["mine"] * 2
    assert table["benchmark"].tolist() == ["bbq", 'my "set", two']
    assert table["flags"].tolist() == ["", "few_items,one_run"]
    # Known of acc_ambiguous; nothing is known of a metric of one's own.
    assert table["unit"].tolist() == ["share", ""]
    assert table["worse"].tolist() == ["lower", ""]
    assert table["dimension"].tolist() == ["representation", "other"]
    assert table["canonical"].all()
    assert math.isnan(table["low"][1])


def test_the_line_is_the_physical_one_after_a_field_of_several_lines(tmp_path):
    path = written(tmp_path, HEADER, GOOD.replace("bbq", '"b\nb\nq"'), GOOD.replace("0.5", "half"))
    assert "mine.csv, line 5, column 'value': 'half' is not a number" in refused(path)


def test_a_missing_level_follows_from_group_and_axis(tmp_path):
    path = written(
        tmp_path,
        "benchmark,base_model,method,metric,value,axis,group",
        "bbq,llama,none,acc,0.5,,",
        "bbq,llama,none,acc,0.5,religion,",
        "bbq,llama,none,acc,0.5,religion,jewish",
    )
    assert tidy_file.read(path)["level"].tolist() == ["aggregate", "axis", "group"]


def test_what_the_file_says_of_its_own_origin_stays(tmp_path):
    path = written(
        tmp_path,
        "benchmark,base_model,method,metric,value,source,file,line,worse",
        "bbq,llama,none,acc_ambiguous,0.5,theirs,bbq.csv,17,",
    )
    row = tidy_file.read(path).iloc[0]
    assert (row["source"], row["file"], row["line"], row["worse"]) == ("theirs", "bbq.csv", 17, "")


@pytest.mark.parametrize(
    ("old", "new", "column", "what"),
    [
        ("0.5", "half", "value", "'half' is not a number"),
        ("0.5", "0,5", "", "number of fields: 11, the file has 10"),
        ("0.5", "1_0", "value", "not a number"),
        ("0.5", "1e999", "value", "not a number"),
        ("0.5", "inf", "value", "not a number"),
        ("0.5", "0.7", "value", "0.7 is above high 0.6"),
        ("0.5", "0.3", "low", "0.4 is above value 0.3"),
        ("0.5", "", "", ""),
        ("100", "0", "n", "'0' is not a positive whole number"),
        ("100", "-3", "n", "not a positive whole number"),
        ("100", "2.5", "n", "not a positive whole number"),
        ("100", "1e17", "n", "too large"),
        ("100", "100.0", "", ""),
        ("aggregate", "total", "level", "'total' is unknown"),
        ("aggregate", "", "", ""),
        ("none", "", "method", "'' is empty"),
        ("aggregate,", 'aggregate,"a,,b"', "flags", "not a list of words separated by commas"),
        ("aggregate,", "aggregate,two words", "flags", "not a list of words separated by commas"),
        (",aggregate,", "", "", "number of fields: 8, the file has 10"),
    ],
)
def test_a_cell_is_taken_or_named(tmp_path, old, new, column, what):
    assert old in GOOD
    path = written(tmp_path, HEADER, GOOD, GOOD.replace(old, new, 1))
    if not what:
        assert len(tidy_file.read(path)) == 2
        return
    message = refused(path)
    assert message.startswith("mine.csv, line 3")
    assert what in message
    assert f"column '{column}'" in message or not column


@pytest.mark.parametrize(
    ("column", "cell", "what"),
    [
        ("worse", "up", "'up' is unknown"),
        ("structure", "1:2", "'1:2' is unknown"),
        ("structure", "2:4", ""),
        ("canonical", "maybe", "neither true nor false"),
        ("canonical", "False", ""),
        ("ratio", "50", "not between 0 and 1"),
        ("bits", "8", ""),
        ("bits", "eight", "not a number"),
    ],
)
def test_other_columns_keep_to_their_words(tmp_path, column, cell, what):
    path = written(
        tmp_path,
        f"benchmark,base_model,method,metric,value,{column}",
        f"bbq,llama,none,acc,0.5,{cell}",
    )
    if what:
        assert f"line 2, column '{column}'" in refused(path)
        assert what in refused(path)
    else:
        assert str(tidy_file.read(path)[column][0]) == cell


def test_the_header_is_checked(tmp_path):
    short = "benchmark,base_model,method,metric"
    assert "the column 'value' is missing" in refused(written(tmp_path, short, "a,b,c,d"))
    more = written(tmp_path, f"{short},value,valeu", "a,b,c,d,1,1")
    assert "the column 'valeu' is not one" in refused(more)
    twice = written(tmp_path, f"{short},value,value", "a,b,c,d,1,1")
    assert "the column 'value (column 6)' is not one" in refused(twice)
    other = written(tmp_path, f"{short},value".replace(",", ";"), "a;b;c;d;0,5")
    assert "'0,5' is not a number" in refused(other)


def test_files_that_are_no_table_are_refused(tmp_path):
    assert "is empty" in refused(written(tmp_path, ""))
    assert "Not one row" in refused(written(tmp_path, HEADER))
    assert "neither a CSV nor a Parquet" in refused(written(tmp_path, HEADER, name="mine.xlsx"))
    assert "cannot be read" in refused(tmp_path / "absent.csv")
    assert "line 3" in refused(written(tmp_path, HEADER, GOOD, f'"{GOOD}'))


def test_latin_1_is_refused_with_its_line(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n{GOOD}\n".replace("llama", "lläma", 1).encode("latin-1"))
    assert (
        refused(path)
        == f"mine.csv is not UTF-8 (line 2, byte {len(HEADER) + GOOD.index('llama') + 3})."
    )


def test_every_cut_of_a_csv_inside_a_line_is_refused_or_loses_only_the_last_field(tmp_path):
    content = f"{HEADER}\n{GOOD}few\n"
    for end in range(len(HEADER) + 2, len(content) - len("few\n")):
        path = tmp_path / "mine.csv"
        path.write_text(content[:end], encoding="utf-8")
        assert "line 2" in refused(path)


def frame():
    return pd.DataFrame(
        {
            "benchmark": ["bbq", "bbq"],
            "base_model": ["llama", "llama"],
            "method": pd.Categorical(["none", "int8"]),
            "metric": ["acc_ambiguous", "acc_ambiguous"],
            "value": [0.5, float("nan")],
            "n": [10, 20],
            "canonical": [True, False],
        }
    )


def test_parquet_reads_as_the_same_csv(tmp_path):
    frame().to_parquet(tmp_path / "mine.parquet", index=False)
    frame().to_csv(tmp_path / "mine.csv", index=False)
    one, other = (tidy_file.read(tmp_path / f"mine.{ending}") for ending in ("parquet", "csv"))
    assert one["line"].tolist() == [1, 2]
    pd.testing.assert_frame_equal(
        one.drop(columns=["file", "line"]), other.drop(columns=["file", "line"])
    )
    assert one["canonical"].tolist() == [True, False]


def test_what_was_read_can_be_written_and_read_again(tmp_path):
    frame().to_csv(tmp_path / "mine.csv", index=False)
    once = tidy_file.read(tmp_path / "mine.csv")
    for ending in ("csv", "parquet"):
        path = tmp_path / f"again.{ending}"
        once.to_csv(path, index=False) if ending == "csv" else once.to_parquet(path, index=False)
        pd.testing.assert_frame_equal(tidy_file.read(path), once)


def test_parquet_is_refused_by_row_and_column(tmp_path):
    path = tmp_path / "mine.parquet"
    frame().assign(value=["0.5", "half"]).to_parquet(path, index=False)
    assert refused(path) == "mine.parquet, row 2, column 'value': 'half' is not a number."
    frame().assign(value=[[0.5], [0.5]]).to_parquet(path, index=False)
    assert "row 1, column 'value': [0.5] is neither" in refused(path)
    frame().set_axis(["a", "b"]).to_parquet(path)
    assert "'__index_level_0__' is not one" in refused(path)
    frame().iloc[:0].to_parquet(path, index=False)
    assert "Not one row" in refused(path)


def test_damaged_parquet_is_refused(tmp_path):
    path = tmp_path / "mine.parquet"
    frame().to_parquet(path, index=False)
    whole = path.read_bytes()
    for damaged in (b"", b"text", whole[: len(whole) // 2], b"\0" * len(whole)):
        path.write_bytes(damaged)
        assert "mine.parquet" in refused(path)
