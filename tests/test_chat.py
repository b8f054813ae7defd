"""Prompts in a model's chat template: the ids, what is refused, what is kept and said."""

import json
import shlex
import shutil

import in_gguf
import numpy as np
import pytest
from conftest import tiny_tokenizer
from in_commands import fairviz as command

import fairviz
from fairviz.analyses.audit.request import AuditRequest
from fairviz.analyses.comparison.request import ComparisonRequest
from fairviz.analyses.probe.request import probe_request
from fairviz.analyses.runner import Machine, key_of
from fairviz.analyses.store import Store
from fairviz.core.errors import BadSpec
from fairviz.core.specs import Chat, Decoding, ModelSpec
from fairviz.inference.multiple_choice import encode
from fairviz.inference.set_rows import item_rows, prompt_rows
from fairviz.models import hub
from fairviz.models.chat import ChatVocabulary, NotTheSame, asked, hash_of, template_here
from fairviz.models.pair import load_pair
from fairviz.models.vocabulary import Vocabulary
from fairviz.probes import many_samples
from fairviz.probes.swaps import measure, swaps_of, token_rows
from fairviz.prompts.bank import Prompt
from fairviz.tasks.item import Item

TEMPLATE = (
    "{% for one in messages %}</s>{{ one.role }}\n{{ one.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}</s>assistant\n{% endif %}"
)
# As Qwen's: off writes an empty thought.
THINKS = (
    TEMPLATE + "{% if enable_thinking is defined and not enable_thinking %}<t></t>\n{% endif %}"
)
# As Gemma 2's.
NO_SYSTEM = "{% if messages[0].role == 'system' %}{{ raise_exception('no such role') }}{% endif %}"
RENDERED = "</s>user\nIl était</s>\n</s>assistant\n"
PLAIN = Chat()


def chatting(template, chat=PLAIN, tokenizer=None):
    return ChatVocabulary(Vocabulary(tokenizer or tiny_tokenizer(), template), "tiny", chat)


@pytest.fixture(scope="module")
def folder(checkpoints, tmp_path_factory):
    """A tiny Llama with a chat template."""
    folder = tmp_path_factory.mktemp("chat") / "tiny"
    shutil.copytree(checkpoints["llama"], folder)
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    return folder


@pytest.fixture(scope="module")
def base(checkpoints):
    return checkpoints["llama"]


@pytest.fixture(scope="module")
def pair(folder):
    spec = ModelSpec(str(folder))
    return load_pair(spec, ModelSpec.parse(f"{folder}+int8"), device="cpu").in_chat(PLAIN)


@pytest.fixture(scope="module")
def found(folder, tmp_path_factory):
    """The same question with the template and without, in a cache of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAIRVIZ_CACHE", str(tmp_path_factory.mktemp("cache")))
        how = {"max_new_tokens": 3, "device": "cpu"}
        two = str(folder), f"{folder}+int8"
        return [
            fairviz.compare(*two, "Il était", chat="on", system="Be brief.", **how),
            fairviz.compare(*two, "Il était", **how),
        ]


@pytest.mark.parametrize("adds_bos", [False, True])
@pytest.mark.parametrize("template", [TEMPLATE, "{{ bos_token }}" + TEMPLATE])
def test_ids_are_those_of_apply_chat_template(adds_bos, template):
    tokenizer = tiny_tokenizer()
    tokenizer.bos_token = "</s>"
    if adds_bos:
        from tokenizers.processors import TemplateProcessing

        tokenizer._tokenizer.post_processor = TemplateProcessing(
            single="</s> $A", special_tokens=[("</s>", tokenizer.bos_token_id)]
        )
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Il était une fois"},
    ]
    wanted = tokenizer.apply_chat_template(
        messages, chat_template=template, add_generation_prompt=True, tokenize=True
    )["input_ids"]
    found = chatting(template, Chat("Be brief."), tokenizer).encode("Il était une fois")
    assert found == wanted
    # One at the beginning where the template writes it, whatever the tokenizer would add.
    first = [token == tokenizer.bos_token_id for token in found[:2]]
    assert first == ([True, True] if "bos_token" in template else [True, False])


def test_a_thinking_switch_is_passed_on_and_refused_where_nobody_knows_it():
    assert chatting(THINKS).rendered("a").endswith("</s>assistant\n")
    assert chatting(THINKS, Chat(thinking="on")).rendered("a").endswith("</s>assistant\n")
    assert chatting(THINKS, Chat(thinking="off")).rendered("a").endswith("<t></t>\n")
    with pytest.raises(BadSpec, match="no switch for thinking"):
        chatting(TEMPLATE, Chat(thinking="off"))


@pytest.mark.parametrize(
    ("template", "chat", "words"),
    [
        (NO_SYSTEM + TEMPLATE, Chat("Be brief."), "takes no system message.*no such role"),
        ("{{ messages[-1].content }}", Chat("Be brief."), "takes no system message"),
        ("{{ raise_exception('odd number') }}", PLAIN, "fails .*odd number"),
        ("{{ messages[7].content.x }}", PLAIN, "fails .*UndefinedError"),
        ("{% if %}", PLAIN, "fails .*TemplateSyntaxError"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", PLAIN, "fails .*SecurityError"),
        ("{{ messages.clear() }}", PLAIN, "fails .*SecurityError"),
        ("", PLAIN, "has no chat template"),
    ],
)
def test_what_a_template_cannot_is_refused_in_its_own_words(template, chat, words):
    with pytest.raises(BadSpec, match=words) as refused:
        chatting(template, chat)
    assert refused.value.fix


def test_a_template_that_refuses_a_system_message_takes_a_prompt_without_one():
    assert chatting(NO_SYSTEM + TEMPLATE).rendered("Il était") == RENDERED


def test_a_template_that_writes_the_date_gives_the_same_text_on_any_day():
    assert chatting("{{ strftime_now('%d %b %Y') }}").rendered("a") == "26 Jul 2024"


def test_both_sides_render_the_same_ids_or_it_is_refused_with_both():
    first, same = chatting(TEMPLATE), chatting("{# as before #}" + TEMPLATE)
    first.beside(same)
    assert first.rendered("Il était") == RENDERED
    first.beside(chatting(TEMPLATE.replace("assistant", "model")))
    with pytest.raises(NotTheSame, match="different tokens") as refused:
        first.rendered("Il était")
    assert "</s>assistant" in refused.value.message
    assert "</s>model" in refused.value.message


def test_where_a_template_stands(base, folder, tmp_path):
    def here(**files):
        place = tmp_path / str(len(list(tmp_path.iterdir())))
        place.mkdir()
        for name, content in files.items():
            (place / name.replace("__", ".")).write_text(content)
        return template_here(ModelSpec(str(place)))

    config = {"config__json": "{}"}
    several = [{"name": "tool_use", "template": "b"}, {"name": "default", "template": "a"}]
    assert template_here(ModelSpec(str(folder))) == TEMPLATE
    assert template_here(ModelSpec.parse(f"{folder}+int8")) == TEMPLATE
    assert template_here(ModelSpec(str(base))) == ""
    assert here(**config, tokenizer_config__json=json.dumps({"chat_template": "a"})) == "a"
    assert here(**config, tokenizer_config__json=json.dumps({"chat_template": several})) == "a"
    assert here(**config, tokenizer_config__json="[") == ""
    both = json.dumps({"chat_template": "a"})
    assert here(**config, tokenizer_config__json=both, chat_template__jinja="b") == "b"
    assert template_here(ModelSpec(str(tmp_path / "nowhere"))) is None
    assert template_here(ModelSpec("nobody/nothing")) is None
    assert "*.jinja" in hub._PATTERNS


def test_the_template_of_a_gguf_file_is_its_own(base, folder, tmp_path, cache):
    file, plain = tmp_path / "a.gguf", tmp_path / "b.gguf"
    own = TEMPLATE.replace("assistant", "model")
    in_gguf.write(file, base, "llama", settings={"tokenizer.chat_template": own})
    in_gguf.write(plain, base, "llama")
    assert template_here(ModelSpec(str(file))) == own
    assert template_here(ModelSpec(str(plain))) == ""
    loaded = load_pair(ModelSpec(str(folder)), ModelSpec(str(file)), device="cpu")
    assert loaded.compressed.identity.chat_template == hash_of(own)
    with pytest.raises(NotTheSame):
        loaded.in_chat(PLAIN).baseline.vocabulary.encode("Il était")
    # Without one it is read in the other's, as with its tokenizer.
    loaded = load_pair(ModelSpec(str(folder)), ModelSpec(str(plain)), device="cpu")
    ids = loaded.in_chat(PLAIN).baseline.vocabulary.encode("Il était")
    assert ids == loaded.baseline.vocabulary.tokenizer(RENDERED)["input_ids"]


def test_a_request_says_that_it_is_in_chat_only_where_it_is():
    two = ModelSpec("a"), ModelSpec("b")
    comparison = ComparisonRequest(*two, "p")
    audit = AuditRequest(*two, "bank", "0", "prompts")
    for request in (comparison, audit):
        assert "chat" not in request.document()
        assert type(request).from_document(request.document()) == request
    chat = Chat("Be brief.", "off")
    told = ComparisonRequest(*two, "p", Decoding(), chat).document()
    assert told == {**comparison.document(), "chat": {"system": "Be brief.", "thinking": "off"}}
    assert ComparisonRequest.from_document(told).chat == chat
    plain = ComparisonRequest(*two, "p", Decoding(), PLAIN)
    assert plain.document()["chat"] == {}
    assert ComparisonRequest.from_document(plain.document()) == plain


def test_a_changed_template_changes_the_key_of_what_was_asked_in_it(folder, tmp_path):
    place, store = tmp_path / "copy", Store(tmp_path)
    shutil.copytree(folder, place)
    spec = ModelSpec(str(place))

    def keys():
        asked = [ComparisonRequest(spec, spec, "p", Decoding(), chat) for chat in (None, PLAIN)]
        return [key_of("comparison", one, Machine("cpu"), store) for one in asked]

    before = keys()
    (place / "chat_template.jinja").write_text(TEMPLATE + " ")
    after = keys()
    assert before[0] == after[0]
    assert len({*before, after[1]}) == 3


def test_auto_is_on_where_all_have_a_template(base, folder):
    with_one, without = ModelSpec(str(folder)), ModelSpec(str(base))
    assert asked("auto", "", "", [with_one, with_one]) == PLAIN
    assert asked("auto", "Be brief.", "", [with_one, without]) is None
    assert asked("on", "Be brief.", "on", []) == Chat("Be brief.", "on")
    assert asked("off", "", "", [with_one]) is None
    for mode, system, thinking in (("off", "x", ""), ("", "", ""), ("on", "", "much")):
        with pytest.raises(BadSpec):
            asked(mode, system, thinking, [])


def test_a_comparison_keeps_what_the_models_were_given(found):
    chat, plain = (one.value for one in found)
    given = "</s>system\nBe brief.</s>\n" + RENDERED
    assert chat.provenance["rendered"]["text"] == given == "".join(chat.context)
    tokenizer = tiny_tokenizer()
    assert chat.provenance["rendered"]["ids"] == tokenizer(given)["input_ids"]
    assert "rendered" not in plain.provenance
    assert "".join(plain.context) == "Il était"
    assert found[0].key != found[1].key


def test_it_is_said_which_was_used_and_on_the_card(found):
    chat, plain = (one.present() for one in found)
    assert ("Chat template", "on: a prompt is a user's message") in chat.question
    assert ("System message", "Be brief.") in chat.question
    assert not chat.flags
    assert any("Be brief." in value for _name, value in chat.provenance)
    assert all(name != "Chat template" for name, _value in plain.question)
    (flag,) = plain.flags
    assert "read as a base model" in flag.title
    assert "--chat on" in flag.meaning
    for shown in (chat, plain):
        for card in shown.identities:
            assert ("Chat template", f"it has one ({hash_of(TEMPLATE)})") in card.rows


def test_the_command_of_a_run_in_chat_finds_it_again(found, tmp_path, monkeypatch):
    words = shlex.split(found[0].present().command)[3:]
    assert words[words.index("--chat") + 1] == "on"
    target = tmp_path / "it.json"
    done = command(*words, "--json", target, cache=tmp_path)
    assert done.returncode == 0, done.stderr
    document = json.loads(target.read_text())
    assert document["key"] == found[0].key
    assert document["provenance"]["rendered"] == found[0].value.provenance["rendered"]


def test_a_base_model_is_refused_before_it_is_read(base, cache):
    with pytest.raises(BadSpec, match="has no chat template"):
        fairviz.compare(str(base), str(base), "Il était", chat="on")
    shown = fairviz.compare(str(base), str(base), "Il", chat="auto", max_new_tokens=1).present()
    assert not shown.flags


def test_options_stand_behind_the_generation_prompt_without_a_space(pair):
    vocabulary = pair.baseline.vocabulary
    ids = vocabulary.tokenizer
    item = encode(vocabulary, "Il était", [" une", " un"])
    # Spaces at the end of a context belong to its options: the line break does.
    assert item.context == ids("</s>user\nIl était</s>\n</s>assistant")["input_ids"]
    whole = [ids(RENDERED + option)["input_ids"] for option in ("une", "un")]
    assert [item.context + option for option in item.options] == whole


def test_rows_of_an_audit_are_read_behind_the_generation_prompt(pair):
    (row,) = prompt_rows(pair, [Prompt("a", "Il était", "fr", "t")], [])
    assert row["tokens"] == len(tiny_tokenizer()(RENDERED)["input_ids"])
    import torch

    (item,) = item_rows(pair, [Item("a", "Il était", (" une", " un"), (0,))], [])
    model = pair.baseline.model
    for option, found in zip(("une", "un"), item["baseline_log_prob"], strict=True):
        choice = encode(pair.baseline.vocabulary, "Il était", [f" {option}"])
        whole = [*choice.context, *choice.options[0]]
        with torch.inference_mode():
            log_p = model(torch.tensor([whole])).logits[0].double().log_softmax(-1)
        start = len(choice.context)
        wanted = sum(log_p[n - 1, whole[n]].item() for n in range(start, len(whole)))
        assert found == pytest.approx(wanted, abs=1e-4)


def test_a_sample_in_chat_is_what_compare_writes_with_its_seed(folder, cache):
    two = str(folder), f"{folder}+int8"
    how = {"max_new_tokens": 4, "temperature": 1.0, "device": "cpu", "chat": "on"}
    found = fairviz.probe("samples", *two, samples=2, preset="story", **how)
    assert found.present().question[-2:] == (
        ("Compressed model", two[1]), ("Chat template", "on: a prompt is a user's message"),
    )  # fmt: skip
    row = found.to_frame().iloc[1]
    again = fairviz.compare(*two, "Il était une fois", seed=int(row["seed"]), **how)
    text = "".join(again.value.on_baseline.tokens)
    assert text.removesuffix("</s>") == row["baseline_text"]


def test_the_effects_of_a_swaps_tokens_sum_to_its_effect_in_chat(pair):
    row = {
        "id": "a", "template": "Notre {X} a dit qu'", "first": [("juge",)], "second": [("roi",)],
        "more": ["elle"], "less": ["il"],
    }  # fmt: skip
    (one,) = measure(pair, swaps_of(row), 5, [])
    tokens = [token for token in token_rows(pair, [one]) if token["part"] == "continuation"]
    at = int(np.abs(np.diff(np.diff(np.exp(one.log_prob), axis=1)[:, 0], axis=0)).argmax())
    for side, who in enumerate(("baseline", "compressed")):
        total = sum(token[who] for token in tokens)
        wanted = one.log_prob[side, 0, at] - one.log_prob[side, 1, at]
        assert total == pytest.approx(wanted, abs=1e-4)


@pytest.mark.parametrize("name", ["minimal_pairs", "stereoset", "dialect"])
def test_whole_sentences_are_no_prompts_of_a_chat(name):
    items = many_samples.bundled()
    with pytest.raises(BadSpec, match="whole sentences"):
        probe_request(name, ModelSpec("a"), ModelSpec("b"), items, {}, chat=PLAIN)
    assert "chat" not in probe_request(name, ModelSpec("a"), ModelSpec("b"), items, {}).document()


def test_questions_are_asked_as_the_harness_asks_with_its_chat_template(folder):
    pytest.importorskip("lm_eval", reason="compares with lm-evaluation-harness 0.4.13")
    from lm_eval.models.huggingface import HFLM
    from test_tasks import HUB_ROWS, harness, hub_item

    lm = HFLM(pretrained=str(folder), device="cpu", dtype="float32")
    ((context, options, _right),) = harness(
        "arc_easy", [HUB_ROWS["arc_easy"]], apply_chat_template=True,
        chat_template=lm.apply_chat_template,
    )  # fmt: skip
    item = hub_item("arc_easy")
    vocabulary = chatting(TEMPLATE)
    assert vocabulary.rendered(item.context) == context
    assert [vocabulary.answer(option) for option in item.options] == options
    choice = encode(vocabulary, item.context, item.options)
    pairs = [lm._encode_pair(context, option) for option in options]
    assert pairs == [(choice.context, option) for option in choice.options]


def test_the_page_says_what_the_model_is_and_asks_in_its_template(app, folder):
    app.query_params["baseline"] = app.query_params["compressed"] = str(folder)
    app.query_params["max_new_tokens"] = "2"
    app.switch_page("pages/1_Compare.py").run()
    assert not app.toggle(key="chat").value
    assert any("read as a base model" in one.value for one in app.caption)
    app.toggle(key="chat").set_value(True).run()
    app.text_area(key="system").set_value("Be brief.").run()
    app.button(key="compare").click().run()
    assert not app.exception
    assert not app.error
    (given,) = [one for one in app.expander if "What the models are given" in one.label]
    assert "</s>system\nBe brief.</s>\n</s>user\n" in given.code[0].value


def test_a_link_asks_in_the_template_and_a_base_model_says_that_it_has_none(app, base):
    app.query_params["baseline"] = app.query_params["compressed"] = str(base)
    app.query_params["chat"] = "true"
    app.switch_page("pages/1_Compare.py").run()
    assert any("Without a chat template" in one.value for one in app.caption)
    app.button(key="compare").click().run()
    assert not app.exception
    assert any("has no chat template" in one.value for one in app.error)
