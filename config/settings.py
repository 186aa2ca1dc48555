"""One flat file of settings. What an operator may change comes from the environment; docs/settings.md lists it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent
TESTING = "pytest" in sys.modules
VERSION = "0.1.0"

# --- The installation ---------------------------------------------------------------------------------------------
TOCSIN_DATA_DIR = env.data_dir(BASE_DIR)
TOCSIN_BASE_URL = env.base_url()
TOCSIN_ADMIN_EMAIL = env.text("TOCSIN_ADMIN_EMAIL", "admin@localhost.localdomain")  # of the first start
TOCSIN_LOG_LEVEL = env.choice("TOCSIN_LOG_LEVEL", "INFO", env.LOG_LEVELS)
SECRET_KEY = env.secret_key(TOCSIN_DATA_DIR)
DEBUG = False

_host = urlsplit(TOCSIN_BASE_URL).hostname or "127.0.0.1"
ALLOWED_HOSTS = sorted({_host, "127.0.0.1", "localhost", "[::1]", *env.hosts("TOCSIN_ALLOWED_HOSTS")})
CSRF_TRUSTED_ORIGINS = [TOCSIN_BASE_URL]

SECURE_PUBLIC = TOCSIN_BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_PUBLIC
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_PUBLIC else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_PUBLIC
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_PUBLIC else None
SECURE_SSL_REDIRECT = False  # a monitor that is redirected loses its body; the proxy in front decides
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "tocsin_session"
CSRF_COOKIE_NAME = "tocsin_csrf"
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # no SECURE_SSL_REDIRECT, see above
    "drf_spectacular.W001",  # it looks at all dialects and their aliases at once; a test checks each schema
    "auth.E003",  # addresses are unique whatever their case: a constraint on Lower("email") says so
]

# --- What it is made of -------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "base",
    "oncall",
    "alerts",
    "paging",
    "statuspage",
    "config",
]
MIDDLEWARE = [
    "base.middleware.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "statuspage.middleware.HostMiddleware",  # before static files: a custom domain serves its status page alone
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # a redirect loses the body of a POST; both forms of every address are routed
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Database -----------------------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {"default": env.database(TOCSIN_DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "oncall.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# --- Time and words -----------------------------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français"), ("es", "Español"), ("ja", "日本語")]
LOCALE_PATHS = [BASE_DIR / "locale"]

# --- Files --------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = TOCSIN_DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # the documented limit of an inbound alert; over it is a 413

# --- The clock ----------------------------------------------------------------------------------------------------
# Each has tick(now) -> int and next_due() -> datetime | None; one that talks to the world has deliver(now, …) too.
CLOCKS = ["alerts.clock", "paging.clock", "statuspage.clock", "statuspage.public_clock"]
SAMPLES = ["statuspage.sample"]  # what `manage.py sample` loads and removes beside people and alerts
CLOCK_LATE_AFTER = 10  # seconds; /healthz is red above it
LEASE_SECONDS = 15  # a send holds its row this long; every provider's time-out lies below it
PROVIDER_TIMEOUT = 10  # seconds, in all, for one send
SEND_THREADS = env.integer("TOCSIN_SEND_THREADS", 8, least=1)
Q_CLUSTER = {
    "name": "tocsin",
    "orm": "default",  # the queue lies in our own database: async_task() joins the transaction around it
    "broker_class": "base.broker.ClockBroker",
    "workers": env.integer("TOCSIN_WORKERS", 2, least=1),
    "timeout": 20,  # a task is ended after this many seconds; must lie below retry
    "retry": 60,  # an unfinished task is handed out again after this many seconds
    "max_attempts": 5,  # the default is for ever
    "ack_failures": True,  # the default hands a failed task out again for ever
    "save_limit": -1,  # keep no successes: the default makes every task five times slower
    "catch_up": False,  # the default runs every missed minute after a downtime
    "queue_limit": 8,  # tasks fetched ahead; each one's retry clock starts at the fetch
    "recycle": 5000,  # tasks until a worker is renewed
    "poll": 0.2,  # seconds between two looks at what is due
    "bulk": 1,
    "label": "Tasks",
}

# --- Mail ---------------------------------------------------------------------------------------------------------
_email = env.email()
EMAIL_CONFIGURED = _email is not None
if _email:
    globals().update(_email)
DEFAULT_FROM_EMAIL = env.text("TOCSIN_MAIL_FROM", f"tocsin@{_host if '.' in _host else 'localhost.localdomain'}")
EMAIL_TIMEOUT = PROVIDER_TIMEOUT

# --- Texts and calls: the providers in order; without one they are kept, for the phone simulator --------------------
PHONE_PROVIDERS = env.phone_providers()

# --- Mails that are alerts ----------------------------------------------------------------------------------------
TOCSIN_INBOUND_EMAIL_DOMAIN = env.text("TOCSIN_INBOUND_EMAIL_DOMAIN")
TOCSIN_INBOUND_EMAIL_SECRET = env.text("TOCSIN_INBOUND_EMAIL_SECRET")  # what a mail provider's webhook must know
TOCSIN_LMTP_BIND = env.text("TOCSIN_LMTP_BIND")  # `up` runs a mail server there when it is set
# --- Push and chat ------------------------------------------------------------------------------------------------
# The person whom a push service may write to when something is wrong with what we send.
PUSH_CONTACT = env.text("TOCSIN_PUSH_CONTACT", TOCSIN_ADMIN_EMAIL)
SLACK_BOT_TOKEN = env.text("TOCSIN_SLACK_BOT_TOKEN")
SLACK_SIGNING_SECRET = env.text("TOCSIN_SLACK_SIGNING_SECRET")
SLACK_API_URL = "https://slack.com/api"
TELEGRAM_BOT_TOKEN = env.text("TOCSIN_TELEGRAM_BOT_TOKEN")
TELEGRAM_API_URL = "https://api.telegram.org"
MATTERMOST_URL = env.text("TOCSIN_MATTERMOST_URL").rstrip("/")
MATTERMOST_BOT_TOKEN = env.text("TOCSIN_MATTERMOST_BOT_TOKEN")

# --- How often one person is rung by text, call or push ----------------------------------------------------------
MESSAGES_PER_HOUR = env.integer("TOCSIN_MESSAGES_PER_HOUR", 60)  # 0: no cap
BUNDLE_SECONDS = env.integer("TOCSIN_BUNDLE_SECONDS", 30)  # a storm is told in one message this often; 0: never

# --- Limits and retention (days); nothing that is still open is ever deleted ---------------------------------------
RETENTION_DAYS = {
    "payloads": env.integer("TOCSIN_KEEP_PAYLOADS_DAYS", 90, least=1),
    "attempts": env.integer("TOCSIN_KEEP_ATTEMPTS_DAYS", 90, least=1),
    "logs": env.integer("TOCSIN_KEEP_LOGS_DAYS", 365, least=1),
    "requests": env.integer("TOCSIN_KEEP_REQUESTS_DAYS", 30, least=1),
}
REPLY_LINK_DAYS = 7
# Events of one integration in five minutes, unless it has a limit of its own; 0: no limit. Beyond it events are counted
# on the alert they belong to and not kept.
TOCSIN_INGEST_LIMIT = env.integer("TOCSIN_INGEST_LIMIT", 0)
# Webhooks may reach these private networks; every other private address is refused.
WEBHOOK_ALLOWED_NETWORKS = env.words("TOCSIN_WEBHOOK_ALLOWED_NETWORKS")
CALENDAR_ALLOWED_NETWORKS = env.words("TOCSIN_CALENDAR_ALLOWED_NETWORKS")  # likewise for imported calendars
# Requests of one person to the HTTP APIs in any minute, counted by each web process for itself; 0: no limit.
TOCSIN_API_LIMIT = env.integer("TOCSIN_API_LIMIT", 0)

# --- Public status pages --------------------------------------------------------------------------------------------
# How long a reader trusts what another reader has just confirmed; a change on this machine shows at once regardless.
STATUSPAGE_PROBE_SECONDS = 0.0 if TESTING else 1.0
STATUSPAGE_DIR = TOCSIN_DATA_DIR / "statuspages"  # the finished pages, which are served when the database is down
STATUSPAGE_EXPORT_DIR = env.text("TOCSIN_STATUS_EXPORT_DIR")  # public pages are written there too, as plain files
# Whoever stands before this server and says in X-Forwarded-For who asks; matters for pages open to networks only.
TRUSTED_PROXIES = env.words("TOCSIN_TRUSTED_PROXIES") or ["127.0.0.1", "::1"]

# --- Status pages -------------------------------------------------------------------------------------------------
STATUS_API_RATE = env.integer("TOCSIN_STATUS_API_RATE", 100)  # calls a second and token; 0: no limit

# --- HTTP APIs ----------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    # Each dialect's base view names its own authentication, pages and error shape: there are four truths.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["base.api.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tocsin",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "ENUM_NAME_OVERRIDES": {
        "EscalationPolicyType": "oncall.models.EscalationPolicy.Type",
        "NotificationRuleType": "oncall.models.NotificationRule.Kind",
        "MaintenanceMode": "alerts.models.Maintenance.Mode",
        "HotpotUrgency": ["low", "medium", "high"],
        "ScheduleType": "oncall.models.Schedule.Type",
        "OnCallShiftType": "oncall.models.OnCallShift.Type",
    },
}

# --- Logs: one line an event, no secrets in them --------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "base.logs.LineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": TOCSIN_LOG_LEVEL},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "mail.log": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},  # recipients are secrets
        "django-q": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}

# --- Console ------------------------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "Tocsin",
    "SITE_HEADER": "Tocsin",
    "SITE_SYMBOL": "notifications_active",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "config.navigation.icon"}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "paging.admin.dashboard.index",
    "COLORS": {  # one blue, that of what is planned; red, amber and green are for states alone
        "primary": {
            "50": "#eff4fd",
            "100": "#dbe7fb",
            "200": "#bed3f8",
            "300": "#8ab4ff",
            "400": "#78a4f7",
            "500": "#5a8cf0",
            "600": "#2458b8",
            "700": "#1f4a9b",
            "800": "#1d4081",
            "900": "#1b376c",
            "950": "#122347",
        }
    },
    "STYLES": ["config.navigation.stylesheet"],
    "SCRIPTS": ["config.navigation.script"],
    "SIDEBAR": {"show_search": True, "navigation": "config.navigation.sidebar"},
}

if TESTING:
    STATUSPAGE_DIR /= f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
    STATIC_ROOT.mkdir(exist_ok=True)  # nothing is collected for tests; without the folder whitenoise warns
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    LOGGING["root"] = {"handlers": ["stderr"], "level": "CRITICAL"}
