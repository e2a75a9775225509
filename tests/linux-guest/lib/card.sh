# shellcheck shell=bash
# The card: the server process, one socket for each vport.

# start_card CARD: the card as text; its format is in the Javadoc of CardFile.
start_card() {
  printf '%s\n' "$1" >"$run/card"
  mkdir -p "$run/sockets"
  rm -f "$run"/sockets/*
  # shellcheck disable=SC2086 # the option may be none
  "$repository/erdma-main/bin/erdma" serve --card "$run/card" --sockets "$run/sockets" $trace \
    </dev/null >>"$logs/server.log" 2>&1 {lock}>&- &
  echo $! >"$run/server.pid"
  local vport
  for vport in $(card_vports); do
    wait_until 60 server [ -S "$run/sockets/$vport.sock" ] || die "the server did not start: $(tail -n 5 "$logs/server.log")"
  done
  hasten_server
}

# A guest that polls keeps its cores busy, and the thread that serves it would wait for the end of their time slice, 4 ms, before each request. With as
# many free cores as guest CPUs this changes nothing.
hasten_server() {
  local thread
  for thread in /proc/"$(<"$run/server.pid")"/task/*; do
    [[ $(<"$thread/comm") != vfio-* ]] || chrt --rr --pid 1 "${thread##*/}" || true
  done
}

card_vports() { awk '$1 == "vport" { print $2 }' "$run/card"; }

# card_setting VPORT NAME: what the card says of a vport.
card_setting() {
  awk -v vport="$1" -v name="$2" '$1 == "vport" && $2 == vport {
    for (i = 3; i <= NF; i++) if (index($i, name "=") == 1) print substr($i, length(name) + 2) }' "$run/card"
}

stop_card() { # SIGNAL
  end_process server "${1:-TERM}" 10
  rm -rf "$run/sockets"
}

is_alive() { [ -f "$run/$1.pid" ] && kill -0 "$(<"$run/$1.pid")" 2>/dev/null; }

# wait_until SECONDS PROCESS COMMAND...: until the command succeeds; fails when the process is gone.
wait_until() {
  local tries=$(($1 * 20)) process=$2
  shift 2
  until "$@"; do
    ((tries-- > 0)) && is_alive "$process" || return 1
    sleep 0.05
  done
}

is_gone() { ! is_alive "$1"; }

# end_process NAME SIGNAL SECONDS: fails if it had to be killed after all.
end_process() {
  local name=$1 pid
  is_alive "$name" || return 0
  pid=$(<"$run/$name.pid")
  kill "-$2" "$pid" 2>/dev/null || true
  local tries=$(($3 * 20))
  while is_alive "$name"; do
    ((tries-- > 0)) || {
      kill -KILL "$pid"
      echo "$name did not end within $3 s of SIG$2"
      rm -f "$run/$name.pid"
      return 1
    }
    sleep 0.05
  done
  rm -f "$run/$name.pid"
}
