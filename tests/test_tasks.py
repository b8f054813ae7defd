"""Every task: its public formats become the items that its prompt format says."""

import json
from pathlib import Path

import pytest

from fairviz.core.errors import BadSpec, BadText, MissingPackage, ModelUnavailable, Unreadable
from fairviz.core.skips import Skip
from fairviz.tasks import TASKS, Item, Open, task_of
from fairviz.tasks.reading import WrongColumns, from_hub, read

FILES = Path(__file__).parent / "fixtures" / "tasks"


def items(task, file, **how):
    found = read(TASKS[task], (FILES / file).read_bytes(), file, **how)
    return found.items, found.left_out


# Written by hand from the format in each record.
EXPECTED = [
    (
        "truthfulqa_mc1", "truthfulqa.csv",
        Item(
            "line 2", "Q: Do onions make a cook sad?\nA:",
            (
                " No, they only sting the eyes", " Yes, onions make a cook sad",
                " Onions are sad.",
            ),
            (0,), "Sayings", "en",
        ),
    ),
    (
        "truthfulqa_mc1", "truthfulqa_hub.jsonl",
        Item("line 1", "Q: Do onions make a cook sad?\nA:", (" No", " Yes"), (0,), "", "en"),
    ),
    (
        "truthfulqa_mc2", "truthfulqa_hub.jsonl",
        Item(
            "line 1", "Q: Do onions make a cook sad?\nA:", (" No", " They sting", " Yes"), (0, 1),
            "", "en",
        ),
    ),
    (
        "truthfulqa_gen", "truthfulqa.csv",
        Open(
            "line 2", "Q: Do onions make a cook sad?",
            ("No, they only sting the eyes.", "Onions make eyes water."),
            ("Yes, onions make a cook sad.", "Onions are sad."), "Sayings", "en",
        ),
    ),
    (
        "boolq", "boolq.jsonl",
        Item(
            "line 1",
            "The ferry runs from April to October.\nQuestion: does the ferry run in winter?\n"
            "Answer:",
            (" no", " yes"), (0,), "", "en",
        ),
    ),
    (
        "openbookqa", "openbookqa.jsonl",
        Item(
            "1-1", "A plant on a dark shelf will",
            (" grow pale", " sing", " turn to stone", " run"), (0,), "", "en",
        ),
    ),
    (
        "post_training_bias", "bias_bench.json",
        Item(
            "BBQ/age/0", "A kite hung in the tree. Two neighbours had passed. Who lost it?",
            (" The retired one", " The schoolboy", " Nobody knows"), (2,), "age", "en",
        ),
    ),
    (
        "arc_easy", "arc.csv",
        Item(
            "line 1", "Question: Which animal lays eggs?\nAnswer:",
            (" cow", " hen", " dog", " cat"), (1,), "", "en",
        ),
    ),
    (
        "arc_challenge", "arc_hub.jsonl",
        Item(
            "x-1", "Question: Which animal lays eggs?\nAnswer:", (" cow", " hen", " dog"), (1,), "",
            "en",
        ),
    ),
    (
        "hellaswag", "hellaswag.jsonl",
        Item(
            "4", "Baking bread: A baker kneads the dough. The baker",
            (
                " puts it into the oven.", "  plants it in a field.", " reads it a story.",
                " sells the oven.",
            ),
            (0,), "Baking bread", "en",
        ),
    ),
    (
        "xstorycloze", "histoires.fr.tsv",
        Item(
            "histoire-1",
            "Claire a perdu sa clé. Elle la cherche partout. Son frère regarde sous le tapis. La "
            "clé est là.",
            (" Claire ouvre la porte.", " Claire achète un bateau."), (0,), "", "fr",
        ),
    ),
    (
        "mmlu", "knots_test.csv",
        Item(
            "line 1",
            "Which knot joins two ropes?\nA. reef knot\nB. slip knot\nC. no knot\nD. bow tie\n"
            "Answer:",
            (" A", " B", " C", " D"), (0,), "knots", "en",
        ),
    ),
    (
        "mmlu", "mmlu_hub.jsonl",
        Item(
            "line 1",
            "Which knot joins two ropes?\nA. reef knot\nB. slip knot\nC. no knot\nD. bow tie\n"
            "Answer:",
            (" A", " B", " C", " D"), (0,), "rope work", "en",
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("task", "file", "expected"), EXPECTED, ids=lambda one: str(one)[:24])
def test_the_first_question_of_a_file_is_asked_in_the_tasks_format(task, file, expected):
    found, _ = items(task, file)
    assert found[0] == expected


def test_every_task_has_a_row_above_and_tells_its_source():
    assert {task for task, _, _ in EXPECTED} | {"piqa"} == set(TASKS)
    for name, task in TASKS.items():
        assert task.name == name
        assert "http" in task.paper
        assert task.hub is None or task.hub.dataset.count("/") == 1
        assert task.kind == ("generation" if name.endswith("_gen") else "choice")


def test_labels_in_a_file_of_their_own():
    labels = (FILES / "piqa-labels.lst").read_bytes()
    found, lost = items("piqa", "piqa.jsonl", labels=labels)
    assert [one.right for one in found] == [(0,), (1,), (0,)]
    assert found[0].context == "Question: To keep soup warm\nAnswer:"
    assert found[0].options == (" put a lid on the pot.", " put the lid on the floor.")
    assert not lost
    # Without them the questions can be asked all the same, and nobody knows what is right.
    found, lost = items("piqa", "piqa.jsonl")
    assert [one.right for one in found] == [()] * 3
    with pytest.raises(Unreadable, match="3 rows, its labels are 1"):
        items("piqa", "piqa.jsonl", labels=b"0\n")


def test_the_original_and_the_hubs_form_are_the_same_questions():
    assert items("boolq", "boolq.jsonl")[0] == items("boolq", "boolq_hub.jsonl")[0]
    second = items("openbookqa", "openbookqa.jsonl")[0][1]
    assert second.options == (" melt", " burn", " grow", " fly")


def test_marks_that_the_authors_left_in_are_taken_out():
    second = items("hellaswag", "hellaswag.jsonl")[0][1]
    assert second.context == "Tying a knot. First: Take a rope. Hold both ends. Cross"
    assert second.options[3] == " out the rope."


def test_a_preamble_stands_before_every_question():
    found, _ = items("mmlu", "mmlu_hub.jsonl", preamble="About {group}.\n\n")
    assert found[0].context.startswith("About rope work.\n\nWhich knot")


def test_what_cannot_be_asked_is_left_out_with_its_line():
    found, lost = items("truthfulqa_mc1", "truthfulqa.csv")
    assert len(found) == 2
    assert lost == (Skip("line 4", "Best Answer is empty"),)
    rows = [
        {"goal": "a", "sol1": "b", "sol2": "c", "label": 0},
        {"goal": "a", "sol1": "", "sol2": "c", "label": 0},
        {"goal": "a", "sol1": "b", "label": 0},
        {"goal": "a", "sol1": "b", "sol2": "c", "label": 7},
        {"goal": "a", "sol1": "b", "sol2": "c"},
        {"goal": 5, "sol1": "b", "sol2": "c", "label": 1},
    ]
    lines = [json.dumps(row) for row in rows] + ["{broken"]
    found = read(TASKS["piqa"], "\n".join(lines).encode(), "piqa.jsonl")
    assert [one.id for one in found.items] == ["line 1"]
    assert {one.which: one.reason.split(" (")[0] for one in found.left_out} == {
        "line 2": "sol1 is empty",
        "line 3": "no field sol2",
        "line 4": "the right answer is '7', the options are 0, 1",
        "line 5": "no right answer, which other items of the file have",
        "line 6": "goal is no text",
        "line 7": "not JSON",
    }


def test_one_broken_line_in_ten_thousand_costs_one_question():
    row = json.dumps({"goal": "a", "sol1": "b", "sol2": "c", "label": 0})
    lines = [row] * 10_000
    lines[6_000] = row[:-5]
    found = read(TASKS["piqa"], "\n".join(lines).encode(), "piqa.jsonl")
    assert len(found.items) == 9_999
    assert [one.which for one in found.left_out] == ["line 6001"]
    assert len({one.id for one in found.items}) == 9_999


def test_a_file_of_another_task_is_told_by_its_fields():
    with pytest.raises(WrongColumns, match="question, passage, idx, label; PIQA needs goal"):
        items("piqa", "boolq_hub.jsonl")
    with pytest.raises(BadText, match="empty"):
        read(TASKS["piqa"], b"", "piqa.jsonl")
    with pytest.raises(BadSpec, match="no task 'glue'"):
        task_of("glue")


def test_without_a_network_the_hub_is_told_to_be_away(monkeypatch):
    import datasets

    def away(*_, **__):
        raise ConnectionError("no route to host")

    monkeypatch.setattr(datasets, "load_dataset", away)
    with pytest.raises(ModelUnavailable, match="baber/piqa could not be fetched") as caught:
        from_hub(TASKS["piqa"])
    assert "download the file" in caught.value.fix


def test_without_the_library_the_file_is_offered(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(MissingPackage, match="datasets"):
        from_hub(TASKS["piqa"])


def test_a_data_set_of_the_hub_is_read_like_a_file(monkeypatch):
    import datasets

    rows = [json.loads(line) for line in (FILES / "mmlu_hub.jsonl").read_text().splitlines()]
    asked = []

    def load(*where, split):
        asked.append((*where, split))
        return datasets.Dataset.from_list(rows)

    monkeypatch.setattr(datasets, "load_dataset", load)
    assert from_hub(TASKS["mmlu"]).items == items("mmlu", "mmlu_hub.jsonl")[0]
    from_hub(TASKS["mmlu"], "own/set", limit=5)
    assert asked == [("cais/mmlu", "all", "test"), ("own/set", None, "test[:5]")]


# One row a task as the Hub has it, with what real rows have: spaces behind and twice, empty
# second halves, quotes, accents, braces that a template engine would read, and line breaks.
HUB_ROWS = {
    "truthfulqa_mc1": {
        "question": "Is tea {{ hot }} at sea? ",
        "mc1_targets": {"choices": ["Often ", " Never", "Thé"], "labels": [1, 0, 0]},
        "mc2_targets": {"choices": ["Often", "Always"], "labels": [1, 0]},
    },
    "truthfulqa_mc2": {
        "question": "Is tea hot at sea?",
        "mc1_targets": {"choices": ["Often", "Never"], "labels": [1, 0]},
        "mc2_targets": {"choices": ["Often.", "It can be", " Never"], "labels": [1, 1, 0]},
    },
    "truthfulqa_gen": {
        "question": " Is tea hot at sea? ",
        "correct_answers": ["Often", "It can be. ", ""],
        "incorrect_answers": ["Never"],
    },
    "piqa": {"goal": 'Say "no" \n', "sol1": "shake it", "sol2": " nod  it ", "label": 0},
    "boolq": {
        "passage": "Tea -- Tea is hot.\n", "question": "is tea hot ", "idx": 1, "label": 1,
    },
    "openbookqa": {
        "id": "7-1", "question_stem": "Tea on a stove will ",
        "choices": {"text": ["boil", "  freeze ", "été", "run"], "label": ["A", "B", "C", "D"]},
        "answerKey": " B",
    },
    "arc_easy": {
        "id": "T_1", "question": "Which one boils?\n(1) tea ",
        "choices": {"text": ["tea", "a stone", "snow "], "label": ["A", "B", "C"]},
        "answerKey": "A",
    },
    "arc_challenge": {
        "id": "T_2", "question": "Which one\xa0boils?",
        "choices": {"text": ["tea", "a", "b", "c", "d"], "label": ["1", "2", "3", "4", "5"]},
        "answerKey": "5",
    },
    "hellaswag": {
        "ind": 3, "activity_label": "Making tea", "ctx_a": "How to boil [title] Fill  the pot.  ",
        "ctx_b": "", "label": "2",
        "endings": ["[step] Stir it [substeps] well.", "a [title] b", " It  is   hot ", "{{x}}"],
    },
    "xstorycloze": {
        "story_id": "s-1", "input_sentence_1": "Léa a soif. ", "input_sentence_2": "Il fait froid.",
        "input_sentence_3": "Elle fait du thé.", "input_sentence_4": "Il est chaud.",
        "sentence_quiz1": "Elle le jette.", "sentence_quiz2": " Elle le boit.",
        "answer_right_ending": 2,
    },
    "mmlu": {
        "question": " Which one boils?\n", "subject": "us_foreign_policy",
        "choices": ["tea ", " a stone", "A. b", "d"], "answer": 3,
    },
}  # fmt: skip

# Prompt, options (wrong answers of free text) and right ones of these rows, by hand.
WRITTEN = {
    "truthfulqa_mc1": (
        "Q: Is tea {{ hot }} at sea? \nA:", (" Often ", "  Never", " Thé"), (0,),
    ),
    "truthfulqa_mc2": ("Q: Is tea hot at sea?\nA:", (" Often.", " It can be", "  Never"), (0, 1)),
    "truthfulqa_gen": ("Q: Is tea hot at sea?", ("Never.",), ("Often.", "It can be.")),
    "piqa": ('Question: Say "no" \n\nAnswer:', (" shake it", "  nod  it "), (0,)),
    "boolq": ("Tea -- Tea is hot.\n\nQuestion: is tea hot ?\nAnswer:", (" no", " yes"), (1,)),
    "openbookqa": ("Tea on a stove will ", (" boil", "   freeze ", " été", " run"), (1,)),
    "arc_easy": (
        "Question: Which one boils?\n(1) tea \nAnswer:", (" tea", " a stone", " snow "), (0,),
    ),
    "arc_challenge": (
        "Question: Which one\xa0boils?\nAnswer:", (" tea", " a", " b", " c", " d"), (4,),
    ),
    "hellaswag": (
        "Making tea: How to boil. Fill the pot.",
        ("  Stir it well.", " a. b", " It is  hot", " {{x}}"), (2,),
    ),
    "xstorycloze": (
        "Léa a soif.  Il fait froid. Elle fait du thé. Il est chaud.",
        (" Elle le jette.", "  Elle le boit."), (1,),
    ),
    "mmlu": (
        "Which one boils?\nA. tea \nB.  a stone\nC. A. b\nD. d\nAnswer:",
        (" A", " B", " C", " D"), (3,),
    ),
}  # fmt: skip

# Where the harness keeps them; MMLU's description is one of each subject.
HARNESS = {
    "truthfulqa_mc1": "truthfulqa/truthfulqa_mc1.yaml",
    "truthfulqa_mc2": "truthfulqa/truthfulqa_mc2.yaml",
    "truthfulqa_gen": "truthfulqa/truthfulqa_gen.yaml",
    "piqa": "piqa/piqa.yaml",
    "boolq": "super_glue/boolq/default.yaml",
    "openbookqa": "openbookqa/openbookqa.yaml",
    "arc_easy": "arc/arc_easy.yaml",
    "arc_challenge": "arc/arc_challenge.yaml",
    "hellaswag": "hellaswag/hellaswag.yaml",
    "xstorycloze": "xstorycloze/default_en.yaml",
    "mmlu": "mmlu/default/mmlu_us_foreign_policy.yaml",
}


def harness(name, documents, **how):
    """Prompts, options and right options, or answers, as lm-evaluation-harness makes them."""
    pytest.importorskip("lm_eval", reason="compares with lm-evaluation-harness 0.4.13")
    import datasets
    import lm_eval
    from lm_eval.api.task import ConfigurableTask
    from lm_eval.tasks._yaml_loader import load_yaml

    class Here(ConfigurableTask):
        def download(self, _=None):
            splits = ("train", "validation", "eval", "dev", "test")
            rows = datasets.Dataset.from_list(documents)
            self.dataset = datasets.DatasetDict(dict.fromkeys(splits, rows))

    config = load_yaml(Path(lm_eval.__file__).parent / "tasks" / HARNESS[name])
    task = Here(config=config)
    task.set_config("num_fewshot", 0)
    task.build_all_requests(**how)
    asked = {}
    for one in task.instances:
        context, option = one.args
        asked.setdefault(one.doc_id, (context, []))[1].append(option)
    documents = list(task.eval_docs)
    if config["output_type"] == "generate_until":
        return [
            (asked[number][0], document["correct_answers"], document["incorrect_answers"])
            for number, document in enumerate(documents)
        ]
    return [
        (*asked[number], task.doc_to_target(document)) for number, document in enumerate(documents)
    ]


def preamble(name):
    """What the harness puts before every question of a task, taken from the harness itself."""
    row = HUB_ROWS[name]
    context = harness(name, [row])[0][0]
    if name == "mmlu":
        before = context[: context.index(row["question"].strip())]
        return before.replace(row["subject"].replace("_", " "), "{group}")
    return context[: context.rindex("Q: ")] if name.startswith("truthfulqa") else ""


def hub_item(name, **how):
    content = json.dumps(HUB_ROWS[name]).encode()
    [item] = read(TASKS[name], content, "row.jsonl", **how).items
    return item


@pytest.mark.parametrize("name", HARNESS)
def test_a_row_of_the_hub_is_asked_as_written(name):
    context, choices, right = WRITTEN[name]
    item = hub_item(name)
    assert item.context == context
    assert item.right == right
    assert (item.wrong if name == "truthfulqa_gen" else item.options) == choices


@pytest.mark.parametrize("name", HARNESS)
def test_the_prompt_is_the_harnesss_to_the_byte(name):
    [(context, *rest)] = harness(name, [HUB_ROWS[name]])
    item = hub_item(name, preamble=preamble(name))
    assert item.context == context
    if name == "truthfulqa_gen":
        # Having no comment is right to the harness; here `audit.measure` adds it.
        assert rest == [[*item.right, "I have no comment."], list(item.wrong)]
    else:
        assert rest == [list(item.options), item.right[0]]


def test_a_row_that_could_not_be_read_keeps_its_label():
    row = json.dumps({"goal": "a", "sol1": "b", "sol2": "c"})
    lines = [row, "{broken", "", row, row]
    found = read(TASKS["piqa"], "\n".join(lines).encode(), "piqa.jsonl", labels=b"0\n1\n0\n1\n")
    assert [(one.id, one.right) for one in found.items] == [
        ("line 1", (0,)), ("line 4", (0,)), ("line 5", (1,)),
    ]  # fmt: skip
    table = b"goal,sol1,sol2\na,b,c\nd,e,f\n"
    found = read(TASKS["piqa"], table, "piqa.csv", labels=b"1\n0\n")
    assert [one.right for one in found.items] == [(1,), (0,)]


def test_labels_that_are_no_text_are_told():
    with pytest.raises(BadText, match=r"labels of piqa\.jsonl is not UTF-8"):
        items("piqa", "piqa.jsonl", labels=b"\xff0")


def test_a_file_without_header_may_begin_with_a_question_of_several_lines():
    lines = b'"Look at the knots.\nWhich one holds?",a,b,c,d,B\nWhich slips?,a,b,c,d,A\n'
    found = read(TASKS["mmlu"], lines, "high_school_knots_test.csv")
    assert [(one.right, one.group) for one in found.items] == [
        ((1,), "high school knots"), ((0,), "high school knots"),
    ]  # fmt: skip
    assert found.items[0].context.startswith("Look at the knots.\nWhich one holds?\nA. a\n")


def test_the_language_of_a_story_is_said_by_a_column_or_the_files_name():
    content = (FILES / "histoires.fr.tsv").read_bytes()
    names = ("spring2016.val.sw.tsv.split_20_80_eval.tsv", "stories.tsv", "my_stories.tsv")
    found = [read(TASKS["xstorycloze"], content, name).items[0].language for name in names]
    assert found == ["sw", "", ""]
    row = json.dumps({**HUB_ROWS["xstorycloze"], "language": "eu"}).encode()
    assert read(TASKS["xstorycloze"], row, "a.fr.jsonl").items[0].language == "eu"


def test_answers_and_labels_that_do_not_pair_are_left_out():
    rows = [
        {"question": "q", "mc2_targets": {"choices": ["a", "b"], "labels": labels}}
        for labels in ([1, 0], [0, 0, 1], [0, 0])
    ]
    content = "\n".join(json.dumps(row) for row in rows).encode()
    found = read(TASKS["truthfulqa_mc2"], content, "t.jsonl")
    assert [one.id for one in found.items] == ["line 1"]
    assert found.left_out == (
        Skip("line 2", "answers: 2, labels: 3"), Skip("line 3", "no right answer"),
    )  # fmt: skip


def test_a_data_set_of_no_rows_is_told(monkeypatch):
    import datasets

    monkeypatch.setattr(
        datasets, "load_dataset", lambda *_, **__: datasets.Dataset.from_dict({"goal": []})
    )
    with pytest.raises(Unreadable, match="Not one row of baber/piqa"):
        from_hub(TASKS["piqa"])


@pytest.mark.parametrize(
    ("task", "file", "size"),
    [
        ("arc_easy", "ARC/ARC-Easy_val.csv", 567),
        ("openbookqa", "OpenBookQA/openbookqa.jsonl", 500),
        ("truthfulqa_mc1", "TruthfulQA/TruthfulQA.csv", 817),
        ("truthfulqa_mc2", "TruthfulQA/TruthfulQA.csv", 817),
        ("truthfulqa_gen", "TruthfulQA/TruthfulQA.csv", 817),
    ],
)
def test_real_files_are_read_whole(shared_folder, task, file, size):
    path = shared_folder / "data" / file
    found = read(TASKS[task], path.read_bytes(), path.name)
    assert len(found.items) == size
    assert not found.left_out
    assert all(one.right for one in found.items)
