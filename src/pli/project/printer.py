"""The ASGI entry of the virtual printer, that granian serves."""

import os

import django

from pli.project.children import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pli.project.settings")
leader = int(os.environ.get("PLI_PRINTER_LEADER", "0"))
if leader not in (0, os.getpid()):
    # One of several printer processes: never outlives the one that made it.
    die_with_parent(leader)
django.setup()

from pli.capture.api import PrinterApplication  # noqa: E402 - Django must be ready

application = PrinterApplication()
