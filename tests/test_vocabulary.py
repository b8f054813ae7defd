"""Prompts to ids and ids to characters."""

import pytest
from transformers import AutoTokenizer

from fairviz.models.vocabulary import Vocabulary

TEXT = "Il était une fois… l’œuf 🦊 de Zoë.\n$x$ <b>&amp;</b>"


def vocabulary(path):
    return Vocabulary(AutoTokenizer.from_pretrained(path))


def test_texts_join_to_the_text(checkpoints):
    words = vocabulary(checkpoints["bloom"])
    ids = words.encode(TEXT)
    texts = words.texts(ids)
    assert len(texts) == len(ids) > 10
    assert "".join(texts) == TEXT
    assert not any("�" in text for text in texts)


def test_a_fox_in_four_bytes_is_one_character_of_one_token(checkpoints):
    words = vocabulary(checkpoints["gpt2"])
    ids = words.encode("🦊")
    assert len(ids) > 1  # the tiny vocabulary has no fox
    assert words.texts(ids) == ("",) * (len(ids) - 1) + ("🦊",)
    assert words.text(ids[0]).startswith("<F0")


def test_reading_goes_on_from_a_context(checkpoints):
    words = vocabulary(checkpoints["gpt2"])
    context, rest = words.encode("Il était"), words.encode(" une fois")
    reader = words.reader(context)
    assert "".join(reader.push(token) for token in rest) == " une fois"


def test_a_real_llama_asks_for_one_bos_and_keeps_spaces(shared_folder):
    words = vocabulary(shared_folder / "models" / "stories260K-llama")
    ids = words.encode("Once upon a time")
    assert words.bos == "one, <s>"
    assert ids[0] == words.bos_id and ids[1] != words.bos_id
    assert words.encode("<s>Once")[:2].count(words.bos_id) == 1
    reader = words.reader(ids)
    more = words.encode("Once upon a time there was")[len(ids) :]
    assert "".join(reader.push(token) for token in more) == " there was"
    spaced = words.encode("a cat")[-1]
    assert words.text(spaced).strip()


@pytest.mark.parametrize("prompt", ["", " ", "\n"])
def test_an_empty_prompt_is_no_token_without_bos(checkpoints, prompt):
    words = vocabulary(checkpoints["gpt2"])
    assert words.bos == "none"
    assert "".join(words.texts(words.encode(prompt))) == prompt
