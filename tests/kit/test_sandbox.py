"""The sandbox holds: values come back, refusals come back as themselves, and nothing else gets out or stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pli.kit.allocator import allocator_environment, find_allocator
from pli.kit.sandbox import JobLimits, SandboxFailed, SandboxKilled, run_isolated, sandbox_state
from pli.kit.sandbox_client import current_server
from tests.kit.sandbox_jobs import Refused

JOBS = "tests.kit.sandbox_jobs"
SHORT = JobLimits(wall_seconds=1, cpu_seconds=1, file_bytes=1 << 20, result_bytes=1 << 20)


def test_a_value_comes_back_as_it_was() -> None:
    value = {"a": [1, 2.5, None, True, "é"], "b": {"c": "😀"}}
    assert run_isolated(f"{JOBS}:echo", {"value": value}) == value


def test_large_arguments_and_answers_pass() -> None:
    value = "x" * 3_000_000
    assert run_isolated(f"{JOBS}:echo", {"value": value}) == value


def test_an_input_is_bytes_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"12345")
    assert run_isolated(f"{JOBS}:length", inputs={"source": tmp_path / "in"}) == 5
    assert run_isolated(f"{JOBS}:length", inputs={"source": b"123"}) == 3


def test_a_file_only_root_may_read_is_readable_through_its_descriptor(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"12345")
    (tmp_path / "in").chmod(0o600)
    assert run_isolated(f"{JOBS}:length", inputs={"source": tmp_path / "in"}) == 5


def test_an_output_appears_whole(tmp_path: Path) -> None:
    answer = run_isolated(f"{JOBS}:copy_upper", inputs={"source": b"abc"}, outputs={"target": tmp_path / "out"})
    assert answer == b"done"
    assert (tmp_path / "out").read_bytes() == b"ABC"


def test_a_failed_job_leaves_no_output(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"before")
    with pytest.raises(Refused):
        run_isolated(f"{JOBS}:write_then_fail", outputs={"target": tmp_path / "out"}, raises=(Refused,))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out").read_bytes() == b"before"


def test_a_declared_refusal_is_rebuilt_with_its_details() -> None:
    with pytest.raises(Refused) as caught:
        run_isolated(f"{JOBS}:refuse", {"declared": True}, raises=(Refused,))
    assert caught.value.details == {"why": "x"}


@pytest.mark.parametrize(("job", "arguments"), [("refuse", {"declared": False}), ("fail", {})])
def test_anything_else_is_a_failure(job: str, arguments: dict[str, bool]) -> None:
    with pytest.raises(SandboxFailed):
        run_isolated(f"{JOBS}:{job}", arguments, raises=(Refused,))


@pytest.mark.parametrize(
    ("job", "reason"),
    [("spin", "time"), ("sleep", "time"), ("eat_memory", "memory"), ("overflow", "crash"), ("answer_much", "output")],
)
def test_a_runaway_is_stopped_and_named(job: str, reason: str) -> None:
    started = time.monotonic()
    with pytest.raises(SandboxKilled) as caught:
        run_isolated(f"{JOBS}:{job}", limits=SHORT)
    assert caught.value.reason == reason
    assert time.monotonic() - started < 20


def test_a_file_that_grows_too_large_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(SandboxKilled) as caught:
        run_isolated(f"{JOBS}:write_much", outputs={"target": tmp_path / "out"}, limits=SHORT)
    assert caught.value.reason == "output"
    assert list(tmp_path.iterdir()) == []


# What the server is started with: how its memory is kept, how many threads it takes; nothing of the caller's.
OURS = {"GLIBC_TUNABLES", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "RAYON_NUM_THREADS"} | allocator_environment(
    find_allocator()
).keys()


def test_a_job_sees_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLI_SECRET_KEY", "very secret")
    seen = run_isolated(f"{JOBS}:secrets_in_sight")
    # The last two are written by libraries that the fork server loads; nothing of the caller's gets there.
    assert set(seen["environment"]) <= {"LC_CTYPE", "LD_LIBRARY_PATH", "OMP_THREAD_LIMIT", *OURS}
    assert seen["descriptors"] <= 4  # nothing, nothing, nothing, and the answer's pipe
    if sandbox_state()["landlock"]:
        assert seen["readable"] == []


def test_the_state_is_found_by_trying() -> None:
    state = sandbox_state()
    assert state["core_bytes"] == 0
    assert state["is_confined"] == (not state["missing"])
    if os.geteuid() == 0:
        assert state["user"] != 0
    if state["is_confined"]:
        assert not (state["can_read_system_files"] or state["can_write_files"] or state["can_start_process"])


def test_many_threads_share_the_server() -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda value: run_isolated(f"{JOBS}:echo", {"value": value}), range(100)))
    assert answers == list(range(100))


def test_a_slow_job_does_not_hold_the_others() -> None:
    def wait_for_ever() -> None:
        with pytest.raises(SandboxKilled):
            run_isolated(f"{JOBS}:sleep", limits=JobLimits(wall_seconds=2))

    slow = threading.Thread(target=wait_for_ever)
    slow.start()
    started = time.monotonic()
    assert run_isolated(f"{JOBS}:echo", {"value": 1}) == 1
    assert time.monotonic() - started < 1.5
    slow.join()


def test_a_dead_server_is_replaced() -> None:
    assert run_isolated(f"{JOBS}:echo", {"value": 1}) == 1
    first = current_server()
    os.kill(first.process_id(), signal.SIGKILL)
    assert run_isolated(f"{JOBS}:echo", {"value": 2}) == 2
    assert current_server().process_id() != first.process_id()


def test_a_server_killed_during_a_job_costs_one_more_try() -> None:
    run_isolated(f"{JOBS}:echo", {"value": 1})
    victim = current_server().process_id()
    threading.Timer(0.3, os.kill, (victim, signal.SIGKILL)).start()
    with pytest.raises(SandboxKilled) as caught:
        run_isolated(f"{JOBS}:sleep", limits=JobLimits(wall_seconds=1))
    assert caught.value.reason == "time"


_FORKING = """
import os, sys
sys.path[:0] = [{root!r}]
from pli.kit.sandbox import run_isolated
from pli.kit.sandbox_client import current_server
run_isolated("tests.kit.sandbox_jobs:echo", {{"value": 1}})
mine = current_server().process_id()
pid = os.fork()
if pid == 0:
    answer = run_isolated("tests.kit.sandbox_jobs:echo", {{"value": 2}})
    os._exit(0 if answer == 2 and current_server().process_id() != mine else 1)
assert os.waitpid(pid, 0)[1] == 0
assert run_isolated("tests.kit.sandbox_jobs:echo", {{"value": 3}}) == 3
print(mine, current_server().process_id())
"""


def test_a_forked_worker_starts_its_own_server_and_none_outlives_its_caller() -> None:
    root = str(Path(__file__).parents[2])
    run = subprocess.run(
        [sys.executable, "-c", _FORKING.format(root=root)], capture_output=True, text=True, timeout=60, check=True
    )
    before, after = run.stdout.split()
    assert before == after
    deadline = time.monotonic() + 5
    while _is_running(int(after)) and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    assert not _is_running(int(after))


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_what_was_loaded_before_a_job_is_not_counted_as_its_own() -> None:
    """Else a job would pass or fail by which jobs came before it in the same process."""
    limits = JobLimits(memory_bytes=256 << 20)
    assert run_isolated("tests.kit.roomy_jobs:take", {"size": 100 << 20}, limits=limits) == 100 << 20
    with pytest.raises(SandboxKilled):
        run_isolated("tests.kit.roomy_jobs:take", {"size": 300 << 20}, limits=limits)


@pytest.mark.skipif(find_allocator() is None, reason="mimalloc is not installed")
def test_jobs_use_the_quicker_allocator_where_there_is_one() -> None:
    assert run_isolated("tests.kit.roomy_jobs:has_symbol", {"name": "mi_version"})


def test_without_it_jobs_run_as_well(tmp_path: Path) -> None:
    assert find_allocator([str(tmp_path)]) is None
    assert allocator_environment(None) == {}
    library = tmp_path / "libmimalloc.so.2"
    library.touch()
    assert allocator_environment(find_allocator([str(tmp_path)]))["LD_PRELOAD"] == str(library)
