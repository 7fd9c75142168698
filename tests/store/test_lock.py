"""The owner lock: one owner at a time, and none that is dead."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from pypes.store.lock import OwnerLock

HOLD = """
import sys
from pathlib import Path
from pypes.store.lock import OwnerLock
print(OwnerLock(Path(sys.argv[1])).acquire(), flush=True)
sys.stdin.read()
"""


def test_a_second_owner_is_refused_and_can_tell_who_the_first_is(tmp_path: Path) -> None:
    first, second = OwnerLock(tmp_path / "pypes.lock"), OwnerLock(tmp_path / "pypes.lock")
    assert first.acquire()
    assert not second.acquire()
    assert second.holder() == os.getpid()
    first.release()
    first.release()
    assert second.acquire()
    second.release()


def test_the_lock_of_a_process_that_was_killed_is_free(tmp_path: Path) -> None:
    path = tmp_path / "pypes.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        lock = OwnerLock(path)
        assert not lock.acquire()
        assert lock.holder() == holder.pid
        holder.kill()
        holder.wait()
        assert lock.acquire(patience=5)
        assert lock.holder() == os.getpid()
        lock.release()


def test_whoever_is_patient_gets_the_lock_as_soon_as_it_is_free(tmp_path: Path) -> None:
    first, second = OwnerLock(tmp_path / "pypes.lock"), OwnerLock(tmp_path / "pypes.lock")
    assert first.acquire()
    timer = threading.Timer(0.05, first.release)
    timer.start()
    assert second.acquire(patience=10)
    timer.join()
    second.release()


def test_a_lock_file_full_of_nonsense_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "pypes.lock"
    path.write_bytes(b"\xff nonsense" * 100)
    lock = OwnerLock(path)
    assert lock.holder() is None
    assert lock.acquire()
    assert path.read_text() == f"{os.getpid()}\n"
    assert path.stat().st_mode & 0o777 in {0o600, 0o644}
    lock.release()


def test_a_child_does_not_inherit_the_lock(tmp_path: Path) -> None:
    lock = OwnerLock(tmp_path / "pypes.lock")
    assert lock.acquire()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, close_fds=False) as child:
        lock.release()
        other = OwnerLock(tmp_path / "pypes.lock")
        assert other.acquire(patience=5)  # it closes its copy a moment after it began
        other.release()
        child.kill()
