"""Django's settings, all derived from ``config()``."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from pli.project.config import config, read_secret
from pli.project.logs import logging_settings
from pli.project.openid import openid_apps, openid_origin

CONFIG = config()
BASE = Path(__file__).resolve().parent.parent
PLI_HOME = CONFIG.home
PLI_BASE_URL = CONFIG.base_url
PLI_IPP_URL = CONFIG.ipp_url
PLI_DNSSD = CONFIG.dnssd
# Where copiers and programs drop files; 0: no such door here.
PLI_FTP_PORT = CONFIG.ftp_port
PLI_SFTP_PORT = CONFIG.sftp_port
# The mail gateway: its port, the domain of its own addresses, whether bounces come back to it.
PLI_SMTP_PORT = CONFIG.smtp_port
PLI_SMTP_DOMAIN = CONFIG.smtp_domain
PLI_SMTP_BOUNCES = CONFIG.smtp_bounces
PLI_SMTP_MAX_BYTES = CONFIG.smtp_max_bytes
# Folders of this server that sources may watch: /path, or organisation=/path, separated by colons.
PLI_FOLDERS = os.environ.get("PLI_FOLDERS", "")
# What reads an invoice that comes as bare XML: a job of the sandbox. Rooms don't import each other.
CAPTURE_INVOICE_READER = "pli.processing.invoices.paper:read_paper"
# Mail servers at private addresses: a company's own.
PLI_ALLOW_PRIVATE_MAIL = os.environ.get("PLI_ALLOW_PRIVATE_MAIL") == "1"
# Whether responders, lists and issuers of certificates may be asked inside the own network.
PLI_ALLOW_PRIVATE_PKI = os.environ.get("PLI_ALLOW_PRIVATE_PKI") == "1"
PLI_TSA_URL = os.environ.get("PLI_TSA_URL", "")
PLI_KEYS_PASSPHRASE = read_secret("PLI_KEYS_PASSPHRASE")
# The device that may hold seals' keys: its PKCS#11 library, and the PIN that opens it.
PLI_PKCS11_MODULE = os.environ.get("PLI_PKCS11_MODULE", "")
PLI_PKCS11_PIN = read_secret("PLI_PKCS11_PIN")
# One uploaded file, in bytes; 1 GiB.
PLI_MAX_UPLOAD_BYTES = int(os.environ.get("PLI_MAX_UPLOAD_BYTES") or 1 << 30)
# Requests a minute of one API token in one web process; 0: no limit.
PLI_API_RATE = int(os.environ.get("PLI_API_RATE") or 1200)
# Webhooks to private addresses and over plain http: for a trial, or a trusted network.
PLI_ALLOW_PRIVATE_WEBHOOKS = os.environ.get("PLI_ALLOW_PRIVATE_WEBHOOKS") == "1"

# Who runs this installation, by the short name of their organisation: they credit, price and invoice. Empty: the first.
PLI_OPERATOR = os.environ.get("PLI_OPERATOR", "")
# The payment provider whose messages are believed, and the secret that signs them.
PLI_PAYMENT_PROVIDER = os.environ.get("PLI_PAYMENT_PROVIDER") or "standard"
PLI_PAYMENT_SECRET = read_secret("PLI_PAYMENT_SECRET")


def _database(url: str) -> dict[str, object]:
    """A Django database entry from a postgresql:// URL (host may be a socket folder in the query)."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "pli",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": str(options.pop("port", parts.port or "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


SECRET_KEY = read_secret("PLI_SECRET_KEY")
_key_file = CONFIG.home / "keys" / "django.key"
if not SECRET_KEY and _key_file.exists():
    SECRET_KEY = _key_file.read_text().strip()
if not SECRET_KEY:
    SECRET_KEY = "only-for-commands-that-serve-nobody"  # noqa: S105 - `pli serve` refuses to start with it
DEBUG = CONFIG.debug
_base = urlsplit(CONFIG.base_url)
ALLOWED_HOSTS = [_base.hostname or "localhost", "localhost", "127.0.0.1", "[::1]", "testserver"]
CSRF_TRUSTED_ORIGINS = [CONFIG.base_url]
DATABASES = {"default": _database(CONFIG.database_url or "postgresql:///pli")}

INSTALLED_APPS = [
    # Before allauth: their templates replace its own.
    "pli.office",
    "pli.portal",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "pli.journal",
    "pli.parties",
    "pli.documents",
    "pli.notifications",
    "pli.capture",
    "pli.processing",
    "pli.signing",
    "pli.delivery",
    "pli.archive",
    "pli.gateway",
    "pli.billing",
    "pli.quotes",
    "pli.journey",
    "pli.api",
]
MIDDLEWARE = [
    "pli.api.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "pli.project.headers.SafeHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pli.office.accounts.language.AccountLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pli.office.accounts.activity.SessionActivityMiddleware",
    "pli.office.toasts.HtmxToastMiddleware",
    "pli.office.errors.PliErrorMiddleware",
]
ROOT_URLCONF = "pli.project.urls"
WSGI_APPLICATION = "pli.project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pli.office.shell.context.shell",
            ],
        },
    },
]
AUTH_USER_MODEL = "parties.Account"
AUTHENTICATION_BACKENDS = ["pli.office.accounts.backend.SignInBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name", "login_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "me:arrival"
PASSWORD_RESET_TIMEOUT = 3600
# Counters of log-in tries are shared by every process of every machine.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "pli_cache"}}
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("PLI_TRUSTED_PROXIES", "0"))
ACCOUNT_ADAPTER = "pli.office.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "pli.office.accounts.forms.SignInForm",
    "reset_password": "pli.office.accounts.forms.AskResetForm",
}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login_name"
ACCOUNT_USER_DISPLAY = "pli.parties.api.display_account"
# An account comes from an activation link, which proves its e-mail; allauth has nothing to verify or to send.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {"activation_letter": "10/m/ip"}
MFA_ADAPTER = "pli.office.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Pli"
MFA_TOTP_TOLERANCE = 1
# Browsers themselves allow passkeys without TLS on localhost alone.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _base.scheme == "http" and _base.hostname == "localhost"
USERSESSIONS_TRACK_ACTIVITY = True
SOCIALACCOUNT_ADAPTER = "pli.office.accounts.adapter.OpenIdAdapter"
# Only accounts that exist enter by OpenID Connect: found by an e-mail the provider says it has verified.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False
PLI_OIDC_ISSUER = os.environ.get("PLI_OIDC_ISSUER", "").rstrip("/")
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": openid_apps(PLI_OIDC_ISSUER)}}
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
LOCALE_PATHS = [BASE / "locale", BASE / "project" / "locale"]
# Messages: with no provider, they stay in the on-screen local outbox.
PLI_MAIL_URL = read_secret("PLI_MAIL_URL")
PLI_MAIL_FROM = os.environ.get("PLI_MAIL_FROM") or f"pli@{_base.hostname or 'localhost'}"
PLI_SMS_URL = read_secret("PLI_SMS_URL")
PLI_SMS_SENDER = os.environ.get("PLI_SMS_SENDER", "")
TIME_ZONE = "Europe/Paris"
USE_TZ = True
FORMAT_MODULE_PATH = ["pli.project.formats"]
STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("PLI_STATIC_ROOT", str(CONFIG.home / "static"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "pli.project.static.HashedStaticFiles"},
}
# Until « pli serve » has collected them (tests, a developer's runserver), files come straight from the packages.
WHITENOISE_USE_FINDERS = not (Path(STATIC_ROOT) / "staticfiles.json").exists()
LOGGING = logging_settings(os.environ.get("PLI_LOG_LEVEL", "INFO"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# A killed worker's jobs are put back within 9 s (pli.project.liveness); one whose machine fell silent, 20 s later.
PROCRASTINATE_WORKER_DEFAULTS = {
    "concurrency": int(os.environ.get("PLI_WORKER_CONCURRENCY", "2")),
    "update_heartbeat_interval": 3.0,
    "stalled_worker_timeout": 20.0,
    "fetch_job_polling_interval": 5.0,
    "shutdown_graceful_timeout": 20.0,
}
PROCRASTINATE_IMPORT_PATHS = ["pli.project.tasks"]
FORM_RENDERER = "pli.office.forms.Renderer"
CSRF_FAILURE_VIEW = "pli.office.errors.csrf_failure"

# No page of Pli runs, shows or frames anything that is not its own. Thumbnails of dropped files are blob:, Tabler's
# small drawings are data:.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        # Browsers apply it to redirects too: logging in by OpenID Connect starts with a form.
        "form-action": ["'self'", *openid_origin(PLI_OIDC_ISSUER)],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
# `no-referrer` would make browsers send `Origin: null` with forms, which the CSRF check must refuse.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _base.scheme == "https"
if _base.scheme == "https" and not CONFIG.tls:
    # A proxy holds the certificate; it sets this header itself (docs/tls.md).
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
