"""Who an identity provider says a visitor is: OIDC, as `[auth]` of Streamlit's secrets has it."""

from __future__ import annotations

import json
from collections.abc import Mapping

from streamlit.auth_util import (
    get_cookie_with_chunks,
    get_secrets_auth_section,
    is_authlib_installed,
    validate_auth_credentials,
)
from streamlit.errors import StreamlitAuthError
from streamlit.user_info import generate_login_redirect_url
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from fairviz.i18n import _
from fairviz.serving.sharing import PEOPLE, CannotServe, Sharing, sharing


def providers() -> dict[str, str]:
    """Name of each provider -> the address that begins its sign-in; none where none is used."""
    shared = sharing()
    if shared is None or not shared.people:
        return {}
    return {
        "OpenID Connect" if name == "default" else name.title(): generate_login_redirect_url(name)
        for name in _named()
    }


def check(shared: Sharing) -> None:
    """Find out before anybody comes whether those who may come by a provider can.

    Raises:
        CannotServe: If no provider is set up, or the package that asks it is not here.
    """
    if not shared.people:
        return
    if not is_authlib_installed():
        raise CannotServe(
            _("Sign-in by an identity provider needs the package Authlib."),
            fix=_("Install it with: {command}", command="pip install streamlit[auth]"),
        )
    try:
        for name in _named() or ["default"]:
            validate_auth_credentials(name)
        providers()  # which signs with what Authlib brings along
    except StreamlitAuthError as error:
        raise CannotServe(
            " ".join(str(error).split()),
            fix=_("{people} is set; see SECURITY.md for how a provider is set up.", people=PEOPLE),
        ) from error


def _named() -> list[str]:
    """The providers of `[auth]`, as Streamlit names them."""
    section = get_secrets_auth_section().to_dict()
    own = ["default"] if "client_id" in section else []
    return own + [
        name for name, value in section.items() if isinstance(value, dict) and "client_id" in value
    ]


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
