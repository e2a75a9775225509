# shellcheck shell=bash
# The chroot: QEMU with a vfio-user client, a compiler, kernel, headers and source, the guest's programs. Packages of trixie and its
# backports are only unpacked, never configured: none of what is used here needs it, and it takes a quarter of the time.

suite=trixie
newer=$suite-backports

# Packages for both kernels.
common_packages=(
  {qemu-system-x86,qemu-system-common,qemu-system-data,seabios}/$newer
  base-files bash coreutils diffutils findutils gawk grep gzip sed tar cpio xz-utils zstd
  gcc make libc-bin libc6-dev libibverbs-dev librdmacm-dev
  busybox dash kmod iproute2 iputils-ping
  ibverbs-providers ibverbs-utils rdmacm-utils perftest
)

make_chroot() {
  chroot=$target/$kernel/chroot
  local packages=("${common_packages[@]}") from=$suite
  [ "$kernel" = 6.12 ] || from=$newer
  packages+=({linux-source,linux-headers-cloud-amd64,linux-image-cloud-amd64}/"$from")
  keep "$chroot.stamp" "${packages[*]} $(declare -f unpack_chroot sources | cksum)" unpack_chroot "${packages[@]}"
  mount --bind /dev "$chroot/dev"
  mount -t proc proc "$chroot/proc"
  mount --bind "$run" "$chroot/mnt"
}

# keep STAMP TEXT COMMAND...: runs the command, unless STAMP says that it went well for the same text before.
keep() {
  local stamp=$1 text=$2
  shift 2
  [ ! -f "$stamp" ] || [ "$(<"$stamp")" != "$text" ] || return 0
  rm -f "$stamp"
  "$@"
  printf '%s\n' "$text" >"$stamp"
}

unpack_chroot() {
  local packages=$*
  say "unpacking a chroot of $suite (kernel $kernel)"
  mkdir -p "$(dirname "$chroot")"
  rm -rf --one-file-system "$chroot" "$chroot.new"
  sources >"$run/sources.list"
  [ -s "$run/sources.list" ] || die "apt has no package source of the main component configured"
  # How to reach the sources is the host's business: proxies, certificates, clocks.
  apt-config dump | grep -E '^Acquire::(http|https|Check-|Retries)' >"$run/apt.conf" || true
  nice mmdebstrap --mode=root --variant=extract --arch=amd64 --include="${packages// /,}" \
    --aptopt="$run/apt.conf" --aptopt='Acquire::Languages "none"' --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    "$suite" "$chroot.new" "$run/sources.list" </dev/null >"$target/$kernel/chroot.log" 2>&1 ||
    die "mmdebstrap failed: $(tail -n 5 "$target/$kernel/chroot.log")"
  # What the scripts of the packages would have done.
  ln -sf gawk "$chroot.new/usr/bin/awk"
  local kernels=("$chroot.new"/usr/lib/modules/*/vmlinuz)
  [ ! -e "${kernels[0]}" ] || cp "${kernels[0]}" "$chroot.new/boot/vmlinuz-$(basename "$(dirname "${kernels[0]}")")"
  mkdir -p "$chroot.new/mnt" "$chroot.new/proc" "$chroot.new/dev"
  mv "$chroot.new" "$chroot"
}

# The host's own sources, with the suite's name rewritten.
sources() {
  local uri release component
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u |
    while read -r uri release component; do
      [ "$component" = main ] || continue
      case $release in
        bookworm | "$suite")
          echo "deb $uri $suite main"
          echo "deb $uri $newer main"
          ;;
        bookworm-updates | bookworm-security) echo "deb $uri $suite-${release#*-} main" ;;
      esac
    done
}
