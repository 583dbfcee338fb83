"""Runs a command that dies with its parent: ``python -m controller.demo.leash PARENT COMMAND…``.

The kernel is asked to send SIGTERM when the parent is gone (prctl PR_SET_PDEATHSIG, Linux); this
outlives ``exec``. Elsewhere the command just runs, and ends by the parent's orderly stop.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Take the leash, then become the command."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # The parent may have died before the kernel was asked.
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the demonstration's own commands


if __name__ == "__main__":
    main()
