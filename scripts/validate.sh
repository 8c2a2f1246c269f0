#!/usr/bin/env bash
# validate.sh MLOPS CONFIG [OVERRIDE…]: checks the data that a configuration names.
set -euo pipefail
tool=$1 config=$2
shift 2
composed=$("$tool" config show --config-dir configs --config-name "$config" --resolve --format json "$@")
# The value of a top-level key that holds text; the JSON has a key a line.
value() { sed -n "s/^  \"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" <<<"$composed"; }
path=$(value dataset_path)
if [ -z "$path" ]; then
    echo "mlops: error: the configuration '$config' has no dataset_path." >&2
    exit 78
fi
arguments=("$path")
for pair in dataset_pattern:--pattern data_format:--format; do
    found=$(value "${pair%%:*}")
    if [ -n "$found" ]; then arguments+=("${pair##*:}" "$found"); fi
done
exec "$(dirname "$0")/mlops-command.sh" "$tool" data check "${arguments[@]}"
