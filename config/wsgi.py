"""What the web server calls."""

from __future__ import annotations

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from base.bodies import with_known_length

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = with_known_length(get_wsgi_application(), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
