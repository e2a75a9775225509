# shellcheck shell=bash
# Checks in one guest, on the card that is there.

one_vport_card() { # FUNCTION-SETTING...
  echo "vport a vpc=lab mac=02:00:00:00:00:01 ip=10.0.0.1"
  echo "function a vectors=8 $*"
}

set_up_one_guest() {
  start_card "$(one_vport_card "${function_settings[@]}")"
  boot a
  in_guest a 30 <<<card_up
}

# The driver binds at once, since the netdev with the card's MAC is there; it logs no trouble.
probe() {
  in_guest a 30 <<'END'
card_is_there
ibv_devices
grep -l 0x1ded /sys/bus/pci/devices/*/vendor
dmesg | grep -i erdma || :
dmesg | refute grep -E 'BUG|WARNING|Oops|Call Trace'
grep erdma /proc/interrupts
END
}

# What the guest's user sees is what the card was told to be.
devinfo() {
  local output facts fact missing=0
  facts=$(facts_of_card)
  output=$(in_guest a 20 <<<"ibv_devinfo -v -d erdma_0" | tr -s "\t " " " | sed 's/ *$//')
  echo "$output"
  while IFS= read -r fact; do
    grep -qxF " $fact" <<<"$output" || {
      echo "missing: $fact"
      missing=1
    }
  done <<<"$facts"
  grep -q '^hca_id: erdma_0$' <<<"$output"
  return "$missing"
}

# What ibv_devinfo -v has to print for the card of this scene; with its defaults where the card says nothing.
facts_of_card() {
  local qps atomics
  qps=$((1024 * $(function_setting qp-blocks 1)))
  atomics='ATOMIC_GLOB (2)'
  [ "$(function_setting atomics on)" = on ] || atomics='ATOMIC_NONE (0)'
  cat <<END
transport: iWARP (1)
node_guid: 0000:00ff:fe00:0001
vendor_id: 0x1ded
vendor_part_id: 4223
phys_port_cnt: 1
max_mr_size: $(printf '0x%x' $((1 << $(function_setting max-mr-size-log2 40))))
max_qp: $((qps - 1))
max_qp_wr: $(least 8192 $((1 << $(function_setting max-receive-wr-log2 15))))
max_sge: 1
max_cq: $((2 * qps - 1))
max_cqe: $((1 << $(function_setting max-cqe-log2 20)))
max_mr: $((2 * qps))
max_qp_rd_atom: 128
max_qp_init_rd_atom: 128
atomic_cap: $atomics
num_comp_vectors: 2
state: PORT_ACTIVE (4)
active_mtu: 1024 (3)
END
}

# function_setting NAME DEFAULT: what the card's first function was told.
function_setting() {
  local value
  value=$(awk -v name="$1=" '$1 == "function" { for (i = 3; i <= NF; i++) if (index($i, name) == 1) print substr($i, length(name) + 1); exit }' "$run/card")
  echo "${value:-$2}"
}

least() { echo $(($1 < $2 ? $1 : $2)); }

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
before=$(rdma resource show erdma_0)
rdma link
rdma link show erdma_0/1 | tee -a /dev/stderr | grep -q 'state ACTIVE.*netdev eth0'
rdma dev show erdma_0 | tee -a /dev/stderr | grep -q 'node_type rnic'
erdma-verify &
within 10 listens 7471
rping -s -a "$(address)" -p 7175 -P >/dev/null 2>&1 &
within 10 listens 7175
rping -c -a "$(address)" -p 7175 -C 100000 >/dev/null 2>&1 &
qp_is_there() { rdma resource show qp link erdma_0 | grep -q 'state RTS.*comm rping'; }
within 10 qp_is_there
rdma resource
rdma resource show qp link erdma_0
rdma resource show cq dev erdma_0 | tee -a /dev/stderr | grep -q 'comm rping'
rdma resource show mr dev erdma_0 | tee -a /dev/stderr | grep -q 'mrlen'
rdma resource show pd dev erdma_0 | tee -a /dev/stderr | grep -q 'comm rping'
rdma resource show cm_id | tee -a /dev/stderr | grep -q 'state CONNECT'
killall rping erdma-verify
nothing_left() { [ "$(rdma resource show erdma_0)" = "$before" ]; }
within 10 nothing_left || { rdma resource && echo "before: $before" && false; }
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
active_mtu_is() { ibv_devinfo -d erdma_0 | tee -a /dev/stderr | grep -q "active_mtu:.*[^0-9]$1 "; }
for mtu in 1400:1024 576:512 1500:1024; do
  ip link set eth0 mtu "${mtu%:*}"
  within 5 active_mtu_is "${mtu#*:}"
  both 7471 erdma-verify -s 65536 -- erdma-verify "$(address)"
done
END
}

kernel_is_well() {
  in_guest a 10 <<'END'
dmesg | grep -v "module verification failed" | refute grep -E "BUG|WARNING|Oops|Call Trace|(erdma|infiniband).*(fail|error|time)"
END
}
