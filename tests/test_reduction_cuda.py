"""The kernels against float64 expressions: on a GPU where there is one, else in the interpreter.

What the interpreter runs is chosen when triton is imported, so a process of its own measures all
cases at once.
"""

import importlib.util
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from test_reduction import check, pair, plain

ROOT = Path(__file__).resolve().parents[1]
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"

needs_triton = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None, reason="needs triton: pip install triton"
)

WIDTHS = [2, 127, 300, 4096, 5121, 50_257, 250_880]
SHIFTS = [1e-3, 0.3, 4.0]
SCALES = [0.0, 1.0, 60.0, 400.0]

MEASURE = f"""
import sys, torch
from fairviz.metrics.fused_cuda import reduce_cuda
cases = torch.load(sys.argv[1], map_location="{DEVICE}")
found = {{name: reduce_cuda(*case) for name, case in cases.items()}}
torch.save(found, sys.argv[2])
"""


def python(code, *arguments, interpret):
    """A process of its own, whose kernels are interpreted or compiled."""
    path = os.pathsep.join([str(ROOT), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "TRITON_INTERPRET": str(int(interpret))}
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def cases():
    """Name -> logits of both models, targets and k."""
    out = {}
    for width in WIDTHS:
        for shift in SHIFTS:
            # Of the largest, what an interpreter reads in seconds.
            rows = 5 if width < 100_000 else 2
            out[f"{width} {shift}"] = (*pair(rows, width, shift), min(10, width))
    for scale in SCALES:
        p, _, targets = pair(4, 3000, 0, scale)
        out[f"scale {scale}"] = (p, pair(4, 3000, 0, scale, seed=1)[0], targets, 10)
    p, q, targets = pair(3, 5000, 0.5)
    out["itself"] = (p, p.clone(), targets, 10)
    for dtype in (torch.bfloat16, torch.float16):
        out[str(dtype)] = (p.to(dtype), q.to(dtype), targets, 10)
        out[f"itself {dtype}"] = (p.to(dtype), p.to(dtype), targets, 10)
    out["mixed"] = (p.bfloat16(), q, targets, 10)
    # Of an embedding with rows for no token, and of one whose tokens lie in rows.
    out["strides"] = (p[:, :4990], q.t().contiguous().t()[:, :4990], targets % 4990, 10)
    unsaid_p, unsaid_q = p.clone(), q.clone()
    # More than a block, so that one has nothing but them.
    unsaid_p[:, 650:], unsaid_q[:, 650:] = -math.inf, -math.inf
    out["unsaid"] = (unsaid_p, unsaid_q, targets % 650, 10)
    out["said"] = (p[:, :650], q[:, :650], targets % 650, 10)
    apart_p, apart_q = torch.full((1, 6000), -math.inf), torch.full((1, 6000), -math.inf)
    apart_p[0, 0], apart_q[0, 5999] = 1.0, 2.0
    out["apart"] = (apart_p, apart_q, torch.tensor([0]), 2)
    broken = p.clone()
    broken[1, 4500] = math.nan
    out["broken"] = (broken, q, targets, 10)
    out["flat"] = (torch.zeros(2, 1234), torch.zeros(2, 1234), torch.tensor([0, 7]), 10)
    out["two words"] = (torch.tensor([[math.log(3), 0.0]]), torch.zeros(1, 2), torch.tensor([1]), 2)
    one_run = torch.zeros(1, 10_000)
    one_run[0, 600:610] = torch.arange(10.0) + 1
    # In the last run, which the vocabulary does not fill.
    last_run = torch.full((1, 5000), -3.0)
    last_run[0, 4990:] = torch.arange(10.0)
    out["one run"] = (one_run, one_run, torch.tensor([609]), 10)
    out["last run"] = (last_run, last_run, torch.tensor([0]), 10)
    return out


CASES = cases()


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reduction")
    torch.save(CASES, folder / "cases.pt")
    python(MEASURE, folder / "cases.pt", folder / "found.pt", interpret=DEVICE == "cpu")
    # NamedTuples of this package, written a moment ago.
    return torch.load(folder / "found.pt", map_location="cpu", weights_only=False)


def test_logits_on_a_cpu_are_not_for_kernels():
    from fairviz.metrics.fused_cuda import available

    assert not available(torch.zeros(1, 2))


@needs_triton
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("shift", SHIFTS)
def test_every_measure_is_that_of_float64(measured, width, shift):
    name = f"{width} {shift}"
    check(measured[name], plain(*CASES[name]), 1e-6)


@needs_triton
@pytest.mark.parametrize("width", WIDTHS)
def test_a_small_distance_is_right_in_its_own_size(measured, width):
    """A KL of 1e-7 within 1e-4 of itself: the noise floor is made of such."""
    found, expected = measured[f"{width} 0.001"], plain(*CASES[f"{width} 0.001"])
    for name in ("kl", "kl_reverse", "js", "variance"):
        torch.testing.assert_close(
            getattr(found, name), expected[name], atol=3e-12, rtol=1e-4, msg=name
        )


@needs_triton
@pytest.mark.parametrize("name", ["itself", "itself torch.bfloat16", "itself torch.float16"])
def test_a_model_against_itself_is_exactly_no_distance(measured, name):
    found = measured[name]
    for value in (found.kl, found.kl_reverse, found.js, found.variance):
        assert (value == 0).all()
    assert found.same_top.all()


@needs_triton
@pytest.mark.parametrize("scale", SCALES)
def test_distances_stay_within_their_bounds_for_peaked_and_disjoint_models(measured, scale):
    found = measured[f"scale {scale}"]
    assert (found.kl >= 0).all()
    assert (found.js >= 0).all()
    assert (found.js <= math.log(2)).all()
    assert torch.isfinite(found.kl).all()
    check(found, plain(*CASES[f"scale {scale}"]), 1e-4)


@needs_triton
def test_models_that_share_no_word_are_ln_2_apart(measured):
    found = measured["apart"]
    assert found.js.item() == pytest.approx(math.log(2), abs=1e-7)
    assert found.js.item() <= math.log(2)
    assert found.baseline.entropy.item() == 0
    assert found.baseline.margin.item() == 1
    # Their divergence is infinite; a logit of -inf counts as one 10,000 bits below the maximum.
    assert found.kl.item() == pytest.approx(1e4 * math.log(2), rel=1e-6)


@needs_triton
def test_a_uniform_model_has_the_entropy_of_its_vocabulary(measured):
    found = measured["flat"].baseline
    torch.testing.assert_close(found.entropy, torch.full((2,), math.log(1234)).double())
    torch.testing.assert_close(found.log_prob, torch.full((2,), -math.log(1234)).double())
    assert found.rank.tolist() == [1, 1]
    assert found.margin.tolist() == [0, 0]


@needs_triton
def test_a_word_that_cannot_be_said_changes_nothing(measured):
    with_them, without = measured["unsaid"], measured["said"]
    torch.testing.assert_close(with_them.kl, without.kl)
    torch.testing.assert_close(with_them.js, without.js)
    torch.testing.assert_close(with_them.baseline.entropy, without.baseline.entropy)
    assert with_them.baseline.rank.tolist() == without.baseline.rank.tolist()


@needs_triton
@pytest.mark.parametrize("name", ["torch.bfloat16", "torch.float16", "mixed", "strides"])
def test_logits_are_read_as_they_are(measured, name):
    check(measured[name], plain(*CASES[name]), 1e-6)


@needs_triton
def test_a_broken_logit_is_not_passed_over(measured):
    found = measured["broken"]
    for value in (found.kl, found.kl_reverse, found.js, found.baseline.entropy):
        assert value.isnan().tolist() == [False, True, False]
    assert not found.compressed.entropy.isnan().any()


@needs_triton
def test_the_top_is_found_where_it_lies_in_one_run(measured):
    assert measured["one run"].baseline.top_ids.tolist() == [list(range(609, 599, -1))]
    assert measured["last run"].baseline.top_ids.tolist() == [list(range(4999, 4989, -1))]
    assert measured["last run"].baseline.rank.tolist() == [11]


@needs_triton
def test_hand_computed_two_words(measured):
    # P = (3/4, 1/4), Q = (1/2, 1/2), (P + Q) / 2 = (5/8, 3/8)
    found = measured["two words"]
    kl = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    reverse = 0.5 * math.log(2 / 3) + 0.5 * math.log(2)
    js = 0.5 * (0.75 * math.log(0.75 / 0.625) + 0.25 * math.log(0.25 / 0.375))
    js += 0.5 * (0.5 * math.log(0.5 / 0.625) + 0.5 * math.log(0.5 / 0.375))
    assert found.kl.item() == pytest.approx(kl, abs=1e-7)
    assert found.kl_reverse.item() == pytest.approx(reverse, abs=1e-7)
    assert found.js.item() == pytest.approx(js, abs=1e-7)
    assert found.baseline.rank.item() == 2
    assert found.baseline.margin.item() == pytest.approx(0.5, abs=1e-7)


COMPILE = """
import sys, triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from fairviz.metrics import fused_cuda as kernels

constants = {
    "FLOOR": kernels._FLOOR, "RUNS": kernels._RUNS, "RUN": kernels._RUN,
    "BLOCK": kernels._RUNS * kernels._RUN,
}
logits, sums = {"logits", "p", "q"}, {"own", "maxima", "sums", "norms"}
for kernel in (kernels._survey_block, kernels._compare_block):
    kind = {
        name: "constexpr" if name in constants else "*" + sys.argv[1] if name in logits
        else "*fp32" if name in sums else "i32"
        for name in kernel.arg_names
    }
    given = {name: constants[name] for name in kind if name in constants}
    source = ASTSource(fn=kernel, signature=kind, constexprs=given)
    options = {"num_warps": kernels._WARPS}
    made = triton.compile(source, target=GPUTarget("cuda", 80, 32), options=options)
    text = made.asm["ptx"]
    print(sum(" ld.global" in line or "\\tld.global" in line for line in text.splitlines()))
"""


@needs_triton
@pytest.mark.parametrize("dtype", ["fp32", "bf16"])
def test_the_kernels_compile_and_load_no_logit_twice(dtype):
    """What the interpreter lets pass a compiler may not; it needs no GPU."""
    elements = 32 * 128 // (8 * 32)
    survey, compare = map(int, python(COMPILE, dtype, interpret=False).split())
    # One load an element of a thread, and those of a row: the target's logit; five norms.
    assert survey <= elements + 1
    assert compare <= 2 * elements + 5
