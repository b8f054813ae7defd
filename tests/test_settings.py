"""Settings as records, and records that other packages declare by entry points."""

import math
import sys
from pathlib import Path

import pytest
from in_commands import fairviz
from in_golden import KEYS, opened

from fairviz.analyses.store import Store
from fairviz.compression.registry import METHODS
from fairviz.core.errors import BadSpec
from fairviz.core.registry import Registry
from fairviz.core.setting import Setting, settled
from fairviz.metrics.quantities import QUANTITIES
from fairviz.metrics.trace_tables import rows
from fairviz.probes import registry
from fairviz.probes.record import Probe
from fairviz.probes.registry import PROBES

ONE = Setting("n", 3, "N", "How many.", minimum=1, maximum=5)
WORD = Setting("word", "a", "Word", "Which.", {"a": "A", "b": "B"})
SHARE = Setting("share", 0.5, "Share", "How much.")
SWITCH = Setting("on", False, "On", "Whether.")


@pytest.mark.parametrize(
    ("setting", "given", "value"),
    [
        (ONE, "4", 4), (ONE, 4, 4), (WORD, "b", "b"), (SHARE, "0.25", 0.25), (SHARE, 1, 1.0),
        (SWITCH, "TRUE", True), (SWITCH, False, False),
    ],
)  # fmt: skip
def test_a_setting_reads_what_is_typed_and_what_is_set(setting, given, value):
    found = setting.value(given)
    assert found == value
    assert type(found) is type(setting.default)


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        (ONE, "many"), (ONE, 2.5), (ONE, True), (ONE, 0), (ONE, 6), (WORD, "c"), (WORD, 1),
        (SHARE, ""), (SWITCH, "perhaps"), (Setting("x", 0.0, "X", "", minimum=0), math.nan),
    ],
)  # fmt: skip
def test_what_a_setting_cannot_be_is_refused_with_a_way_out(setting, given):
    with pytest.raises(BadSpec, match=setting.name) as refused:
        setting.value(given)
    assert refused.value.fix


def test_an_unknown_setting_is_refused_with_those_that_there_are():
    assert settled((ONE, WORD), {"word": "b"}, "it") == {"n": 3, "word": "b"}
    with pytest.raises(BadSpec, match=r"no setting 'tone'. It has n, word"):
        settled((ONE, WORD), {"tone": "1"}, "it")
    for probe in PROBES.values():
        with pytest.raises(BadSpec, match=f"{probe.name} has no setting 'tone'"):
            probe.measure(None, None, None, {"tone": 1})


@pytest.mark.parametrize("name", registry.PROBES.own)
def test_every_setting_of_a_probe_reaches_a_function_with_the_default_it_has_there(name):
    from inspect import signature

    probe = PROBES[name]
    functions = [one for one in (probe.bundled, probe.read, probe.run) if one is not None]
    taken = [signature(one).parameters for one in functions]
    for setting in probe.settings:
        found = [one[setting.name].default for one in taken if setting.name in one]
        assert setting.default in found, setting.name
        assert setting.value(setting.default) == setting.default
        if setting.affects_items:
            assert any(setting.name in one for one in taken[:-1])
    # No probe swallows what it does not know.
    kinds = {parameter.kind for one in taken for parameter in one.values()}
    assert not any(kind is kind.VAR_KEYWORD for kind in kinds)


# Records of other packages

# The example of the documents, so that it is true.
PAGE = Path(__file__).resolve().parents[1] / "docs" / "own-probe.md"
PACKAGE = PAGE.read_text(encoding="utf-8").partition("```python\n")[2].partition("```")[0]


def test_a_probe_is_thirty_lines():
    assert len([line for line in PACKAGE.splitlines() if line]) <= 30


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """What declares a package of somebody else's, as pip would leave it."""

    def install(points, source=PACKAGE):
        folder = tmp_path / "site"
        info = folder / "somebodys-1.0.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (folder / "somebodys.py").write_text(source, encoding="utf-8")
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: somebodys\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(points)
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.delitem(sys.modules, "somebodys", raising=False)
        for known in (PROBES, METHODS):
            monkeypatch.setattr(known, "_declared", None)

    return install


PROMPTS = "text,group\nThe nurse said that,a\nThe judge said that,b\nThe cook said,a\n"


def test_somebodys_probe_is_a_probe_of_the_house(installed, checkpoints, tmp_path, cache, app):
    installed("[fairviz.probes]\nany = somebodys:FIRST_WORD\n")
    assert list(PROBES)[-1] == "first_word"
    listed = fairviz("probes", cache=cache)
    assert "first_word: First word. Which of two words" in listed.stdout
    assert "--set first=he  The word whose share" in listed.stdout
    (tmp_path / "prompts.csv").write_text(PROMPTS)
    models = ("--baseline", checkpoints["opt"], "--compressed", f"{checkpoints['opt']}+nf4")
    done = fairviz(
        "probe", "first_word", *models, "--items", tmp_path / "prompts.csv", "--set", "second=it",
        cache=cache,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "share of 'he'" in done.stdout
    unknown = fairviz("probe", "first_word", *models, "--set", "third=x", cache=cache)
    assert "It has first, second" in unknown.stderr
    # The page shows it as any other, with widgets of its settings.
    app.query_params["probe"] = "first_word"
    app.switch_page("pages/5_Bias_probes.py").run()
    assert not app.exception
    assert app.selectbox(key="probe").value == "first_word"
    assert app.text_input(key="first_word_first").value == "he"
    # What the command line measured comes back on the page and in a report.
    (key,) = [one.name for one in (cache / "probes").iterdir() if not one.name.startswith(".")]
    app.query_params["outcome"] = key
    app.run()
    assert not app.exception
    assert any("share of" in one.value for one in app.markdown)
    report = fairviz("report", key, "--out", tmp_path / "r.html", cache=cache)
    assert report.returncode == 0, report.stderr
    html = (tmp_path / "r.html").read_text("utf-8")
    assert "Which of two words does a model expect next?" in html


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("x = nowhere_at_all:PROBE", "ModuleNotFoundError"),
        ("x = somebodys:NOTHING", "AttributeError"),
        ("x = somebodys:WORDS", "is no Probe but a tuple"),
        ("x = somebodys:FIRST_WORD\ny = somebodys:FIRST_WORD", "'first_word', as another is"),
    ],
)
def test_what_cannot_be_used_is_told_and_takes_nothing_with_it(installed, cache, points, said):
    installed(f"[fairviz.probes]\n{points}\n")
    own = list(PROBES.own)
    assert list(PROBES)[: len(own)] == own
    (problem,) = PROBES.problems
    assert said in problem.message
    assert problem.fix
    listed = fairviz("probes", cache=cache)
    assert listed.returncode == 0
    assert said in listed.stderr


def test_a_page_advises_of_what_cannot_be_loaded_and_shows_the_rest(installed, app):
    installed("[fairviz.probes]\nx = somebodys:FIRST_WORD\n", "raise RuntimeError('broken')\n")
    app.switch_page("pages/5_Bias_probes.py").run()
    assert not app.exception
    assert any("RuntimeError" in one.value for one in app.error)
    assert app.selectbox(key="probe").value == "minimal_pairs"


def test_a_name_of_the_house_cannot_be_taken(installed):
    source = PACKAGE.replace('name="first_word"', 'name="bbq"')
    installed("[fairviz.probes]\nx = somebodys:FIRST_WORD\n", source)
    assert len(PROBES) == len(PROBES.own)
    assert "'bbq', as another is already" in PROBES.problems[0].message


def test_somebodys_method_is_a_method(installed, cache):
    source = (
        "from dataclasses import replace\n"
        "from fairviz.compression.registry import METHODS\n"
        "MINE = replace(METHODS['int8'], name='mine', title='Mine')\n"
    )
    installed("[fairviz.methods]\nmine = somebodys:MINE\n", source)
    assert METHODS["mine"].title == "Mine"
    assert "mine" in fairviz("methods", cache=cache).stdout


def test_a_registry_reads_nothing_before_it_must(monkeypatch):
    own = Registry("fairviz.probes", Probe, [PROBES["bbq"]])
    monkeypatch.setattr("fairviz.core.registry.entry_points", lambda **group: pytest.fail("read"))
    assert own["bbq"] is PROBES["bbq"]


def test_somebodys_quantity_colours_tokens_and_is_a_column(installed, cache, app, monkeypatch):
    source = (
        "import numpy as np\n"
        "from fairviz.metrics.quantities import Quantity\n"
        "MINE = Quantity('length', 'Length of the token', 'characters', False, 'How long it is.',\n"
        "    lambda pair: np.array([float(len(token)) for token in pair.tokens]))\n"
    )
    installed("[fairviz.quantities]\nlength = somebodys:MINE\n", source)
    monkeypatch.setattr(QUANTITIES, "_declared", None)
    opened(cache)
    (pair,) = Store(cache).load("reading", KEYS["reading"]).traces
    assert rows({"text": pair})["length"].tolist() == [len(token) for token in pair.tokens]
    app.query_params["reading"] = KEYS["reading"]
    app.query_params["quantity"] = "length"
    app.switch_page("pages/2_Token_shift.py").run()
    assert not app.exception
    assert app.selectbox(key="quantity").value == "length"
    axes = [one.proto.spec for one in app.get("plotly_chart")]
    assert any("Length of the token" in spec for spec in axes)
