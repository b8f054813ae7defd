"""Architectures beyond those of the first studies: read, written with and compressed.

One tiny random model each, of two layers; each method meets half of them or more.
"""

import numpy as np
import pytest
import torch
from conftest import CORPUS, tiny_tokenizer
from transformers import (
    AutoModelForCausalLM,
    FalconConfig,
    Gemma3TextConfig,
    GPT2Config,
    GPTNeoXConfig,
    Olmo2Config,
    OlmoConfig,
    Phi3Config,
    PhiConfig,
)

from fairviz.compression.calibration import Calibration
from fairviz.compression.registry import METHODS
from fairviz.core.errors import BadSpec
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.inference.paired_decoding import write_in_pair
from fairviz.inference.scoring import score
from fairviz.models.making import make
from fairviz.models.pair import load_pair

TEXT = Calibration("two sentences", CORPUS * 8, samples=4, length=16)
IDS = [5, 17, 40, 3, 8, 200, 61, 12]
ENDS = {"bos_token_id": None, "eos_token_id": 0}
SHAPE = {
    "vocab_size": 300,
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": 128,
    **ENDS,
}
GATED = {**SHAPE, "intermediate_size": 128, "pad_token_id": 0}
CONFIGS = {
    "gemma3_text": lambda: Gemma3TextConfig(
        num_key_value_heads=2, head_dim=16, sliding_window=16,
        layer_types=["sliding_attention", "full_attention"], **GATED,
    ),
    "phi": lambda: PhiConfig(**GATED),
    "phi3": lambda: Phi3Config(**GATED),
    "olmo": lambda: OlmoConfig(**GATED),
    "olmo2": lambda: Olmo2Config(**GATED),
    "falcon": lambda: FalconConfig(**SHAPE),
    "gpt_neox": lambda: GPTNeoXConfig(intermediate_size=128, **SHAPE),
    "gpt2": lambda: GPT2Config(
        vocab_size=300, n_embd=64, n_layer=2, n_head=4, n_positions=128, **ENDS
    ),
}  # fmt: skip
FORMS = (
    "gptq:4:32", "awq:4:32", "smoothquant:w8a8", "rtn:4:32", "magnitude:0.5", "wanda:2:4",
    "sparsegpt:0.5", "gblm:0.5", "drop:1",
)  # fmt: skip


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    found = {}
    for name, config in CONFIGS.items():
        torch.manual_seed(0)
        folder = tmp_path_factory.mktemp("architectures") / name
        model = AutoModelForCausalLM.from_config(config())
        for weight in model.parameters():
            # Norms that scale each column differently, as trained ones do.
            if weight.dim() == 1:
                weight.data.add_(torch.rand_like(weight), alpha=0.5)
        model.save_pretrained(folder)
        tiny_tokenizer().save_pretrained(folder)
        found[name] = folder
    return found


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path / "cache"))


def made(folder, form):
    text = TEXT if METHODS[form.split(":")[0]].calibrated else None
    return make(ModelSpec.parse(f"{folder}+{form}"), calibration=text, device="cpu")


def kl_of(folder, compressed):
    """Mean KL of a text, in nats, and the pair."""
    pair = load_pair(ModelSpec(str(folder)), ModelSpec.parse(str(compressed)), device="cpu")
    ((_, found),) = score(pair.baseline.reader, pair.compressed.reader, [IDS], width=300)
    return float(found.kl.mean()), pair


@pytest.mark.parametrize("architecture", CONFIGS)
def test_it_is_read_and_written_with_as_the_model_itself_does(folders, architecture):
    folder = folders[architecture]
    # Falcon's own linear layers are none that bitsandbytes knows.
    apart, pair = kl_of(
        folder, f"{folder}+{'magnitude:0.5' if architecture == 'falcon' else 'nf4'}"
    )
    assert apart > 0
    model = pair.baseline.model
    with torch.inference_mode():
        own = model(torch.tensor([IDS])).logits[0, :-1].double().log_softmax(-1)
        written = model.generate(
            torch.tensor([IDS]), max_new_tokens=6, do_sample=False, pad_token_id=0
        )[0, len(IDS) :].tolist()
    ((_, found),) = score(pair.baseline.reader, pair.compressed.reader, [IDS], width=300)
    expected = own.gather(1, torch.tensor(IDS[1:])[:, None])[:, 0]
    np.testing.assert_allclose(found.baseline.log_prob, expected, atol=1e-5)
    steps = write_in_pair(
        pair.baseline.writer, pair.compressed.writer, IDS, Decoding(max_new_tokens=6), 300
    )
    texts = [step.on_baseline.token_id for step in steps if step.on_baseline]
    assert texts == written


def met():
    """Each method with every second architecture that takes it; what scales layers with all."""
    for place, form in enumerate(FORMS):
        method = METHODS[form.split(":")[0]]
        taken = [name for name in CONFIGS if name in method.architectures]
        few = method.name in ("awq", "smoothquant")
        for number, name in enumerate(taken):
            if few or number % 2 == place % 2:
                yield name, form


@pytest.mark.parametrize("architecture, form", list(met()))
def test_it_is_compressed(folders, architecture, form):
    found = made(folders[architecture], form)
    apart, pair = kl_of(folders[architecture], found.folder)
    # Scaled layers compute the same but for rounding; a reader that was left out would show.
    assert 0 < apart < {"smoothquant": 1e-4, "awq": 3e-3}.get(form.split(":")[0], 0.2)
    assert pair.compressed.identity.method.startswith(form)


@pytest.mark.parametrize("architecture", ["olmo2", "phi", "falcon"])
def test_what_it_cannot_take_is_refused_with_what_is_missing_and_what_it_can(folders, architecture):
    for name in ("awq:4:32", "smoothquant:w8a8"):
        if architecture in METHODS[name.split(":")[0]].architectures:
            continue
        with pytest.raises(BadSpec, match="which layers read what another one scales") as told:
            made(folders[architecture], name)
        assert "magnitude, wanda" in str(told.value)


@pytest.mark.parametrize("form", ["int8", "nf4"])
def test_a_form_that_would_compress_nothing_is_refused(folders, form):
    with pytest.raises(BadSpec, match="a falcon model: nothing was compressed"):
        kl_of(folders["falcon"], f"{folders['falcon']}+{form}")


def test_gpt2_is_refused_for_its_layers(folders):
    with pytest.raises(BadSpec, match="linear layers") as told:
        made(folders["gpt2"], "rtn:4:32")
    assert "int8, nf4" in str(told.value)
