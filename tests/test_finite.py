"""What is no number stops a text, is told of an item, and never looks like a finding."""

import math

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from fairviz.core.errors import NoEmbedding, NotFinite
from fairviz.core.specs import Decoding
from fairviz.inference.batch_generation import Ask, draw
from fairviz.inference.multiple_choice import Choice, choices
from fairviz.inference.paired_decoding import write_in_pair
from fairviz.inference.scoring import following, score
from fairviz.models.finite import not_finite, weights_are_finite
from fairviz.models.handles import Reader, Writer

NAN, INF = math.nan, math.inf


@pytest.fixture(scope="module")
def whole(checkpoints):
    return AutoModelForCausalLM.from_pretrained(checkpoints["llama"]).eval()


@pytest.fixture(scope="module")
def broken(checkpoints):
    """One weight of the last layer is NaN, as a damaged file may hold it."""
    model = AutoModelForCausalLM.from_pretrained(checkpoints["llama"]).eval()
    with torch.no_grad():
        model.model.layers[1].mlp.down_proj.weight[3, 5] = NAN
    return model


def overflowing(checkpoints, dtype):
    """Finite weights whose products are beyond float16: a hidden state of about 1e6."""
    model = AutoModelForCausalLM.from_pretrained(checkpoints["llama"]).eval()
    with torch.no_grad():
        for part in ("gate_proj", "up_proj", "down_proj"):
            getattr(model.model.layers[0].mlp, part).weight.mul_(1000)
    return model.to(dtype)


def written(one, two, prompt=(5, 6, 7), **decoding):
    writers = [Writer(model, frozenset(), name="theirs") for model in (one, two)]
    return list(write_in_pair(*writers, list(prompt), Decoding(**decoding), 300))


@pytest.mark.parametrize("which", ["baseline", "compressed"])
def test_a_text_stops_at_its_first_step_that_is_no_number(whole, broken, which):
    pair = (broken, whole) if which == "baseline" else (whole, broken)
    with pytest.raises(NotFinite) as error:
        written(*pair, max_new_tokens=3)
    assert "float32" in str(error.value) and "holds values that are no numbers" in error.value.fix
    assert error.value.message.startswith("theirs in float32")
    assert "'7'" in error.value.message  # the last of the prompt, as no text is known for it
    writers = [Writer(model, frozenset()) for model in pair]
    with pytest.raises(NotFinite):
        list(draw(*writers, [Ask((5, 6), 0)], Decoding(temperature=1.0), 300))


def test_an_overflow_in_float16_is_told_from_damaged_weights(checkpoints):
    model = overflowing(checkpoints, torch.float16)
    assert weights_are_finite(model)
    with pytest.raises(NotFinite, match=r"in float16 .* Use float32 or bfloat16"):
        written(model, model)
    assert len(written(*[overflowing(checkpoints, torch.float32)] * 2, max_new_tokens=3)) == 3


def test_the_way_out_depends_on_type_and_weights():
    def way(dtype, finite):
        return not_finite("m", dtype, "x", finite).fix

    assert "Use float32 or bfloat16" in way("float16", True)
    assert "no numbers" not in way("float16", True)
    assert "no numbers" in way("float16", False)  # a cast to float16 overflows too
    assert "no numbers" in way("bfloat16", False)
    assert "no numbers" not in way("bfloat16", True)


def test_scores_of_such_a_model_are_nan_and_say_so(whole, broken):
    for pair in ((whole, broken), (broken, whole)):
        readers = [Reader(model, 128) for model in pair]
        for found in (score, following):
            ((_, one),) = found(*readers, [[5, 6, 7]], width=300)
            assert not one.finite and one.unread == 0
            bad, good = (one.baseline, one.compressed)[:: 1 if pair[0] is broken else -1]
            assert np.isnan([bad.entropy, bad.margin, bad.log_prob]).all()
            assert (bad.rank == 0).all() and np.isnan(bad.top_log_probs).all()
            assert np.isfinite(good.entropy).all()
            assert np.isnan([one.kl, one.kl_reverse, one.js]).all() and not one.same_top.any()
    ((_, likely),) = choices(Reader(broken, 128), [Choice([5], [[6, 7], [8]])], width=300)
    assert np.isnan(likely.log_prob).all() and not likely.greedy.any() and not likely.finite


def test_a_row_without_numbers_changes_none_beside_it(whole):
    """Texts that hold token 9, whose embedding is NaN, beside texts that do not."""
    from copy import deepcopy

    model = deepcopy(whole)
    with torch.no_grad():
        model.model.embed_tokens.weight[9] = NAN
    texts = [[5, 6, 7, 8], [5, 9, 7, 8], [8, 7, 6, 5]]
    readers = Reader(whole, 128), Reader(model, 128)
    found = dict(score(*readers, texts, width=300))
    alone = {number: dict(score(*readers, [texts[number]], width=300))[0] for number in range(3)}
    assert [found[number].finite for number in range(3)] == [True, False, True]
    for number in (0, 2):
        np.testing.assert_allclose(found[number].kl, alone[number].kl, atol=1e-7)
        np.testing.assert_allclose(found[number].js, alone[number].js, atol=1e-7)
    items = [Choice([5], [[6], [7, 8]]), Choice([5, 6, 9, 4], [[6], [7, 8]])]
    likely = dict(choices(Reader(model, 128), items, width=300))
    assert likely[0].finite and not likely[1].finite


def test_a_token_without_an_embedding_is_found_before_anything_is_read(whole):
    readers = [Reader(whole, 128)] * 2
    texts = [[5, 6], [5, 300, 6]]
    found = dict(score(*readers, texts, width=300))
    assert found[0].finite and not found[1].finite and np.isnan(found[1].kl).all()
    assert len(found[1].kl) == 2
    found = dict(following(*readers, texts, width=300))
    assert found[0].finite and not found[1].finite and len(found[1].kl) == 1
    for strange in (Choice([5, 300], [[6], [7]]), Choice([5], [[6], [300]])):
        likely = dict(choices(readers[0], [Choice([5], [[6], [7]]), strange], width=300))
        assert likely[0].finite and not likely[1].finite
    with pytest.raises(NoEmbedding, match="knows 300 tokens"):
        written(whole, whole, prompt=(5, 300))
    writers = [Writer(whole, frozenset())] * 2
    with pytest.raises(NoEmbedding):
        next(draw(*writers, [Ask((5, 300), 0)], Decoding(), 300))


def test_words_that_a_model_rules_out_are_its_right(whole):
    """A single logit of minus infinity is a probability of 0."""
    from copy import deepcopy

    class Ruled(torch.nn.Module):
        def __init__(self, inner):
            super().__init__()
            self.inner, self.weight = inner, inner.weight

        def forward(self, rows):
            out = self.inner(rows).clone()
            out[..., 17] = -INF
            return out

    model = deepcopy(whole)
    model.set_output_embeddings(Ruled(model.get_output_embeddings()))
    assert len(written(model, model, max_new_tokens=4)) == 4
    readers = [Reader(model, 128)] * 2
    ((_, one),) = score(*readers, [[5, 6, 7]], width=300)
    assert one.finite and np.isfinite(one.kl).all()
    # Its own probability is 0, whose logarithm nothing can be added to.
    ((_, one),) = score(*readers, [[5, 17, 7]], width=300)
    assert one.unread is None and not one.finite and one.baseline.log_prob[0] == -INF
