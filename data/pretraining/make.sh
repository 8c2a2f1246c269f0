#!/usr/bin/env bash
# make.sh [DIRECTORY]: writes train.jsonl and test.jsonl from WordNet 3.0, the same bytes each time.
#
# DIRECTORY holds WordNet's data files (data.noun, data.verb, data.adj, data.adv). Without it they come from Debian's
# package wordnet-base: as it is installed, else as `apt-get download` brings it, which installs nothing.
set -euo pipefail
directory=${1:-/usr/share/wordnet}
case $directory in /*) ;; *) directory=$PWD/$directory ;; esac
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -e "$directory/data.noun" ]; then
    if [ $# -gt 0 ] || ! command -v apt-get >/dev/null; then
        echo "error: there is no '$directory/data.noun'; name the directory of WordNet 3.0's data files." >&2
        exit 66
    fi
    echo "Fetching WordNet 3.0 (Debian's wordnet-base, 6 MB) …" >&2
    if ! (cd "$work" && apt-get download -q wordnet-base >log 2>&1 && dpkg-deb -x wordnet-base_*.deb .); then
        cat "$work/log" >&2
        echo "error: apt-get could not download wordnet-base; run apt-get update, or name a directory." >&2
        exit 69
    fi
    directory=$work/usr/share/wordnet
fi

files=()
for class in noun verb adj adv; do files+=("$directory/data.$class" "$directory/data.$class"); done
LC_ALL=C awk -v heldout="$work/test.jsonl" -f questions.awk "${files[@]}" >"$work/train.jsonl"

sha256() { if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1; }
check() { # check FILE DIGEST
    found=$(sha256 "$work/$1")
    [ "$found" = "$2" ] && return
    echo "error: $1 has SHA-256 $found, not $2: these are not the data files of WordNet 3.0-37, or awk differs." >&2
    exit 65
}
check train.jsonl 402a485943205765ebe0cc0d864873bb77c3dba6ad112659794b0609d5058fb7
check test.jsonl f72d6324bb452fb7494d3769fae3f4440c66163d6d774dd8e9a5e6529a597db4
mv "$work/train.jsonl" "$work/test.jsonl" .
wc -l train.jsonl test.jsonl >&2
