#!/usr/bin/env bash
# mlops-command.sh MLOPS COMMAND [SUBCOMMAND] ARGUMENT…: runs the command, or says that this version does not have it.
set -euo pipefail
tool=$1
shift
words=("$1")
# A second plain word names a subcommand (`data check`, `publish hf`).
case "$1" in data | publish | remote | config | runs | models) words+=("${2:-}") ;; esac
# `help` answers for a command it does not know with its parent's page, so the page's own first usage line is compared.
if ! "$tool" help "${words[@]}" 2>/dev/null | grep -q "^USAGE: mlops ${words[*]}\b"; then
    echo "mlops: error: this version has no command '${words[*]}' yet; 'mlops --help' lists those it has." >&2
    exit 1
fi
exec "$tool" "$@"
