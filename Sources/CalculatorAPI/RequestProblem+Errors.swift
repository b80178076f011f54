import PoissonGLMM

extension RequestProblem {
  /// The problem that an error of the library means. Whether a fit has ended for its limit of time
  /// is for `RequestRun` to say.
  /// - Parameter error: any error.
  public init(_ error: any Error) {
    switch error {
    case let problem as RequestProblem: self = problem
    case let error as GLMMPoissonError: self.init(.malformed, error.description)
    case let fault as FitSettings.Fault: self.init(.malformed, fault.description)
    case let error as FormulaError:
      self.init(.malformed, error.message, formulaPosition: error.position)
    case let error as CSVError: self.init(.unusableData, error.description)
    case let error as ModelError: self.init(.unusableData, error.description)
    case let error as FitError: self.init(.unusableData, error.description)
    // Its text may have the data in it, or nothing that a user understands.
    default: self.init(.failure, "The server has failed, which is its own fault.")
    }
  }
}
