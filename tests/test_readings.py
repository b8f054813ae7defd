"""Texts by words, long series thinned, readings on disk, the noise floor."""

import math

import numpy as np
import pytest
import torch
from comparisons import pair_trace
from transformers import AutoModelForCausalLM

from fairviz.analyses.reading.request import Reading, ReadingRequest
from fairviz.analyses.reading.run import read, with_floor
from fairviz.analyses.store import Store
from fairviz.core.errors import BadText, EmptyPrompt
from fairviz.core.specs import ModelSpec
from fairviz.core.text_file import text_of
from fairviz.figures.along_text import MOST, thin
from fairviz.inference import noise_floor as noise
from fairviz.inference.noise_floor import against_itself, band, itself
from fairviz.inference.split_forward import Halves
from fairviz.metrics.by_word import words
from fairviz.metrics.quantities import QUANTITIES
from fairviz.models.pair import load_pair

TEXT = "Il était une fois une pêcheuse qui vivait au bord de la mer."


def test_a_word_is_the_sum_of_its_tokens():
    pair = pair_trace([" un", " p", "êcheur", ".", "\n", "\n", "Il", " é", "", "tait"])
    found = words(pair)
    assert found.trace.tokens == (" un", " pêcheur.", "\n\n", "Il", " était")
    assert found.first.tolist() == [0, 1, 4, 6, 7]
    assert found.of_token.tolist() == [0, 1, 1, 1, 2, 2, 3, 4, 4, 4]
    for side in ("baseline", "compressed"):
        whole, by_word = getattr(pair, side), getattr(found.trace, side)
        assert by_word.log_prob[1] == pytest.approx(whole.log_prob[1:4].sum())
        assert by_word.entropy.sum() == pytest.approx(whole.entropy.sum())
        assert by_word.rank[1] == whole.rank[1:4].max()
        assert by_word.top_tokens[1] == whole.top_tokens[1]
    assert found.trace.kl[4] == pytest.approx(pair.kl[7:].sum())
    assert found.trace.js[4] == pair.js[7:].max()
    assert found.trace.same_top[1] == pair.same_top[1:4].all()
    for quantity in QUANTITIES.values():
        assert quantity.of(found.trace).shape == (5,)


def test_words_of_nothing_are_nothing():
    assert len(words(pair_trace([])).trace) == 0


def test_thinning_keeps_both_ends_and_every_extreme():
    random = np.random.default_rng(0)
    series = [random.normal(size=5000) for _ in range(5)]
    series[2][1234], series[3][4321] = 50, -50
    series[4][10:20] = np.nan
    kept = thin(series)
    assert len(kept) < 5000 / 2
    assert (np.diff(kept) > 0).all()
    assert {0, 4999, 1234, 4321} <= set(kept.tolist())
    for values in series:
        assert np.nanmax(values[kept]) == np.nanmax(values)
        assert np.nanmin(values[kept]) == np.nanmin(values)
    assert thin([np.arange(MOST)]).tolist() == list(range(MOST))
    assert thin([np.zeros(0)]).tolist() == []


@pytest.fixture(scope="module")
def pair(checkpoints):
    folder = checkpoints["opt"]
    return load_pair(ModelSpec(str(folder)), ModelSpec.parse(f"{folder}+nf4"), device="cpu")


def test_a_reading_is_read_back_as_it_was_stored(pair, tmp_path):
    wanted = ReadingRequest(
        pair.baseline.spec, pair.compressed.spec, (TEXT, "The nurse said that she")
    )
    told = []
    reading = read(pair, wanted, on_batch=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1]
    assert "".join(reading.contexts[0]) + reading.traces[0].text == TEXT
    store = Store(tmp_path)
    key = store.key("reading", wanted, ("a", "b"), "cpu", "float32")
    assert key != store.key("reading", wanted, ("a", "c"), "cpu", "float32")
    store.save("reading", key, reading)
    assert store.load("reading", key).document() == reading.document()
    assert [one.key for one in store.recent("reading")] == [key]
    (tmp_path / "readings" / key / "text-1.parquet").write_bytes(b"no")
    assert store.load("reading", key) is None
    assert store.load("reading", "../" + key) is None


def test_a_text_of_one_token_has_nothing_to_measure(pair):
    with pytest.raises(EmptyPrompt, match="1 token,"):
        read(pair, ReadingRequest(pair.baseline.spec, pair.compressed.spec, ("I",)))


def test_the_noise_floor_is_small_and_not_nothing(pair):
    vocabulary, width = pair.baseline.vocabulary, pair.vocabulary_size
    texts = [vocabulary.encode(TEXT), vocabulary.encode("The nurse")]
    how, traces = against_itself(pair.baseline, texts, width)
    assert how == "in bfloat16 instead of float32"
    size = band(traces)
    assert set(size) == set(QUANTITIES)
    assert 0 < size["kl"] < 1e-2
    # Quantized weights cannot be cast: other batches are all that can be changed.
    assert itself(pair.compressed, 1) is None
    how, traces = against_itself(pair.compressed, texts, width)
    assert how == "in batches of one text"
    assert max(trace.kl.max() for trace in traces) < 1e-6


@pytest.mark.parametrize("name", ["llama", "opt"])
def test_weights_cast_layer_by_layer_are_the_model_in_another_type(checkpoints, name):
    def model(dtype):
        return AutoModelForCausalLM.from_pretrained(checkpoints[name], dtype=dtype).eval()

    own, other = model(torch.float32), model(torch.bfloat16)
    before = {key: value.clone() for key, value in own.state_dict().items()}
    ids = torch.tensor([[5, 9, 11, 3, 7], [4, 8, 2, 6, 1]])
    with torch.inference_mode():
        # What the embeddings give is the other type's, and every layer is in it.
        found = Halves(own, "bfloat16").hidden(ids)
        right = Halves(other).hidden(ids)
        assert Halves(own).hidden(ids).dtype is torch.float32
    assert found.dtype is torch.float32
    torch.testing.assert_close(found, right.float(), rtol=0, atol=0)
    # The weights are where they were, each the same object's values and type.
    for key, value in own.state_dict().items():
        assert value.dtype is before[key].dtype
        assert torch.equal(value, before[key])


def test_a_layer_that_fails_gives_its_weights_back(checkpoints):
    model = AutoModelForCausalLM.from_pretrained(checkpoints["opt"], dtype=torch.float32).eval()
    types = {weight.dtype for weight in model.parameters()}
    halves = Halves(model, "bfloat16")
    with torch.inference_mode(), pytest.raises(IndexError):
        halves.hidden(torch.tensor([[10**6]]))
    assert {weight.dtype for weight in model.parameters()} == types
    assert not any(one._forward_pre_hooks for one in model.modules())


def test_a_file_that_is_no_text_is_told_with_its_line():
    assert text_of("\ufeffétait".encode(), "a.txt") == "était"
    with pytest.raises(BadText, match="line 2, byte 4"):
        text_of(b"abc\n\xff", "a.txt")
    with pytest.raises(BadText, match="empty"):
        text_of(b" \n", "a.txt")


def test_a_reading_without_a_floor_says_so(pair, monkeypatch):
    wanted = ReadingRequest(pair.baseline.spec, pair.compressed.spec, (TEXT,), floor=False)
    reading = read(pair, wanted)
    assert isinstance(reading, Reading)
    assert reading.floor == {}
    assert math.isfinite(reading.traces[0].kl.max())
    assert ReadingRequest.from_document(wanted.document()) == wanted
    kl = QUANTITIES["kl"]
    assert "not asked for" in noise.told(reading.floor, kl, wanted.floor)

    def no_room(*_args):
        raise torch.OutOfMemoryError("no room")

    whole = with_floor(pair, reading)
    assert "95 % of these tokens" in noise.told(whole.floor, kl, True)
    monkeypatch.setattr("fairviz.analyses.reading.run.against_itself", no_room)
    # What was read stands; why there is no floor is a note beside it.
    failed = with_floor(pair, reading)
    assert failed.traces is reading.traces
    assert "could not be measured (the device ran out of memory)" in noise.told(
        failed.floor, kl, True
    )
