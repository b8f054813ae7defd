"""Several compressed forms of one baseline: ordinary runs, one table, one of them looked at."""

import json
import shlex
from dataclasses import replace

import numpy as np
import pytest
from in_commands import fairviz as command

import fairviz
from fairviz.analyses import forms
from fairviz.analyses.called import Several
from fairviz.analyses.store import Store
from fairviz.core.errors import BadSpec, FairvizError, ModelUnavailable
from fairviz.i18n import number
from fairviz.models import pair
from fairviz.report import runs
from fairviz.report.make import made

FORMS = ["demo+nf4", "demo+int8", "demo+fp4"]
PROMPT = "Il était une fois"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forms")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRVIZ_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def written(cache):
    """Three forms on one prompt, and how often a model was loaded for them."""
    loaded = []
    with pytest.MonkeyPatch.context() as patch:
        read = pair.load
        patch.setattr(pair, "load", lambda *given, **how: loaded.append(1) or read(*given, **how))
        found = fairviz.compare("demo", FORMS, PROMPT, max_new_tokens=12)
    return found, len(loaded)


def test_each_form_is_the_run_that_it_is_alone_and_the_baseline_is_loaded_once(written):
    found, loaded = written
    assert isinstance(found, Several) and not found.refused
    assert loaded == 4  # the baseline and three forms
    for name, one in zip(FORMS, found.forms, strict=True):
        alone = fairviz.compare("demo", name, PROMPT, max_new_tokens=12, store=False)
        assert alone.save() == one.key  # another would be another folder
        np.testing.assert_array_equal(alone.value.on_compressed.kl, one.value.on_compressed.kl)
        assert alone.value.first_divergence == one.value.first_divergence


def test_the_frame_has_the_means_of_every_form(written):
    found, _loaded = written
    frame = found.to_frame()
    assert frame["form"].tolist() == FORMS
    assert frame["key"].tolist() == [one.key for one in found.forms] == found.keys()
    for row, one in zip(frame.to_dict("records"), found.forms, strict=True):
        trace = one.value.on_baseline
        assert row["mean_kl"] == pytest.approx(trace.kl.mean())
        gain = (trace.compressed.log_prob - trace.baseline.log_prob).mean()
        assert row["perplexity_ratio"] == pytest.approx(np.exp(-gain))
        assert row["same_top"] == trace.same_top.mean()
        place = one.value.first_divergence
        assert row["first_divergence"] == place or (place is None and np.isnan(place or np.nan))
    assert set(frame["first_divergence"].isna()) == {True, False}  # NF4 writes the same text


def test_one_form_is_looked_at_and_all_are_in_the_table(written):
    found, _loaded = written
    first, last = found.present(), found.present(form="3")
    for shown in (first, last):
        table = shown.tables[0].frame
        assert not shown.tables[0].folded and table.iloc[:, 0].tolist() == FORMS
        assert [text.side for text in shown.texts] == ["baseline", *["compressed"] * 3]
        assert [card.name for card in shown.identities] == ["demo", *FORMS]
        # What repeats it names all of them.
        words = shlex.split(shown.command)
        named = [word for at, word in enumerate(words) if words[at - 1] == "--compressed"]
        assert sorted(named) == sorted(FORMS)
    assert first.tables[0].frame.equals(last.tables[0].frame)
    alone = found.forms[2].present()
    assert last.figures[0].figure == alone.figures[0].figure != first.figures[0].figure
    assert [f"demo+fp4: {one}" for one in alone.allowed] == list(last.allowed[1:])
    # The text of every form, as it wrote it.
    for text, one in zip(last.texts[1:], found.forms, strict=True):
        assert "".join(chip.text for chip in text.chips) == one.value.on_compressed.text
        assert text.parts_at == one.value.first_divergence


def test_the_sentence_names_who_moved_least_and_most(written):
    found, _loaded = written
    kl = {
        name: one.value.on_baseline.kl.mean() for name, one in zip(FORMS, found.forms, strict=True)
    }
    said = found.present().allowed[0]
    least, most = min(kl, key=kl.get), max(kl, key=kl.get)
    assert said.index(least) < said.index("nearest") < said.index(most)
    assert all(number(kl[one], ".3g") in said for one in (least, most))


def test_conditions_that_differ_are_told(written):
    found, _loaded = written
    together = found.together
    assert not any("conditions" in one for one in forms.present(together, {}).not_allowed)
    other = replace(
        together.results[1], provenance={**together.results[1].provenance, "dtype": "bfloat16"}
    )
    uneven = replace(together, results=(together.results[0], other))
    assert any("conditions" in one for one in forms.present(uneven, {}).not_allowed)


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ([], "No compressed model"),
        (["demo+nf4", "demo+int8", "demo+nf4"], "demo+nf4 is named twice"),
        ([f"demo+magnitude:0.{n}" for n in range(1, 10)], "Too many compressed forms"),
    ],
)
def test_none_twice_and_too_many_are_refused(cache, named, says):
    with pytest.raises(BadSpec, match=says.replace("+", r"\+")):
        fairviz.compare("demo", named, PROMPT)


def test_a_wrong_path_is_refused_before_anything_is_loaded(cache, monkeypatch):
    monkeypatch.setattr(pair, "load", lambda *given, **how: pytest.fail("it was loaded"))
    with pytest.raises(ModelUnavailable, match="/no/such"):
        fairviz.compare("demo", ["demo+nf4", "/no/such/folder"], "Elle", max_new_tokens=5)


def test_a_form_that_cannot_be_measured_is_told_and_the_others_stay(cache, checkpoints):
    foreign = str(checkpoints["gpt2"])
    found = fairviz.compare("demo", [foreign, "demo+nf4"], PROMPT, max_new_tokens=2)
    assert [one.value.request.compressed.source for one in found.forms] == ["demo"]
    assert "tokens" in str(found.refused[foreign])
    assert any(foreign in one for one in found.present().not_allowed)
    with pytest.raises(FairvizError, match="tokens"):  # where none is left
        fairviz.compare("demo", [foreign, str(checkpoints["llama"])], PROMPT)


def test_the_command_prints_the_table_the_keys_and_the_report(cache, written, tmp_path):
    found, _loaded = written
    given = [word for name in FORMS for word in ("--compressed", name)]
    asked = ("compare", "--baseline", "demo", *given, "--prompt", PROMPT, "--max-new-tokens", 12)
    done = command(*asked, "--json", tmp_path / "all.json", cache=cache)
    assert done.returncode == 0, done.stderr
    keys = " ".join(found.keys())
    assert f"stored as {keys}; report them with: fairviz report {keys}" in done.stderr
    lines = done.stdout.splitlines()
    place = lines.index("The forms side by side")
    assert [line.split()[0] for line in lines[place + 2 : place + 5]] == FORMS
    document = json.loads((tmp_path / "all.json").read_text("utf-8"))
    assert [one["key"] for one in document["forms"]] == found.keys()
    assert document["table"][1]["mean_kl"] == found.to_frame()["mean_kl"][1]
    assert document["forms"][2]["texts"]["compressed"] == found.forms[2].value.on_compressed.text
    # The same models without the options.
    again = command("compare", "demo", *FORMS, *asked[-4:], cache=cache)
    assert again.stdout == done.stdout


def test_a_report_shows_the_forms_in_one_table(cache, written):
    found, _loaded = written
    other = fairviz.compare("demo", "demo+int8", "Once upon a time", max_new_tokens=4)
    report = made([other.key, *found.keys()])
    shown = runs.sections(report)
    table = found.present().tables[0].frame
    with_forms = [one.tables[0].caption == "The forms side by side" for one in shown]
    assert with_forms == [False, True, False, False]
    assert shown[1].tables[0].frame.equals(table)
    # One of a kind is what it was.
    assert not any(
        "side by side" in one.caption for one in runs.sections(made(found.keys()[:1]))[0].tables
    )


@pytest.mark.parametrize(
    ("kind", "asked", "columns"),
    [
        ("reading", ("score", "--text-file", "-"), {"mean_kl", "same_top", "perplexity_ratio"}),
        ("audit", ("audit", "--prompts", "bank", "--limit", "12"), {"kl_mean", "top_changed", "n"}),
        ("probe", ("probe", "minimal_pairs"), {"baseline", "compressed", "difference", "n"}),
    ],
)
def test_every_kind_has_its_row_of_each_form(cache, kind, asked, columns):
    pairs = ("--baseline", "demo", "--compressed", "demo+nf4", "--compressed", "demo+fp4")
    done = command(
        *asked, *pairs, "--json", "-", cache=cache, stdin="Once upon a time there was a nurse."
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert columns <= document["table"][0].keys()
    stored = [Store().load(kind, row["key"]) for row in document["table"]]
    for row, one in zip(document["table"], stored, strict=True):
        if kind == "reading":
            assert row["mean_kl"] == pytest.approx(one.traces[0].kl.mean())
        elif kind == "audit":
            assert row["kl_mean"] == pytest.approx(one.table["kl"].mean())
            assert row["top_changed"] == one.table["top_changed"].mean()
        else:
            whole = one.outcome.groups.iloc[0]
            assert {name: row[name] for name in columns} == {name: whole[name] for name in columns}
            assert row["difference_low"] == whole["low"]
    shown = forms.present(forms.Forms(kind, tuple(stored)), {"form": "2"})
    assert len(shown.tables[0].frame) == 2
    assert "demo+nf4" in shown.command and "demo+fp4" in shown.command


def test_a_table_of_a_probe_has_the_rows_of_every_form(cache, tmp_path):
    import pandas as pd

    file = tmp_path / "rows.csv"
    command(
        "probe", "minimal_pairs", "--baseline", "demo", "--compressed", "demo+nf4",
        "--compressed", "demo+fp4", "--table", file, cache=cache,
    )  # fmt: skip
    rows = pd.read_csv(file)
    assert {"demo", "demo+nf4", "demo+fp4"} == set(rows["raw_method"])
    assert not rows.duplicated().any()
