"""How the daemon keeps its memory small."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

HEAPS = """\
import ctypes, sys, threading
from scheduler.memory import share_heap

if sys.argv[1] == "shared":
    share_heap()
begun = threading.Barrier(5)


def work():
    held = [bytes(2000) for _ in range(1000)]
    begun.wait()


threads = [threading.Thread(target=work) for _ in range(4)]
for each in threads:
    each.start()
begun.wait()
library = ctypes.CDLL(None)
library.fopen.restype = ctypes.c_void_p
library.fclose.argtypes = [ctypes.c_void_p]
library.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
file = library.fopen(b"/dev/stdout", b"w")
library.malloc_info(0, file)
library.fclose(file)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_info"), reason="the C library has no malloc_info(3)")
@pytest.mark.parametrize("which", ["shared", "each their own"])
def test_threads_share_one_heap(which):
    done = subprocess.run([sys.executable, "-c", HEAPS, which], capture_output=True, text=True, check=True)
    assert (done.stdout.count("<heap nr=") == 1) == (which == "shared"), done.stdout
