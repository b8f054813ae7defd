"""Many coupled samples: each is the one that paired decoding writes for its seed."""

import copy

import pytest
import torch
from transformers import AutoModelForCausalLM

from fairviz.core.specs import Decoding
from fairviz.inference.batch_generation import Ask, draw
from fairviz.inference.paired_decoding import write_in_pair
from fairviz.models.handles import Writer

ARCHITECTURES = ("bloom", "opt", "llama", "mistral", "gpt2")
PROMPTS = ((5, 6, 7), (20, 30, 40, 50, 60), (100, 90, 80))
NONE = frozenset()


def loaded(folder):
    """A random model whose layers are large enough that its head does not echo the last token."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.dim() > 1 and (".h." in name or ".layers." in name):
                weight.mul_(8)
    return model


def shaken(model, noise=0.05):
    """A copy with noise on its weights: a compressed model as far as decoding can tell."""
    other = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for weight in other.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator), alpha=noise)
    return other


def width(model):
    return model.get_output_embeddings().weight.shape[0]


def drawn(pair, asks, eos=NONE, rows=64, **decoding):
    """Place among the asks -> (baseline, compressed)."""
    writers = [Writer(model, frozenset(eos)) for model in pair]
    steps = draw(*writers, asks, Decoding(**decoding), width(pair[0]), rows)
    found = {}
    for finished in steps:
        for sample in finished:
            assert sample.ask not in found
            found[sample.ask] = (list(sample.baseline), list(sample.compressed))
    assert set(found) == set(range(len(asks)))
    return found


def paired(pair, ask, eos=NONE, **decoding):
    writers = [Writer(model, frozenset(eos)) for model in pair]
    steps = list(
        write_in_pair(*writers, ask.prompt, Decoding(seed=ask.seed, **decoding), width(pair[0]))
    )
    return tuple(
        [getattr(step, side).token_id for step in steps if getattr(step, side) is not None]
        for side in ("on_baseline", "on_compressed")
    )


@pytest.fixture(scope="module")
def pairs(checkpoints):
    made = {}
    for name in ARCHITECTURES:
        model = loaded(checkpoints[name])
        made[name] = (model, shaken(model))
    return made


ASKS = [Ask(prompt, 100 * place + k) for place, prompt in enumerate(PROMPTS) for k in range(4)]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_sample_is_the_one_of_paired_decoding(pairs, architecture):
    # Three prompts of two lengths, some rows of which end early, against one at a time.
    pair = pairs[architecture]
    eos = set(range(0, 300, 12))
    how = dict(max_new_tokens=14, temperature=0.9)
    found = drawn(pair, ASKS, eos, **how)
    for place, ask in enumerate(ASKS):
        assert found[place] == paired(pair, ask, eos, **how)
    lengths = [len(text) for texts in found.values() for text in texts]
    assert min(lengths) < 14 <= max(lengths)  # rows left the batch, and others stayed
    assert any(one != other for one, other in found.values())


@pytest.mark.parametrize(
    "decoding",
    [
        dict(temperature=1.0, top_k=20),
        dict(temperature=0.7, top_p=0.8),
        dict(temperature=1.0, repetition_penalty=1.4),
        dict(temperature=0.0),
        dict(temperature=0.0, repetition_penalty=1.4),
    ],
)
def test_filters_and_greedy_are_those_of_paired_decoding(pairs, decoding):
    pair = pairs["gpt2"]
    found = drawn(pair, ASKS[:6], max_new_tokens=10, **decoding)
    for place, ask in enumerate(ASKS[:6]):
        assert found[place] == paired(pair, ask, max_new_tokens=10, **decoding)


def test_a_sample_does_not_depend_on_its_batch(pairs):
    how = dict(max_new_tokens=12, temperature=1.0)
    together = drawn(pairs["bloom"], ASKS, {9}, **how)
    for place, ask in enumerate(ASKS):
        assert drawn(pairs["bloom"], [ask], {9}, **how)[0] == together[place]
    assert drawn(pairs["bloom"], ASKS, {9}, rows=3, **how) == together


def test_noise_pieces_change_nothing(pairs, monkeypatch):
    how = dict(max_new_tokens=8, temperature=1.0)
    whole = drawn(pairs["llama"], ASKS, **how)
    monkeypatch.setattr(
        "fairviz.inference.batch_generation._PIECE", 1
    )  # one row of noise at a time
    assert drawn(pairs["llama"], ASKS, **how) == whole


def test_a_tie_is_broken_as_by_paired_decoding(pairs, monkeypatch):
    # With every pair of scores called a tie, each token goes the way of `choose`.
    how = dict(max_new_tokens=8, temperature=1.0)
    fast = drawn(pairs["llama"], ASKS, **how)
    monkeypatch.setattr("fairviz.inference.batch_generation._TIE", float("inf"))
    assert drawn(pairs["llama"], ASKS, **how) == fast


@pytest.mark.parametrize("same_object", [True, False])
def test_a_pair_with_itself_writes_equal_texts(pairs, same_object):
    model = pairs["mistral"][0]
    pair = (model, model if same_object else copy.deepcopy(model))
    asks = [Ask((5, 6, 7), seed) for seed in range(32)]
    found = drawn(pair, asks, {3, 4, 5}, max_new_tokens=20, temperature=1.0)
    assert all(one == other for one, other in found.values())
    assert len({tuple(one) for one, _ in found.values()}) == 32  # each stream is its own


def test_samples_come_as_they_finish_and_closing_stops(pairs):
    model = copy.deepcopy(pairs["bloom"][0])
    calls = []
    model.register_forward_hook(lambda *_: calls.append(1))
    writer = Writer(model, frozenset(range(0, 300, 10)))
    asks = [Ask((5, 6, 7), seed) for seed in range(16)]
    steps = draw(writer, writer, asks, Decoding(max_new_tokens=30, temperature=1.0), width(model))
    early = 0
    for number, finished in enumerate(steps, 1):
        early += len(finished)
        assert all(len(sample.baseline) == number for sample in finished)
        if number == 5:
            break
    assert 0 < early < 16
    assert len(calls) == 5  # the prompt and four tokens; nothing is computed ahead
    steps.close()
    assert len(calls) == 5


def test_shares_of_first_tokens_are_the_models_own(pairs):
    # 2,000 draws: a share's standard error is at most sqrt(.25 / 2000) = .011
    model, other = pairs["llama"]
    asks = [Ask((5, 6, 7), seed) for seed in range(2000)]
    found = drawn((model, other), asks, rows=500, max_new_tokens=1, temperature=1.0)
    for side, own in enumerate((model, other)):
        with torch.inference_mode():
            p = own(torch.tensor([[5, 6, 7]])).logits[0, -1].softmax(-1)
        firsts = torch.tensor([found[place][side][0] for place in range(2000)])
        shares = torch.bincount(firsts, minlength=len(p)) / 2000
        torch.testing.assert_close(shares, p, atol=0.05, rtol=0)


def test_nothing_asked_is_nothing_drawn(pairs):
    assert drawn(pairs["opt"], [], max_new_tokens=3) == {}
