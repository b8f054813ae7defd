"""An address may name any run: what cannot be a folder's name is no run, on every shelf."""

import pytest

from fairviz.analyses.audit.shelf import Shelf as Audits
from fairviz.analyses.comparison.store import Store
from fairviz.analyses.reading.store import Readings
from fairviz.core.disk import is_key
from fairviz.probes.shelf import Shelf as Probes

SHELVES = (Store, Readings, Audits, Probes)


@pytest.mark.parametrize("shelf", SHELVES, ids=lambda shelf: shelf.__module__)
@pytest.mark.parametrize("key", ["", "a" * 129, "a" * 5000, "../x", "é", "a\x00b", "con.x"])
def test_what_is_no_key_is_no_run(tmp_path, shelf, key):
    assert not is_key(key)
    assert shelf(tmp_path).load(key) is None


@pytest.mark.parametrize("shelf", SHELVES, ids=lambda shelf: shelf.__module__)
def test_a_long_key_of_no_run_is_none(tmp_path, shelf):
    assert is_key("a" * 128)
    assert shelf(tmp_path).load("a" * 128) is None
