# Fills the root of the guest's initramfs; runs in the chroot.
# usage: bash pack.sh ROOT KERNEL-VERSION "MODULES" "PROGRAMS" FILE...   a FILE is put into /usr/bin
set -euo pipefail
root=$1 version=$2 modules=$3 programs=$4
shift 4
libraries=/usr/lib/x86_64-linux-gnu

# What the loader would load for this file.
needs() { ldd "$1" 2>/dev/null | grep -o '/[^ ]*' | sort -u; }

add() { # FILE [PLACE]
  local place=$root${2:-$1} library
  mkdir -p "${place%/*}"
  cp "$1" "$place"
  for library in $(needs "$1"); do
    library=$(realpath -s "$library")
    [ -e "$root$library" ] || { mkdir -p "$root${library%/*}" && cp -L "$library" "$root$library"; }
  done
}

rm -rf "$root"
mkdir -p "$root"/{dev,proc,sys,tmp,run,root,etc/libibverbs.d,usr/bin,usr/sbin,usr/lib,usr/lib64}
for name in bin sbin lib lib64; do
  ln -s "usr/$name" "$root/$name"
done

for program in busybox $programs; do
  path=$(command -v "$program")
  add "$path" "/usr/bin/$program"
done
for file; do
  add "$file" "/usr/bin/${file##*/}"
done
# busybox's own sh would take its own ip and modprobe for the real ones
ln -s dash "$root/usr/bin/sh"
for applet in $(busybox --list); do
  [ -e "$root/usr/bin/$applet" ] || ln -s busybox "$root/usr/bin/$applet"
done

for provider in erdma siw; do
  add "/etc/libibverbs.d/$provider.driver"
  for library in "$libraries"/libibverbs/lib"$provider"-*.so; do
    add "$library"
  done
done
# rping ends its threads by cancellation, for which the C library loads this one
add "$libraries/libgcc_s.so.1"

for module in $modules; do
  modprobe --set-version "$version" --show-depends "$module"
done | awk '$1 == "insmod" { print $2 }' | sort -u | while read -r file; do
  mkdir -p "$root${file%/*}"
  case $file in
    *.xz) xz -dc "$file" >"$root${file%.xz}" ;;
    *) cp "$file" "$root$file" ;;
  esac
done
cp /usr/lib/modules/"$version"/modules.{builtin,builtin.modinfo,order} "$root/usr/lib/modules/$version/"
depmod --basedir "$root" "$version"
