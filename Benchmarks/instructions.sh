#!/usr/bin/env bash
# Counts the machine instructions of five fixed fits under Callgrind, which needs no quiet machine, and compares them
# with instructions.csv; and the heap allocations of an iteration, of which there are to be none.
#
#   instructions.sh            compare; exit status 1 if a count moved by more than THRESHOLD percent, either way, or if
#                              an iteration allocates memory
#   instructions.sh --update   write instructions.csv; with names of fits behind it, only their lines
set -euo pipefail
cd "$(dirname "$0")"

# A count repeats itself to 0.1 % or so (what moves it is where memory happens to lie). Another compiler or processor (the
# C library chooses its exp by the processor) moves it by more: the file says which ones it was written with.
threshold=${THRESHOLD:-2}
baseline=instructions.csv
fits=(structured-intercept structured-slope corrected-small structured-crossed structured-correlated)
# Those whose iterations are to allocate nothing, and the iterations of the shorter and the longer fit that are compared.
steady=(structured-intercept structured-slope mean-field-intercept mean-field-slope)
shorter=3
longer=6

fail() {
  echo "instructions.sh: $*" >&2
  exit 70
}

[[ $# -eq 0 || $1 == --update ]] || { echo "usage: instructions.sh [--update [FIT...]]" >&2; exit 64; }
for fit in "${@:2}"; do
  [[ " ${fits[*]} " == *" $fit "* ]] || { echo "instructions.sh: there is no fit '$fit'; there are ${fits[*]}" >&2; exit 64; }
done
command -v valgrind >/dev/null || fail "Callgrind is needed: apt-get install valgrind"
command -v strip >/dev/null || fail "strip is needed: apt-get install binutils"
swift build -c release >&2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# Older Valgrinds stumble over the debugging information that newer compilers write; function names are enough.
strip --strip-debug -o "$folder/benchmark" .build/release/benchmark

# Runs a fixed fit; only what runs inside the function countedFit is counted.
run() {
  # Dictionaries would else be laid out anew in every run.
  SWIFT_DETERMINISTIC_HASHING=1 valgrind --tool=callgrind --callgrind-out-file="$folder/profile" \
    --toggle-collect='*countedFit*' "$folder/benchmark" fixed-fit "$@" >"$folder/output" 2>"$folder/messages" ||
    fail "valgrind failed: $(tail -n 1 "$folder/messages")"
}

# Prints "instructions iterations" of one fit.
count() {
  run "$1"
  local instructions iterations
  instructions=$(awk '/^(summary|totals):/ { print $2; exit }' "$folder/profile")
  iterations=$(awk '$1 == "iterations" { print $2 }' "$folder/output")
  [[ $instructions =~ ^[0-9]+$ && $instructions -gt 0 ]] || fail "nothing was counted: is countedFit still a function of its own?"
  echo "$instructions $iterations"
}

# Prints "allocations iterations" of a fit with at most so many iterations: the calls of every function that hands out memory.
count_allocations() {
  run "$1" --iterations "$2"
  # Names are given once, as "fn=(17) malloc" or "cfn=(17) malloc", and by their number from then on.
  awk -v iterations="$(awk '$1 == "iterations" { print $2 }' "$folder/output")" '
    /^c?fn=/ {
      number = $0; sub(/^c?fn=/, "", number); sub(/\).*/, ")", number)
      if ($0 ~ /\) /) { name = $0; sub(/^[^)]*\) /, "", name); names[number] = name }
      if (/^cfn=/) { called = number }
    }
    /^calls=/ {
      calls = $1; sub(/^calls=/, "", calls)
      if (names[called] ~ /^(malloc|calloc|realloc|reallocarray|memalign|posix_memalign|aligned_alloc|mmap)$/) { sum += calls }
    }
    END { print sum + 0, iterations }' "$folder/profile"
}

compiler=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/Swift \1/p' | head -n 1)
machine=$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)
libc=$(getconf GNU_LIBC_VERSION 2>/dev/null || echo "another C library")

if [[ ${1:-} == --update ]]; then
  updated=("${@:2}")
  ((${#updated[@]})) || updated=("${fits[@]}")
  {
    echo "fit,instructions,iterations,compiler,machine"
    for fit in "${fits[@]}"; do
      if [[ " ${updated[*]} " == *" $fit "* ]]; then
        counted=$(count "$fit")
        read -r instructions iterations <<<"$counted"
        echo "$fit,$instructions,$iterations,$compiler,$machine ($libc)"
      else
        grep "^$fit," "$baseline" || fail "$baseline has no line for $fit to keep; instructions.sh --update writes all"
      fi
    done
  } >"$baseline.new"
  mv "$baseline.new" "$baseline"
  cat "$baseline"
  exit 0
fi

[[ -f $baseline ]] || fail "there is no $baseline; instructions.sh --update writes it"
echo "# Instructions of five fixed fits"
echo
echo "$compiler on $machine ($libc); more than $threshold % either way is a change of cost."
echo
echo "| fit | instructions | iterations | instructions before | iterations before | change, % | |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | --- |"
status=0
others=()
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
  before_on="$compiler_before on $machine_before"
  [[ $before_on == "$compiler on $machine ($libc)" || " ${others[*]} " == *"$before_on"* ]] || others+=("$before_on")
  echo "| $fit | $instructions | $iterations | $before | $iterations_before | $change | $verdict |"
done
if ((${#others[@]})); then
  echo
  printf 'Counts before are of %s.\n' "${others[@]}"
fi

echo
echo "## Heap allocations"
echo
echo "Of fits that end early, with one thread; an iteration is to allocate nothing, so that both columns are to be the same."
echo
echo "| fit | after $shorter iterations | after $longer iterations | in an iteration | |"
echo "| --- | ---: | ---: | ---: | --- |"
for fit in "${steady[@]}"; do
  counted=$(count_allocations "$fit" "$shorter")
  read -r first first_iterations <<<"$counted"
  counted=$(count_allocations "$fit" "$longer")
  read -r last last_iterations <<<"$counted"
  [[ $first_iterations == "$shorter" && $last_iterations == "$longer" ]] || fail "$fit ended by itself before iteration $longer"
  # A fit allocates its workspace and its results.
  ((first > 0)) || fail "no allocation of $fit was counted: is memory handed out by another function?"
  verdict=""
  if ((first != last)); then
    verdict="**allocates**"
    status=1
  fi
  each=$(awk -v a="$first" -v b="$last" -v n=$((longer - shorter)) 'BEGIN { printf "%g", (b - a) / n }')
  echo "| $fit | $first | $last | $each | $verdict |"
done
exit $status
