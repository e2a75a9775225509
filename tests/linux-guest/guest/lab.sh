# What init and the scripts that the host sends have in common.

# option NAME DEFAULT: what the kernel's command line says of lab.NAME.
option() {
  local word
  for word in $(cat /proc/cmdline); do
    case $word in
      "lab.$1="*) echo "${word#*=}" && return ;;
    esac
  done
  echo "$2"
}

# The lines that come on the port: ID SECONDS SCRIPT (base64). The answer: what the script printed, each line behind a bar, and
# then =ID STATUS. What a script leaves running in the background lives on.
agent() {
  local port id seconds script status
  for port in /dev/vport*p1; do :; done
  exec 3<>"$port"
  echo '=ready 0' >&3
  while read -r id seconds script; do
    { echo '. /lab.sh' && echo "$script" | base64 -d; } >/tmp/script
    rm -f /tmp/output
    timeout -k 5 "$seconds" sh -eu /tmp/script </dev/null >>/tmp/output 2>&1 # appended: scripts open it anew by /dev/stderr
    status=$?
    [ "$status" != 143 ] || echo "still not done after $seconds s" >>/tmp/output
    # shellcheck disable=SC2046 # several words
    [ "$status" = 0 ] || killall -q -9 rping erdma-verify $(cd /usr/bin && echo ib_*_bw ib_*_lat)
    sed 's/^/|/; $a\' /tmp/output >&3
    echo "=$id $status" >&3
  done <&3
}

# within SECONDS COMMAND...: tries again and again until it succeeds.
within() {
  local left=$(($1 * 10))
  shift
  until "$@" 2>/dev/null; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "not in time: $*" && return 1; }
    usleep 100000
  done
}

# refute COMMAND...: fails if the command succeeds; what "!" negates would not end a script.
refute() { ! "$@"; }

card_is_there() { [ -e /sys/class/infiniband/erdma_0 ]; }
card_is_gone() { ! card_is_there; }

card_up() {
  modprobe erdma
  within 15 card_is_there
}

card_down() {
  rmmod erdma
  within 15 card_is_gone
}

# Whether something listens on a TCP port; kernel sockets, as iw_cm has them, are among those in /proc.
listens() { grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf %04X "$1") 00000000:0000 0A" /proc/net/tcp /proc/net/tcp6; }
port_is_free() { ! listens "$1"; }

address() { option address 10.0.0.1; }

# both PORT SERVER-COMMAND -- CLIENT-COMMAND: a server in the background, then its client; both must end well.
both() {
  local port=$1 server=
  shift
  while [ "$1" != -- ]; do
    server="$server $1"
    shift
  done
  shift
  within 20 port_is_free "$port"
  # shellcheck disable=SC2086 # a command and its arguments
  $server >/tmp/server.out 2>&1 &
  local pid=$!
  within 20 listens "$port" || { cat /tmp/server.out && return 1; }
  "$@" || { echo "client: status $?; the server said:" && cat /tmp/server.out && kill -9 $pid && return 1; }
  wait $pid || { echo "server: status $?" && cat /tmp/server.out && return 1; }
}

# loopback PROGRAM OPTION...: one of perftest's, with itself through the guest's own address. Both ends poll without pause: a CPU for each.
loopback() {
  both 18515 taskset 1 "$@" -F -R -d erdma_0 -- taskset 2 "$@" -F -R -d erdma_0 "$(address)"
}
