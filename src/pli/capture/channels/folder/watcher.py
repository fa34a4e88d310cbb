"""Rounds through the watched folders: soon after something changes, and every few seconds whatever the system says."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path
from uuid import UUID

from django.db import DatabaseError
from watchfiles import watch
from watchfiles._rust_notify import WatchfilesRustInternalError

from pli.capture.channels.folder.beside import LARGE_BYTES, Beside
from pli.capture.channels.folder.taking import Outcome, Place, take_file
from pli.capture.channels.folder.walking import Found, find_files, opened_root
from pli.capture.channels.folder.wholeness import Patience, is_quiet
from pli.capture.errors import FolderUnreachable
from pli.capture.models import InputSource
from pli.capture.sources.arrivals import active_sources
from pli.capture.sources.connections import own_connection
from pli.capture.sources.folders import folder_of, inbox
from pli.capture.sources.options import FolderOptions, read_options
from pli.capture.sources.problems import forget_problem, note_problem
from pli.capture.states import SourceKind
from pli.documents.api import UnableToStore
from pli.kit.errors import PliError

log = logging.getLogger(__name__)

ROUND_SECONDS = 5.0
BUSY_SECONDS = 0.5
"""Between rounds while something waits to be whole."""
REFUSED_AGAIN_SECONDS = 300.0
"""A file that could be neither taken nor moved is tried again after this."""


class FolderWatcher:
    """One thread that looks, one that is told of changes."""

    def __init__(self) -> None:
        self._patience: dict[UUID, Patience] = {}
        self._refused: dict[tuple[UUID, Found], float] = {}
        self._large: Beside[tuple[UUID, Found], Outcome] = Beside()
        self._wake, self._stop = threading.Event(), threading.Event()
        self._watched: frozenset[str] = frozenset()
        self._rewatch = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name="folders"),
            threading.Thread(target=self._listen, name="changes", daemon=True),
        ]
        self.round_at = time.monotonic()

    def start(self) -> None:
        """Begin; returns at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the file under way, and end."""
        self._stop.set()
        self._rewatch.set()
        self._wake.set()
        self._threads[0].join(20)

    def _run(self) -> None:
        while not self._stop.is_set():
            pause = ROUND_SECONDS
            try:
                with own_connection():
                    pause = BUSY_SECONDS if self.look_everywhere() else ROUND_SECONDS
                self.round_at = time.monotonic()
            except DatabaseError as error:
                log.warning("the database does not answer: %s", type(error).__name__)
            except Exception:
                log.exception("a round through the watched folders failed")
            self._wake.wait(pause)
            self._wake.clear()

    def look_everywhere(self) -> bool:
        """One round; whether something waits to be whole."""
        sources = active_sources(SourceKind.FOLDER)
        waits = [self._look_into(source) for source in sources if not self._stop.is_set()]
        known = {source.id for source in sources}
        self._patience = {key: value for key, value in self._patience.items() if key in known}
        local = [source for source in sources if not read_options(FolderOptions, source.options).is_network]
        watched = frozenset(str(folder_of(source)) for source in local if folder_of(source).is_dir())
        if watched != self._watched:
            self._watched = watched
            self._rewatch.set()
        return any(waits)

    def _look_into(self, source: InputSource) -> bool:
        options, path = read_options(FolderOptions, source.options), folder_of(source)
        if not options.path:
            _make_own(path)
        try:
            with opened_root(str(path)) as root:
                files = find_files(root, deep=options.takes_subfolders)
                waits = self._take_all(Place(source, root), files)
        except OSError as error:
            note_problem(source.id, FolderUnreachable(name=source.name, reason=error.strerror or "E/S"))
            return False
        except UnableToStore as error:
            note_problem(source.id, error)
            return False
        if source.problem_code == FolderUnreachable.code:
            forget_problem(source.id)
        return waits

    def _take_all(self, place: Place, files: list[Found]) -> bool:
        patience = self._patience.setdefault(place.source.id, Patience())
        now = time.monotonic()
        patience.look(files, now)
        waits = False
        for file in files:
            if self._stop.is_set():
                break
            key, seen_for = (place.source.id, file), patience.unchanged_for(file, now)
            if self._refused.get(key, now) > now:
                continue
            is_network = place.options.is_network
            if not is_quiet(file, seen_for=seen_for, wall_now=time.time(), is_network=is_network):
                waits = True
                continue
            waits = self._take(place, file, seen_for, key, now) or waits
        return waits

    def _take(self, place: Place, file: Found, seen_for: float, key: tuple[UUID, Found], now: float) -> bool:
        if file.size < LARGE_BYTES:
            outcome = _try_to_take(place, file, seen_for)
        else:
            told = self._large.ask(key, lambda: _take_large(place.source, file, seen_for))
            if told is None:
                return False
            outcome = told
        if outcome is Outcome.LATER and seen_for > 2 * 60:
            # Neither taken nor moved for two minutes: not asked again at every round.
            self._refused = {one: at for one, at in self._refused.items() if at > now}
            self._refused[key] = now + REFUSED_AGAIN_SECONDS
            return False
        return outcome is Outcome.LATER

    def _listen(self) -> None:
        """Wake the rounds when the system tells of a change; without it they come by themselves."""
        while not self._stop.is_set():
            self._rewatch.clear()
            if not self._watched:
                self._rewatch.wait(ROUND_SECONDS)
                continue
            try:
                for _changes in watch(*self._watched, stop_event=self._rewatch, rust_timeout=2000, debounce=200):
                    self._wake.set()
            except WatchfilesRustInternalError:
                # A name that is not UTF-8, as old copiers write: what happened can't be told, but something did.
                self._wake.set()
                self._rewatch.wait(1)
            except OSError as error:
                # No inotify left, or a folder went away.
                log.info("changes are not told: %s", error)
                self._rewatch.wait(60)
            except Exception:
                log.exception("changes are not told")
                self._rewatch.wait(60)


def _try_to_take(place: Place, file: Found, seen_for: float) -> Outcome:
    """As :func:`take_file`; a refusal is shown on the source. :raises UnableToStore: when our own disk is full."""
    try:
        return take_file(place, file, seen_for=seen_for)
    except UnableToStore:
        raise
    except PliError as error:
        note_problem(place.source.id, error, file_name=file.name)
        return Outcome.LATER


def _take_large(source: InputSource, file: Found, seen_for: float) -> Outcome | None:
    """The same in another thread, with the folder opened anew: the round has closed its own meanwhile. None when the
    file is gone from where it was."""
    with own_connection():
        try:
            with opened_root(str(folder_of(source))) as root:
                outcome = _try_to_take(Place(source, root), file, seen_for)
                return outcome if outcome is Outcome.LATER else None
        except OSError as error:
            note_problem(source.id, FolderUnreachable(name=source.name, reason=error.strerror or "E/S"))
        except UnableToStore as error:
            note_problem(source.id, error)
    return Outcome.LATER


def _make_own(path: Path) -> None:
    """Pli's own folder of a source."""
    inbox().mkdir(mode=0o711, exist_ok=True)
    path.mkdir(mode=0o770, exist_ok=True)
