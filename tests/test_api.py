"""From Python: the examples of the documents run as they stand, and give what the commands give."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pandas.testing
import pytest
from in_commands import fairviz as command

import fairviz
from fairviz.analyses.store import Store
from fairviz.analyses.tradeoff import measure as tradeoff
from fairviz.core.errors import BadSpec

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = [
    (page, number, code)
    for page in ("README.md", "docs/python.md")
    for number, code in enumerate(
        re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL)
    )
]

SCORES = """id,label,baseline,compressed,groups
a,1,0.9,0.2,red
b,0,0.4,0.5,red
c,0,0.6,0.7,red
d,1,0.5,0.5,
f,0,0.1,0.1,blue
"""


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _here(cache, monkeypatch, tmp_path):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(cache))
    monkeypatch.setattr(tradeoff, "DOCUMENTS", 30)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("page", "number", "code"), EXAMPLES, ids=lambda one: str(one).split("\n")[0][:20]
)
def test_the_examples_of_the_documents_run(page, number, code, capsys):
    exec(compile(code, f"{page} {number}", "exec"), {})
    printed = capsys.readouterr().out
    assert printed.strip() or "print" not in code
    if "report.html" in code:
        assert "</html>" in Path("report.html").read_text("utf-8")


def test_the_notebook_runs_from_end_to_end(monkeypatch, capsys):
    monkeypatch.setenv("FAIRVIZ_CACHE", "")  # it names one of its own, which goes with the test
    notebook = json.loads((ROOT / "docs" / "fairviz.ipynb").read_text("utf-8"))
    names: dict[str, object] = {}
    for place, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            assert not cell["outputs"]  # they would be older than the code
            exec(compile("".join(cell["source"]), f"cell {place}", "exec"), names)
    told = capsys.readouterr().out.splitlines()
    assert [line for line in told if line.startswith(("False", "None"))] == []
    assert sum(line.startswith("True Item") for line in told) == 3


def test_a_result_is_that_of_the_command_and_has_its_key(cache):
    text = "Once upon a time there was a young woman."
    result = fairviz.score("demo", "demo+nf4", text)
    done = command(
        "score", "--baseline", "demo", "--compressed", "demo+nf4", "--text-file", "-",
        "--json", "-", cache=cache, stdin=text,
    )  # fmt: skip
    document = json.loads(done.stdout)
    assert document["key"] == result.save()
    assert document["traces"][0]["kl"] == result.to_frame()["kl"].tolist()


def test_what_was_not_kept_is_kept_by_saving(cache):
    result = fairviz.compare("demo", "demo+int8", "The nurse", max_new_tokens=3, store=False)
    assert Store().recent("comparison", 99) == [] or result.value.request not in [
        stored.request for stored in Store().recent("comparison", 99)
    ]
    key = result.save()
    assert Store().load("comparison", key).request == result.value.request
    assert len(result.to_frame()) == 6 and set(result.to_frame()["text"]) == {
        "baseline",
        "compressed",
    }


def test_what_cannot_be_is_said_before_anything_is_computed():
    with pytest.raises(BadSpec, match="not named"):
        fairviz.probe("minimal_pairs")
    with pytest.raises(BadSpec, match="one of --prompts and --task"):
        fairviz.audit("demo", "demo+nf4")
    with pytest.raises(TypeError, match="nonsense"):
        fairviz.compare("demo", "demo+nf4", "x", nonsense=1)


def test_fairviz_is_imported_without_torch_and_pandas():
    code = (
        "import sys, fairviz; fairviz.compare, fairviz.tables;"
        "import fairviz.report; assert callable(fairviz.report);"
        "print(sorted({'torch', 'pandas', 'plotly', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_a_probe_without_models_is_kept_by_saving():
    Path("scores.csv").write_text(SCORES)
    result = fairviz.probe("group_auc", items="scores.csv", store=False)
    assert not result.key
    key = result.save()
    kept = Store().load("probe", key)
    assert kept.request == result.value.request
    pandas.testing.assert_frame_equal(kept.outcome.groups, result.value.outcome.groups)
    # Asked again, it is found under the same key.
    assert fairviz.probe("group_auc", items="scores.csv").key == key
