/// Whether one model is a special case of another, as a likelihood-ratio test needs it.
extension ModelFrame {
  /// Whether this model is nested in `other`: of the same counts and offset, its fixed columns
  /// linear combinations of the other's, and its random effects a part of the other's.
  public func isNested(in other: ModelFrame) -> Bool {
    guard counts == other.counts, (offset ?? []) == (other.offset ?? []) else { return false }
    // Columns behind those that span them are dependent, every one.
    let own = DesignDiagnostics.dependentColumns(other.fixed).count
    let all = DesignDiagnostics.dependentColumns(other.fixed + fixed).count
    guard all - own == fixed.count else { return false }
    return factors.allSatisfy { factor in
      other.factors.contains { factor.isPart(of: $0) }
    }
  }
}

extension RandomFactor {
  /// Whether the effects of this factor are some of those of another: of the same groups, with
  /// columns that the other has, and no correlation that it does not have.
  fileprivate func isPart(of other: RandomFactor) -> Bool {
    guard grouping.groupOfRow == other.grouping.groupOfRow else { return false }
    let places = terms.map { term in other.terms.firstIndex { $0.values == term.values } }
    guard places.allSatisfy({ $0 != nil }) else { return false }
    return correlatedSets.allSatisfy { set in
      let sets = set.compactMap { index in
        places[index].flatMap { place in other.correlatedSets.firstIndex { $0.contains(place) } }
      }
      return sets.count == set.count && Set(sets).count <= 1
    }
  }
}
