# shellcheck shell=bash
# Drivers and machines that come and go.

reload_thrice() { reload 3; }
reload_20_times() { reload 20; }

reload() {
  in_guest a $((20 + 6 * $1)) <<END
for turn in \$(seq $1); do
  card_down
  card_up
  [ \$((turn % 5)) != 0 ] || both 7174 rping -s -a "\$(address)" -p 7174 -C 3 -- rping -c -a "\$(address)" -p 7174 -C 3
done
ibv_devices | grep erdma_0
END
}

# The netdev comes after the driver: probe is deferred, and the whole bring-up happens again.
deferred_probe() {
  in_guest a 60 <<'END'
card_down
rmmod virtio_net
modprobe erdma
refute card_is_there
modprobe virtio_net
within 15 card_is_there
ip link set eth0 up
ip address add "$(address)/24" dev eth0
both 7174 rping -s -a "$(address)" -p 7174 -C 3 -- rping -c -a "$(address)" -p 7174 -C 3
END
}

# Traffic that does not end by itself.
load_guest() {
  in_guest "$1" 30 <<'END'
ib_write_bw -F -R -d erdma_0 -D 300 -s 65536 >/tmp/load.server 2>&1 &
within 20 listens 18515
ib_write_bw -F -R -d erdma_0 -D 300 -s 65536 "$(address)" >/tmp/load.client 2>&1 &
under_way() { rdma resource show qp link erdma_0 | grep -q 'state RTS'; }
within 20 under_way
usleep 1500000
under_way
END
}

# The virtual machine dies with requests under way; the next one on the same socket finds a card like new.
qemu_killed_under_load() {
  in_guest a 20 <<<card_up
  load_guest a
  kill_guest a
  is_alive server
  boot a
  in_guest a 40 <<'END'
card_up
both 7471 erdma-verify -s 1048576 -- erdma-verify "$(address)"
END
}

# The server dies with requests under way. QEMU 11.1 then ends itself by an assertion; another one may let the guest live. Either way the
# next server and guest find all that they need.
server_killed_under_load() {
  local card
  card=$(<"$run/card")
  load_guest a
  stop_card KILL
  if in_guest a 60 <<<'sleep 3; echo "the guest lives: $(cat /proc/uptime)"; dmesg | tail -n 15'; then
    echo "QEMU lives"
  else
    tail -n 5 "$logs/a.qemu"
    refute is_alive a
    grep -q "error_setv: Assertion" "$logs/a.qemu"
  fi
  kill_guest a
  start_card "$card"
  boot a
  in_guest a 40 <<'END'
card_up
both 7471 erdma-verify -s 1048576 -- erdma-verify "$(address)"
END
}
