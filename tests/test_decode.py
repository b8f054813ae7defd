"""Paired decoding against `generate`, against float64, and against itself."""

import copy

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from fairviz.core.errors import ModelUnavailable
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.inference.contexts import Contexts
from fairviz.inference.fast_lm_head import few_rows_linear
from fairviz.inference.gumbel import choose, gumbel
from fairviz.inference.paired_decoding import PairReading, write_in_pair
from fairviz.models.handles import Writer
from fairviz.models.pair import load_pair

ARCHITECTURES = ("bloom", "opt", "llama", "mistral", "gpt2")
PROMPTS = tuple(
    f"{who} {what}"
    for who in ("The nurse", "Il était", "A judge", "Une")
    for what in ("said", "une fois")
)


def loaded(path):
    """A random model whose layers are large enough that its head does not echo the last token."""
    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
    if "stories" not in str(path):
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if weight.dim() > 1 and (".h." in name or ".layers." in name):
                    weight.mul_(8)
    return model, AutoTokenizer.from_pretrained(path)


def shaken(model, noise=0.01):
    """A copy with noise on its weights: a compressed model as far as decoding can tell."""
    other = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for weight in other.parameters():
            weight.add_(torch.randn(weight.shape, generator=generator), alpha=noise)
    return other


def run(pair, prompt, eos=frozenset(), **decoding):
    width = pair[0].get_output_embeddings().weight.shape[0]
    writers = [Writer(model, frozenset(eos)) for model in pair]
    steps = list(write_in_pair(*writers, prompt, Decoding(**decoding), width))
    baseline = [step.on_baseline for step in steps if step.on_baseline is not None]
    compressed = [step.on_compressed for step in steps if step.on_compressed is not None]
    return baseline, compressed


def ids(readings: list[PairReading]) -> list[int]:
    return [reading.token_id for reading in readings]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_greedy_text_is_that_of_generate(checkpoints, architecture):
    model, tokenizer = loaded(checkpoints[architecture])
    pair = (model, shaken(model))
    model.generation_config.eos_token_id = pair[1].generation_config.eos_token_id = None
    diverged = 0
    for text in PROMPTS:
        prompt = tokenizer(text)["input_ids"]
        written = run(pair, prompt, max_new_tokens=24)
        for readings, side in zip(written, pair, strict=True):
            tensor = torch.tensor([prompt])
            alone = side.generate(
                tensor,
                attention_mask=torch.ones_like(tensor),
                do_sample=False,
                max_new_tokens=24,
                pad_token_id=0,
            )
            assert ids(readings) == alone[0, len(prompt) :].tolist()
        diverged += ids(written[0]) != ids(written[1])
    assert diverged  # otherwise the forked cache was never looked at


def test_repetition_penalty_is_that_of_generate(checkpoints):
    model, tokenizer = loaded(checkpoints["gpt2"])
    model.generation_config.eos_token_id = None
    prompt = tokenizer("The judge said the")["input_ids"]
    tensor = torch.tensor([prompt])
    alone = model.generate(
        tensor,
        attention_mask=torch.ones_like(tensor),
        do_sample=False,
        max_new_tokens=30,
        repetition_penalty=1.7,
        pad_token_id=0,
    )
    baseline, _ = run((model, model), prompt, max_new_tokens=30, repetition_penalty=1.7)
    assert ids(baseline) == alone[0, len(prompt) :].tolist()


@pytest.mark.parametrize("decoding", [{}, {"temperature": 1.0, "seed": 3}])
def test_against_itself_nothing_shifts(checkpoints, decoding):
    model, tokenizer = loaded(checkpoints["bloom"])
    prompt = tokenizer("Il était")["input_ids"]
    baseline, compressed = run((model, model), prompt, max_new_tokens=30, **decoding)
    assert ids(baseline) == ids(compressed)
    for reading in baseline:
        assert reading.kl == reading.kl_reverse == reading.js == 0
        assert reading.baseline == reading.compressed
        assert reading.same_top


def check_against_float64(pair, prompt, readings):
    """Every number of `readings` recomputed in float64 in one forward pass of the whole text."""
    text = torch.tensor([[*prompt, *ids(readings)]])
    logs = []
    for model in pair:
        with torch.no_grad():
            logits = copy.deepcopy(model).double()(text).logits[0, len(prompt) - 1 : -1]
        logs.append(logits.log_softmax(-1).numpy())
    p, q = (np.exp(log) for log in logs)
    mixture = np.log((p + q) / 2)
    close = dict(atol=1e-4, rtol=0)
    np.testing.assert_allclose(
        [reading.kl for reading in readings], (p * (logs[0] - logs[1])).sum(1), **close
    )
    np.testing.assert_allclose(
        [reading.kl_reverse for reading in readings], (q * (logs[1] - logs[0])).sum(1), **close
    )
    js = ((p * (logs[0] - mixture)).sum(1) + (q * (logs[1] - mixture)).sum(1)) / 2
    np.testing.assert_allclose([reading.js for reading in readings], js, **close)
    rows = np.arange(len(readings))
    for side, log in (("baseline", logs[0]), ("compressed", logs[1])):
        sides = [getattr(reading, side) for reading in readings]
        picked = log[rows, ids(readings)]
        ordered = np.sort(log, axis=1)[:, ::-1]
        np.testing.assert_allclose([one.log_prob for one in sides], picked, **close)
        np.testing.assert_allclose(
            [one.entropy for one in sides], -(np.exp(log) * log).sum(1), **close
        )
        np.testing.assert_allclose(
            [one.top_log_probs for one in sides], ordered[:, : len(sides[0].top_ids)], **close
        )
        np.testing.assert_allclose(
            [one.margin for one in sides], np.exp(ordered[:, 0]) - np.exp(ordered[:, 1]), **close
        )
        # A rank may differ from float64's only by tokens that float32 cannot tell apart.
        for one, value, row in zip(sides, picked, log, strict=True):
            assert 1 + (row > value + 1e-4).sum() <= one.rank <= 1 + (row > value - 1e-4).sum()
        for one, row in zip(sides, log, strict=True):
            np.testing.assert_allclose(row[one.top_ids], one.top_log_probs, **close)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_measure_against_float64(checkpoints, architecture):
    model, tokenizer = loaded(checkpoints[architecture])
    pair = (model, shaken(model, 0.02))
    prompt = tokenizer("Il était une fois")["input_ids"]
    for readings in run(pair, prompt, max_new_tokens=20):
        check_against_float64(pair, prompt, readings)


def test_every_measure_on_a_real_llama_and_its_int8_form(shared_folder):
    folders = [
        shared_folder / "models" / name for name in ("stories260K-llama", "stories260K-llama-q8deq")
    ]
    (base, tokenizer), (other, _) = (loaded(folder) for folder in folders)
    prompt = tokenizer("Once upon a time, Lily")["input_ids"]
    for readings in run((base, other), prompt, max_new_tokens=120):
        assert len(readings) == 120
        check_against_float64((base, other), prompt, readings)


def as_computed(compressed, baseline):
    """A plain copy of the baseline with the values that the 4-bit layers stand for."""
    from bitsandbytes.functional import dequantize_4bit

    plain = copy.deepcopy(baseline)
    for name, module in compressed.named_modules():
        state = getattr(getattr(module, "weight", None), "quant_state", None)
        if state is not None:
            weight = plain.get_submodule(name).weight
            weight.data = dequantize_4bit(module.weight.data, state).to(weight.dtype)
    return plain


@pytest.mark.parametrize("prompt", ["Il était une fois", "Once upon a time", "The nurse said that"])
def test_every_measure_on_the_demo_pair(prompt):
    pair = load_pair(ModelSpec.parse("demo"), ModelSpec.parse("demo+nf4"), device="cpu")
    models = (pair.baseline.model, pair.compressed.model)
    reference = (models[0], as_computed(models[1], models[0]))
    ids_of_prompt = pair.baseline.vocabulary.encode(prompt)
    for readings in run(models, ids_of_prompt, max_new_tokens=40):
        assert max(reading.kl for reading in readings) > 1e-5
        check_against_float64(reference, ids_of_prompt, readings)


def test_each_text_ends_at_its_own_end_token(checkpoints):
    model, tokenizer = loaded(checkpoints["llama"])
    prompt = tokenizer("A judge said")["input_ids"]
    pair = (model, shaken(model, 0.05))
    free = run(pair, prompt, max_new_tokens=16)
    assert ids(free[0]) != ids(free[1])
    for who in (0, 1):
        # The sixth token of one text ends texts now; the other goes on unless it has it too.
        end = ids(free[who])[5]
        stopped = run(pair, prompt, eos=[end], max_new_tokens=16)
        for side in (0, 1):
            whole = ids(free[side])
            expected = whole[: whole.index(end) + 1] if end in whole else whole
            assert ids(stopped[side]) == expected
    check_against_float64(pair, prompt, stopped[0])


def total_variation(p, q):
    return 0.5 * (p.softmax(-1) - q.softmax(-1)).abs().sum(-1)


def test_coupled_noise_agrees_where_the_distributions_do(checkpoints):
    model, tokenizer = loaded(checkpoints["bloom"])
    other = shaken(model, 1e-4)
    prompt = tokenizer("Il était une fois")["input_ids"]
    coupled = independent = places = 0
    for seed in range(6):
        baseline, _ = run((model, other), prompt, max_new_tokens=60, temperature=1.0, seed=seed)
        text = torch.tensor([[*prompt, *ids(baseline)]])
        with torch.no_grad():
            p, q = (side(text).logits[0, len(prompt) - 1 : -1] for side in (model, other))
        decoding = Decoding(temperature=1.0)
        for step in torch.where(total_variation(p, q) < 0.01)[0].tolist():
            noise = gumbel(seed, step, p.shape[-1])
            written = choose(p[step], [], decoding, noise)
            assert written == ids(baseline)[step]
            places += 1
            coupled += choose(q[step], [], decoding, noise) == written
            independent += (
                choose(q[step], [], decoding, gumbel(seed + 1000, step, p.shape[-1])) == written
            )
    assert places > 200
    assert coupled / places >= 0.95
    assert independent / places < 0.5


def test_the_head_on_few_rows_is_the_linear_layer():
    generator = torch.Generator().manual_seed(0)
    weight, bias = torch.randn(300, 64, generator=generator), torch.randn(300, generator=generator)
    for rows in (1, 2, 4, 9):
        block = torch.randn(rows, 1, 64, generator=generator)
        expected = torch.nn.functional.linear(block, weight, bias)
        torch.testing.assert_close(
            few_rows_linear(block, weight, bias), expected, atol=1e-4, rtol=0
        )


def test_the_models_layers_are_given_back(checkpoints):
    model, tokenizer = loaded(checkpoints["bloom"])
    steps = write_in_pair(
        Writer(model, frozenset()), Writer(model, frozenset()),
        tokenizer("Il")["input_ids"], Decoding(max_new_tokens=5), 300,
    )  # fmt: skip
    linear = [one for one in model.modules() if isinstance(one, torch.nn.Linear)]
    assert len(linear) > 1 and model.get_output_embeddings() in linear
    next(steps)
    assert all("forward" in vars(one) for one in linear)
    steps.close()
    assert not any("forward" in vars(one) for one in linear)


def test_a_model_with_another_memory_than_keys_and_values_is_refused():
    from transformers import MambaConfig, MambaForCausalLM

    model = MambaForCausalLM(MambaConfig(vocab_size=16, hidden_size=8, num_hidden_layers=1))
    with pytest.raises(ModelUnavailable, match="no keys and values"):
        Contexts(Writer(model, frozenset()), [[1, 2]], 16)
