#!/bin/sh
# Build the Kubo of scripts/kubo/go.mod into .tools/bin/ipfs (`make kubo`).
# Quick when it is built already; ends with status 1 and one line if it cannot be.
set -eu
cd "$(dirname "$0")/.."
binary=.tools/bin/ipfs
stamp=.tools/kubo.stamp
wanted=$(cat scripts/kubo/go.mod scripts/kubo/go.sum | cksum)

if [ -x "$binary" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

version=$(go env GOVERSION 2>/dev/null | sed 's/^go//' || true)
major=$(echo "$version" | cut -d. -f1)
minor=$(echo "$version" | cut -d. -f2 | sed 's/[^0-9].*//')
if [ -z "$version" ] || [ "$((${major:-0} * 1000 + ${minor:-0}))" -lt 1026 ]; then
    echo "Kubo was not built: Go 1.26 or newer is needed (found: ${version:-none})." \
        "Any running Kubo serves as well: set PLATEMARK_IPFS_API." >&2
    exit 1
fi

mkdir -p .tools/bin
echo "Building Kubo (one to four minutes the first time) ..." >&2
root=$PWD
# Some hundred modules come over the network. Go ends at the first that does not come, and keeps
# what came before: so it goes on where it ended.
for pause in 2 10 30; do
    (cd scripts/kubo && go list -deps github.com/ipfs/kubo/cmd/ipfs >/dev/null) && break
    sleep "$pause"
done
(cd scripts/kubo && go build -o "$root/$binary.new" github.com/ipfs/kubo/cmd/ipfs)
mv "$binary.new" "$binary"
echo "$wanted" >"$stamp"
"$binary" version
