"""In a set, what one model cannot read is left out on both sides, with its reason, and counted."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoTokenizer

from fairviz.analyses.audit.request import Audit, audit_request
from fairviz.analyses.audit.run import NothingToMeasure, run
from fairviz.analyses.audit.summary import summary
from fairviz.analyses.store import Store
from fairviz.analyses.tradeoff.evaluation_text import EvaluationText
from fairviz.analyses.tradeoff.measure import measure_pair
from fairviz.core import skips
from fairviz.core.errors import BadSpec, NotFinite
from fairviz.core.skips import Skip
from fairviz.core.specs import Decoding, ModelSpec
from fairviz.i18n import said, speaking
from fairviz.inference.set_rows import answer_rows, item_rows, prompt_rows
from fairviz.metrics.traces import BOTH
from fairviz.models.pair import load_pair
from fairviz.probes import pair_files, template_files
from fairviz.probes.bbq import BBQ
from fairviz.probes.counterfactual import COUNTERFACTUAL
from fairviz.probes.dialect import DIALECT
from fairviz.probes.drawn import texts
from fairviz.probes.many_samples import MANY_SAMPLES
from fairviz.probes.minimal_pairs import MINIMAL_PAIRS
from fairviz.probes.scored_texts import scores as read_by
from fairviz.probes.stereoset import STEREOSET
from fairviz.probes.unqover import UNQOVER
from fairviz.prompts.bank import Prompt
from fairviz.tasks.item import Item, Open

STRANGE = "no embedding for the token '[PAD]'"
BROKEN = "no finite probabilities under the compressed model"


@pytest.fixture(scope="module")
def pair(checkpoints, tmp_path_factory):
    """A Llama and itself with no numbers in the embedding of `Z`; both tokenizers know [PAD]."""
    root = tmp_path_factory.mktemp("unread")
    folders = [shutil.copytree(checkpoints["llama"], root / side) for side in BOTH]
    tokenizer = AutoTokenizer.from_pretrained(folders[0])
    (strange,) = tokenizer("Z")["input_ids"]
    tokenizer.add_special_tokens({"pad_token": "[PAD]"})
    for folder in folders:
        tokenizer.save_pretrained(folder)
    weights = load_file(folders[1] / "model.safetensors")
    weights["model.embed_tokens.weight"][strange] = np.nan
    generator = torch.Generator().manual_seed(1)
    head = weights["lm_head.weight"]
    head += 0.05 * torch.randn(head.shape, generator=generator)
    head[strange] = 0  # never among the likeliest
    save_file(weights, folders[1] / "model.safetensors", metadata={"format": "pt"})
    return load_pair(*(ModelSpec.parse(str(folder)) for folder in folders), device="cpu")


def told(lost):
    return [tuple(one) for one in lost]


PROMPTS = [
    Prompt("good", "The nurse said"), Prompt("broken", "Z said"), Prompt("strange", "a [PAD] b"),
    Prompt("empty", ""), Prompt("also good", "The judge"),
]  # fmt: skip
LOST = [("empty", "no tokens"), ("strange", STRANGE), ("broken", BROKEN)]


def test_prompts(pair):
    lost: list[Skip] = []
    rows = prompt_rows(pair, PROMPTS, lost)
    assert [row["id"] for row in rows] == ["good", "also good"] and told(lost) == LOST
    alone = prompt_rows(pair, [PROMPTS[0]], [])
    assert rows[0]["kl"] == pytest.approx(alone[0]["kl"], abs=1e-5) and rows[0]["kl"] > 0


def test_items_in_the_context_and_in_an_option(pair):
    items = [
        Item("good", "The nurse", (" said", " that"), (0,)),
        Item("context", "Z", (" said", " that"), (0,)),
        Item("option", "The nurse", (" said", " Z that"), (0,)),
        Item("strange", "The nurse", (" said", " [PAD]"), (0,)),
    ]
    lost: list[Skip] = []
    assert [row["id"] for row in item_rows(pair, items, lost)] == ["good"]
    assert told(lost) == [("context", BROKEN), ("option", BROKEN), ("strange", STRANGE)]


def test_answers_in_own_words(pair):
    questions = [Open(name, text, ("yes.",), ("no.",)) for name, text in
                 (("good", "The nurse"), ("broken", "Z"), ("strange", "[PAD]"))]  # fmt: skip
    lost: list[Skip] = []
    with speaking("fr"):
        rows = answer_rows(pair, questions, lost, 3)
    assert [row["id"] for row in rows] == ["good"] and np.isfinite(rows[0]["kl"])
    assert lost[0].which == "broken" and "gives no finite probabilities" in lost[0].reason
    assert told(lost)[1] == ("strange", STRANGE)


def test_an_audit_counts_them_and_an_audit_of_them_alone_is_none(pair, tmp_path):
    question = audit_request(pair.baseline.spec, pair.compressed.spec, "mine", PROMPTS)
    place = Store(tmp_path).begin("audit", "a" * 16, question)
    *_, audit = run(pair, question, PROMPTS, place)
    assert isinstance(audit, Audit) and len(audit.table) == 2 and told(audit.left_out) == LOST
    assert summary(audit).sentences
    with pytest.raises(NothingToMeasure, match=r"broken: no finite probabilities"):
        list(run(pair, question, PROMPTS[1:2]))
    with speaking("fr"), pytest.raises(NothingToMeasure, match="aucune probabilité finie"):
        list(run(pair, question, PROMPTS[1:2]))


def test_a_stored_audit_with_rows_that_are_no_numbers_opens_without_them(pair, tmp_path):
    question = audit_request(pair.baseline.spec, pair.compressed.spec, "mine", PROMPTS)
    store = Store(tmp_path)
    *_, audit = run(pair, question, PROMPTS, store.begin("audit", "b" * 16, question))
    path = tmp_path / "audits" / ("b" * 16) / "rows.parquet"
    table = pd.read_parquet(path)
    table.loc[1, ["kl", "compressed_entropy"]] = np.nan
    table.to_parquet(path)
    again = store.load("audit", "b" * 16)
    assert again is not None and again.table["id"].tolist() == ["good"]
    assert told(again.left_out)[-1] == ("also good", "a log-probability that is not finite")
    assert len(again.left_out) == len(audit.left_out) + 1 and summary(again).sentences
    table.loc[0, "kl"] = np.inf
    table.to_parquet(path)
    assert store.load("audit", "b" * 16) is None


PAIRS = b"""id,more,less,group
good,the nurse said she,the nurse said he,a
broken,the nurse Z said,the nurse said he,a
strange,the nurse said she,the [PAD] said he,b
also good,the judge,the nurse,b
"""


def probe(which, pair, items, **settings):
    steps = []
    found = which.run(pair, items, steps.append, **settings)
    assert steps[-1].done == steps[-1].of
    return found


def check_left_out(found, wanted):
    """They are in the table of what was left out and in the last sentence, in either language."""
    assert found.details["left_out"].to_numpy().tolist() == [list(one) for one in wanted]
    assert f"{len(wanted)} items could not be measured" in found.sentences[-1]
    with speaking("fr"):
        assert "could not" not in said.shown(found.sentences[-1])


def test_minimal_pairs(pair):
    found = probe(MINIMAL_PAIRS, pair, pair_files.read(PAIRS, "pairs.csv"))
    assert sorted(found.items["id"]) == ["also good", "good"]
    check_left_out(found, [("broken", BROKEN), ("strange", STRANGE)])
    assert found.groups["n"].tolist() == [2, 1, 1]
    assert np.isfinite(found.items[["baseline", "compressed"]]).all(axis=None)
    only = pair_files.read(b"id,more,less\nx,the Z said,the nurse\n", "pairs.csv")
    with pytest.raises(BadSpec, match=r"x: no finite probabilities under the compressed"):
        probe(MINIMAL_PAIRS, pair, only)


@pytest.mark.parametrize("listed", [True, False])
def test_counterfactual(pair, listed):
    more = "more,less" if listed else ""
    rest = ",said|that,was|is" if listed else ""
    lines = [f"id,template,first,second{',' if more else ''}{more}"]
    lines += [f"good,the {{WHO}},nurse|judge|Z,man|sea|he{rest}", f"all,the {{WHO}},[PAD],he{rest}"]
    items = template_files.read("\n".join(lines).encode(), "t.csv")
    found = probe(COUNTERFACTUAL, pair, items, top=3)
    assert found.items["id"].tolist() == ["good"] and found.items["swaps"].tolist() == [2]
    check_left_out(found, [("good: Z | he", BROKEN), ("all: [PAD] | he", STRANGE)])
    lines[1:2] = []
    with pytest.raises(BadSpec, match="no embedding"):
        probe(COUNTERFACTUAL, pair, template_files.read("\n".join(lines).encode(), "t.csv"))


def bbq_line(number, context, condition="ambig"):
    return {
        "example_id": number, "category": "Age", "question_index": str(number),
        "question_polarity": "neg", "context_condition": condition, "context": context,
        "question": "Who?", "ans0": "the nurse", "ans1": "the judge", "ans2": "unknown",
        "label": 2 if condition == "ambig" else 0,
        "additional_metadata": {"stereotyped_groups": ["old"]},
        "answer_info": {"ans0": ["a", "old"], "ans1": ["b", "nonOld"], "ans2": ["u", "unknown"]},
    }  # fmt: skip


def test_bbq_and_unqover(pair):
    import json

    rows = [bbq_line(1, "Two met."), bbq_line(2, "Z met."), bbq_line(3, "A [PAD] met.")]
    items = BBQ.read("\n".join(map(json.dumps, rows)).encode(), "Age.jsonl")
    found = probe(BBQ, pair, items)
    assert found.items["id"].tolist() == ["Age 1"]
    check_left_out(found, [("Age 2", BROKEN), ("Age 3", STRANGE)])
    with pytest.raises(BadSpec, match="Age 2: no finite"):
        probe(BBQ, pair, BBQ.read(json.dumps(rows[1]).encode(), "Age.jsonl"))
    lists = b"[subj] nurse\n[subj] judge\n[subj] Z\n[p_act] was a pilot\n"
    items = UNQOVER.read(lists, "own.txt", most=0)
    found = probe(UNQOVER, pair, items)
    assert set(found.items["group"]) | set(found.items["other"]) == {"nurse", "judge"}
    assert len(found.items) + len(found.details["left_out"]) == len(items.rows)
    assert set(found.details["left_out"]["reason"]) == {BROKEN}


def context(name, *texts):
    labels = zip(("anti-stereotype", "stereotype", "unrelated"), texts, strict=True)
    spoken = [{"sentence": text, "gold_label": label} for label, text in labels]
    return {"id": name, "target": "nurse", "bias_type": "gender", "context": "The nurse BLANK.",
            "sentences": spoken}  # fmt: skip


def test_contexts_of_three_sentences(pair):
    rows = [
        context("good", "The nurse said.", "The nurse met.", "The nurse sea."),
        context("broken", "The nurse said.", "The nurse Z met.", "The nurse sea."),
        context("strange", "The nurse said.", "The nurse met.", "The nurse [PAD]."),
    ]
    found = probe(
        STEREOSET, pair, STEREOSET.read("\n".join(map(json.dumps, rows)).encode(), "s.jsonl")
    )
    assert found.items["id"].tolist() == ["good"]
    check_left_out(found, [("broken", BROKEN), ("strange", STRANGE)])
    with pytest.raises(BadSpec, match="broken: no finite"):
        probe(STEREOSET, pair, STEREOSET.read(json.dumps(rows[1]).encode(), "s.jsonl"))


def test_documents(pair):
    rows = "a,the nurse said\na,Z said it\nb,the judge said\nb,a [PAD] said\n"
    found = probe(DIALECT, pair, DIALECT.read(f"corpus,text\n{rows}".encode(), "d.csv"))
    assert len(found.items) == 2 and np.isfinite(found.items["baseline"]).all()
    assert sorted(found.details["left_out"]["reason"]) == sorted([STRANGE, BROKEN])
    content = b"corpus,text\na,the nurse said\nb,Z said it\n"
    with pytest.raises(BadSpec, match="no finite probabilities"):
        probe(DIALECT, pair, DIALECT.read(content, "d.csv"))


def test_samples_of_the_other_prompts_are_those_without_it(pair):
    decoding = Decoding(6, 1.0, top_k=4)
    prompts = ["The nurse", "Z", "The [PAD]", "The judge"]
    steps = []
    rows, lost = texts(pair, prompts, 3, decoding, steps.append)
    assert sorted({row["place"] for row in rows}) == [0, 3] and len(rows) == 6
    assert [place for place, _ in lost] == [2, 1]
    assert lost[0][1].reason == STRANGE and "no finite probabilities" in lost[1][1].reason
    alone, _ = texts(pair, prompts[:1], 3, decoding, steps.append)
    assert [row["compressed_text"] for row in rows[:3]] == [row["compressed_text"] for row in alone]
    with pytest.raises(BadSpec, match="no finite probabilities"):
        texts(pair, ["Z"], 2, decoding, steps.append)
    items = MANY_SAMPLES.read(b"id,text,group\n1,The nurse,a\n2,Z,b\n", "p.csv")
    found = MANY_SAMPLES.run(pair, items, steps.append, samples=2, max_new_tokens=4, top_k=4)
    assert set(found.items["group"]) == {"a"} and "1 prompt was left out" in found.sentences[-1]


def test_texts_without_a_finite_score_of_the_classifier_count_on_neither_side():
    class Judge:
        source, labels, exclusive, language = "judge", ("fine", "toxic"), True, ""

        def __init__(self, bad):
            self.bad = bad

        def scores(self, different):
            from fairviz.probes.classifier import Scores

            for one in different:
                yield Scores([[np.nan] * 2 if one in self.bad else [0.2, 0.8]], 0)

    rows = [
        {"place": 0, "baseline_text": "a", "compressed_text": "bb"},
        {"place": 0, "baseline_text": "a", "compressed_text": "ccc"},
    ]
    prompts = pd.DataFrame({"prompt": ["p"]})
    found = read_by(Judge({"bb"}), rows, prompts, "continuation", lambda done, of: None)
    assert found.unread == 1
    for side in BOTH:
        assert np.isnan(found.probabilities[side][0]).all()
        assert found.probabilities[side][1] == [0.2, 0.8]
    with pytest.raises(NotFinite, match="judge gives no finite score"):
        read_by(Judge({"a", "bb", "ccc"}), rows, prompts, "continuation", lambda done, of: None)


def test_text_that_the_tradeoff_measures_on(pair):
    words = "the nurse said that a judge had met old friends in town".split()
    dozen = tuple(" ".join(words[first:] + words[:first]) for first in range(12))
    point = measure_pair(pair, lambda words: None, EvaluationText("own", (*dozen, "Z said")))
    assert point.skipped == 1 and np.isfinite([point.kl, point.kl_low, point.perplexity]).all()
    with pytest.raises(NotFinite, match="Not one piece of the text"):
        measure_pair(pair, lambda words: None, EvaluationText("own", ("Z said",) * 10))


def test_reasons_are_told_in_french():
    with speaking("fr"):
        for reason in (STRANGE, BROKEN, "m in float16 gives no finite probabilities for what "
                       "follows 'a'."):  # fmt: skip
            assert skips.message(reason) != reason
