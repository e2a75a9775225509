# shellcheck shell=bash
# What is built: the kernel modules from Debian's source, unpatched; our own program; the guest's initramfs; the server.

in_chroot() { env -i PATH=/usr/sbin:/usr/bin HOME=/root LC_ALL=C chroot "$chroot" "$@"; }

build_modules() {
  version=$(cd "$chroot/usr/lib/modules" && echo *)
  keep "$chroot/modules.stamp" "$version $(declare -f compile_modules | cksum)" compile_modules
}

compile_modules() {
  say "building erdma.ko and siw.ko for $version"
  # shellcheck disable=SC2016 # the inner shell expands
  nice chroot "$chroot" bash -euc '
    cd /usr/src
    tar xf linux-source-*.tar.* --wildcards "*/drivers/infiniband/hw/erdma/*" "*/drivers/infiniband/sw/siw/*"
    source=$(echo /usr/src/linux-source-*/drivers/infiniband)
    make -j2 -C "linux-headers-$1" M="$source/hw/erdma" CONFIG_INFINIBAND_ERDMA=m modules
    make -j2 -C "linux-headers-$1" M="$source/sw/siw" CONFIG_RDMA_SIW=m modules
    mkdir -p "/usr/lib/modules/$1/updates"
    cp "$source/hw/erdma/erdma.ko" "$source/sw/siw/siw.ko" "/usr/lib/modules/$1/updates"
    depmod "$1"' - "$version" </dev/null >"$target/$kernel/modules.log" 2>&1 ||
    die "the kernel modules could not be built: $(tail -n 5 "$target/$kernel/modules.log")"
}

# compile PROGRAM [OPTION...] SOURCE...: a program of ours, for the guest, left in $run.
compile() {
  local program=$1 word
  shift
  for word; do
    [[ $word == -* ]] || cp "$word" "$run"
  done
  in_chroot sh -euc 'cd /mnt && gcc -std=gnu17 -O2 -fno-tree-vectorize -Wall -Wextra -o "$@" -lrdmacm -libverbs -pthread' \
    - "$program" "${@##*/}" || die "$program could not be compiled"
}

guest_modules=(virtio_net ib_uverbs rdma_ucm erdma siw)
guest_programs=(dash ip ss rdma ping kmod modprobe rmmod lsmod
  ibv_devinfo ibv_devices rping ucmatose ib_{send,write,read,atomic}_{bw,lat})

build_initramfs() {
  initramfs=$target/$kernel/initramfs
  [ -f "$initramfs" ] || rm -f "$chroot/initramfs.stamp"
  keep "$chroot/initramfs.stamp" "$(<"$chroot/modules.stamp") $(cat "$lab"/guest/*.* "$lab"/guest/*/*.c "$lab/guest/init" "$lab"/lib/{build,pack}.sh | cksum)" pack_initramfs
}

pack_initramfs() {
  say "packing the initramfs"
  cp "$lab"/guest/{init,lab.sh} "$lab/lib/pack.sh" "$run"
  compile erdma-verify "$lab"/guest/*.[ch]
  compile quick-rand.so -shared -fPIC "$lab/guest/preload/rand.c"
  in_chroot bash /mnt/pack.sh /mnt/root "$version" "${guest_modules[*]}" "${guest_programs[*]}" /mnt/erdma-verify /mnt/quick-rand.so ||
    die "the initramfs could not be made"
  cp "$run"/{init,lab.sh} "$run/root"
  archive "$run/root" "$initramfs"
}

# archive FOLDER FILE: an initramfs of what is in the folder. Several of them can follow each other in one file.
archive() {
  in_chroot bash -euo pipefail -c 'cd "/mnt/$1" && find . | cpio --quiet -o -H newc | gzip -1' - "${1##*/}" >"$2.new" ||
    die "$2 could not be written"
  mv "$2.new" "$2"
  rm -rf "$1"
}

build_server() {
  "$repository/erdma-main/bin/erdma" --help >/dev/null || die "the command erdma could not be built"
}
