/// The fits of one method on one scenario, replicate by replicate: as they were, and as they are.
struct MethodPairing: Sendable {
  /// A replicate that could be used before and can be used now.
  struct Pair: Sendable {
    let replicate: Int
    let baseline: EstimationResult
    let current: EstimationResult
    let baselineSeconds: Double
    let currentSeconds: Double
  }

  struct Failure: Sendable, Equatable {
    let replicate: Int
    let reason: String
  }

  let method: String
  /// In the replicates' order, as are the others.
  private(set) var pairs: [Pair] = []
  private(set) var newFailures: [Failure] = []
  /// Replicates that failed in the baseline and do not now.
  private(set) var mended: [Int] = []
  private(set) var failedBefore = 0

  /// The replicates that both sides have.
  /// - Parameters: ascending by replicate.
  init(method: String, baseline: [ReplicateRecord], current: [ReplicateRecord]) {
    self.method = method
    let after = Dictionary(
      current.map { ($0.replicate, $0) }, uniquingKeysWith: { first, _ in first })
    for before in baseline {
      guard let now = after[before.replicate] else { continue }
      switch (before.usability, now.usability) {
      case (.usable(let old), .usable(let new)):
        pairs.append(
          Pair(
            replicate: before.replicate, baseline: old, current: new,
            baselineSeconds: before.seconds, currentSeconds: now.seconds))
      case (.usable, .failed(let reason)):
        newFailures.append(Failure(replicate: before.replicate, reason: reason))
      case (.failed, .usable):
        mended.append(before.replicate)
        failedBefore += 1
      case (.failed, .failed):
        failedBefore += 1
      }
    }
  }

  /// The parameters' names, in the order of the baseline's first fit.
  var parameters: [String] { pairs.first?.baseline.parameters.map(\.parameter) ?? [] }

  /// What both sides say of a parameter, in the replicates' order; replicates where either says
  /// nothing are left out.
  func estimates(
    of parameter: String
  ) -> [(baseline: ParameterEstimate, current: ParameterEstimate)] {
    pairs.compactMap { pair in
      guard let before = pair.baseline[parameter], let after = pair.current[parameter] else {
        return nil
      }
      return (before, after)
    }
  }
}

extension EstimationResult {
  /// What is said of a parameter, if anything.
  subscript(parameter: String) -> ParameterEstimate? {
    parameters.first { $0.parameter == parameter }
  }

  /// A number that is said of the whole fit, if it is.
  func value(of quantity: String) -> Double? {
    quantities.firstIndex { $0.name == quantity }.map { quantityValues[$0] }
  }
}
