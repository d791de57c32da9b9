#!/usr/bin/env bash
# The whole test suite: on SQLite and memory, and on a real MySQL-protocol
# server and a real Redis.
#
#   scripts/test.sh [--embedded-only] [go test flags and packages]
#
# Tests of storage and cache have one body and run it on every engine that is
# there, so one `go test` beside the servers is both halves. Flags given here
# come after the usual ones and so win: scripts/test.sh -race=false -run Feed ./service/...
#
# Databases of tests lie in memory where there is enough of it, unless TMPDIR
# says where: the engines keep the settings of production, and a disk would only
# make each of the many commits slower.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$CUNWU_ROOT"

half='SQLite + memory AND MySQL protocol + Redis'
services=(run)
if [ "${1:-}" = --embedded-only ]; then
  half='SQLite + memory ONLY'
  services+=(--embedded-only)
  shift
fi

have go || die "Go is not installed: https://go.dev/dl/"

# The race detector needs a C compiler. It cannot see the memory of the embedded
# engine, which is C turned into Go and allocates outside of Go's heap: having
# it watch those packages costs half the time of the tests and finds nothing.
# The pointers they make from numbers are not checked for the same reason. Nor is
# the arithmetic of the curve watched: it works on numbers of its caller's stack.
# The driver, the ciphers above and everything else are.
race=(-race)
for quiet in modernc.org/sqlite/lib modernc.org/libc modernc.org/memory; do
  race+=("-gcflags=$quiet=-race=false -d=checkptr=0")
done
race+=("-gcflags=crypto/internal/fips140/edwards25519/...=-race=false")
export CGO_ENABLED=1
if ! have "${CC:-cc}" && ! have gcc; then
  if can_apt; then apt_install gcc libc6-dev || true; fi
  if ! have gcc; then
    race=()
    export CGO_ENABLED=0
    loud "no C compiler: running WITHOUT the race detector"
  fi
fi

# in_memory prints a new folder in memory, if there is room for the tests and
# programs may be run from it.
in_memory() {
  local at=/dev/shm room=$((3 << 20)) dir # KiB
  if [ ! -d "$at" ] || [ ! -w "$at" ] || [ ! -r /proc/meminfo ]; then return 1; fi
  if [ "$(df -Pk "$at" | awk 'NR == 2 { print $4 }')" -lt "$room" ]; then return 1; fi
  if [ "$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)" -lt $((2 * room)) ]; then return 1; fi
  dir=$(mktemp -d "$at/cunwu-test.XXXXXX") || return 1
  printf '#!/bin/sh\n' >"$dir/program" && chmod 700 "$dir/program"
  if ! "$dir/program" 2>/dev/null; then
    rm -rf "$dir"
    return 1
  fi
  printf '%s\n' "$dir"
}

place='on disk'
if [ -z "${TMPDIR:-}" ] && memory=$(in_memory); then
  trap 'rm -rf "$memory"' EXIT
  export TMPDIR="$memory" GOTMPDIR="${GOTMPDIR:-/tmp}" # what is built is too large
  place='in memory'
fi

packages=(./...)
for arg in "$@"; do
  case $arg in ./* | . | cunwu | cunwu/*) packages=() ;; esac
done

say "tests: $half${race[0]:+, race detector}, shuffled, databases $place"
began=$SECONDS
status=0
scripts/services.sh "${services[@]}" -- \
  go test ${race[@]+"${race[@]}"} -shuffle=on -count=1 -timeout 45m "$@" ${packages[@]+"${packages[@]}"} || status=$?

if [ "$status" = 0 ]; then
  say "PASSED in $((SECONDS - began)) s: $half"
else
  loud "FAILED (status $status) after $((SECONDS - began)) s: $half"
fi
exit "$status"
