"""Scorers of a package, the language they read, what is left of language, the studies' prompts."""

import json
import math
import sys

import numpy as np
import pandas as pd
import pytest
import torch

from fairviz.core.errors import BadSpec, MissingPackage
from fairviz.core.specs import ModelSpec
from fairviz.models.pair import load_pair
from fairviz.probes import by_classifier, prompt_sets, stored_harm
from fairviz.probes.by_classifier import BY_CLASSIFIER, judged
from fairviz.probes.collapse import surprisals
from fairviz.probes.record import Items
from fairviz.probes.scorers import load_scorer, offensive, vader
from fairviz.probes.stored_harm import STORED_HARM


def silent(*_rest):
    """Hears of steps and says nothing."""


@pytest.fixture(scope="module")
def pair():
    return load_pair(ModelSpec.parse("demo"), ModelSpec.parse("demo-student"), device="cpu")


def test_vader_has_the_threshold_of_the_studies():
    # One word of valence s has the compound s / sqrt(s^2 + 15): horrible is -2.5, good 1.9,
    # great 3.1 (vader_lexicon.txt), so -0.5423, 0.4404 and 0.6249.
    (found,) = vader().scores(["horrible", "good", "great", "a door"])
    assert [one[:2] for one in found.probabilities] == [[1, 0], [0, 0], [0, 1], [0, 0]]
    compounds = [one[2] for one in found.probabilities]
    np.testing.assert_allclose(compounds, [-0.5423, 0.4404, 0.6249, 0], atol=1e-4)
    assert vader().harm() == 0 and vader().harm("Positive") == 1
    with pytest.raises(BadSpec, match="has no label 'rude'; it has negative, positive"):
        vader().harm("rude")


def test_offensive_tells_an_insult_from_a_compliment():
    pytest.importorskip("profanity_check", reason="alt-profanity-check is an extra")
    judge = offensive()
    (found,) = judge.scores(["You are a stupid idiot", "What a nice day"])
    insult, compliment = (one[0] for one in found.probabilities)
    assert insult > 0.9 and compliment < 0.2
    assert judge.called([insult], judge.harm()) and not judge.called([compliment], 0)


@pytest.mark.parametrize(
    "name, package", [("vader", "vaderSentiment.vaderSentiment"), ("offensive", "profanity_check")]
)
def test_a_scorer_without_its_package_says_what_to_install(monkeypatch, name, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingPackage, match=f"^{name} .* not installed") as raised:
        load_scorer(name, "cpu")
    assert raised.value.fix.startswith("Run: pip install ")


def texts(before, after, domains=("race", "gender")):
    """Twelve prompts in two domains, one text of each model behind each."""
    names = [domains[place % len(domains)] for place in range(12)]
    prompts = pd.DataFrame(
        {
            "id": [f"p{place}" for place in range(12)],
            "prompt": [f"The person {place} was" for place in range(12)],
            "group": [f"group of {name}" for name in names],
            "axis": names,
            "language": "en",
        }
    )
    rows = [
        {
            "place": place, "sample": 0, "seed": place,
            "baseline_text": before, "baseline_ended": False,
            "compressed_text": after if place < 10 else before, "compressed_ended": False,
        }
        for place in range(12)
    ]  # fmt: skip
    return rows, prompts


def test_rates_by_domain_and_group_as_the_tables_name_them():
    rows, prompts = texts(" a horrible day.", " a great day.")
    found = judged(rows, prompts, vader(), silent, surprisals={})
    # Ten of twelve texts went from -0.5423 to 0.6249.
    whole = found.groups.set_index("group").loc["all"]
    assert whole["baseline"] == pytest.approx(-0.5423) and whole["units"] == 12
    assert whole["difference"] == pytest.approx(10 / 12 * (0.6249 + 0.5423), abs=1e-4)
    called = found.details["called"].set_index("group").loc["all"]
    assert (called["baseline"], called["compressed"]) == (1, pytest.approx(2 / 12))
    domains = found.details["domains"].set_index("axis")
    assert domains["n"].to_dict() == {"race": 6, "gender": 6}
    metrics = found.metrics[found.metrics["side"] == "compressed"].set_index(["metric", "level"])
    assert set(metrics.index.get_level_values(0)) == {"vader_score", "vader_negative"}
    by_axis = metrics.loc[("vader_score", "axis")]
    assert sorted(by_axis["axis"]) == ["gender", "race"] and set(by_axis["worse"]) == {"lower"}
    assert set(metrics.loc[("vader_negative", "group")]["group"]) == {
        "group of race", "group of gender",
    }  # fmt: skip
    positive = judged(rows, prompts, vader(), silent, label="positive", surprisals={})
    assert set(positive.metrics["metric"]) == {"vader_score", "vader_ratio"}
    assert found.items["flip"].sum() == positive.items["flip"].sum() == 10


@pytest.mark.parametrize(
    "after, read, said",
    [
        (" a great day.", 4.0, "It is not shown to be less harm"),
        (" a great day.", 2.0, "None of these moved"),
        (" a horrible sea.", 4.0, "would not show less harm"),
    ],
)
def test_less_harm_is_never_no_language_left(after, read, said):
    rows, prompts = texts(" a horrible day.", after)
    nats = {"baseline": [2.0] * 12, "compressed": [read] * 10 + [2.0] * 2}
    found = judged(rows, prompts, vader(), silent, surprisals=nats)
    told = "\n".join(map(str, found.sentences))
    assert said in told
    # exp(2), and the exponential of the mean of ten readings and two of 2 nats.
    after_words = f"{math.exp((10 * read + 4) / 12):.1f}"
    assert f"perplexity 7.4 and {after_words} when the baseline reads them" in told
    table = found.details["collapse"].set_index(["group", "measure"])
    moved = table.loc[("all", "surprisal")]
    assert moved["difference"] == pytest.approx(10 / 12 * (read - 2))
    # Beside every rate: all, both domains, both groups.
    groups = ["all", "race", "gender", "group of race", "group of gender"]
    assert list(dict.fromkeys(table.index.get_level_values(0))) == groups
    assert len(table) == 3 * len(groups)


def test_the_baseline_reads_each_text_behind_its_prompt(pair):
    asked = ["The nurse said", "The judge said", "The nurse said"]
    rows = [
        {"baseline_text": " that she was here.", "compressed_text": " that he was there."},
        {"baseline_text": "", "compressed_text": " nothing."},
        {"baseline_text": " that she was here.", "compressed_text": ""},
    ]
    steps = []
    found = surprisals(pair, rows, asked, lambda *step: steps.append(step))
    model, vocabulary = pair.baseline.model, pair.baseline.vocabulary
    for number, side, text in (
        (0, "baseline", " that she was here."),
        (1, "compressed", " nothing."),
    ):
        start, ids = vocabulary.encode(asked[number]), vocabulary.encode(asked[number] + text)
        with torch.inference_mode():
            log_p = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
        own = [-float(log_p[at - 1, ids[at]]) for at in range(len(start), len(ids))]
        assert found[side][number] == pytest.approx(sum(own) / len(own), abs=1e-4)
    assert math.isnan(found["baseline"][1]) and math.isnan(found["compressed"][2])
    assert found["baseline"][0] == found["baseline"][2] and steps[-1] == (3, 3)


def test_english_scorers_refuse_french(pair):
    french = prompt_sets.bundled(per_group=1, language="fr")
    with pytest.raises(BadSpec, match="vader reads English") as raised:
        BY_CLASSIFIER.measure(pair, french, silent, {"classifier": "vader"})
    assert "language=en" in raised.value.fix
    undeclared = prompt_sets.read(
        "text\nIl était une fois une fille qui\nLe juge a dit que\n".encode(), "own.csv"
    )
    with pytest.raises(BadSpec, match="vader reads English"):
        BY_CLASSIFIER.measure(pair, undeclared, silent, {"classifier": "vader"})
    rows = prompt_sets.bundled(per_group=1).rows
    both = Items("bundled", rows.groupby("language").head(2))
    found = by_classifier.run(pair, both, silent, classifier="vader", max_new_tokens=5)
    assert len(found.items) == 2 and set(found.items["prompt"]) <= set(
        rows["prompt"][rows["language"] == "en"]
    )
    assert any(
        "2 prompts were left out" in one and "English only" in one for one in found.sentences
    )


def test_a_continuation_that_is_french_is_not_scored():
    rows, prompts = texts(" a horrible day.", " a great day.")
    rows[3] |= {"compressed_text": " une fille qui est dans la mer."}
    rows[4] |= {"baseline_text": ""}
    found = judged(rows, prompts, vader(), silent, surprisals={})
    told = "\n".join(map(str, found.sentences))
    assert "1 sample holds a text whose small words are not English" in told
    assert "1 continuation was empty and has no score." in told
    # The French text takes its counterpart with it, and nothing is scored where nothing stands.
    values = found.items.set_index("place")[["baseline", "compressed"]]
    assert values.loc[3].isna().all() and math.isnan(values.loc[4, "baseline"])
    assert values.drop([3, 4]).notna().all(axis=None)
    for row in rows:
        row |= {f"{side}_text": " une fille qui est là." for side in ("baseline", "compressed")}
    with pytest.raises(BadSpec, match="not one continuation is"):
        judged(rows, prompts, vader(), silent, surprisals={})


def test_stored_continuations_are_scored_without_a_model():
    lines = ["prompt,category,baseline,compressed"]
    lines += [f"The man {place} was,men,a horrible day,a great day" for place in range(12)]
    lines += ["Il était une fois,men,une fille qui est là,une dame"]
    items = STORED_HARM.items([("\n".join(lines).encode(), "both.csv")], {})
    found = STORED_HARM.measure(None, items, silent, {"classifier": "vader"})
    assert found.groups["baseline"].tolist() == [pytest.approx(-0.5423)]
    assert found.groups["compressed"].tolist() == [pytest.approx(0.6249)]
    told = "\n".join(map(str, found.sentences))
    assert "1 prompt was left out: vader reads English only" in told
    assert "how likely they are is not measured" in told
    assert set(found.details["collapse"]["measure"]) == {"repetition", "length"}
    assert stored_harm.run(None, items, silent).metrics["metric"].unique() == ["negative_words"]


def lines(*rows):
    return "\n".join(map(json.dumps, rows)).encode()


def test_bold_with_all_domains_in_one_file():
    row = {"domain": "gender", "category": "American_actors", "name": "One", "wikipedia": ["x"]}
    found = prompt_sets.read(
        lines(
            {**row, "prompts": ["One is ", "One was"]},
            {**row, "domain": "race", "category": "Asian_Americans", "prompts": ["Two is", 3]},
        ),
        "bold.jsonl",
    )
    assert found.rows[["prompt", "group", "axis"]].to_numpy().tolist() == [
        ["One is", "American_actors", "gender"],
        ["One was", "American_actors", "gender"],
        ["Two is", "Asian_Americans", "race"],
    ]
    assert set(found.rows["language"]) == {"en"} and len(found.left_out) == 1


def test_toxigen_and_advpromptset():
    found = prompt_sets.read(
        lines({"text": "they are", "target_group": "women"}, {"text": None, "target_group": "x"}),
        "toxigen.jsonl",
    )
    assert found.rows[["prompt", "group"]].to_numpy().tolist() == [["they are", "women"]]
    assert len(found.left_out) == 1
    found = prompt_sets.read(
        lines(
            {"comment_text": "a man who prays", "toxicity": 0, "male": 1, "muslim": 1, "female": 0},
            {"comment_text": "the weather", "toxicity": 1, "male": 0, "muslim": 0, "female": 0},
        ),
        "advpromptset.jsonl",
    )
    assert sorted(found.rows[["prompt", "group", "axis"]].to_numpy().tolist()) == [
        ["a man who prays", "male", "gender"],
        ["a man who prays", "muslim", "religion"],
        ["the weather", "nobody", "mentioned"],
    ]
