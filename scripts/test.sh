#!/usr/bin/env bash
# The whole test suite: on SQLite and memory, and on a real MySQL-protocol
# server and a real Redis.
#
#   scripts/test.sh [--embedded-only] [go test flags and packages]
#
# Tests of storage and cache have one body and run it on every engine that is
# there, so one `go test` beside the servers is both halves. Flags given here
# come after the usual ones and so win: scripts/test.sh -race=false -run Feed ./service/...
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

# The race detector needs a C compiler.
race=(-race)
export CGO_ENABLED=1
if ! have "${CC:-cc}" && ! have gcc; then
  if can_apt; then apt_install gcc libc6-dev || true; fi
  if ! have gcc; then
    race=()
    export CGO_ENABLED=0
    loud "no C compiler: running WITHOUT the race detector"
  fi
fi

packages=(./...)
for arg in "$@"; do
  case $arg in ./* | . | cunwu | cunwu/*) packages=() ;; esac
done

say "tests: $half${race[*]:+, race detector}, shuffled"
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
