#!/usr/bin/env bash
# Prints the package's own Swift files, separated by NUL.
set -euo pipefail
cd "$(dirname "$0")/.."
find Package.swift Sources Tests Examples Benchmarks -name '*.swift' -not -path '*/.build*' -print0 2>/dev/null
