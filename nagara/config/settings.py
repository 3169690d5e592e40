"""How this installation is set up. Everything that differs between two of them comes from the environment.

`NAGARA_DATA` (default `var/`) holds all state: database, files, keys, mail. `PORT` is where it listens.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import dj_database_url
from django.utils.translation import gettext_lazy as _

from nagara.config.keys import secret_key

BASE_DIR = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("NAGARA_DATA") or BASE_DIR / "var").resolve()
DATA.mkdir(parents=True, exist_ok=True)
FILES = DATA / "files"
KEYS = DATA / "keys"
CHECKPOINTS = DATA / "checkpoints"
RULEBOOK = Path(os.environ.get("NAGARA_RULEBOOK") or BASE_DIR / "rulebook")

PORT = int(os.environ.get("PORT") or 8000)
SITE_ADDRESS = (os.environ.get("NAGARA_ADDRESS") or f"http://localhost:{PORT}").rstrip("/")
"""Where the public finds this installation; certificates and QR codes carry it."""

CURRENCY = os.environ.get("NAGARA_CURRENCY") or "THB"
"""The currency (ISO 4217) in which totals of projects are shown where rates allow it."""
IMPORTS_BESIDE = os.environ.get("NAGARA_IMPORTS_BESIDE", "1") == "1"
"""Sheets of projects are read in a thread beside the page. With 0 they are left to `nagara work`, such as on another machine."""
OC4IDS_PREFIX = os.environ.get("NAGARA_OC4IDS_PREFIX") or "oc4ids-nagara"
"""What identifiers of projects begin with in OC4IDS. A publisher registers a prefix of its own with the keepers of the standard."""

BROKER_URL = (os.environ.get("NAGARA_BROKER_URL") or "").rstrip("/")
"""Another NGSI-LD broker that keeps the city data, such as https://broker.example.org; empty: our own, at /ngsi-ld/v1."""
BROKER_KEY = os.environ.get("NAGARA_BROKER_KEY") or ""
"""What that other broker wants in the header Authorization, as `Bearer …`."""
BROKER_ADDRESS = BROKER_URL or os.environ.get("NAGARA_BROKER_HERE") or f"http://127.0.0.1:{PORT}"
"""Where the pages themselves find the broker."""
BROKER_DATA = Path(os.environ.get("NAGARA_BROKER_DATA") or DATA / "broker")
ALLOW_HOSTS = frozenset(host.strip().lower() for host in os.environ.get("NAGARA_ALLOW_HOSTS", "").split(",") if host.strip())
"""Private hosts or addresses that outgoing calls (sources, probes, notifications) may reach; all others of the own network are refused."""

DEBUG = os.environ.get("NAGARA_DEBUG") == "1"
SECRET_KEY = secret_key(KEYS)
ALLOWED_HOSTS = [host for host in os.environ.get("NAGARA_HOSTS", "").split(",") if host] or [
    "localhost",
    "127.0.0.1",
    "[::1]",
    "testserver",
]
if (_host := SITE_ADDRESS.split("://")[-1].split("/")[0].rsplit(":", 1)[0]) not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append(_host)
CSRF_TRUSTED_ORIGINS = [SITE_ADDRESS]

INSTALLED_APPS = [
    "nagara.config",
    "nagara.web",
    "nagara.opendata",
    "nagara.reports",
    "nagara.recognition",
    "nagara.network",
    "nagara.governance",
    "nagara.assessment",
    "nagara.citydata",
    "nagara.monitoring",
    "nagara.plans",
    "nagara.places",
    "nagara.rulebook",
    "nagara.people",
    "nagara.documents",
    "nagara.notices",
    "nagara.audit",
    "nagara.toolkit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "nagara.web.middleware.ContentSecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "nagara.documents.uploads.UploadMiddleware",
    "nagara.toolkit.middleware.PlainTextMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "nagara.toolkit.middleware.RefusalMiddleware",
    "nagara.people.middleware.SecondFactorMiddleware",
]

ROOT_URLCONF = "nagara.config.urls"
WSGI_APPLICATION = "nagara.config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nagara.web.context.shell",
            ],
            "builtins": ["nagara.toolkit.templatetags.nagara"],
        },
    }
]

FORM_RENDERER = "nagara.toolkit.rendering.Forms"

# SQLite is the embedded default; PostgreSQL through DATABASE_URL.
DATABASES = {"default": dj_database_url.parse(os.environ.get("DATABASE_URL") or f"sqlite:///{DATA / 'nagara.sqlite3'}", conn_max_age=600)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # What was acknowledged survives a power cut: hence FULL.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; PRAGMA temp_store=MEMORY",
    }
    # A file for the tests as well: in memory, threads lock each other's tables instead of waiting for each other.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA / "test.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "web:tasks"
ACCOUNT_ADAPTER = "nagara.people.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGOUT_REDIRECT_URL = "web:home"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
ACCOUNT_CHANGE_EMAIL = True  # one address an account; the new one takes the place of the old when it is confirmed
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_FORMS = {
    "login": "nagara.people.sign_in_forms.LoginForm",
    "reauthenticate": "nagara.people.sign_in_forms.ReauthenticateForm",
    "reset_password": "nagara.people.sign_in_forms.ResetPasswordForm",
    "reset_password_from_key": "nagara.people.sign_in_forms.ResetPasswordKeyForm",
    "change_password": "nagara.people.sign_in_forms.ChangePasswordForm",
    "set_password": "nagara.people.sign_in_forms.SetPasswordForm",
    "add_email": "nagara.people.sign_in_forms.AddEmailForm",
}
ACCOUNT_SESSION_REMEMBER = True
MFA_ADAPTER = "nagara.people.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_FORMS = {
    "authenticate": "nagara.people.sign_in_forms.AuthenticateForm",
    "reauthenticate": "nagara.people.sign_in_forms.SecondFactorForm",
    "activate_totp": "nagara.people.sign_in_forms.ActivateTOTPForm",
    "add_webauthn": "nagara.people.sign_in_forms.AddWebAuthnForm",
    "edit_webauthn": "nagara.people.sign_in_forms.EditWebAuthnForm",
}
# Accounts are made by invitation, so nobody blocks a stranger's address with a second factor; and officers do change address.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Nagara"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = SITE_ADDRESS.startswith("http://localhost")
SECOND_FACTOR_MINUTES = int(os.environ.get("NAGARA_SECOND_FACTOR_MINUTES") or 15)
INVITATION_AGE = timedelta(days=14)
# Tries to sign in are counted by address; behind a proxy, that of the visitor stands in a header. How many proxies are in front?
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("NAGARA_PROXIES") or 0)

# Certificates
REGISTER_PREFIX = os.environ.get("NAGARA_REGISTER_PREFIX") or "SCT"
"""How the numbers of recognitions and certificates begin: SCT-0038."""
ISSUER = {
    "th": os.environ.get("NAGARA_ISSUER_TH") or "ทะเบียนเมืองอัจฉริยะประเทศไทย",
    "en": os.environ.get("NAGARA_ISSUER_EN") or "Register of Smart City Thailand",
}
"""In whose name credentials are issued."""

# An agency's own sign-in (OpenID Connect, ThaID among them): four variables switch it on.
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_ADAPTER = "nagara.people.adapter.AgencySignInAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True  # at the first sign-in; which addresses count, the adapter says
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {"openid_connect": {"APPS": []}}
FORM_TARGETS: list[str] = []
"""Where else than here a form may lead: the page of the agency that signs people in."""
if os.environ.get("NAGARA_OIDC_SERVER"):
    FORM_TARGETS.append("{0.scheme}://{0.netloc}".format(urlsplit(os.environ.get("NAGARA_OIDC_PAGE") or os.environ["NAGARA_OIDC_SERVER"])))
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"].append(
        {
            "provider_id": os.environ.get("NAGARA_OIDC_ID", "agency"),
            "name": os.environ.get("NAGARA_OIDC_NAME", "OpenID Connect"),
            "client_id": os.environ["NAGARA_OIDC_CLIENT"],
            "secret": os.environ["NAGARA_OIDC_SECRET"],
            "settings": {"server_url": os.environ["NAGARA_OIDC_SERVER"]},
        }
    )

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_ADDRESS.startswith("https://")
SESSION_COOKIE_AGE = 60 * 60 * 24 * 7
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "SAMEORIGIN"
if SITE_ADDRESS.startswith("https://"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Languages and calendars. An address without a prefix is Thai; /en/… is English.
LANGUAGE_CODE = "th"
LANGUAGES = [("th", _("Thai")), ("en", _("English"))]
TIME_ZONE = os.environ.get("NAGARA_TIME_ZONE") or "Asia/Bangkok"
ZONE = ZoneInfo(TIME_ZONE)
USE_TZ = True
USE_I18N = True
LANGUAGE_COOKIE_NAME = "language"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "build" / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
"""The largest file that is taken as evidence or paper. The form says so before the file travels."""
FILE_UPLOAD_HANDLERS = ["nagara.documents.uploads.WatchedUploadHandler"]
FILE_UPLOAD_TEMP_DIR = str(DATA / "incoming")
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
(DATA / "incoming").mkdir(exist_ok=True)

# Mail: to a folder until a server is named.
DEFAULT_FROM_EMAIL = os.environ.get("NAGARA_MAIL_FROM") or "nagara@localhost"
if os.environ.get("NAGARA_MAIL_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = os.environ["NAGARA_MAIL_HOST"]
    EMAIL_PORT = int(os.environ.get("NAGARA_MAIL_PORT") or 587)
    EMAIL_HOST_USER = os.environ.get("NAGARA_MAIL_USER", "")
    EMAIL_HOST_PASSWORD = os.environ.get("NAGARA_MAIL_PASSWORD", "")
    EMAIL_USE_TLS = os.environ.get("NAGARA_MAIL_TLS", "1") == "1"
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA / "mail"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"nagara": {"level": "INFO"}},
}
