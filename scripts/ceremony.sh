#!/usr/bin/env bash
# The rehearsal of a sealed ballot from keys to erasure. The server, the phones
# and each of the three keepers are processes of their own with folders of their
# own; each gets only the files that a person would carry to it.
#
#   scripts/ceremony.sh            in a temporary folder, removed afterwards
#   scripts/ceremony.sh FOLDER     keep everything there
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$CUNWU_ROOT"

if [ $# -gt 0 ]; then
  mkdir -p "$1"
  dir="$(cd "$1" && pwd)"
else
  dir="$(mktemp -d)"
  trap 'rm -rf "$dir"' EXIT
fi

say "programs"
export CGO_ENABLED=0
go build -o "$dir/cunwu" .
go build -o "$dir/ceremony" ./scripts/ceremony
server() { "$dir/ceremony" "$1" "$dir/server" "${@:2}"; }

# carry FROM TO FILE...: by hand, on a stick
carry() {
  mkdir -p "$dir/$2"
  for file in "${@:3}"; do cp "$dir/$1/$file" "$dir/$2/"; done
}
keeper() { # keeper SEAT STEP [options]
  "$dir/cunwu" trustee "$2" --seat "$1" --dir "$dir/$1/own" --poll "$dir/$1/poll.json" "${@:3}"
}
logged() { # logged SEAT: the options that name the public record
  printf '%s\n' --commitment "$dir/$1/commitment.json" --checkpoint "$dir/$1/checkpoint" --log-key "$(cat "$dir/$1/log.key")"
}

say "draft: three keepers make their keys, each alone"
server draft
for seat in A B C; do
  carry server "$seat" poll.json
  keeper "$seat" new >"$dir/$seat/paper.txt"
  carry "$seat/own/for-server" "from-$seat" statement.json
done

say "open"
server open "$dir/from-A/statement.json" "$dir/from-B/statement.json" "$dir/from-C/statement.json"
for seat in A B C; do
  carry server "$seat" poll.json
  keeper "$seat" check >/dev/null
done

say "casts: sealed by the server and on phones; voter 0 votes once more"
server cast 6 3 1
server revote 0 1
yes=5 no=4 abstain=1
if command -v node >/dev/null; then
  read -r digest keys < <(server roll)
  node client/seal/cli.mjs seal "$digest" "$keys" 010000 010000 000100 000001 | server phones
  yes=$((yes + 2)) no=$((no + 1)) abstain=$((abstain + 1))
else
  loud "NOT TESTED: node is not installed, so no ballot was sealed as a phone does"
fi

say "close: the pair A, C is fixed in the public record before any row is touched"
server close AC 0
carry server A poll.json rows.json commitment.json checkpoint log.key
carry server C poll.json commitment.json checkpoint log.key
mapfile -t record < <(logged A)
keeper A peel --rows "$dir/A/rows.json" "${record[@]}"

say "the deputy of A repeats the step from the paper backup, on another device"
mkdir -p "$dir/deputy"
grep -E '^[A-Z2-7 ]+$' "$dir/A/paper.txt" >"$dir/deputy/paper.txt"
"$dir/cunwu" trustee peel --paper --seat A --dir "$dir/deputy" --poll "$dir/A/poll.json" \
  --rows "$dir/A/rows.json" "${record[@]}" <"$dir/deputy/paper.txt" >/dev/null
cmp "$dir/A/own/for-second/peeled-list.json" "$dir/deputy/for-second/peeled-list.json"

say "C opens and hands out counts"
carry A/own/for-second C peeled-list.json
mapfile -t record < <(logged C)
keeper C open --peeled "$dir/C/peeled-list.json" "${record[@]}"
carry A/own/for-server from-A peeled.json
carry C/own/for-server from-C result.json
got="$(server count "$dir/from-A/peeled.json" "$dir/from-C/result.json")"
want="yes $yes no $no abstain $abstain bad 0"
[ "$got" = "$want" ] || die "counted: $got" "cast:    $want"
say "counted: $got"

say "no seed ever reached the server or another keeper"
for seat in A B C; do
  seed="$(tr -d '\n' <"$dir/$seat/own/seed.secret")"
  for place in server from-A from-B from-C; do
    if [ -d "$dir/$place" ] && grep -rqiF "$seed" "$dir/$place"; then die "the seed of $seat is in $place"; fi
  done
done

say "erasure: two keepers destroy their seeds"
for seat in A B; do
  keeper "$seat" destroy --yes >/dev/null
  [ ! -e "$dir/$seat/own/seed.secret" ] || die "the seed of $seat is still there"
done
say "done"
