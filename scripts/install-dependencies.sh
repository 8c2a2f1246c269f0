#!/usr/bin/env bash
# Installs what a build needs and the machine lacks, and says what that is. Nothing happens where all is there.
#
#   scripts/install-dependencies.sh            to build and test
#   scripts/install-dependencies.sh python     also Python with pip and venv
set -euo pipefail

packages=()
need() { # need PACKAGE TEST…: PACKAGE is wanted unless the test succeeds
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || packages+=("$package")
}
library() { # library HEADER NAME: whether a C program can include <HEADER> and link with -lNAME
    echo "#include <$1>" | "$clang" -x c -w -c -o /dev/null - &&
        echo "int main(void) { return 0; }" | "$clang" -x c -o /dev/null - "-l$2"
}

if ! command -v swift >/dev/null; then
    echo "error: Swift 6.2 or newer is the one prerequisite: https://www.swift.org/install" >&2
    exit 1
fi

# Swift's own compiler, the one that will build the package.
clang=$(command -v clang || echo "$(dirname "$(readlink -f "$(command -v swift)")")/clang")

case "$(uname -s)" in
Darwin)
    need openblas test -e "$(brew --prefix openblas 2>/dev/null)/include/cblas.h"
    need zstd test -e "$(brew --prefix zstd 2>/dev/null)/include/zstd.h"
    need pkgconf command -v pkg-config
    if [ ${#packages[@]} -gt 0 ]; then
        echo "Missing: ${packages[*]}. Install them with: brew install ${packages[*]}" >&2
        exit 1
    fi
    exit 0
    ;;
esac

need libopenblas-dev library cblas.h openblas
need libzstd-dev library zstd.h zstd
need pkg-config command -v pkg-config
need make command -v make
need git command -v git
need curl command -v curl
need unzip command -v unzip
need ca-certificates test -e /etc/ssl/certs/ca-certificates.crt
if [ "${1:-}" = python ]; then
    need python3 command -v python3
    need python3-pip python3 -m pip --version
    need python3-venv python3 -c 'import ensurepip, venv'
fi
[ ${#packages[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
    echo "error: missing: ${packages[*]} (Debian's names), and there is no apt-get here." >&2
    echo "Install what your system calls them, then run this again." >&2
    exit 1
fi
become=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "error: missing: ${packages[*]}. Install them as root: apt-get install ${packages[*]}" >&2
        exit 1
    fi
    become=(sudo)
fi
echo "Installing with apt-get: ${packages[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() { ${become[@]+"${become[@]}"} apt-get install -y --no-install-recommends "${packages[@]}" >"$log" 2>&1; }
# The lists of a fresh machine are old or absent: refresh them once when the first attempt fails.
if ! install; then
    if ! { ${become[@]+"${become[@]}"} apt-get update >"$log" 2>&1 && install; }; then
        tail -n 20 "$log" >&2
        echo "error: apt-get could not install: ${packages[*]}" >&2
        exit 1
    fi
fi
