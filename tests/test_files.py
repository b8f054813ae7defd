"""One reader for every file of somebody else: encodings, ends of lines, quotes, sizes, objects."""

import codecs
import io
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from in_files import PROMPT, READERS, SEEDS
from in_files import STEREOSET as CONTEXT

from fairviz.compression import calibration
from fairviz.core import csv_file
from fairviz.core.csv_file import written
from fairviz.core.errors import BadText, FairvizError, Unreadable
from fairviz.core.set_files import rows
from fairviz.i18n import listed
from fairviz.probes import pair_files, prompt_sets
from fairviz.probes.group_auc import GROUP_AUC
from fairviz.probes.stereoset import STEREOSET
from fairviz.prompts import own

TEXTS = [seed for seed in SEEDS if not seed[0].endswith(".parquet")]
RECODED = {
    "BOM": lambda text: codecs.BOM_UTF8 + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, big end first": lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    "UTF-32": lambda text: text.encode("utf-32"),
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
}


def outcome(read, content, name):
    """What a reader makes of a file, as far as two encodings can be compared; or its refusal."""
    try:
        found = read(content, name)
    except FairvizError as error:
        return type(error), error.message
    return getattr(found, "rows", type(found))


@pytest.mark.parametrize("form", RECODED)
@pytest.mark.parametrize(("name", "content"), TEXTS, ids=[name for name, _ in TEXTS])
def test_every_encoding_and_end_of_line_reads_as_plain_utf_8(form, name, content):
    recoded = RECODED[form](content.decode())
    for read in (rows, prompt_sets.read, pair_files.read):
        plain, other = outcome(read, content, name), outcome(read, recoded, name)
        if hasattr(plain, "to_json"):
            plain, other = plain.to_json(), other.to_json()
        assert str(other).replace("\\r\\n", "\\n") == str(plain)


@pytest.mark.parametrize("reader", READERS, ids=[name for name, _ in READERS])
def test_a_reader_takes_or_refuses_every_format_and_fault(reader):
    """Cut off, empty, of no encoding, of another kind: a reason, and never a traceback."""
    for name, content in SEEDS:
        for broken in (content, content[: len(content) // 2], b"", b"\xff", content + b"\0\xff"):
            outcome(reader[1], broken, name)


def test_utf_16_without_its_mark_and_bad_utf_8_are_named():
    with pytest.raises(BadText, match="looks like UTF-16"):
        rows("text\nThe cook\n".encode("utf-16-le"), "own.csv")
    with pytest.raises(BadText, match=r"not UTF-8 \(line 2, byte 5\)"):
        rows(b"text\n\xe9t\xe9\n", "own.csv")


# Each line alone, a quote that the next one closes, one that nothing closes, one that swallows
# all below it and has as many cells as there are lines.
STRAY = ('{n},"The man {n} said\n', 'a{n}","\n', '{n},"""\n', '"{n}\n')


@pytest.mark.parametrize("line", STRAY)
def test_stray_quotes_are_read_in_time_that_grows_with_the_lines(line, monkeypatch):
    """Counted, not timed: how many lines the CSV library is given."""
    given = []
    whole = csv_file.csv.reader

    def counted(lines, **options):
        return whole((given.append(1) or one for one in lines), **options)

    monkeypatch.setattr(csv_file.csv, "reader", counted)
    work = []
    for many in (500, 1000):
        given.clear()
        text = "id,text\n" + "".join(line.format(n=n) for n in range(many))
        broken = sum(one.cells is None for one in csv_file.records(text))
        work.append(len(given))
        # Two lines of `{n},\"\"\"` make one row.
        assert broken >= many - 1 or line == STRAY[2]
    assert work[1] <= 2.1 * work[0]


def test_a_stray_quote_costs_its_own_line():
    found = rows(b'id,text\n1,"a\n2,b\n3,"c\nd"\n4,e\n', "own.csv")
    assert [(row.line, row.fields["text"]) for row in found.rows] == [
        (3, "b"),
        (4, "c\nd"),
        (6, "e"),
    ]
    assert [one.which for one in found.left_out] == ["line 2"]


def test_a_wide_header_is_read_and_a_list_in_a_message_is_cut():
    header = ",".join(f"c{n}" for n in range(100_000))
    content = f"{header}\n{'x,' * 99_999}x\n".encode()
    assert len(rows(content, "wide.csv").columns) == 100_000
    twice = rows(b"a,a,b\n1,2,3\n", "own.csv").columns
    assert twice == ("a", "a (column 2)", "b")
    content = b"\n".join(line[:20_000].rpartition(b",")[0] for line in content.split(b"\n"))
    for _, read in READERS:
        result = outcome(read, content, "wide.csv")
        if isinstance(result, tuple):
            assert len(result[1]) < 1000
    assert listed([str(n) for n in range(14)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more"


def stored(table):
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def test_a_parquet_is_refused_by_what_it_would_become():
    # 60,000 rows of one text of 10,000 characters: 600 MB, or 572 of 2^20 bytes.
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 60_000, pa.int32()), ["x" * 10_000])
    content = stored(pa.table({"text": text}))
    assert len(content) < 50_000
    before = pa.total_allocated_bytes()
    with pytest.raises(Unreadable, match="about 572 MB in memory; at most 256"):
        rows(content, "swells.parquet")
    assert pa.total_allocated_bytes() - before < 1 << 20


def test_bad_utf_8_in_a_parquet_names_its_column_and_rows():
    raw = pa.array([b"fine", b"\xff\xfe"], pa.binary())
    bad = pa.Array.from_buffers(pa.string(), len(raw), raw.buffers())
    with pytest.raises(Unreadable, match="column 'text', rows 1 to 2: a text is not UTF-8"):
        rows(stored(pa.table({"text": bad})), "bad.parquet")


@pytest.mark.parametrize("spell", [json.dumps, repr], ids=["JSON", "Python"])
def test_a_cell_that_spells_an_object_is_that_object_or_refused(spell):
    table = pd.DataFrame([{name: spell(value) for name, value in PROMPT.items()}])
    content = table.to_csv(index=False).encode()
    items = prompt_sets.read(content, "rtp.csv")
    assert items.rows[["text", "group"]].values.tolist() == [["The man said", "other prompts"]]
    assert {one.reason for one in own.read(content, "rtp.csv").left_out} == {
        "an object, not a text"
    }


@pytest.mark.parametrize("name", ["s.jsonl", "s.json", "lines.json", "s.csv", "s.parquet"])
def test_stereoset_as_the_hub_has_it_is_read_by_both_probes(name):
    table = pd.DataFrame([CONTEXT])
    content = {
        "s.jsonl": json.dumps(CONTEXT).encode(),
        "lines.json": json.dumps(CONTEXT).encode() + b"\n" + json.dumps(CONTEXT).encode(),
        "s.json": f"[{json.dumps(CONTEXT)}]".encode(),
        "s.csv": table.to_csv(index=False).encode(),
        "s.parquet": stored(pa.Table.from_pandas(table)),
    }[name]
    times = 2 if name == "lines.json" else 1
    assert pair_files.read(content, name).rows["more"].tolist() == ["The cook was rude."] * times
    assert STEREOSET.read(content, name).rows["unrelated"].tolist() == ["The cook was fox."] * times


def test_labels_that_are_words_are_named():
    content = b"group,label,baseline,compressed\na,toxic,0.1,0.2\na,ok,0.3,0.4\n"
    with pytest.raises(FairvizError, match="line 2: the label 'toxic' is neither 0 nor 1"):
        GROUP_AUC.read(content, "labels.csv")


@pytest.mark.parametrize(
    ("words", "fix"),
    [(3, r"not even one sample \(4\)"), (7, "ask for 1 sample\\."), (9, "at most 2 samples")],
)
def test_a_calibration_text_that_is_too_short_says_what_it_would_do_for(words, fix):
    text = calibration.from_bytes(b"word " * words, "own.txt", samples=64, length=4)
    with pytest.raises(calibration.BadCalibration, match=fix):
        calibration.pieces(text, lambda one: {"input_ids": one.split()}, width=4)


def test_one_object_a_line_is_read_whatever_its_ending():
    assert len(rows(b'{"text": "a"}\n{"text": "b"}\n', "own.json").rows) == 2


def test_what_fairviz_writes_reads_back_unchanged():
    table = pd.DataFrame({"text": ["=1+1", "'=1", "plain", "-x"], "n": ["1", "-2", "3", "4"]})
    found = rows(written(table).encode(), "own.csv").rows
    assert [row.fields for row in found] == table.to_dict("records")


def test_half_a_character_leaves_its_row_out():
    content = rb'{"text": "a\ud83d"}' + b"\n" + rb'{"text": "b"}'
    found = rows(content, "own.jsonl")
    assert [row.fields["text"] for row in found.rows] == ["b"]
    assert found.left_out == [("line 1", "half of a character (a lone surrogate)")]
