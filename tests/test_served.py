"""Models behind servers: what they list holds the exact number at every token."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from in_commands import fairviz
from in_server import Fake

import fairviz as api
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.served.request import NUMBERS
from fairviz.analyses.store import Store
from fairviz.core.errors import FairvizError
from fairviz.inference.pair_scoring import encode, traces

TEXT = "Notre infirmière a dit qu'elle reviendrait demain, et le roi est mort."
PROMPT = "Il était une fois"
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def pair(served_pair):
    return served_pair


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    """A cache of its own."""
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))


def exact(pair, ids):
    """The numbers of a text of the two models as they are, at every token."""
    ((_place, trace),) = traces(pair, [ids])
    return {
        "log_prob_baseline": trace.baseline.log_prob,
        "log_prob_compressed": trace.compressed.log_prob,
        "entropy_baseline": trace.baseline.entropy,
        "entropy_compressed": trace.compressed.entropy,
        "entropy_shift": trace.compressed.entropy - trace.baseline.entropy,
        "kl": trace.kl,
        "js": trace.js,
    }, trace


def held(text, truth, where=slice(None)):
    """That every number lies between its ends at all of these tokens.

    Two readings of one model in float32 differ by some 1e-6 nats.
    """
    for name, value in truth.items():
        low, high = (end[where] for end in text.ends(name))
        value = value[where]
        assert (low <= value + 1e-5).all(), (name, (low - value).max())
        assert (value <= high + 1e-5).all(), (name, (value - high).max())


SIDES = {
    "server compressed": ("demo", "{url}#q"),
    "server baseline": ("{url}#b", "demo+nf4"),
    "both": ("{url}#b", "{url}#q"),
}


@pytest.mark.parametrize("which", SIDES)
@pytest.mark.parametrize("k", [1, 5, 40])
def test_the_bounds_hold_the_exact_number_at_every_token(pair, start, which, k):
    _fake, url = start(names="bq")
    found = api.score(*(name.format(url=url) for name in SIDES[which]), TEXT, top_k_logprobs=k)
    (text,) = found.value.texts
    truth, trace = exact(pair, encode(pair, TEXT))
    held(text, truth)
    np.testing.assert_array_equal(text.tokens["same_top"], trace.same_top)
    for side in ("baseline", "compressed"):  # what stands there is always listed
        np.testing.assert_allclose(
            text.exact(f"log_prob_{side}"), truth[f"log_prob_{side}"], atol=1e-5
        )
    endless = np.isinf(text.ends("kl")[1]).all()
    assert endless == (which != "server baseline")
    assert "".join(text.tokens["token"]) == "".join(trace.tokens)


def test_more_words_narrow_what_is_open(start):
    _fake, url = start()
    width = []
    for k in (1, 5, 20, 80):
        (text,) = api.score("demo", f"{url}#q", TEXT, top_k_logprobs=k).value.texts
        low, high = text.ends("js")
        width.append((high - low).mean())
    assert width == sorted(width, reverse=True)
    assert width[-1] < width[0] / 3


# llama.cpp reads a text in other pieces.
@pytest.mark.parametrize(("software", "far"), [("echo", 0), ("sglang", 0), ("llamacpp", 1e-4)])
def test_every_form_of_answer_gives_the_same(start, software, far):
    _fake, url = start(software)
    _vllm, other = start("vllm")
    one, two = (api.score("demo", f"{at}#q", TEXT).value.texts[0] for at in (url, other))
    for name in NUMBERS:
        for left, right in zip(one.ends(name), two.ends(name), strict=True):
            np.testing.assert_allclose(left, right, atol=1e-9 + far)


@pytest.mark.parametrize("software", ["vllm", "sglang", "llamacpp"])
def test_both_texts_are_read_by_both_where_the_server_reads(pair, start, software):
    _fake, url = start(software)
    found = api.compare("demo", f"{url}#q", PROMPT, max_new_tokens=10)
    before = encode(pair, PROMPT)
    assert [text.side for text in found.value.texts] == ["baseline", "compressed"]
    for text in found.value.texts:
        truth, _trace = exact(pair, [*before, *text.tokens["id"]])
        held(text, {name: value[len(before) - 1 :] for name, value in truth.items()})
        assert text.before == PROMPT


def test_parts_of_characters_of_which_llama_cpp_tells_nothing_are_found(pair, start):
    fake, url = start("llamacpp")
    asked = dict(max_new_tokens=8, store=False)
    whole = api.compare("demo", f"{url}#q", PROMPT, **asked).value.texts
    fake.parts = set(whole[1].tokens["id"][::2])
    parted = api.compare("demo", f"{url}#q", PROMPT, **asked).value.texts
    for one, other in zip(parted, whole, strict=True):
        assert one.tokens["id"].tolist() == other.tokens["id"].tolist()
        for name in NUMBERS:
            np.testing.assert_allclose(one.ends(name), other.ends(name), atol=1e-4)
    with pytest.raises(FairvizError, match="parts of a character"):
        api.compare("demo", f"{url}#q", PROMPT, temperature=1.0, seed=1, **asked)
    (read,) = api.score("demo", f"{url}#q", TEXT, store=False).value.texts
    held(read, exact(pair, encode(pair, TEXT))[0])


@pytest.mark.parametrize("software", ["vllm", "llamacpp"])
def test_two_servers_write(pair, start, software):
    _one, url = start(software, "b")
    _two, other = start(software, "q")
    found = api.compare(f"{url}#b", f"{other}#q", PROMPT, max_new_tokens=6)
    before = encode(pair, PROMPT)
    for text in found.value.texts:
        truth, trace = exact(pair, [*before, *text.tokens["id"]])
        held(text, {name: value[len(before) - 1 :] for name, value in truth.items()})
        assert "".join(text.tokens["token"]) == "".join(trace.tokens[len(before) - 1 :])
    cards = [dict(card.rows) for card in found.present().identities]
    assert [card["Software, as it says"] for card in cards] == [software] * 2


def test_a_server_that_only_writes_is_compared_where_the_contexts_are_the_same(pair, start):
    """At this prompt the texts part; the server's own text is read by the model that is here."""
    fake, url = start("writes")
    apart = fake.models["q"] = pair.baseline  # so that the texts can be forced apart
    fake.write = lambda name, ids, n: [*Fake.write(fake, name, ids, 3), *far(pair, 5)]
    found = api.compare("demo", f"{url}#q", PROMPT, max_new_tokens=8)
    before = encode(pair, PROMPT)
    theirs, ours = found.value.texts[1], found.value.texts[0]
    both = replace(pair, compressed=apart)
    truth, _trace = exact(both, [*before, *theirs.tokens["id"]])
    held(theirs, {name: value[len(before) - 1 :] for name, value in truth.items()})
    truth, _trace = exact(both, [*before, *ours.tokens["id"]])
    truth = {name: value[len(before) - 1 :] for name, value in truth.items()}
    held(ours, truth, slice(0, 4))  # three the same, and the one where they part
    assert np.isnan(ours.ends("js")[0][4:]).all()
    assert not np.isnan(ours.exact("log_prob_baseline")).any()
    assert np.isnan(ours.exact("log_prob_compressed")[4:]).all()
    shown = found.present()
    assert "were read by both models on the same context" in " ".join(shown.allowed)
    assert "Behind the first token where the texts part" in " ".join(shown.not_allowed)


def far(pair, n):
    """Tokens that nobody would write there."""
    return encode(pair, " royaume")[-1:] * n


def test_what_a_bound_is_is_said_everywhere(start, tmp_path):
    _fake, url = start()
    shown = api.score("demo", f"{url}#q", TEXT, top_k_logprobs=3).present()
    assert "at least" in shown.finding.sentence
    assert "between" in shown.finding.sentence
    assert "no end above" in " ".join(shown.not_allowed)
    assert "not known to fairviz" in " ".join(shown.not_allowed)
    (picture,) = shown.figures
    assert {"between these ends", "at least this"} & {one.name for one in picture.figure.data}
    assert "band" in picture.alt
    assert {"KL, at least (nats)", "Jensen-Shannon, at most (nats)"} <= set(picture.table)
    rows = dict(shown.provenance) | dict(shown.identities[1].rows)
    assert url.removeprefix("openai:http://").removesuffix("/v1") in rows["Server"]
    file = tmp_path / "text.txt"
    file.write_text(TEXT)
    asked = ("score", "--baseline", "demo", "--compressed", f"{url}#q", "--text-file", file)
    done = fairviz(*asked, "--top-k-logprobs", 3, "--json", "-", cache=tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["k"] == 3
    assert document["texts"][0]["tokens"]["kl_high"] == [None] * len(
        document["texts"][0]["tokens"]["id"]
    )


def test_a_run_is_kept_and_found_without_asking_again(start):
    fake, url = start()
    first = api.score("demo", f"{url}#q", TEXT)
    asked = len(fake.seen)
    again = api.score("demo", f"{url}#q", TEXT)
    assert (again.key, len(fake.seen)) == (first.key, asked)
    assert api.score("demo", f"{url}#q", TEXT, top_k_logprobs=3).key != first.key
    kept = Store().load("served", first.key)
    assert kept.document() == first.value.document()
    (head,) = [one for one in Store().recent("served") if one.key == first.key]
    assert TEXT[:20] in ANALYSES["served"].label(head.request, {})


def test_a_damaged_run_is_none(start, tmp_path):
    import pandas as pd

    _fake, url = start()
    key = api.score("demo", f"{url}#q", TEXT).key
    path = Store().folder("served", key) / "text-0.parquet"
    whole = pd.read_parquet(path)
    for bad in (whole.drop(columns="js_low"), whole.assign(kl_low="x"), whole.assign(token=1)):
        bad.to_parquet(path, index=False)
        assert Store().load("served", key) is None
    whole.to_parquet(path, index=False)
    assert Store().load("served", key) is not None


def test_several_forms_stand_in_one_table(start):
    _fake, url = start(names="bq")
    found = api.score("demo", [f"{url}#b", f"{url}#q"], TEXT)
    frame = found.to_frame()
    assert (frame["mean_js_low"] <= frame["mean_js_high"]).all()
    assert frame["mean_js"].isna().all()
    (table,) = [one for one in found.present().tables if one.name == "forms"]
    assert "≥" in " ".join(map(str, table.frame.iloc[0]))
