"""A baseline reads once for all of its forms; bit for bit what is read anew."""

import gc
import weakref
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import tiny_tokenizer

from fairviz.analyses import runner
from fairviz.analyses.audit.request import AuditRequest
from fairviz.analyses.audit.run import run as run_audit
from fairviz.analyses.comparison import run as comparing
from fairviz.analyses.comparison.request import ComparisonRequest
from fairviz.analyses.identity import provenance
from fairviz.analyses.reading import run as reading
from fairviz.analyses.reading.request import ReadingRequest
from fairviz.compression.layers import blocks
from fairviz.core import garbage
from fairviz.core.errors import BadSpec, OutOfMemory
from fairviz.core.specs import CompressionSpec, Decoding, ModelSpec
from fairviz.engine.jobs import Chooses, Reads, Side
from fairviz.engine.run import perform
from fairviz.inference.multiple_choice import Choice, choices
from fairviz.inference.null_model import sizes
from fairviz.inference.scoring import Piece, following, score
from fairviz.models import devices, memory, turns
from fairviz.models.checkpoint import locate
from fairviz.models.kept import Readings
from fairviz.models.loading import load
from fairviz.models.pair import load_pair
from fairviz.models.placing import Plan, Size, plan
from fairviz.models.placing import spread as spread_over
from fairviz.models.tokenizer import read_tokenizer
from fairviz.probes import minimal_pairs
from fairviz.prompts.bank import bank

TEXTS = [[5, 9, 11, 3, 7, 2], [4, 8, 2], list(range(1, 60)), [12, 6, 1, 3]]
ITEMS = [Choice([5, 9, 11], [[3, 7], [2]]), Choice([4], [[8], [2], [9, 9, 9]])]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A model that caps its logits, one that scales them, and one that does nothing to them."""
    from transformers import AutoModelForCausalLM, CohereConfig, Gemma2Config, LlamaConfig

    tokenizer = tiny_tokenizer()
    size = {
        "vocab_size": len(tokenizer), "hidden_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 128,
        "max_position_embeddings": 48, "initializer_range": 0.3,
        "bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": None,
    }  # fmt: skip
    found = {}
    for name, config in {
        "capped": Gemma2Config(head_dim=16, final_logit_softcapping=5.0, **size),
        "scaled": CohereConfig(logit_scale=0.3, **size),
        "plain": LlamaConfig(tie_word_embeddings=False, **size),
    }.items():
        torch.manual_seed(0)
        found[name] = tmp_path_factory.mktemp("in_turn") / name
        AutoModelForCausalLM.from_config(config).save_pretrained(found[name])
        tokenizer.save_pretrained(found[name])
    return found


def columns(pair, readings=True):
    """Everything that a pair measures, as arrays."""
    first, second = pair.baseline.reader, pair.compressed.reader
    if not readings:
        first, second = first._replace(readings=None), second._replace(readings=None)
    width, found = pair.vocabulary_size, []
    for read in (score, following):
        for number, one in sorted(read(first, second, TEXTS, width=width, k=3)):
            found += [number, *one.baseline, *one.compressed, *one[3:]]
    for reader in (first, second):
        found += [array for _, one in sorted(choices(reader, ITEMS, width=width)) for array in one]
    return found


def same(left, right):
    return len(left) == len(right) and all(
        np.array_equal(a, b, equal_nan=True) for a, b in zip(left, right, strict=True)
    )


@pytest.mark.parametrize("name", ["capped", "scaled", "plain"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_what_is_kept_is_what_is_read_bit_for_bit(folders, name, dtype):
    baseline = ModelSpec(str(folders[name]))
    known = {}
    for form in ("int8", "nf4"):
        pair = load_pair(
            baseline, ModelSpec.parse(f"{baseline}+{form}"), device="cpu", dtype=dtype, known=known
        )
        known = {baseline: pair.baseline}
        before = pair.baseline.readings.made
        assert same(columns(pair), columns(pair, readings=False))
        # The batches of TEXTS twice and of ITEMS, read for the first form alone.
        assert (before, pair.baseline.readings.made) == ((0, 3) if form == "int8" else (3, 3))
    assert pair.compressed.readings is None


def test_the_baseline_of_a_sweep_reads_once(folders, monkeypatch, tmp_path):
    """Two forms of one baseline: as many forward passes of the baseline as for one."""
    from fairviz.analyses.tradeoff import measure
    from fairviz.analyses.tradeoff.call import tradeoff
    from fairviz.inference import split_forward

    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))
    monkeypatch.setattr(measure, "DOCUMENTS", 12)
    forms = ("nf4", "magnitude:0.5")
    told, passes = [], {}
    hidden = split_forward.Halves.hidden

    def counted(self, *given):
        passes[self._model] = passes.get(self._model, 0) + 1
        return hidden(self, *given)

    monkeypatch.setattr(split_forward.Halves, "hidden", counted)
    found = tradeoff("demo", *forms, device="cpu", on_form=lambda *step: told.append(step)).value
    assert not found.refused
    assert [point.name for point in found.points] == ["demo+nf4", "demo+magnitude:0.5"]
    assert len(passes) == len(forms) + 1
    assert len(set(passes.values())) == 1
    assert any(step[0] == 1 and "magnitude:0.5: Making" in step[2] for step in told)
    alone = measure.measure_pair(
        load_pair(ModelSpec("demo"), ModelSpec.parse("demo+nf4"), device="cpu"), lambda words: None
    )
    assert found.points[0].kl == alone.kl


def test_the_latest_readings_stay_and_what_must_stay_is_refused():
    readings, read = Readings(most=20), []

    def of(asked):
        return readings.of(asked, lambda: read.append(asked) or asked, lambda _: 10)

    assert [of(asked) for asked in "abacab"] == list("abacab")
    assert read == ["a", "b", "c", "b"]  # c took the place of b, which was asked before a
    readings.begin(20)
    assert [of(asked) for asked in "cd"] == ["c", "d"]  # b, asked before, makes room
    with pytest.raises(OutOfMemory, match="has read takes more"):
        of("e")


# In turn


@pytest.fixture
def little(folders, monkeypatch):
    """Makes room for one model of a folder at a time, as if that were all the memory there is."""

    def planted(name, dtype="float32"):
        folder = locate(ModelSpec(str(folders[name])))
        one = memory.estimate(folder, CompressionSpec(), dtype) + memory.standing(folder, dtype)
        monkeypatch.setattr(devices, "free_memory", lambda device: int(one * memory.MARGIN) + 1)

    return planted


def both_ways(folders, little, name, form, dtype="float32"):
    """A pair together, and the same pair in turn."""
    baseline = ModelSpec(str(folders[name]))
    two = baseline, ModelSpec.parse(f"{baseline}+{form}")
    together = load_pair(*two, device="cpu", dtype=dtype)
    little(name, dtype)
    said = []
    in_turn = load_pair(*two, device="cpu", dtype=dtype, progress=said.append)
    assert in_turn.in_turn and not together.in_turn
    assert any("read in turn" in words for words in said)
    return together, in_turn


@pytest.mark.parametrize("name", ["capped", "scaled", "plain"])
@pytest.mark.parametrize(("form", "dtype"), [("int8", "bfloat16"), ("nf4", "float32")])
def test_in_turn_every_number_is_that_of_the_pair_together(folders, little, name, form, dtype):
    together, in_turn = both_ways(folders, little, name, form, dtype)
    wanted = columns(together)
    readings = in_turn.baseline.readings
    in_turn.read_ahead(columns)
    assert not turns.is_away(in_turn.baseline.model) and turns.is_away(in_turn.compressed.model)
    read = readings.made
    assert same(columns(in_turn), wanted)
    # The baseline read nothing more, and made room.
    assert turns.is_away(in_turn.baseline.model) and not turns.is_away(in_turn.compressed.model)
    assert readings.made == read
    # A text that was not foreseen costs a turn and changes no number.
    found = [
        dict(score(p.baseline.reader, p.compressed.reader, [[7, 7, 2]], width=p.vocabulary_size))[0]
        for p in (together, in_turn)
    ]
    assert same([*found[0].compressed, found[0].kl], [*found[1].compressed, found[1].kl])


def test_jobs_of_an_engine_take_one_turn_a_block(folders, little, monkeypatch):
    together, in_turn = both_ways(folders, little, "plain", "nf4")
    sides = Side("baseline", None), Side("compressed", None)
    width = in_turn.vocabulary_size
    jobs = [Reads(sides, (Piece(0, 0, ids, len(ids) - 1),), width, 3) for ids in TEXTS]
    jobs += [Chooses(side, tuple(ITEMS), width) for side in sides]
    wanted = perform(together, jobs)
    seats = []
    seat = turns.make_room
    monkeypatch.setattr(turns, "make_room", lambda *given: seats.append(given[0]) or seat(*given))
    found = perform(in_turn, jobs)
    for one, other in zip(found, wanted, strict=True):
        assert same(one.arrays.values(), other.arrays.values())
    assert len(seats) <= 2  # one reading of each model's weights, for all of them


def test_one_models_layers_are_in_memory_at_a_time(folders, little, monkeypatch):
    # What was there before stays out of the search, and what is made here is never spared.
    here = SimpleNamespace(collect=gc.collect, freeze=lambda: None, unfreeze=lambda: None)
    monkeypatch.setattr(garbage, "gc", here)
    _together, pair = both_ways(folders, little, "plain", "nf4")
    seen = []
    for one in (pair.baseline, pair.compressed, pair.baseline):
        with turns.whole(one.model):
            layers = blocks(one.model)[1]
            seen.append(weakref.ref(layers[0].mlp.up_proj))
        gc.collect()
        assert sum(reference() is not None for reference in seen) == 1
    assert pair.baseline.reader.alone is False


def test_null_models_are_refused_where_the_weights_of_one_are_away(folders, little):
    _together, pair = both_ways(folders, little, "plain", "nf4")
    with pytest.raises(BadSpec, match="at once"):
        sizes(pair)


def test_int8_still_reads_text_by_text_while_its_layers_are_away(folders, little):
    _together, pair = both_ways(folders, little, "plain", "int8")
    assert turns.is_away(pair.compressed.model) and pair.compressed.reader.alone


def test_a_text_an_audit_and_minimal_pairs_are_read_in_turn(folders, little, tmp_path):
    baseline = ModelSpec(str(folders["capped"]))
    compressed = ModelSpec.parse(f"{baseline}+nf4")
    texts = ReadingRequest(baseline, compressed, ("Il était une fois", "The nurse said that she"))
    audit = AuditRequest(baseline, compressed, "bank", "", "prompts")
    prompts, pairs = bank()[:80], minimal_pairs.bundled()
    pairs = type(pairs)(pairs.source, pairs.rows.iloc[:12])

    def answers():
        said = []

        def asked(kind, request, measure):
            found = runner.answer(
                kind, request, measure, machine=runner.Machine("cpu"), store=None,
                loading=runner.alone(said.append),
            )  # fmt: skip
            return found.result

        one = asked("reading", texts, reading.measure(texts))
        two = asked(
            "audit", audit, lambda pair, parts, told: run_audit(pair, audit, prompts, parts)
        )
        # As a probe is measured; its own request needs no more of the pair.
        outcome = []

        def probed(pair, opened, told):
            outcome[:] = [minimal_pairs.run(pair, pairs, told)]
            yield from reading.measure(texts)(pair, opened, told)

        asked("reading", texts, probed)
        known = dict(provenance(one.provenance)).get("Both models", "")
        kl = [trace.kl for trace in one.traces]
        return said, kl, one.floor, two.table, outcome[0].items, known

    together, in_turn = answers(), (little("capped"), answers())[1]
    assert (together[5], in_turn[5]) == ("", "read in turn, one at a time in memory")
    assert not any("reads first" in words for words in together[0])
    assert any("capped reads first: 64 of 80" in words for words in in_turn[0])
    # Three runs: the compressed model's card, the baseline's turn, the compressed model's.
    assert sum("Reading" in words and "layer" not in words for words in in_turn[0]) >= 9
    assert same(together[1], in_turn[1])
    assert together[2] == in_turn[2] and together[2]["size"]["kl"] > 0
    pd.testing.assert_frame_equal(together[3], in_turn[3], check_exact=True)
    pd.testing.assert_frame_equal(together[4], in_turn[4], check_exact=True)


def test_what_writes_with_both_says_that_it_cannot(folders, little):
    baseline = ModelSpec(str(folders["plain"]))
    two = baseline, ModelSpec.parse(f"{baseline}+nf4")
    request = ComparisonRequest(*two, "Once", Decoding(max_new_tokens=5))
    little("plain")
    said = []
    with pytest.raises(OutOfMemory, match="asks both models at once, and cpu has room for one"):
        runner.answer(
            "comparison", request, comparing.measure(request), machine=runner.Machine("cpu"),
            store=None, loading=runner.alone(said.append),
        )  # fmt: skip
    assert not any("Reading the weights" in words for words in said)
    # Whatever writes without having said so is stopped before it writes nonsense.
    pair = load_pair(baseline, request.compressed, device="cpu")
    with pytest.raises(OutOfMemory, match="asks both"):
        list(comparing.stream(pair, request))


def test_a_form_is_made_where_the_baseline_stood(folders, monkeypatch):
    """The baseline's layers are let go, what it read is not."""
    from fairviz.models import pair as pairs

    baseline = ModelSpec(str(folders["plain"]))
    one = load_pair(baseline, ModelSpec.parse(f"{baseline}+nf4"), device="cpu").baseline
    tried = []

    def make(spec, *, progress, device):
        tried.append(turns.is_away(one.model))
        if not tried[-1]:
            raise OutOfMemory("no room", fix="-")
        return "made"

    monkeypatch.setattr(pairs, "make", make)
    form = ModelSpec.parse(f"{baseline}+magnitude:0.5")
    assert pairs.make_beside({baseline: one}, form, lambda words: None, device="cpu") == "made"
    assert tried == [False, True]


GB = 10**9


@pytest.mark.parametrize(
    ("rooms", "sizes", "together", "found"),
    [
        # bfloat16 and int8 of 7 billion weights, of which 0.26 are embeddings and head.
        ({"cuda": 24, "cpu": 60}, (14.0, 7.5), False, (True, ("cuda",))),
        ({"cuda": 26, "cpu": 60}, (14.0, 7.5), False, (False, ("cuda",))),
        ({"cuda": 14, "cuda:1": 14, "cpu": 60}, (14.0, 7.5), False, (False, ("cuda", "cuda:1"))),
        ({"cuda": 12, "cuda:1": 10, "cpu": 60}, (14.0, 7.5), False, (True, ("cuda", "cuda:1"))),
        ({"cuda": 12, "cpu": 60}, (14.0, 7.5), False, (True, ("cuda", "cpu"))),
        # Compare needs both, with some layers on the CPU where that is all there is.
        ({"cuda": 24, "cpu": 60}, (14.0, 7.5), True, (False, ("cuda", "cpu"))),
        ({"cpu": 18}, (14.0, 7.5), False, (True, ("cpu",))),
    ],
)
def test_where_a_pair_goes(rooms, sizes, together, found):
    models = [Size(round(size * GB), GB // 2) for size in sizes]
    free = {name: size * GB for name, size in rooms.items()}
    got = plan({"bfloat16": models}, free, together=together)
    assert got == Plan("bfloat16", *found)


def test_what_fits_nowhere_is_refused_with_what_one_of_the_two_needs():
    # 1.15 x (14 + 0.5) GB for the larger with the other's head.
    models = [Size(14 * GB, GB // 2), Size(7 * GB, GB // 2)]
    with pytest.raises(
        OutOfMemory, match=r"About 16\.7 GB are needed, and cuda \+ cpu has 13\.0 GB"
    ):
        plan({"bfloat16": models}, {"cuda": 8 * GB, "cpu": 5 * GB}, together=False)
    with pytest.raises(OutOfMemory, match="asks both"):
        plan({"bfloat16": models}, {"cpu": 18 * GB}, together=True)


def test_a_spread_model_reads_as_a_whole_one_and_its_card_says_where_it_lies(folders, monkeypatch):
    """The memory of a machine without a GPU is played by its disk: accelerate treats both alike."""
    spec = ModelSpec(str(folders["capped"]))
    folder = locate(spec)
    each = memory.estimate(folder, CompressionSpec(), "float32")
    first = memory.standing(folder, "float32") + (each - memory.standing(folder, "float32")) * 0.6
    free = {"cpu": int(first * memory.MARGIN), "disk": 10**9}
    monkeypatch.setattr(devices, "rooms", lambda device: free)
    tokenizer = read_tokenizer(spec, folder)
    said = []
    two = [
        load(spec, folder, tokenizer, device="cpu", dtype="float32", over=o, progress=said.append)
        for o in ((), ("cpu", "disk"))
    ]
    whole, spread = two
    assert any("Spreading" in words and "cpu 2" in words for words in said)
    assert any(weight.is_meta for weight in spread.model.parameters())
    card = spread.identity.document()
    assert set(card.pop("devices")) == {"cpu", "disk"}
    assert sum(spread.identity.devices.values()) == sum(p.nbytes for p in whole.model.parameters())
    assert card == whole.identity.document()
    width = len(tokenizer)
    for _number, one in score(whole.reader, spread.reader, TEXTS, width=width):
        assert one.kl.max() < 1e-9  # memory of another alignment, other last digits
    # It takes turns like any other.
    turns.take_turns(spread.model, lambda: spread.again().model)
    turns.make_room(None, "cpu")
    for _number, one in score(whole.reader, spread.reader, TEXTS, width=width):
        assert one.kl.max() < 1e-9


def test_layers_fill_one_device_after_another(folders):
    """Embeddings, norm and head first; beside a GPU's CPU, room for a layer that computes."""
    spec = ModelSpec(str(folders["plain"]))
    folder, none = locate(spec), CompressionSpec()
    layer = (64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 128 + 2 * 64) * 4
    head = (2 * len(read_tokenizer(spec, folder)) * 64 + 64) * 4
    fits = int((head + 1.1 * layer) * memory.MARGIN)
    found = spread_over(folder, none, "float32", {"cuda": fits, "cuda:1": fits})
    assert found.bytes == {"cuda": head + layer, "cuda:1": layer}
    assert found.map["model.layers.0"] == found.map["lm_head"] == "cuda"
    assert found.map["model.layers.1"] == "cuda:1"
    found = spread_over(folder, none, "float32", {"cuda": fits, "cpu": GB})
    assert found.bytes == {"cuda": head, "cpu": 2 * layer}
    with pytest.raises(OutOfMemory):
        spread_over(folder, none, "float32", {"cuda": fits, "cpu": layer})
