import GSLNumerics
import PoissonGLMM
import Synchronization

/// The work for one request: any thread may end it before its time.
public final class RequestRun: Sendable {
  private let limit: FitLimit
  private let isCancelled = Atomic(false)

  /// Work whose time begins now.
  /// - Parameter limits: what it may cost.
  public init(limits: RequestLimits) {
    limit = FitLimit(seconds: limits.seconds, designValues: limits.designValues)
  }

  /// Ends the work, soon: nobody waits for its answer, or the server is about to end.
  public func cancel() {
    isCancelled.store(true, ordering: .relaxed)
    limit.cancel()
  }

  /// The answer, worked out in this thread.
  /// - Parameter body: what works it out; fits within it look at the limit of time.
  public func answer(
    _ body: () throws -> [UInt8]
  ) -> Result<[UInt8], RequestProblem> {
    GSL.returnErrors()
    return limit.run {
      guard (try? FitLimit.check()) != nil else {
        return .failure(
          RequestProblem(
            .busy, "The server had no time for this request: please try again later."))
      }
      do {
        return .success(try body())
      } catch {
        return .failure(problem(error))
      }
    }
  }

  /// An error once the limit is reached is the limit's doing, whatever it is called by then.
  private func problem(_ error: any Error) -> RequestProblem {
    do {
      try FitLimit.check()
      return RequestProblem(error)
    } catch let ended {
      if isCancelled.load(ordering: .relaxed) {
        return RequestProblem(.busy, "The server is about to end, and the fit was cancelled.")
      }
      return RequestProblem(.timeLimit, ended.description)
    }
  }
}
