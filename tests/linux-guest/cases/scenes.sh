# shellcheck shell=bash
# What is run: scenes and their checks.

smoke_scenes() {
  guest_memory=1G function_settings=()
  scene smoke set_up_one_guest probe devinfo rping_loopback verify_every_byte verify_with_events rdma_tool \
    write_latency_8_bytes write_bandwidth_64_kib reload_thrice kernel_is_well
}

full_scenes() {
  guest_memory=3G function_settings=(extended-doorbells=off)
  scene plain-doorbells set_up_one_guest probe devinfo rping_loopback verify_every_byte verify_with_events verify_with_huge_pages \
    mtt_level_0 mtt_level_1 mtt_level_2 mtt_level_3 rdma_tool statistics change_mtu \
    send_bw_sizes write_bw_sizes read_bw_sizes atomic_bw_add atomic_bw_swap \
    send_lat_sizes write_lat_sizes read_lat_sizes atomic_lat_add \
    send_bw_64_qps write_bw_64_qps read_bw_64_qps atomic_bw_64_qps \
    read_bw_events read_lat_events atomic_bw_events send_bw_both_ways \
    write_latency_8_bytes write_bandwidth_64_kib kernel_is_well

  function_settings=(extended-doorbells=on bar=2M qp-blocks=2 max-cqe-log2=18 max-receive-wr-log2=12 max-mr-size-log2=36)
  scene own-doorbells set_up_one_guest probe devinfo rping_loopback verify_every_byte verify_with_events \
    send_bw_64_qps write_bw_sizes write_latency_8_bytes write_bandwidth_64_kib \
    reload_20_times deferred_probe kernel_is_well qemu_killed_under_load server_killed_under_load

  guest_memory=1G
  scene two-guests set_up_two_guests rping_between verify_between verify_between_with_events \
    write_bw_between send_bw_between read_bw_between write_lat_between write_bw_64_qps_between read_bw_64_qps_between flow_rule_decides peer_killed_under_load
}
