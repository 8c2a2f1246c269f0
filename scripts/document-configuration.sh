#!/bin/sh
# Writes the tables of keys in Docs/Configuration.md from the schema. A test compares the two.
#   scripts/document-configuration.sh [MLOPS]
set -eu
cd "$(dirname "$0")/.."
mlops=${1:-.build/release/mlops}
page=Docs/Configuration.md
for kind in train eval; do
    "$mlops" config schema --kind $kind --format markdown >"$page.$kind"
    awk -v kind="$kind" -v table="$page.$kind" '
        $0 == "<!-- /" kind " -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- " kind " -->" { inside = 1; while ((getline line < table) > 0) print line }
    ' "$page" >"$page.new"
    mv "$page.new" "$page"
    rm "$page.$kind"
done
