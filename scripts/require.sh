#!/bin/sh
# Names what Platemark needs and this machine lacks, in one line, before anything is installed.
# With `python`, prints the interpreter to use instead: $PYTHON, or the first that is new enough.
set -u

python=""
for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
if [ "${1:-}" = python ]; then
    echo "${python:-python3}"
    exit 0
fi

missing=""
lack() { missing="${missing:+$missing, }$1"; }

if [ -z "$python" ]; then
    found=$(python3 --version 2>/dev/null)
    found=${found#Python }
    lack "python >= 3.11 (found: ${found:-none})"
elif ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    lack "the venv module of $python (Debian: python3-venv)"
fi
found=$(node --version 2>/dev/null)
major=${found#v}
[ "${major%%.*}" -ge 20 ] 2>/dev/null || lack "node >= 20 (found: ${found:-none})"
command -v npm >/dev/null 2>&1 || lack "npm"

if [ -n "$missing" ]; then
    echo "Platemark needs: $missing. Install that and run make again; nothing was changed." >&2
    exit 1
fi
