"""Hostile input at random: every answer is a result or advice, in ten seconds, in the cache.

Same seed, same cases; a slower machine tries fewer of them. `FAIRVIZ_FUZZ_SECONDS=3600` tries more.
"""

import io
import random
import shutil
from pathlib import Path

import in_folders
import pytest
import reports
from in_files import READERS, SEEDS
from in_fuzzing import changed, until, watched, zip_changed
from streamlit.testing.v1 import AppTest
from test_models_folders import llama, read  # noqa: F401
from test_report_bundle import listed

from fairviz.core import parquet_file
from fairviz.core.errors import FairvizError
from fairviz.report.bundle import pack, unpack
from fairviz.report.runs import sections
from fairviz.ui.links import PAGES

SEED = 15
APP = Path(__file__).parents[1] / "app.py"


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("from")
        patch.setenv("FAIRVIZ_CACHE", str(root))
        reports.keep(root)
        return pack(reports.report()).content


def test_bundles(packed, tmp_path, monkeypatch):
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(parquet_file, "APART", True)  # some files end whoever reads them
    draw = random.Random(SEED)
    opened = refused = 0
    with watched(tmp_path) as limit:
        for _ in until(0.2):
            content = zip_changed(draw, packed, listed)
            with limit():
                try:
                    list(sections(unpack(io.BytesIO(content), tmp_path / "cache").report))
                    opened += 1
                except FairvizError:
                    refused += 1
    assert refused > 5, (opened, refused)


def test_files(tmp_path, monkeypatch):
    monkeypatch.setattr(parquet_file, "APART", True)
    draw = random.Random(SEED)
    read_whole = refused = 0
    with watched(tmp_path) as limit:
        for _ in until(0.3):
            name, content = draw.choice(SEEDS)
            content = changed(draw, content)
            for reader, entry in draw.sample(READERS, 5):
                with limit():
                    try:
                        entry(content, name)
                        read_whole += 1
                    except FairvizError:
                        refused += 1
                    except Exception as error:
                        error.add_note(f"{reader} on {name}: {content[:400]!r}")
                        raise
    assert refused > 20 and read_whole > 5, (read_whole, refused)


def test_model_folders(llama, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setenv("FAIRVIZ_CACHE", str(tmp_path / "cache"))
    read_whole = refused = 0
    with watched(tmp_path) as limit:
        for number in until(0.2):
            folder = shutil.copytree(llama, tmp_path / str(number))
            (mutate,) = in_folders.drawn(f"{SEED}-{number}", 1)
            mutate(folder)
            with limit():
                try:
                    read(folder)
                    read_whole += 1
                except FairvizError:
                    refused += 1
    assert refused > 3, (read_whole, refused)


# What a link may hold, and what it holds instead.
NAMES = (
    "run", "reading", "audit", "outcome", "report", "review", "reviewer", "probe", "token", "chips",
    "slide", "present", "lang", "baseline", "compressed", "prompt", "max_new_tokens", "temperature",
    "seed", "top_k", "top_p", "device", "unsafe_pickle", "set", "task", "of_theme", "of_language",
    "view", "dimension", "benchmark", "metric", "flagged", "method", "text_0", "show_items", "unit",
    "minimal_pairs_language", "minimal_pairs_score", "samples_samples", "quantity", "distance",
)  # fmt: skip
HELD = (
    "", "0", "-1", "1", "nan", "inf", "1e999", "9" * 50, "true", "../../../../etc/passwd", "/", "~",
    "<script>alert(1)</script>", "demo", "demo+nf4", "demo+int8+nf4", "demo+", "+", "no/such", "en",
    "fr", "xx", "minimal_pairs", "bbq", "\x00", "é" * 3000, "a" * 128, "%00", "[a](javascript:1)",
    *reports.KEYS.values(),
)  # fmt: skip


def test_addresses(cache):
    reports.keep(cache)
    draw = random.Random(SEED)
    with watched(cache):
        for number in until(0.3):
            path = PAGES[number % len(PAGES)][0]
            app = AppTest.from_file(str(APP), default_timeout=10)
            asked = {name: draw.choice(HELD) for name in draw.sample(NAMES, draw.randint(1, 8))}
            for name, value in asked.items():
                app.query_params[name] = value
            app.switch_page(path).run()
            assert not app.exception, (path, asked, [one.value for one in app.exception])
            said = " ".join(one.value for one in app.error)
            assert "did not foresee" not in said and "pas prévu" not in said, (path, asked, said)
