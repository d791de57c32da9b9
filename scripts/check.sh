#!/usr/bin/env bash
# Everything that must hold before a change lands, cheap things first. CI runs
# this and nothing else (.ci/run). All steps are run even if one fails, so that
# one run shows all there is to mend.
#
#   scripts/check.sh                    all of it
#   scripts/check.sh gofumpt lint ...   only these steps
#   scripts/check.sh --list             the names of the steps
#
# CUNWU_VULNDB: an offline copy of the Go vulnerability database for the step
# "vulnerabilities": a folder of OSV files, or a .tgz of one.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$CUNWU_ROOT"

# The tools of the gate, each at one version. Raising one is a commit of its own.
GOFUMPT_VERSION=v0.12.0
GOLANGCI_VERSION=v2.15.0
GOVULNCHECK_VERSION=v1.9.0
REDOCLY_VERSION=2.77.0

scratch=$(mktemp -d "${TMPDIR:-/tmp}/cunwu-check.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

tracked() { git ls-files --cached --others --exclude-standard -- "$@"; }

step_scripts() {
  local f
  while read -r f; do bash -n "$f"; done < <(tracked '*.sh' .ci/run)
  if ! have shellcheck; then
    loud "shellcheck is not installed: scripts were only parsed"
    return
  fi
  tracked '*.sh' .ci/run | xargs shellcheck -x
}

step_gofumpt() {
  local tool
  tool=$(go_tool gofumpt mvdan.cc/gofumpt "$GOFUMPT_VERSION")
  tracked '*.go' | xargs "$tool" -d >"$scratch/gofumpt" || true
  tracked '*.go' | xargs "$tool" -l >/dev/null # fails on what cannot be parsed
  if [ -s "$scratch/gofumpt" ]; then
    cat "$scratch/gofumpt"
    loud "not formatted; run: $tool -w ."
    return 1
  fi
}

step_tidy() { go mod tidy -diff; }

step_vet() { go vet ./...; }

step_imports() { go test -count=1 -run '^TestImports' .; }

step_rules() { go run . lint; }

step_openapi() {
  go run . openapi >"$scratch/openapi.json"
  go run ./scripts/openapilint "$scratch/openapi.json"
  if ! have npx; then
    loud "no npx: the OpenAPI document was held to our conventions, NOT to the standard (redocly)"
    return
  fi
  REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
    npx --yes "@redocly/cli@$REDOCLY_VERSION" lint --config scripts/redocly.yaml --format=stylish "$scratch/openapi.json"
}

step_lint() {
  local tool
  tool=$(go_tool golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint "$GOLANGCI_VERSION")
  "$tool" config verify 2>/dev/null || true # needs the network; the run below parses it strictly enough
  "$tool" run --timeout 15m ./...
}

step_vulnerabilities() {
  local db=${CUNWU_VULNDB:-} tool
  if [ -z "$db" ]; then
    loud "vulnerabilities: NOT CHECKED, CUNWU_VULNDB names no offline copy of the database"
    return
  fi
  if [ -f "$db" ]; then
    mkdir "$scratch/vulndb"
    tar -xzf "$db" -C "$scratch/vulndb"
    db=$(dirname "$(find "$scratch/vulndb" -name 'GO-*.json' -print -quit)")
  fi
  tool=$(go_tool govulncheck golang.org/x/vuln/cmd/govulncheck "$GOVULNCHECK_VERSION")
  "$tool" -db "file://$(cd "$db" && pwd)" ./...
}

# The README's own test command, word for word.
step_tests() { ./scripts/test.sh; }

steps=(scripts gofumpt tidy imports vet rules openapi lint vulnerabilities tests)

main() {
  local name began status failed=() times=()
  if [ "${1:-}" = --list ]; then
    printf '%s\n' "${steps[@]}"
    return
  fi
  [ $# -eq 0 ] || steps=("$@")
  for name in "${steps[@]}"; do
    declare -F "step_$name" >/dev/null || die "no such step: $name (see --list)"
    say "$name"
    began=$SECONDS status=0
    # A subshell with its own -e: `if step` would switch it off inside.
    set +e
    (
      set -e
      "step_$name"
    )
    status=$?
    set -e
    if [ "$status" = 0 ]; then
      times+=("$(printf '%-16s ok     %4d s' "$name" $((SECONDS - began)))")
    else
      failed+=("$name")
      times+=("$(printf '%-16s FAILED %4d s' "$name" $((SECONDS - began)))")
    fi
  done
  say "summary"
  printf '%s\n' "${times[@]}"
  if [ ${#failed[@]} -gt 0 ]; then
    die "check FAILED: ${failed[*]}"
  fi
  say "check passed in $SECONDS s"
}

main "$@"
