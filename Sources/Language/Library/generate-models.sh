#!/bin/sh
# Writes LibraryModels.swift from the .cf files in Models. Run it after changing one of them:
#   sh Sources/Language/Library/generate-models.sh
set -eu
cd "$(dirname "$0")"
out=LibraryModels.swift
{
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
