"""A public page that reads files: so many checks a minute for one address, then a plain « wait »."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque

from django.http import HttpRequest

from pli.kit.errors import PliError

CHECKS_A_MINUTE = 30
# Pages of signed versions: two images and the page around them for each look.
LOOKS_A_MINUTE = 240
REMEMBERED = 10_000
_seen: OrderedDict[tuple[str, int], deque[float]] = OrderedDict()
_lock = threading.Lock()


class TooManyChecks(PliError):
    """Too many files or numbers from one address."""

    code = "VER-003"
    status = 429
    message = "Trop de vérifications en une minute depuis votre adresse."
    remedy = "Attendez une minute, puis recommencez."


def count_check(request: HttpRequest, *, most: int = CHECKS_A_MINUTE) -> None:
    """Count one check of this visitor, in this process; ``most`` a minute.

    :raises TooManyChecks: past the limit.
    """
    address, now = (str(request.META.get("REMOTE_ADDR", "")), most), time.monotonic()
    with _lock:
        times = _seen.setdefault(address, deque())
        _seen.move_to_end(address)
        while times and now - times[0] > 60:
            times.popleft()
        if len(times) >= most:
            raise TooManyChecks
        times.append(now)
        while len(_seen) > REMEMBERED:
            _seen.popitem(last=False)
