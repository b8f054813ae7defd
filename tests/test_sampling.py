"""Penalty, filters and coupled noise."""

import pytest
import torch
from transformers import RepetitionPenaltyLogitsProcessor, TopKLogitsWarper, TopPLogitsWarper

from fairviz.core.specs import Decoding
from fairviz.inference.gumbel import _least, choose, filtered, gumbel, penalized

# Of seed 7 at step 2, as drawn in 2026.
KNOWN = [3.101669273469282, 1.528565793144982, -0.6680068093910191, -0.3937047932958567]


@pytest.fixture
def scores():
    return torch.randn(50, generator=torch.Generator().manual_seed(0)) * 3


def test_penalty_as_in_transformers(scores):
    context = [3, 7, 7, 11]
    theirs = RepetitionPenaltyLogitsProcessor(1.3)(torch.tensor([context]), scores[None].clone())[0]
    torch.testing.assert_close(penalized(scores, context, 1.3), theirs)


@pytest.mark.parametrize(("top_k", "top_p"), [(5, 1.0), (0, 0.7), (10, 0.5), (0, 0.01), (1, 1.0)])
def test_filters_as_in_transformers(scores, top_k, top_p):
    theirs = scores[None].clone()
    if top_k:
        theirs = TopKLogitsWarper(top_k)(None, theirs)
    if top_p < 1:
        theirs = TopPLogitsWarper(top_p)(None, theirs)
    torch.testing.assert_close(filtered(scores, top_k, top_p), theirs[0])


@pytest.mark.parametrize("top_p", [0.05, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("steps", [0, 3])
def test_what_is_kept_is_what_sorting_keeps(steps, top_p):
    """Bit for bit, equal scores at the border too (of three values all are equal to many)."""
    scores = torch.randn(5000, generator=torch.Generator().manual_seed(3))
    if steps:
        scores = (scores * steps).round()
    ordered, order = scores.sort(descending=True)
    before = ordered.softmax(-1).cumsum(-1) - ordered.softmax(-1)
    expected = scores.index_fill(0, order[before >= top_p], -torch.inf)
    assert torch.equal(filtered(scores, 0, top_p), expected)


@pytest.mark.parametrize("top_p", [0.05, 0.5, 0.9])
def test_the_large_scores_alone_tell_the_border_of_a_steep_distribution(top_p):
    scores = torch.randn(50_000, generator=torch.Generator().manual_seed(4)) * 4
    ordered = scores.sort(descending=True).values
    before = ordered.double().softmax(-1).cumsum(-1) - ordered.double().softmax(-1)
    assert _least(scores, top_p) == ordered[before < top_p][-1]


def test_the_large_scores_do_not_tell_where_equal_ones_lie_at_the_border_or_all_are_even():
    assert _least(torch.tensor([2.0, 1.0, 1.0, 0.0]), 0.7) is None  # e^2 + e of 13.8: the first 1
    assert _least(torch.cat([torch.tensor([9.0]), torch.zeros(50_000)]), 0.9) is None
    # Masses of .5 and .25: whether the third belongs to the first .75 is a matter of rounding.
    assert _least(torch.tensor([0.5, 0.25, 0.15, 0.1]).log(), 0.75) is None


def test_noise_of_a_seed_is_what_it_always_was():
    """Texts that are stored are drawn again from their seeds: old numbers, by the generator's hand.

    Gumbel noise of u is -ln(-ln u), u being the first numbers of MT19937 seeded with the step's.
    """
    generator = torch.Generator().manual_seed((7 + 3 * 0x9E3779B97F4A7C15) % 2**63)
    uniform = torch.rand(4, generator=generator, dtype=torch.float64)
    assert torch.equal(gumbel(7, 2, 4), -(-uniform.log()).log())
    torch.testing.assert_close(gumbel(7, 2, 4), torch.tensor(KNOWN, dtype=torch.float64))


def test_noise_draws_from_the_distribution():
    # 4,000 draws of p = (.7, .2, .1): a share's standard error is at most .008
    log_p = torch.tensor([0.7, 0.2, 0.1]).log()
    decoding = Decoding(temperature=1.0)
    draws = [choose(log_p, [], decoding, gumbel(5, step, 3)) for step in range(4000)]
    shares = torch.bincount(torch.tensor(draws), minlength=3) / 4000
    torch.testing.assert_close(shares, log_p.exp(), atol=0.03, rtol=0)


def test_noise_is_a_function_of_seed_and_step():
    assert torch.equal(gumbel(1, 2, 100), gumbel(1, 2, 100))
    assert not torch.equal(gumbel(1, 2, 100), gumbel(1, 3, 100))
    assert not torch.equal(gumbel(1, 2, 100), gumbel(2, 2, 100))
    # No stream is another one shifted by some steps.
    assert not torch.equal(gumbel(1, 1, 100), gumbel(2, 0, 100))


def test_temperature_near_zero_is_greedy(scores):
    cold = Decoding(temperature=1e-4)
    assert choose(scores, [], cold, gumbel(0, 0, 50)) == int(scores.argmax())
