"""A database for a command: the one named, the running installation's, or the installation's started for a while."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from pli.project.collecting import keep_what_is_loaded, rare_collections
from pli.project.config import Config, config
from pli.project.faults import NoAnswer
from pli.project.home import make_home, only_supervisor
from pli.project.postgres import Cluster, ensure_database


def use_database(url: str) -> None:
    """Make ``url`` the database of this process. Before Django's settings are read."""
    os.environ["PLI_DATABASE_URL"] = url
    os.environ.pop("PLI_DATABASE_URL_FILE", None)
    config.cache_clear()


@contextmanager
def database_for(settings: Config) -> Iterator[str]:
    """The address of the installation's database while the block runs.

    :raises RunError: when it can't be had.
    """
    if settings.database_url:
        yield settings.database_url
        return
    cluster = Cluster(settings.home / "postgres")
    if cluster.postmaster() and cluster.is_ready():
        use_database(cluster.url())
        yield cluster.url()
        return
    make_home(settings.home)
    with only_supervisor(settings.home):
        cluster.start()
        try:
            ensure_database(cluster.url("postgres"), "pli")
            use_database(cluster.url())
            yield cluster.url()
        finally:
            cluster.stop()


def use_running_database(settings: Config) -> str:
    """The address of the database that serves now; starts nothing.

    :raises NoAnswer: when this installation does not run.
    """
    if settings.database_url:
        return settings.database_url
    cluster = Cluster(settings.home / "postgres")
    if not (cluster.postmaster() and cluster.is_ready()):
        raise NoAnswer(home=settings.home)
    use_database(cluster.url())
    return cluster.url()


def start_django() -> None:
    """Load Django; the database must be known."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pli.project.settings")
    with rare_collections():
        import django

        django.setup()
    keep_what_is_loaded()
