"""What stays for good is not searched for garbage; what was let go is found all the same."""

import gc
import subprocess
import sys
import types
import weakref

import pytest

from fairviz.core import garbage


class Circle:
    def __init__(self):
        self.self = self


@pytest.fixture(autouse=True)
def as_shipped(monkeypatch):
    monkeypatch.setattr(garbage, "gc", gc)  # which all other tests leave less to search
    yield
    garbage.collect()


def test_what_was_spared_is_searched_once_more_when_a_model_was_let_go(monkeypatch):
    held = Circle()
    seen = weakref.ref(held)
    monkeypatch.setitem(sys.modules, "one_more", types.ModuleType("one_more"))
    garbage.spare()
    del held
    gc.collect()
    assert seen() is not None  # spared
    garbage.collect()
    assert seen() is None


def test_a_run_that_loaded_no_module_spares_nothing():
    garbage.spare()
    held = Circle()
    seen = weakref.ref(held)
    garbage.spare()
    del held
    gc.collect()
    assert seen() is None


def test_a_page_leaves_the_search_little():
    """After a page of the dashboard was drawn, nearly all objects are spared."""
    script = """
import gc
from streamlit.testing.v1 import AppTest
AppTest.from_file("app.py", default_timeout=100).run()
AppTest.from_file("app.py", default_timeout=100).run()
gc.collect()
print(len(gc.get_objects()), gc.get_freeze_count())
"""
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    searched, spared = map(int, said.stdout.split())
    assert searched < spared / 4
