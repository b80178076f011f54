extension StudyComparison {
  /// Two programs run in turn, once each.
  public struct Round: Sendable {
    let baseline: ComparedStudy
    let current: ComparedStudy

    public init(baseline: ComparedStudy, current: ComparedStudy) {
      self.baseline = baseline
      self.current = current
    }

    /// Whether the machines were equal.
    var timing: Timing {
      guard let old = baseline.environment, let new = current.environment else {
        return .notCompared("the machine of one of them is not known")
      }
      if old.processor != new.processor || old.processor == "unknown" {
        return .notCompared(
          "the processors are not known to be equal (\(old.processor) and \(new.processor))")
      }
      if old.cores != new.cores {
        return .notCompared("the machines have \(old.cores) and \(new.cores) cores")
      }
      if old.operatingSystem != new.operatingSystem {
        return .notCompared(
          "the operating systems are \(old.operatingSystem) and \(new.operatingSystem)")
      }
      if old.workers != new.workers {
        return .notCompared("\(old.workers) and \(new.workers) fits ran at the same time")
      }
      return .compared
    }

    /// The fits of one method on one scenario.
    /// - Parameter sides: whose runs these are to be.
    func pairing(
      of method: String, on scenario: ComparedScenario, sides: (baseline: String, current: String)
    ) throws(ComparisonError) -> MethodPairing {
      MethodPairing(
        method: method, baseline: try records(method, scenario, baseline, of: sides.baseline),
        current: try records(method, scenario, current, of: sides.current))
    }

    private func records(
      _ method: String, _ scenario: ComparedScenario, _ study: ComparedStudy, of name: String
    ) throws(ComparisonError) -> [ReplicateRecord] {
      guard
        let twin = study.scenarios.first(where: {
          $0.name == scenario.name && $0.content == scenario.content
        }),
        let position = twin.methods.firstIndex(of: method)
      else {
        throw ComparisonError(
          "'\(study.name)' is no other run of '\(name)': scenario '\(scenario.name)' is not in it, "
            + "or "
            + "another, or without the method '\(method)'.")
      }
      return twin.records[position]
    }
  }
}
