# shellcheck shell=bash
# The programs of perftest, with rdma_cm, in one guest.

# Each bandwidth program at every size from 2 B to 8 MiB, 1 QP.
send_bw_sizes() { loopback 120 ib_send_bw -a -n 40; }
write_bw_sizes() { loopback 120 ib_write_bw -a -n 40; }
read_bw_sizes() { loopback 120 ib_read_bw -a -n 40; }
atomic_bw_add() { loopback 60 ib_atomic_bw -n 1000 -A FETCH_AND_ADD; }
atomic_bw_swap() { loopback 60 ib_atomic_bw -n 1000 -A CMP_AND_SWAP; }
send_lat_sizes() { loopback 120 ib_send_lat -a -n 40; }
write_lat_sizes() { loopback 120 ib_write_lat -a -n 40; }
read_lat_sizes() { loopback 120 ib_read_lat -a -n 40; }
atomic_lat_add() { loopback 60 ib_atomic_lat -n 1000 -A FETCH_AND_ADD; }

# 64 QPs up to 128 KiB, and 2 at 8 MiB: a server answers no connection before all are asked for, which takes seconds, and it fills its buffers with a rand() a
# byte in between; the driver gives up a connection that waits for 10 s.
send_bw_64_qps() { many_qps ib_send_bw; }
write_bw_64_qps() { many_qps ib_write_bw; }
read_bw_64_qps() { many_qps ib_read_bw; }
atomic_bw_64_qps() { loopback 60 ib_atomic_bw -q 64 -n 50; }

many_qps() {
  loopback 60 "$1" -q 64 -n 20 -s 2
  loopback 60 "$1" -q 64 -n 20 -s 4096
  loopback 60 "$1" -q 64 -n 20 -s 65536
  few_under_way "$1" -q 64 -s 131072
  few_under_way "$1" -q 2 -s 8388608
}

# Once more if the driver gave up a connection that perftest's filling kept waiting; what fails in another way, or twice, fails.
few_under_way() {
  local output
  if output=$(with_quick_rand "$@" 2>&1); then
    echo "$output"
    return
  fi
  echo "$output"
  grep -q 'RDMA_CM_EVENT_UNREACHABLE; error: -110' <<<"$output"
  with_quick_rand "$@"
}

with_quick_rand() {
  local few="-n 5 -t 2"
  [ "$1" != ib_send_bw ] || few+=" -r 5"
  in_guest a 120 <<END
export LD_PRELOAD=/usr/bin/quick-rand.so
loopback $* $few
END
}

# Asleep until completion events come. perftest has them not for WRITE; with SEND it may sleep for ever, on any device: erdma-verify does that.
read_bw_events() { loopback 60 ib_read_bw -e -s 65536 -n 500; }
read_lat_events() { loopback 60 ib_read_lat -e -s 64 -n 500; }
atomic_bw_events() { loopback 60 ib_atomic_bw -e -n 500; }
send_bw_both_ways() { loopback 60 ib_send_bw -b -s 65536 -n 500; }

loopback() {
  local seconds=$1
  shift
  in_guest a "$seconds" <<<"loopback $*"
}

# Figures. A machine that does other things, too, has others: they are told, and compared with the goals, not required.
write_latency_8_bytes() {
  loopback 60 ib_write_lat -s 8 -n 20000 | tee "$run/output"
  # size, iterations, least, most, typical, ...
  figure "8-byte ib_write_lat, typical, us" "$(awk '$1 == 8 && NF > 5 { print $5 }' "$run/output")" '<=' 40
}

write_bandwidth_64_kib() {
  loopback 60 ib_write_bw -s 65536 -n 10000 | tee "$run/output"
  # size, iterations, peak, average, messages
  figure "64 KiB ib_write_bw, average, MiB/s" "$(awk '$1 == 65536 && NF > 4 { print $4 }' "$run/output")" '>=' 1000
}
