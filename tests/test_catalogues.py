"""Every message of the code is translated, whole, once, and in the typography of its language."""

import re
import string
from functools import lru_cache
from itertools import product

import pytest
from babel.messages.pofile import read_po

from fairviz.i18n import LANGUAGES, extract, ngettext, number, speaking
from fairviz.i18n.catalogue import FOLDER

TRANSLATED = tuple(code for code in LANGUAGES if code != "en")
CODE = extract.messages()
AREAS = sorted(CODE)


def texts(message):
    """What the translation of a message says: one text, or one for each plural form."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


def originals(message):
    return message.id if isinstance(message.id, tuple) else (message.id,)


@lru_cache
def written(code, name):
    """A catalogue by its messages."""
    return {one.id: one for one in extract.written(code, name) if one.id}


def entries(code="fr"):
    """Every message of the catalogues of a language."""
    return [one for name in AREAS for one in written(code, name).values()]


def test_every_message_of_the_code_is_translated():
    for code, name in product(TRANSLATED, AREAS):
        wanted = {one.id for one in CODE[name] if one.id}
        there = written(code, name)
        assert wanted - set(there) == set(), "missing: run python -m fairviz.i18n.extract"
        assert set(there) - wanted == set(), "stale: run python -m fairviz.i18n.extract"
        assert [key for key, one in there.items() if one.fuzzy] == []
        assert [key for key, one in there.items() if not extract.translated(one.string)] == []


def test_no_catalogue_is_without_its_area():
    for code in TRANSLATED:
        assert {path.stem for path in (FOLDER / code).glob("*.po")} - set(AREAS) == set()


def test_no_entry_is_given_twice():
    for path in FOLDER.rglob("*.po"):
        with path.open("rb") as stream:
            assert read_po(stream, abort_invalid=True).obsolete == {}, path
        ids = re.findall(r"^msgid \"(.+)\"$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert len(ids) == len(set(ids)), path


def test_every_catalogue_declares_the_plural_of_its_language():
    for code in TRANSLATED:
        for path in (FOLDER / code).glob("*.po"):
            # From the file itself: babel fills a header that is not there from its own tables.
            declared = re.search(r'"Plural-Forms: (.*?)\\n"', path.read_text(encoding="utf-8"))
            assert declared and declared[1] == extract.plural_forms(code), path
    assert extract.plural_forms("fr") == "nplurals=2; plural=(n > 1);"


def _filled(text, n):
    """The message with its count in the current language; the other fields stay as they are."""
    return text.replace("{n:,}", number(n, ",")).replace("{n}", number(n, ","))


class _Field(str):
    """The name of a field, which writes the field itself: what is filled in stays comparable."""

    def __format__(self, form):
        return "{" + self + (":" + form if form else "") + "}"


@pytest.mark.parametrize("n, one", [(0, True), (1, True), (2, False), (5, False), (1000000, False)])
def test_every_plural_has_the_form_of_its_number(n, one):
    plurals = {entry.id: entry for entry in entries() if entry.pluralizable}
    assert len(plurals) > 90
    for (single, many), entry in plurals.items():
        names = {name for _, name, _, _ in string.Formatter().parse(single + many) if name}
        values = {name: _Field(name) for name in names - {"n"}}
        # English: the singular for one alone. French: for nought as well.
        assert ngettext(single, many, n, **values) == _filled(single if n == 1 else many, n)
        with speaking("fr"):
            # A million in figures takes no "de": 1 000 000 prompts.
            assert ngettext(single, many, n, **values) == _filled(entry.string[0 if one else 1], n)


# Where the number is never one: fairviz's own limits, vocabularies, what is said of several only.
MANY = {
    "{n} compressed forms are named.",
    "Both models read held-out text: {done} of {of} tokens",
    "Intervals of means of fewer than {few} rows rest on too little to conclude from them.",
    "Pale: fewer than {n} items, which say little.",
    "Shorten the prompt to fewer than {room} tokens.",
    "Sorted values of {n} unnamed subjects, baseline and {form}.",
    "The bundle holds {n:,} files, and at most {most:,} are opened.",
    "The first {shown:,} of {n:,} rows; the JSON file has all.",
    "The runs of this report take more than {most:,} MB or {files:,} files.",
    "The smallest set has {n} prompts, texts or questions: what it does not find may be there all "
    "the same.",
    "The table below lists the {n} places that moved most.",
    "The {n} that changed most of {all} groups.",
    "The {shown} that changed most of {n} groups.",
    "Write {form} for groups of {size}.",
    "spread {value} over {groups} groups",
    "standard deviation of {what} over groups",
    "{baseline} has {n} tokens, {compressed} has {m}, and they are not the same.",
    "{file}, line {line}: {other} has no doc_id {question}, nor {more:,} more of its {all:,} "
    "samples.",
    "{model} has no embedding for the token {token}: it knows {rows} tokens, and its tokenizer "
    "more.",
    "{model}: the share of bits removed across, the standard deviation of {what} over groups up.",
    "{name} has {size:,} characters; this page takes {most:,}.",
    "{n:,} characters; at most {most:,} are taken",
    "{n} groups are compared without a correction for their number: about one in twenty of such "
    "comparisons looks like a finding by chance.",
    "{where} has the rule begins and {n} words.",
    "Rows of one text or one template are not independent: intervals and tests take the {rows} "
    "rows as {units}.",
    "{n} measures were looked at; the {tests} tests that are told of here are corrected for each "
    "other (Holm), those of the table are not.",
    "p = {p:.2g}, {holm:.2g} after Holm's correction for {n} numbers",
    # Both forms of a reason that is kept in English stand beside each other.
    "The text has {n} tokens, and the first only says what follows.",
}


def test_a_number_that_can_be_one_has_its_singular():
    known = {one.id for catalog in CODE.values() for one in catalog if one.id}
    plurals = [many for _, many in (one for one in known if isinstance(one, tuple))]
    nouns = {noun for many in plurals for noun in re.findall(r"\{n(?::,)?\} (\w+s)\b", many)}
    nouns -= {"this", "is", "was", "has"}
    assert not [one for one in known if isinstance(one, str) and re.search(r"there are \{n\}", one)]
    assert {"tokens", "prompts", "pairs", "items"} < nouns
    counted = re.compile(rf"\{{\w+(?::,)?\}} (?:\w+ )?({'|'.join(nouns)})\b|\w\(s\)")
    assert {one for one in known if isinstance(one, str) and counted.search(one)} <= MANY


def _shape(text):
    """What a translation has to keep: its fields, Markdown, code and paragraphs."""
    fields = sorted(
        (field, form) for _, field, form, _ in string.Formatter().parse(text) if field is not None
    )
    return fields, text.count("**"), text.count("`"), text.count("\n"), _marks(text)


def _marks(text):
    return sorted(re.findall(r":material/\w+:|:[a-z-]+\[|https?://[^\s)]+|<br>", text))


def test_a_translation_keeps_fields_markdown_and_paragraphs():
    for message in entries():
        # "One item" may leave its number out, and so may what is said of one in French.
        wanted = [_shape(text) for text in originals(message)]
        *few, many = texts(message)
        assert not many or _shape(many) == wanted[-1], message.id
        assert all(_shape(text) in wanted for text in few if text), message.id


UNTYPOGRAPHIC = {
    "an apostrophe of a typewriter": re.compile(r"\w'\w"),
    "a plain space before a sign": re.compile(r" [;!?»%](?![\w{])"),
    "a plain space before a colon": re.compile(r" :(?=\s|$)"),
    "a plain space behind «": re.compile(r"« "),
    "straight quotation marks": re.compile(r'"\w|\w"'),
    "English quotation marks": re.compile(r"[“”]"),
}


def test_french_typography():
    wrong = [
        (what, text)
        for message in entries()
        for text in texts(message)
        # Code and links are written as they are typed.
        for what, sign in UNTYPOGRAPHIC.items()
        if sign.search(re.sub(r"`[^`]*`|https?://\S+|<[^>]+>", "", text))
    ]
    assert wrong == []


def test_one_message_has_one_translation_everywhere():
    known = {}
    for name in AREAS:
        for message in written("fr", name).values():
            if extract.translated(message.string):
                known.setdefault(message.id, {}).setdefault(message.string, []).append(name)
    assert {key: found for key, found in known.items() if len(found) > 1} == {}
