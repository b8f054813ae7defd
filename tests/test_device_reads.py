"""How often a step of paired decoding waits for its device: once, for the table of its measures."""

import copy

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import AutoModelForCausalLM

from fairviz.core.specs import Decoding
from fairviz.inference import gumbel, paired_decoding
from fairviz.metrics import fused_cuda
from fairviz.models.handles import Writer

# What makes a GPU's caller wait: a number, or how many of something there are.
WAITS = ("_local_scalar_dense", "nonzero", "masked_select", "_unique2", "is_nonzero", "equal")


class Reads(TorchDispatchMode):
    """Counts the reads of a device, as if the CPU's tensors lay on one."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.name().split("::")[1].split(".")[0]
        by_mask = name.startswith("index") and any(
            one is not None and one.dtype == torch.bool
            for one in (args[1] if isinstance(args[1], list | tuple) else ())
        )
        if name in WAITS or by_mask:
            self.seen.append(name)
        return func(*args, **(kwargs or {}))


class Kernel:
    """In place of a kernel of triton: it leaves even numbers in what it is to fill."""

    def __getitem__(self, _grid):
        return self

    def __call__(self, *arguments, **_how):
        for one in arguments[2:4]:
            if one.shape[-1] == 3 or one.shape[-1] == fused_cuda._RUNS:
                one.fill_(1.0)


@pytest.fixture
def reads(monkeypatch):
    """The reads of a run with a GPU's code paths, kernels left out."""
    monkeypatch.setattr(paired_decoding, "reduced", fused_cuda.reduce_cuda)
    for name in ("_survey_block", "_compare_block"):
        monkeypatch.setattr(fused_cuda, name, Kernel())
    monkeypatch.setattr(gumbel, "_least", lambda scores, top_p: None)  # a CPU's
    counter = Reads()
    for name in ("tolist", "cpu", "numpy"):
        own = getattr(torch.Tensor, name)

        def read(tensor, *arguments, own=own, name=name, **how):
            counter.seen.append(name)
            return own(tensor, *arguments, **how)

        monkeypatch.setattr(torch.Tensor, name, read)
    return counter


@pytest.mark.parametrize(
    "decoding",
    [
        {},
        {"temperature": 0.8, "top_p": 0.9, "seed": 3},
        {"temperature": 1.0, "top_k": 20, "repetition_penalty": 1.2},
    ],
)
def test_a_step_reads_once(checkpoints, reads, decoding):
    model = AutoModelForCausalLM.from_pretrained(checkpoints["llama"]).eval()
    other = copy.deepcopy(model)
    with torch.no_grad():
        for weight in other.parameters():
            weight.add_(torch.randn(weight.shape, generator=torch.manual_seed(1)), alpha=0.1)
    writers = [Writer(one, frozenset()) for one in (model, other)]
    steps = paired_decoding.write_in_pair(
        *writers, [5, 6, 7], Decoding(max_new_tokens=8, **decoding), 300
    )
    different = False
    with reads:
        for step in steps:
            assert reads.seen == ["tolist"]
            reads.seen.clear()
            different |= step.on_baseline.token_id != step.on_compressed.token_id
    assert different  # else no step had two contexts


def test_the_counter_sees_what_waits(reads):
    with reads:
        values = torch.arange(3.0)
        bool(values.any()), values[values > 1], values.nonzero(), values.tolist(), float(values[0])
    assert reads.seen == [
        "_local_scalar_dense", "index", "nonzero", "tolist", "_local_scalar_dense",
    ]  # fmt: skip
