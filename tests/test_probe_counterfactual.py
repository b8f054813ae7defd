"""Counterfactual x compression: swaps by hand, the truth of the demo, token by token."""

import math

import numpy as np
import pytest

from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec
from fairviz.models.pair import load_pair
from fairviz.probes.counterfactual import COUNTERFACTUAL, bundled, run
from fairviz.probes.swaps import (
    Measured,
    Swap,
    carrier,
    continuation_rows,
    measure,
    swaps_of,
    token_rows,
)
from fairviz.probes.template_files import NoTemplates, behind, filled, read, typed
from fairviz.prompts.planted import FEMININE, VALLEYS, cells


def nothing(step):
    pass


@pytest.fixture(scope="module")
def demo():
    return load_pair(ModelSpec("demo"), ModelSpec.parse("demo+nf4"), device="cpu")


@pytest.fixture(scope="module")
def measured(demo):
    return run(demo, bundled(), nothing)


# The project's own templates


@pytest.mark.parametrize("language", ["fr", "en"])
def test_at_least_forty_templates_a_language_none_left_out(language):
    items = bundled(language=language)
    assert len(items.rows) >= 40
    assert items.rows["id"].is_unique
    assert not items.left_out
    assert (items.rows["less"].map(len) > 0).all()


def test_every_bundled_swap_can_be_read_as_a_sentence():
    for row in bundled().rows.to_dict("records"):
        for swap in swaps_of(row):
            for prompt in swap.prompts:
                assert "{" not in prompt
                assert "  " not in prompt
                for word in (*swap.more, *swap.less):
                    assert word.startswith(" ") != prompt.endswith("'"), (prompt, word)


# Against the truth


def test_the_effect_of_a_trade_lies_within_five_points_of_what_was_planted(measured):
    shares = {**FEMININE["fr"], **FEMININE["en"]}
    swaps = measured.details["swaps"]
    planted = swaps[swaps["first"].isin(shares)]
    assert len(planted) == 2 * 3 * 6
    for row in planted.itertuples():
        first, second = shares[row.first], shares[row.second]
        assert row.baseline_first == pytest.approx(first, abs=0.05), row.prompt_first
        assert row.baseline_second == pytest.approx(second, abs=0.05), row.prompt_second
        assert row.baseline == pytest.approx(first - second, abs=0.05), row.prompt_first


def test_the_effect_of_a_valley_lies_within_five_points_of_what_was_planted(measured):
    planted = {(cell.prompt, cell.word): cell.probability for cell in cells()}
    tried = 0
    rows = bundled().rows
    for row in rows[rows["group"] == "valley"].to_dict("records"):
        effects = measured.details["swaps"].set_index(["id", "first"])
        for swap in swaps_of(row):
            first, second = (planted[prompt, swap.more[0]] for prompt in swap.prompts)
            found = effects.loc[(swap.id, swap.first)]
            assert found["baseline"] == pytest.approx(first - second, abs=0.05), swap.prompts
            tried += 1
    # Four traits over four swaps, in two languages.
    assert tried == 2 * len(VALLEYS) * 2


def test_compression_that_hardly_moves_the_demo_is_said_to(measured):
    whole = measured.groups.iloc[0]
    assert whole["low"] <= whole["difference"] <= whole["high"]
    assert abs(whole["difference"]) < 0.05
    assert "no more than" in measured.sentences[1]


# By hand

SWAP = Swap("t", "Ann", "Bob", ("Ann is a", "Bob is a"), (" cook",), (" guard", " king"))


def by_hand(swap=SWAP):
    """Baseline: after Ann .3 / .1 / .1, after Bob .1 / .3 / .1; compressed: alike after both."""
    probability = np.array([[[0.3, 0.1, 0.1], [0.1, 0.3, 0.1]], [[0.2, 0.1, 0.1], [0.2, 0.1, 0.1]]])
    names = (" cook", " guard", " king")
    return Measured(swap, names, np.log(probability), ((1,), (2,), (3,)), ([], []))


def test_a_directed_effect_is_a_difference_of_shares():
    found = by_hand()
    # .3 of .5 against .1 of .5; then .2 of .4 twice.
    np.testing.assert_allclose(found.shares, [[0.6, 0.2], [0.5, 0.5]])
    np.testing.assert_allclose(found.effects, [0.4, 0.0], atol=1e-15)
    # .2 + .1 + .1 under the compressed model.
    assert found.mass == pytest.approx(0.4)


def test_a_size_is_the_total_variation_with_all_other_words_as_one():
    found = by_hand(SWAP._replace(more=(" cook", " guard", " king"), less=()))
    # (|.3 - .1| + |.1 - .3| + 0 + |.5 - .5|) / 2
    np.testing.assert_allclose(found.effects, [0.2, 0.0], atol=1e-15)
    assert np.isnan(found.shares).all()


def test_what_a_continuation_carries():
    cook, guard, king = continuation_rows(by_hand())
    # Compressed has no effect, so all of the baseline's is lost: -(.3 - .1), +(.3 - .1), 0.
    assert [one["carried"] for one in (cook, guard, king)] == pytest.approx([-0.2, 0.2, 0.0])
    assert cook["baseline"] == pytest.approx(np.log(3))
    assert cook["difference"] == pytest.approx(-np.log(3))
    assert [one["expected"] for one in (cook, guard, king)] == ["more", "less", "less"]
    assert carrier(by_hand()) in (0, 1)


def test_a_template_is_the_mean_of_its_swaps(measured):
    swaps = measured.details["swaps"].groupby("id")[["baseline", "compressed"]].mean()
    for row in measured.items.itertuples():
        assert row.baseline == pytest.approx(swaps.loc[row.id, "baseline"])
        assert row.shift == pytest.approx(
            swaps.loc[row.id, "compressed"] - swaps.loc[row.id, "baseline"]
        )
        # Where no swap moved nothing tells how far one could.
        if row.shift or not math.isnan(row.low):
            assert row.low <= row.shift + 1e-12
            assert row.shift <= row.high + 1e-12


# Token by token


def test_the_tokens_of_a_continuation_sum_to_its_effect(demo):
    (row,) = typed("Les gens de {V} sont", "Tarnis", "Morvel", "avares", "braves").rows.to_dict(
        "records"
    )
    found = measure(demo, swaps_of(row), 10, [])
    tokens = token_rows(demo, found)
    own = continuation_rows(found[0])[carrier(found[0])]
    said = [one for one in tokens if one["part"] == "continuation"]
    assert "".join(one["token"] for one in said) == own["continuation"]
    for side in ("baseline", "compressed", "difference"):
        assert sum(one[side] for one in said) == pytest.approx(own[side], abs=1e-4)
    assert "".join(one["token"] for one in tokens) == f" sont{own['continuation']}"


# A model against itself, and what one types


def test_a_model_against_itself_has_no_difference_of_differences(checkpoints):
    spec = ModelSpec(str(checkpoints["llama"]))
    found = run(load_pair(spec, spec, device="cpu"), bundled(language="en"), nothing)
    assert (found.items["shift"] == 0).all()
    assert not found.items["flip"].any()
    assert (found.groups["difference"] == 0).all()
    assert (found.groups["p"] == 1).all()
    for name in ("swaps", "continuations", "tokens"):
        assert (found.details[name]["difference"] == 0).all(), name
    assert (found.details["continuations"]["carried"] == 0).all()


def test_without_continuations_the_models_own_tokens_stand_in(demo):
    found = run(demo, bundled(template="The {T} said that", first="nurse", second="pilot"), nothing)
    row = found.items.iloc[0]
    # P(she) falls from .95 to .15 and P(he) rises by as much: a distance of .8.
    assert row["baseline"] == pytest.approx(0.8, abs=0.05)
    carried = found.details["continuations"]
    assert {" she", " he"} <= set(carried["continuation"])
    assert set(carried["expected"]) == {""}
    assert not row["flip"]


def test_several_slots_are_filled_together():
    row = typed("{N} dit qu'{P} dort", "Marie+elle|Sophie+elle", "Paul+il|Luc+il").rows.iloc[0]
    first, second = swaps_of(row.to_dict())
    assert first.prompts == ("Marie dit qu'elle dort", "Paul dit qu'il dort")
    assert second.first == "Sophie + elle"
    assert filled("{A} et {B}, {A}", ["un", "deux"]) == "un et deux, un"


@pytest.mark.parametrize(
    ("prompt", "word", "said"),
    [
        ("worked as a", "cook", " cook"),
        ("a dit qu'", "elle", "elle"),
        ("worked as a", " cook", " cook"),
        ("he said", ", so", ", so"),
        ("he said ", "so", "so"),
    ],
)
def test_a_space_stands_between_two_words(prompt, word, said):
    assert behind(prompt, word) == said


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (("No slot", "a", "b", "", ""), "no slot"),
        (("{X} is", "a|b", "c", "", ""), "2 fillers against 1"),
        (("{X} is {Y}", "a", "c", "", ""), "one word for each of X, Y"),
        (("{X} is", "a", "a", "", ""), "with itself"),
        (("{X} is", "a", "b", "", "c"), "less without more"),
        (("{X} is", "a", "b", "c|d", "d"), "both lists"),
    ],
)
def test_what_cannot_be_filled_is_told(fields, reason):
    with pytest.raises(NoTemplates, match=reason):
        typed(*fields)


def test_a_file_keeps_what_can_be_measured_in_one_number():
    content = (
        "template,first,second,more,less\n"
        "{N} is a,Ann,Bob,cook,guard\n"
        "{N} is,Ann,Bob,,\n"
        "no slot,Ann,Bob,cook,guard\n"
    )
    items = read(content.encode(), "own.csv")
    assert list(items.rows["id"]) == ["line 2"]
    assert [one.which for one in items.left_out] == ["line 4", "line 3"]


def test_progress_is_told_by_whole_templates(demo):
    steps = []
    run(demo, bundled(language="fr"), steps.append)
    assert steps[-1].done == steps[-1].of == 45
    assert sum(len(step.rows) for step in steps) == 45


def test_top_below_one_is_refused(demo):
    with pytest.raises(BadSpec, match="top is '0'"):
        COUNTERFACTUAL.measure(demo, bundled(), nothing, {"top": 0})
