"""What each kind of item shows in a report, and the limits that follow."""

import shlex
from dataclasses import replace

import audits
import comparisons
import numpy as np
import outcomes
import pandas as pd
import pytest
import reported
import typer.main
from click.testing import CliRunner

from fairviz import cli
from fairviz import i18n as language
from fairviz.analyses.audit import present as audit
from fairviz.analyses.comparison.request import ComparisonRequest
from fairviz.analyses.presentation import Facts, Presentation
from fairviz.analyses.probe import present as probe
from fairviz.analyses.reading.present import present as present_reading
from fairviz.analyses.store import Store
from fairviz.analyses.tables.present import present
from fairviz.analyses.tables.view import view
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.report.limits import limits
from fairviz.report.runs import drawn

KINDS = list(reported.ANSWERS)
MEASURED = ["comparison", "reading", "audit", "probe"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_section_in_both_languages(kind):
    for code in language.LANGUAGES:
        found = reported.section(kind, code)
        assert found.kind == kind
        for picture in found.figures:
            assert picture.alt and picture.caption and len(picture.table)
        if kind != "text":
            assert found.title and found.question and found.allowed and found.not_allowed
            assert found.provenance


@pytest.mark.parametrize("kind", MEASURED)
def test_a_measured_item_has_both_cards_and_its_figures(kind):
    found = reported.section(kind)
    assert [(card.side, card.name) for card in found.identities] == [
        ("baseline", "demo"),
        ("compressed", "demo+nf4"),
    ]
    assert found.figures
    assert found.facts.pair == ("demo", "demo+nf4") and found.facts.bundled


def command_parses(line):
    """The words after `python -m fairviz` are options that the command has, with their values."""
    words = shlex.split(line)
    if "|" in words:
        words = words[words.index("|") + 1 :]
    assert words[:3] == ["python", "-m", "fairviz"]
    command, rest = typer.main.get_command(cli.app), words[3:]
    while hasattr(command, "commands"):
        command, rest = command.commands[rest[0]], rest[1:]
    return command.make_context(command.name, list(rest)).params


@pytest.mark.parametrize("kind", [*MEASURED, "tables"])
def test_the_printed_command_is_one_that_the_command_line_reads(kind):
    params = command_parses(reported.section(kind).command)
    if kind != "tables":
        assert (params["baseline"], params["compressed"]) == ("demo", ["demo+nf4"])


def test_the_tables_command_is_answered():
    from fairviz.analyses.tables.view import view as look

    shown = present(look("view=curves&base_model=llama2_7b"), {})
    words = shlex.split(shown.command)[3:]
    found = CliRunner().invoke(typer.main.get_command(cli.app), words)
    assert found.exit_code == 0 and "rows" in found.output and "llama2_13b" not in found.output


def test_a_prompt_of_any_kind_comes_back_out_of_the_command():
    prompt = 'It\'s "the nurse" $HOME `ls` \\ \n--seed 7 <b>'
    shown = drawn(comparisons.comparison(prompt=prompt), reported.part("comparison"))
    assert command_parses(shown.command)["prompt"] == prompt


def test_every_decoding_setting_is_in_the_command():
    how = Decoding(12, 0.7, 40, 0.9, 1.2, 99)
    answer = comparisons.comparison()
    asked = ComparisonRequest(answer.request.baseline, answer.request.compressed, "x", how)
    params = command_parses(
        drawn(replace(answer, request=asked), reported.part("comparison")).command
    )
    for name, value in how.__dict__.items():
        assert params[name] == value, name


def test_texts_read_together_are_in_the_command():
    for kind in ("reading", "audit", "probe"):
        answer = reported.ANSWERS[kind]()
        asked = replace(answer.request, batch_rows=8)
        part = reported.part(kind)
        assert "batch-rows" not in drawn(answer, part).command
        params = command_parses(drawn(replace(answer, request=asked), part).command)
        assert params["batch_rows"] == 8, kind


def test_a_model_of_the_hub_is_pinned_to_the_commit_that_was_read():
    commit = "0123456789abcdef0123456789abcdef01234567"
    answer = comparisons.comparison()
    asked = replace(answer.request, baseline=ModelSpec.parse("bigscience/bloom-560m"),
                    compressed=ModelSpec.parse("bigscience/bloom-560m+int8"))  # fmt: skip
    known = {**answer.provenance, **{side: {**answer.provenance[side], "revision": commit}
                                     for side in ("baseline", "compressed")}}  # fmt: skip
    shown = drawn(replace(answer, request=asked, provenance=known), reported.part("comparison"))
    params = command_parses(shown.command)
    assert params["baseline"] == f"bigscience/bloom-560m@{commit}"
    assert params["compressed"] == [f"bigscience/bloom-560m@{commit}+int8"]
    assert any(commit in said for _, said in shown.provenance)


def test_chips_hold_every_token_as_typed_and_its_value():
    answer = comparisons.comparison()
    shown = drawn(answer, reported.part("comparison"))
    for text, pair in zip(shown.texts, (answer.on_baseline, answer.on_compressed), strict=True):
        assert "".join(chip.text for chip in text.chips) == pair.text
        shift = pair.compressed.prob - pair.baseline.prob
        for chip, value in zip(text.chips, shift, strict=True):
            assert chip.said.startswith("+" if value >= 0 else "−")
            # The colours of both texts are full at one limit.
            assert np.sign(chip.strength) == np.sign(value) and abs(chip.strength) <= 1
    assert shown.texts[0].parts_at == 3


def test_where_the_texts_part_both_models_likeliest_tokens_are_matched():
    answer = comparisons.comparison()
    shown = drawn(answer, reported.part("comparison"))
    expected = shown.tables[1].frame
    tops = [getattr(answer.on_baseline, side) for side in ("baseline", "compressed")]
    tokens = set(tops[0].top_ids[3]) | set(tops[1].top_ids[3]) | {answer.on_baseline.ids[3]}
    assert len(expected) == len(tokens)  # each token once, the written one too
    for column, trace in zip(
        ("Probability, baseline", "Probability, compressed"), tops, strict=True
    ):
        known = {*np.exp(trace.top_log_probs[3]), trace.prob[3]}
        assert set(expected[column].dropna()) <= known
    change = expected["Probability, compressed"] - expected["Probability, baseline"]
    np.testing.assert_array_equal(expected["Change"], change)
    largest = expected.iloc[:, 1:3].max(axis=1)
    assert list(largest) == sorted(largest, reverse=True)


def test_equal_texts_are_said_to_be_equal():
    same = comparisons.comparison([" a", " b"], [" a", " b"])
    shown = drawn(same, reported.part("comparison"))
    assert shown.allowed[0] == "Both models wrote the same 2 tokens."
    assert len(shown.figures) == 3  # one text is drawn once, and the scatter


def test_a_text_of_no_tokens_has_no_figures():
    shown = drawn(comparisons.comparison([], []), reported.part("comparison"))
    assert shown.figures == () and [text.chips for text in shown.texts] == [(), ()]


def test_a_long_reading_lists_a_part_and_says_so():
    shown = drawn(reported.a_reading([f" {n}" for n in range(1500)]),
                            reported.part("reading"))  # fmt: skip
    assert len(shown.texts[0].chips) == 1200 and shown.texts[0].left == 300


def test_the_sentences_of_an_audit_are_those_of_its_summary():
    from fairviz.analyses.audit.summary import summary

    answer = audits.audit(audits.items_table("RRWLG" * 10), "items", "mine")
    shown = audit.present(answer, {})
    assert shown.allowed == summary(answer, "sum").sentences
    assert ("Hash of the set", "c0ffee") in shown.provenance
    # Right, then wrong; wrong, then right; right in both; wrong in both: 10, 10, 20, 10.
    counted = shown.figures[2].table.set_index("What happened")["n"]
    assert counted.to_dict() == {"right in both": 20, "wrong in both": 10,
                                 "right, then wrong": 10, "wrong, then right": 10}  # fmt: skip


def test_a_strangers_prompts_about_people_are_blurred_and_the_projects_own_are_not():
    table = audits.prompts_table()
    for source, blurred in (("bank", False), ("mine.csv", True)):
        shown = audit.present(audits.audit(table, "prompts", source), {})
        most = next(one for one in shown.tables if one.caption.startswith("What moved most"))
        assert most.sensitive == blurred
        # Nor does a point say its text under the pointer.
        drawn = "".join(one.figure.to_json() for one in shown.figures)
        assert ('"Il' in drawn) != blurred
    alone = audits.audit(table.assign(group=""), "prompts", "mine.csv")
    shown = audit.present(alone, {})
    assert not any(one.sensitive for one in shown.tables)


def test_numbers_have_a_minus_and_powers_are_raised():
    assert language.number(-9.4e-05, ".2g") == "−9.4·10⁻⁵"
    assert language.number(1e-05, "+.1g") == "+1·10⁻⁵"
    with language.speaking("fr"):
        said = language._("{x:+.1f} [{low:.1%}]", x=-0.54, low=-0.1)
    assert said == "−0,5 [−10,0\u202f%]"


def test_an_audit_of_the_harness_says_how_to_read_it_again():
    answer = audits.audit(audits.items_table("RW" * 6), "items", "arc_easy")
    made = {side: {"source": "m", "made_with": "lm_eval"} for side in ("baseline", "compressed")}
    shown = audit.present(replace(answer, provenance=made), {})
    params = command_parses(shown.command)
    assert params["task"] == "arc_easy" and "lm_eval" in shown.command_note


def test_a_probe_shows_what_it_cannot_show_and_blurs_its_items():
    from fairviz.probes.registry import probe_of

    shown = reported.section("probe")
    assert shown.sensitive and probe_of("minimal_pairs").cannot in shown.not_allowed
    assert shown.allowed == outcomes.run().outcome.sentences
    assert [table.sensitive for table in shown.tables] == [False, True, True, False]


def test_what_is_the_same_under_both_models_is_not_among_what_changed():
    items = pd.DataFrame({"flip": [False, True, False], "shift": [0.0, 0.0, 0.2]})
    assert probe.changed(items).index.tolist() == [1, 2]
    texts = pd.DataFrame({"baseline_text": ["est", "a"], "compressed_text": ["est", "b"]})
    assert probe.changed(texts).index.tolist() == [1]


def test_groups_of_few_items_are_drawn_only_where_nothing_else_is():
    names = [f"group {number}" for number in range(5)]
    table = outcomes.groups(*names, p_holm=1.0)
    run = outcomes.run()
    for sizes, rows in (([99, 20, 10, 10, 3, 9], 4), ([99, 20, 10, 9, 9, 9], 6)):
        groups = table.assign(n=sizes)
        shown = probe.present(replace(run, outcome=replace(run.outcome, groups=groups)), {})
        assert len(shown.figures[0].table) == rows, sizes
        assert ("2 groups of fewer than 10 items" in shown.figures[0].caption) == (rows < 6)


@pytest.mark.parametrize("n", [3, 45])
def test_the_groups_of_a_probe_are_drawn_in_the_order_of_its_table(n):
    names = [f"group {number:02}" for number in range(n)]
    table = outcomes.groups(*names, p_holm=1.0).assign(difference=np.arange(n + 1) / 100)
    run = outcomes.run()
    shown = probe.present(replace(run, outcome=replace(run.outcome, groups=table)), {}, "report")
    # All, then those that changed most, the last of them, in the order in which they are listed.
    expected = ["all", *names[-30:]]
    for picture in shown.figures[:2]:
        drawn = picture.figure.layout.yaxis.ticktext
        assert [name.split(" (")[0] for name in drawn] == expected


def test_the_bins_of_a_reliability_diagram_are_those_that_are_chosen():
    """45 answers are given with one confidence, and 15, of the longer option, with another."""
    answers = audits.audit(audits.items_table("RRWL" * 15), "items", "arc_easy")
    for bins, held in (("counts", [6] * 10), ("width", [45, 15])):
        shown = audit.present(answers, {"bins": bins}, "report")
        table = next(one.table for one in shown.figures if one.name == "audit_reliability")
        n = table.loc[table["Model"] == "Baseline", "n"]
        assert [size for size in n if size] == held


def test_many_samples_of_each_prompt_are_many_texts_not_one():
    run = outcomes.run()
    sampled = replace(
        run, request=replace(run.request, settings={**run.request.settings, "samples": 64})
    )
    once, many = (probe.present(one, {}).facts.n for one in (run, sampled))
    assert many == 64 * once


def test_a_probe_kept_by_schema_1_is_shown_as_it_was(tmp_path):
    """Its tables know no independent units; the section is the same but for them."""
    now = outcomes.run()
    outcomes.kept_by_schema_1(tmp_path, "abc123", now)
    old = Store(tmp_path).load("probe", "abc123")
    assert "units" not in old.outcome.groups and "units" in now.outcome.groups
    before, after = (probe.present(one, {}) for one in (old, now))
    assert (before.figures and before.allowed) and before.allowed == after.allowed
    assert [one.alt for one in before.figures] == [one.alt for one in after.figures]


def test_settings_that_are_not_the_default_are_in_the_probes_command():
    run = outcomes.run()
    run = replace(run, request=replace(run.request, settings={"length": "token"}))
    shown = probe.present(run, {})
    assert command_parses(shown.command)["settings"] == ["length=token"]


def test_flags_of_published_numbers_are_told_with_how_many():
    shown = present(reported.a_table_view("groups", "two_batches"), {})
    assert [(one.weight, one.shown, one.hidden) for one in shown.flags] == [("caution", 1, 0)]
    assert shown.facts.published == 1 and shown.facts.flagged == 1
    hidden = present(reported.a_table_view("groups", "other_item_set"), {})
    assert [(one.weight, one.shown, one.hidden) for one in hidden.flags] == [("bars", 0, 1)]
    assert hidden.figures == ()


@pytest.mark.parametrize("view", ["overview", "curves", "groups", "spread", "table"])
def test_every_view_of_the_shipped_tables_has_a_section(view):
    from fairviz.analyses.tables.view import view as look

    shown = present(look(f"view={view}"), {})
    assert bool(shown.figures) == (view != "table")
    assert any("Beyond Perplexity" in said for _, said in shown.provenance)
    command_parses(shown.command)


def test_a_review_is_told_with_its_models_and_where_people_differ():
    shown = reported.section("review")
    assert shown.facts.reviewers == 2
    assert [text.side for text in shown.texts] == ["baseline", "compressed"]
    tables = {table.caption: table.frame for table in shown.tables}
    assert len(tables["Agreement of the reviewers"]) == 3
    assert tables["Pairs on which the reviewers differ"]["Ada"].iloc[0] == (
        "the compressed model's text"
    )


def test_french_sections_write_numbers_with_a_comma():
    shown = reported.section("comparison", "fr")
    numbers = shown.tables[0].frame.iloc[0, 1]
    assert "," in numbers and "." not in numbers


def of(**facts):
    return Presentation(kind="probe", title="x", facts=Facts(**facts))


MEASURED_HERE = {"measured": True, "n": 500, "pair": ("a", "b")}
OTHER = of(**{**MEASURED_HERE, "pair": ("c", "d")})


def words(*sections):
    return "\n".join(limits(sections))


def test_a_report_of_words_alone_has_no_limits():
    assert limits([Presentation(kind="text", title="")]) == ()


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"missing": "gone"}, "could not be shown"),
        ({**MEASURED_HERE, "bundled": True}, "made-up grammar"),
        ({**MEASURED_HERE, "greedy": True}, "greedily"),
        ({**MEASURED_HERE, "greedy": False, "seeds": (7,)}, "one seed (7)"),
        ({**MEASURED_HERE, "n": 1}, "an example, from"),
        ({**MEASURED_HERE, "n": 20}, "set has 20"),
        ({**MEASURED_HERE, "left_out": 3}, "could not be used"),
        ({**MEASURED_HERE, "floor": False}, "noise floor"),
        ({**MEASURED_HERE, "tests": 9}, "9 groups are compared without a correction"),
        ({**MEASURED_HERE, "device": "cpu"}, "on a CPU"),
        ({**MEASURED_HERE, "calibrations": ("gptq:4, calibrated on c4",)}, "calibrated on one"),
        (
            {"published": 9, "flagged": 2, "item_level": False},
            "every item that shows it, 2 have something known",
        ),
        ({"published": 9, "item_level": False}, "without single items"),
        ({"reviewers": 1, "n": 500}, "one reviewer"),
    ],
)
def test_a_limit_is_written_where_it_applies_and_only_there(facts, said):
    assert said in words(of(**facts), OTHER)
    assert said not in words(of(**MEASURED_HERE, greedy=False, seeds=(1, 2)), OTHER)


def test_one_pair_of_models_is_a_limit():
    assert "Only one pair" in words(of(**MEASURED_HERE))
    assert "Only one pair" not in words(of(**MEASURED_HERE), OTHER)


def test_tests_in_several_items_are_not_corrected_together():
    tested = of(**MEASURED_HERE, tests=5, corrected=True)
    assert "never over all of them" in words(tested, tested)
    assert "never over all of them" not in words(tested)


@pytest.mark.parametrize("setting", ["", "&setting=Wanda+50+%25"])
def test_both_languages_look_closely_at_the_same_form(setting):
    address = f"view=groups&dimension=representation&flagged=all{setting}"
    numbers = []
    for code in language.LANGUAGES:
        with language.speaking(code):
            closely = present(view(address), {}).figures[1].table
        numbers.append(closely.iloc[:, 3:6].to_numpy(dtype=float))
    assert len(numbers[0]) == 10
    np.testing.assert_array_equal(numbers[0], numbers[1])


def test_small_parts_are_said_beside_their_intervals():
    many = audit.present(audits.audit(audits.items_table("R" * 9 + "L" * 6), "items"), {})
    said = " ".join(many.not_allowed)
    assert "none corrected for the others" in said and "fewer than 10 rows" not in said
    small = audit.present(audits.audit(audits.items_table("RRWW"), "items"), {})
    assert "fewer than 10 rows" in " ".join(small.not_allowed)


def test_a_note_on_a_published_number_is_nothing_known_against_it():
    address = "view=curves&dimension=degeneration&benchmark=holistic_bias&metric=regard"
    found = present(view(address), {})
    rows = view(address).rows
    whole = rows[rows["level"] == "aggregate"]["flags"].astype(str)
    assert found.facts.flagged == whole.str.contains("two_batches").sum() > 0
    assert whole.str.contains("last_of_two").sum() > 0


def test_the_command_of_a_view_says_what_the_view_shows():
    address = "view=curves&dimension=degeneration&benchmark=holistic_bias&metric=regard"
    found = present(view(address), {})
    ran = CliRunner().invoke(
        typer.main.get_command(cli.app), shlex.split(found.command)[3:], catch_exceptions=False
    )
    assert found.title in ran.output
    assert f"The numbers shown, {found.facts.published:,} rows" in ran.output
    for sentence in (*found.allowed, *found.not_allowed):
        assert sentence in ran.output


def test_measures_tested_together_count_as_tests():
    run = outcomes.run()
    measures = pd.DataFrame({"measure": list("abcde")})
    more = replace(run, outcome=replace(run.outcome, details={"measures": measures}))
    assert probe.present(more, {}).facts.tests >= 5


@pytest.mark.parametrize(("bos", "shown"), [("one, <bos>", " Ici"), ("none", "<bos> Ici")])
def test_a_token_before_every_text_is_none_of_its_words(bos, shown):
    reading = reported.a_reading()
    known = {**reading.provenance, "baseline": {"bos": bos}}
    reading = replace(reading, contexts=(("<bos>", " Ici"),), provenance=known)
    assert present_reading(reading, {}).texts[0].prompt == shown
