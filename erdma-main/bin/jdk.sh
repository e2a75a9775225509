# shellcheck shell=bash
# Where a JDK 25 or newer is. To be sourced.

# Succeeds if $1 is the home of a JDK 25 or newer. The file "release" says so without starting a JVM.
is_jdk25() {
  [ -n "$1" ] && [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 1
  local line
  while IFS= read -r line; do
    if [[ $line =~ ^JAVA_VERSION=\"?([0-9]+) ]]; then
      ((BASH_REMATCH[1] >= 25))
      return
    fi
  done <"$1/release"
  return 1
}

# The home of the java that the PATH leads to.
home_on_path() {
  local java
  java=$(command -v java) || return 0
  java=$(readlink -f "$java" 2>/dev/null || printf '%s' "$java")
  java=${java%/*}
  printf '%s' "${java%/*}"
}

# Prints the home of a JDK 25 or newer: of JAVA_HOME, JAVA25_HOME, the PATH, the usual folders. Fails if there is none.
find_jdk() {
  local home
  for home in "${JAVA_HOME:-}" "${JAVA25_HOME:-}" PATH \
    /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* /opt/*jdk* \
    "${HOME:-/}"/.sdkman/candidates/java/* "${HOME:-/}"/.jdks/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ "$home" != PATH ] || home=$(home_on_path)
    if is_jdk25 "$home"; then
      printf '%s' "$home"
      return 0
    fi
  done
  return 1
}
