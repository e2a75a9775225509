# shellcheck shell=bash
# Two guests, each with a function of one card; the network between them is QEMU's.

two_vports_card() {
  echo "vport a vpc=lab mac=02:00:00:00:00:01 ip=10.0.0.1"
  echo "vport b vpc=lab mac=02:00:00:00:00:02 ip=10.0.0.2"
  echo "function a vectors=4 extended-doorbells=on"
  echo "function b vectors=4 extended-doorbells=on"
  # the network lets all through: what the card does with a connection that its rules forbid is another matter
  echo "deny vpc=lab from=10.0.0.2 to=10.0.0.1 ports=7180-7189 traffic=rdma"
}

set_up_two_guests() {
  start_card "$(two_vports_card)"
  boot a b
  in_guest a 30 <<<'card_up'
  in_guest b 30 <<<'card_up && within 10 ping -c 1 -W 1 10.0.0.1'
}

# across SECONDS PORT SERVER-COMMAND -- CLIENT-COMMAND: the server in guest a, the client in guest b.
across() {
  local seconds=$1 port=$2 server=
  shift 2
  while [ "$1" != -- ]; do
    server+=" $1"
    shift
  done
  shift
  in_guest a 30 <<END
within 10 port_is_free $port
{ s=0; $server || s=\$?; echo "status \$s"; } >/tmp/server.out 2>&1 &
within 20 listens $port
END
  local status=0
  in_guest b "$seconds" <<<"$*" || status=$?
  in_guest a 30 <<'END' || status=1
ended() { grep -q '^status ' /tmp/server.out; }
within 10 ended || killall -9 rping erdma-verify ib_write_bw ib_send_bw ib_read_bw ib_write_lat
cat /tmp/server.out
grep -q '^status 0' /tmp/server.out
END
  return "$status"
}

rping_between() { across 40 7174 rping -s -a 10.0.0.1 -p 7174 -C 20 -- rping -c -a 10.0.0.1 -p 7174 -C 20 -v; }

verify_between() { across 90 7471 erdma-verify -- erdma-verify 10.0.0.1; }
verify_between_with_events() { across 90 7471 erdma-verify -e -v 1 -- erdma-verify -e 10.0.0.1; }

perf_between() {
  across 60 18515 "$1 -F -R -d erdma_0 ${*:2}" -- "$1 -F -R -d erdma_0 ${*:2} 10.0.0.1"
}

write_bw_between() { perf_between ib_write_bw -a -n 20; }
send_bw_between() { perf_between ib_send_bw -s 65536 -n 1000; }
read_bw_between() { perf_between ib_read_bw -s 65536 -n 1000; }
write_lat_between() { perf_between ib_write_lat -s 8 -n 2000; }
# Not SEND: perftest takes the connection accepted first for the one asked for first, which holds on no network; where it doesn't, WRITE and READ don't mind.
write_bw_64_qps_between() { perf_between ib_write_bw -s 4096 -q 64 -n 50; }
read_bw_64_qps_between() { perf_between ib_read_bw -s 4096 -q 64 -n 50; }

# TCP and MPA go over QEMU's network and succeed; the card joins the QPs of one port, and not those of the other.
flow_rule_decides() {
  across 40 7179 erdma-verify -p 7179 -s 65536 -- erdma-verify -p 7179 10.0.0.1
  local status=0
  across 40 7180 erdma-verify -p 7180 -s 65536 -- timeout 20 erdma-verify -p 7180 10.0.0.1 >"$run/denied" 2>&1 || status=$?
  cat "$run/denied"
  ((status != 0))
  # connected, but no request of its own came through
  grep -q "a request ended with" "$run/denied"
  across 40 7190 erdma-verify -p 7190 -s 65536 -- erdma-verify -p 7190 10.0.0.1
}

# A guest dies; its peer's QP ends with an error, its driver and its other connections live.
peer_killed_under_load() {
  in_guest a 30 <<'END'
ib_write_bw -F -R -d erdma_0 -D 300 -s 65536 >/tmp/load.server 2>&1 &
within 20 listens 18515
END
  in_guest b 30 <<'END'
ib_write_bw -F -R -d erdma_0 -D 300 -s 65536 10.0.0.1 >/tmp/load.client 2>&1 &
under_way() { rdma resource show qp link erdma_0 | grep -q 'state RTS'; }
within 20 under_way
usleep 1500000
END
  kill_guest a
  in_guest b 60 <<'END'
over() { ! pidof ib_write_bw >/dev/null; }
within 40 over
cat /tmp/load.client
both 7471 erdma-verify -s 1048576 -- erdma-verify "$(address)"
END
  boot a
  in_guest a 30 <<<'card_up'
  rping_between
}
