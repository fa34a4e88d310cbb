"""allauth's pages: logging in and out, the second factor, an outside identity."""

from __future__ import annotations

from tests.matrix.rules import THEIRS, THEIRS_OWN, Methods

ACCOUNT_PAGES: dict[str, Methods] = {
    # allauth's pages: logging in and out
    "account_login": THEIRS,
    "account_logout": THEIRS,
    "account_inactive": THEIRS,
    "account_reset_password": THEIRS,
    "account_reset_password_done": THEIRS,
    "account_reset_password_from_key": THEIRS,
    "account_reset_password_from_key_done": THEIRS,
    "account_reauthenticate": THEIRS_OWN,
    "account_change_password": THEIRS_OWN,
    "account_set_password": THEIRS_OWN,
    "usersessions_list": THEIRS_OWN,
    # allauth's pages: the second factor
    "mfa_index": THEIRS_OWN,
    "mfa_authenticate": THEIRS,
    "mfa_reauthenticate": THEIRS_OWN,
    "mfa_activate_totp": THEIRS_OWN,
    "mfa_deactivate_totp": THEIRS_OWN,
    "mfa_view_recovery_codes": THEIRS_OWN,
    "mfa_generate_recovery_codes": THEIRS_OWN,
    "mfa_download_recovery_codes": THEIRS_OWN,
    "mfa_list_webauthn": THEIRS_OWN,
    "mfa_add_webauthn": THEIRS_OWN,
    "mfa_reauthenticate_webauthn": THEIRS_OWN,
    "mfa_remove_webauthn": THEIRS_OWN,
    "mfa_edit_webauthn": THEIRS_OWN,
    "mfa_login_webauthn": THEIRS,
    # allauth's pages: an outside identity; nobody makes an account here by themselves
    "accounts/email/": THEIRS,
    "account_email": THEIRS,
    "account_signup": THEIRS,
    "account_confirm_email": THEIRS,
    "account_email_verification_sent": THEIRS,
    "account_confirm_login_code": THEIRS,
    "socialaccount_login_cancelled": THEIRS,
    "socialaccount_login_error": THEIRS,
    "socialaccount_signup": THEIRS,
    "socialaccount_connections": THEIRS_OWN,
    "accounts/social/login/cancelled/": THEIRS,
    "accounts/social/login/error/": THEIRS,
    "accounts/social/signup/": THEIRS,
    "accounts/social/connections/": THEIRS,
    "openid_connect_login": THEIRS,
    "openid_connect_callback": THEIRS,
}
