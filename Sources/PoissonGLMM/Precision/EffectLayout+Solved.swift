/// Effects in which many rows have a share: where P is not factored, their columns of P^-1 are
/// solved for (`SolvedColumns`).
extension EffectLayout {
  /// A factor of fewer levels is one of few: its SDs have a posterior that is far from normal.
  static let fewLevels = 50
  /// No more columns are solved for: as many as there are draws.
  private static let largestSolved = 128

  var solvesForFixedEffects: Bool { fixedCount <= Self.largestSolved / 2 }

  /// Places in the elimination order of the factors of few levels, as far as columns for all of
  /// their effects are affordable; never the first place, whose levels most of the work is for.
  var solvedPlaces: [Int] {
    var left = Self.largestSolved - (solvesForFixedEffects ? fixedCount : 0)
    return shapes.indices.dropFirst()
      .filter { shapes[$0].levels < Self.fewLevels }
      .sorted { (shapes[$0].levels, $0) < (shapes[$1].levels, $1) }
      .filter { place in
        left -= shapes[place].levels * shapes[place].terms
        return left >= 0
      }
  }
}
