#!/usr/bin/env bash
# Checks what the compiler does not: formatting, words a library may not use, files that grew too long.
# Exceptions, each with its reason, are in lint-allowed.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
allowed=scripts/lint-allowed.txt
status=0

complain() { # complain FILE RULE TEXT
    if grep -vE '^(#|$)' "$allowed" | awk -F' *[|] *' -v f="$1" -v r="$2" '$1 == f && $2 == r && $3 != "" { found = 1 } END { exit !found }'; then
        return
    fi
    echo "$1: $3" >&2
    status=1
}

scripts/swift-sources.sh | xargs -0 swift format lint --strict || status=1

# Libraries return values and throw; they neither print nor trap on the world's mistakes. Comments may say the words.
for word in 'print(' 'try!' 'fatalError(' '@unchecked Sendable' 'nonisolated(unsafe)'; do
    while IFS=: read -r file line _; do
        complain "$file" "$word" "line $line: '$word' in a library"
    done < <(grep -rnF --include='*.swift' -- "$word" Sources/MLOps* | grep -vE '^[^:]*:[0-9]+:[[:space:]]*//' |
        { if [ "$word" = 'print(' ]; then grep -E '(^[^:]*:[0-9]+:|[^A-Za-z_.])print\(' || true; else cat; fi; })
done

while IFS= read -r -d '' file; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 300 ]; then complain "$file" long "$lines lines; split it by idea (300 at most)"; fi
done < <(scripts/swift-sources.sh)

# An exception that is no longer one is removed.
while IFS='|' read -r file rule _; do
    file=${file%% } rule=${rule## } rule=${rule%% }
    case "$file" in '' | \#*) continue ;; esac
    if [ ! -f "$file" ]; then
        echo "$allowed: '$file' does not exist" >&2
        status=1
    elif [ "$rule" = long ]; then
        [ "$(wc -l <"$file")" -gt 300 ] || { echo "$allowed: '$file' is short now; remove its line" >&2; status=1; }
    elif ! grep -qF -- "$rule" "$file"; then
        echo "$allowed: '$file' has no '$rule' any more; remove its line" >&2
        status=1
    fi
done <"$allowed"

for script in scripts/*.sh .ci/run; do bash -n "$script" || status=1; done

[ $status -eq 0 ] && echo "lint: clean" >&2
exit $status
