import Dispatch
import Synchronization

/// Threads that share fits which know nothing of each other, each with a workspace of its own that
/// is kept from one run to the next.
///
/// Sending workspaces between threads is sound: thread t alone uses workspace t in a run, and runs
/// follow one another.
struct WorkerPool<Workspace> {
  private struct Box: @unchecked Sendable {
    let workspaces: [Workspace]
  }

  private var workspaces: [Workspace] = []

  /// `body(workspace, index)` for every index, results in order.
  mutating func run<Outcome: Sendable, Failure: Error>(
    count: Int, threads: Int, makeWorkspace: () throws(Failure) -> Workspace,
    body: @Sendable (_ workspace: Workspace, _ index: Int) -> Outcome
  ) throws(Failure) -> [Outcome] {
    let threads = max(1, min(threads, count))
    while workspaces.count < threads { workspaces.append(try makeWorkspace()) }
    if threads == 1 { return (0..<count).map { body(workspaces[0], $0) } }
    let box = Box(workspaces: workspaces)
    let next = Atomic(0)
    let outcomes = Mutex([Outcome?](repeating: nil, count: count))
    let limit = FitLimit.current
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      FitLimit.$current.withValue(limit) {
        while true {
          let index = next.add(1, ordering: .relaxed).oldValue
          guard index < count else { return }
          let outcome = body(box.workspaces[thread], index)
          outcomes.withLock { $0[index] = outcome }
        }
      }
    }
    return outcomes.withLock { $0.compactMap { $0 } }
  }
}
