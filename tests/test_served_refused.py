"""What a server cannot give, and servers that are broken, slow or strangers': told as advice."""

import json
import time

import pytest
from in_commands import fairviz
from in_server import Refused, slowly

import fairviz as api
from fairviz.core.errors import BadSpec, FairvizError, PromptTooLong
from fairviz.core.specs import ModelSpec
from fairviz.models import served
from fairviz.models.served_address import address_of

TEXT = "Notre infirmière a dit qu'elle reviendrait demain, et le roi est mort."
PROMPT = "Il était une fois"


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    """A cache of its own."""
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path))


REFUSED = {
    "sampled": (dict(software="llamacpp", sampled=True), "of a text that it is given"),
    "writes": (dict(software="writes"), "of a text that it is given"),
    "texts": (dict(software="texts"), "by the ids of tokens"),
    "few": (dict(most=3), "at most 3 log-probabilities"),
    "short": (dict(context=5), "takes 5"),
}


ROW = {"id": 5, "token": "a", "logprob": -1.0, "top_logprobs": []}


@pytest.mark.parametrize("free", [[], [ROW, ROW], None])
def test_a_llama_cpp_that_answers_otherwise_is_told_and_still_writes(start, free):
    fake, url = start("llamacpp")
    whole = fake.answer

    def answer(path, asked):
        if path == "/v1/completions" and asked["max_tokens"] == 1:
            if "logit_bias" not in asked and free is not None:
                return {"choices": [{"logprobs": {"content": free}}]}
            if free is None:
                raise Refused(400, {"error": {"message": "no logit_bias"}})
        return whole(path, asked)

    fake.answer = answer
    if free != []:  # nothing without a bias: as of parts of a character
        with pytest.raises(FairvizError, match="of a text that it is given"):
            api.score("demo", f"{url}#q", TEXT)
    assert len(api.compare("demo", f"{url}#q", PROMPT, max_new_tokens=3).value.texts) == 2


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
    assert (texts[1].ends("js")[0] >= 0).all()


def test_an_address_without_a_path_is_that_below_v1_or_else_its_own(start):
    """llama.cpp answers `/completions` beside `/v1/completions`, in another form."""
    fake, url = start("llamacpp")
    bare = url.removesuffix("/v1")
    asked = {"max_new_tokens": 4, "store": False}
    below = api.compare("demo", f"{bare}#q", PROMPT, **asked).value.texts[1].tokens
    assert {path for path, _h, body in fake.seen if body and "n_probs" in body} == {
        "/v1/completions"
    }
    whole = fake.answer

    def answer(path, told):
        if path.startswith("/v1"):
            raise Refused(404, {"error": "Not Found"})
        return whole(path if path == "/tokenize" else f"/v1{path}", told)

    fake.answer = answer
    beside = api.compare("demo", f"{bare}#q", PROMPT, **asked).value.texts[1].tokens
    assert beside.equals(below)
    with pytest.raises(FairvizError, match="404"):
        api.compare("demo", f"{url}#q", PROMPT, **asked)


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
    assert address_of(spec.source)[:2] == (url, model)


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
    for ask in (api.score, api.compare):
        with pytest.raises(BadSpec, match="No server is asked"):
            ask("demo", "demo+nf4", TEXT, top_k_logprobs=5)
    with pytest.raises(BadSpec, match="penalties"):
        api.compare("demo", f"{url}#q", PROMPT, repetition_penalty=1.3)


def test_a_long_text_is_refused_by_the_model_that_is_here(start):
    _fake, url = start()
    with pytest.raises(PromptTooLong):
        api.score("demo", f"{url}#q", TEXT * 200)


def same(value, others=()):
    """Words of a server that lists every token at one value, and others beside it."""
    return lambda name, ids, k, start: ((i, {i: value, **dict(others)}) for i in ids[start:])


NO_DISTRIBUTION = {
    "all at nothing": same(-float("inf"), {3: -float("inf")}),
    "all at least": same(-1e308, {3: -1e308}),
    "own at nothing": same(-float("inf"), {3: -1e-9}),
    "too little": same(-20.0, {3: -20.0}),
}


@pytest.mark.parametrize("name", NO_DISTRIBUTION)
def test_lists_that_are_of_no_distribution_are_refused(start, name):
    fake, url = start()
    fake.words = NO_DISTRIBUTION[name]
    with pytest.raises(FairvizError, match="of no distribution"):
        api.score("demo", f"{url}#q", TEXT)


def prompt(words):
    """Trouble of a server that lists these words at a first place."""
    answer = {"choices": [{"prompt_logprobs": [None, words]}]}
    return only("/v1/completions", replies(200, answer))


@pytest.mark.parametrize("spelled", ["0595", " 595", "+595", "5_95", "٥٩٥"])
def test_an_id_has_one_spelling(start, spelled):
    _fake, url = start(trouble=prompt({"595": {"logprob": -1.0}, spelled: {"logprob": -2.0}}))
    with pytest.raises(FairvizError, match="is not how the id of a token is written"):
        api.score("demo", f"{url}#q", TEXT)


def test_nothing_listed_is_refused_with_the_place(start):
    fake, url = start()
    whole = fake.answer

    def answer(path, asked):
        found = whole(path, asked)
        if path == "/v1/completions":
            found["choices"][0]["prompt_logprobs"][3] = {}
        return found

    fake.answer = answer
    with pytest.raises(FairvizError, match="no token at place 3"):
        api.score("demo", f"{url}#q", TEXT)


@pytest.mark.parametrize("software", ["vllm", "llamacpp"])
def test_a_token_beyond_the_vocabulary_is_refused(start, software):
    fake, url = start(software)
    fake.words = same(-0.5, {99_999: -1.0})
    with pytest.raises(
        FairvizError, match=r"token 99999, beyond the vocabulary, whose size is 3,\d+"
    ):
        api.compare("demo", f"{url}#q", PROMPT, max_new_tokens=3)
    if software == "vllm":
        with pytest.raises(FairvizError, match="token 99999"):
            api.score("demo", f"{url}#q", TEXT)


def test_a_key_is_stripped_and_one_that_no_header_holds_is_not_shown(start, monkeypatch):
    fake, url = start()
    monkeypatch.setenv(served.KEY, "  geheim123\n")
    api.score("demo", f"{url}#q", TEXT)
    assert all(h["authorization"] == "Bearer geheim123" for _p, h, _b in fake.seen)
    for key in ("geheim\n123", "geheimé123"):
        monkeypatch.setenv(served.KEY, key)
        with pytest.raises(BadSpec, match="printable ASCII") as caught:
            api.score("demo", f"{url}#q", TEXT + "?")
        assert "geheim" not in str(caught.value) + str(caught.value.__context__)


@pytest.mark.parametrize("key", ["geheim123", 'ge"heim\\123', "g" * 290])
def test_a_key_that_a_server_repeats_is_hidden(start, monkeypatch, key):
    monkeypatch.setenv(served.KEY, key)
    for said in ({"detail": f"{'no ' * 20}{key}"}, {"detail": [key]}, f"no {key}".encode()):
        _fake, url = start(trouble=replies(401, said))
        with pytest.raises(FairvizError, match="•••") as caught:
            api.score("demo", f"{url}#q", TEXT)
        assert key[:4] not in str(caught.value)


@pytest.mark.parametrize("part", ["head", "body", "open body"])
def test_an_answer_that_trickles_has_an_end(start, monkeypatch, part):
    monkeypatch.setattr(served, "_WHOLE", 0.3)

    def trickles(handler):
        handler.send_response(200)
        if part == "body":
            handler.send_header("content-length", "1000")
            handler.end_headers()
        elif part == "open body":  # as long as the connection
            handler.end_headers()
        else:
            handler.flush_headers()
        try:
            for _byte in range(100):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass
        handler.close_connection = True
        return True

    _fake, url = start(trouble=trickles)
    began = time.monotonic()
    with pytest.raises(FairvizError, match=r"no whole answer within 0\.3 s"):
        api.score("demo", f"{url}#q", TEXT)
    assert time.monotonic() - began < 3


def test_true_is_no_length(start):
    _fake, url = start(context=True)
    assert len(api.score("demo", f"{url}#q", TEXT).value.texts) == 1
