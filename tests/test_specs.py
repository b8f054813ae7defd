"""What a user can write, and what is said of what cannot be read."""

import pytest

from fairviz.analyses.comparison.request import ComparisonRequest
from fairviz.core.errors import BadSpec
from fairviz.core.shortened import middle
from fairviz.core.specs import CompressionSpec, Decoding, ModelSpec


@pytest.mark.parametrize(
    ("text", "source", "revision", "compression"),
    [
        ("demo", "demo", "", "none"),
        ("demo+int8", "demo", "", "int8"),
        ("bigscience/bloom-560m@main+int8", "bigscience/bloom-560m", "main", "int8"),
        ("a/b@0123abc", "a/b", "0123abc", "none"),
        ("./folder+wanda:2:4", "./folder", "", "wanda:2:4"),
        (" demo+gptq:4 ", "demo", "", "gptq:4"),
    ],
)
def test_names_are_read_and_written_back(text, source, revision, compression):
    spec = ModelSpec.parse(text)
    assert (spec.source, spec.revision, str(spec.compression)) == (source, revision, compression)
    assert str(spec) == text.strip()
    assert ModelSpec.parse(str(spec)) == spec


def test_a_folder_that_exists_is_taken_whole(tmp_path):
    folder = tmp_path / "c++@home"
    folder.mkdir()
    assert ModelSpec.parse(str(folder)).source == str(folder)
    assert ModelSpec.parse(f"{folder}+nf4") == ModelSpec(str(folder), "", CompressionSpec("nf4"))


@pytest.mark.parametrize("text", ["", "+int8", "demo+", "demo+INT8", "@main", "demo+int8;rm"])
def test_what_cannot_be_read_is_said(text):
    with pytest.raises(BadSpec) as caught:
        ModelSpec.parse(text)
    assert caught.value.fix


@pytest.mark.parametrize(
    "setting",
    [
        {"max_new_tokens": 0},
        {"temperature": -0.1},
        {"temperature": float("nan")},
        {"top_p": 0.0},
        {"top_p": 1.1},
        {"top_k": -1},
        {"repetition_penalty": 0.0},
        {"seed": -1},
    ],
)
def test_a_setting_out_of_range_is_named(setting):
    with pytest.raises(BadSpec, match=next(iter(setting))):
        Decoding(**setting)


def test_a_question_comes_back_from_its_document():
    asked = ComparisonRequest(
        ModelSpec.parse("a/b@v1"), ModelSpec.parse("a/b@v1+nf4"), "« é »\n", Decoding(seed=3)
    )
    assert ComparisonRequest.from_document(asked.document()) == asked


def test_keys_differ_where_names_do():
    keys = {ModelSpec.parse(text).key for text in ("demo", "demo+nf4", "demo@main")}
    assert len(keys) == 3


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("demo+nf4", "demo+nf4"),
        ("google/gemma-3-270m-it+nf4", "google/gemma-3-270m-it+nf4"),
        ("/srv/models/of/ours/gemma3-270m+int8", "/srv/models/…/gemma3-270m+int8"),
        ("C:\\models\\of\\ours\\gemma3-270m+int8", "C:\\models\\of\\…/gemma3-270m+int8"),
        ("/home/" + "a" * 40 + "+gptq:4", "/home/aaaaa…aaaaaaaaaaaaa+gptq:4"),
    ],
)
def test_a_long_name_loses_its_middle(name, shown):
    assert middle(name) == shown
    assert len(shown) <= 32


def test_an_address_is_told_how_a_server_is_named():
    with pytest.raises(BadSpec, match="is an address") as raised:
        ModelSpec.parse("http://localhost:8000/v1")
    assert "openai:http://localhost:8000/v1#MODEL" in raised.value.fix
