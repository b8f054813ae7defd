"""Declared data: a TOML file beside its module, read into records, its messages translated."""

import ast
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

from fairviz.core.declared import declared, records
from fairviz.core.errors import Unreadable
from fairviz.i18n import extract

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "fairviz").rglob("*.toml"))


class Row(NamedTuple):
    name: str
    parts: tuple[str, ...] = ()


def beside(folder, text):
    (folder / "rows.toml").write_text(text, encoding="utf-8")
    return str(folder / "rows.py")


def test_a_table_becomes_a_record_and_a_list_a_tuple(tmp_path):
    file = beside(
        tmp_path,
        'messages = ["title"]\ntitle = "Rows"\n'
        '[[rows]]\nname = "a"\n[[rows]]\nname = "b"\nparts = ["c", "d"]\n',
    )
    assert records(Row, file, "rows") == (Row("a"), Row("b", ("c", "d")))
    # What only the catalogues read is no data.
    assert declared(file).keys() == {"title", "rows"}
    assert records(Row, file, "others") == ()


@pytest.mark.parametrize(
    "text, why",
    [
        ('[[rows]]\nname = "a"\n[[rows]]\nparts = []\n', "rows 2.*'name'"),
        ('[[rows]]\nname = "a"\nsize = 1\n', "rows 1.*'size'"),
        ("[[rows]\n", "line 1"),
    ],
)
def test_a_broken_file_says_where(tmp_path, text, why):
    with pytest.raises(Unreadable, match=rf"rows\.toml cannot be read.*{why}"):
        records(Row, beside(tmp_path, text), "rows")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Unreadable, match=r"absent\.toml cannot be read"):
        declared(str(tmp_path / "absent.py"))


def test_messages_are_what_the_file_says():
    text = """
    messages = ["title", "names.own", "words", "count"]
    plain = "no message"
    words = ["one", "two"]
    names = { own = "Own", other = "Other" }
    count = { one = "{n} row", many = "{n} rows" }
    [[rows]]
    title = "First"
    name = "first"
    """
    assert sorted(map(str, extract.of_declared(text))) == [
        "('{n} row', '{n} rows')",
        "First",
        "Own",
        "one",
        "two",
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_name_of_messages_marks_some(path):
    text = path.read_text(encoding="utf-8")
    for name in tomllib.loads(text).get("messages", ()):
        rest = text.replace(f'"{name}"', '"nothing_of_it"', 1)
        assert len([*extract.of_declared(rest)]) < len([*extract.of_declared(text)]), name


def test_data_files_ship_with_the_package(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, str(tmp_path)], cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(map(Path, zipfile.ZipFile(wheel).namelist()))
    dashboard = Path("fairviz", "dashboard")
    shipped = {name for name in names if name.suffix == ".toml" and dashboard not in name.parents}
    assert shipped == {path.relative_to(ROOT) for path in FILES}
    top = [ROOT / "app.py", ROOT / ".streamlit/config.toml", *ROOT.glob("pages/*.py")]
    for part in ("models/demo", "models/demo-student", "methods"):
        top += [path for path in (ROOT / "cache" / part).iterdir() if path.is_file()]
    assert {dashboard / path.relative_to(ROOT) for path in top} <= names


def test_every_refusal_has_its_words_and_its_values():
    words = declared(str(ROOT / "fairviz" / "models" / "refusals.py"))
    named = set()
    for path in sorted((ROOT / "fairviz" / "models").glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        named |= {
            node.value for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }  # fmt: skip
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "refusal"):
                continue
            given = {keyword.arg for keyword in call.keywords}
            which = call.args[0]
            if isinstance(which, ast.Constant) and None not in given:
                entry = words[which.value]
                said = entry["said"] if isinstance(entry["said"], str) else entry["said"]["many"]
                parsed = Formatter().parse(said + entry["fix"])
                fields = {field for _text, field, *_rest in parsed if field}
                assert fields == given, (path.name, which.value)
    built = {"not_finite_weights", "not_finite_float16_weights"}  # made of two words
    assert set(words) - named == built


def test_every_told_sentence_and_refusal_is_declared_with_its_values():
    tables = {"_say": "sentences", "_tell": "told", "_refused": "refusals"}
    for file in FILES:
        module = file.with_suffix(".py")
        for call in ast.walk(ast.parse(module.read_text("utf-8"))) if module.exists() else ():
            table = tables.get(getattr(getattr(call, "func", None), "id", ""))
            if table is None or not isinstance(call.args[0], ast.Constant):
                continue
            entry = declared(str(module))[table][call.args[0].value]
            texts = [entry] if isinstance(entry, str) else entry.values()
            parts = [[one] if isinstance(one, str) else one.values() for one in texts]
            fields = {
                field
                for part in parts
                for text in part
                for _text, field, *_rest in Formatter().parse(text)
            }
            given = {keyword.arg for keyword in call.keywords}
            assert None in given or fields - {None} == given, (module.name, call.args[0].value)
