"""The layers of the design: imports go downwards, pages stay thin, the core needs no browser."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "fairviz"

# From the bottom up; a module imports from its own layer or from below.
LAYERS = (
    ("errors", "language"),
    ("specs", "disk", "text_file", "finite"),
    ("traces", "vocabulary", "set_files"),
    (
        "quantities",
        "sampling",
        "few_rows",
        "divergence",
        "reduction",
        "reduction_cuda",
        "head",
        "batch_invariance",
        "contexts",
        "recast",
    ),
    ("decode", "samples", "score", "choices", "stats", "trace_tables", "by_word", "lexicons"),
    ("store", "readings"),
    ("benchmarks", "tasks", "prompts"),
    ("compression",),
    ("models",),
    ("provenance",),
    ("writing", "scoring"),
    ("noise", "tradeoff"),
    ("audit", "probes", "review"),
    ("compare", "teacher_forcing"),
    ("figures", "report", "cli"),
    ("ui",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
# The bundled model is made apart from the product; only its prompts are shown.
APART = {"demo", "__init__", "__main__"}
HEAVY = {
    "torch",
    "transformers",
    "bitsandbytes",
    "accelerate",
    "llmcompressor",
    "compressed_tensors",
}

MODULES = sorted(path for path in PACKAGE.rglob("*.py"))


def layer(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """Every module that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downwards(path):
    own = layer(path)
    if own in APART:
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "fairviz" or len(parts) < 2 or parts[1] in APART or parts[1] not in RANK:
            continue
        assert RANK[parts[1]] <= RANK[own], f"{own} imports {name}"


def test_every_module_has_a_layer():
    assert {layer(path) for path in MODULES} - APART == set(RANK)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_ui_knows_streamlit(path):
    if layer(path) != "ui":
        assert not any(name.split(".")[0] == "streamlit" for name in imports(path))


def python(code):
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_core_runs_with_streamlit_blocked():
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in MODULES
        if layer(path) not in {"ui", "__main__"} and path.name != "__init__.py"
    ]
    done = python(
        "import sys, importlib\nsys.modules['streamlit'] = None\n"
        f"for name in {names!r}: importlib.import_module(name)"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "module", ["cli", "figures", "store", "specs", "stats", "compare", "models.catalog", "ui.shell"]
)
def test_what_opens_without_a_model_opens_without_torch(module):
    done = python(f"import sys, fairviz.{module}\nprint(sorted(set(sys.modules) & {HEAVY!r}))")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_are_thin(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 60
    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, ast.BinOp | ast.Try), ast.unparse(node)
        assert not (isinstance(node, ast.Call) and ast.unparse(node.func) == "open")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_assert_and_no_promises_in_the_package(path):
    text = path.read_text()
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(text)))
    assert not any(word in text for word in ("TODO", "FIXME", "NotImplementedError"))


def test_no_module_imports_itself_by_a_detour():
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in MODULES}
    graph = {
        name: {other for other in imports(path) if other in names} for name, path in names.items()
    }
    TopologicalSorter({name: others - {name} for name, others in graph.items()}).prepare()


def test_the_bundled_model_is_made_without_the_product():
    for path in MODULES:
        if layer(path) == "demo":
            known = {name.split(".")[1] for name in imports(path) if name.startswith("fairviz.")}
            assert not known & {"ui", "cli", "figures"}, path
