"""Word lists: the matching rules on sentences counted by hand, and files of one's own."""

import unicodedata

import pytest

from fairviz import lexicons
from fairviz.lexicons import BadLexicon, Group
from fairviz.lexicons.lexicon import spellings

SHE, HE = Group("pronouns", "feminine"), Group("pronouns", "masculine")


def texts(sentence):
    return [word.text for word in lexicons.words(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Qu’elle vienne !", ["qu", "elle", "vienne"]),
        ("L'HOMME d'État", ["l", "homme", "d", "état"]),
        ("Aujourd'hui, quelqu'un rit", ["aujourd'hui", "quelqu'un", "rit"]),
        ("A-t-elle dit : vas-y ?", ["a", "t", "elle", "dit", "vas", "y"]),
        ("She's here and he'd go", ["she", "here", "and", "he", "go"]),
        ("the women’s rock'n'roll", ["the", "women", "rock'n'roll"]),
        ("Sa SŒUR", ["sa", "soeur"]),
        ("fem\u00adme", ["femme"]),
        ("_elle_ *il*", ["elle", "il"]),
        ("", []),
    ],
)
def test_words(sentence, expected):
    assert texts(sentence) == expected
    # A letter with its accent apart is the same letter.
    assert texts(unicodedata.normalize("NFD", sentence)) == expected


@pytest.mark.parametrize(
    ("sentence", "language", "expected"),
    [
        ("Il dit qu'elle viendra ; est-elle là ?", "fr", {HE: 1, SHE: 2}),
        ("Il y a longtemps, il faut dire, il vit.", "fr", {HE: 1}),
        ("Il était une fois. Il y\u00a0avait. S'il y a", "fr", {}),
        ("Le villageois, la ville, l'île, pellicule", "fr", {}),
        ("ELLES et Ils", "fr", {SHE: 1, HE: 1}),
        ("She said he'd hers; there, shell, the", "en", {SHE: 2, HE: 1}),
        ("He elle", "en", {HE: 1}),
        ("He elle", "", {HE: 1, SHE: 1}),
    ],
)
def test_pronouns(sentence, language, expected):
    found = lexicons.matches(sentence, lexicons.bundled("gender"), language)
    assert {group: n for group, n in found.items() if group.category == "pronouns"} == expected


def test_the_longest_entry_counts_and_only_unbroken_rows_do():
    gender, family = lexicons.bundled("gender"), Group("family", "feminine")
    assert lexicons.matches("Sa grand-mère et sa mère", gender, "fr") == {family: 2}
    (first, second) = lexicons.found("Sa grand-mère et sa mère", gender, "fr")
    assert ("Sa grand-mère et sa mère"[first.start : first.stop]) == "grand-mère"
    assert second.entry.word == "mère"
    groups = lexicons.bundled("groups")
    black = Group("origin", "Black people")
    assert lexicons.matches("African-American and African Americans", groups, "en")[black] == 2
    assert lexicons.matches("A Black man. Black, man.", groups, "en") == {black: 1}


def test_forms_and_beginnings():
    muslims = Group("religion", "Muslims")
    found = lexicons.matches(
        "musulman musulmane Musulmanes musulmaniste", lexicons.bundled("groups"), "fr"
    )
    assert found == {muslims: 3}
    own = lexicons.of_words("roi, famil*; il était")
    # "familles", "famille", "roi", "il était" match; "rois" and "famine" do not.
    found = lexicons.matches("Familles, famille ; roi rois famine, il était", own)
    assert found == {Group("own words", "words"): 4}


def test_words_of_the_prompt_are_not_counted():
    gender = lexicons.bundled("gender")
    prompt = "Elle dit qu'"
    assert lexicons.matches(prompt + "elle", gender, "fr", len(prompt)) == {SHE: 1}
    # A word that the prompt began is not the continuation's.
    assert lexicons.matches("el" + "le", gender, "fr", 2) == {}
    assert lexicons.matches("Sa grand-" + "mère", gender, "fr", len("Sa grand-")) == {}


@pytest.mark.parametrize("name", lexicons.BUNDLED)
def test_bundled_lists(name):
    lexicon = lexicons.bundled(name)
    for language in ("fr", "en"):
        own = [entry for entry in lexicon.entries if entry.language == language]
        assert len(own) > 100
        groups = {(one.category, one.group) for one in own if one.rule != "skip"}
        assert groups == set(lexicon.groups)  # what is counted in one language is in the other
        spelled = {}
        for entry in own:
            for words in spellings(entry):
                spelled.setdefault((entry.category, words), set()).add(entry.group)
        assert all(len(groups) == 1 for groups in spelled.values())
    # Each entry is found by the word it is listed as.
    for entry in lexicon.entries:
        hits = lexicons.found(entry.word, lexicon, entry.language)
        assert (entry in [hit.entry for hit in hits]) == (entry.rule != "skip")


def test_a_list_of_ones_own():
    content = "word;group;rule\nloup;beasts;forms\nforêt;places;\n".encode()
    own = lexicons.read(content, "tales.csv")
    assert own.groups == (Group("tales", "beasts"), Group("tales", "places"))
    assert lexicons.matches("Les loups de la forêt", own) == {
        Group("tales", "beasts"): 1,
        Group("tales", "places"): 1,
    }
    plain = lexicons.read(b"loup\nours\n", "beasts.txt")
    assert lexicons.matches("un ours", plain) == {Group("beasts", "words"): 1}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "no column 'word'"),
        ("word,rule\nloup,regex\n", "line 2 has the rule 'regex'"),
        ("word,rule\n!!,word\n", "line 2 has no word"),
        ("word,rule\nle loup,begins\n", "2 words"),
        ("word,rule\nloup\nours,word\n", "line 2: number of fields: 1"),
    ],
)
def test_lists_that_cannot_be_read(content, said):
    with pytest.raises(BadLexicon) as raised:
        lexicons.read(content.encode(), "own.csv")
    assert said in str(raised.value)
    assert raised.value.fix


def test_no_words_are_no_list():
    with pytest.raises(BadLexicon):
        lexicons.of_words(" , ")
    with pytest.raises(BadLexicon):
        lexicons.bundled("nouns")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Il était une fois une reine", "fr"),
        ("Once upon a time there was a queen", "en"),
        ("12 + 30", ""),
    ],
)
def test_language(text, language):
    assert lexicons.language_of(text) == language
