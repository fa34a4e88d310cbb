"""The photographs' page and the sources' pages in a real browser, at a desk and on a telephone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from pli.capture.api import Capture, FolderOptions, FtpOptions, MailboxOptions, SftpOptions, SourceSettings, create_source
from tests.capture.photos.test_photos import as_jpeg, make_sheet, photograph
from tests.support.browser import AssertAccessible
from tests.support.people import PASSWORD, House, make_house

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
