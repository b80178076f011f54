#!/usr/bin/env bash
# Counts the machine instructions of three fixed fits under Callgrind, which needs no quiet machine, and compares them
# with instructions.csv.
#
#   instructions.sh            compare; exit status 1 if a count moved by more than THRESHOLD percent, either way
#   instructions.sh --update   write instructions.csv
set -euo pipefail
cd "$(dirname "$0")"

# A count repeats itself to 0.1 % or so (what moves it is where memory happens to lie). Another compiler or processor (the
# C library chooses its exp by the processor) moves it by more: the file says which ones it was written with.
threshold=${THRESHOLD:-2}
baseline=instructions.csv
fits=(structured-intercept structured-slope corrected-small)

fail() {
  echo "instructions.sh: $*" >&2
  exit 70
}

[[ $# -eq 0 || ($# -eq 1 && $1 == --update) ]] || { echo "usage: instructions.sh [--update]" >&2; exit 64; }
command -v valgrind >/dev/null || fail "Callgrind is needed: apt-get install valgrind"
command -v strip >/dev/null || fail "strip is needed: apt-get install binutils"
swift build -c release >&2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Older Valgrinds stumble over the debugging information that newer compilers write; function names are enough.
strip --strip-debug -o "$folder/benchmark" .build/release/benchmark

# Prints "instructions iterations" of one fit. Only what runs inside the function countedFit is counted.
count() {
  # Dictionaries would else be laid out anew in every run.
  SWIFT_DETERMINISTIC_HASHING=1 valgrind --tool=callgrind --callgrind-out-file="$folder/profile" \
    --toggle-collect='*countedFit*' "$folder/benchmark" fixed-fit "$1" >"$folder/output" 2>"$folder/messages" ||
    fail "valgrind failed: $(tail -n 1 "$folder/messages")"
  local instructions iterations
  instructions=$(awk '/^(summary|totals):/ { print $2; exit }' "$folder/profile")
  iterations=$(awk '$1 == "iterations" { print $2 }' "$folder/output")
  [[ $instructions =~ ^[0-9]+$ && $instructions -gt 0 ]] || fail "nothing was counted: is countedFit still a function of its own?"
  echo "$instructions $iterations"
}

compiler=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/Swift \1/p' | head -n 1)
machine=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null || echo "another C library")

if [[ ${1:-} == --update ]]; then
  {
    echo "fit,instructions,iterations,compiler,machine"
    for fit in "${fits[@]}"; do
      counted=$(count "$fit")
      read -r instructions iterations <<<"$counted"
      echo "$fit,$instructions,$iterations,$compiler,$machine ($libc)"
    done
  } >"$baseline.new"
  mv "$baseline.new" "$baseline"
  cat "$baseline"
  exit 0
fi

[[ -f $baseline ]] || fail "there is no $baseline; instructions.sh --update writes it"
echo "# Instructions of three fixed fits"
echo
echo "$compiler on $machine ($libc); more than $threshold % either way is a change of cost."
echo
echo "| fit | instructions | iterations | instructions before | iterations before | change, % | |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | --- |"
status=0
for fit in "${fits[@]}"; do
  counted=$(count "$fit")
  read -r instructions iterations <<<"$counted"
  line=$(grep "^$fit," "$baseline") || fail "$baseline has no line for $fit; instructions.sh --update writes it"
  IFS=, read -r _ before iterations_before compiler_before machine_before <<<"$line"
  change=$(awk -v a="$instructions" -v b="$before" 'BEGIN { printf "%+.2f", 100 * (a / b - 1) }')
  verdict=""
  if awk -v c="$change" -v t="$threshold" 'BEGIN { exit !(c > t || c < -t) }'; then
    verdict="**changed**"
    status=1
  fi
  echo "| $fit | $instructions | $iterations | $before | $iterations_before | $change | $verdict |"
done
if [[ "$compiler_before,$machine_before" != "$compiler,$machine ($libc)" ]]; then
  echo
  echo "The counts before are of $compiler_before on $machine_before."
fi
exit $status
