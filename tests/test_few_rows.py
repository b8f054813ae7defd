"""The head in float32, whatever the model's type, and as fast where rows are few."""

import copy

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, Gemma2Config, Gemma2ForCausalLM

from fairviz.inference.contexts import Contexts
from fairviz.inference.fast_lm_head import fast_head, float32_linear
from fairviz.inference.multiple_choice import Choice, choices
from fairviz.inference.scoring import following, score
from fairviz.inference.split_forward import Halves
from fairviz.models.handles import Reader, Writer

HALF = [torch.bfloat16, torch.float16]


def gemma2():
    """A head whose logits go through a soft cap afterwards."""
    torch.manual_seed(0)
    config = Gemma2Config(
        vocab_size=300, hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=1, head_dim=16, final_logit_softcapping=2.0,
    )  # fmt: skip
    model = Gemma2ForCausalLM(config).eval()
    with torch.no_grad():
        model.model.embed_tokens.weight.mul_(20)
    return model


@pytest.fixture(scope="module")
def models(checkpoints):
    found = {
        name: AutoModelForCausalLM.from_pretrained(checkpoints[name]).eval()
        for name in ("llama", "bloom")
    }
    return found | {"gemma2": gemma2()}


def by_hand(model, ids):
    """ln p of every next word after every token, the head and what follows it in float64: (T, V).

    The final hidden states are the model's own, in its own number type.
    """
    seen = []
    head = model.get_output_embeddings()
    hook = head.register_forward_pre_hook(lambda _module, inputs: seen.append(inputs[0]))
    with torch.inference_mode():
        model(torch.tensor([ids]))
        hook.remove()
        logits = seen[0][0].double() @ head.weight.double().T
        cap = getattr(model.config, "final_logit_softcapping", None)
        if cap:
            logits = cap * torch.tanh(logits / cap)
        return logits.log_softmax(-1).numpy()


@pytest.mark.parametrize("dtype", HALF)
@pytest.mark.parametrize("name", ["llama", "bloom", "gemma2"])
def test_half_precision_models_are_read_by_float32_heads_everywhere(models, name, dtype):
    model = copy.deepcopy(models[name]).to(dtype)
    ids = [5, 17, 40, 3, 250, 9, 77]
    expected = by_hand(model, ids)
    reader = Reader(model, 128)
    ((_, read),) = score(reader, reader, [ids], width=300)
    places = np.arange(len(ids) - 1)
    close = dict(atol=2e-5, rtol=0)
    np.testing.assert_allclose(read.baseline.log_prob, expected[places, ids[1:]], **close)
    best = np.sort(expected, axis=1)[:, ::-1][:, :10]
    np.testing.assert_allclose(read.baseline.top_log_probs, best[:-1], **close)
    ((_, one),) = following(reader, reader, [ids], width=300)
    np.testing.assert_allclose(one.baseline.top_log_probs[0], best[-1], **close)
    ((_, likely),) = choices(reader._replace(rows=1), [Choice(ids[:4], [ids[4:]])], width=300)
    assert likely.log_prob[0] == pytest.approx(expected[[3, 4, 5], ids[4:]].sum(), abs=5e-5)
    with fast_head(model):
        contexts = Contexts(Writer(model, frozenset()), [ids], 300)
    assert contexts.logits.dtype == torch.float32
    np.testing.assert_allclose(contexts.logits.log_softmax(-1)[0], expected[-1], **close)
    # What the model says by itself is rounded by far more than that.
    with torch.inference_mode():
        own = model(torch.tensor([ids])).logits[0].float().log_softmax(-1).numpy()
    assert np.abs(own - expected).max() > 1e-4


def test_weights_are_cast_in_pieces_of_any_size(monkeypatch):
    random = torch.Generator().manual_seed(0)
    weight, bias = (torch.randn(size, generator=random).bfloat16() for size in ((301, 64), (301,)))
    for rows in (1, 3, 9):
        hidden = torch.randn(2, rows, 64, generator=random).bfloat16()
        expected = hidden.double() @ weight.double().T + bias.double()
        for piece in (64 * 7, 64 * 301, 1):
            monkeypatch.setattr("fairviz.inference.fast_lm_head._PIECE", piece)
            found = float32_linear(hidden, weight, bias)
            assert found.dtype == torch.float32 and found.shape == (2, rows, 301)
            torch.testing.assert_close(found.double(), expected, atol=1e-4, rtol=1e-5)


def test_no_float32_copy_of_the_head_is_kept(models):
    model = copy.deepcopy(models["llama"]).bfloat16()
    halves = Halves(model)
    halves.logits(torch.zeros((2, 64), dtype=torch.bfloat16))
    with fast_head(model):
        model(torch.tensor([[5]]))
    assert {weight.dtype for weight in model.parameters()} == {torch.bfloat16}
    held = [one for one in vars(halves).values() if isinstance(one, torch.Tensor)]
    assert [one.shape for one in held] == [(2, 300)]
