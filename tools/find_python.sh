#!/bin/sh
# Prints the path of the Python for set-up: that of a usable .venv, else PYTHON, else one on PATH.
#
#     tools/find_python.sh newest|oldest
#
# Of several, it takes the newest or the oldest; one that cannot make a virtual environment, only if no other can. The
# path is the only line on standard output; its version and the reason go to standard error. PYTHONS replaces the tried
# names. The range of versions is that of `requires-python` in pyproject.toml.
set -u
FIRST=11 LAST=14
PYTHONS="${PYTHONS:-python3.14 python3.13 python3.12 python3.11 python3 python}"
PYTHON="${PYTHON-}"
wanted="${1:-newest}"
here="$(dirname "$0")/.."

say() { echo "$*" >&2; }

# "3.13.5 13 1 /usr/bin/python3.13": version, minor version (0 below Python 3), whether it can make a virtual
# environment, and path. Empty if it does not start.
ask() {
    "$1" -c '
import sys
version = sys.version_info
try:
    import ensurepip, venv
    makes_environments = 1
except ImportError:
    makes_environments = 0
minor = version[1] if version[0] == 3 else 0
sys.stdout.write("%d.%d.%d %d %d %s" % (version[:3] + (minor, makes_environments, sys.executable)))
' 2>/dev/null </dev/null
}

supported() { [ "$1" -ge "$FIRST" ] && [ "$1" -le "$LAST" ]; }

venv="$here/.venv/bin/python"
if "$venv" -m pip --version >/dev/null 2>&1 </dev/null; then
    set -- $(ask "$venv")
    if supported "$2"; then
        if [ -n "$PYTHON" ]; then
            asked="$(ask "$PYTHON")"
            case "$asked" in
                "$1 "*) ;;
                *) say "Python $1: .venv was made with it and is kept. 'make clean' removes it; then PYTHON=$PYTHON is taken." ;;
            esac
        else
            say "Python $1, of .venv."
        fi
        echo "$venv"
        exit 0
    fi
    say ".venv was made with Python $1, which is not supported. It is made anew."
fi

if [ -n "$PYTHON" ]; then
    set -- $(ask "$PYTHON")
    if [ $# -ge 4 ] && supported "$2"; then
        shift 3
        echo "$*"
        exit 0
    fi
    [ $# -ge 1 ] && found="is Python $1" || found="does not start"
    say "PYTHON=$PYTHON $found. Detdesk needs Python 3.$FIRST to 3.$LAST."
    say "Name another one: make PYTHON=/path/to/python3.$FIRST. Without PYTHON= one is looked for."
    exit 1
fi

tried=""
best="" best_rank=-1 best_version=""
for name in $PYTHONS; do
    answer="$(ask "$name")"
    if [ -z "$answer" ]; then
        tried="$tried, $name (none)"
        continue
    fi
    set -- $answer
    tried="$tried, $name ($1)"
    supported "$2" || continue
    rank=$2
    [ "$wanted" = oldest ] && rank=$((FIRST + LAST - $2))
    rank=$(($3 * 100 + rank))
    if [ "$rank" -gt "$best_rank" ]; then
        best_rank=$rank best_version=$1
        shift 3
        best="$*"
    fi
done
if [ -z "$best" ]; then
    say "No Python 3.$FIRST to 3.$LAST was found. Tried: ${tried#, }."
    say "Install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.13; others: the"
    say "package python3, or python.org), or name it: make PYTHON=/path/to/python3.13"
    exit 1
fi
say "Python $best_version, at $best."
echo "$best"
