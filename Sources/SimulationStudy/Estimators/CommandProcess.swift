import Foundation
import Synchronization

/// Another program that runs beside this one: lines go in, lines come out, and what it says on
/// standard error is kept for messages. It ends with the object, and so does all that it has
/// started.
final class CommandProcess: Sendable {
  /// How a process ended.
  enum End: Equatable {
    case status(Int32)
    case signal(Int32)
  }

  private struct State {
    let input: CommandPipe
    let output: CommandPipe
    let errors: CommandPipe
    /// What came after the last line that was read.
    var pending: [UInt8] = []
    var messages: [UInt8] = []
    var errorsAreOpen = true
    var hasAnswered = false
    /// Its output is closed, so that there will be no further answer.
    var hasLeft = false
    var end: End?
  }

  private static let keptMessages = 1 << 12
  /// How often a wait looks whether the study is to stop.
  private static let slice = Duration.milliseconds(50)
  /// What a program has to end by itself when its input ends.
  private static let grace = Duration.seconds(1)

  private let processID: pid_t
  private let family: ProcessFamily
  private let state: Mutex<State>

  /// Whether it has closed its output: it can be asked nothing more.
  var hasLeft: Bool { state.withLock { $0.hasLeft } }

  /// Starts `/bin/sh -c TEXT`.
  /// - Parameter directory: where it works; nil for this process's working directory.
  /// - Throws: `ProgramError`.
  init(_ text: String, directory: String? = nil) throws(ProgramError) {
    let (input, output, errors): (CommandPipe, CommandPipe, CommandPipe)
    let family = ProcessFamily()
    (processID, input, output, errors) = try CommandLauncher.start(
      text, directory: directory, family: family)
    self.family = family
    input.closeReading()
    output.closeWriting()
    errors.closeWriting()
    input.makeWritingNonblocking()
    output.makeReadingNonblocking()
    errors.makeReadingNonblocking()
    state = Mutex(State(input: input, output: output, errors: errors))
  }

  deinit { stop() }

  /// Sends a line and waits for the line that answers it; neither has a line break at its end.
  /// - Parameters:
  ///   - longest: bytes of the answer, to which no more memory and time are given.
  ///   - isStopping: asked while waiting.
  /// - Throws: `ProgramError` after which the process is of no more use; `CancellationError`.
  func exchange(
    _ line: Data, timeLimit: Double, longest: Int, isStopping: () -> Bool
  ) throws -> Data {
    try state.withLock { state in
      let clock = ContinuousClock()
      let deadline = clock.now + .seconds(timeLimit)
      let request = [UInt8](line) + [UInt8(ascii: "\n")]
      var sent = 0
      var isRead = true
      // The place of the answer's end, and how much has been searched for it.
      var end: Int?
      var searched = 0
      while true {
        if end == nil {
          end = state.pending[searched...].firstIndex(of: UInt8(ascii: "\n"))
          searched = state.pending.count
        }
        guard (end ?? state.pending.count) <= longest else {
          throw ProgramError.broken(
            "the program's answer is longer than \(longest / 1_000_000) MB.")
        }
        if let end, sent == request.count || !isRead {
          let answer = Data(state.pending[..<end])
          state.pending.removeSubrange(...end)
          state.hasAnswered = true
          return answer
        }
        if isStopping() { throw CancellationError() }
        let now = clock.now
        guard now < deadline else {
          Self.readMessages(&state)
          throw ProgramError.broken(
            "the program gave no answer within \(Self.text(timeLimit)) s." + Self.quoted(state))
        }
        var polled = [
          pollfd(fd: state.output.reading, events: Int16(POLLIN), revents: 0),
          // A negative descriptor is passed over.
          pollfd(
            fd: state.errorsAreOpen ? state.errors.reading : -1, events: Int16(POLLIN), revents: 0),
        ]
        if sent < request.count, isRead {
          polled.append(pollfd(fd: state.input.writing, events: Int16(POLLOUT), revents: 0))
        }
        let wait = min(deadline - now, Self.slice) / .milliseconds(1)
        guard poll(&polled, nfds_t(polled.count), Int32(wait.rounded(.up))) > 0 else { continue }
        if polled[1].revents != 0 { Self.readMessages(&state) }
        if polled.count > 2, polled[2].revents != 0 {
          switch state.input.write(request[sent...]) {
          case .bytes(let count): sent += count
          case .wouldBlock: break
          case .closed: isRead = false
          }
        }
        if polled[0].revents != 0, case .closed = state.output.read(into: &state.pending) {
          state.hasLeft = true
          if !state.pending.contains(UInt8(ascii: "\n")) {
            // A last line may lack its line break; half an answer is none.
            guard Self.isObject(state.pending) else { throw ended(&state, sent: sent) }
            state.pending.append(UInt8(ascii: "\n"))
          }
        }
      }
    }
  }

  /// Ends the input, so that the program can end by itself.
  func closeInput() {
    state.withLock { $0.input.closeWriting() }
  }

  /// Ends the process, with all that it has started, and leaves nothing of it behind. What has
  /// closed its input before has a moment to end by itself.
  func stop() {
    state.withLock { state in
      guard state.end == nil else { return }
      if state.input.writing < 0 { Self.awaitEnd(of: processID) }
      state.end = reap()
    }
  }

  // MARK: The end of a process

  /// The output was closed: what has become of the process?
  /// - Parameter sent: how much of the line was written.
  private func ended(_ state: inout State, sent: Int) -> ProgramError {
    Self.awaitEnd(of: processID)
    Self.readMessages(&state)
    let isRunning = !Self.hasEnded(processID)
    let end = reap()
    state.end = end
    let said = Self.quoted(state)
    if isRunning { return .broken("the program closed its output without an answer." + said) }
    // A process that has died leaves in the pipe what it had not read: what it died of is known by
    // that.
    let wasIdle = state.hasAnswered && state.pending.isEmpty && state.input.unread >= sent
    switch end {
    case .status(127) where !state.hasAnswered:
      return ProgramError(
        .missing, "it is not installed" + (Self.oneLine(state).map { " (\($0))" } ?? "") + ".")
    case .status(69) where !state.hasAnswered:
      return ProgramError(
        .missing, Self.oneLine(state) ?? "something that it needs is not installed.")
    case .status(let number):
      return ProgramError(
        !wasIdle ? .broken : number == 0 ? .left : .belated,
        "the program ended with status \(number) and without an answer." + said)
    case .signal(let number):
      return ProgramError(
        wasIdle ? .belated : .broken, "the program was ended by signal \(number)." + said)
    }
  }

  private static func isObject(_ bytes: [UInt8]) -> Bool {
    (try? JSONSerialization.jsonObject(with: Data(bytes))) is [String: Any]
  }

  private static func hasEnded(_ processID: pid_t) -> Bool {
    var information = siginfo_t()
    // Looks without taking the status away: until then the number cannot become another process's.
    return waitid(P_PID, id_t(processID), &information, WEXITED | WNOHANG | WNOWAIT) != 0
      || information.si_signo == SIGCHLD
  }

  private static func awaitEnd(of processID: pid_t) {
    let clock = ContinuousClock()
    let deadline = clock.now + grace
    while !hasEnded(processID), clock.now < deadline { usleep(2000) }
  }

  /// Ends the whole group, some of which may live longer than its first process, and what has left
  /// the group.
  private func reap() -> End {
    kill(-processID, SIGKILL)
    family.end()
    var status: Int32 = 0
    while waitpid(processID, &status, 0) < 0 {
      guard errno == EINTR else { return .status(-1) }
    }
    let signal = status & 0x7f
    return signal == 0 ? .status((status >> 8) & 0xff) : .signal(signal)
  }

  // MARK: Standard error

  /// Reads all that is there and keeps the end of it.
  private static func readMessages(_ state: inout State) {
    while true {
      switch state.errors.read(into: &state.messages) {
      case .bytes:
        if state.messages.count > 2 * keptMessages {
          state.messages.removeFirst(state.messages.count - keptMessages)
        }
      case .wouldBlock: return
      case .closed:
        state.errorsAreOpen = false
        return
      }
    }
  }

  private static func oneLine(_ state: State) -> String? {
    let text = ProgramError.oneLine(String(decoding: state.messages, as: UTF8.self))
    return text.isEmpty ? nil : text
  }

  private static func quoted(_ state: State) -> String {
    oneLine(state).map { " It said: \($0)" } ?? ""
  }

  private static func text(_ seconds: Double) -> String {
    Int(exactly: seconds).map(String.init) ?? "\(seconds)"
  }
}
