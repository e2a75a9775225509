# shellcheck shell=bash
# Scenes (a card and its guests) and the checks in them; JUnit's XML of each scene; the verdict.

all=0 bad=0

# scene NAME SET-UP FUNCTION...: each function is a check, run in a shell of its own; what --only leaves out is not begun.
scene() {
  local name=$1 set_up=$2 check checks=()
  shift 2
  for check; do
    # shellcheck disable=SC2053 # a pattern
    [[ $name != $only && $name/$check != $only ]] || checks+=("$check")
  done
  ((${#checks[@]})) || return 0
  logs=$target/logs/$name
  mkdir -p "$logs"
  : >"$logs/cases.xml"
  scene_all=0 scene_bad=0 scene_start=$EPOCHREALTIME
  run_check "$name" "$set_up"
  if ((check_status == 0)); then
    for check in "${checks[@]}"; do
      run_check "$name" "$check"
    done
  fi
  stop_everything
  write_report "$name"
}

# run_check SCENE CHECK: leaves its status in check_status and succeeds itself. Not to be called in a condition: the shell would forget "set -e" in the check.
run_check() {
  local scene=$1 check=$2 start=$EPOCHREALTIME status seconds output
  output=$logs/$check.out
  set +e
  (
    set -e
    "$check"
  ) </dev/null >"$output" 2>&1
  status=$?
  set -e
  seconds=$(since "$start")
  all=$((all + 1)) scene_all=$((scene_all + 1))
  {
    printf '<testcase classname="linux-guest.%s" name="%s" time="%s">\n' "$scene" "$check" "$seconds"
    ((status == 0)) || printf '<failure message="status %d">%s</failure>\n' "$status" "$(tail -n 100 "$output" | as_xml)"
    printf '<system-out>%s</system-out>\n</testcase>\n' "$(head -c 20000 "$output" | as_xml)"
  } >>"$logs/cases.xml"
  if ((status == 0)); then
    say "$(printf 'passed %-14s %-34s %6.1f s' "$scene" "$check" "$seconds")"
  else
    bad=$((bad + 1)) scene_bad=$((scene_bad + 1))
    say "$(printf 'FAILED %-14s %-34s %6.1f s' "$scene" "$check" "$seconds")"
    tail -n 25 "$output" | sed 's/^/    /'
  fi
  check_status=$status
}

# refute COMMAND...: fails if the command succeeds; what "!" negates would not end a check.
refute() { ! "$@"; }

# Text that may stand in XML.
as_xml() { tr -cd '\11\12\40-\176' | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'; }

since() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.1f", to - from }'; }

write_report() {
  local folder=$target/linux-guest-reports
  mkdir -p "$folder"
  {
    echo '<?xml version="1.0" encoding="UTF-8"?>'
    printf '<testsuite name="linux-guest.%s-%s" tests="%d" failures="%d" errors="0" skipped="0" time="%s">\n' \
      "$1" "$kernel" "$scene_all" "$scene_bad" "$(since "$scene_start")"
    cat "$logs/cases.xml"
    echo '</testsuite>'
  } >"$folder/TEST-linux-guest.$1-$kernel.xml"
}

# figure WHAT NUMBER '<='|'>=' GOAL: fails if there is no number.
figure() {
  awk -v what="$1" -v is="$2" -v order="$3" -v goal="$4" -v scene="${logs##*/}" 'BEGIN {
    if (is !~ /^[0-9]+(\.[0-9]+)?$/) exit 1
    met = order == "<=" ? is + 0 <= goal : is + 0 >= goal
    printf "%s: %s: %s (goal: %s %s, %s)\n", scene, what, is, order, goal, met ? "met" : "not met" }' >>"$target/figures.txt"
}

verdict() {
  [ ! -s "$target/figures.txt" ] || sed 's/^/        /' "$target/figures.txt"
  say "$((all - bad)) passed, $bad failed (kernel $version)"
  ((all > 0 && bad == 0))
}
