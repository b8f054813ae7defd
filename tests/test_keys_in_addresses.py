"""An address may name any run: what cannot be a folder's name is no run, of every kind."""

import pytest

from fairviz.analyses.registry import ANALYSES, HASHED
from fairviz.analyses.store import Store


@pytest.mark.parametrize("kind", HASHED)
@pytest.mark.parametrize(
    "key", ["", "a" * 129, "a" * 5000, "../x", "é", "a\x00b", "con.x", "damaged"]
)
def test_what_is_no_key_is_no_run(tmp_path, kind, key):
    (tmp_path / ANALYSES[kind].codec.folder / "damaged").mkdir(parents=True)
    assert Store(tmp_path).load(kind, key) is None


@pytest.mark.parametrize("kind", HASHED)
def test_a_long_key_of_no_run_is_none(tmp_path, kind):
    assert Store(tmp_path).load(kind, "a" * 128) is None
