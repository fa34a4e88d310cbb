"""The WSGI entry that granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from pli.project.children import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pli.project.settings")
leader = int(os.environ.get("PLI_WEB_LEADER", "0"))
if leader not in (0, os.getpid()):
    # One of the processes that serve pages: never outlives the one that made it.
    die_with_parent(leader)
application = get_wsgi_application()
