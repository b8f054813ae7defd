"""Going on from another token: what was given, the parent, noise by position, the command."""

import json
import shlex

import numpy as np
import pytest
from in_commands import fairviz as command
from streamlit.testing.v1 import AppTest

import fairviz
from fairviz.analyses.comparison.branch import alternatives, branched
from fairviz.analyses.comparison.request import ComparisonRequest
from fairviz.analyses.registry import ANALYSES
from fairviz.analyses.store import Store
from fairviz.core.errors import BadSpec

PAIR = ("demo", "demo+fp4")
PROMPT = "Il était une fois"
SAMPLED = {"temperature": 0.9, "seed": 3, "top_p": 0.95, "repetition_penalty": 1.2}


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    folder = tmp_path_factory.mktemp("branch")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRVIZ_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module", params=[{}, SAMPLED], ids=["greedy", "sampled"])
def parent(cache, request):
    return fairviz.compare(*PAIR, PROMPT, max_new_tokens=16, **request.param)


@pytest.mark.parametrize("side", ["baseline", "compressed"])
@pytest.mark.parametrize("at", [0, 5, 9])
def test_the_token_that_was_written_gives_the_rest_of_its_text_and_its_numbers(parent, side, at):
    """The writer of the text goes on as it did: the same noise at the same place of the text."""
    text = parent.value.texts[side]
    found = fairviz.branch(parent.key, at, int(text.ids[at]), on=side).value
    again = found.texts[side]
    rest = len(text) - at - 1
    np.testing.assert_array_equal(again.ids[:rest], text.ids[at + 1 :])
    for name in ("log_prob", "entropy"):
        for one in ("baseline", "compressed"):
            now, then = (getattr(getattr(pair, one), name) for pair in (again, text))
            np.testing.assert_allclose(now[:rest], then[at + 1 :], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(again.kl[:rest], text.kl[at + 1 :], rtol=1e-2, atol=1e-6)
    assert "".join(found.request.branch.tokens) == "".join(text.tokens[: at + 1])


def test_another_token_is_given_and_not_written(parent):
    text = parent.value.on_baseline
    other = next(one for one in alternatives(parent.value, 4, "baseline") if one != text.ids[4])
    found = fairviz.branch(parent.key, 4, other)
    asked = found.value.request
    assert asked.branch.ids == (*text.ids[:4].tolist(), other)
    assert asked.branch.parent == parent.key != found.key
    assert asked.before == PROMPT + "".join(asked.branch.tokens)
    # The models read the very ids: what stood before them, joined, is what a reader sees.
    assert "".join(found.value.context) == asked.before
    assert len(found.value.context) == len(parent.value.context) + 5
    shown = found.present()
    assert {text.prompt for text in shown.texts} == {asked.before}
    assert asked.branch.parent in [value for _rest, value in shown.question]
    assert any("5 tokens behind the prompt were given" in one for one in shown.not_allowed)
    assert "branch" in ANALYSES["comparison"].label(asked, {})
    # A branch of the branch holds all of it.
    further = branched(
        found.value, found.key, 2, int(found.value.on_baseline.baseline.top_ids[2][1])
    )
    assert further.branch.ids[:5] == asked.branch.ids and len(further.branch.ids) == 8


def test_it_opens_as_it_was_and_an_old_question_has_its_old_document(parent):
    asked = parent.value.request
    assert "branch" not in asked.document()
    token = int(parent.value.on_baseline.baseline.top_ids[3][1])
    further = branched(parent.value, parent.key, 3, token)
    assert ComparisonRequest.from_document(json.loads(json.dumps(further.document()))) == further
    assert ComparisonRequest.from_document(asked.document()) == asked


def test_one_text_is_one_branch_whoever_wrote_it(cache):
    run = fairviz.compare("demo", "demo", PROMPT, max_new_tokens=6)
    token = int(run.value.on_baseline.baseline.top_ids[3][1])
    one, other = (
        branched(run.value, run.key, 3, token, side) for side in ("baseline", "compressed")
    )
    assert one == other


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("nokey", 0, " un"), "nokey"),
        (("", 99, " un"), "no token 99"),
        (("", 0, " xylophone"), "none of the likeliest"),
    ],
)
def test_what_is_not_there_is_refused(parent, given, says):
    with pytest.raises(BadSpec, match=says):
        fairviz.branch(given[0] or parent.key, *given[1:])


def test_the_command_goes_on_and_prints_what_repeats_it(cache, parent):
    text = parent.value.on_baseline
    word = text.baseline.top_tokens[4][1]
    asked = ("compare", "--from", parent.key, "--at", 4, "--token", word)
    done = command(*asked, "--json", "-", cache=cache)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["question"]["branch"]["parent"] == parent.key
    stored = Store(cache).load("comparison", document["key"])
    line = shlex.split(ANALYSES["comparison"].present(stored).command)
    again = command(*line[3:], "--json", "-", cache=cache)
    assert json.loads(again.stdout) == document
    refused = command(*asked, "--baseline", "demo", cache=cache)
    assert refused.returncode == 2 and "--from" in refused.stderr


def test_a_click_on_another_token_writes_a_branch_with_a_link_to_its_parent(cache, monkeypatch):
    import streamlit as st

    run = fairviz.compare(*PAIR, PROMPT, max_new_tokens=6)
    for held in (st.cache_resource, st.cache_data):
        held.clear()
    app = AppTest.from_file("../app.py", default_timeout=400)
    app.query_params["run"], app.query_params["token"] = run.key, "3"
    app.switch_page("pages/1_Compare.py").run()
    assert not app.exception
    other = next(
        one
        for one in alternatives(run.value, 3, "baseline")
        if one != int(run.value.on_baseline.ids[3])
    )
    app.button(key=f"go_on_{other}").click().run()
    assert not app.exception and not app.error
    key = app.query_params["run"]
    stored = Store(cache).load("comparison", key)
    assert stored.request.branch.parent == run.key and stored.request.branch.ids[-1] == other
    assert any(run.key in one.proto.query_string for one in app.get("page_link"))
    assert any("A branch" in one.value for one in app.caption)
    for held in (st.cache_resource, st.cache_data):
        held.clear()
