"""What the daemon does not need any more goes back to the system."""

from __future__ import annotations

import ctypes

import pytest

from benchmarks.soak_daemon import resident
from scheduler.memory import trim


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="the C library has no malloc_trim(3)")
def test_memory_between_what_is_in_use_goes_back():
    held = [bytes(2000) for _ in range(100_000)]
    full = resident("self")
    kept = held[::500]
    del held
    trim()
    assert resident("self") < full - 100_000_000
    assert len(kept) == 200
