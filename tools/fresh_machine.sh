#!/usr/bin/env bash
# Tries the README's two commands on a bare Debian, in a folder that is removed afterwards. Needs root and debootstrap.
#
#     tools/fresh_machine.sh [--suite trixie] [--folder FOLDER] [--keep] [--test]
#
# It installs Debian's base system in FOLDER (default: a temporary one; 9 GB) and the packages that the README names, and
# clones the checked-out commit. There `make run` sets up, makes the demo data and serves; ten training steps and an
# evaluation follow on the command line. `--test` also runs `make test`. `--keep` keeps FOLDER.
#
# Package sources are those of this machine: apt's sources and settings, pip's configuration, certificates and proxies.
# TORCH_INDEX and DETECTRON2 are passed on. Mounts are made in a mount namespace, so they end with the script.
set -euo pipefail

SUITE=trixie FOLDER="" KEEP="" TEST=""
while [ $# -gt 0 ]; do
    case "$1" in
        --suite) SUITE="${2:?--suite needs a name}" && shift 2 ;;
        --folder) FOLDER="${2:?--folder needs a path}" && shift 2 ;;
        --keep) KEEP=1 && shift ;;
        --test) TEST=1 && shift ;;
        *) echo "Unknown option $1; expected --suite, --folder, --keep or --test." >&2 && exit 2 ;;
    esac
done
ROOT="$(cd "$(dirname "$0")/.." && pwd)"
# The packages that README.md names for Debian, and those that the tests' COCO reference needs in addition.
PACKAGES="make python3-venv"
TEST_PACKAGES="git libgl1 libglib2.0-0t64"

fail() { echo "fresh_machine: $*" >&2 && exit 1; }

# Runs within the namespace: mounts, installs, and enters the new system.
inside() {
    cp /etc/resolv.conf "$FOLDER/etc/resolv.conf"
    cp /etc/hosts "$FOLDER/etc/hosts"
    mount --rbind /dev "$FOLDER/dev"
    share_configuration
    enter apt-get -qq update
    echo "Installing $PACKAGES"
    enter apt-get -qq install --no-install-recommends -y $PACKAGES ${TEST:+$TEST_PACKAGES} >/dev/null
    git clone --quiet --no-hardlinks "$ROOT" "$FOLDER/srv/detdesk"
    git -C "$ROOT" rev-parse --short HEAD >"$FOLDER/srv/commit"
    enter bash /srv/detdesk/tools/fresh_machine_steps.sh "$(free_port)" ${TEST:+--test}
}

# Runs a command in the new system, with a clean environment but for the package sources.
enter() {
    local passed=() name
    for name in $(compgen -e); do
        case "$name" in
            PIP_* | TORCH_INDEX | DETECTRON2 | CI | *_proxy | *_PROXY | SSL_CERT_FILE | REQUESTS_CA_BUNDLE) passed+=("$name=${!name}") ;;
        esac
    done
    chroot "$FOLDER" /usr/bin/env -i HOME=/root LANG=C.UTF-8 TERM=dumb DEBIAN_FRONTEND=noninteractive \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${passed[@]}" "$@"
}

# apt's and pip's settings of this machine, and every local file or folder that they name.
share_configuration() {
    apt-config dump Acquire | grep -vE '^Acquire::(IndexTargets|Changelogs)|^[^ ]+ "";$' >"$FOLDER/etc/apt/apt.conf.d/99machine" || true
    if compgen -G '/etc/apt/auth.conf*' >/dev/null; then cp -r /etc/apt/auth.conf* "$FOLDER/etc/apt/"; fi
    python3 -m pip config list 2>/dev/null | sed -n 's/^\(global\|install\|user\|site\)\.\([a-z-]*\)=.\(.*\).$/\2 = \3/p' |
        awk '!seen[$1]++ { if (NR == 1) print "[global]"; print }' >"$FOLDER/etc/pip.conf"
    local named path
    named="$(python3 -m pip config list 2>/dev/null; env | grep -E '^(PIP_|SSL_CERT_FILE|REQUESTS_CA_BUNDLE)')"
    # For an index in a folder, the folder above it too: its pages link to files there.
    {
        grep -oE "file:///[^' ]+" <<<"$named" | sed 's|^file://||; s|/[^/]*/\?$||'
        grep -oE "['= ]/[^/' ][^' ]*" <<<"$named" | cut -c2-
    } | sort -u | while read -r path; do share "$path"; done
}

# A file or folder of this machine, read-only under the same path.
share() {
    if [ -d "$1" ]; then
        mkdir -p "$FOLDER$1"
    elif [ -f "$1" ]; then
        mkdir -p "$(dirname "$FOLDER$1")"
        [ -e "$FOLDER$1" ] || touch "$FOLDER$1"
    else
        return 0
    fi
    mount --bind -o ro "$1" "$FOLDER$1"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# The Debian mirror of this machine; none on another distribution, where debootstrap has a default.
mirror() {
    if grep -qx 'ID=debian' /etc/os-release; then
        apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
            awk -v release="$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)" '$2 == release { print $1; exit }'
    fi
}

if [ -n "${FRESH_MACHINE_FOLDER-}" ]; then
    FOLDER="$FRESH_MACHINE_FOLDER"
    inside
    exit
fi

[ "$(id -u)" -eq 0 ] || fail "it needs root, for chroot and mounts. Start it with sudo."
for tool in debootstrap unshare chroot git python3; do
    command -v "$tool" >/dev/null || fail "$tool is missing. Install it first."
done
if [ -n "$FOLDER" ]; then
    [ ! -e "$FOLDER" ] || fail "$FOLDER exists. Name a new folder."
    mkdir -p "$FOLDER"
else
    FOLDER="$(mktemp -d "${TMPDIR:-/tmp}/detdesk-fresh-XXXXXX")"
fi
FOLDER="$(cd "$FOLDER" && pwd)"
chmod 755 "$FOLDER"
clean_up() {
    if [ -n "$KEEP" ]; then
        echo "Kept: $FOLDER"
    else
        rm -rf --one-file-system "$FOLDER"
    fi
}
trap clean_up EXIT
trap 'exit 130' INT TERM

echo "Making a bare Debian $SUITE in $FOLDER"
source=()
mirror="$(mirror)"
if [ -n "$mirror" ]; then
    # Debian's suites share one script; a debootstrap older than a suite does not know its name.
    scripts=/usr/share/debootstrap/scripts
    [ -e "$scripts/$SUITE" ] && source=("$mirror" "$scripts/$SUITE") || source=("$mirror" "$scripts/sid")
fi
if ! debootstrap --variant=minbase --include=ca-certificates "$SUITE" "$FOLDER" "${source[@]}" >"$FOLDER.log" 2>&1; then
    tail -20 "$FOLDER.log" >&2 && rm -f "$FOLDER.log" && fail "debootstrap failed; its last lines are above."
fi
rm -f "$FOLDER.log"
FRESH_MACHINE_FOLDER="$FOLDER" unshare --mount --pid --fork --kill-child --mount-proc="$FOLDER/proc" \
    bash "$0" ${TEST:+--test}
