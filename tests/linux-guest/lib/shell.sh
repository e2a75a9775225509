# shellcheck shell=bash
# The interactive guest.

open_shell() {
  [ -t 0 ] || die "--shell wants a terminal"
  logs=$target/logs/shell
  mkdir -p "$logs" "$run/extra/root"
  local file name
  for file in "${files[@]}"; do
    name=${file##*/}
    case $name in
      *.c)
        compile "${name%.c}" "$file"
        mv "$run/${name%.c}" "$run/extra/root"
        ;;
      *) cp -r "$file" "$run/extra/root" ;;
    esac
  done
  cp "$initramfs" "$run/initramfs.new"
  archive "$run/extra" "$run/extra.cpio"
  cat "$run/extra.cpio" >>"$run/initramfs.new"
  mv "$run/initramfs.new" "$run/initramfs"

  build_server
  start_card "$([ -z "$card_file" ] && one_vport_card || cat "$card_file")"
  guest_append="lab.shell=yes" guest_seconds=0
  say "booting; Ctrl-A X ends QEMU at once"
  qemu "$(card_vports | head -n 1)" -chardev stdio,id=console,mux=on,signal=off -serial chardev:console -mon console || true
}
