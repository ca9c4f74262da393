#!/bin/sh
# Renews the generated code: Protos/generate.sh [ROOT], where ROOT is the folder that holds Sources
# (default: this repository). `make protos` runs it; `make check` runs it on an empty folder and
# compares.
set -eu

protos=$(cd "$(dirname "$0")" && pwd)
repository=$(dirname "$protos")
root=${1:-$repository}
mkdir -p "$root"
root=$(cd "$root" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cd "$repository"
# 1. The plugin. Nothing else is built: the Schema module may be out of date.
SOUTHBOUND_ONLY=protoc-gen-southbound swift build --product protoc-gen-southbound >"$work/log" 2>&1 ||
  { cat "$work/log" >&2; exit 1; }
plugin=$(SOUTHBOUND_ONLY=protoc-gen-southbound swift build --show-bin-path 2>/dev/null)/protoc-gen-southbound

# 2. protoc-gen-c sees strings as bytes (Sources/Protobuf/README.md says why). The last two bytes say
#    that proto3 `optional` is understood: the plugin has made a oneof of it.
cat >"$work/protoc-gen-cbytes" <<EOF
#!/bin/sh
"$plugin" --strings-as-bytes | protoc-gen-c && printf '\020\001'
EOF
chmod +x "$work/protoc-gen-cbytes"

# 3. All protos in one run, in a fixed order.
cd "$protos"
files=$(find . -name '*.proto' | sed 's,^\./,,' | LC_ALL=C sort)
mkdir -p "$work/c" "$work/swift" "$work/umbrella" "$work/descriptor"
protoc -I . \
  --plugin="protoc-gen-cbytes=$work/protoc-gen-cbytes" --cbytes_out="$work/c" \
  --plugin="protoc-gen-southbound=$plugin" --southbound_out="$work/swift" $files
protoc -I . --plugin="protoc-gen-southbound=$plugin" --southbound_out=c:"$work/umbrella" $files
protoc-c -I /usr/include --c_out="$work/descriptor" \
  google/protobuf/descriptor.proto google/protobuf/compiler/plugin.proto

# 4. Replace the old files.
# install_c SOURCE TARGET: headers below include, the rest beside it.
install_c() {
  (cd "$1" && find . -name '*.pb-c.[ch]') | while read -r file; do
    case $file in
      *.h) target=$2/include/$file ;;
      *) target=$2/$file ;;
    esac
    mkdir -p "$(dirname "$target")"
    cp "$1/$file" "$target"
  done
}
for module in CSchema CDescriptor; do
  mkdir -p "$root/Sources/$module"
  find "$root/Sources/$module" -name '*.pb-c.[ch]' -delete
done
install_c "$work/c" "$root/Sources/CSchema"
install_c "$work/descriptor" "$root/Sources/CDescriptor"
cp "$work/umbrella/CSchema.c" "$root/Sources/CSchema/CSchema.c"
cp "$work/umbrella/include/CSchema.h" "$root/Sources/CSchema/include/CSchema.h"
rm -rf "$root/Sources/Schema/Generated"
mkdir -p "$root/Sources/Schema/Generated"
cp "$work"/swift/*.swift "$root/Sources/Schema/Generated/"
