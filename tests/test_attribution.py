"""Two models taken apart: which part brings the difference, and what keeping the best gives."""

import copy
import html
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from in_commands import fairviz as fairviz_command

import fairviz
from fairviz.analyses.attribution.found import brought, of_parts
from fairviz.analyses.attribution.request import AttributionRequest
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.store import Store
from fairviz.core.errors import BadSpec
from fairviz.core.specs import CompressionSpec, ModelSpec
from fairviz.inference.mixed import Mixed, screen, units
from fairviz.inference.scoring import score
from fairviz.models.pair import load_pair
from fairviz.stats.attribution import shares

TEXT = [5, 6, 7, 8, 9, 10, 11, 60, 61, 9, 8, 7, 40, 41, 42]
ROOM = 10**8
ROOT = Path(__file__).resolve().parents[1]
PAIRS = str(ROOT / "tests" / "golden" / "pairs.csv")


@pytest.fixture(scope="module")
def pair(checkpoints):
    """A Llama of two layers and its nf4 form."""
    folder = str(checkpoints["llama"])
    return load_pair(ModelSpec(folder), ModelSpec.parse(f"{folder}+nf4"), device="cpu")


def kl(pair, model, text=TEXT):
    ((_place, found),) = score(
        pair.baseline.reader, model.reader, [text], width=pair.vocabulary_size, k=1
    )
    return found.kl


def perturbed(pair, *names, by=0.05):
    """The baseline with noise on some of its linear layers."""
    model = copy.deepcopy(pair.baseline.model)
    random = torch.Generator().manual_seed(1)
    for name in names:
        weight = model.get_submodule(name).weight
        weight.data += by * torch.randn(weight.shape, generator=random)
    return replace(pair, compressed=replace(pair.baseline, model=model, readings=None))


@pytest.mark.parametrize(
    ("fineness", "names"),
    [("layer", ["0", "1"]), ("part", ["0.attn", "0.mlp", "1.attn", "1.mlp"])],
)
def test_parts_are_named_in_the_order_of_computing(pair, fineness, names):
    found = units(pair, fineness)
    assert [one.name for one in found] == names
    linear = units(pair, "linear")
    assert [one.name for one in linear][:4] == ["0.attn.q", "0.attn.k", "0.attn.v", "0.attn.o"]
    assert sum(one.weights for one in found) == sum(one.weights for one in linear)


def test_restoring_all_is_the_baseline_and_nothing_the_compressed_model(pair):
    parts, mixed = units(pair, "linear"), Mixed(pair.compressed, pair.baseline, ROOM)
    with mixed.having(()) as model:
        np.testing.assert_array_equal(kl(pair, model), kl(pair, pair.compressed))
    with mixed.having(parts) as model:
        assert (kl(pair, model) == 0).all()
    # No weight is copied, and both models are as they were.
    own = {id(one) for side in (pair.baseline, pair.compressed) for one in side.model.parameters()}
    assert {id(one) for one in mixed.loaded.model.parameters()} <= own
    assert kl(pair, pair.baseline).max() == 0 < kl(pair, pair.compressed).min()


def test_what_was_kept_at_the_borders_gives_what_the_mixed_model_itself_gives(pair):
    """Held to a checkpoint of its own, in which the weights of a part are replaced."""
    restored = dict(pair.baseline.model.named_modules())
    for unit in units(pair, "part"):
        mixed = Mixed(pair.compressed, pair.baseline, ROOM)
        with mixed.having(()) as model:
            kl(pair, model)
        with mixed.having([unit]) as model:
            found = kl(pair, model)
        whole = copy.deepcopy(pair.compressed.model)
        for name in unit.modules:
            parent, _dot, leaf = name.rpartition(".")
            setattr(whole.get_submodule(parent), leaf, copy.deepcopy(restored[name]))
        itself = replace(pair.compressed, model=whole, readings=None)
        np.testing.assert_allclose(found, kl(pair, itself), rtol=1e-5, atol=1e-9)


def test_a_perturbed_layer_is_found_as_the_only_cause(pair):
    one = perturbed(pair, "model.layers.1.mlp.down_proj")
    (unit,) = units(one, "linear")
    assert unit.name == "1.mlp.down"
    two = perturbed(pair, "model.layers.0.self_attn.q_proj", "model.layers.1.mlp.down_proj")
    two.compressed.model.model.layers[0].self_attn.q_proj.weight.data = (
        two.baseline.model.model.layers[0].self_attn.q_proj.weight + 1e-7
    )
    parts = units(two, "linear")
    mixed = Mixed(two.compressed, two.baseline, ROOM)
    whole = kl(two, two.compressed).mean()
    back = {}
    for part in parts:
        with mixed.having([part]) as model:
            back[part.name] = 1 - kl(two, model).mean() / whole
    assert back["1.mlp.down"] == pytest.approx(1, abs=1e-3)
    assert back["0.attn.q"] == pytest.approx(0, abs=1e-3)

    def slope(_text, p, q):
        return (q.exp() - p.exp()) / len(p)

    found = screen(two, parts, [TEXT], slope)
    # Restoring the cause takes KL away, and the gradient says so of it alone.
    assert found["1.mlp.down"] < 0 and abs(found["0.attn.q"]) < 1e-3 * abs(found["1.mlp.down"])


def test_the_gradient_is_that_of_finite_differences(pair):
    """A small step of one layer towards the baseline changes the KL as the gradient foresees."""
    near = perturbed(pair, "model.layers.0.mlp.up_proj", "model.layers.1.self_attn.o_proj")
    parts = units(near, "linear")
    found = screen(near, parts, [TEXT], lambda _text, p, q: (q.exp() - p.exp()) / len(p))
    for part in parts:
        theirs = near.compressed.model.get_submodule(part.modules[0]).weight
        before, step = theirs.detach().clone(), 1e-3
        ours = near.baseline.model.get_submodule(part.modules[0]).weight
        ends = []
        for sign in (1, -1):
            theirs.data = before + sign * step * (ours - before)
            ends.append(kl(near, near.compressed).mean())
        theirs.data = before
        slope = (ends[0] - ends[1]) / (2 * step)
        assert found[part.name] == pytest.approx(slope, rel=0.1)


def test_a_layer_of_thirty_costs_eighteen_passes_at_most(checkpoints):
    """Of 30 layers, restored in turn: 15.5 passes, and one of either whole model."""
    from transformers import AutoConfig, AutoModelForCausalLM

    folder = str(checkpoints["llama"])
    config = AutoConfig.from_pretrained(folder)
    config.num_hidden_layers = 30
    one = load_pair(ModelSpec(folder), ModelSpec(folder), device="cpu").baseline
    torch.manual_seed(0)
    models = [AutoModelForCausalLM.from_config(config).eval() for _side in range(2)]
    first, second = (replace(one, model=each.requires_grad_(False)) for each in models)
    deep = replace(load_pair(one.spec, one.spec, device="cpu"), baseline=first, compressed=second)
    mixed = Mixed(second, first, ROOM)
    with mixed.having(()) as model:
        kl(deep, model)
    whole = mixed.steps
    for part in (one for one in units(deep, "layer") if one.name.isdecimal()):
        with mixed.having([part]) as model:
            kl(deep, model)
    assert 1 + mixed.steps / whole == pytest.approx(17.5)


def test_what_is_not_built_alike_is_refused(pair, checkpoints):
    with pytest.raises(BadSpec, match="differs"):
        units(replace(pair, compressed=pair.baseline), "part")
    scaled = perturbed(pair, "model.layers.0.mlp.up_proj")
    scaled.compressed.model.model.layers[0].input_layernorm.weight.data *= 1.5
    with pytest.raises(BadSpec, match="more than linear layers"):
        units(scaled, "part")
    assert [one.name for one in units(scaled, "layer")] == ["0"]


def test_shares_are_of_the_whole_and_the_rest_is_told():
    # Means: whole 2; parts 1 and 0.5; so 25 % is left.
    whole = np.array([1.0, 3.0, 2.0, 2.0])
    found = shares(whole, [whole / 2, whole / 4])
    np.testing.assert_allclose(found.value, [0.5, 0.25])
    assert found.remainder[0] == pytest.approx(0.25)
    assert (found.low < found.value).all() and (found.high > found.value).all()
    # All draws are the same for both, so their ratio does not move.
    np.testing.assert_allclose(found.low[0], 2 * found.low[1])
    same = shares(whole, [whole], clusters=["a", "a", "a", "a"])
    assert np.isnan(same.low[0]) and same.value[0] == 1
    assert np.isnan(shares(np.zeros(3), np.zeros((1, 3))).value[0])


def test_intervals_hold_what_they_promise():
    rng = np.random.default_rng(0)
    held = 0
    for _draw in range(100):
        whole = rng.exponential(1, 80)
        part = whole * 0.3 + rng.normal(0, 0.5, 80)
        found = shares(whole, [part])
        # The whole is held at its mean, so that is what the interval is of.
        held += found.low[0] <= 0.3 / whole.mean() <= found.high[0]
    assert held / 100 == pytest.approx(0.94, abs=0.05)


def models_of(value):
    return value.request.baseline, value.request.compressed


@pytest.fixture(scope="module")
def found(tmp_path_factory, checkpoints):
    """A Llama of two layers and its form, with minimal pairs, as it is kept."""
    cache = tmp_path_factory.mktemp("attribution")
    text = "The little mouse was happy. She went to the market with her friend the baker."
    names = str(checkpoints["llama"]), f"{checkpoints['llama']}+nf4"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRVIZ_CACHE", str(cache))
        result = fairviz.attribute(
            *names, text, fineness="layer", probe="minimal_pairs", items=PAIRS
        )
        yield result, Store().load("attribution", result.key)


def test_an_attribution_is_kept_found_again_and_says_the_same(found):
    result, again = found
    assert again.document() == result.value.document()
    assert AttributionRequest.from_document(again.request.document()) == again.request
    analysis = ANALYSES["attribution"]
    assert analysis.present(again, {}, "report").allowed == result.present().allowed
    of = of_parts(again)
    whole, base = again.seen["compressed"], again.seen["baseline"]
    restored = again.seen["restore 1"]
    assert of.kl.value[1] == pytest.approx(1 - restored.kl.mean() / whole.kl.mean())
    net = [(one.items - base.items).mean() for one in (restored, whole)]
    assert of.bias.value[1] == pytest.approx(1 - net[0] / net[1])
    assert again.forwards == pytest.approx(1 + 1 + (2 + 1) / 2)
    rows = result.to_frame()
    assert list(rows["part"]) == ["0", "1"]
    np.testing.assert_allclose(rows["restore_kl"], of.kl.value)


def test_the_rate_is_what_the_probe_says_of_the_whole_models(found):
    value = found[0].value
    asked = {"items": PAIRS, "store": False}
    probed = fairviz.probe("minimal_pairs", *map(str, models_of(value)), **asked).value.outcome
    assert value.seen["baseline"].rate == pytest.approx(probed.groups["baseline"].iloc[0])
    assert value.seen["compressed"].rate == pytest.approx(probed.groups["compressed"].iloc[0])
    np.testing.assert_allclose(
        value.seen["compressed"].items, probed.items["compressed"], atol=1e-5
    )


def test_choosing_sees_one_half_and_is_judged_on_the_other(found):
    value = found[0].value
    tokens, items = value.choosing
    assert tokens.sum() == len(tokens) // 2 and 0 < items.sum() < len(items)
    names = np.array(value.clusters)
    assert not set(names[items]) & set(names[~items])
    best = value.orders["kl"][0]
    kept = value.seen["keep kl 1"]
    np.testing.assert_array_equal(kept.kl, value.seen[f"restore {best}"].kl)
    whole = value.seen["compressed"].kl
    share = 1 - kept.kl[~tokens].mean() / whole[~tokens].mean()
    assert brought(value, kept, "kl", ~tokens) == pytest.approx(share)
    all_ = value.seen["keep kl 2"]
    # Where a processor sums in another order for other rows, a token has some 1e-15 nats.
    np.testing.assert_allclose(all_.kl, 0, atol=1e-12)


def test_one_token_has_a_panel_of_its_own(found):
    shown = ANALYSES["attribution"].present(found[0].value, {"token": 3}, "page")
    figure = shown.figures[0].figure
    value = found[0].value
    base, whole, restored = (
        value.seen[one].log_prob[3] for one in ("baseline", "compressed", "restore 1")
    )
    assert [one.type for one in figure.data] == ["heatmap"] * 3 + ["scatter"] * 3
    share = (whole - restored) / (whole - base)
    assert figure.data[2].z[1][0] == pytest.approx(1 - abs(1 - share))
    assert figure.data[5].text[len(figure.data[2].x)].replace("−", "-") == f"{100 * share:.0f}"


def test_a_mix_names_what_it_keeps_and_is_made_and_measured(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))
    text = "The little mouse was happy. She went to the market with her friend the baker."
    asked = {"fineness": "linear", "store": False}
    found = fairviz.attribute("demo", "demo+rtn:4", text, mix="2", **asked).value
    best = found.orders["kl"][:2]
    assert found.request.mix == f"demo+rtn:4:32+keep={','.join(best)}" or found.request.mix == (
        f"demo+rtn:4+keep={','.join(best)}"
    )
    # What rounds each matrix by itself is the mixture itself.
    np.testing.assert_allclose(found.seen["mix"].kl, found.seen["keep kl 2"].kl, atol=1e-5)
    half = found.choosing[0]
    held = brought(found, found.seen["mix"], "kl", ~half)
    (said,) = (one for one in ANALYSES["attribution"].present(found).allowed if "As made" in one)
    assert f"and {100 * held:.0f}\u202f% [".replace("-", "−") in said
    assert said.endswith("%] on the other.")
    eight = fairviz.compress(f"demo+rtn:4+keep8={best[0]}").value
    pair = load_pair(ModelSpec("demo"), ModelSpec(str(eight.folder)), device="cpu")
    bits = [
        one.quantization_scheme.weights.num_bits
        for one in pair.compressed.model.modules()
        if hasattr(one, "quantization_scheme")
    ]
    assert sorted(set(bits)) == [4, 8] and bits.count(8) == 1


def test_a_form_that_keeps_is_read_and_written_and_refused_where_it_cannot_be():
    text = "gptq:4+keep=3.mlp.down,0.attn.q"
    spec = CompressionSpec.parse(text)
    assert str(spec) == text and spec.keep == ("3.mlp.down", "0.attn.q") and spec.keep_bits == 16
    model = ModelSpec.parse("some/model@main+gptq:4+keep8=0.mlp")
    assert str(model) == "some/model@main+gptq:4+keep8=0.mlp"
    assert (model.source, model.compression.keep_bits) == ("some/model", 8)
    for wrong in ("demo+nf4+keep=0.mlp", "demo+rtn:4+keep=9.mlp"):
        with pytest.raises(BadSpec, match=r"keep|no part"):
            fairviz.compress(wrong)
    with pytest.raises(BadSpec):
        ModelSpec.parse("demo+keep=0.mlp")


def test_a_probe_that_writes_cannot_be_taken_apart():
    with pytest.raises(BadSpec, match="one and the same text"):
        fairviz.attribute("demo", "demo+nf4", "A text.", probe="samples")
    with pytest.raises(BadSpec, match="16"):
        AttributionRequest(ModelSpec("a"), ModelSpec("b"), "text", bits=5)


def test_page_report_and_command_line_say_the_same_and_a_token_has_its_place(found):
    """What is kept is shown by all; the page's address names a token."""
    from in_pseudo import shown
    from streamlit.testing.v1 import AppTest

    from fairviz.report.html.page import page
    from fairviz.report.make import made
    from fairviz.report.runs import sections

    result, again = found
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.query_params.update({"parts": result.key, "place": "last"})
    app.switch_page("pages/9_Parts.py").run()
    assert not app.exception
    words = "\n".join(text for _element, text in shown(app)).replace("\\", "")
    words = html.unescape(re.sub(r"<[^>]*>", "", words))
    presented = result.present()
    for sentence in (presented.finding.sentence, *presented.allowed):
        assert sentence in words
    # Of the items of a file nothing is restored but the probe and the text.
    assert app.session_state["parts_text"] == again.request.text
    assert app.session_state["parts_token"] == len(again.tokens) - 1
    figure = json.loads(app.get("plotly_chart")[-2].proto.spec)
    titles = [one["text"] for one in figure["layout"]["annotations"]]
    assert titles[:2] == ["KL", "Bias"] and again.tokens[-1] in titles[2]
    report = made([result.key])
    written = html.unescape(page(report, sections(report)))
    written = re.sub(r"<[^>]*>", "", written)
    assert presented.finding.sentence in written and presented.allowed[0] in written


def test_the_command_line_takes_a_model_apart(found, tmp_path):
    result, again = found
    text, file = tmp_path / "text.txt", tmp_path / "parts.json"
    text.write_text(again.request.text, encoding="utf-8")
    one, other = models_of(again)
    asked = ("--baseline", one, "--compressed", other, "--text-file", text)
    more = ("--parts", "layer", "--probe", "minimal_pairs", "--items", PAIRS, "--json", file)
    ended = fairviz_command("attribute", *asked, *more, cache=Store().root)
    assert ended.returncode == 0, ended.stderr
    assert result.key in ended.stderr and result.present().finding.sentence in ended.stdout
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["forwards"] == pytest.approx(again.forwards)
    assert document["sentences"] == list(result.present().allowed)


def test_the_example_tells_the_part_after_which_least_of_the_change_is_left():
    """Not the one whose restoring turns the change into its opposite, twenty times as large."""
    example = Store().load("attribution", "example")
    of = of_parts(example)
    best = int(np.argmin(np.abs(1 - of.bias.value)))
    assert of.bias.value.max() > 10 > of.bias.value[best] > 0.5
    shown = ANALYSES["attribution"].present(example, {}, "text")
    layer, _dot, _part = example.measured[best].name.partition(".")
    assert f"MLP of layer {layer} alone" in shown.finding.sentence
    assert shown.finding.trust == "strong"
    assert any("into its opposite" in one for one in shown.allowed)


def test_of_many_linear_layers_those_are_exchanged_that_the_gradient_puts_first(
    checkpoints, monkeypatch
):
    from fairviz.analyses.attribution import run

    monkeypatch.setattr(run, "_ALL", 4)
    monkeypatch.setattr(run, "_BEST", 3)
    folder = str(checkpoints["llama"])
    asked = {"fineness": "linear", "probe": "minimal_pairs", "items": PAIRS, "store": False}
    value = fairviz.attribute(folder, f"{folder}+nf4", "The little mouse was happy.", **asked).value
    assert len(value.units) == 14 and len(value.measured) == 3
    # The first by KL, then the first by the bias, then the second by KL, each once.
    ranks = [sorted(one, key=one.__getitem__) for one in value.screened.values()]
    assert list(value.screened) == ["kl", "bias"]
    wanted = list(dict.fromkeys(name for two in zip(*ranks, strict=True) for name in two))[:3]
    assert {one.name for one in value.measured} == set(wanted)
    told = ANALYSES["attribution"].present(value).allowed
    assert any("14 linear layers" in one for one in told)
