"""What stays in memory and what leaves it."""

import gc
import shutil
import weakref

import pytest
import torch

from fairviz.core.errors import OutOfMemory
from fairviz.core.specs import ModelSpec
from fairviz.models import loading, pair
from fairviz.models.memory import out_of_memory_as_advice
from fairviz.models.resident import Resident


def test_weights_that_change_on_disk_are_read_anew(checkpoints, tmp_path):
    from safetensors.torch import load_file, save_file

    folder = shutil.copytree(checkpoints["gpt2"], tmp_path / "model")
    spec, resident = ModelSpec(str(folder)), Resident()
    first = resident.pair(spec, spec, device="cpu").baseline
    path = folder / "model.safetensors"
    tensors = {name: tensor * 2 for name, tensor in load_file(path).items()}
    path.unlink()
    save_file(tensors, path, metadata={"format": "pt", "note": "another length"})
    second = resident.pair(spec, spec, device="cpu").baseline
    assert second.identity.revision != first.identity.revision
    assert resident.pair(spec, spec, device="cpu").baseline is second


def test_an_evicted_pair_leaves_the_memory(checkpoints):
    resident = Resident()
    bloom, gpt2 = ModelSpec(str(checkpoints["bloom"])), ModelSpec(str(checkpoints["gpt2"]))
    gone = weakref.ref(resident.pair(bloom, bloom, device="cpu").baseline.model)
    resident.pair(gpt2, gpt2, device="cpu")
    assert gone() is None


def test_after_running_out_of_memory_nothing_stays(checkpoints, monkeypatch):
    """The second model does not fit: the first is let go while the error is still held."""
    resident, seen = Resident(), []
    whole = loading.load

    def load(spec, *arguments, **options):
        if seen:
            with out_of_memory_as_advice():
                raise torch.OutOfMemoryError("CUDA out of memory")
        loaded = whole(spec, *arguments, **options)
        seen.append(weakref.ref(loaded.model))
        return loaded

    monkeypatch.setattr(pair, "load", load)
    folder = checkpoints["bloom"]
    with pytest.raises(OutOfMemory) as caught:
        resident.pair(ModelSpec(str(folder)), ModelSpec.parse(f"{folder}+nf4"), device="cpu")
    assert caught.value.fix
    assert len(seen) == 1 and seen[0]() is None


def test_tensors_of_a_failed_step_are_let_go():
    class Kept:
        pass

    seen = []

    def step():
        held = Kept()
        seen.append(weakref.ref(held))
        raise torch.OutOfMemoryError("out of memory")

    with pytest.raises(OutOfMemory) as caught, out_of_memory_as_advice():
        step()
    assert caught.value.__cause__ is not None
    gc.collect()
    assert seen[0]() is None
