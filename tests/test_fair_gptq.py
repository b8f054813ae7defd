"""Fair-GPTQ: its closed form, its pairs and their alignment, its controls."""

import copy
from dataclasses import replace

import pytest
import torch
from conftest import CORPUS
from transformers import AutoModelForCausalLM

from fairviz.compression import fair, one_shot, settings
from fairviz.compression.calibration import Calibration, bundled
from fairviz.compression.layers import blocks, matrices
from fairviz.compression.method import Work
from fairviz.compression.pairs import Pairs, SentencePair, asked, own
from fairviz.core.errors import BadSpec
from fairviz.core.specs import CompressionSpec, ModelSpec


def test_the_closed_form_is_the_least_squares_of_what_it_minimizes():
    """Stacked rows: X keeps its output, X0 - X1 is to give nothing, W itself holds by lambda."""
    drawn = torch.Generator().manual_seed(1)
    x = torch.randn(40, 6, generator=drawn, dtype=torch.float64)
    d = torch.randn(9, 6, generator=drawn, dtype=torch.float64)
    weight = torch.randn(4, 6, generator=drawn, dtype=torch.float64)
    alpha, n, m = 0.3, len(x), len(d)
    h, h01 = 2 / n * x.T @ x, 2 * alpha / m * d.T @ d
    held = 0.01 * h.diagonal().mean()
    rows = torch.cat(
        [(2 / n) ** 0.5 * x, (2 * alpha / m) ** 0.5 * d, held**0.5 * torch.eye(6, dtype=x.dtype)]
    )
    wanted = torch.cat([(2 / n) ** 0.5 * x @ weight.T, torch.zeros(m, 4), held**0.5 * weight.T])
    brute = torch.linalg.lstsq(rows, wanted).solution.T
    torch.testing.assert_close(fair.evened(weight, h, h01), brute, rtol=1e-10, atol=1e-12)
    assert torch.equal(fair.evened(weight, h, 0 * h01), weight)
    assert (fair.evened(weight, h, h01) @ d.T).norm() < 0.9 * (weight @ d.T).norm()


@pytest.mark.parametrize(
    "first, second, places",
    [
        ([1, 2, 3, 4], [1, 9, 3, 4], [(0, 0), (1, 1), (2, 2), (3, 3)]),
        # A word of three tokens against one of one: its last, then what follows.
        ([1, 2, 3, 4, 8], [1, 9, 8], [(0, 0), (3, 1), (4, 2)]),
        # A word that only one sentence has stands for nothing.
        ([1, 2, 3], [1, 3], [(0, 0), (2, 1)]),
        # Two tokens against three: the last two.
        ([5, 6, 2], [7, 8, 9, 2], [(0, 1), (1, 2), (2, 3)]),
    ],
)
def test_pairs_of_unequal_length_are_aligned(first, second, places):
    assert fair.aligned(first, second) == places


def test_a_batch_finds_the_tokens_of_both_sentences():
    [batch] = fair.batched([([1, 2, 3, 4, 8], [1, 9, 8]), ([1, 7], [1, 6])])
    assert batch.ids.tolist() == [
        [1, 7, 0, 0, 0], [1, 6, 0, 0, 0], [1, 2, 3, 4, 8], [1, 9, 8, 0, 0],
    ]  # fmt: skip
    assert batch.mask.sum(1).tolist() == [2, 2, 5, 3]
    flat = batch.ids.flatten()
    assert flat[batch.left].tolist() == [1, 7, 1, 4, 8]
    assert flat[batch.right].tolist() == [1, 6, 1, 9, 8]


def test_what_a_form_asks_is_read_from_its_name():
    def read(text):
        spec = CompressionSpec.parse(text)
        return settings.fair(spec), settings.bits(spec)

    assert read("fairgptq:4") == ((0.1, "all", "", ""), (4, 128))
    assert read("fairgptq:3:64:0.02:fr") == ((0.02, "all", "", "fr"), (3, 64))
    assert read("fairgptq:4:1:upper:shuffled:32") == ((1.0, "upper", "shuffled", ""), (4, 32))
    assert read("fairgptq:4:0") == ((0.0, "all", "", ""), (4, 128))
    for wrong in ("fairgptq:4:2", "fairgptq:4:fr:en", "fairgptq:4:1.5", "fairgptq:5", "fairgptq",
                  "fairgptq:4:64:32", "fairgptq:4:shuffled:unrelated"):  # fmt: skip
        with pytest.raises(BadSpec):
            settings.check_fair(CompressionSpec.parse(wrong), None)


def test_the_controls_hold_as_many_pairs_and_not_one_of_them():
    given = Pairs("mine", tuple(SentencePair(f"a{n}", f"b{n}", "fr") for n in range(12)))
    texts = [f"One {n}. Two {n}." for n in range(40)]
    real = asked(given, texts)
    assert real == tuple((f"a{n}", f"b{n}") for n in range(12))
    shuffled = asked(given, texts, control="shuffled")
    assert sorted(one for one, _ in shuffled) == sorted(one for one, _ in real)
    assert sorted(two for _, two in shuffled) == sorted(two for _, two in real)
    assert not set(shuffled) & set(real)
    unrelated = asked(given, texts, control="unrelated")
    assert len(unrelated) == 12
    assert {one for pair in unrelated for one in pair} <= {
        f"{word} {n}." for word in ("One", "Two") for n in range(40)
    }
    with pytest.raises(BadSpec, match="0 pairs"):
        asked(given, texts, language="en")


def test_our_own_pairs_name_no_gender_and_leave_words_and_templates_to_be_judged_on():
    from fairviz.probes import counterfactual

    pairs = own().rows
    assert {pair.language for pair in pairs} == {"fr", "en"}
    assert all(pair.first != pair.second for pair in pairs)
    assert len(set(pairs)) == len(pairs)
    rows = counterfactual.bundled().rows
    trades = rows[rows["group"] == "trade"]
    read = " ".join(pair.first + " " + pair.second for pair in pairs)
    for language in ("fr", "en"):
        own_rows = trades[trades["language"] == language]
        words = {word for row in own_rows["first"] + own_rows["second"] for [word] in row}
        assert sum(word not in read for word in words) >= 6
        begun = [text.partition("{")[0] + "dentist" for text in own_rows["template"]]
        assert sum(start not in read for start in begun) >= 1


@pytest.mark.parametrize("architecture", ["bloom", "opt", "llama"])
def test_two_layers_of_each_decoder_layer_write_out(checkpoints, architecture):
    model = AutoModelForCausalLM.from_pretrained(checkpoints[architecture])
    count = len(blocks(model)[1])
    names = [name for name in matrices(model) if fair.writes_out(name, "all", count)]
    assert len(names) == 2 * count
    assert [name for name in names if fair.writes_out(name, "lower", count)] == names[:2]
    assert [name for name in names if fair.writes_out(name, "upper", count)] == names[-2:]


def weights(folder, form, pairs, method):
    model = AutoModelForCausalLM.from_pretrained(folder)
    before = copy.deepcopy(matrices(model))
    torch.manual_seed(0)
    samples = torch.randint(1, 200, (8, 16))
    tokens = type("Tokens", (), {"__call__": lambda self, text: {"input_ids": list(text.encode())}})
    method(Work(CompressionSpec.parse(form), model, tokens(), samples, lambda *_: None, pairs))
    after = matrices(model)
    scales = {name: one.weight_scale for name, one in after.items()}
    return {name: one.weight.data for name, one in after.items()}, before, scales


PAIRS = tuple((f"the {n}a said", f"the {n}b said") for n in range(12))


def test_without_weight_it_is_gptq_on_the_same_texts(checkpoints):
    folder = checkpoints["llama"]
    plain, *_ = weights(folder, "gptq:4:32", (), one_shot.gptq)
    same, *_ = weights(folder, "fairgptq:4:0:32", (), one_shot.fairgptq)
    for name, weight in plain.items():
        assert torch.equal(weight, same[name]), name
    read, *_ = weights(folder, "fairgptq:4:0:32", PAIRS, one_shot.fairgptq)
    assert any(not torch.equal(weight, read[name]) for name, weight in plain.items())


def test_only_what_it_evens_and_what_reads_that_changes(checkpoints):
    folder = checkpoints["llama"]
    plain, before, _ = weights(folder, "fairgptq:8:0:32", PAIRS, one_shot.fairgptq)
    evened, _, scales = weights(folder, "fairgptq:8:1:upper:32", PAIRS, one_shot.fairgptq)
    moved = {
        name
        for name in plain
        if (evened[name] - before[name].weight).norm()
        > 3 * (plain[name] - before[name].weight).norm()
    }
    assert moved == {name for name in plain if fair.writes_out(name, "upper", 2)}
    # The scales are those of the weights as they became: every grid is used from end to end.
    for name in moved:
        groups = evened[name].reshape(evened[name].shape[0], -1, 32)
        spread = groups.amax(-1) - groups.amin(-1)
        assert (spread / scales[name] > 250).float().mean() > 0.95


def test_the_pairs_are_in_the_record_where_a_method_reads_them():
    text = Calibration("two sentences", CORPUS * 8, samples=4, length=16)
    said = text.with_pairs(True).document()
    assert said == text.document() | {"pairs": own().document()}
    assert said["pairs"]["count"] == len(own().rows)
    mine = replace(text, pairs=Pairs("mine.csv", own().rows[:20]))
    assert mine.with_pairs(True).document()["pairs"]["name"] == "mine.csv"
    assert mine.with_pairs(False).document() == text.document()


def test_pairs_come_from_a_file_that_the_probe_takes(tmp_path):
    from fairviz.analyses.tradeoff.sweep import calibration
    from fairviz.compression.calibration import BadCalibration

    file = tmp_path / "crows.csv"
    file.write_text("id,sent_more,sent_less\n0,He said a,She said a\n1,,x\n2,He b,She b\n")
    found = calibration(ModelSpec.parse("demo+fairgptq:4"), "", pairs=str(file))
    assert found.pairs.name == "crows.csv"
    assert [pair[:2] for pair in found.pairs.rows] == [
        ("He said a", "She said a"),
        ("He b", "She b"),
    ]
    assert found.texts == bundled().texts
    with pytest.raises(BadSpec, match="reads no pairs"):
        calibration(ModelSpec.parse("demo+gptq:4"), "", pairs=str(file))
    with pytest.raises(BadCalibration, match="calibration"):
        calibration(ModelSpec.parse("x/y+fairgptq:4"), "", pairs=str(file))
