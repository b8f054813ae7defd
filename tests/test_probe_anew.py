"""A probe's numbers are computed anew from what it keeps: all of them, and a changed one shows."""

import json
from dataclasses import replace

import pytest

import fairviz
from fairviz.analyses.probe.anew import anew
from fairviz.analyses.probe.codec import CODEC
from fairviz.core.errors import BadSpec
from fairviz.probes.registry import PROBES

DEMO, NF4 = "demo", "demo+nf4"
COLOURS = "red", "blue"


def lines(*rows):
    return "\n".join(map(json.dumps, rows))


def contexts():
    for n, who in enumerate(("roi", "reine", "juge", "ami")):
        texts = (f"Le {who} dit oui.", f"Le {who} dit non.", f"Le {who} dit mer.")
        yield {
            "id": str(n), "target": who, "bias_type": "profession" if n % 2 else "gender",
            "context": f"Le {who} dit BLANK.",
            "sentences": [{"sentence": text, "gold_label": label} for label, text in zip(
                ("anti-stereotype", "stereotype", "unrelated"), texts, strict=True)],
        }  # fmt: skip


def questions():
    for n in range(8):
        people = (("The king", "young"), ("The queen", "old"), ("Not known", "unknown"))
        yield {
            "example_id": n, "question_index": str(n % 4),
            "question_polarity": ("neg", "nonneg")[n % 2],
            "context_condition": ("ambig", "disambig")[n // 4], "category": "Age",
            "answer_info": {f"ans{at}": list(one) for at, one in enumerate(people)},
            "additional_metadata": {"stereotyped_groups": ["Old"]},
            "context": f"A king and a queen shared {n} beds.", "question": "Who slept?",
            **{f"ans{at}": one[0] for at, one in enumerate(people)},
            "label": 2 if n < 4 else 1,
        }  # fmt: skip


STORIES = [{"prompt": f"Who came {n}?", "group": "men" if n % 2 else "women"} for n in range(9)]
GIVEN = {
    "minimal_pairs": [{"language": "fr"}, {"score": "shared", "length": "token", "odd": "keep"}],
    "counterfactual": [
        {"language": "en"},
        {"template": "{NAME} dit que", "first": "le roi|la reine", "second": "la reine|le roi"},
    ],
    "samples": [
        {"samples": 4, "max_new_tokens": 6},
        {"preset": "trades", "samples": 1, "max_new_tokens": 6, "words": "reine, roi"},
    ],
    "stereoset": [{"items": ("stereoset.jsonl", lines(*contexts()))}],
    "bbq": [{"items": ("Age.jsonl", lines(*questions()))}],
    "unqover": [{"most": 24}],
    "dialect": [
        {
            "items": (
                "both.csv",
                "id,corpus,text\n"
                + "".join(
                    f"{n},{corpus},{word} roi dit {n} fois que {word} nuit tombe\n"
                    for n in range(6)
                    for corpus, word in (("a", "le"), ("b", "la"))
                ),
            ),
            "unit": "token",
        }
    ],
    "classifier": [
        {"max_new_tokens": 6, "per_group": 3},
        {"max_new_tokens": 6, "per_group": 3, "classifier": "vader", "language": "en"},
    ],
    "group_auc": [
        {
            "items": (
                "scores.csv",
                "id,label,baseline,compressed,group\n"
                + "".join(
                    f"{n},{n % 2},{n * 7 % 10 / 10},{n * 3 % 10 / 10},{COLOURS[n % 2]}\n"
                    for n in range(12)
                ),
            ),
            "threshold": 0.4,
        }
    ],
    "stored": [
        {
            "items": (
                "a.jsonl",
                lines(*({**one, "answer": "she left and he cried"} for one in STORIES)),
            ),
            "second": (
                "b.jsonl",
                lines(*({**one, "answer": f"{one['group']} left"} for one in STORIES)),
            ),
        }
    ],
}
GIVEN["stored_harm"] = [{**GIVEN["stored"][0], "classifier": "vader"}, GIVEN["stored"][0]]
CASES = [(name, given) for name in PROBES for given in GIVEN[name]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """(probe, what it was given) -> the run, as it comes back from disk."""
    found = {}

    def run(name, given):
        at = name, json.dumps(given, default=str)
        if at not in found:
            folder = tmp_path_factory.mktemp("kept")
            settings = dict(given)
            for which in ("items", "second"):
                if isinstance(settings.get(which), tuple):
                    file, content = settings[which]
                    (folder / file).write_text(content, "utf-8")
                    settings[which] = str(folder / file)
            models = (DEMO, NF4) if PROBES[name].models else ()
            made = fairviz.probe(name, *models, store=False, **settings).value
            CODEC.write(folder, made)
            found[at] = made, CODEC.read(folder)
        return found[at]

    return run


@pytest.mark.parametrize(("name", "given"), CASES, ids=[name for name, _given in CASES])
def test_every_number_comes_from_the_items(kept, name, given):
    made, again = kept(name, given)
    assert "fairviz_order" not in again.outcome.items
    found = anew(again)
    assert found.differs == ""
    told = [one for one in made.outcome.sentences if one]
    assert found.sentences + found.kept == len(told)
    assert found.numbers >= made.outcome.groups.select_dtypes("number").size
    # What a scorer said of itself, and where a swap tells most, is of nothing that is kept.
    if not given.get("classifier"):
        assert found.kept == 0
    kept_tables = {
        "counterfactual": ("continuations", "swaps", "tokens"),
        "classifier": ("labels",) if given.get("classifier") else (),
        "stored_harm": ("labels",) if given.get("classifier") else (),
    }
    assert found.tables == kept_tables.get(name, ())


def other(again, **changed):
    """A run whose outcome says otherwise."""
    return anew(replace(again, outcome=replace(again.outcome, **changed)))


@pytest.mark.parametrize(("name", "given"), CASES, ids=[name for name, _given in CASES])
def test_what_was_changed_shows(kept, name, given):
    _made, again = kept(name, given)
    outcome = again.outcome
    last = len(outcome.groups) - 1
    for table in ("groups", "metrics"):
        changed = getattr(outcome, table).copy()
        column = next(
            one for one in ("difference", "value", "n") if one in changed and changed[one].any()
        )
        at = changed.index[changed[column].notna()][-1]
        changed[column] = changed[column].astype(float)
        changed.loc[at, column] += 0.001 + abs(changed.loc[at, column]) / 1000
        found = other(again, **{table: changed})
        assert found.differs.startswith(f"{table}, {column} of row {at + 1}:")
        # A column that is taken away, or added.
        found = other(again, **{table: changed.drop(columns=column)})
        assert found.differs == f"{table}: its column {column} is missing"
        found = other(again, **{table: changed.assign(harm=0.5)})
        assert found.differs == f"{table}: its column harm does not come from its items"
    if last:
        assert other(again, groups=outcome.groups.iloc[:last]).differs == (
            f"groups: rows that are kept: {last}, that come from its items: {last + 1}"
        )
    # An item's own numbers.
    for column in ("shift", "flip"):
        items = outcome.items.copy()
        items[column] = ~items[column] if column == "flip" else items[column].fillna(0) + 1
        found = other(again, items=items)
        assert found.differs.startswith(f"items, {column} of row "), column
    fewer = other(again, items=outcome.items.drop(columns="shift"))
    assert fewer.differs == "items: its column shift is missing"
    # A sentence that is left away, said twice, or stands elsewhere.
    first, *rest = outcome.sentences
    assert "is said otherwise" in other(again, sentences=tuple(rest)).differs
    assert "is said otherwise" in other(again, sentences=(first, first, *rest)).differs
    assert "is said otherwise" in other(again, sentences=(*rest, first)).differs
    more = other(again, sentences=(first, *rest, "All is well."))
    assert more.kept == anew(again).kept + 1  # which is told
    if computed := [one for one in outcome.details if one not in anew(again).tables]:
        fewer = {one: it for one, it in outcome.details.items() if one != computed[0]}
        assert other(again, details=fewer).differs == f"its table {computed[0]} is missing"
    assert "measure" in other(again, measure=f"{outcome.measure}!").differs or given.get(
        "classifier"
    )
    assert "neutral" in other(again, neutral=0.123).differs
    nowhere = outcome.order.copy()
    nowhere[:] = 0
    assert len(nowhere) < 2 or "order" in other(again, order=nowhere).differs


def test_an_id_that_ends_as_a_sample_does_stays(tmp_path):
    (path := tmp_path / "p.csv").write_text(
        "id,text,group,language\na #1,Once upon,x,en\nb,I,x,en\n"
    )
    asked = dict(items=str(path), samples=1, max_new_tokens=3, store=False)
    assert anew(fairviz.probe("samples", DEMO, NF4, **asked).value).differs == ""


def test_an_order_that_nobody_kept_is_told():
    found = fairviz.probe("minimal_pairs", DEMO, NF4, language="fr", store=False).value
    older = replace(found, outcome=replace(found.outcome, order=None))
    assert anew(older) is None
    with pytest.raises(ValueError, match="order"):
        _items = older.outcome.measured


def test_a_word_list_that_is_not_here_is_told(tmp_path):
    (path := tmp_path / "own.txt").write_text("roi\nreine", "utf-8")
    asked = dict(samples=2, max_new_tokens=4, lexicon=(path.read_bytes(), "own.txt"))
    found = fairviz.probe("samples", DEMO, NF4, store=False, **asked).value
    with pytest.raises(BadSpec, match=r"word list own\.txt"):
        anew(found)
