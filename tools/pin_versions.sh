#!/bin/sh
# Resolves the newest versions in a fresh environment and writes constraints.txt: names and
# versions only, no addresses.
set -eu
python=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check -e '.[dev]'
"$work/venv/bin/python" -m pip freeze --exclude campus-fleet --exclude-editable |
    grep -E '^[A-Za-z0-9._-]+==' | LC_ALL=C sort -f >"$work/constraints.txt"
mv "$work/constraints.txt" constraints.txt
