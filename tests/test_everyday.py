"""Plain words, worked out from what they stand for; and terms that say what they mean."""

import math
import re

import pytest

from fairviz.analyses.everyday import less_chance, numbers
from fairviz.analyses.store import example
from fairviz.core.glossary import TERMS, explained, meanings
from fairviz.i18n import speaking
from fairviz.report import runs
from fairviz.report.record import Part, Report
from fairviz.stats import Estimate


def of(name, value, unit="nats", low=math.nan, high=math.nan):
    return Estimate(name, name, unit, value, math.nan, "", low, high)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        # KL of (1/2, 1/2) from (1/4, 3/4): ln 2 - ln 3 / 2 = 0.1438; the chances' ratios are 1/2
        # and 3/2, their geometric mean sqrt(3) / 2 = 0.8660.
        ("mean_kl", math.log(2) - math.log(3) / 2, "13.40\u202f% less"),
        ("mean_kl", 0.0, "0.00\u202f% less"),
        ("mean_js", math.log(2), "100.00\u202f% of the largest"),
        ("same_top", 0.983, "98 of 100 places"),
        ("mean_probability_shift", -0.007, "−0.70 in 100"),
        ("perplexity_baseline", 5.0, "as among 5"),
        # Sure of one of four equally likely tokens: entropy ln 4.
        ("entropy_baseline", math.log(4), "as among 4"),
    ],
)
def test_a_number_in_plain_words(name, value, said):
    (plain,) = numbers([of(name, value)], True)
    assert plain.value == said and plain.name == name and plain.meaning
    assert "nats" not in plain.value + plain.title


def test_an_interval_is_turned_as_its_number_is():
    (plain,) = numbers([of("entropy_baseline", math.log(4), low=math.log(2), high=math.log(8))], 1)
    assert plain.interval == "[2, 8]"


def test_what_has_no_plain_words_or_no_value_stays_as_it_is():
    both = [of("perplexity_ratio", 1.02, ""), of("mean_kl", math.nan)]
    assert numbers(both, True) == numbers(both, False)


def test_a_change_of_entropy_is_a_ratio_of_choices():
    # Twice as many equally likely tokens: entropy higher by ln 2.
    (plain,) = numbers([of("entropy_change", math.log(2))], True)
    assert plain.value == "as among 2 times as many"


def test_a_report_in_plain_words_names_no_nats(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))
    parts = [Part(kind, example(kind)) for kind in ("comparison", "reading", "audit", "tradeoff")]
    report = Report("plain", "Plain", "en", tuple(parts))
    usual, plain = (runs.sections(one) for one in (report, report.plainly()))
    assert "nats" in " ".join(one.finding.sentence for one in usual)
    assert "nats" not in " ".join(one.finding.sentence for one in plain)
    assert report.plainly().plainly() == report.plainly()
    kl, less = (
        next(
            float(re.match(r"[\d.]+", row.value)[0])
            for row in one[2].numbers
            if row.name == "kl_mean"
        )
        for one in (usual, plain)
    )
    assert less == pytest.approx(100 * (1 - math.exp(-kl)), abs=0.2)  # KL is written with 3 digits


def test_chance_lost_in_french():
    assert less_chance(math.log(2)) == pytest.approx(0.5)
    with speaking("fr"):
        (plain,) = numbers([of("mean_kl", math.log(2))], True)
    assert "50,00\u202f%" in plain.value


def test_a_term_is_explained_where_it_is_said_first():
    text = "By nature 0.3 nats of entropy, 2 nats more"
    pieces = list(explained(text))
    assert "".join(piece for piece, _means in pieces) == text
    assert [piece for piece, means in pieces if means] == ["nats", "entropy"]
    assert meanings("nothing of the kind") == ""
    with speaking("fr"):
        assert meanings("Entropie moyenne").startswith("**Entropie**\u00a0: incertitude")


def test_every_term_is_found_where_it_is_said():
    for term in TERMS:
        for word in term.seen.split("|"):
            assert [term.means] == [means for _piece, means in explained(f"its {word}.") if means]
