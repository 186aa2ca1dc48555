#!/bin/sh
# Every figure, as ratios: the installation against a peer, rotations against a calendar library.
set -e
cd "$(dirname "$0")/.."
.venv/bin/python bench/rotation.py
exec .venv/bin/python -m bench.figures "$@"
