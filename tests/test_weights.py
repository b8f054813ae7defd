"""Weights that are no numbers: found in the files, and refused before they are compressed."""

import math
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file

from fairviz.compression.calibration import bundled
from fairviz.core.specs import ModelSpec
from fairviz.models import finite, making
from fairviz.models.finite import NoNumber, UnsoundWeights, first_no_number
from fairviz.models.making import make
from fairviz.models.pair import load_pair

WEIGHT = "model.layers.1.mlp.down_proj.weight"


@pytest.fixture(scope="module")
def broken(checkpoints, tmp_path_factory):
    """Name of a value -> a Llama that has it in one weight of its last layer."""

    def made(name, value):
        folder = shutil.copytree(checkpoints["llama"], tmp_path_factory.mktemp("broken") / name)
        tensors = load_file(folder / "model.safetensors")
        tensors[WEIGHT][3, 5] = value
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        return folder

    return {name: made(name, float(name)) for name in ("nan", "inf", "-inf")}


@pytest.mark.parametrize(("name", "value"), [("nan", "NaN"), ("inf", "inf"), ("-inf", "inf")])
def test_the_tensor_is_named(checkpoints, broken, name, value):
    assert first_no_number(checkpoints["llama"]) is None
    assert first_no_number(broken[name]) == NoNumber(WEIGHT, value)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "float8_e4m3fn"])
def test_every_number_type_is_looked_at(tmp_path, dtype):
    values = torch.ones(40)
    values[-1] = math.nan
    tensors = {"a": torch.ones(3, dtype=torch.int8), "b": values.to(getattr(torch, dtype))}
    save_file(tensors, tmp_path / "model.safetensors")
    assert first_no_number(tmp_path) == NoNumber("b", "NaN")


def test_large_numbers_whose_sum_overflows_are_numbers(tmp_path, monkeypatch):
    tensors = {"a": torch.full((9,), 3e38), "b": torch.tensor([3e38, -3e38, 3e38])}
    save_file(tensors, tmp_path / "model.safetensors")
    assert first_no_number(tmp_path) is None
    tensors["b"][2] = math.inf
    save_file(tensors, tmp_path / "model.safetensors")
    monkeypatch.setattr(finite, "_AT_ONCE", 2)  # in the second piece of the second tensor
    assert first_no_number(tmp_path) == NoNumber("b", "inf")


def test_pickled_weights_are_looked_at_too(tmp_path):
    torch.save({"a": torch.ones(3), "b": torch.tensor([math.inf])}, tmp_path / "pytorch_model.bin")
    assert first_no_number(tmp_path) == NoNumber("b", "inf")


@pytest.mark.parametrize("method", ["magnitude:0.5", "rtn:4:32", "drop:1"])
def test_nothing_is_made_of_them(broken, cache, monkeypatch, method):
    monkeypatch.setattr(making, "load", lambda *_, **__: pytest.fail("the model was read"))
    with pytest.raises(UnsoundWeights, match=rf"{WEIGHT} holds NaN") as error:
        make(ModelSpec.parse(f"{broken['nan']}+{method}"), calibration=bundled(), device="cpu")
    assert method in error.value.message and str(broken["nan"]) in error.value.message
    assert not (cache / "models").exists() or not any((cache / "models").iterdir())


@pytest.mark.parametrize("method", ["int8", "nf4", "fp4"])
def test_nor_while_a_model_is_loaded(broken, method, monkeypatch):
    monkeypatch.setattr("fairviz.models.pair.load", lambda *_, **__: pytest.fail("it was read"))
    spec = ModelSpec.parse(str(broken["inf"]))
    with pytest.raises(UnsoundWeights, match="holds inf"):
        load_pair(spec, ModelSpec.parse(f"{spec}+{method}"), device="cpu")
