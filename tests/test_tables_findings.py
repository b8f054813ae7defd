"""Statements about the study, derived again from the shipped figures by another way."""

import pandas as pd
import pytest

from fairviz import i18n as language
from fairviz.benchmarks import store
from fairviz.benchmarks.beyond_perplexity import texts
from fairviz.benchmarks.beyond_perplexity.findings import HOLDS, PARTLY
from fairviz.benchmarks.beyond_perplexity.statements import CHECKS, FINDINGS, statements
from fairviz.benchmarks.flags import BY_NAME
from fairviz.core.home import SHIPPED

ABSTRACT, RESULTS = "the paper's abstract", "the paper's results"
OURS = "fairviz's own, of the paper's figures"
BASES = ["llama2_7b", "llama2_13b", "tulu2_7b", "tulu2_13b"]
PRUNING = ["magnitude", "sparsegpt", "wanda", "gblm"]


@pytest.fixture(scope="module")
def rows():
    path = SHIPPED / "benchmarks" / "beyond_perplexity" / "canonical.parquet"
    frame = pd.read_parquet(path)
    words = frame.select_dtypes("category").columns
    frame = frame.astype(dict.fromkeys(words, "str"))
    doubted = {name for name, flag in BY_NAME.items() if flag.weight in ("bars", "caution")}
    sets = frame["flags"].str.split(",").map(set)
    return frame.assign(doubted=[bool(one & doubted) for one in sets])


@pytest.fixture(scope="module")
def sound(rows):
    """The numbers without a flag that could mislead."""
    return rows[~rows["doubted"]]


@pytest.fixture(scope="module")
def verdicts():
    table = store.table()
    return {finding.name: CHECKS[finding.name](table) for finding in FINDINGS}


def value(rows, base, method, ratio=None, structure=None, **what):
    """The values of one model in one cell; several where a line is there twice."""
    for column, word in {**what, "base_model": base, "method": method}.items():
        rows = rows[rows[column] == word]
    if ratio is not None:
        rows = rows[(rows["ratio"] == ratio) & (rows["structure"] == "unstructured")]
    return rows["value"].tolist()


ACC = {"benchmark": "bbq", "metric": "acc_disambiguated", "level": "aggregate"}
DOLMA = {"benchmark": "perplexity", "axis": "dolma", "level": "aggregate"}
TOXIC = {"metric": "toxigen_score", "level": "aggregate"}


def test_quantization_keeps_bbq_accuracy_best_in_no_order(rows, sound, verdicts):
    """The order that was told came from Tülu-2 7B, whose AWQ and GPTQ stand in two lines each."""
    for base in BASES:
        quantized = [v for m in ("int8", "gptq", "awq") for v in value(sound, base, m, **ACC)]
        pruned = [v for m in PRUNING for r in (0.5, 0.6) for v in value(sound, base, m, r, **ACC)]
        assert min(quantized) > max(pruned)
    whole = [base for base in BASES if base != "tulu2_7b"]
    means = {
        method: sum(value(sound, base, method, **ACC)[0] for base in whole) / 3
        for method in ("int8", "gptq", "awq")
    }
    assert {name: round(mean, 4) for name, mean in means.items()} == {
        "gptq": 0.7916, "int8": 0.7903, "awq": 0.7898,
    }  # fmt: skip
    found = verdicts["quantized_keep_accuracy"]
    assert found.verdict == PARTLY
    assert "LLM.int8() 0.7903, GPTQ 0.7916, AWQ 0.7898" in found.evidence
    # Read: three quantized and 32 pruned forms of four models; two of them with four doubted lines.
    assert (found.used, found.left_out) == (4 * 32 + 4 * 3 - 2, 4)
    left = rows[rows["doubted"] & (rows["metric"] == "acc_disambiguated") & (rows["axis"] == "")]
    assert left["method"].value_counts().to_dict() == {"awq": 2, "gptq": 2, "none": 1}


def test_magnitude_loses_the_most_accuracy(rows, verdicts):
    for base in BASES:
        for ratio in (0.5, 0.6):
            at = {method: value(rows, base, method, ratio, **ACC)[0] for method in PRUNING}
            assert min(at, key=at.get) == "magnitude"
    assert verdicts["magnitude_is_worst"].verdict == HOLDS


def test_changes_drift_apart_but_accuracies_do_not(rows, verdicts):
    acc = rows[(rows["metric"] == "acc_disambiguated") & (rows["level"] == "axis")]
    base = acc[acc["method"] == "int8"].set_index(["base_model", "axis"])["value"]
    pruned = acc[acc["structure"] == "unstructured"]
    pruned = pruned.assign(
        change=pruned["value"].to_numpy()
        - base.loc[list(zip(pruned["base_model"], pruned["axis"], strict=True))].to_numpy()
    )
    rising = {"change": 0, "value": 0}
    for column in rising:
        sd = pruned.pivot_table(
            index="ratio", columns=["base_model", "method"], values=column, aggfunc="std"
        )
        ranks = sd.rank()
        rising[column] = int((ranks.corrwith(pd.Series(sd.index, index=sd.index)) > 0).sum())
    assert rising == {"change": 16, "value": 5}
    # It is the effect of which the abstract speaks; that the accuracies do not is said beside it.
    assert verdicts["spread_grows"].verdict == HOLDS
    assert "16 of 16" in verdicts["spread_grows"].evidence
    assert "only 5" in verdicts["spread_grows"].evidence


def against(sound, references=("none",), **what):
    """Compressed forms of these cells, with the value of the first sound reference."""
    for column, word in what.items():
        sound = sound[sound[column] == word]
    keys = ["base_model", "axis"]
    before = pd.Series(dtype=float)
    for method in references:
        before = before.combine_first(
            sound[sound["method"] == method].set_index(keys)["value"].groupby(level=keys).last()
        )
    forms = sound[sound["method"] != "none"]
    at = pd.MultiIndex.from_frame(forms[keys])
    return forms.assign(before=before.reindex(at).to_numpy()).dropna(subset=["before"])


TEXTS = {
    "realtoxicityprompts": "RealToxicityPrompts",
    "toxigen": "ToxiGen",
    "advpromptset": "AdvPromptSet",
    "bold": "BOLD",
}


def test_toxicity_may_drop_and_mostly_does_not(rows, sound, verdicts):
    found = verdicts["toxicity_drops"]
    clearly_everywhere = 0
    for benchmark, title in TEXTS.items():
        forms = against(sound, benchmark=benchmark, **TOXIC)
        fell = forms["value"] < forms["before"]
        clearly = forms["value"] < 0.9 * forms["before"]
        assert len(forms) == 105 and fell.mean() < 0.5
        words = f"{title} {fell.sum()} of 105 ({clearly.sum()} by a tenth or more)"
        assert words in found.evidence
        clearly_everywhere += set(forms.loc[clearly, "base_model"]) == set(forms["base_model"])
    assert clearly_everywhere >= 2
    assert found.verdict == HOLDS
    # Every line of one model is doubted.
    of_texts = rows[rows["benchmark"].isin(TEXTS) & (rows["level"] == "aggregate")]
    of_texts = of_texts[of_texts["metric"] == "toxigen_score"]
    assert set(of_texts.loc[of_texts["doubted"], "base_model"]) == {"llama2_7b"}
    assert found.left_out == of_texts["doubted"].sum()
    assert found.used == len(of_texts) - found.left_out


def test_in_tuned_models_magnitude_raises_toxicity(rows):
    for base in ("tulu2_7b", "tulu2_13b"):
        for benchmark in ("realtoxicityprompts", "toxigen", "advpromptset"):
            before = value(rows, base, "none", benchmark=benchmark, **TOXIC)[0]
            assert value(rows, base, "magnitude", 0.6, benchmark=benchmark, **TOXIC)[0] > 2 * before


def test_little_toxicity_is_no_collapse_and_collapse_no_little_toxicity(rows, sound, verdicts):
    key = ["base_model", "method", "ratio", "structure"]

    def pairs(frame):
        toxic = against(frame, benchmark="toxigen", **TOXIC)
        worse = against(frame, **DOLMA).assign(factor=lambda part: part["value"] / part["before"])
        return toxic.merge(worse[[*key, "factor"]], on=key)

    both = pairs(sound)
    little, gone = both[both["value"] < texts.HARDLY_ANY], both[both["factor"] >= 2]
    assert (len(little), (little["factor"] < 2).sum()) == (51, 50)
    assert (len(gone), (gone["value"] > gone["before"]).sum()) == (9, 8)
    # With the doubted model too: what was said of one form is true of that form alone.
    everything = pairs(rows)
    few = everything[everything["value"] < texts.HARDLY_ANY]
    assert (len(few), (few["factor"] < 2).sum()) == (52, 50)
    found = verdicts["collapse"]
    assert found.verdict == HOLDS
    assert "51 compressed forms" in found.evidence and "50 of them" in found.evidence
    assert "9 have twice" in found.evidence and "8 of them write more" in found.evidence
    assert found.left_out == 36


BIAS = {"s_disambiguated": "bbq", "s_ambiguous": "bbq", "eta": "unqover"}


def of_bias(sound, name):
    """How much further from 0 a bias score is than before, per form and axis."""
    references = ("none", "int8") if BIAS[name] == "bbq" else ("none",)
    forms = against(sound, references, benchmark=BIAS[name], metric=name, level="axis")
    return forms.assign(moved=forms["value"].abs() - forms["before"].abs())


def test_the_bias_of_answers_can_grow_where_toxicity_falls(sound, verdicts):
    key = ["base_model", "method", "ratio", "structure"]
    toxic = against(sound, benchmark="toxigen", **TOXIC)
    fell = toxic[toxic["value"] < toxic["before"]].set_index(key).index
    counts = {}
    for name in BIAS:
        moved = of_bias(sound, name).groupby(key)["moved"].mean()
        both = moved[moved.index.isin(fell)]
        counts[name] = (int((both > 0).sum()), len(both))
    found = verdicts["harm_grows"]
    assert counts["s_disambiguated"] == (25, 32)
    for grew, of in counts.values():
        assert f": {grew} of {of}" in found.evidence
    assert sum(2 * grew > of for grew, of in counts.values()) == 1
    assert found.verdict == PARTLY


def test_quantization_moves_bias_less_than_pruning_by_half(sound, verdicts):
    found = verdicts["bias_preserved"]
    further = 0
    for name in BIAS:
        forms = of_bias(sound, name)
        # LLM.int8() is no form where it stands in for the baseline.
        forms = forms[(forms["method"] != "int8") | (forms["value"] != forms["before"])]
        quantized = forms.loc[forms["bits"].notna(), "moved"].abs().mean()
        half = forms["method"].isin(PRUNING) & (forms["ratio"] >= 0.5)
        pruned = forms.loc[half, "moved"].abs().mean()
        assert pruned > quantized
        assert f"{quantized:.3f} against {pruned:.3f}" in found.evidence
        further += pruned > 2 * quantized
    assert further == 2
    assert found.verdict == PARTLY


def test_regard_falls_to_nothing_while_accuracy_loses_two_fifths(rows, verdicts):
    what = {"benchmark": "holistic_bias", "metric": "regard", "level": "axis"}
    groups = value(rows, "llama2_13b", "magnitude", 0.6, **what)
    assert len(groups) == 12
    assert max(groups) < 0.016
    kept = value(rows, "llama2_13b", "magnitude", 0.6, **ACC)[0]
    # Said to halve: against LLM.int8() it keeps 0.486 / 0.806 = 60 %.
    assert kept / value(rows, "llama2_13b", "int8", **ACC)[0] == pytest.approx(0.603, abs=1e-3)
    assert verdicts["regard"].verdict == PARTLY


def test_the_dialect_ratio_and_the_gap_disagree(rows, verdicts):
    def tweets(base, method, ratio=None):
        aae, white = (
            value(rows, base, method, ratio, axis="dialect", group=group)[0]
            for group in ("aae_twitter", "white_twitter")
        )
        return aae / white, aae - white

    exploded = []
    for base in BASES:
        ratio, gap = tweets(base, "none")
        of_magnitude, of_gblm = (tweets(base, method, 0.6) for method in ("magnitude", "gblm"))
        assert of_magnitude[0] > ratio
        assert of_gblm[0] < ratio
        assert of_gblm[1] > gap
        exploded.append(of_magnitude[0] > 2 * ratio)
    # It explodes in the 7B models only.
    assert exploded == [True, False, True, False]
    assert verdicts["dialect"].verdict == PARTLY


def test_quantization_leaves_perplexity_nearly_alone(rows, verdicts):
    lost = [
        value(rows, base, method, **DOLMA)[0] / value(rows, base, "none", **DOLMA)[0] - 1
        for base in BASES
        for method in ("int8", "gptq", "awq")
    ]
    assert 0 < max(lost) < 0.043
    assert verdicts["perplexity"].verdict == HOLDS


def test_tuned_models_write_less_toxic_text(rows, verdicts):
    for benchmark, title in TEXTS.items():
        plain, tuned = (
            value(rows, f"{family}_13b", "none", benchmark=benchmark, **TOXIC)[0]
            for family in ("llama2", "tulu2")
        )
        assert f"{plain / tuned:.2g} on {title} (13B)" in verdicts["tuned"].evidence
        assert plain > 3 * tuned
    assert "7B" not in verdicts["tuned"].evidence
    assert (verdicts["tuned"].used, verdicts["tuned"].left_out) == (12, 4)
    assert verdicts["tuned"].verdict == HOLDS


def test_smaller_models_suffer_more(rows, verdicts):
    for family in ("llama2", "tulu2"):
        for method in PRUNING:
            grown = [
                value(rows, f"{family}_{size}", method, 0.6, **DOLMA)[0]
                / value(rows, f"{family}_{size}", "none", **DOLMA)[0]
                for size in ("7b", "13b")
            ]
            assert grown[0] > grown[1], (family, method)
    assert verdicts["size"].verdict == HOLDS


def test_every_statement_has_a_test_here_a_view_and_an_author():
    assert [(one.name, one.whose) for one in FINDINGS] == [
        ("toxicity_drops", ABSTRACT),
        ("harm_grows", ABSTRACT),
        ("spread_grows", ABSTRACT),
        ("bias_preserved", ABSTRACT),
        ("quantized_keep_accuracy", RESULTS),
        ("magnitude_is_worst", RESULTS),
        ("regard", RESULTS),
        ("dialect", RESULTS),
        ("collapse", OURS),
        ("perplexity", OURS),
        ("tuned", OURS),
        ("size", OURS),
    ]
    for finding in FINDINGS:
        assert finding.view["view"] in ("overview", "curves", "groups", "spread")


def test_no_statement_is_decided_from_one_number_or_a_doubted_one(rows, verdicts):
    """Numbers that are doubted change no verdict, whatever they are."""
    table = store.table()
    doubted = (
        table["flags"]
        .astype(str)
        .map(
            lambda flags: any(
                BY_NAME[name].weight in ("bars", "caution") for name in flags.split(",") if name
            )
        )
    )
    spoilt = table.assign(value=table["value"].where(~doubted, 1e6))
    for finding in FINDINGS:
        assert CHECKS[finding.name](spoilt) == verdicts[finding.name], finding.name
        assert verdicts[finding.name].used >= 12, finding.name


def test_what_is_told_names_the_author_and_what_was_left_out(verdicts):
    table = store.table()
    for one in statements(table):
        assert one.claim == f"{one.finding.claim} ({one.finding.whose})"
        assert f"Decided from {verdicts[one.finding.name].used:,} published numbers" in one.evidence
        left = verdicts[one.finding.name].left_out
        words = f"; {left:,} flagged" if left else ", none of them flagged."
        assert words in one.evidence
    assert {one.finding.name for one in statements(table, "perplexity", "language")} == {
        "perplexity", "size",
    }  # fmt: skip
    assert statements(table[table["source"] == "mine"]) == ()
    with language.speaking("fr"):
        for one in statements(table):
            assert one.finding.claim not in one.claim and one.finding.whose not in one.claim
            assert "published number" not in one.evidence
