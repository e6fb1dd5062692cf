"""Run a learner's program to its end with shorter waits: ``python short_naps.py program.py arguments``.

The SDKs ask every 5 to 30 seconds whether a job is done, as suits AWS, and sleep once before they ask first;
the waiters of boto3 and of the aws command sleep up to two minutes. Their loops run here as they are. Only
the naps between are cut, and the clock is put on by what was cut, before the program begins.
"""

import runpy
import sys
import time

LONGEST = 0.25


def main(program: str, *arguments: str) -> None:
    """Run ``program`` as if it had been called alone."""
    sleep, clock, cut = time.sleep, time.time, [0.0]

    def nap(seconds: float) -> None:
        sleep(min(seconds, LONGEST))
        cut[0] += max(seconds - LONGEST, 0)

    time.sleep, time.time = nap, lambda: clock() + cut[0]
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    main(*sys.argv[1:])
