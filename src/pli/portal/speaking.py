"""The language of pages that are read without an account."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils import translation


def speak_as_sender(request: HttpRequest, language: str) -> None:
    """Answer in the sender's language, unless this reader chose one."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(language)
        request.LANGUAGE_CODE = language
