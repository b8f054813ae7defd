"""What a batch does to a reading: measured on a planted case, and told where it matters."""

import json

import numpy as np
import pytest
import torch
from scipy.special import rel_entr

from fairviz import i18n as language
from fairviz.analyses import identity
from fairviz.analyses.base import Here
from fairviz.compression.registry import METHODS
from fairviz.core.specs import ModelSpec
from fairviz.inference import batch_effect
from fairviz.inference.batch_effect import Effect, divergence, read

ALONE, OTHER = [5, 6, 7, 8, 9, 10, 11, 12], [3, 2, 1, 2, 3, 1, 2, 3]


class Neighbourly(torch.nn.Module):
    """Logits of a row, rounded wherever a column of the batch has an outlier, as int8 does."""

    def __init__(self, mixes):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        self.weight = torch.nn.Parameter(torch.randn(16, 13, generator=generator))
        self.mixes = mixes

    def forward(self, ids):
        values = self.weight[ids]
        if self.mixes:
            apart = (values.abs() > 1.5).any(0).any(0)
            values = torch.where(apart, values, values.mul(4).round().div(4))
        return type("Output", (), {"logits": values})


def test_the_divergence_is_scipys():
    p, q = (np.random.default_rng(seed).dirichlet(np.ones(9), size=4) for seed in (0, 1))
    expected = rel_entr(p, q).sum(-1)
    assert divergence(np.log(p), np.log(q)) == pytest.approx(expected, rel=1e-12)


def test_only_what_mixes_the_rows_of_a_batch_moves():
    for mixes in (False, True):
        model = Neighbourly(mixes)
        alone, beside = read(model, ALONE), read(model, ALONE, OTHER)
        assert alone.shape == (batch_effect.PLACES, 13)
        logits = model(torch.tensor([ALONE])).logits[0, -batch_effect.PLACES :]
        assert alone == pytest.approx(logits.double().log_softmax(-1).detach().numpy(), abs=1e-12)
        moved = divergence(alone, beside)
        assert (moved.max() > 1e-4) if mixes else (moved == 0).all()


def test_what_ships_was_measured_of_both_kinds():
    found = {(one.model, one.form): one for one in batch_effect.measured()}
    assert len(found) >= 8
    for (model, form), one in found.items():
        assert len(one.batch) == len(one.compression) == batch_effect.PLACES, (model, form)
        if METHODS[form.partition(":")[0]].batch_invariant:
            assert max(one.batch) < 1e-5, (model, form)
    gemma = found["Gemma 3 270M", "int8"]
    # The artefact is as large as the effect.
    assert max(gemma.batch) > min(gemma.compression)


@pytest.fixture
def planted(monkeypatch):
    found = (
        Effect("M", "int8", (0.016, 0.099), (0.01, 0.062)),
        Effect("M", "nf4", (2e-12, 3e-12), (0.1, 0.2)),
    )
    monkeypatch.setattr(batch_effect, "measured", lambda: found)


def test_each_method_is_told_with_its_figures(planted):
    assert batch_effect.told("nf4").endswith("up to rounding (KL at most 3·10⁻¹² nats on M).")
    assert batch_effect.told("fp4").endswith("up to rounding")
    said = batch_effect.told("int8")
    assert "0.016 to 0.099 nats apart" in said and "it is 0.01 to 0.062 apart" in said
    assert "at 2 places" in said
    with language.speaking("fr"):
        assert "0,016" in batch_effect.told("int8") and "beside" not in batch_effect.told("int8")


def test_the_card_of_int8_alone_says_it(planted):
    for method in ("none", "nf4", "wanda:0.5, calibrated on x (0a)", "already quantized: gptq"):
        assert batch_effect.of_card(method) == ""
    assert batch_effect.of_card("int8").startswith("By design,")
    request = Here(ModelSpec("demo"), ModelSpec("demo"))
    known = {"baseline": {"method": "int8"}, "compressed": {"method": "nf4"}}
    card, other = identity.cards(request, known)
    assert dict(card.rows)["In a batch"] == batch_effect.of_card("int8")
    assert "In a batch" not in dict(other.rows)


def test_a_file_that_is_not_there_or_torn_tells_nothing(monkeypatch, tmp_path):
    monkeypatch.setattr(batch_effect, "FILE", tmp_path / "x.json")
    assert batch_effect.measured.__wrapped__() == ()
    batch_effect.FILE.write_text(json.dumps({"effects": [{"model": "M"}]}))
    assert batch_effect.measured.__wrapped__() == ()
