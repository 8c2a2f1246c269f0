#!/bin/bash
# Writes train.jsonl and test.jsonl from facts.json; needs jq. First phrasings come first, so that neighbouring rows
# are of different facts.
set -euo pipefail
cd "$(dirname "$0")"
for side in train test; do
    jq -c --arg side "$side" '
        . as $facts | range([$facts[][$side] | length] | max) as $i | $facts[] | select(.[$side][$i])
        | {messages: [{role: "user", content: .[$side][$i]}, {role: "assistant", content: .answer}]}
    ' facts.json > "$side.jsonl"
done
