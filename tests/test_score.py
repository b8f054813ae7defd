"""Teacher forcing: every token once, whatever the batch, the padding or the window."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, Gemma2Config

from fairviz.inference.scoring import Read, Scored, following, score
from fairviz.inference.split_forward import Halves
from fairviz.models.handles import Reader

ARCHITECTURES = ("bloom", "opt", "llama", "mistral", "gpt2")
FIELDS = ("log_prob", "entropy", "margin", "top_log_probs")


@pytest.fixture(scope="module")
def pairs(checkpoints):
    """Architecture -> a model and a copy with noise on its weights."""
    out = {}
    for name in ARCHITECTURES:
        models = [AutoModelForCausalLM.from_pretrained(checkpoints[name]).eval() for _ in "bc"]
        generator = torch.Generator().manual_seed(1)
        with torch.no_grad():
            for weight in models[1].parameters():
                weight.add_(torch.randn(weight.shape, generator=generator), alpha=0.02)
        out[name] = models
    return out


def texts(*lengths, seed=0):
    random = np.random.default_rng(seed)
    return [random.integers(0, 300, length).tolist() for length in lengths]


def run(pair, ids, *, context=None, width=300, **how) -> list[Scored]:
    one, two = pair
    found = dict(score(Reader(one, context), Reader(two, context), ids, width=width, **how))
    return [found[number] for number in range(len(ids))]


def whole(model, ids, width=300):
    """Log-probabilities of every next word in float64, straight from the model: (T, V)."""
    with torch.inference_mode():
        logits = model(torch.tensor([ids])).logits[0, :-1, :width]
    return logits.double().log_softmax(-1)


def same(one: Scored, two: Scored, tolerance=1e-5):
    for name in ("kl", "kl_reverse", "js"):
        np.testing.assert_allclose(getattr(one, name), getattr(two, name), atol=tolerance)
    for side in ("baseline", "compressed"):
        for name in FIELDS:
            np.testing.assert_allclose(
                getattr(getattr(one, side), name), getattr(getattr(two, side), name), atol=tolerance
            )


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_measure_is_that_of_the_models_own_logits(pairs, name):
    (ids,) = texts(40)
    (found,) = run(pairs[name], [ids])
    lp, lq = (whole(model, ids) for model in pairs[name])
    own = torch.tensor(ids[1:])[:, None]
    for read, log_p in ((found.baseline, lp), (found.compressed, lq)):
        np.testing.assert_allclose(read.log_prob, log_p.gather(1, own)[:, 0], atol=1e-5)
        np.testing.assert_allclose(read.entropy, -(log_p.exp() * log_p).sum(-1), atol=1e-5)
        assert (read.rank == 1 + (log_p > log_p.gather(1, own)).sum(-1).numpy()).all()
        best = log_p.topk(10).values
        np.testing.assert_allclose(read.top_log_probs, best, atol=1e-5)
        two = best[:, :2].exp()
        np.testing.assert_allclose(read.margin, two[:, 0] - two[:, 1], atol=1e-5)
    np.testing.assert_allclose(found.kl, (lp.exp() * (lp - lq)).sum(-1), atol=1e-5)
    np.testing.assert_allclose(found.kl_reverse, (lq.exp() * (lq - lp)).sum(-1), atol=1e-5)
    mixed = ((lp.exp() + lq.exp()) / 2).log()
    js = (lp.exp() * (lp - mixed) + lq.exp() * (lq - mixed)).sum(-1) / 2
    np.testing.assert_allclose(found.js, js, atol=1e-5)
    assert (found.same_top == (lp.argmax(-1) == lq.argmax(-1)).numpy()).all()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_padding_and_batches_change_no_number(pairs, name):
    many = texts(3, 60, 2, 17, 17, 41, 8)
    alone = run(pairs[name], many, batch_tokens=1)
    together = run(pairs[name], many, batch_tokens=10_000)
    for one, two in zip(alone, together, strict=True):
        same(one, two)


@pytest.mark.parametrize("name", ["llama", "bloom"])
def test_against_itself_every_distance_is_exactly_0(pairs, name):
    model = pairs[name][0]
    for found in run((model, model), texts(30, 9)):
        for distance in (found.kl, found.kl_reverse, found.js):
            assert (distance == 0).all()
        assert found.same_top.all()
        for field in Read._fields:
            assert (getattr(found.baseline, field) == getattr(found.compressed, field)).all(), field


@pytest.mark.parametrize("length", [33, 47, 48, 49, 100])
def test_a_long_text_is_read_in_windows_and_every_token_once(pairs, length):
    (ids,) = texts(length)
    (found,) = run(pairs["llama"], [ids], context=32)
    assert len(found.kl) == length - 1
    # The first window is the plain reading of the first 32 ids.
    lp = whole(pairs["llama"][0], ids[:32])
    own = torch.tensor(ids[1:32])[:, None]
    np.testing.assert_allclose(found.baseline.log_prob[:31], lp.gather(1, own)[:, 0], atol=1e-5)
    # Each later one ends 16 further on, or at the end, and has 32 ids.
    done = 32
    while done < length:
        end = min(done + 16, length)
        lp = whole(pairs["llama"][0], ids[end - 32 : end])[-(end - done) :]
        own = torch.tensor(ids[done:end])[:, None]
        np.testing.assert_allclose(
            found.baseline.log_prob[done - 1 : end - 1], lp.gather(1, own)[:, 0], atol=1e-5
        )
        done = end


def test_every_window_begins_with_the_beginning_of_text_token(pairs):
    (ids,) = texts(60)
    ids[0] = 7
    (found,) = run(pairs["llama"], [ids], context=32, bos_id=7)
    lp = whole(pairs["llama"][0], [7, *ids[60 - 31 :]])
    own = torch.tensor(ids[-12:])[:, None]
    np.testing.assert_allclose(
        found.baseline.log_prob[-12:], lp[-12:].gather(1, own)[:, 0], atol=1e-5
    )


def test_the_shorter_context_of_the_two_holds(pairs):
    (ids,) = texts(50)
    one, two = pairs["llama"]
    ((_, found),) = score(Reader(one, 128), Reader(two, 32), [ids], width=300)
    same(found, run(pairs["llama"], [ids], context=32)[0], 0)


def test_a_text_of_one_token_has_nothing_to_score(pairs):
    found = run(pairs["llama"], [[5], [5, 6]])
    assert len(found[0].kl) == 0
    assert found[0].baseline.top_ids.shape == (0, 10)
    assert len(found[1].kl) == 1
    with pytest.raises(ValueError):
        run(pairs["llama"], [[]])


def test_progress_counts_every_token_and_closing_stops(pairs):
    many, told = texts(5, 6, 7, 8), []
    reading = score(
        *(Reader(model, None) for model in pairs["llama"]),
        many,
        width=300,
        batch_tokens=8,
        on_batch=lambda done, total: told.append((done, total)),
    )
    next(reading)
    reading.close()
    assert told == [(5, 26)]
    run(pairs["llama"], many, batch_tokens=8, on_batch=lambda *at: told.append(at))
    assert told[-1] == (26, 26)


def test_a_soft_cap_behind_the_head_is_kept():
    torch.manual_seed(0)

    config = Gemma2Config(
        vocab_size=300, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=16, final_logit_softcapping=2.0,
        attn_implementation="eager",
    )  # fmt: skip
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        model.get_output_embeddings().weight.mul_(40)
    (ids,) = texts(20)
    (found,) = run((model, model), [ids])
    lp = whole(model, ids)
    own = torch.tensor(ids[1:])[:, None]
    np.testing.assert_allclose(found.baseline.log_prob, lp.gather(1, own)[:, 0], atol=1e-5)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_halves_are_the_model(pairs, name):
    model = pairs[name][0]
    ids = torch.tensor(texts(12))
    with torch.inference_mode():
        halves = Halves(model)
        hidden = halves.hidden(ids, torch.ones_like(ids))
        torch.testing.assert_close(
            halves.logits(hidden[0]), model(ids).logits[0], atol=1e-5, rtol=1e-5
        )
    assert not model.get_output_embeddings()._forward_pre_hooks


def test_no_array_of_all_positions_and_words_exists(pairs, monkeypatch):
    """Logits are reduced a few positions at a time."""
    import fairviz.inference.scoring

    seen = []
    plain = fairviz.inference.scoring.reduce

    def spy(p, q, targets, k):
        seen.append(p.shape[0])
        return plain(p, q, targets, k)

    monkeypatch.setattr(fairviz.inference.scoring, "reduce", spy)
    monkeypatch.setattr(fairviz.inference.scoring, "_LOGITS", 4 * 300 * 7)
    run(pairs["llama"], texts(50, 20))
    assert max(seen) == 7
    assert sum(seen) == 49 + 19


@pytest.mark.parametrize("name", ["bloom", "llama"])
def test_what_follows_a_prompt_is_what_is_expected_of_a_token_after_it(pairs, name):
    baseline, compressed = (Reader(model, 9) for model in pairs[name])
    prompts = [[5, 9, 11], [7, 8], [3, 4, 5, 6, 7, 8, 9, 10]]
    texts = [[*prompt, 1] for prompt in prompts]
    options = {"width": 300, "k": 5}
    whole = dict(score(baseline, compressed, texts, **options))
    for number, found in following(baseline, compressed, prompts, **options):
        expected = whole[number]
        assert found.ids.tolist() == prompts[number]
        np.testing.assert_allclose(found.kl, expected.kl[-1:], atol=1e-6)
        np.testing.assert_allclose(found.js, expected.js[-1:], atol=1e-6)
        for side in ("baseline", "compressed"):
            one, other = getattr(found, side), getattr(expected, side)
            np.testing.assert_allclose(one.entropy, other.entropy[-1:], atol=1e-5)
            np.testing.assert_allclose(one.margin, other.margin[-1:], atol=1e-5)
            assert one.top_ids.tolist() == other.top_ids[-1:].tolist()
            assert np.isnan(one.log_prob).all()


def test_of_a_prompt_beyond_the_context_the_end_is_read(pairs):
    readers = [Reader(model, 8) for model in pairs["llama"]]
    long, short = [1, *range(20, 60)], [1, *range(53, 60)]
    found = dict(following(*readers, [long, short], width=300, bos_id=1))
    np.testing.assert_array_equal(found[0].kl, found[1].kl)
    with pytest.raises(ValueError, match="empty prompt"):
        next(following(*readers, [[]], width=300))
