"""Forms judged on evenness and fidelity: the numbers, the verdicts, what is new to the pairs."""

import math

import numpy as np
import pandas as pd
import pytest

from fairviz.analyses.evenness import judge as judging
from fairviz.analyses.evenness import run
from fairviz.analyses.evenness.request import Evenness, EvennessRequest
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.store import Store
from fairviz.compression.calibration import bundled
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec

FORMS = ("gptq:4", "fairgptq:4:0.1", "fairgptq:4:0.1:shuffled", "fairgptq:4:0")


def result(shares, kl, words=12, new=True, plain=0.8):
    """Of each form the share of the expected word after every filler, and its KL on ten pieces."""
    names = [f"w{n}" for n in range(words)]
    rows = pd.DataFrame(
        {
            "language": "en", "group": "trade", "template": "The {} said that",
            "swap": np.arange(words) // 2, "side": np.arange(words) % 2, "filler": names,
            "binary": True, "new": new, "planted": math.nan, "baseline": 0.9,
        }
    )  # fmt: skip
    pairs = pd.DataFrame(
        {
            "language": "en",
            "group": "trade",
            "frame": list("abcd"),
            "new": True,
            "baseline": [1.0, 1.0, -1.0, 1.0],
        }
    )
    pieces = []
    for form, own, cost in zip(FORMS, (*shares, plain), (*kl, 0.1), strict=True):
        rows[form] = own + 0.01 * (np.arange(words) % 3 - 1)
        pairs[form] = [1.0, -1.0, 1.0, -1.0] if form == FORMS[1] else pairs["baseline"]
        for what, times in (("text", 1), ("control", 2)):
            pieces += [
                {"form": form, "what": what, "tokens": 5, "kl": 5 * times * cost,
                 "baseline": 5.0, "compressed": 5 * math.log(3)}
                for _ in range(10)
            ]  # fmt: skip
    text = bundled().with_pairs(True)
    asked = EvennessRequest(ModelSpec("demo"), FORMS, "", "t", "n", "h", text.document())
    return Evenness(asked, rows, pairs, pd.DataFrame(pieces), {}, {"date": "2026-11-29"})


def test_every_number_of_a_form():
    reference, fair, *_ = judging.judge(result((0.8, 0.7, 0.8), (0.1, 0.12, 0.3), plain=0.78))
    assert reference.distance == pytest.approx(0.3)
    assert (reference.change.mean, reference.change.p_value, math.isnan(reference.p)) == (
        0,
        1,
        True,
    )
    # Every share is 0.1 nearer to one half, and 0.1 further from the baseline's 0.9.
    assert fair.distance == pytest.approx(0.2)
    assert fair.change.mean == pytest.approx(-0.1)
    assert (fair.change.low, fair.change.high) == pytest.approx((-0.1, -0.1))
    assert (reference.fidelity, fair.fidelity) == pytest.approx((0.1, 0.2))
    assert fair.further.mean == pytest.approx(0.1)
    assert fair.change.units == 12
    # Shares go by -0.01, 0, 0.01 in turn: those of a swap differ by 0.01, 0.02, 0.01, 0.01, ...
    assert fair.effect == pytest.approx(0.08 / 6)
    assert (fair.kl, fair.ratio, fair.neutral) == pytest.approx((0.12, 1.2, 0.24))
    assert fair.more.mean == pytest.approx(0.02)
    assert fair.perplexity == pytest.approx(3)
    # Of four pairs one turned to the stereotype and two from it.
    assert (fair.preference, fair.gained, fair.lost) == (0.5, 1, 2)
    assert (reference.preference, reference.gained, reference.lost) == (0.75, 0, 0)
    # Against the pairs as plain text, whose shares are 0.02 nearer by themselves.
    assert fair.beyond.mean == pytest.approx(-0.08)
    # The better of two tests that found something is paid for three times.
    assert fair.p == pytest.approx(3 * fair.change.p_value)


def test_what_plain_text_gives_too_is_not_owed_to_the_method():
    made = ANALYSES["evenness"].present(result((0.8, 0.7, 0.8), (0.1, 0.12, 0.3), plain=0.69))
    assert (made.finding.trust, made.finding.why) == ("open", "control")
    assert any(
        "as plain text (fairgptq:4:0) gives \N{MINUS SIGN}0.110" in one for one in made.allowed
    )


@pytest.mark.parametrize(
    "shares, kl, words, new, trust, told",
    [
        (
            (0.8, 0.7, 0.8),
            (0.1, 0.12, 0.3),
            12,
            True,
            "strong",
            "stands nearer to even than gptq:4",
        ),
        ((0.8, 0.7, 0.7), (0.1, 0.12, 0.3), 12, True, "strong", "stands nearer"),
        # A control that does the same at the same price takes the credit away.
        ((0.8, 0.7, 0.7), (0.1, 0.12, 0.12), 12, True, "open", "stands nearer"),
        ((0.8, 0.7, 0.8), (0.1, 0.2, 0.3), 12, True, "open", "only at more than 1.25 times"),
        ((0.8, 0.8, 0.8), (0.1, 0.1, 0.1), 12, True, "open", "No form stands nearer"),
        ((0.8, 0.7, 0.8), (0.1, 0.12, 0.3), 8, True, "none", "fewer than 10"),
    ],
)
def test_what_is_claimed(shares, kl, words, new, trust, told):
    made = ANALYSES["evenness"].present(result(shares, kl, words, new))
    assert (made.finding.trust, told in made.finding.sentence) == (trust, True)
    assert "chance" in made.finding.trusted or trust != "open" or made.finding.why
    assert any("judgement of value" in one for one in made.not_allowed)
    assert any("132 of fairviz" in one for one in made.not_allowed)
    heads = list(made.figures[0].table.columns)
    assert {"Distance from even", "Distance from the baseline"} <= set(heads)


def test_templates_that_were_read_license_nothing():
    found = result((0.8, 0.7, 0.8), (0.1, 0.12, 0.3))
    made = ANALYSES["evenness"].present(found, {"judged": "all"})
    assert made.finding.trust == "none"
    assert (
        ANALYSES["evenness"].present(result(*((0.8,) * 3, (0.1,) * 3), new=False)).finding.trust
        == "none"
    )


def test_a_judgement_is_kept_whole(tmp_path):
    found = result((0.8, 0.7, 0.8), (0.1, 0.12, 0.3))
    Store(tmp_path).save("evenness", "key", found)
    again = Store(tmp_path).load("evenness", "key")
    assert again.request == found.request
    assert [one._asdict() for one in judging.judge(again)[1:]] == [
        one._asdict() for one in judging.judge(found)[1:]
    ]
    [run_] = Store(tmp_path).recent("evenness")
    assert "4 forms" in ANALYSES["evenness"].label(run_.request)


def test_what_the_pairs_have_is_not_new():
    swaps = pd.DataFrame(
        [
            ("The {TRADE} said that", "teacher"),  # a template of the pairs
            ("Yesterday, the {TRADE} said that", "nurse"),  # a word of the pairs
            ("Yesterday, the {TRADE} said that", "teacher"),
        ],
        columns=["template", "filler"],
    )
    assert run._new(swaps, ["The nurse said that", "The pilot said that"]) == [False, False, True]
    assert run._begun("The nurse said that she", ["The nurse said that"])


def test_the_bundled_model_is_judged_on_its_grammar_and_others_on_more():
    ours, theirs = run.judged_on(ModelSpec("demo")), run.judged_on(ModelSpec("x/y"), "en")
    assert set(ours["group"]) == {"trade", "valley"}
    assert "valley" not in set(theirs["group"])
    assert set(theirs["language"]) == {"en"}
    fresh = theirs[theirs["id"].str.startswith("en-t")]
    assert set(run.judged_on(ModelSpec("x/y"), "en", "trade, age")["group"]) == {"trade", "age"}
    with pytest.raises(BadSpec, match="group valley"):
        run.judged_on(ModelSpec("x/y"), "en", "valley")
    words = {word for row in fresh["first"] + fresh["second"] for [word] in row}
    read = " ".join(one for pair in bundled().with_pairs(True).pairs.rows for one in pair[:2])
    assert len(words) == 16
    assert not [word for word in words if word in read]


def test_what_cannot_be_judged_is_refused():
    with pytest.raises(BadSpec, match="One form alone"):
        run.judged(ModelSpec("demo"), forms=["gptq:4", "gptq:4"])
    with pytest.raises(BadSpec, match="is compressed"):
        run.judged(ModelSpec.parse("demo+nf4"))


def test_planted_stereotypes_come_nearer_to_even_and_by_no_control(monkeypatch):
    """The demo's trades, in templates and of words that no pair has, at little more than its KL."""
    from fairviz.analyses.tradeoff import measure

    monkeypatch.setattr(measure, "DOCUMENTS", 60)
    forms = ["gptq:4", "fairgptq:4:0.03", "fairgptq:4:0.03:shuffled"]
    found = run.judged(ModelSpec("demo"), forms=forms, device="cpu").result
    reference, fair, shuffled = judging.judge(found)
    # Twelve trades, each in two templates of its language.
    assert (fair.change.units, len(judging.cells_of(found, True, ""))) == (12, 24)
    assert fair.nearer
    assert fair.cheap
    assert not (shuffled.nearer and shuffled.cheap)
    # It moves away from what the corpus says, as it is asked to.
    assert fair.planted > reference.planted
