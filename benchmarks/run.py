"""``make bench``: every benchmark of this folder, one after the other, each in its own process.

Figures are ratios against a peer in the same run wherever there is a peer; a benchmark exits 1
when its budget (``docs/benchmarks.md``) is not kept. Names on the command line choose some.
"""

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOT_BENCHMARKS = {"run.py"}


def main(chosen: list[str]) -> int:
    scripts = sorted(path for path in HERE.glob("*.py") if path.name not in NOT_BENCHMARKS)
    if chosen:
        scripts = [path for path in scripts if path.stem in chosen]
    if not scripts:
        print(f"no such benchmark; there are: {', '.join(p.stem for p in HERE.glob('*.py'))}")
        return 2
    missed = []
    for script in scripts:
        print(f"\n== {script.stem}", flush=True)
        began = time.monotonic()
        code = subprocess.run([sys.executable, str(script)], check=False).returncode
        print(f"== {script.stem}: {'ok' if code == 0 else f'exit {code}'}, ", end="")
        print(f"{time.monotonic() - began:.0f} s", flush=True)
        if code:
            missed.append(script.stem)
    if missed:
        print(f"\nbudgets missed or benchmarks failed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
