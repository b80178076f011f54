import Foundation
import Synchronization

/// Whether the user (SIGINT) or the system (SIGTERM) wants the process to stop. A signal ends the
/// process at once, with exit status 75: what is in files is whole at any moment. While work is
/// under way that can be left in order, the first signal is noted instead, and a second one ends
/// the process.
struct Interruption: Sendable {
  /// A signal handler can use only global state.
  private static let signalled = Atomic(false)
  private static let isDeferring = Atomic(false)

  /// Watches from now on.
  static func watch() -> Interruption {
    // Made before the handler needs it.
    signalled.store(false, ordering: .relaxed)
    isDeferring.store(false, ordering: .relaxed)
    // A parent may have started us from a thread that blocks signals, and we inherit that.
    var numbers = sigset_t()
    sigemptyset(&numbers)
    sigaddset(&numbers, SIGINT)
    sigaddset(&numbers, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        guard Interruption.isDeferring.load(ordering: .relaxed) else { Interruption.end() }
        signal(number, SIG_DFL)
        Interruption.signalled.store(true, ordering: .relaxed)
      }
    }
    // A file that reaches the limit of its size is then an error of the write and not the end.
    signal(SIGXFSZ, SIG_IGN)
    return Interruption()
  }

  /// Runs work that asks `hasCome` and leaves its state in order.
  func deferring<Value>(_ work: () throws -> Value) rethrows -> Value {
    Self.isDeferring.store(true, ordering: .relaxed)
    defer { Self.isDeferring.store(false, ordering: .relaxed) }
    return try work()
  }

  var hasCome: Bool { Self.signalled.load(ordering: .relaxed) }

  /// Calls nothing that a signal handler may not call.
  private static func end() -> Never {
    let sentence: StaticString =
      "glmm-poisson: Interrupted; what is recorded is safe, and the same command goes on.\n"
    _ = write(STDERR_FILENO, sentence.utf8Start, sentence.utf8CodeUnitCount)
    _exit(ExitStatus.interrupted.rawValue)
  }
}
