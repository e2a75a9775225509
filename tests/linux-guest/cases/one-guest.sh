# shellcheck shell=bash
# Checks in one guest, on the card that is there.

one_vport_card() { # FUNCTION-SETTING...
  echo "vport a vpc=lab mac=02:00:00:00:00:01 ip=10.0.0.1"
  echo "function a vectors=8 $*"
}

set_up_one_guest() {
  start_card "$(one_vport_card "${function_settings[@]}")"
  boot a
}

# The driver binds at once, since the netdev with the card's MAC is there; it logs no trouble.
probe() {
  in_guest a 30 <<'END'
card_up
ibv_devices
grep -l 0x1ded /sys/bus/pci/devices/*/vendor
dmesg | grep -i erdma || :
! dmesg | grep -qE 'BUG|WARNING|Oops|Call Trace'
grep erdma /proc/interrupts
END
}

# What the guest's user sees is what the card was told to be.
devinfo() {
  local output
  output=$(in_guest a 20 <<<"ibv_devinfo -v -d erdma_0" | tr -s "\t " " ")
  echo "$output"
  local fact
  for fact in 'hca_id: erdma_0' 'transport: iWARP (1)' 'vendor_id: 0x1ded' 'vendor_part_id: 4223' 'phys_port_cnt: 1' \
    'state: PORT_ACTIVE (4)' 'max_qp: 1023' 'max_cq: 2047' 'max_mr: 2048' 'max_mr_size: 0x10000000000' 'max_cqe: 1048576' \
    'max_qp_wr: 8192' 'max_sge: 1' 'max_qp_rd_atom: 128' 'max_qp_init_rd_atom: 128' 'atomic_cap: ATOMIC_GLOB (2)' 'active_mtu: 1024 (3)' \
    'num_comp_vectors: 2'; do
    grep -qF "$fact" <<<"$output" || {
      echo "missing: $fact"
      return 1
    }
  done
}

rping_loopback() {
  in_guest a 40 <<'END'
both 7174 rping -s -a "$(address)" -p 7174 -C 20 -S 4096 -v -- rping -c -a "$(address)" -p 7174 -C 20 -v -S 4096
END
}

# Every byte of SEND, WRITE, READ and atomics, polling.
verify_every_byte() { verify 60 ""; }

# The same, asleep until events come; the two ends on one completion vector each.
verify_with_events() { verify 60 "-e" "-e -v 1"; }

verify_with_huge_pages() { verify 60 -H; }

# verify SECONDS SERVER-OPTIONS [CLIENT-OPTIONS]
verify() {
  in_guest a "$1" <<END
both 7471 erdma-verify $2 -- erdma-verify ${3-$2} "\$(address)"
END
}

# Memory regions whose tables have no level (up to 4 pages), one, two and three; the last one holds more than 512² pages.
mtt_level_0() { verify_memory 16384; }
mtt_level_1() { verify_memory $((400 * 4096)); }
mtt_level_2() { verify_memory $((60 << 20)); }
mtt_level_3() { verify_memory $((1126 << 20)); }

verify_memory() {
  in_guest a 120 <<END
both 7471 erdma-verify -s $1 -- erdma-verify -w "\$(address)"
END
}

rdma_tool() {
  in_guest a 40 <<'END'
rdma link
rdma link show erdma_0/1 | grep -q 'state ACTIVE.*netdev eth0'
rdma dev show erdma_0 | grep -q 'node_type rnic'
erdma-verify &
within 10 listens 7471
rping -s -a "$(address)" -p 7175 -P >/dev/null 2>&1 &
within 10 listens 7175
rping -c -a "$(address)" -p 7175 -C 100000 >/dev/null 2>&1 &
qp_is_there() { rdma resource show qp link erdma_0 | grep -q 'state RTS.*comm rping'; }
within 10 qp_is_there
rdma resource
rdma resource show qp link erdma_0
rdma resource show cq dev erdma_0 | tee /dev/stderr | grep -q 'comm rping'
rdma resource show mr dev erdma_0 | tee /dev/stderr | grep -q 'mrlen'
rdma resource show pd dev erdma_0 | tee /dev/stderr | grep -q 'comm rping'
rdma resource show cm_id | tee /dev/stderr | grep -q 'state CONNECT'
killall rping erdma-verify
nothing_left() { rdma resource show dev erdma_0 | grep -q 'pd 1 cq 1 qp 1' || rdma resource show dev erdma_0 | grep -q 'pd 0 cq 0 qp 0'; }
sleep 1
rdma resource show dev erdma_0
! rdma resource show qp link erdma_0 | grep -q rping
END
}

# The card's own counters move with the traffic.
statistics() {
  in_guest a 40 <<'END'
counter() { rdma -p statistic show link erdma_0/1 | tr ' ' '\n' | grep -A 1 "^$1\$" | tail -n 1; }
rdma statistic show link erdma_0/1
before=$(counter tx_bytes_cnt)
both 7471 erdma-verify -- erdma-verify "$(address)"
rdma statistic show link erdma_0/1
after=$(counter tx_bytes_cnt)
[ $((after - before)) -gt 30000000 ]
[ "$(counter rx_bytes_cnt)" = "$after" ]
END
}

change_mtu() {
  in_guest a 30 <<'END'
for mtu in 1400 576 1500; do
  ip link set eth0 mtu $mtu
  both 7471 erdma-verify -s 65536 -- erdma-verify "$(address)"
done
ibv_devinfo -d erdma_0 | grep mtu
END
}

kernel_is_well() {
  in_guest a 10 <<'END'
dmesg | grep -E "BUG|WARNING|Oops|Call Trace|(erdma|infiniband).*(fail|error|time)" | grep -v "module verification failed" && exit 1
:
END
}
