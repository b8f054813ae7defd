"""Multiple choice with a shared context, against one reading of every whole text."""

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from fairviz.inference.multiple_choice import Choice, NoTokens, choices, encode
from fairviz.models.handles import Reader
from fairviz.models.vocabulary import Vocabulary

ARCHITECTURES = ["bloom", "opt", "llama", "mistral", "gpt2"]
ITEMS = [
    ("Question: who went to the sea?\nAnswer:", [" the nurse", " a judge who was old", " x"]),
    ("Il était une fois ", ["une pêcheuse", "deux", "trois petits"]),
    ("She said that", [" she", " he went to the sea and never came back"]),
    ("One", [" two"]),
]


@pytest.fixture(scope="module")
def models(checkpoints):
    return {
        name: AutoModelForCausalLM.from_pretrained(checkpoints[name]).eval()
        for name in ARCHITECTURES
    }


@pytest.fixture(scope="module")
def vocabulary(checkpoints):
    return Vocabulary(AutoTokenizer.from_pretrained(checkpoints["llama"]))


def by_whole_texts(model, item):
    """Sum of log-probabilities of each option, the whole text read at once in float64."""
    out = []
    for option in item.options:
        ids = [*item.context, *option]
        with torch.inference_mode():
            log_p = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
        first = len(item.context)
        out.append(sum(log_p[place - 1, ids[place]].item() for place in range(first, len(ids))))
    return out


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_option_is_as_likely_as_in_one_reading(models, vocabulary, name):
    items = [encode(vocabulary, *item) for item in ITEMS]
    for number, found in choices(Reader(models[name], 128), items, width=300):
        np.testing.assert_allclose(
            found.log_prob, by_whole_texts(models[name], items[number]), atol=1e-5
        )
        assert found.tokens == tuple(map(len, items[number].options))


def test_an_item_is_as_likely_alone_as_in_a_batch(models, vocabulary):
    items = [encode(vocabulary, *item) for item in ITEMS]
    reader = Reader(models["opt"], 128)
    together = dict(choices(reader, items, width=300))
    alone = dict(choices(reader, items, width=300, batch_tokens=1))
    assert together.keys() == alone.keys() == set(range(len(items)))
    for number, found in together.items():
        np.testing.assert_allclose(found.log_prob, alone[number].log_prob, atol=1e-5)


def test_tokens_are_cut_as_the_harness_cuts_them(vocabulary):
    # Spaces at the end of a context go to the options.
    with_space = encode(vocabulary, "She said ", ["yes"])
    without = encode(vocabulary, "She said", [" yes"])
    assert with_space == without
    assert vocabulary.encode("She said yes") == [*without.context, *without.options[0]]


def test_greedy_is_told(models, vocabulary):
    context = vocabulary.encode("Il était")
    ids = torch.tensor([context])
    with torch.inference_mode():
        best = models["llama"](ids).logits[0, -1].argmax().item()
    item = Choice(context, [[best], [(best + 1) % 300]])
    ((_, found),) = choices(Reader(models["llama"], 128), [item], width=300)
    assert found.greedy.tolist() == [True, False]


def test_a_context_too_long_loses_its_beginning(models):
    random = np.random.default_rng(0)
    context = random.integers(0, 300, 60).tolist()
    option = [1, 2, 3]
    ((_, cut),) = choices(Reader(models["llama"], 32), [Choice(context, [option])], width=300)
    short = Choice(context[-30:], [option])
    assert cut.log_prob[0] == pytest.approx(by_whole_texts(models["llama"], short)[0], abs=1e-5)


def test_an_option_or_a_context_without_tokens_is_refused(vocabulary):
    with pytest.raises(NoTokens, match="Option 2"):
        encode(vocabulary, "Who?", [" he", ""])
    with pytest.raises(NoTokens, match="context"):
        encode(vocabulary, "", [" he"])
