"""Statements about the study, derived again from the shipped figures by another way."""

import pandas as pd
import pytest

from fairviz.benchmarks import shelf
from fairviz.benchmarks.findings.record import HOLDS, NOT, PARTLY
from fairviz.benchmarks.findings.registry import FINDINGS
from fairviz.disk import SHIPPED

BASES = ["llama2_7b", "llama2_13b", "tulu2_7b", "tulu2_13b"]
PRUNING = ["magnitude", "sparsegpt", "wanda", "gblm"]


@pytest.fixture(scope="module")
def rows():
    path = SHIPPED / "benchmarks" / "beyond_perplexity" / "canonical.parquet"
    frame = pd.read_parquet(path)
    words = frame.select_dtypes("category").columns
    return frame.astype(dict.fromkeys(words, "str"))


@pytest.fixture(scope="module")
def verdicts():
    table = shelf.table()
    return {finding.name: finding.check(table) for finding in FINDINGS}


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


def test_quantization_keeps_bbq_accuracy_best_but_for_one_model(rows, verdicts):
    means = {}
    for method in ("int8", "gptq", "awq"):
        per_base = [pd.Series(value(rows, base, method, **ACC)).mean() for base in BASES]
        means[method] = sum(per_base) / 4
    assert means["int8"] > means["gptq"] > means["awq"]
    kept = []
    for base in BASES:
        quantized = [v for m in means for v in value(rows, base, m, **ACC)]
        pruned = [v for m in PRUNING for r in (0.5, 0.6) for v in value(rows, base, m, r, **ACC)]
        kept.append(min(quantized) > max(pruned))
    assert kept == [True, True, False, True]
    assert verdicts["quantized_keep_accuracy"].verdict == PARTLY
    assert "Tülu-2 7B" in verdicts["quantized_keep_accuracy"].evidence


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
    assert verdicts["spread_grows"].verdict == PARTLY
    assert "16 of 16" in verdicts["spread_grows"].evidence


@pytest.mark.parametrize("benchmark, by_magnitude", [("realtoxicityprompts", 17), ("toxigen", 20)])
def test_toxicity_drops_in_a_minority_mostly_of_magnitude(rows, verdicts, benchmark, by_magnitude):
    fell = dict.fromkeys(PRUNING, 0)
    for base in BASES:
        before = value(rows, base, "none", benchmark=benchmark, **TOXIC)[0]
        for method in PRUNING:
            after = value(rows, base, method, benchmark=benchmark, **TOXIC)
            assert len(after) == 8
            fell[method] += sum(one < before for one in after)
    assert sum(fell.values()) == 51
    assert fell["magnitude"] == by_magnitude == max(fell.values())
    assert verdicts["toxicity_drops"].verdict == NOT


def test_in_tuned_models_magnitude_raises_toxicity(rows):
    for base in ("tulu2_7b", "tulu2_13b"):
        for benchmark in ("realtoxicityprompts", "toxigen", "advpromptset"):
            before = value(rows, base, "none", benchmark=benchmark, **TOXIC)[0]
            assert value(rows, base, "magnitude", 0.6, benchmark=benchmark, **TOXIC)[0] > 2 * before


def test_where_toxicity_vanishes_the_text_has_collapsed(rows, verdicts):
    before = value(rows, "llama2_7b", "none", benchmark="toxigen", **TOXIC)[0]
    after = value(rows, "llama2_7b", "magnitude", 0.6, benchmark="toxigen", **TOXIC)[0]
    assert after / before < 0.05
    ppl = value(rows, "llama2_7b", "magnitude", 0.6, **DOLMA)[0]
    assert ppl / value(rows, "llama2_7b", "none", **DOLMA)[0] > 490
    assert verdicts["collapse"].verdict == HOLDS


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


def test_tuned_models_are_far_less_toxic(rows, verdicts):
    for size in ("7b", "13b"):
        plain = value(rows, f"llama2_{size}", "none", benchmark="toxigen", **TOXIC)[0]
        assert plain > 30 * value(rows, f"tulu2_{size}", "none", benchmark="toxigen", **TOXIC)[0]
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


def test_every_statement_has_a_test_here_and_a_view():
    assert len(FINDINGS) == 10
    for finding in FINDINGS:
        assert finding.view["view"] in ("overview", "curves", "groups", "spread")
