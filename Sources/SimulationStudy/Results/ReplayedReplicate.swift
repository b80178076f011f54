/// A replicate fitted again, beside what the store has of it.
package struct ReplayedReplicate: Sendable {
  /// One number or word of a fit, as it was and as it is now.
  package struct Item: Sendable, Equatable {
    /// The parameter, or empty where the item speaks of the whole fit.
    package let parameter: String
    /// `estimate`, `SD`, `lower`, `upper`, `p`, `truth`, `probability`, `bound`, `iterations`,
    /// `outcome`, or the name of a `FitQuantity`.
    package let quantity: String
    /// Doubles with the fewest digits that give the same double back; empty if there is none.
    package let stored: String
    package let refitted: String
    /// To the bit.
    package let isEqual: Bool
  }

  package let method: String
  package let items: [Item]

  package var differences: Int { items.count { !$0.isEqual } }

  /// - Parameters: two records of one replicate and method.
  package init(stored: ReplicateRecord, refitted: ReplicateRecord) {
    method = stored.method
    let old = Self.values(of: stored)
    var new = Self.values(of: refitted)
    if case .fitted(let stored) = stored.outcome, case .fitted(let refitted) = refitted.outcome,
      stored.quantities.isEmpty
    {
      // A store of a time when they were not kept.
      let names = Set(refitted.quantities.map(\.name))
      new.removeAll { $0.parameter.isEmpty && names.contains($0.quantity) }
    }
    var items: [Item] = []
    for value in old + new.filter({ new in !old.contains { $0.isSameQuantity(as: new) } }) {
      let before = old.first { $0.isSameQuantity(as: value) }
      let after = new.first { $0.isSameQuantity(as: value) }
      items.append(
        Item(
          parameter: value.parameter, quantity: value.quantity, stored: before?.text ?? "",
          refitted: after?.text ?? "",
          isEqual: before?.text == after?.text && before?.bits == after?.bits))
    }
    self.items = items
  }

  private struct Value {
    let parameter: String
    let quantity: String
    let text: String
    var bits: UInt64?

    func isSameQuantity(as other: Value) -> Bool {
      parameter == other.parameter && quantity == other.quantity
    }
  }

  private static func values(of record: ReplicateRecord) -> [Value] {
    func number(_ parameter: String, _ quantity: String, _ number: Double?) -> [Value] {
      guard let number else { return [] }
      return [
        Value(
          parameter: parameter, quantity: quantity, text: "\(number)", bits: number.bitPattern)
      ]
    }
    switch record.outcome {
    case .failed(let reason):
      return [Value(parameter: "", quantity: "outcome", text: "failed: \(reason)")]
    case .fitted(let result):
      var values = result.parameters.flatMap { parameter in
        let name = parameter.parameter
        return number(name, "estimate", parameter.estimate)
          + number(name, "SD", parameter.standardError)
          + number(name, "lower", parameter.intervalLower)
          + number(name, "upper", parameter.intervalUpper)
          + number(name, "p", parameter.pValue)
          + number(name, "truth", parameter.truth)
          + number(name, "probability", parameter.probabilityBelowTruth)
      }
      values += number("", "bound", result.evidenceLowerBound)
      for (quantity, value) in zip(result.quantities, result.quantityValues) {
        values += number("", quantity.name, value)
      }
      values.append(Value(parameter: "", quantity: "iterations", text: "\(result.iterations)"))
      // Why the study has not used the fit, also where the method was content with it.
      let outcome =
        switch record.usability {
        case .usable: result.reason
        case .failed(let reason): reason
        }
      values.append(Value(parameter: "", quantity: "outcome", text: outcome))
      return values
    }
  }
}
