#!/bin/sh
# Writes Generated/LibraryModels.swift, or the file that is named, from the .cf files in Models.
# `make protos` runs it; so does whoever changed one of them:
#   sh Sources/Language/Library/generate-models.sh
set -eu
out=$(realpath -m "${1:-$(dirname "$0")/Generated/LibraryModels.swift}")
cd "$(dirname "$0")"
mkdir -p "$(dirname "$out")"
{
  echo '// swift-format-ignore-file'
  echo '// Made by generate-models.sh from the files in Models; do not edit.'
  echo
  echo '/// The texts of the library'"'"'s model files, by namespace.'
  echo 'enum LibraryModels {'
  echo '  static let texts: [String: String] = ['
  find Models -name '*.cf' | LC_ALL=C sort | while read -r file; do
    name=${file#Models/}
    name=${name%.cf}
    name=${name%/_init}
    name=$(printf '%s' "$name" | sed 's|/|::|g')
    printf '    "%s": ##"""\n' "$name"
    sed -e 's/^\(..*\)$/      \1/' "$file"
    printf '\n      """##,\n'
  done
  echo '  ]'
  echo '}'
} >"$out"
