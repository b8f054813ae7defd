"""What comes out of a review: by hand, and against an independent formula."""

from __future__ import annotations

import csv
import io
import json
import math
import random
from collections import Counter
from itertools import product

import numpy as np
import pytest
from reviews import answer, items, ten

from fairviz import i18n as language
from fairviz.analyses.review import export
from fairviz.analyses.review.result import agreement, majority, result, sign_test
from fairviz.analyses.review.reviews import Reviews
from fairviz.analyses.review.words import limits, sentences


@pytest.fixture
def reviews(tmp_path):
    return Reviews(tmp_path)


def by_question(rows):
    return {row.question: row for row in rows}


def test_ten_pairs_by_two_reviewers_by_hand(reviews):
    found = result(ten(reviews))
    worse, coherent, biased = found.tests
    # Both say: 6 x compressed worse, 2 x baseline worse, 1 x same; one pair C against S is open.
    assert (worse.compressed, worse.baseline, worse.same, worse.open) == (6, 2, 1, 1)
    # Sign test, 6 of 8: 2 (C(8,6) + C(8,7) + C(8,8)) / 2^8 = 2 (28 + 8 + 1) / 256 = 74 / 256.
    assert worse.p == pytest.approx(74 / 256, abs=1e-12)
    assert worse.share == 6 / 8
    # Clopper-Pearson of 6 of 8, as in tables: 34.9 % to 96.8 %.
    assert (worse.low, worse.high) == pytest.approx((0.3491, 0.9681), abs=1e-4)
    # Coherent: 5 of 5 against the compressed text, p = 2 / 2^5; the other 5 are yes and yes.
    assert (coherent.compressed, coherent.baseline, coherent.same) == (5, 0, 5)
    assert coherent.p == pytest.approx(2 / 32)
    # Biased: 1 of 1, p = 1.
    assert (biased.compressed, biased.baseline, biased.same, biased.p) == (1, 0, 9, 1.0)
    # Holm: 3 x 0.0625 = 0.1875; 2 x 0.2890625 = 0.578125; 1.
    assert [test.p_holm for test in found.tests] == pytest.approx([0.578125, 0.1875, 1.0])


def test_alpha_of_ten_pairs_by_hand(reviews):
    alphas = by_question(result(ten(reviews)).agreements)
    # worse: 20 answers, C 13, B 4, S 3; one unit of ten is at odds, so Do = 2 / 20.
    # De = 1 - (13*12 + 4*3 + 3*2) / (20*19) = 206 / 380; alpha = 1 - 0.1 * 380 / 206 = 168 / 206.
    assert alphas["worse"].alpha == pytest.approx(168 / 206, abs=1e-12)
    assert (alphas["worse"].units, alphas["worse"].answers) == (10, 20)
    # coherent and biased: 20 texts each, always of one mind, and not all the same.
    assert alphas["coherent"].alpha == pytest.approx(1.0)
    assert alphas["biased"].alpha == pytest.approx(1.0)
    assert (alphas["biased"].units, alphas["biased"].answers) == (20, 40)


def coincidences(said):
    """Alpha from the coincidence matrix (Krippendorff 2011), independent of nltk."""
    matrix = Counter()
    for by in said.values():
        words = [word for word in by.values() if word]
        for (i, one), (j, other) in product(enumerate(words), repeat=2):
            if i != j:
                matrix[one, other] += 1 / (len(words) - 1)
    totals = Counter()
    for (one, _), n in matrix.items():
        totals[one] += n
    n = sum(totals.values())
    observed = sum(count for (one, other), count in matrix.items() if one != other) / n
    expected = (n * n - sum(count * count for count in totals.values())) / (n * (n - 1))
    return 1 - observed / expected


KRIPPENDORFF = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)


def test_alpha_of_krippendorffs_own_example_with_missing_answers():
    said = {
        f"u{unit}": {f"r{who}": row.split()[unit].replace(".", "") for who, row in
                     enumerate(KRIPPENDORFF)}
        for unit in range(12)
    }  # fmt: skip
    found = agreement("worse", said)
    # Computing Krippendorff's Alpha-Reliability (2011): nominal, 0.743, 40 pairable values.
    assert found.alpha == pytest.approx(0.743, abs=5e-4)
    assert (found.units, found.answers) == (11, 40)
    assert found.alpha == pytest.approx(coincidences(said))


@pytest.mark.parametrize("seed", range(20))
def test_alpha_against_the_coincidence_matrix(seed):
    draw = random.Random(seed)
    said = {
        f"u{unit}": {f"r{who}": draw.choice(["yes", "no", "no", "partly", ""]) for who in range(4)}
        for unit in range(12)
    }
    assert agreement("coherent", said).alpha == pytest.approx(coincidences(said), abs=1e-12)


def test_alpha_is_not_defined_without_variation_or_pairs():
    same = {"u1": {"a": "yes", "b": "yes"}, "u2": {"a": "yes", "b": "yes"}}
    assert math.isnan(agreement("biased", same).alpha)
    # The only other answer stands alone in its unit, so there is still nothing to compare.
    assert math.isnan(agreement("biased", {**same, "u3": {"a": "no", "b": ""}}).alpha)
    alone = agreement("biased", {"u1": {"a": "yes"}, "u2": {"a": "no"}, "u3": {"b": "no"}})
    assert math.isnan(alone.alpha) and (alone.units, alone.answers) == (0, 0)
    assert math.isnan(agreement("biased", {}).alpha)
    # One unit at odds: Do = De = 1.
    assert agreement("biased", {"u1": {"a": "yes", "b": "no"}}).alpha == 0.0


def test_the_majority_of_a_tie_is_open():
    assert majority(["a", "a", "b"]) == "a"
    assert majority(["a", "b"]) == ""
    assert majority(["", "b", ""]) == "b"
    assert majority([]) == ""


def test_the_sign_test_of_nothing_is_not_defined():
    none = sign_test("worse", ["same", "", "same"])
    assert (none.same, none.open) == (2, 1)
    assert math.isnan(none.p) and math.isnan(none.share) and math.isnan(none.low)


def test_more_reviewers_of_one_pair_are_still_one_pair(reviews):
    review = reviews.make("One", items(1))
    for number in range(9):
        answer(reviews, review, f"r{number}", {"1": {"worse": "compressed"}})
    test = result(reviews.load("one")).tests[0]
    assert (test.compressed, test.p) == (1, 1.0)


def test_exchanging_the_models_mirrors_the_result(reviews):
    said = {str(n): {"worse": "compressed" if n < 5 else "baseline"} for n in range(1, 8)}
    mirror = {"compressed": "baseline", "baseline": "compressed"}
    one, other = reviews.make("One", items(7)), reviews.make("Other", items(7))
    answer(reviews, one, "Ana", said)
    answer(reviews, other, "Ana", {n: {"worse": mirror[w["worse"]]} for n, w in said.items()})
    first, second = (result(reviews.load(name)).tests[0] for name in ("one", "other"))
    assert (first.compressed, first.baseline) == (second.baseline, second.compressed) == (4, 3)
    assert first.p == second.p
    assert first.low == pytest.approx(1 - second.high)


def test_unsure_is_neither_biased_nor_not(reviews):
    review = reviews.make("One", items(3))
    answer(
        reviews,
        review,
        "Ana",
        {
            "1": {"biased_compressed": "unsure", "biased_baseline": "yes"},
            "2": {"biased_compressed": "yes"},
            "3": {"biased_compressed": "yes", "biased_baseline": "yes"},
        },
    )
    biased = result(reviews.load("one")).tests[2]
    assert (biased.compressed, biased.baseline, biased.same, biased.open) == (1, 0, 1, 1)


def test_counts_reviewers_and_disagreements(reviews):
    found = result(ten(reviews, ended=("Ana",)))
    counts = {(one.question, one.side, one.answer): one for one in found.counts}
    worse = counts["worse", "", "compressed"]
    assert (worse.answers, worse.items) == (13, 6)
    partly = counts["coherent", "compressed", "partly"]
    assert (partly.answers, partly.items) == (10, 5)
    assert counts["biased", "baseline", "yes"].answers == 0
    assert [(one.name, one.answered, one.finished) for one in found.reviewers] == [
        ("Ana", 10, True),
        ("Bo", 10, False),
    ]
    assert found.reviewers[0].preference.compressed == 7
    (apart,) = found.disagreements
    assert apart.item.id == "10" and apart.differ == ("worse",)
    assert found.pairs == {("demo", "demo+nf4"): 10}
    assert found.judged == 10
    first = next(one for one in found.items if one.item.id == "1")
    assert first.answers["Ana"].of("towards", "compressed") == "nurses"
    assert first.answers["Ana"].of("towards", "baseline") == ""


def test_the_words_say_what_the_numbers_allow(reviews):
    found = result(ten(reviews, ended=("Ana",)))
    said = "\n".join(sentences(found))
    assert "6 of 8 decided pairs" in said
    assert "no more than chance allows" in said and ": more than chance" not in said
    assert "p = 0.2891" in said and "0.5781 after Holm" in said
    told = "\n".join(limits(found))
    assert "The unit of every test is the pair of texts" in told
    assert "Not everybody has ended (Bo)" in told
    assert "not the same as equal" in told


def test_a_clear_preference_is_told_as_one(reviews):
    review = reviews.make("Clear", items(9), left_out={"equal": 4})
    answer(reviews, review, "Ana", {str(n): {"worse": "compressed"} for n in range(1, 10)})
    reviews.finish(review, "Ana")
    found = result(reviews.load("clear"))
    # 9 of 9: p = 2 / 2^9; the other two questions have nothing to test, so Holm leaves it.
    assert found.tests[0].p == found.tests[0].p_holm == 2 / 512
    assert ": more than chance allows" in sentences(found)[1]
    told = "\n".join(limits(found))
    assert "One person has judged" in told and "4 pairs whose two texts" in told
    assert "not the same as equal" not in told


def test_too_few_pairs_are_told(reviews):
    review = reviews.make("Few", items(5))
    answer(reviews, review, "Ana", {str(n): {"worse": "compressed"} for n in range(1, 6)})
    found = result(reviews.load("few"))
    assert found.tests[0].p == 2 / 32 > 0.05
    assert any("fewer than 6 decided pairs, and here there are 5" in one for one in limits(found))


def test_a_review_that_nobody_answered_has_a_result(reviews):
    reviews.make("Empty", items(2))
    found = result(reviews.load("empty"))
    assert sentences(found) == ("Nobody has answered a pair yet.",)
    assert limits(found) and found.judged == 0
    json.dumps(export.document(found), allow_nan=False)


def test_the_result_in_french_has_no_english_left(reviews):
    review = ten(reviews)
    english = result(review)
    plain = (*sentences(english), *limits(english))
    with language.speaking("fr"):
        french = (*sentences(english), *limits(english))
    assert len(french) == len(plain)
    assert not set(french) & set(plain)
    assert any("0,2891" in line for line in french)


def test_the_document_is_english_json_with_the_history(reviews):
    review = ten(reviews)
    with language.speaking("fr"):
        document = json.loads(json.dumps(export.document(result(review)), allow_nan=False))
    assert "6 of 8 decided pairs" in "\n".join(document["sentences"])
    assert document["tests"][0]["p"] == 0.2890625
    assert len(document["review"]["logs"][0]["lines"]) == 11
    assert document["disagreements"] == [{"item": "10", "questions": ["worse"]}]


def test_the_csv_has_one_row_an_answer_and_on_request_the_history(reviews):
    review = reviews.make("One", items(2))
    answer(reviews, review, "Ana", {"1": {"worse": "baseline"}})
    answer(reviews, review, "Ana", {"1": {"worse": "compressed", "biased_compressed": "yes"}})
    found = result(reviews.load("one"))
    (row,) = csv.DictReader(io.StringIO(export.rows(found)))
    assert (row["reviewer"], row["item"], row["worse"]) == ("Ana", "1", "compressed")
    assert (row["biased_baseline"], row["biased_compressed"]) == ("no", "yes")
    assert row["compressed_text"] == " <script>1</script> $x$ [l](http://x)"
    both = list(csv.DictReader(io.StringIO(export.rows(found, history=True))))
    assert [(one["worse"], one["counts"]) for one in both] == [
        ("baseline", "no"),
        ("compressed", "yes"),
    ]


def test_several_pairs_of_models_are_told(reviews):
    from dataclasses import replace

    mixed = items(4)
    mixed[0] = replace(mixed[0], compressed="demo+int8")
    review = reviews.make("Mixed", mixed)
    answer(reviews, review, "Ana", {str(n): {} for n in range(1, 5)})
    found = result(reviews.load("mixed"))
    assert found.pairs == {("demo", "demo+int8"): 1, ("demo", "demo+nf4"): 3}
    assert any("2 pairs of models are judged together" in one for one in limits(found))
    assert np.isnan(found.tests[0].p)


def test_the_same_answers_are_not_reckoned_again(monkeypatch):
    from nltk.metrics import agreement as nltk

    made = []
    task = nltk.AnnotationTask
    monkeypatch.setattr(nltk, "AnnotationTask", lambda **given: made.append(1) or task(**given))
    said = {"once 1": {"Ida": "yes", "Bo": "no"}, "once 2": {"Ida": "yes", "Bo": "yes"}}
    first = agreement("coherent", said)
    assert agreement("coherent", said) == first
    assert made == [1]
    agreement("coherent", {**said, "once 3": {"Ida": "no", "Bo": "no"}})
    assert made == [1, 1]


def test_too_few_pairs_are_told_of_each_question_and_not_only_of_the_preference(reviews):
    review = reviews.make("Clear but", items(9))
    said = {str(n): {"worse": "compressed"} for n in range(1, 10)}
    said["1"]["biased_compressed"] = "yes"
    answer(reviews, review, "Ana", said)
    found = result(reviews.load("clear-but"))
    # 9 of 9 is a finding after Holm over two (2 x 2 / 2^9); one biased pair of one can be none.
    assert found.tests[0].p_holm == 4 / 512
    told = limits(found)
    assert "Biased? With fewer than 6 decided pairs, and here there is 1, no outcome" in "".join(
        told
    )
    assert sum("fewer than 6" in one for one in told) == 1
    assert any("not the same as equal" in one for one in told)
