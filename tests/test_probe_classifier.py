"""Generation scored by a classifier that is made here, and the formats of prompts."""

import json
import shutil

import in_folders
import numpy as np
import pytest
import torch
from conftest import tiny_tokenizer
from safetensors.torch import load_file, save_file

from fairviz.core.errors import BadSpec, ModelUnavailable
from fairviz.core.specs import ModelSpec
from fairviz.models.pair import load_pair
from fairviz.probes import by_classifier, prompt_sets
from fairviz.probes.by_classifier import BY_CLASSIFIER
from fairviz.probes.classifier import load_classifier
from fairviz.probes.fields import ColumnsMissing

DEMO = ModelSpec.parse("demo")


def silent(step):
    """Hears of steps and says nothing."""


def save(folder, labels=("neutral", "negative"), **config):
    """A BERT of one layer that has learnt nothing: its answers are of its random weights."""
    from transformers import AutoModelForSequenceClassification, BertConfig

    tokenizer = tiny_tokenizer()
    tokenizer.pad_token = tokenizer.eos_token
    torch.manual_seed(3)
    made = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=66,
        id2label=dict(enumerate(labels)),
        label2id={label: place for place, label in enumerate(labels)},
        **config,
    )
    model = AutoModelForSequenceClassification.from_config(made).eval()
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(8)  # far from one half for every text
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder, model, tokenizer


@pytest.fixture(scope="module")
def judge(tmp_path_factory):
    return save(tmp_path_factory.mktemp("judge"))


@pytest.fixture(scope="module")
def pair():
    return load_pair(DEMO, ModelSpec.parse("demo-student"), device="cpu")


@pytest.fixture(scope="module")
def prompts():
    bold = {
        "nurses": {"One": ["The nurse said ", "The nurse "], "Two": ["The nurse said "]},
        "judges": {"Three": ["The judge said that "], "Four": ["The judge lived in "]},
    }
    return prompt_sets.read(json.dumps(bold).encode(), "profession_prompt.json")


@pytest.fixture(scope="module")
def outcome(pair, judge, prompts):
    steps = []
    found = by_classifier.run(
        pair, prompts, steps.append, classifier=str(judge[0]), samples=3, max_new_tokens=12
    )
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].of == 36  # 12 to write, to read, to score
    return found


def test_scores_are_those_of_the_classifier_alone(judge, outcome):
    _, model, tokenizer = judge
    for side in ("baseline", "compressed"):
        for text, scored in zip(outcome.items[f"{side}_text"], outcome.items[side], strict=True):
            with torch.inference_mode():
                logits = model(**tokenizer(text, return_tensors="pt")).logits[0]
            assert scored == pytest.approx(float(logits.softmax(-1)[1]), abs=1e-5)
    assert outcome.items["baseline"].std() > 0.01  # the texts are told apart


def test_groups_are_means_over_their_texts(outcome):
    items, groups = outcome.items, outcome.groups.set_index("group")
    assert list(groups.index) == ["all", "nurses", "judges"]
    for name in ("nurses", "judges"):
        own = items[items["group"] == name]
        assert groups["n"][name] == len(own) == 6
        for side in ("baseline", "compressed"):
            assert groups[side][name] == pytest.approx(own[side].mean())
    called = outcome.details["called"].set_index("group")
    by_hand = (items["baseline"] > 0.5).mean()
    assert called["baseline"]["all"] == pytest.approx(by_hand)
    labels = outcome.details["labels"].set_index("label")
    assert labels["baseline"].sum() == pytest.approx(1)
    assert labels["baseline"]["negative"] == pytest.approx(items["baseline"].mean())


def test_metrics_name_what_was_read(outcome):
    metrics = outcome.metrics
    assert set(metrics["metric"]) == {"negative_probability", "negative_share"}
    of_groups = metrics[metrics["level"] == "group"]
    assert set(of_groups["axis"]) == {"profession"}
    assert set(of_groups["group"]) == {"nurses", "judges"}
    assert any("continuation alone" in one for one in outcome.sentences)


def test_a_model_against_itself_moves_nothing(judge, prompts):
    pair = load_pair(DEMO, DEMO, device="cpu")
    found = by_classifier.run(
        pair, prompts, silent, classifier=str(judge[0]), samples=2, max_new_tokens=8
    )
    for table in (found.groups, found.details["called"], found.details["measures"]):
        assert (table["difference"] == 0).all() and (table["p"] == 1).all()
    assert not found.items["flip"].any() and found.items["same"].all()
    assert (found.items["shift"] == 0).all()


def test_without_a_classifier_words_are_counted_and_it_is_said(pair):
    items = prompt_sets.bundled(per_group=1, language="fr")
    found = by_classifier.run(pair, items, silent, max_new_tokens=10)
    assert set(found.items["baseline"]) <= {0.0, 1.0}
    assert any("No classifier was named" in one for one in found.sentences)
    assert "called" not in found.details and len(found.details["measures"])
    assert set(found.metrics["metric"]) == {"negative_words"}


def test_a_long_text_is_cut_and_told(judge, pair, prompts):
    source = load_classifier(str(judge[0]), "cpu")
    (scores,) = source.scores(["mer " * 200, "mer"])
    assert scores.cut == 1 and np.isfinite(scores.probabilities).all()
    found = by_classifier.run(
        pair, prompts, silent, classifier=str(judge[0]), scored="whole", max_new_tokens=80
    )
    assert any("cut short" in one for one in found.sentences)


def test_labels_of_their_own_each(tmp_path):
    folder, model, tokenizer = save(
        tmp_path, ("insult", "threat", "toxicity"), problem_type="multi_label_classification"
    )
    source = load_classifier(str(folder), "cpu")
    assert not source.exclusive and source.harm() == 2 and source.harm("Threat") == 1
    (scores,) = source.scores(["une fois"])
    with torch.inference_mode():
        logits = model(**tokenizer("une fois", return_tensors="pt")).logits[0]
    np.testing.assert_allclose(scores.probabilities[0], logits.sigmoid(), atol=1e-6)
    assert source.called([0.9, 0.6, 0.7], 1) and not source.called([0.9, 0.4, 0.7], 1)


def test_labels_without_names(tmp_path):
    folder, *_ = save(tmp_path / "two", ("LABEL_0", "LABEL_1"))
    source = load_classifier(str(folder), "cpu")
    assert source.harm() == 1
    assert source.called([0.2, 0.8], 1) and not source.called([0.6, 0.4], 1)
    folder, *_ = save(tmp_path / "three", ("LABEL_0", "LABEL_1", "LABEL_2"))
    with pytest.raises(BadSpec, match="LABEL_2"):
        load_classifier(str(folder), "cpu").harm()


def test_only_safe_classifiers_are_read(tmp_path, judge, checkpoints):
    with pytest.raises(ModelUnavailable, match="no text classifier"):
        load_classifier(str(checkpoints["llama"]), "cpu")
    with pytest.raises(ModelUnavailable):
        load_classifier(str(tmp_path / "nowhere"), "cpu")
    with pytest.raises(BadSpec):
        load_classifier("someone/judge+int8", "cpu")
    pickled, model, _ = save(tmp_path / "pickled")
    (pickled / "model.safetensors").unlink()
    torch.save(model.state_dict(), pickled / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match="safetensors"):
        load_classifier(str(pickled), "cpu")
    with pytest.raises(BadSpec, match="gives a number"):
        load_classifier(str(save(tmp_path / "number", problem_type="regression")[0]), "cpu")


def test_code_of_the_authors_is_never_run(tmp_path):
    folder, *_ = save(tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "model_type": "mine",
        "auto_map": {"AutoModelForSequenceClassification": "mine.Mine"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "mine.py").write_text("raise SystemExit('ran')")
    with pytest.raises(ModelUnavailable):
        load_classifier(str(folder), "cpu")


def test_a_head_that_is_missing_is_no_classifier(tmp_path):
    folder, *_ = save(tmp_path)
    weights = load_file(folder / "model.safetensors")
    kept = {name: one for name, one in weights.items() if not name.startswith("classifier")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelUnavailable, match="classifier"):
        load_classifier(str(folder), "cpu")


@pytest.mark.parametrize(
    "key, value, said",
    [
        ("num_hidden_layers", 0, "16 of the 25 tensors of .* have no place"),
        ("num_labels", 10**9, "num_labels is 1000000000"),
        ("vocab_size", 301, "300 x 32 in the file and 301 x 32"),
    ],
)
def test_another_classifier_than_that_of_the_files_is_told(judge, tmp_path, key, value, said):
    folder = shutil.copytree(judge[0], tmp_path / "other")
    in_folders.setting(key, value)(folder)
    with pytest.raises(ModelUnavailable, match=said):
        load_classifier(str(folder), "cpu")


def test_a_head_of_before_is_no_matter(judge, tmp_path):
    folder = shutil.copytree(judge[0], tmp_path / "other")
    weights = load_file(folder / "model.safetensors") | {"cls.predictions.bias": torch.ones(3)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    texts = ["The nurse said"]
    found, before = (load_classifier(str(one), "cpu").scores(texts) for one in (folder, judge[0]))
    assert next(found) == next(before)


@pytest.mark.parametrize(
    "settings",
    [{"scored": "all"}, {"label": "rude"}, {"samples": 0}, {"max_new_tokens": 10**6}],
)
def test_settings_that_cannot_be(pair, judge, prompts, settings):
    with pytest.raises(BadSpec) as raised:
        BY_CLASSIFIER.measure(pair, prompts, silent, {"classifier": str(judge[0]), **settings})
    assert raised.value.fix


def test_bold(prompts):
    assert prompts.rows["text"].tolist() == [
        "The nurse said",
        "The nurse",
        "The judge said that",
        "The judge lived in",
    ]
    assert set(prompts.rows["axis"]) == {"profession"}
    assert prompts.warts == {
        "a space at the end, taken away": 5,
        "the same prompt twice in a group, taken once": 1,
    }
    with pytest.raises(ColumnsMissing):
        prompt_sets.read(b'{"a": 1}', "x.json")


def test_realtoxicityprompts():
    lines = [
        {"prompt": {"text": "So he", "toxicity": 0.7}, "challenging": True},
        {"prompt": {"text": "Then she", "toxicity": 0.1}, "challenging": False},
        {"prompt": {"text": "And", "toxicity": None}},
        {"prompt": {}},
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    found = prompt_sets.read(content, "prompts.jsonl")
    assert found.rows["group"].tolist() == ["toxic prompts", "other prompts", "unrated prompts"]
    assert [one.which for one in found.left_out] == ["line 4"]
    by = prompt_sets.read(content, "prompts.jsonl", by="challenging")
    assert by.rows["group"].tolist()[:2] == ["True", "False"]


def test_holistic_bias_and_ones_own():
    content = b"text,axis,descriptor\nI am deaf.,ability,deaf\nI am old.,age,old\n,age,old\n"
    found = prompt_sets.read(content, "sentences.csv")
    assert found.rows["group"].tolist() == ["ability", "age"]
    assert prompt_sets.read(content, "s.csv", by="descriptor").rows["group"].tolist() == [
        "deaf",
        "old",
    ]
    own = prompt_sets.read(b"text,group\nThe king,men\nThe queen,women\n", "own.csv")
    assert own.rows["group"].tolist() == ["men", "women"]
    with pytest.raises(ColumnsMissing, match="'colour'"):
        prompt_sets.read(content, "s.csv", by="colour")


def test_prompts_are_taken_evenly():
    lines = "".join(f"prompt {number},g\n" for number in range(10))
    found = prompt_sets.read(f"text,group\n{lines}".encode(), "own.csv", per_group=3)
    # Places 0, 10 / 3 = 3 and 20 / 3 = 6.
    assert found.rows["text"].tolist() == ["prompt 0", "prompt 3", "prompt 6"]
    assert found.warts == {"prompts beyond those taken of each group": 7}
    assert len(prompt_sets.read(f"text,group\n{lines}".encode(), "o.csv", per_group=0).rows) == 10


def test_the_real_bold(shared_folder):
    counts, empty = {}, 0
    for path in sorted((shared_folder / "data" / "BOLD").glob("*.json")):
        found = prompt_sets.read(path.read_bytes(), path.name, per_group=0)
        counts[path.name.removesuffix("_prompt.json")] = found.rows["group"].nunique()
        assert found.rows["id"].is_unique
        empty += len(found.left_out)
    assert counts == {
        "gender": 2,
        "race": 4,
        "profession": 18,
        "political_ideology": 12,
        "religious_ideology": 7,
    }
    assert empty == 5  # prompts of the published files that hold nothing
