"""What the methods do to a network: which layers, how exactly, how quietly."""

import logging

import pytest
import torch

from fairviz.compression.while_loading import OUTLIER_THRESHOLD
from fairviz.core.specs import ModelSpec
from fairviz.models.identity import weigh
from fairviz.models.pair import load_pair


def compressed(folder, method):
    spec = ModelSpec.parse(f"{folder}+{method}")
    return load_pair(spec, spec, device="cpu").baseline


@pytest.mark.parametrize("method", ["int8", "nf4", "fp4"])
@pytest.mark.parametrize("architecture", ["bloom", "gpt2", "llama", "mistral", "opt"])
def test_linear_layers_are_compressed_and_nothing_else(checkpoints, architecture, method):
    from bitsandbytes import nn

    kind = nn.Linear8bitLt if method == "int8" else nn.Linear4bit
    model = compressed(checkpoints[architecture], method).model
    layers = {n: m for n, m in model.named_modules() if isinstance(m, torch.nn.Linear)}
    plain = {name for name, layer in layers.items() if not isinstance(layer, kind)}
    assert plain == {"lm_head"}
    others = [p for n, p in model.named_parameters() if "embed" in n or "norm" in n or "wte" in n]
    assert others and all(p.dtype == torch.float32 for p in others)


def test_int8_keeps_outliers_apart_in_eval(checkpoints):
    """One activation of 1000 among small ones: without the threshold the row's scale,
    1000 / 127 = 7.9, rounds all the others to zero."""
    from bitsandbytes.nn import Linear8bitLt

    model = compressed(checkpoints["llama"], "int8").model
    layer = next(module for module in model.modules() if isinstance(module, Linear8bitLt))
    assert not layer.training
    assert layer.state.threshold == OUTLIER_THRESHOLD == 6.0
    generator = torch.Generator().manual_seed(0)
    # The first forward, which is done while loading, moves the scales to the layer's state.
    codes, scales = layer.weight.data.clone(), layer.state.SCB.clone()
    weight = codes.float() * scales[:, None] / 127
    rows = torch.randn(8, layer.in_features, generator=generator)
    rows[:, 3] = 1000.0
    expected = rows @ weight.T
    small = rows.clone()
    small[:, 3] = 0.0
    with torch.inference_mode():
        found = layer(rows)
    # What is left beside the outlier's own column is the small activations' part.
    left = found - 1000.0 * weight[:, 3]
    error = (left - small @ weight.T).norm() / (small @ weight.T).norm()
    assert error < 0.1
    assert (found - expected).norm() / expected.norm() < 1e-3


def test_the_scales_of_int8_are_weighed_where_a_forward_leaves_them(checkpoints):
    loaded = compressed(checkpoints["llama"], "int8")
    layers = [one for one in loaded.model.modules() if type(one).__name__ == "Linear8bitLt"]
    assert layers and all(layer.weight.SCB is None for layer in layers)
    weights = sum(one.numel() * one.element_size() for one in loaded.model.parameters())
    # One float32 scale a row.
    scales = sum(4 * layer.out_features for layer in layers)
    assert weigh(loaded.model).bytes_of_weights == weights + scales


def test_int8_does_not_warn_at_every_layer_and_call(checkpoints, caplog, recwarn):
    loaded = compressed(checkpoints["bloom"], "int8")
    with caplog.at_level(logging.WARNING), torch.inference_mode():
        loaded.model(torch.tensor([[5, 6, 7]]))
    assert not [record for record in caplog.records if "bitsandbytes" in record.name]
    assert not [warning for warning in recwarn if "MatMul8bitLt" in str(warning.message)]


@pytest.mark.parametrize("method", ["int8", "nf4", "fp4"])
def test_two_forwards_give_the_same_logits_and_zeros_are_counted(checkpoints, method):
    from bitsandbytes.functional import dequantize_4bit

    loaded = compressed(checkpoints["mistral"], method)
    zeros = 0
    for parameter in loaded.model.parameters():
        state = getattr(parameter, "quant_state", None)
        weights = parameter.data if state is None else dequantize_4bit(parameter.data, state)
        zeros += int((weights == 0).sum())
    assert loaded.identity.zero_share == pytest.approx(zeros / loaded.identity.parameters)
    assert zeros > 0
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.inference_mode():
        assert torch.equal(loaded.model(ids).logits, loaded.model(ids).logits)
