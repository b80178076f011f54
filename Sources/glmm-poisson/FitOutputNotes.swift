import Foundation
import PoissonGLMM

/// Lines below the tables on how to read them.
extension FitOutput {
  /// Below effects of which z does not lead to p: a skewed posterior has its own tail, and so has a
  /// mixture.
  func tailNotes(_ effects: [FixedEffect]) -> [String] {
    let names = effects.filter(\.disagreesWithZ).map(\.parameter)
    guard !names.isEmpty else { return [] }
    return [
      "p is twice the posterior probability beyond 0 and does not follow from z = mean / SD, least "
        + "of all for \(names.joined(separator: ", "))."
    ]
  }

  /// The prior sensitivities of some parameters, counted as `priorSensitivity` has them; none if
  /// they are not known.
  func sensitivities(from start: Int, _ count: Int) -> [PriorSensitivity] {
    let end = start + count
    return priorSensitivity.count >= end ? Array(priorSensitivity[start..<end]) : []
  }

  /// How much the prior says, as the last column of a table.
  func priorColumn(_ sensitivities: [PriorSensitivity]) -> (heading: String, cells: [String]) {
    sensitivities.isEmpty ? ("", []) : ("prior", sensitivities.map(\.text))
  }

  /// Below all tables, where the prior matters.
  var priorNotes: [String] {
    let notable = priorSensitivity.filter(\.isNotable)
    guard !notable.isEmpty else { return [] }
    let names = notable.prefix(Self.mostNamedPriors).map { "\($0.name) (\($0.text))" }
    let others =
      notable.count > names.count
      ? " and \(notable.count - names.count) others, as the column tells" : ""
    let hasSD = notable.contains { $0.name.hasPrefix("log_sd(") }
    let hasOwn = !priors.coefficients.isEmpty || !priors.standardDeviations.isEmpty
    let options =
      hasOwn
      ? ["--prior"]
      : ["--fixed-prior-sd"] + (factors.isEmpty ? [] : ["--log-sd-prior-sd"])
        + (hasCorrelations ? ["--correlation-shape"] : [])
    return [
      "The prior matters for: \(names.joined(separator: ", "))\(others). Values above "
        + "\(PriorSensitivity.threshold) say that doubling the prior's weight moves the posterior "
        + "as much as a quarter of its SD does; see what another "
        + "\(options.joined(separator: " or ")) gives."
        + (hasSD
          ? " With an SD its prior also sets how wide the intervals of the intercept and of other "
            + "effects between its groups are." : "")
    ]
  }

  private static let mostNamedPriors = 12
}

extension FitOutput.FixedEffect {
  /// Whether the p of a normal posterior with this mean and SD would be another by a factor of 5,
  /// where one of both is a probability that is read as such, or by three orders of magnitude,
  /// where one of both is printed as more than next to nothing.
  fileprivate var disagreesWithZ: Bool {
    let normal = erfc(z.magnitude / 2.0.squareRoot())
    let (smaller, larger) = (min(p, normal), max(p, normal))
    return larger >= 1e-4 && smaller < larger / 5 || larger >= 1e-12 && smaller < larger / 1000
  }
}

extension PriorSensitivity {
  /// Two decimals, and more where the number would else not show on which side of the threshold it
  /// is.
  fileprivate var text: String {
    // As large as that in fits that have not converged only.
    guard value < 1e6 else { return String(format: "%.2e", value) }
    let texts = (2...6).map { String(format: "%.\($0)f", value) }
    guard isNotable else { return texts[0] }
    return texts.first { Double($0).map { $0 > Self.threshold } ?? true } ?? texts[4]
  }
}
