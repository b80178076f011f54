import Dispatch
import Synchronization

/// `body(workspace, index)` for every index, results in order, whatever the number of threads. Each
/// thread has a workspace of its own.
func parallelMap<Workspace, Outcome: Sendable>(
  count: Int, threads: Int, in makeWorkspace: @autoclosure @Sendable () -> Workspace,
  _ body: @Sendable (_ workspace: Workspace, _ index: Int) -> Outcome
) -> [Outcome] {
  let threads = max(1, min(threads, count))
  if threads == 1 {
    let workspace = makeWorkspace()
    return (0..<count).map { body(workspace, $0) }
  }
  let next = Atomic(0)
  let outcomes = Mutex([Outcome?](repeating: nil, count: count))
  DispatchQueue.concurrentPerform(iterations: threads) { _ in
    let workspace = makeWorkspace()
    while true {
      let index = next.add(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      let outcome = body(workspace, index)
      outcomes.withLock { $0[index] = outcome }
    }
  }
  return outcomes.withLock { $0.compactMap { $0 } }
}
