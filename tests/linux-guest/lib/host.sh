# shellcheck shell=bash
# What the machine must have. Says all that is missing, not only the first.

# Programs that come with Debian, and the package that has each; those that are missing are installed.
host_packages=(mmdebstrap:mmdebstrap unshare:util-linux flock:util-linux gpgv:gpgv)

check_host() {
  local missing=()
  [ "$(uname -sm)" = 'Linux x86_64' ] || missing+=("Linux on x86_64, this is $(uname -sm)")
  ((EUID == 0)) || missing+=("root: mounts, chroot")
  find_jdk >/dev/null || missing+=("a JDK 25 or newer: set JAVA_HOME, or install one")
  command -v mvn >/dev/null || missing+=("Maven: the server is built with it")
  command -v apt-get >/dev/null || missing+=("apt-get: the guest is made of Debian's packages")
  if ((EUID == 0)); then
    unshare --mount --pid --fork --mount-proc true 2>/dev/null || missing+=("mounts in a namespace (unshare --mount --pid)")
  fi
  ((${#missing[@]} == 0)) || refuse "${missing[@]}"
  install_packages
}

install_packages() {
  local pair wanted=()
  for pair in "${host_packages[@]}"; do
    command -v "${pair%%:*}" >/dev/null || wanted+=("${pair##*:}")
  done
  ((${#wanted[@]})) || return 0
  say "installing ${wanted[*]}"
  DEBIAN_FRONTEND=noninteractive timeout 600 sh -euc 'apt-get update && apt-get install --yes --no-install-recommends "$@"' \
    - "${wanted[@]}" </dev/null >/dev/null ||
    refuse "packages: apt-get could not install ${wanted[*]}"
}

refuse() {
  printf 'linux-guest: missing: %s\n' "$@" >&2
  exit 1
}
