"""The layers of the design: imports go downwards, pages stay thin, the core needs no browser."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "fairviz"

# From the bottom up; a module imports from its own layer or from below.
LAYERS = (
    ("i18n",),
    ("core",),
    ("metrics", "lexicons"),
    ("stats", "benchmarks", "tasks", "prompts"),
    ("compression",),
    ("models",),
    ("inference",),
    ("engine",),
    ("probes",),
    ("figures", "analyses"),
    ("demo",),
    ("serving", "report"),
    ("api",),
    ("cli",),
    ("ui",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
ENTRANCES = {"__init__", "__main__"}
HEAVY = {
    "torch",
    "transformers",
    "bitsandbytes",
    "accelerate",
    "llmcompressor",
    "compressed_tensors",
}

MODULES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}


def layer(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path):
    """Every module that a file of the package imports, wherever in it."""
    for node in ast.walk(MODULES[path]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def climbs(path):
    """What a module imports from a layer above its own."""
    own = layer(path)
    if own in ENTRANCES:
        return
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "fairviz" or len(parts) < 2 or parts[1] not in RANK:
            continue
        if RANK[parts[1]] > RANK[own]:
            yield name


def test_imports_go_downwards():
    assert [f"{path}: {name}" for path in MODULES for name in climbs(path)] == []


def test_every_module_has_a_layer():
    assert {layer(path) for path in MODULES} - ENTRANCES == set(RANK)
    assert len(RANK) == sum(map(len, LAYERS))


def test_nothing_of_the_product_needs_the_demo():
    assert [
        f"{path}: {name}"
        for path in MODULES
        if layer(path) != "demo"
        for name in imports(path)
        if name.split(".")[:2] == ["fairviz", "demo"]
    ] == []


def test_only_the_ui_knows_streamlit():
    outside = [path for path in MODULES if layer(path) != "ui"]
    assert [p for p in outside if any(n.split(".")[0] == "streamlit" for n in imports(p))] == []


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


LIGHT = "cli figures core.specs stats analyses.comparison.run models.catalog ui.shell".split()


def test_what_opens_without_a_model_opens_without_torch():
    done = python(
        "import sys, importlib\n"
        f"for name in {LIGHT!r}:\n"
        "    importlib.import_module(f'fairviz.{name}')\n"
        f"    print(name, *sorted(set(sys.modules) & {HEAVY!r}))"
    )
    assert done.stdout.split("\n") == [*LIGHT, ""], done.stdout + done.stderr


PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]


def test_pages_are_thin():
    texts = {path: path.read_text("utf-8") for path in PAGES}
    assert [path for path, text in texts.items() if len(text.splitlines()) > 60] == []
    for node in (node for text in texts.values() for node in ast.walk(ast.parse(text))):
        assert not isinstance(node, ast.BinOp | ast.Try), ast.unparse(node)
        assert not (isinstance(node, ast.Call) and ast.unparse(node.func) == "open")


PROMISES = re.compile("TODO|FIXME|NotImplementedError")


def test_no_assert_and_no_promises_in_the_package():
    assert [
        p for p, t in MODULES.items() if any(isinstance(n, ast.Assert) for n in ast.walk(t))
    ] == []
    assert [path for path in MODULES if PROMISES.search(path.read_text("utf-8"))] == []


def test_no_module_imports_itself_by_a_detour():
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in MODULES}
    graph = {
        name: {other for other in imports(path) if other in names} for name, path in names.items()
    }
    TopologicalSorter({name: others - {name} for name, others in graph.items()}).prepare()
