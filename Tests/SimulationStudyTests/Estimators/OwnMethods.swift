import PoissonGLMM

@testable import SimulationStudy

extension MethodSpecification {
  /// Of a method that is this project's own; no test asks another program.
  var settings: VariationalSettings {
    guard case .variational(let settings) = fitter else { fatalError("\(name) is a command") }
    return settings
  }

  var approximation: Approximation { settings.approximation }
}

extension VariationalEstimator {
  init(_ method: MethodSpecification, priors: Priors = Priors(), alpha: Double = 0.05) {
    self.init(name: method.name, method.settings, priors: priors, alpha: alpha)
  }
}
