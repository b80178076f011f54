import Foundation
import Synchronization

/// Whether the user (SIGINT) or the system (SIGTERM) wants the process to stop. The first signal is
/// noted, so that the work can be left in order; a second one ends the process at once.
struct Interruption: Sendable {
  /// A signal handler can use only global state.
  private static let signalled = Atomic(false)

  /// Watches from now on.
  static func watch() -> Interruption {
    // Made before the handler needs it.
    signalled.store(false, ordering: .relaxed)
    // A parent may have started us from a thread that blocks signals, and we inherit that.
    var numbers = sigset_t()
    sigemptyset(&numbers)
    sigaddset(&numbers, SIGINT)
    sigaddset(&numbers, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &numbers, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        signal(number, SIG_DFL)
        Interruption.signalled.store(true, ordering: .relaxed)
      }
    }
    // A file that reaches the limit of its size is then an error of the write and not the end.
    signal(SIGXFSZ, SIG_IGN)
    return Interruption()
  }

  var hasCome: Bool { Self.signalled.load(ordering: .relaxed) }
}
