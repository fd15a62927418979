#!/usr/bin/env bash
# Installs what Keel needs beside Go, a C compiler and Python 3 into Keel's cache folder, and says what it installs:
# the XLA plug-in, the Python packages of the reward workers, the emoji that pictures are learned from, the Go modules. What is in place already is left alone.
#   KEEL_CACHE  the cache folder (default: keel in the user's cache folder, ${XDG_CACHE_HOME:-~/.cache}/keel on Linux)
#   PYTHON      the Python to build the workers' environment from (default: the first of python3, python3.12, python3.11 that fits)
set -euo pipefail
cd "$(dirname "$0")/.."

# As Go's os.UserCacheDir has it.
user_cache=${XDG_CACHE_HOME:-${HOME:-}/.cache}
[ "$(uname -s)" != Darwin ] || user_cache=${HOME:-}/Library/Caches
cache=${KEEL_CACHE:-$user_cache/keel}
python=
plugin=$cache/pjrt/pjrt_c_api_cpu_plugin.so
plugin_sha256=ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2
venv=$cache/oracle

say() { echo "setup: $*"; }
die() {
	echo "setup: $*" >&2
	exit 1
}
sha256() { "$python" -c 'import hashlib, sys; print(hashlib.file_digest(open(sys.argv[1], "rb"), "sha256").hexdigest())' "$1"; }

need_tools() {
	command -v go >/dev/null || die "Go is missing; install Go 1.26 or newer and put it on PATH"
	command -v "${CC:-cc}" >/dev/null || command -v gcc >/dev/null || die "a C compiler is missing; on Debian: apt-get install -y gcc libc6-dev"
	for python in ${PYTHON:-python3 python3.12 python3.11}; do
		"$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null && return
	done
	# Vina's wheels decide this range.
	die "no Python 3.11 or 3.12 found (tried: ${PYTHON:-python3 python3.12 python3.11}); install one (Debian 12: apt-get install -y python3 python3-venv) or set PYTHON=/path/to/python"
}

# Debian splits ensurepip off its python3, so that a bare machine cannot make an environment.
need_venv() {
	"$python" -c 'import venv, ensurepip' 2>/dev/null && return
	local package
	package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
	command -v apt-get >/dev/null || die "$python lacks the venv module; install it with your package manager and run this again"
	[ "$(id -u)" = 0 ] || die "$python lacks the venv module; run: sudo apt-get update && sudo apt-get install -y $package"
	say "installing the Debian package $package"
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >/dev/null
}

install_oracle() {
	local want
	want="$(sha256 scripts/oracle-requirements.txt) $("$python" --version)"
	if [ "$(cat "$venv/keel-stamp" 2>/dev/null)" = "$want" ] && "$venv/bin/python" -c 'import rdkit, vina' 2>/dev/null; then
		say "reward workers: in place ($venv)"
		return
	fi
	need_venv
	say "reward workers: installing $(grep -E -o '^(rdkit|vina|posebusters)==[^ ]+' scripts/oracle-requirements.txt | tr '\n' ' ')and what they need into $venv (about 560 MB)"
	"$python" -m venv --clear "$venv"
	"$venv/bin/python" -m pip install --quiet --no-input --only-binary :all: -r scripts/oracle-requirements.txt
	"$venv/bin/python" -c 'import rdkit, vina'
	echo "$want" >"$venv/keel-stamp"
}

install_plugin() {
	if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
		say "XLA plug-in: none for $(uname -s) on $(uname -m); Keel will use its pure-Go back end, which is about 25 times slower"
		return
	fi
	if [ -f "$plugin" ] && [ "$(sha256 "$plugin")" = "$plugin_sha256" ]; then
		say "XLA plug-in: in place ($plugin)"
		return
	fi
	say "XLA plug-in: installing the shared library of $(grep -o '^lammps[^ ]*' scripts/pjrt-requirements.txt) into $cache/pjrt (63 MB to fetch, 202 MB unpacked)"
	mkdir -p "$cache/pjrt"
	tmp=$(mktemp -d "$cache/pjrt/.setup-XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	"$venv/bin/python" -m pip download --quiet --no-input --no-deps --only-binary :all: --require-hashes \
		-r scripts/pjrt-requirements.txt -d "$tmp"
	"$venv/bin/python" -m zipfile -e "$tmp"/*.whl "$tmp/wheel"
	local so=$tmp/wheel/lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so
	[ "$(sha256 "$so")" = "$plugin_sha256" ] || die "$so is not the library expected (its SHA-256 differs); nothing was installed"
	chmod 755 "$so"
	mv -f "$so" "$plugin"
	rm -rf "$tmp"
	trap - EXIT
}

# The font and the names are needed to train on emoji, not to run Keel.
install_emoji() {
	local to=$cache/emoji
	if [ -f "$to/NotoColorEmoji.ttf" ] && [ -f "$to/emoji-test.txt" ]; then
		say "emoji: in place ($to)"
		return
	fi
	if ! command -v apt-get >/dev/null; then
		say "emoji: no apt-get here; to train on them, put NotoColorEmoji.ttf and Unicode's emoji-test.txt into $to"
		return
	fi
	say "emoji: unpacking the Debian packages fonts-noto-color-emoji and unicode-data into $to (18 MB to fetch)"
	mkdir -p "$to"
	tmp=$(mktemp -d "$to/.setup-XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	if ! (cd "$tmp" && apt-get download -qq fonts-noto-color-emoji unicode-data 2>/dev/null && for f in *.deb; do dpkg-deb -x "$f" x; done); then
		say "emoji: the packages cannot be fetched; run apt-get update and this again to train on them"
	else
		mv -f "$tmp/x/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf" "$tmp/x/usr/share/unicode/emoji/emoji-test.txt" "$to"
	fi
	rm -rf "$tmp"
	trap - EXIT
}

need_tools
mkdir -p "$cache" || die "cannot make $cache; set KEEL_CACHE to a folder that you may write to"
# Two setups at once would clear each other's environment.
if command -v flock >/dev/null; then
	exec 9>"$cache/.setup.lock"
	flock -n 9 || { say "waiting for another setup to finish"; flock 9; }
fi
install_oracle
install_plugin
install_emoji
say "Go modules: go mod download"
go mod download
say "done"
