import GSLNumerics
import PoissonGLMM

@_cdecl("glmm_poisson_limit_new")
public func newLimit(_ seconds: Double) -> OpaquePointer? {
  retained(FitLimit(seconds: seconds > 0 ? seconds : nil))
}

@_cdecl("glmm_poisson_limit_cancel")
public func cancelLimit(_ limit: OpaquePointer?) {
  object(limit, FitLimit.self)?.cancel()
}

@_cdecl("glmm_poisson_limit_free")
public func freeLimit(_ limit: OpaquePointer?) { release(limit) }

/// The result of `body` under a limit; an error that it throws is a result, too.
func result(
  limit: OpaquePointer?, _ body: () throws -> CallResult
) -> OpaquePointer? {
  GSL.returnErrors()
  do {
    guard let limit = object(limit, FitLimit.self) else { return retained(try body()) }
    return retained(try limit.run(body))
  } catch {
    return retained(CallResult(error: "\(error)"))
  }
}
