"""Several things at the same instant, on real connections: ``at_once(one, other)`` gives what each came to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Start every act behind one barrier, each on a connection of its own; its result, or what it raised."""
    barrier = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(index: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            results[index] = acts[index]()
        except BaseException as error:  # noqa: BLE001 - the test judges whatever came
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


def told(results: list[Any]) -> list[str]:
    """The codes of those who lost, in order of name."""
    return sorted(getattr(one, "code", repr(one)) for one in results if isinstance(one, BaseException))
