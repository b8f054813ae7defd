"""Models behind servers: what they list holds the exact number at every token, or is refused."""

import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from in_commands import fairviz
from in_server import Fake, Refused, serving, slowly

import fairviz as api
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.served.request import NUMBERS
from fairviz.analyses.store import Store
from fairviz.core.errors import BadSpec, FairvizError, PromptTooLong
from fairviz.core.specs import ModelSpec
from fairviz.inference.pair_scoring import encode, traces
from fairviz.models import served
from fairviz.models.pair import load_pair
from fairviz.models.served import address_of

TEXT = "Notre infirmière a dit qu'elle reviendrait demain, et le roi est mort."
PROMPT = "Il était une fois"
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRVIZ_CACHE", str(tmp_path_factory.mktemp("made")))
        yield load_pair(ModelSpec("demo"), ModelSpec.parse("demo+nf4"), device="cpu")


@pytest.fixture(autouse=True)
def quick(tmp_path, monkeypatch):
    """A cache of its own, nobody's key, and no waiting for busy servers."""
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))
    monkeypatch.delenv(served.KEY, raising=False)
    monkeypatch.setattr(served, "_WAITS", (0.0, 0.0))


@pytest.fixture
def start(pair):
    """Starts a server of both models, `b` the baseline and `q` the compressed one."""
    with ExitStack() as stack:

        def started(software="vllm", names="q", **how):
            models = {n: pair.baseline if n == "b" else pair.compressed for n in names}
            fake = Fake(models, software, **how)
            return fake, f"openai:{stack.enter_context(serving(fake))}"

        yield started


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


@pytest.mark.parametrize("software", ["echo", "sglang"])
def test_every_form_of_answer_gives_the_same(start, software):
    _fake, url = start(software)
    _vllm, other = start("vllm")
    one, two = (api.score("demo", f"{at}#q", TEXT).value.texts[0] for at in (url, other))
    for name in NUMBERS:
        for left, right in zip(one.ends(name), two.ends(name), strict=True):
            np.testing.assert_allclose(left, right, atol=1e-9)


@pytest.mark.parametrize("software", ["vllm", "sglang"])
def test_both_texts_are_read_by_both_where_the_server_reads(pair, start, software):
    _fake, url = start(software)
    found = api.compare("demo", f"{url}#q", PROMPT, max_new_tokens=10)
    before = encode(pair, PROMPT)
    assert [text.side for text in found.value.texts] == ["baseline", "compressed"]
    for text in found.value.texts:
        truth, _trace = exact(pair, [*before, *text.tokens["id"]])
        held(text, {name: value[len(before) - 1 :] for name, value in truth.items()})
        assert text.before == PROMPT


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
    fake, url = start("llamacpp")
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


def test_several_forms_stand_in_one_table(start):
    _fake, url = start(names="bq")
    found = api.score("demo", [f"{url}#b", f"{url}#q"], TEXT)
    assert len(found.to_frame()) == 2
    (table,) = [one for one in found.present().tables if one.name == "forms"]
    assert "≥" in " ".join(map(str, table.frame.iloc[0]))


# What is refused, with the way out.

REFUSED = {
    "llamacpp": (dict(software="llamacpp"), "none of a text that it is given"),
    "texts": (dict(software="texts"), "by the ids of tokens"),
    "few": (dict(most=3), "at most 3 log-probabilities"),
    "short": (dict(context=5), "takes 5"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_server_cannot_give_is_refused_with_the_reason(start, name):
    how, reason = REFUSED[name]
    _fake, url = start(**how)
    with pytest.raises(FairvizError, match=reason) as caught:
        api.score("demo", f"{url}#q", TEXT)
    assert caught.value.fix


def replies(status, document, **headers):
    def trouble(handler):
        handler.reply(status, document, **headers)
        return True

    return trouble


def only(path, answer):
    """Trouble at one path."""

    def trouble(handler):
        return handler.path == path and answer(handler)

    return trouble


TROUBLES = {
    "html": (replies(200, b"<html>hello"), "something that is not"),
    "no list": (replies(200, {"data": 3}), "no list of models"),
    "busy": (replies(503, {"error": "no room"}), "503: no room"),
    "key": (replies(401, {"detail": "no key"}), "401: no key"),
    "elsewhere": (replies(302, b"", location="http://169.254.169.254/"), "no other place"),
    "other form": (
        only("/v1/completions", replies(200, {"choices": [{"prompt_logprobs": [None, 3]}]})),
        "no log-probabilities of a text",
    ),
    "too many": (
        only(
            "/v1/completions",
            replies(200, {"choices": [{"prompt_logprobs": [None, {"1": {"logprob": -1.0}}]}]}),
        ),
        "answered for 1 token",
    ),
    "NaN": (
        only(
            "/v1/completions",
            replies(200, b'{"choices": [{"prompt_logprobs": [null, {"1": {"logprob": NaN}}]}]}'),
        ),
        "no log-probabilities",
    ),
    "no such field": (
        only("/v1/completions", replies(422, {"detail": "Unexpected fields: prompt_logprobs"})),
        "422: Unexpected fields",  # of vLLM it is told as it is
    ),
    "no completions": (
        only("/v1/completions", replies(404, {"detail": "Not Found"})),
        "no log-probabilities of a text",
    ),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_a_broken_server_is_told_as_advice(start, name):
    trouble, reason = TROUBLES[name]
    _fake, url = start(trouble=trouble)
    with pytest.raises(FairvizError, match=reason) as caught:
        api.score("demo", f"{url}#q", TEXT)
    assert caught.value.fix


def test_a_server_that_was_busy_is_asked_again(start):
    left = [503, 429]

    def trouble(handler):
        return bool(left) and (handler.reply(left.pop(), {"error": "busy"}) or True)

    _fake, url = start(trouble=trouble)
    assert len(api.score("demo", f"{url}#q", TEXT).value.texts) == 1


def test_other_tokens_are_refused_with_the_first_place(start):
    fake, url = start()
    fake.words = lambda name, ids, k, start: ((i + 1, {i + 1: -0.5}) for i in ids[start:])
    with pytest.raises(FairvizError, match="place 1 of the text"):
        api.score("demo", f"{url}#q", TEXT)


def test_two_servers_that_split_otherwise_are_refused(start):
    one, url = start(names="b")
    two, other = start(names="q")
    split = two.answer
    two.answer = lambda path, asked: (
        {"tokens": [5, 6, 7]} if path == "/tokenize" else split(path, asked)
    )
    with pytest.raises(FairvizError, match="place"):
        api.score(f"{url}#b", f"{other}#q", TEXT)
    assert not any(path == "/v1/completions" for path, _h, _b in one.seen)


def test_probabilities_above_one_are_refused(start):
    fake, url = start()
    fake.words = lambda name, ids, k, start: ((i, {i: -0.1, i + 1: -0.1}) for i in ids[start:])
    with pytest.raises(FairvizError, match="of no distribution"):
        api.score("demo", f"{url}#q", TEXT)


def test_a_slow_server_ends_by_itself(start, monkeypatch):
    monkeypatch.setattr(served, "_READ", 0.05)
    _fake, url = start(trouble=slowly(0.5))
    with pytest.raises(FairvizError, match="does not answer"):
        api.score("demo", f"{url}#q", TEXT)


def test_an_answer_without_end_is_cut_off(start, monkeypatch):
    monkeypatch.setattr(served, "_LARGEST", 1000)
    _fake, url = start()
    with pytest.raises(FairvizError, match="larger than any"):
        api.score("demo", f"{url}#q", TEXT)


def test_nobody_there_and_unknown_models_are_told():
    with pytest.raises(FairvizError, match="does not answer"):
        api.score("demo", "openai:http://127.0.0.1:9/v1#q", TEXT)


def test_a_server_that_lists_nothing_is_asked_by_the_name(start):
    """As `transformers serve`, which knows neither these fields nor what it was started with."""
    fake, url = start()
    whole = fake.answer

    def answer(path, asked):
        if path == "/v1/models":
            return {"data": []}
        if "prompt_logprobs" in asked:
            raise Refused(422, {"detail": "Unexpected fields: prompt_logprobs"})
        return whole(path, asked)

    fake.answer = answer
    with pytest.raises(FairvizError, match="lists no models"):
        api.score("demo", url, TEXT)
    with pytest.raises(FairvizError, match="no log-probabilities of a text that it is given: Unex"):
        api.score("demo", f"{url}#q", TEXT)
    texts = api.compare("demo", f"{url}#q", PROMPT, max_new_tokens=4).value.texts
    assert not np.isnan(texts[1].ends("js")[0]).any()


def test_models_are_listed_where_the_name_is_none_of_them(start):
    _fake, url = start(names="bq")
    with pytest.raises(FairvizError, match="Name one of b, q"):
        api.score("demo", f"{url}#gpt", TEXT)
    with pytest.raises(FairvizError, match="several models"):
        api.score("demo", url, TEXT)


def test_a_key_comes_from_the_environment_and_stays_there(start, monkeypatch, tmp_path):
    monkeypatch.setenv(served.KEY, "geheim123")
    fake, url = start()
    found = api.score("demo", f"{url}#q", TEXT)
    assert all(h.get("authorization") == "Bearer geheim123" for _p, h, _b in fake.seen)
    assert "geheim123" not in json.dumps(found.value.document())
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"geheim123" in path.read_bytes() for path in kept)


def test_a_key_goes_nowhere_unencrypted(monkeypatch):
    monkeypatch.setenv(served.KEY, "geheim123")
    with pytest.raises(BadSpec, match="unencrypted"):
        api.score("demo", "openai:http://192.0.2.1/v1#q", TEXT)


@pytest.mark.parametrize(
    ("name", "url", "model"),
    [
        ("openai:http://a:8000/v1#org/m+x@y", "http://a:8000/v1", "org/m+x@y"),
        ("openai:https://a.b/v1/", "https://a.b/v1", ""),
        ("openai:http://[::1]:8/v1#m", "http://[::1]:8/v1", "m"),
    ],
)
def test_a_name_is_taken_whole(name, url, model):
    spec = ModelSpec.parse(name)
    assert str(spec) == name
    assert (spec.served, spec.revision, spec.compression.method) == (True, "", "none")
    assert address_of(spec.source) == (url, model)


@pytest.mark.parametrize(
    "name",
    [
        "openai:gpt-4",
        "openai:ftp://a/v1#m",
        "openai:http://",
        "openai:http://u:p@a/v1#m",
        "openai:http://a/v1?key=1#m",
        "openai:http://a:99999/v1",
    ],
)
def test_what_is_no_address_or_holds_a_secret_is_refused(name):
    with pytest.raises(BadSpec):
        address_of(name)


def test_loopback_is_told_from_other_hosts():
    assert all(address_of(f"openai:http://{h}/v1").local for h in ("127.0.0.1:8", "localhost"))
    assert not address_of("openai:http://169.254.169.254/v1").local


COMMANDS = (
    ("audit", "--baseline", "demo", "--compressed", "{url}#q", "--prompts", "bank"),
    ("probe", "minimal_pairs", "--baseline", "demo", "--compressed", "{url}#q"),
    ("attribute", "--baseline", "demo", "--compressed", "{url}#q"),
    ("compress", "{url}#q"),
    ("compare-forms", "{url}#q", "{url}#b"),
    ("evenness", "{url}#q", "gptq:4"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_what_needs_weights_refuses_by_name(words, tmp_path):
    url = "openai:http://127.0.0.1:9/v1"
    done = fairviz(*(word.format(url=url) for word in words), cache=tmp_path)
    assert done.returncode == 2, done.stdout
    assert f"{url}#q is a model behind a server" in done.stderr
    assert "score and compare" in done.stderr


def test_what_needs_both_weights_is_refused_beside_a_server(start):
    _fake, url = start()
    with pytest.raises(BadSpec, match="null needs the weights"):
        api.score("demo", f"{url}#q", TEXT, null=20)
    with pytest.raises(BadSpec, match="chat needs"):
        api.compare("demo", f"{url}#q", PROMPT, chat="on")
    with pytest.raises(BadSpec, match="penalties"):
        api.compare("demo", f"{url}#q", PROMPT, repetition_penalty=1.3)


def test_a_long_text_is_refused_by_the_model_that_is_here(start):
    _fake, url = start()
    with pytest.raises(PromptTooLong):
        api.score("demo", f"{url}#q", TEXT * 200)


# The page.


@pytest.fixture
def app(monkeypatch):
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    monkeypatch.setenv("FAIRVIZ_WARM", "0")
    for held in (st.cache_resource, st.cache_data):
        held.clear()

    def opened(page_="2_Token_shift", **query):
        page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        for name, value in query.items():
            page.query_params[name] = value
        return page.switch_page(f"pages/{page_}.py").run()

    return opened


def said(page):
    return " ".join(
        str(one.value) for one in (*page.markdown, *page.error, *page.caption) if one.value
    ) + " ".join(one.proto.body for one in page.get("html"))


def test_the_page_asks_a_server_on_this_machine_and_shows_the_run_again(start, app):
    fake, url = start()
    page = app(baseline="demo", compressed=f"{url}#q")
    assert not page.exception
    assert not any(path == "/v1/completions" for path, _h, _b in fake.seen)  # a link asks nothing
    page.text_area(key="text_0").set_value(TEXT)
    press = next(one for one in page.button if one.label == "Read")
    page = press.click().run()
    assert not page.exception, page.exception
    assert not page.error, page.error
    (stored,) = Store().recent("served")
    assert stored.request.text == TEXT
    assert "is at least" in said(page)
    again = app(served=stored.key)
    assert not again.exception
    assert "is at least" in said(again)
    assert again.text_area(key="text_0").value == TEXT


def test_compare_lets_a_server_write(start, app):
    _fake, url = start("llamacpp")
    page = app("1_Compare", baseline="demo", compressed=f"{url}#q", max_new_tokens="6")
    page = next(one for one in page.button if one.label == "Compare").click().run()
    assert not page.exception, page.exception
    assert not page.error, page.error
    (stored,) = Store().recent("served")
    assert stored.request.decoding.max_new_tokens == 6
    assert "What the compressed model wrote" in said(page)
    again = app("1_Compare", served=stored.key)
    assert "What the compressed model wrote" in said(again)


def test_the_page_refuses_other_hosts_until_its_owner_names_them(app, monkeypatch):
    url = "http://169.254.169.254/latest"
    page = app(baseline="demo", compressed=f"openai:{url}#q")
    assert not page.exception
    assert "nobody allowed it" in said(page)
    monkeypatch.setenv("FAIRVIZ_SERVERS", f"http://a/v1, {url}")
    assert "nobody allowed it" not in said(app(baseline="demo", compressed=f"openai:{url}#q"))
    page = app(baseline="demo", compressed="openai:gpt-4")
    assert "names no model behind a server" in said(page)


@pytest.mark.parametrize("environ", [{"FAIRVIZ_UNPROTECTED": "1"}, None])
def test_who_shows_a_dashboard_to_others_lets_them_ask_no_server(environ):
    from fairviz.serving.sharing import NotAsked, check_server

    environ = environ or {"FAIRVIZ_SHARE": "1", "FAIRVIZ_PASSWORD": "long-enough-password"}
    local = "http://localhost:8000/v1"
    with pytest.raises(NotAsked):
        check_server(local, True, environ)
    check_server(local, True, {**environ, "FAIRVIZ_SERVERS": local})
    check_server(local, True, {})
    with pytest.raises(NotAsked):
        check_server("http://b/v1", False, {})
