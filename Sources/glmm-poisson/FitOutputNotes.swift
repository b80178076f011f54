import Foundation
import PoissonGLMM

/// Lines below the tables on how to read them.
extension FitOutput {
  /// Below the fixed effects, where z does not lead to p: a skewed posterior has its own tail, and
  /// so has a mixture.
  var tailNotes: [String] {
    let names = fixedEffects.filter(\.disagreesWithZ).map(\.parameter)
    guard !names.isEmpty else { return [] }
    return [
      "p is twice the posterior probability beyond 0; it does not follow from z = mean / SD for "
        + "\(names.joined(separator: ", ")), whose posterior is not normal."
    ]
  }

  /// Below all tables, where the prior matters.
  var priorNotes: [String] {
    let notable = priorSensitivity.filter(\.isNotable)
    guard !notable.isEmpty else { return [] }
    let names = notable.map { "\($0.name) (\(String(format: "%.2f", $0.value)))" }
    let options =
      ["--fixed-prior-sd"] + (factors.isEmpty ? [] : ["--log-sd-prior-sd"])
      + (hasCorrelations ? ["--correlation-shape"] : [])
    return [
      "The prior matters for: \(names.joined(separator: ", ")). Values above "
        + "\(PriorSensitivity.threshold) say that doubling the prior's weight moves the posterior "
        + "as much as a quarter of its SD does; see what another "
        + "\(options.joined(separator: " or ")) gives."
    ]
  }
}

extension FitOutput.FixedEffect {
  /// Whether the p of a normal posterior with this mean and SD would be another by a factor of 5,
  /// where one of both is a probability that is read as such.
  fileprivate var disagreesWithZ: Bool {
    let normal = erfc(z.magnitude / 2.0.squareRoot())
    let (smaller, larger) = (min(p, normal), max(p, normal))
    return larger >= 1e-4 && smaller < larger / 5
  }
}
