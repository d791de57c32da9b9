# shellcheck shell=bash
# What several scripts need: loud lines, sources of programs, pinned Go tools.
# Sourced, never run. The caller has set -euo pipefail.

CUNWU_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
CUNWU_TOOLS="${CUNWU_TOOLS:-$CUNWU_ROOT/.tools}"

say() { printf '== %s\n' "$*" >&2; }

loud() {
  printf '\n' >&2
  printf '!! %s\n' "$@" >&2
  printf '\n' >&2
}

die() {
  loud "$@"
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# can_apt: whether Debian packages can be installed here without asking.
can_apt() { [ "$(id -u)" = 0 ] && have apt-get; }

# apt_install PACKAGE...: installs without questions and without starting the
# services that the packages bring along.
apt_install() {
  local policy=/usr/sbin/policy-rc.d ours='' rc=0
  say "installing $* (apt)"
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    ours=1
  fi
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2 ||
    { apt-get update -q >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2; } ||
    rc=$?
  if [ -n "$ours" ]; then rm -f "$policy"; fi
  return "$rc"
}

# go_tool NAME PACKAGE VERSION: builds a tool once per version into .tools and
# prints its path. The project's own go.mod is neither read nor changed.
go_tool() {
  local name=$1 pkg=$2 version=$3 dir
  dir="$CUNWU_TOOLS/$name-$version"
  if [ ! -x "$dir/$name" ]; then
    say "building $name $version (once)"
    (cd / && GOBIN="$dir" GOFLAGS=-mod=mod go install "$pkg@$version" >&2)
  fi
  printf '%s\n' "$dir/$name"
}
