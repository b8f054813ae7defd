"""What stands first: it says what was found, why it may be trusted no further, and no more."""

from dataclasses import replace

import comparisons
import numpy as np
import pytest

from fairviz.analyses.comparison.present import present as compared
from fairviz.analyses.review.result import result
from fairviz.analyses.review.reviews import Reviews
from fairviz.analyses.review.words import finding as judged
from fairviz.analyses.tables.present import present as tabled
from fairviz.analyses.tables.view import view
from fairviz.benchmarks import store
from fairviz.core.shortened import middle
from fairviz.core.specs import Decoding
from fairviz.i18n import speaking
from fairviz.report import runs
from fairviz.report.record import Part


def parting(first: float, second: float, temperature: float = 0.0):
    """Two texts that part at their second token, to which the baseline gives these."""
    found = comparisons.comparison(["a", "b"], ["a", "c"])  # of the ids 0, 1 and 0, 2
    before = found.on_baseline.baseline
    tops = np.log([[0.5, 0.2], [first, second]])
    before = replace(
        before,
        top_ids=np.array([[0, 9], [1, 2]]),
        top_tokens=(("a", "z"), ("b", "c")),
        top_log_probs=tops,
        log_prob=tops[:, 0],
    )
    request = replace(found.request, decoding=Decoding(temperature=temperature))
    return replace(found, request=request, on_baseline=replace(found.on_baseline, baseline=before))


@pytest.mark.parametrize(
    "run, told",
    [
        (parting(0.038, 0.036), True),
        (parting(0.05, 0.04), False),
        (parting(0.038, 0.036, 1.0), False),
    ],
)
def test_a_near_tie_is_told_as_one(run, told):
    """0.036 / 0.038 = 0.95 and 0.04 / 0.05 = 0.8; what is drawn by lot is no tie."""
    shown = compared(run, {})
    assert ("at a near-tie (3.8\u202f% against 3.6\u202f%)" in shown.finding.sentence) == told
    assert ("A near-tie" in shown.allowed[0]) == told
    assert shown.finding.trusted == "no claim: a single example"


def test_the_example_of_a_review_is_no_finding():
    found = judged(result(Reviews().load("example")))
    assert found.sentence.startswith("Invented") and found.trusted.endswith(
        "nobody judged these texts"
    )


# By hand in pandas: of the shipped table's forms with a change, unflagged by what bars a finding;
# the overview draws those of them whose perplexity is unflagged too.
@pytest.mark.parametrize(
    "dimension, way, worse, n, drawn",
    [("degeneration", "higher", 78, 140, 139), ("representation", "lower", 93, 107, 106)],
)
def test_a_headline_of_the_tables_counts_all_forms_in_every_view(dimension, way, worse, n, drawn):
    for name in ("overview", "spread"):
        shown = tabled(view(f"view={name}&dimension={dimension}", store.table()), {}, "page")
        said = f"worse ({way}) than the baseline in {worse} of {n} compressed"
        assert said in shown.finding.sentence
        assert shown.finding.trusted.startswith("open: single runs")
        assert all(" · " in one.title for one in shown.flags)  # with the base model it is known of
        if name == "overview":
            assert sum(len(trace.x) for trace in shown.figures[0].figure.data) == drawn


def test_the_overview_tells_of_forms_that_it_has_no_place_for():
    table = store.table()
    lost = (table["benchmark"] == "perplexity") & (table["method"] == "awq")
    shown = tabled(view("view=overview&dimension=degeneration", table[~lost]), {}, "page")
    (said,) = [one for one in shown.not_allowed if "no place in this picture" in one]
    gone = int(said.split()[0])
    assert gone > 0 and sum(len(one.x) for one in shown.figures[0].figure.data) == 139 - gone


def test_a_kept_title_has_the_quotes_of_the_page():
    with speaking("fr"):
        part = Part("comparison", "1", "“Il · a dit ”oui”” · demo → demo+nf4")
        assert runs.shown(part) == "«\u202fIl · a dit ”oui”\u202f» · demo → demo+nf4"


def test_a_name_that_is_cut_has_no_gap_where_nothing_is_left_out():
    assert middle("google/gemma-3-270m+nf4", 22) == "gemma-3-270m+nf4"
    assert middle("/home/real/models/gemma-3-270m+nf4", 28) == "/home/…/gemma-3-270m+nf4"
