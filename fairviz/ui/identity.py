"""Who an identity provider says a visitor is: OIDC, as `[auth]` of Streamlit's secrets has it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from streamlit.auth_util import get_cookie_with_chunks, get_secrets_auth_section
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from fairviz.serving.sharing import sharing


def providers() -> dict[str, str]:
    """Name of each provider -> the address that begins its sign-in; none where none is used."""
    shared = sharing()
    if shared is None or not shared.people:
        return {}
    section = get_secrets_auth_section().to_dict()
    named = [name for name, value in section.items() if isinstance(value, dict)]
    if "client_id" in section:
        named.insert(0, "default")
    return {
        "OpenID Connect" if name == "default" else name.title(): generate_login_redirect_url(name)
        for name in named
    }


def who(cookies: Mapping[str, str]) -> str | None:
    """The e-mail address in Streamlit's signed cookie, if its owner may come in.

    An address that the provider says is not verified is nobody's.
    """
    shared = sharing()
    if shared is None or not shared.people or USER_COOKIE_NAME not in cookies:
        return None
    secret = get_cookie_secret()
    if not secret:  # anybody could sign with it
        return None

    def one(name: str) -> bytes | None:
        return decode_signed_value(secret, name, cookies[name]) if name in cookies else None

    raw = get_cookie_with_chunks(one, USER_COOKIE_NAME)
    try:
        user = json.loads(raw) if raw else {}
    except ValueError:
        return None
    email = user.get("email") if isinstance(user, dict) else None
    if not isinstance(email, str) or user.get("email_verified") is False:
        return None
    return email if user.get("is_logged_in") and shared.knows(email) else None
