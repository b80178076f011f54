import Foundation

@testable import SimulationStudy

/// A program that speaks the protocol, in the shell that every system has, and misbehaves as it is
/// told.
final class FakeProgram: Sendable {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "fake-program-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data(Self.script.utf8).write(to: folder.appendingPathComponent("fake.sh"))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// The command of a behaviour, a label of the script below. The script takes the place of the
  /// shell that reads the command, so that its number is the child's.
  func command(_ behaviour: String) -> String { "exec sh '\(folder.path)/fake.sh' \(behaviour)" }

  /// The numbers, one a line, of a file that the script writes.
  func numbers(_ name: String) -> [Int] {
    let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    return (text ?? "").split(separator: "\n").compactMap { Int($0) }
  }

  /// Whether a process runs; one that has ended and that nobody has asked about does not.
  static func isRunning(_ process: Int) -> Bool {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8) else {
      return false
    }
    return !text.contains(") Z ")
  }

  /// Whether the process is still listed, if only because its parent has not asked how it ended.
  static func isListed(_ process: Int) -> Bool {
    FileManager.default.fileExists(atPath: "/proc/\(process)")
  }

  /// Waits for at most two seconds.
  static func becomesTrue(_ condition: () -> Bool) -> Bool {
    for _ in 0..<200 {
      if condition() { return true }
      usleep(10_000)
    }
    return condition()
  }

  /// Its files are beside it: `starts` has the number of every process that was started.
  private static let script = #"""
    folder=${0%/*}
    echo $$ >> "$folder/starts"
    good='"parameters":{"Intercept":{"estimate":0.5,"se":0.125,"lower":0.25,"upper":0.75,"p":0.5},'
    good=$good'"x":{"estimate":0.25,"se":0.5,"lower":-1,"upper":1},'
    good=$good'"log_sd(Intercept)":{"estimate":-0.75}}'
    answer() { printf '{"request":%s,"converged":true,%s}\n' "$number" "$1"; }
    case $1 in
      needs) echo 'needs the R package lme4.' >&2; exit 69 ;;
      sick) echo 'cannot open file' >&2; exit 2 ;;
      slow) sleep 30 ;;
    esac
    # Data sets that this process was given.
    fits=0
    while IFS= read -r line; do
      number=${line##*'"request":'}
      number=${number%%[!0-9]*}
      case $line in
        *'"hello"'*)
          case $1 in
            rude) echo 'Welcome!' ;;
            clock | lazyclock) echo '{"request":0,"version":"fake 1.0","seconds":true}' ;;
            *) echo '{"request":0,"version":"fake 1.0"}' ;;
          esac
          [ "$1" = leaves ] && exit 0
          continue ;;
      esac
      echo "$number" >> "$folder/requests"
      fits=$((fits + 1))
      case $1 in
        good) answer "\"status\":\"fine\",\"iterations\":4,$good" ;;
        clock) answer "\"seconds\":0.5,$good" ;;
        lazyclock) answer "$good" ;;
        crash) echo 'out of cheese' >&2; exit 3 ;;
        once)
          [ -e "$folder/crashed" ] || { : > "$folder/crashed"; exit 3; }
          answer "$good" ;;
        thirdcrash) [ $fits = 3 ] && kill -9 $$; answer "$good" ;;
        evengarbage) [ $((fits % 2)) = 0 ] && echo 'Fitting ... done' || answer "$good" ;;
        evenfinish) [ $((fits % 2)) = 0 ] && exit 0; answer "$good" ;;
        secondhang) [ $fits = 2 ] && exec sleep 1000; answer "$good" ;;
        brittle) answer "$good"; exit 3 ;;
        latecrash) answer "$good"; sleep 0.2; kill -9 $$ ;;
        killed) kill -9 $$ ;;
        garbage) echo 'Fitting ... done' ;;
        empty) echo ;;
        silent) echo 'thinking' >&2; sleep 1000 & echo $! >> "$folder/descendants"; wait ;;
        deaf)
          exec < /dev/null; trap '' TERM HUP
          sleep 1000 & echo $! >> "$folder/descendants"; wait ;;
        escape)
          setsid sleep 1000 & echo $! >> "$folder/descendants"
          # Nobody's child any more, and in a group and a session of its own.
          (setsid sh -c 'echo $$ >> "$0/descendants"; exec sleep 1000' "$folder" &)
          wait ;;
        unfinished) answer "$good" | tr -d '\n'; exit 0 ;;
        half) printf '{"request":%s,"conv' "$number"; exit 0 ;;
        oneshot) answer "$good"; exit 0 ;;
        where) answer "\"status\":\"$(pwd)\",$good" ;;
        stubborn) answer "$good"; sleep 1000 & echo $! >> "$folder/descendants"; wait ;;
        mute) exec >&-; sleep 1000 ;;
        wrong) number=$((number + 1)); answer "$good" ;;
        twice) answer "$good"; answer "$good" ;;
        refuse) printf '{"request":%s,"error":"singular\\nfit"}\n' "$number" ;;
        unconverged) printf '{"request":%s,"converged":false,"status":"gave up"}\n' "$number" ;;
        less) answer '"parameters":{"Intercept":{"estimate":0.5},"x":null}' ;;
        more) answer "${good%?},\"z\":{\"estimate\":1}}" ;;
        none) answer '"parameters":{"Intercept":null,"x":null,"log_sd(Intercept)":null}' ;;
        null) answer "${good%%,\"log*},\"log_sd(Intercept)\":null}" ;;
        infinite) answer "$(printf %s "$good" | sed 's/0.125/1e999/')" ;;
        nan) answer "$(printf %s "$good" | sed 's/0.125/NaN/')" ;;
        text) answer "$(printf %s "$good" | sed 's/0.125/"small"/')" ;;
        oneend) answer "$(printf %s "$good" | sed 's/"upper":0.75,//')" ;;
        typo) answer "$(printf %s "$good" | sed 's/"se"/"stderr"/')" ;;
        loud) head -c 300000 /dev/zero | tr '\0' 'e' >&2; answer "$good" ;;
        long) answer "\"status\":\"$(head -c 300000 /dev/zero | tr '\0' 's')\",$good" ;;
        endless) tr '\0' 'e' < /dev/zero ;;
      esac
    done
    """#
}
