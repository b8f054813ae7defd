"""A baseline reads once for all of its forms; bit for bit what is read anew."""

import numpy as np
import pytest
import torch
from conftest import tiny_tokenizer

from fairviz.core.errors import OutOfMemory
from fairviz.core.specs import CompressionSpec, ModelSpec
from fairviz.inference.multiple_choice import Choice, choices
from fairviz.inference.scoring import following, score
from fairviz.models.kept import Readings
from fairviz.models.pair import load_pair

TEXTS = [[5, 9, 11, 3, 7, 2], [4, 8, 2], list(range(1, 60)), [12, 6, 1, 3]]
ITEMS = [Choice([5, 9, 11], [[3, 7], [2]]), Choice([4], [[8], [2], [9, 9, 9]])]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A model that caps its logits, one that scales them, and one that does nothing to them."""
    from transformers import AutoModelForCausalLM, CohereConfig, Gemma2Config, LlamaConfig

    tokenizer = tiny_tokenizer()
    size = {
        "vocab_size": len(tokenizer), "hidden_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 128,
        "max_position_embeddings": 48, "initializer_range": 0.3,
        "bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": None,
    }  # fmt: skip
    found = {}
    for name, config in {
        "capped": Gemma2Config(head_dim=16, final_logit_softcapping=5.0, **size),
        "scaled": CohereConfig(logit_scale=0.3, **size),
        "plain": LlamaConfig(tie_word_embeddings=False, **size),
    }.items():
        torch.manual_seed(0)
        found[name] = tmp_path_factory.mktemp("in_turn") / name
        AutoModelForCausalLM.from_config(config).save_pretrained(found[name])
        tokenizer.save_pretrained(found[name])
    return found


def columns(pair, readings=True):
    """Everything that a pair measures, as arrays."""
    first, second = pair.baseline.reader, pair.compressed.reader
    if not readings:
        first, second = first._replace(readings=None), second._replace(readings=None)
    width, found = pair.vocabulary_size, []
    for read in (score, following):
        for number, one in sorted(read(first, second, TEXTS, width=width, k=3)):
            found += [number, *one.baseline, *one.compressed, *one[3:]]
    for reader in (first, second):
        found += [array for _, one in sorted(choices(reader, ITEMS, width=width)) for array in one]
    return found


def same(left, right):
    return len(left) == len(right) and all(
        np.array_equal(a, b, equal_nan=True) for a, b in zip(left, right, strict=True)
    )


@pytest.mark.parametrize("name", ["capped", "scaled", "plain"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_what_is_kept_is_what_is_read_bit_for_bit(folders, name, dtype):
    baseline = ModelSpec(str(folders[name]))
    known = {}
    for form in ("int8", "nf4"):
        pair = load_pair(
            baseline, ModelSpec.parse(f"{baseline}+{form}"), device="cpu", dtype=dtype, known=known
        )
        known = {baseline: pair.baseline}
        before = pair.baseline.readings.made
        assert same(columns(pair), columns(pair, readings=False))
        # The batches of TEXTS twice and of ITEMS, read for the first form alone.
        assert (before, pair.baseline.readings.made) == ((0, 3) if form == "int8" else (3, 3))
    assert pair.compressed.readings is None


def test_the_baseline_of_a_sweep_reads_once(folders, monkeypatch, tmp_path):
    """Two forms of one baseline: as many forward passes of the baseline as for one."""
    from fairviz.analyses.tradeoff import measure, sweep
    from fairviz.inference import split_forward

    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))
    monkeypatch.setattr(measure, "DOCUMENTS", 12)
    forms = tuple(map(CompressionSpec.parse, ("nf4", "magnitude:0.5")))
    told, passes = [], {}
    hidden = split_forward.Halves.hidden

    def counted(self, *given):
        passes[self._model] = passes.get(self._model, 0) + 1
        return hidden(self, *given)

    monkeypatch.setattr(split_forward.Halves, "hidden", counted)
    found = sweep.sweep(
        ModelSpec("demo"), forms=forms, device="cpu", told=lambda *step: told.append(step)
    )
    assert not found.refused
    assert [point.name for point in found.points] == ["demo+nf4", "demo+magnitude:0.5"]
    assert len(passes) == len(forms) + 1
    assert len(set(passes.values())) == 1
    assert any(step[0] == 1 and "magnitude:0.5: Making" in step[2] for step in told)
    alone = measure.measure_pair(
        load_pair(ModelSpec("demo"), ModelSpec.parse("demo+nf4"), device="cpu"), lambda words: None
    )
    assert found.points[0].kl == alone.kl


def test_the_latest_readings_stay_and_what_must_stay_is_refused():
    readings, read = Readings(most=20), []

    def of(asked):
        return readings.of(asked, lambda: read.append(asked) or asked, lambda _: 10)

    assert [of(asked) for asked in "abacab"] == list("abacab")
    assert read == ["a", "b", "c", "b"]  # c took the place of b, which was asked before a
    readings.all = True
    with pytest.raises(OutOfMemory, match="has read takes more"):
        of("d")
