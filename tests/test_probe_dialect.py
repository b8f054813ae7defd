"""Dialect: perplexities and their ratio by hand, files of documents, two models."""

import math

import numpy as np
import pandas as pd
import pytest

from fairviz.core.specs import ModelSpec
from fairviz.inference.pair_scoring import encode, traces
from fairviz.models.pair import load_pair
from fairviz.models.vocabulary import Vocabulary
from fairviz.probes.dialect import DIALECT, OneCorpus, outcome, read, scored

NORTH = b"the nurse went to the sea\n\nonce upon a time\nthere was a judge\n"
SOUTH = b"da nurse gwan a di sea\n\nwan time\ndeh did de a judge\n\nshe said so\n"


def table(*rows):
    names = ("group", "key", "aligned", "tokens", "characters", "words",
             "baseline_surprisal", "compressed_surprisal")  # fmt: skip
    made = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])
    return made.assign(id=range(len(rows)), text="", prompt="")


def test_perplexities_and_gaps_by_hand():
    # The second corpus is cut into twice the tokens; each is as easy as the first's.
    scored = table(
        ("a", "1", True, 10, 40, 8, 20.0, 30.0),
        ("a", "2", True, 10, 60, 8, 20.0, 30.0),
        ("b", "1", True, 20, 40, 8, 40.0, 80.0),
        ("b", "2", True, 20, 60, 8, 40.0, 40.0),
    )
    found = outcome(scored, "character")
    whole = found.groups.set_index("group")
    # All: 120 and 180 nats over 200 characters.
    assert whole.loc["all", ["baseline", "compressed"]].tolist() == pytest.approx([0.6, 0.9])
    assert whole.loc["b", "baseline"] == pytest.approx(80 / 100)
    gaps = found.details["gaps"].set_index(["unit", "measure"])
    # Per token both corpora have 2 nats: ratio 1. Per character 0.8 - 0.4, per word 5 - 2.5.
    assert gaps.loc[("token", "ratio"), "baseline"] == pytest.approx(1)
    assert gaps.loc[("character", "ratio"), "baseline"] == pytest.approx(math.exp(0.4))
    assert gaps.loc[("word", "ratio"), "baseline"] == pytest.approx(math.exp(2.5))
    # Compressed: 1.2 against 0.6 nats per character.
    assert gaps.loc[("character", "ratio"), "compressed"] == pytest.approx(math.exp(0.6))
    assert gaps.loc[("character", "difference"), "compressed"] == pytest.approx(
        math.exp(1.2) - math.exp(0.6)
    )
    perplexities = found.details["perplexities"].set_index(["group", "unit"])["baseline"]
    assert perplexities["a", "token"] == pytest.approx(math.exp(2))


def test_a_flip_is_a_pair_whose_easier_document_changed():
    scored = table(
        ("a", "1", True, 5, 10, 2, 10.0, 10.0),
        ("b", "1", True, 5, 10, 2, 12.0, 8.0),
        ("b", "x", False, 5, 10, 2, 12.0, 8.0),
    )
    flips = outcome(scored, "token").items.set_index("id")["flip"]
    assert flips.to_dict() == {0: False, 1: True, 2: False}


def test_documents_are_drawn_whole_and_pairs_together():
    # Two corpora whose pairs have one ratio each, always 2: no draw of pairs changes it.
    rows = []
    for key, size in enumerate((1.0, 3.0, 9.0)):
        nats = size * math.log(2)
        rows.append(("a", str(key), True, size, size, size, nats, nats))
        rows.append(("b", str(key), True, size, size, size, 2 * nats, 2 * nats))
    together = outcome(table(*rows), "token").details["gaps"].iloc[0]
    assert (together["baseline_low"], together["baseline_high"]) == pytest.approx((2, 2))


def test_documents_that_are_there_again_are_no_further_units():
    said = [("a", f"fox {n}") for n in range(11)] + [("b", f"dog {n}") for n in range(11)]
    content = "corpus,text\n" + "".join(f"{corpus},{text}\n" for corpus, text in said)
    twice = content + "".join(f"{corpus},{text}\n" for corpus, text in said)
    found = []
    for one in (content, twice):
        rows = read(one.encode(), "both.csv").rows
        tokens = np.arange(len(rows)) % 22 + 5.0
        found.append(
            outcome(
                rows.assign(
                    tokens=tokens, words=tokens, characters=tokens,
                    baseline_surprisal=2 * tokens, compressed_surprisal=2 * tokens + tokens**1.5,
                ), "token",
            )
        )  # fmt: skip
    once, again = (one.groups[["group", "units", "low", "high", "p"]] for one in found)
    pd.testing.assert_frame_equal(once, again)
    assert once["units"].tolist() == [22, 11, 11]
    assert not any("again" in one for one in found[0].sentences)
    assert found[1].sentences[-1].startswith("22 items are there again")


def test_files_of_documents():
    items = read(NORTH, "north.txt", second=(SOUTH, "south.txt"))
    assert items.rows["group"].tolist() == ["north"] * 2 + ["south"] * 3
    assert items.rows["text"][1] == "once upon a time\nthere was a judge"
    lines = read(b"one one\ntwo two\n", "a.txt", second=(b"x y\n", "b.txt"))
    assert lines.rows["text"].tolist() == ["one one", "two two", "x y"]
    csv = b"id,corpus,text\n1,a,one\n1,b,two\n2,a,three\n3,b,\n"
    both = read(csv, "both.csv")
    assert both.rows["aligned"].tolist() == [True, True, False]
    assert [one.which for one in both.left_out] == ["both.csv, line 5"]
    with pytest.raises(OneCorpus, match="north"):
        read(NORTH, "north.txt")


@pytest.fixture(scope="module")
def specs(checkpoints):
    folder = checkpoints["llama"]
    return ModelSpec(str(folder)), ModelSpec.parse(f"{folder}+nf4")


@pytest.fixture(scope="module")
def items():
    return read(NORTH, "north.txt", second=(SOUTH, "south.txt"))


def test_a_model_against_itself_does_not_move(specs, items):
    steps = []
    found = DIALECT.run(load_pair(specs[0], specs[0], device="cpu"), items, steps.append)
    assert steps[-1].done == steps[-1].of
    assert (found.items["shift"] == 0).all() and not found.items["flip"].any()
    for rows in (found.groups, found.details["gaps"], found.details["perplexities"]):
        assert (rows["difference"] == 0).all() and (rows["p"] == 1).all()


def test_every_token_is_counted_once(specs, items):
    pair = load_pair(*specs, device="cpu")
    found = DIALECT.run(pair, items, lambda step: None, unit="token")
    by_id = found.items.set_index("id")
    for row in items.rows.to_dict("records"):
        ids = encode(pair, row["text"])
        ((_, trace),) = traces(pair, [ids])
        own = by_id.loc[row["id"]]
        # No beginning-of-text token here: the first token is context.
        assert own["tokens"] == len(ids) - 1
        assert own["characters"] == len(row["text"]) - len(pair.baseline.vocabulary.text(ids[0]))
        assert own["compressed"] == pytest.approx(-np.mean(trace.compressed.log_prob), abs=1e-5)


def sentencepiece(bos):
    """Words as SentencePiece cuts them: each with the space before it, the first one's added."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    words = {"<s>": 0, "<unk>": 1, "\u2581she": 2, "\u2581sat": 3, "\u2581down.": 4}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("\u2581", " "), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    if bos:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", 0)]
        )
    return Vocabulary(
        PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", unk_token="<unk>")
    )


def test_characters_are_those_of_the_document_not_of_its_tokens():
    text = "she sat down."
    behind, bare = sentencepiece(bos=True), sentencepiece(bos=False)
    # Read back behind <s>, the three tokens have a space more than the document.
    reader = behind.reader([0])
    assert "".join(reader.push(one) for one in (2, 3, 4)) == " " + text
    assert scored(behind, text, behind.encode(text)) == text
    # Without <s> the first word is only context: ten characters are left, one space among them.
    assert scored(bare, text, bare.encode(text)) == " sat down."
