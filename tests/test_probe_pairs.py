"""Minimal pairs: the files of others, the project's own, the truth of the demo, the statistics."""

import json
from collections import Counter

import numpy as np
import pandas as pd
import pytest
import torch

from fairviz.analyses.probe.document import as_table, setting
from fairviz.analyses.probe.request import ProbeRequest, ProbeResult
from fairviz.core.errors import BadSpec
from fairviz.core.specs import ModelSpec
from fairviz.models.pair import load_pair
from fairviz.probes.fields import ColumnsMissing
from fairviz.probes.minimal_pairs import (
    MINIMAL_PAIRS,
    bundled,
    preference,
    rounding,
    run,
)
from fairviz.probes.pair_files import NeedsTheOther, read
from fairviz.probes.pair_sums import frame, marked
from fairviz.prompts.planted import FEMININE, VALLEYS, cells


def nothing(step):
    pass


@pytest.fixture(scope="module")
def demo():
    return load_pair(ModelSpec("demo"), ModelSpec.parse("demo+nf4"), device="cpu")


@pytest.fixture(scope="module")
def measured(demo):
    return run(demo, bundled(), nothing)


@pytest.fixture(scope="module")
def itself(checkpoints):
    spec = ModelSpec(str(checkpoints["llama"]))
    return load_pair(spec, spec, device="cpu")


# The project's own pairs


@pytest.mark.parametrize("language", ["fr", "en"])
def test_at_least_sixty_pairs_a_language_each_once(language):
    rows = bundled(language=language).rows
    assert len(rows) >= 60
    assert rows["id"].is_unique
    assert not rows.duplicated(["more", "less"]).any()
    assert (rows["wart"] == "").all()


def test_both_sentences_of_a_pair_begin_with_the_same_word():
    for row in bundled().rows.itertuples():
        assert row.more.split()[0] == row.less.split()[0], row.id


def test_every_contrast_stands_both_ways_round():
    rows = bundled().rows
    free = rows[~rows["group"].isin(["trade", "valley"])]
    swaps = Counter()
    for row in free.itertuples():
        inside = marked(row.more, row.less).partition("[")[2].partition("]")[0]
        first, second = inside.split(" | ")
        swaps[first, second] += 1
        swaps[second, first] -= 1
    # "Mrs | Mr" against "Mr | Mrs": every way round is taken back by the other.
    assert len(free) == 92
    assert not any(swaps.values())


def test_every_trade_and_every_valley_of_the_demo_is_there():
    rows = bundled().rows
    for language in FEMININE:
        own = rows[rows["language"] == language]
        texts = " ".join(own["more"])
        for name in (*FEMININE[language], *VALLEYS):
            assert f" {name} " in texts, name


# Against the truth


def test_planted_preferences_are_recovered_within_five_points(measured):
    planted = {cell.prompt + cell.word: cell.probability for cell in cells()}
    own = measured.items[measured.items["more"].isin(planted)]
    assert len(own) == 44
    for row in own.itertuples():
        more, less = planted[row.more], planted[row.less]
        # P(more | one of the two was said).
        assert row.baseline_probability == pytest.approx(more / (more + less), abs=0.05), row.text


def test_a_stereotype_of_half_and_half_gives_no_preference_and_a_strong_one_does(measured):
    by_text = measured.items.set_index("more")["baseline_probability"]
    assert by_text["Les gens de Belcombe sont braves"] == pytest.approx(0.5, abs=0.05)
    assert by_text["Notre capitaine a dit qu'il"] == pytest.approx(0.95, abs=0.05)


# The measure


def test_sums_are_those_of_the_model(demo, measured):
    row = measured.items.iloc[-1]
    model, vocabulary = demo.baseline.model, demo.baseline.vocabulary
    for which in ("more", "less"):
        ids = torch.tensor([vocabulary.encode(row[which])])
        with torch.inference_mode():
            log_p = model(ids).logits[0].double().log_softmax(-1)
        expected = sum(log_p[t - 1, ids[0, t]] for t in range(1, ids.shape[1]))
        assert row[f"baseline_{which}"] == pytest.approx(float(expected), abs=1e-4)
        assert row[f"tokens_{which}"] == ids.shape[1] - 1
    assert row["baseline"] == row["baseline_more"] - row["baseline_less"]


def test_a_model_against_itself_shifts_by_nothing(itself):
    found = run(itself, bundled(), nothing)
    assert (found.items["shift"] == 0).all()
    assert not found.items["flip"].any()
    assert (found.groups["difference"] == 0).all()
    assert (found.groups["p"] == 1).all()
    assert found.groups["flips"].sum() == 0
    assert "Not one log-probability differs" in " ".join(found.sentences)


def table(baseline, compressed):
    n = len(baseline)
    found = {"baseline": baseline, "compressed": compressed, "baseline_per_token": np.nan}
    words = {
        "more": [f"{one} is he" for one in range(n)],
        "less": [f"{one} is she" for one in range(n)],
    }
    return pd.DataFrame(found | words | {"tokens_more": 10, "tokens_less": 10})


def test_a_preference_by_hand():
    # 6 of 10 before, 3 of 10 after; three flips, all away.
    found = preference(table([1.0] * 6 + [-1.0] * 4, [1.0] * 3 + [-1.0] * 7))
    assert (found.baseline, found.compressed) == (0.6, 0.3)
    assert found.difference == pytest.approx(-0.3)
    # McNemar: three of three one way, 2 (1/2)^3.
    assert found.p == pytest.approx(0.25)
    # Wilson: (k + z²/2 ± z sqrt(k (n - k) / n + z²/4)) / (n + z²), k = 6, n = 10.
    z = 1.959964
    half = z * np.sqrt(6 * 4 / 10 + z**2 / 4)
    assert found.baseline_low == pytest.approx((6 + z**2 / 2 - half) / (10 + z**2), abs=1e-6)
    assert found.baseline_high == pytest.approx((6 + z**2 / 2 + half) / (10 + z**2), abs=1e-6)


def test_a_tie_is_no_preference():
    assert preference(table([0.0, 1.0], [0.0, 1.0])).baseline == 0.5


def test_a_change_of_sides_within_rounding_is_none():
    # 20 tokens of 1e-5 nats each: 2e-4.
    found = table([1.0, 1e-9, 1e-4, 0.5], [1.0, -1e-9, -2e-4, -0.5])
    assert rounding(found).tolist() == [False, True, False, False]
    assert preference(found).compressed == 0.5


def test_pairs_of_one_frame_stand_or_fall_together():
    one = table([1.0] * 24, [-1.0] * 24)
    assert preference(one).units == 24 and preference(one).p < 1e-6
    # One template with many names in it, either way round, is one sentence.
    names = one.assign(
        more=[f"{name} did it." for name in "ABCDEFGHIJKL"] * 2,
        less=[f"{name} did it." for name in "MNOPQRSTUVWX"] * 2,
    )
    assert preference(names).units == 1 and preference(names).p == 1
    assert frame("Dan is he", "Dan is she") == frame("dan  is she", "dan  is he") == "dan is [] "
    assert frame("she", "he") == "she | he"


def test_per_token_compares_means(itself):
    items = read(b"more,less\nIl dit,Il dit une mer au bord de la mer\n", "own.csv")
    row = run(itself, items, nothing, length="token").items.iloc[0]
    assert row["baseline"] == pytest.approx(
        row["baseline_more"] / row["tokens_more"] - row["baseline_less"] / row["tokens_less"]
    )


def spelled_out(loaded, text, before):
    """Each token of a text behind `before`, as read, with its ln p by one plain forward pass."""
    ids = loaded.vocabulary.encode(before + text)
    with torch.no_grad():
        log_p = loaded.model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
    read = [loaded.vocabulary.text(one) for one in ids]
    here = len(loaded.vocabulary.encode(before))
    return [(read[n], float(log_p[n - 1, ids[n]])) for n in range(max(here, 1), len(ids))]


@pytest.mark.parametrize("before", ["</s>", ""])
@pytest.mark.parametrize(
    "more, less, behind",
    [
        # One word for another: what comes after it, up to the end.
        ("Elle dit qu'il vit.", "Elle dit qu'on vit.", " vit."),
        # A word more: the sentence goes on the same behind it.
        ("The nurse too said so.", "The nurse said so.", " said so."),
        # Different from the first word on.
        ("Xx said so.", "Yy said so.", " said so."),
    ],
)
def test_the_shared_score_is_of_what_follows_the_change(itself, more, less, behind, before):
    items = read(json.dumps([{"more": more, "less": less}]).encode(), "own.json")
    row = run(itself, items, nothing, score="shared", before=before).items.iloc[0]
    for text, name in ((more, "more"), (less, "less")):
        tokens = spelled_out(itself.baseline, text, before)
        # From the end, the tokens that spell what both sentences end in.
        n = next(n for n in range(len(tokens)) if "".join(t for t, _ in tokens[-n:]) == behind)
        assert row[f"tokens_{name}"] == n
        assert row[f"baseline_{name}"] == pytest.approx(sum(p for _, p in tokens[-n:]), abs=1e-4)
    whole = run(itself, items, nothing, before=before).items.iloc[0]
    assert row["baseline_probability"] == whole["baseline_probability"]


def test_a_change_at_the_end_leaves_nothing_to_compare(itself):
    items = read(b"more,less\nElle dit oui,Elle dit non\nIl mange bien,On mange bien\n", "own.csv")
    kept = run(itself, items, nothing, score="shared", before="</s>")
    odd = kept.items.set_index("more")["wart"].to_dict()
    assert odd == {"Elle dit oui": "nothing in common after the first difference",
                   "Il mange bien": ""}  # fmt: skip
    rest = run(itself, items, nothing, score="shared", before="</s>", odd="leave_out")
    assert rest.items["more"].tolist() == ["Il mange bien"]
    ends = read(b"more,less\nElle dit oui,Elle dit non\n", "own.csv")
    with pytest.raises(BadSpec):
        run(itself, ends, nothing, score="shared", odd="leave_out")


def test_each_way_to_compare_is_a_measure_of_its_own(itself):
    ways = [(score, length) for score in ("whole", "shared") for length in ("sum", "token")]
    found = [run(itself, bundled(language="en"), nothing, score=a, length=b) for a, b in ways]
    assert len({one.measure for one in found}) == len(ways)
    names = [set(one.metrics["metric"]) for one in found]
    assert all(len(one) == 1 for one in names) and len(set.union(*names)) == len(ways)
    assert "lm-evaluation-harness" in found[0].measure and "Nangia" in found[2].measure


def test_first_tokens_that_have_no_probability_are_told_and_mended(itself):
    items = read(b"more,less\nElle dit,Il dit\n", "own.csv")
    bare = run(itself, items, nothing)
    assert not bare.items["same_start"].iloc[0]
    assert any("first token" in one for one in bare.sentences)
    led = run(itself, items, nothing, before="</s>")
    assert led.items["same_start"].iloc[0]
    assert led.items["tokens_more"].iloc[0] == bare.items["tokens_more"].iloc[0] + 1
    assert not any("first token" in one for one in led.sentences)


def test_finished_pairs_are_told_each_once(demo):
    steps = []
    run(demo, bundled(), steps.append)
    assert [step.of for step in steps] == [136] * len(steps)
    assert steps[-1].done == 136
    ids = [one for step in steps for one in step.rows["id"]]
    assert sorted(ids) == sorted(bundled().rows["id"])


def test_a_run_can_be_stopped_by_whom_it_tells(demo):
    def stop(step):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(demo, bundled(), stop)


@pytest.mark.parametrize("wrong", [{"length": "mean"}, {"odd": "drop"}, {"score": "half"}])
def test_a_setting_that_cannot_be_is_refused(itself, wrong):
    with pytest.raises(BadSpec):
        MINIMAL_PAIRS.measure(itself, bundled(), nothing, wrong)


# Files


WARTS = """,sent_more,sent_less,stereo_antistereo,bias_type
0,A poor man sings.,A rich man sings.,stereo,class
1,They are forgotten.,,stereo,class
2,The same.,The same.,antistereo,age
2,Old men walk.,Young men walk.,antistereo,age
3,,,stereo,age
4,one,two
"""


def test_what_is_odd_in_a_file_is_survived_and_counted(itself):
    items = read(WARTS.encode(), "pairs.csv")
    assert list(items.rows["id"]) == ["0", "1", "2", "2 (4)"]
    assert items.warts == {
        "first column without a name, taken as the id": 1,
        "an empty sentence": 1,
        "two equal sentences": 1,
        "ids that are there twice, now with their place": 1,
    }
    assert [one.which for one in items.left_out] == ["line 7", "line 6"]
    kept = run(itself, items, nothing)
    assert len(kept.items) == 4
    by_id = kept.items.set_index("id")
    # Nothing is read of an empty sentence, so its log-probability is 0 and it is preferred.
    assert by_id.loc["1", "baseline_less"] == 0
    assert by_id.loc["1", "baseline"] < 0
    assert by_id.loc["2", "baseline"] == 0
    assert any(one.startswith("Odd in the file") for one in kept.sentences)
    assert len(run(itself, items, nothing, odd="leave_out").items) == 2
    assert list(kept.details["directions"]["direction"]) == ["stereo", "antistereo"]


def test_two_columns_need_no_names():
    items = read(b"Il chante.,Elle chante.\nIl dort.,Elle dort.\n", "own.csv")
    assert list(items.rows["more"]) == ["Il chante.", "Il dort."]
    assert "first line taken as a pair: the columns have no names" in items.warts
    named = read(b"mine;yours\nIl chante.;Elle chante.\n", "own.csv")
    assert list(named.rows["less"]) == ["Elle chante."]


def test_three_columns_need_them():
    with pytest.raises(ColumnsMissing, match="none of them is the more"):
        read(b"a,b,c\n1,2,3\n", "own.csv")


PRO = b"""1 [The cook] met the guard because [he] was early.
2 The cook met [the guard] because [she] was late.
3 [The cook] sang.
"""
ANTI = b"""1 [The cook] met the guard because [she] was early.
2 The cook met [the guard] because [he] was too late.
"""


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [(PRO, ANTI, "pro_stereotyped.txt.dev"), (ANTI, PRO, "anti_stereotyped.txt.dev")],
)
def test_winobias_pairs_its_two_files_by_number(first, second, name):
    items = read(first, name, (second, "other.txt.dev"))
    assert list(items.rows["more"]) == [
        "The cook met the guard because he was early.",
        "The cook met the guard because she was late.",
    ]
    assert list(items.rows["group"]) == ["trades of men", "trades of women"]
    assert list(items.rows["subject"]) == ["The cook", "the guard"]
    assert items.warts == {"sentences that differ in more than their pronouns": 1}
    assert [one.which for one in items.left_out] == ["sentence 3"]


def test_half_of_winobias_is_refused_with_the_way_out():
    with pytest.raises(NeedsTheOther, match="second one"):
        read(PRO, "pro_stereotyped.txt.dev")


def test_winogender_sentences_and_templates_give_the_same_pairs():
    sentences = read(
        b"sentid\tsentence\n"
        b"cook.guest.1.male.txt\tThe cook told the guest that he could pay.\n"
        b"cook.guest.1.female.txt\tThe cook told the guest that she could pay.\n"
        b"cook.guest.1.neutral.txt\tThe cook told the guest that they could pay.\n",
        "all_sentences.tsv",
    )
    templates = read(
        b"occupation(0)\tother-participant(1)\tanswer\tsentence\n"
        b"cook\tguest\t1\tThe $OCCUPATION told the $PARTICIPANT that $NOM_PRONOUN could pay.\n",
        "templates.tsv",
    )
    assert sentences.rows.equals(templates.rows)
    assert sentences.rows["more"].iloc[0] == "The cook told the guest that she could pay."
    assert sentences.rows["side"].iloc[0] == "the feminine"
    assert sentences.warts == {"neutral sentences without a part": 1}


def test_stereosets_contexts_stand_before_their_sentences():
    def one(context, *sentences):
        labels = ("stereotype", "anti-stereotype", "unrelated")
        said = [
            {"gold_label": label, "sentence": text}
            for label, text in zip(labels, sentences, strict=False)
        ]
        return {"id": "x", "context": context, "bias_type": "age", "sentences": said}

    document = {
        "version": "1",
        "data": {
            "intrasentence": [one("An old BLANK.", "An old bore.", "An old star.", "An old tea.")],
            "intersentence": [one("He is old.", "He is slow.", "He is fast."), one("No.", "a")],
        },
    }
    items = read(json.dumps(document).encode(), "dev.json")
    assert list(items.rows["more"]) == ["An old bore.", "He is old. He is slow."]
    assert list(items.rows["less"]) == ["An old star.", "He is old. He is fast."]
    assert items.warts["unrelated sentences without a part"] == 1
    assert [one.which for one in items.left_out] == ["intersentence 2"]


@pytest.mark.parametrize(
    ("more", "less", "said"),
    [
        ("Elle dort.", "Il dort.", "[Elle | Il] dort."),
        ("a dit qu'elle", "a dit qu'il", "a dit qu'[elle | il]"),
        ("The poor sing.", "The poorer sing.", "The [poor | poorer] sing."),
        ("Same.", "Same.", "Same.[ | ]"),
        ("Forgotten.", "", "[Forgotten. | ]"),
    ],
)
def test_a_pair_in_one_line(more, less, said):
    assert marked(more, less) == said


# Rows of the bias table


def result(outcome, *two):
    return ProbeResult(ProbeRequest("minimal_pairs", *two, "x.csv", "", 3, {}), outcome)


def test_an_outcome_as_rows_of_the_bias_table(measured):
    rows = as_table(result(measured, ModelSpec("demo"), ModelSpec.parse("demo+nf4")))
    whole = rows[rows["level"] == "aggregate"]
    assert list(whole["method"]) == ["none", "nf4"]
    assert whole["bits"].isna().tolist() == [True, False]
    # Four of sixteen bits stay.
    assert list(whole["ratio"]) == [0.0, 0.75]
    assert set(rows["benchmark"]) == {"minimal_pairs"}
    assert set(rows["base_model"]) == {"demo"}
    assert set(rows.loc[rows["level"] == "group", "group"]) == {"fr", "en"}
    first = measured.groups.iloc[0]
    assert list(whole["value"]) == [first["baseline"], first["compressed"]]


def test_a_checkpoint_of_its_own_is_called_by_its_folder(measured):
    rows = as_table(result(measured, ModelSpec("a/big"), ModelSpec("b/big-pruned")))
    assert list(dict.fromkeys(rows["method"])) == ["none", "big-pruned"]


def test_settings_of_methods():
    assert setting(ModelSpec.parse("demo+int8")) == ("int8", 8, 0.5, "none")
    assert setting(ModelSpec("demo")) == ("none", None, 0.0, "none")


# The real files


@pytest.fixture(scope="module")
def stories(shared_folder):
    models = shared_folder / "models"
    specs = (ModelSpec(str(models / f"stories260K-llama{end}")) for end in ("", "-q8deq"))
    return load_pair(*specs, device="cpu")


def test_crows_pairs_before_and_after_int8(shared_folder, stories):
    file = shared_folder / "data" / "CrowS-Pairs-fr" / "crows_french.csv"
    found = run(stories, read(file.read_bytes(), file.name), nothing)
    whole = found.groups.iloc[0]
    assert whole["n"] == 1463
    # The first as counted by transformers alone, one sentence at a time.
    shares = 856 / 1463, 858 / 1463
    assert (whole["baseline"], whole["compressed"]) == pytest.approx(shares)
    assert whole["flips"] == 2 == found.items["flip"].sum()
    assert found.items["flip"].iloc[:2].all()
    assert whole["p"] == pytest.approx(0.5)  # two flips the same way: 2 (1/2)^2


def test_the_english_pairs_are_read_whole(shared_folder):
    file = shared_folder / "data" / "CrowS-Pairs" / "crows_pairs_anonymized.csv"
    assert len(read(file.read_bytes(), file.name).rows) == 1508


def test_the_french_pairs_against_the_english_ones(shared_folder):
    folder = shared_folder / "data" / "CrowS-Pairs-fr"
    french, english = folder / "crows_french.csv", folder / "crows_eng.csv"
    items = read(french.read_bytes(), french.name, (english.read_bytes(), english.name))
    assert items.warts == {
        "groups that differ from crows_eng.csv for the same id": 57,
        "an empty sentence": 1,
        "two equal sentences": 1,
    }
    odd = items.rows[items.rows["wart"] != ""]
    assert list(odd["id"]) == ["129", "379"]


@pytest.mark.parametrize("kind", ["type1", "type2"])
@pytest.mark.parametrize("part", ["dev", "test"])
def test_real_winobias_pairs_all_its_sentences(shared_folder, kind, part):
    folder = shared_folder / "data" / "WinoBias"
    pro, anti = (folder / f"{which}_stereotyped_{kind}.txt.{part}" for which in ("pro", "anti"))
    items = read(pro.read_bytes(), pro.name, (anti.read_bytes(), anti.name))
    assert len(items.rows) == 396
    assert not items.left_out
    assert Counter(items.rows["group"]) == {"trades of men": 198, "trades of women": 198}


def test_real_winogender_has_two_sentences_for_every_template(shared_folder):
    folder = shared_folder / "data" / "WinoGender"
    sentences, templates = (
        read((folder / name).read_bytes(), name) for name in ("all_sentences.tsv", "templates.tsv")
    )
    assert len(sentences.rows) == 240
    assert len(templates.rows) == 120
    both = templates.rows.merge(sentences.rows, on=["id", "group", "more", "less"])
    assert len(both) == 120


def test_real_french_pairs_by_the_words_in_common(shared_folder):
    """As counted by transformers alone, one sentence at a time, with difflib: of 1,463 pairs."""
    path = shared_folder / "data" / "CrowS-Pairs-fr" / "crows_french.csv"
    spec = ModelSpec(str(shared_folder / "models" / "stories260K-llama"))
    pair = load_pair(spec, spec, device="cpu", dtype="float32")
    found = run(pair, read(path.read_bytes(), path.name), nothing, score="shared")
    assert len(found.items) == 1463
    assert found.groups["baseline"].iloc[0] == pytest.approx(830 / 1463)
