#!/usr/bin/env bash
# Runs a command beside a real MySQL-protocol server and a real Redis.
#
#   scripts/services.sh run [--embedded-only] -- COMMAND [ARG...]
#
# Each server is, in this order: the one given by CUNWU_TEST_MYSQL_URL or
# CUNWU_TEST_REDIS_URL; an installed mariadbd/mysqld or redis-server; the Debian
# package, where we are root; a container through `docker compose`. What is
# started gets a free port on 127.0.0.1 and its own data folder, and is stopped
# and removed at the end; servers that run already are left alone.
#
# The command sees CUNWU_TEST_MYSQL_URL (mysql://root@127.0.0.1:PORT/) and
# CUNWU_TEST_REDIS_URL (redis://127.0.0.1:PORT/0). Where one cannot be had, this
# says so and ends with status 3, unless --embedded-only is given.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "$0")/lib.sh"

work=''
command_pid=''
compose_project=''
started=() # pids of the servers we started
mysql_from='' redis_from=''

# shellcheck disable=SC2317 # called by the trap
stop_all() {
  local status=$? pid
  trap - EXIT
  trap '' INT TERM # a second Ctrl-C must not leave servers behind
  if [ -n "$command_pid" ]; then kill "$command_pid" 2>/dev/null || true; fi
  for pid in ${started[@]+"${started[@]}"}; do kill "$pid" 2>/dev/null || true; done
  for pid in ${started[@]+"${started[@]}"}; do wait "$pid" 2>/dev/null || true; done
  if [ -n "$compose_project" ]; then
    docker compose -p "$compose_project" -f "$CUNWU_ROOT/scripts/compose.services.yaml" down -v -t 5 >&2 || true
  fi
  if [ -n "$work" ]; then rm -rf "$work"; fi
  exit "$status"
}

# answers PORT: whether something listens there.
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
  local port
  for _ in $(seq 100); do
    port=$((20000 + RANDOM % 12000))
    if ! answers "$port"; then
      echo "$port"
      return
    fi
  done
  return 1
}

# wait_for PORT PID LOG: until the server listens; fails when it dies or after 60 s.
wait_for() {
  local port=$1 pid=$2 log=$3
  for _ in $(seq 300); do
    if ! kill -0 "$pid" 2>/dev/null; then break; fi
    if answers "$port"; then return; fi
    sleep 0.2
  done
  tail -n 20 "$log" >&2 || true
  return 1
}

mysql_binary() {
  local b
  for b in mariadbd mysqld /usr/sbin/mariadbd /usr/sbin/mysqld; do
    if have "$b"; then
      command -v "$b"
      return
    fi
  done
  return 1
}

start_mysql() {
  local bin=$1 port version dir="$work/mysql" as_root=()
  version=$("$bin" --version)
  if [ "$(id -u)" = 0 ]; then as_root=(--user=root); fi
  mkdir -p "$dir"
  if [[ $version == *MariaDB* ]]; then
    mariadb-install-db --no-defaults --datadir="$dir/data" --skip-test-db --force \
      --auth-root-authentication-method=normal ${as_root[@]+"${as_root[@]}"} >"$dir/install.log" 2>&1 ||
      { tail -n 20 "$dir/install.log" >&2 && return 1; }
  else
    "$bin" --no-defaults --initialize-insecure --datadir="$dir/data" \
      ${as_root[@]+"${as_root[@]}"} >"$dir/install.log" 2>&1 || { tail -n 20 "$dir/install.log" >&2 && return 1; }
  fi
  port=$(free_port)
  # The settings that the product demands of a production server; the binary
  # log is off because nothing replicates from here.
  "$bin" --no-defaults ${as_root[@]+"${as_root[@]}"} --datadir="$dir/data" \
    --socket="$dir/s" --pid-file="$dir/pid" --port="$port" --bind-address=127.0.0.1 \
    --innodb-flush-log-at-trx-commit=1 --character-set-server=utf8mb4 \
    --innodb-buffer-pool-size=256M --max-connections=500 --skip-log-bin \
    >"$dir/log" 2>&1 &
  started+=($!)
  wait_for "$port" $! "$dir/log" || return 1
  export CUNWU_TEST_MYSQL_URL="mysql://root@127.0.0.1:$port/"
  mysql_from="${version##* Ver }"
}

start_redis() {
  local port dir="$work/redis"
  mkdir -p "$dir"
  port=$(free_port)
  redis-server --port "$port" --bind 127.0.0.1 --dir "$dir" --save '' --appendonly no >"$dir/log" 2>&1 &
  started+=($!)
  wait_for "$port" $! "$dir/log" || return 1
  export CUNWU_TEST_REDIS_URL="redis://127.0.0.1:$port/0"
  redis_from=$(redis-server --version)
}

# from_docker SERVICE PORT: starts one container and prints its address.
from_docker() {
  local file="$CUNWU_ROOT/scripts/compose.services.yaml"
  docker compose -p "$compose_project" -f "$file" up -d --wait "$1" >&2 &&
    docker compose -p "$compose_project" -f "$file" port "$1" "$2"
}

can_docker() { have docker && docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; }

get_mysql() {
  local bin address
  if [ -n "${CUNWU_TEST_MYSQL_URL:-}" ]; then
    mysql_from="given by CUNWU_TEST_MYSQL_URL"
    return
  fi
  if ! mysql_binary >/dev/null && can_apt; then apt_install mariadb-server || true; fi
  if bin=$(mysql_binary); then
    start_mysql "$bin"
    return
  fi
  can_docker || return 1
  compose_project="cunwu-services-$$"
  address=$(from_docker mysql 3306) || return 1
  export CUNWU_TEST_MYSQL_URL="mysql://root@$address/"
  mysql_from='container mysql:8.4'
}

get_redis() {
  local address
  if [ -n "${CUNWU_TEST_REDIS_URL:-}" ]; then
    redis_from="given by CUNWU_TEST_REDIS_URL"
    return
  fi
  if ! have redis-server && can_apt; then apt_install redis-server || true; fi
  if have redis-server; then
    start_redis
    return
  fi
  can_docker || return 1
  compose_project="cunwu-services-$$"
  address=$(from_docker redis 6379) || return 1
  export CUNWU_TEST_REDIS_URL="redis://$address/0"
  redis_from='container redis:7-alpine'
}

usage() {
  sed -n '2,16s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

main() {
  local embedded_only='' missing=()
  [ "${1:-}" = run ] || usage
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      --embedded-only) embedded_only=1 ;;
      --)
        shift
        break
        ;;
      *) usage ;;
    esac
    shift
  done
  [ $# -gt 0 ] || usage

  if [ -n "$embedded_only" ]; then
    unset CUNWU_TEST_MYSQL_URL CUNWU_TEST_REDIS_URL
    loud "--embedded-only: the MySQL and the Redis half will NOT be run."
  else
    work=$(mktemp -d "${TMPDIR:-/tmp}/cunwu-services.XXXXXX")
    trap stop_all EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    get_mysql || missing+=("MySQL protocol: no CUNWU_TEST_MYSQL_URL, no mariadbd or mysqld that starts, no apt as root, no docker compose")
    get_redis || missing+=("Redis: no CUNWU_TEST_REDIS_URL, no redis-server that starts, no apt as root, no docker compose")
    if [ ${#missing[@]} -gt 0 ]; then
      loud "NOT RUN, because these servers could not be had:" "${missing[@]}" \
        "Give their addresses, install them, or pass --embedded-only to run SQLite + memory alone."
      exit 3
    fi
    say "MySQL protocol: $CUNWU_TEST_MYSQL_URL ($mysql_from)"
    say "Redis: $CUNWU_TEST_REDIS_URL ($redis_from)"
  fi

  # In the background, so that a signal to this script stops servers at once.
  "$@" <&0 &
  command_pid=$!
  local status=0
  wait "$command_pid" || status=$?
  command_pid=''
  exit "$status"
}

main "$@"
