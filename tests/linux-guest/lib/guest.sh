# shellcheck shell=bash
# Guests: QEMU in the chroot, the function of a vport in each, and a line to the guest's agent.

guest_memory=1G
# How much longer than on a machine that does nothing else things may take until they count as stuck.
patience=3

# start_guest VPORT [-- QEMU-OPTION...]: as started, not booted yet.
start_guest() {
  local name=$1
  rm -f "$run/$name".{in,out,pid}
  mkfifo "$run/$name".{in,out}
  qemu "$name" -chardev "pipe,id=agent,path=/mnt/$name" -device virtio-serial-pci -device virtserialport,chardev=agent \
    -chardev "file,id=console,path=/mnt/$name.console,append=on" -serial chardev:console -monitor none \
    </dev/null >>"$logs/$name.qemu" 2>&1 {lock}>&- &
}

# qemu NAME OPTION...: in the foreground; $guest_append goes to the kernel's command line.
qemu() {
  local name=$1 function
  shift
  printf -v function '{"driver":"vfio-user-pci","id":"erdma","socket":{"path":"/mnt/sockets/%s.sock","type":"unix"}}' "$name"
  cp --update "$initramfs" "$run/initramfs"
  # "foreground": of a terminal, too, where QEMU sets its modes
  # shellcheck disable=SC2046,SC2086 # several words
  in_chroot timeout --foreground --kill-after=5 "${guest_seconds:-1500}" qemu-system-x86_64 -nodefaults -no-reboot -display none \
    -machine q35,memory-backend=memory -object "memory-backend-memfd,id=memory,size=$guest_memory,share=on" \
    -accel tcg,thread=multi -smp 2 -cpu max -pidfile "/mnt/$name.pid" \
    -kernel "/boot/vmlinuz-$version" -initrd /mnt/initramfs \
    -append "console=ttyS0 quiet panic=-1 mitigations=off no_timer_check tsc=reliable lab.name=$name lab.address=$(card_setting "$name" ip) ${guest_append:-}" \
    $(network "$name") -device "virtio-net-pci,netdev=network,mac=$(card_setting "$name" mac)" \
    -device "$function" "$@"
}

# The first vport's guest listens for the second's; a guest that is alone waits for nobody.
network() {
  local first
  first=$(card_vports | head -n 1)
  if [ "$1" = "$first" ]; then
    rm -f "$run/network"
    echo "-netdev stream,id=network,server=on,addr.type=unix,addr.path=/mnt/network"
  else
    echo "-netdev stream,id=network,server=off,addr.type=unix,addr.path=/mnt/network,reconnect-ms=500"
  fi
}

# await_guest VPORT: until its agent answers.
await_guest() {
  local tries=$((200 * patience))
  until [ -s "$run/$1.pid" ] || ((tries-- == 0)); do sleep 0.05; done
  agent_answer "$1" ready $((60 * patience)) || {
    echo "the guest $1 did not come up:"
    tail -n 20 "$run/$1.console" "$logs/$1.qemu"
    return 1
  }
  spread_cpus "$1"
}

# A core for each of the guest's CPUs, as far as there are: two that poll each other on one core would move by time slices of 4 ms.
spread_cpus() {
  local thread name cores
  cores=$(nproc)
  for thread in /proc/"$(<"$run/$1.pid")"/task/*; do
    name=$(cat "$thread/comm" 2>/dev/null) || continue # it has ended
    [[ ! $name =~ ^CPU\ ([0-9]+)/ ]] || taskset --pid --cpu-list $((BASH_REMATCH[1] % cores)) "${thread##*/}" >/dev/null || true
  done
}

boot() { # VPORT...
  local name
  for name; do start_guest "$name"; done
  for name; do await_guest "$name"; done
}

# in_guest VPORT SECONDS <SCRIPT: runs it in the guest, prints its output, fails as it does.
in_guest() {
  local id=$EPOCHREALTIME seconds=$(($2 * patience))
  is_alive "$1" || {
    echo "there is no guest $1"
    return 1
  }
  printf '%s %s %s\n' "$id" "$seconds" "$(base64 --wrap=0)" 1<>"$run/$1.in"
  agent_answer "$1" "$id" $((seconds + 15))
}

# agent_answer VPORT ID SECONDS: prints the lines that come until that answer; returns its status, 124 when none comes.
agent_answer() {
  local line until=$((SECONDS + $3)) from
  exec {from}<>"$run/$1.out"
  while ((SECONDS < until)); do
    if ! IFS= read -r -t 1 line <&"$from"; then
      is_alive "$1" && continue
      echo "the guest $1 is gone"
      break
    fi
    case $line in
      '|'*) printf '%s\n' "${line#|}" ;;
      "=$2 "*)
        exec {from}<&-
        return "${line##* }"
        ;;
    esac
  done
  exec {from}<&-
  return 124
}

kill_guest() { end_process "$1" KILL 5; }

stop_everything() {
  local file name
  for file in "$run"/*.pid; do
    [ -f "$file" ] || continue
    name=${file##*/}
    end_process "${name%.pid}" KILL 5
  done
  [ ! -d "${logs:-/nowhere}" ] || cp "$run"/*.console "$logs" 2>/dev/null || true
}
