"""``python -m agent.start``: what ``fleet-agent run`` becomes; nothing is loaded before signals."""

import logging
import os
import sys

from agent.signals import told_to_end_is_well


def main() -> int:
    """Run the agent; returns its exit code."""
    told_to_end_is_well()

    from agent import process  # noqa: PLC0415  (half a second, in which signals are heard)

    return process.main(sys.argv[1:])


if __name__ == "__main__":
    code = main()
    # Everything is put down. What is left are threads that ask name servers which do not answer.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
