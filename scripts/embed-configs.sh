#!/bin/sh
# Writes configs/*.yaml into the Swift file that carries them inside the program. A test compares the two.
set -eu
cd "$(dirname "$0")/.."
out=Sources/MLOpsCore/Configuration/Presets/BuiltInConfigs.swift
{
    cat <<'HEAD'
/// The configurations that ship with the program, so that it works without any file beside it.
///
/// They are the files of `configs/`, word for word: `scripts/embed-configs.sh` writes this file, and a test compares them.
enum BuiltInConfigs {
    /// Texts by name.
    static let texts: [String: String] = [
HEAD
    for file in configs/*.yaml; do
        printf '        "%s": #"""\n' "$(basename "$file" .yaml)"
        sed 's/^\(.\)/            \1/' "$file"
        printf '\n            """#,\n'
    done
    printf '    ]\n}\n'
} >"$out"
swift format -i "$out"
