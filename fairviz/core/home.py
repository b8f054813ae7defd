"""Where the dashboard lies with what ships beside it, and where the user's own goes."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
# A wheel brings along what stands at the top of the repository; see `pyproject.toml`.
_INSTALLED = PACKAGE / "dashboard"
# The folder of `app.py`, `pages/`, `.streamlit/` and the cache that ships.
HOME = _INSTALLED if _INSTALLED.is_dir() else PACKAGE.parent
SHIPPED = HOME / "cache"


def own_cache() -> Path:
    """The cache of who names no other: `cache/` of a clone, else this user's cache folder."""
    if HOME != _INSTALLED:
        return SHIPPED
    from platformdirs import user_cache_path

    return user_cache_path("fairviz", appauthor=False)
