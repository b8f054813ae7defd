"""The trade-off's numbers: against themselves, against hand computations, and where they lie."""

import math
from dataclasses import replace

import numpy as np
import pytest

from fairviz.analyses.tradeoff import evaluation_text
from fairviz.analyses.tradeoff import measure as tradeoff
from fairviz.analyses.tradeoff.evaluation_text import EvaluationText
from fairviz.core.errors import BadText
from fairviz.core.specs import ModelSpec
from fairviz.models.pair import load_pair
from fairviz.stats import block_error


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(tradeoff, "DOCUMENTS", 12)


def test_a_model_against_itself_moves_nothing():
    pair = load_pair(ModelSpec("demo"), ModelSpec("demo"), device="cpu")
    point = tradeoff.measure_pair(pair, lambda words: None)
    assert (point.kl, point.kl_low, point.kl_high) == (0.0, 0.0, 0.0)
    assert (point.perplexity_ratio, point.bias_shift) == (1.0, 0.0)


def test_a_point_against_the_models_own_logits():
    """Mean KL, perplexities and the largest planted change, with plain float64 expressions."""
    import torch

    from fairviz.demo.grammar import held_out as texts
    from fairviz.prompts.planted import cells

    pair = load_pair(ModelSpec("demo"), ModelSpec("demo-student"), device="cpu")
    point = tradeoff.measure_pair(pair, lambda words: None)
    models = [side.model for side in (pair.baseline, pair.compressed)]
    kl, surprisals, tokens = 0.0, [0.0, 0.0], 0
    for text in texts(12):
        ids = torch.tensor(pair.baseline.vocabulary.encode(text))
        p, q = (m(ids[None]).logits[0, :-1].double().log_softmax(-1) for m in models)
        kl += float((p.exp() * (p - q)).sum())
        for number, log_p in enumerate((p, q)):
            surprisals[number] -= float(log_p.gather(1, ids[1:, None]).sum())
        tokens += len(ids) - 1
    assert point.tokens == tokens
    assert point.kl == pytest.approx(kl / tokens, rel=1e-4)
    assert point.perplexity == pytest.approx(math.exp(surprisals[1] / tokens), rel=1e-5)
    ratio = math.exp((surprisals[1] - surprisals[0]) / tokens)
    assert point.perplexity_ratio == pytest.approx(ratio, rel=1e-5)
    moved = []
    for cell in cells():
        before = pair.baseline.vocabulary.encode(cell.prompt)
        word = pair.baseline.vocabulary.encode(cell.prompt + cell.word)[len(before) :]
        ids = torch.tensor([before + word])
        shares = []
        for model in models:
            log_p = model(ids).logits[0].double().log_softmax(-1)
            places = range(len(before) - 1, len(before) + len(word) - 1)
            shares.append(
                math.exp(sum(float(log_p[i, t]) for i, t in zip(places, word, strict=True)))
            )
        moved.append(abs(shares[1] - shares[0]))
    assert point.bias_shift == pytest.approx(max(moved), abs=1e-5)
    assert (point.method, point.family) == ("distilled", "distillation")
    assert (point.text, point.text_hash) == (
        "fairviz's toy grammar", evaluation_text.bundled(12).hash,
    )  # fmt: skip


def test_the_interval_is_over_documents():
    """More tokens of the same documents say nothing new: the interval keeps its width."""
    means = np.random.default_rng(0).gamma(2.0, size=20)
    short, long = (
        tradeoff._interval([np.full(length, mean) for mean in means]) for length in (5, 500)
    )
    assert short == pytest.approx(long)
    assert short[0] < means.mean() < short[1]
    assert short[1] - short[0] > 2 * means.std() / np.sqrt(20)


def test_the_interval_of_few_documents_is_by_blocks():
    kl = np.abs(np.sin(np.arange(100)))
    low, high = tradeoff._interval([kl[:50], kl[50:]])
    half = block_error(kl).half
    assert (low, high) == pytest.approx((kl.mean() - half, kl.mean() + half))


def test_what_was_measured_is_found_again(monkeypatch):
    first = tradeoff.measure(ModelSpec("demo"), ModelSpec("demo-student"), device="cpu")
    monkeypatch.setattr(tradeoff, "measure_pair", lambda *_: pytest.fail("measured twice"))
    assert tradeoff.measure(ModelSpec("demo"), ModelSpec("demo-student")) == first
    assert tradeoff.measured(ModelSpec("demo")) == [first]
    assert tradeoff.measured(ModelSpec("demo-student")) == []


# Fourteen paragraphs of ordinary English, told apart by a number.
WORDS = tuple(f"The {n} nurses went home after work and told their story to a judge." * 2
              for n in range(14))  # fmt: skip


def test_another_text_is_another_measurement():
    """Its name and hash stand in the point and in the name of the file; both are kept."""
    pair = ModelSpec("demo"), ModelSpec("demo-student")
    toy = tradeoff.measure(*pair, device="cpu")
    mine = tradeoff.measure(*pair, text=EvaluationText("mine.txt", WORDS), device="cpu")
    again = tradeoff.measure(*pair, text=EvaluationText("mine.txt", WORDS[1:]), device="cpu")
    assert len({toy.text_hash, mine.text_hash, again.text_hash}) == 3
    assert len({toy.kl, mine.kl, again.kl}) == 3
    assert (mine.text, again.text) == ("mine.txt", "mine.txt")
    assert len(tradeoff.measured(pair[0])) == 3
    assert tradeoff.measured_of(*pair) == [toy, *sorted((mine, again), key=lambda p: p.text_hash)]
    assert tradeoff.measured_of(pair[1], pair[0]) == []


def test_what_version_1_measured_is_of_the_toy_grammar(monkeypatch):
    """A stored measurement without a text is found again under the toy grammar's name alone."""
    import json
    from dataclasses import asdict

    pair = ModelSpec("demo"), ModelSpec("demo-student")
    point = tradeoff.measure(*pair, device="cpu")
    (path,) = (tradeoff._root()).glob("*.json")
    document = json.loads(path.read_text())
    document["version"] = 1
    for name in ("text", "text_hash"):
        del document["point"][name]
    path.unlink()
    tradeoff._path(*pair).write_text(json.dumps(document))
    assert tradeoff.measured(pair[0]) == tradeoff.measured_of(*pair) == [point]
    assert asdict(point)["text"] == "fairviz's toy grammar"
    monkeypatch.setattr(tradeoff, "measure_pair", lambda *_: pytest.fail("measured twice"))
    assert tradeoff.measure(*pair) == point
    with pytest.raises(pytest.fail.Exception):
        tradeoff.measure(*pair, text=EvaluationText("mine.txt", WORDS), device="cpu")


def test_a_model_that_is_not_ours_is_not_measured_on_the_toy_grammar(checkpoints):
    """It is refused before a weight is read, with the way out."""
    named = ModelSpec(str(checkpoints["bloom"]))
    with pytest.raises(BadText) as caught:
        tradeoff.measure(named, named, device="cpu")
    assert "toy grammar" in caught.value.message and "--text FILE" in caught.value.fix
    point = tradeoff.measure(named, named, text=evaluation_text.bundled(12), device="cpu")
    assert point.text == "fairviz's toy grammar"


def split(text):
    return text.split()


def test_pieces_are_of_whole_documents_after_what_calibration_read():
    documents = tuple("a b c d e f" for _ in range(20))
    assert EvaluationText("x", documents).pieces(split) == [list("abcdef")] * 20
    # Seven tokens reach into the second document: eighteen are left.
    left = EvaluationText("x", documents, skipped=7)
    assert len(left.pieces(split)) == 18
    assert len(EvaluationText("x", documents, skipped=6).pieces(split)) == 19
    assert left.hash != EvaluationText("x", documents).hash
    with pytest.raises(BadText, match="5 pieces of text are left"):
        EvaluationText("x", documents, skipped=90).pieces(split)


def test_long_documents_are_cut_and_a_lone_token_is_left_out():
    whole = " ".join("w" * (10 * evaluation_text.PIECE + 1))
    pieces = EvaluationText("x", (whole,)).pieces(split)
    assert [len(piece) for piece in pieces] == [evaluation_text.PIECE] * 10
    with pytest.raises(BadText, match="an interval takes 10"):
        EvaluationText("x", (" ".join("w" * 700),)).pieces(split)


def test_no_more_is_read_than_a_reader_waits_for():
    long = EvaluationText("x", tuple(" ".join("w" * 250) for _ in range(400)))
    tokens = sum(len(piece) for piece in long.pieces(split))
    assert 0 <= tokens - evaluation_text.MOST_TOKENS < evaluation_text.PIECE


def test_a_trade_off_is_kept_and_opens_with_the_same_numbers(tmp_path):
    """The key follows from what was asked and measured; the baseline's own size is kept with it."""
    from fairviz.analyses.store import Store
    from fairviz.analyses.tradeoff import sweep
    from fairviz.analyses.tradeoff.call import tradeoff as costs_of
    from fairviz.analyses.tradeoff.present import present

    found = costs_of("demo", "nf4", "drop:9", device="cpu").value
    assert list(found.refused) == ["drop:9"]
    store = Store(tmp_path)
    key = sweep.keep(found, store)
    assert key == sweep.keep(found, store)
    again = store.load("tradeoff", key)
    assert (again.request, again.points, again.whole) == (
        found.request, found.points, found.whole,
    )  # fmt: skip
    assert again.whole["disk"] > again.points[0].bytes_on_disk / 1e6
    (listed,) = store.recent("tradeoff")
    assert listed.key == key and listed.request == found.request
    shown = present(again)
    assert shown.tables[0].frame["Mean KL (nats)"].tolist() == [found.points[0].kl]
    assert any("drop:9 was not made" in said for said in shown.not_allowed)
    # A form that moves nothing has no place on a logarithmic axis, and moves the model least.
    same = replace(found.points[0], name="same.gguf", kl=0.0, kl_low=0.0, kl_high=0.0)
    shown = present(replace(found, points=(*found.points, same)))
    assert any("same.gguf moves the model least" in said for said in shown.allowed)
    assert any("1 without a place in the picture" in said for said in shown.not_allowed)
