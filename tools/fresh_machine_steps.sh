#!/usr/bin/env bash
# The steps of tools/fresh_machine.sh inside the new system: bash fresh_machine_steps.sh PORT [--test]
set -euo pipefail
cd /srv/detdesk
export HOST=127.0.0.1 PORT="$1" DETDESK_WORKSPACE=/srv/workspace
core=(.venv/bin/python -m core)
last=$SECONDS
figures=()

# Prints the time and the result of a step.
done_with() {
    figures+=("$(printf '%-22s %4d s   %s' "$1" $((SECONDS - last)) "$2")")
    echo "== ${figures[-1]}"
    last=$SECONDS
}

# Formats the JSON document on standard input: value '{name}, AP {ap:.3f}'. Of a list it takes the first entry.
value() {
    .venv/bin/python -c '
import json, sys
document = json.load(sys.stdin)
print(sys.argv[1].format(**(document[0] if isinstance(document, list) else document)))' "$1"
}

answers() {
    .venv/bin/python -c '
import sys, urllib.request
sys.exit(urllib.request.urlopen(sys.argv[1], timeout=5).status != 200)' "$1" 2>/dev/null
}

# Ends with a command's output: its JSON document, then its messages.
explain() {
    tail -5 "/srv/$1.json" "/srv/$1.log" >&2
    exit 1
}

make setup
done_with "set-up" "$(.venv/bin/python -c 'import platform, torch; print("Python", platform.python_version() + ", PyTorch", torch.__version__)'), .venv $(du -sm .venv | cut -f1) MB"

make run >/srv/server.log 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
until answers "http://$HOST:$PORT/_stcore/health"; do
    kill -0 "$server" 2>/dev/null || { tail -40 /srv/server.log >&2 && exit 1; }
    sleep 1
done
answers "http://$HOST:$PORT/"
done_with "first start of make run" "the server answers; $("${core[@]}" datasets --json | value '{name}: {images} images')"

"${core[@]}" train demo --preset quick --iterations 10 --name ten --wait --json >/srv/train.json 2>/srv/train.log || explain train
done_with "ten training steps" "$(value '{phase}, iteration {iteration} of {of_iterations}' </srv/train.json)"

"${core[@]}" evaluate ten --split val --json >/srv/evaluation.json 2>/srv/evaluation.log || explain evaluation
done_with "evaluation" "$(value 'AP {ap:.3f} on {images} images' </srv/evaluation.json)"

answers "http://$HOST:$PORT/"
done_with "server afterwards" "answers"

for part in train failures parity; do
    .venv/bin/python tools/gpu_check.py --cpu --part "$part" --out "/srv/gpu-$part.json" >"/srv/gpu-$part.log" 2>&1 || explain "gpu-$part"
done
done_with "GPU check on the CPU" "$(grep -h -o '"status": "[a-z ]*"' /srv/gpu-{train,failures,parity}.json | sort | uniq -c | xargs)"

if [ "${2-}" = --test ]; then
    make test
    done_with "make test" "passed"
fi

echo
echo "Debian $(cat /etc/debian_version), $(nproc) cores, commit $(cat /srv/commit)"
printf '%s\n' "${figures[@]}"
