"""CSV that fairviz writes: no cell is a formula, and every cell reads back as it was."""

import csv
import io
import itertools

import numpy as np
import pandas as pd
import pytest

from fairviz.core import csv_file

FORMULAS = (
    "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "-x", "+", "-", "\t=1",
    "\r=1", "\n", "＝1", "'=1", "''-a", "+1-1", "-inf + x", "=HYPERLINK(\"http://x\",\"y\")",
)  # fmt: skip
HARMLESS = ("", "a", "'tis", "' =1", "-1", "+2.5", "-1e-05", "-.5", "-inf", "a=b", "1-1", "“=1”")


def rows_of(text):
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("cell", FORMULAS)
def test_a_formula_is_a_text_and_reads_back(cell):
    ((name,), (value,)) = rows_of(csv_file.written(pd.DataFrame({cell: [cell]})))
    assert name == value == f"'{cell}"
    assert csv_file.original(value) == cell


@pytest.mark.parametrize("cell", HARMLESS)
def test_what_is_no_formula_stays(cell):
    assert csv_file.neutral(cell) == cell == csv_file.original(cell)


def test_every_short_text_reads_back():
    for letters in itertools.product("'=+-@\t1a. ", repeat=4):
        cell = "".join(letters)
        assert csv_file.original(csv_file.neutral(cell)) == cell


def test_numbers_and_what_was_not_measured_stay_numbers():
    table = pd.DataFrame({"a": [-1.5, np.nan], "b": [-2, 3], "c": [None, "-x"], "d": [-0.5, "=x"]})
    first, second = rows_of(csv_file.written(table))[1:]
    assert first == ["-1.5", "-2", "", "-0.5"]
    assert second == ["", "3", "'-x", "'=x"]
