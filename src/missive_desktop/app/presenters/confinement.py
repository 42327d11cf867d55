"""Takes from the process that calls it what it needs not: memory, time, files, the network.

Each system has its own way; what one cannot do is left to the process that waits for the answer.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys

MEMORY = 1024 * 1024 * 1024
SECONDS = 600  # of the processor, over the life of the process; who waits ends it far sooner
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES = 38


def confine() -> None:
    """Confine this process. To be called once, before a stranger's bytes are read."""
    if sys.platform == "win32":
        _confine_windows()
    else:
        _confine_posix()


if sys.platform != "win32":

    def _confine_posix() -> None:
        import resource  # absent on Windows

        limits = {
            resource.RLIMIT_CPU: SECONDS,
            resource.RLIMIT_FSIZE: 0,  # no byte to any file
            resource.RLIMIT_CORE: 0,
        }
        if sys.platform == "linux":  # macOS counts what it shares with others
            limits[resource.RLIMIT_AS] = MEMORY
        for limit, value in limits.items():
            with contextlib.suppress(ValueError, OSError):
                hard = resource.getrlimit(limit)[1]
                lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
                resource.setrlimit(limit, (lowest, lowest))
        if sys.platform == "linux":
            with contextlib.suppress(OSError, AttributeError):
                system = ctypes.CDLL(None)
                system.unshare(_NEW_USER | _NEW_NETWORK)  # where the system lets users do so
                system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)


if sys.platform == "win32":

    class _Basic(ctypes.Structure):
        _fields_ = (
            ("per_process_user_time", ctypes.c_int64),
            ("per_job_user_time", ctypes.c_int64),
            ("flags", ctypes.c_uint32),
            ("minimum_set", ctypes.c_size_t),
            ("maximum_set", ctypes.c_size_t),
            ("active_processes", ctypes.c_uint32),
            ("affinity", ctypes.c_size_t),
            ("priority_class", ctypes.c_uint32),
            ("scheduling_class", ctypes.c_uint32),
        )

    class _Extended(ctypes.Structure):
        _fields_ = (
            ("basic", _Basic),
            ("io", ctypes.c_uint64 * 6),
            ("process_memory", ctypes.c_size_t),
            ("job_memory", ctypes.c_size_t),
            ("peak_process", ctypes.c_size_t),
            ("peak_job", ctypes.c_size_t),
        )

    _PROCESS_TIME, _ACTIVE, _PROCESS_MEMORY, _DIE_ON_FAULT = 0x2, 0x8, 0x100, 0x400
    _EXTENDED_LIMITS = 9

    def _confine_windows() -> None:
        kernel = ctypes.WinDLL("kernel32")
        kernel.CreateJobObjectW.restype = ctypes.c_void_p
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        job = kernel.CreateJobObjectW(None, None)
        limits = _Extended()
        limits.basic.flags = _PROCESS_TIME | _ACTIVE | _PROCESS_MEMORY | _DIE_ON_FAULT
        limits.basic.per_process_user_time = SECONDS * 10_000_000
        limits.basic.active_processes = 1
        limits.process_memory = MEMORY
        kernel.SetInformationJobObject(
            ctypes.c_void_p(job), _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
        )
        kernel.AssignProcessToJobObject(
            ctypes.c_void_p(job), ctypes.c_void_p(kernel.GetCurrentProcess())
        )
