import GSLNumerics
import PlatformEssentials

/// Draws of standard deviations, correlations and random effects for `EventlessSample`: from their
/// priors, but with a larger share of those values at which the intercept can be large, for which
/// the ratio of the densities makes up.
struct EventlessProposal {
  private let parts: [Part]
  private let priors: [LogSDPrior]
  private let correlationShape: Double
  /// The random effects of the last draw, factor after factor.
  private(set) var effects: [Double]
  /// How many numbers a draw makes or goes through.
  let work: Double

  /// Large SDs of random effects are drawn more often than their prior has them, as the far end of
  /// the intercept is there.
  private static let shift = 0.5
  private static let widening = 1.1

  /// The random effects of one factor, rows in the model's own order.
  private struct Part {
    let levels: [Int]
    let levelCount: Int
    /// The columns of its terms.
    let columns: [[Double]]
    let sets: [Range<Int>]
    let structure: CovarianceStructure

    /// How far down the normals behind the first term of a set are moved in half of the draws, that
    /// is where an intercept can be large: by two of the SDs of their mean, at most by 1. By 0 if
    /// the effects do not raise all rows alike.
    func shift(of set: Range<Int>) -> Double {
      columns[set.lowerBound].allSatisfy { $0 > 0 }
        ? min(1, 2 / Double(levelCount).squareRoot()) : 0
    }
  }

  init(_ model: PoissonMixedModel) {
    priors = model.logSDPriors
    correlationShape = model.priors.correlationShape
    parts = Self.parts(model)
    effects = [Double](
      repeating: 0, count: parts.reduce(0) { $0 + $1.levelCount * $1.columns.count })
    let columns = parts.reduce(0) { $0 + $1.columns.count }
    work = Double(model.rowCount * columns + effects.count)
  }

  private static func parts(_ model: PoissonMixedModel) -> [Part] {
    let (data, n) = (model.data, model.rowCount)
    let order = data.rowOrder.map { Int($0) }
    return model.factors.enumerated().map { index, factor in
      let sets = factor.correlatedSets
      let structure = CovarianceStructure(setSizes: sets.map(\.count))
      if let own = model.design?.factors[index] {
        return Part(
          levels: order.map { own.grouping.groupOfRow[$0] }, levelCount: own.grouping.count,
          columns: own.terms.map { term in order.map { term.values[$0] } }, sets: sets,
          structure: structure)
      }
      let groups = zip(data.groupStarts, data.groupStarts.dropFirst()).enumerated()
      return Part(
        levels: groups.flatMap { group, ends in (ends.0..<ends.1).map { _ in group } },
        levelCount: data.shape.groupCount,
        columns: factor.terms.indices.map { k in
          (0..<n).map { data.randomDesign.pointer[k * n + $0] }
        }, sets: sets, structure: structure)
    }
  }

  /// Draws once.
  /// - Parameter eta: the rows' linear predictors, to which the effects are added.
  /// - Returns: the log SDs and then the atanh of partial correlations, both in the order of the
  ///   model's; and the log of how much more the priors have of the draw than the proposal.
  mutating func draw(
    _ stream: RandomStream, addingTo eta: inout [Double]
  ) -> (hyperparameters: [Double], logRatio: Double) {
    var (logSDs, partials, logRatio): ([Double], [Double], Double) = ([], [], 0)
    var start = 0
    for part in parts {
      let q = part.columns.count
      var phi: [Double] = []
      for set in part.sets {
        for _ in set {
          let (value, ratio) = Self.logSD(priors[logSDs.count], stream)
          logSDs.append(value)
          phi.append(value)
          logRatio += ratio
        }
        for value in partialCorrelations(of: set, stream) {
          partials.append(value)
          phi.append(value)
        }
      }
      for (set, root) in zip(part.sets, part.structure.roots(at: phi)) {
        logRatio += drawEffects(of: set, root, part, from: start, stream)
      }
      for (k, column) in part.columns.enumerated() {
        for i in eta.indices { eta[i] += column[i] * effects[start + part.levels[i] * q + k] }
      }
      start += part.levelCount * q
    }
    return (logSDs + partials, logRatio)
  }

  /// The atanh of the canonical partial correlations of a set, from the prior LKJ(shape): tanh z =
  /// (a - b) / (a + b) with a and b of a gamma distribution.
  private func partialCorrelations(of set: Range<Int>, _ stream: RandomStream) -> [Double] {
    CovarianceStructure.columns(setSize: set.count).map { column in
      let power = HyperparameterPrior(logSDs: [], correlationShape: correlationShape)
        .power(column: column, setSize: set.count)
      let a = stream.gamma(shape: power / 2, scale: 1)
      let b = stream.gamma(shape: power / 2, scale: 1)
      return 0.5 * log(a / b)
    }
  }

  /// Draws the effects of a set in all levels.
  /// - Parameter root: the lower Cholesky factor of their covariance.
  /// - Returns: the log of how much more the prior has of them than the proposal.
  private mutating func drawEffects(
    of set: Range<Int>, _ root: Matrix, _ part: Part, from start: Int, _ stream: RandomStream
  ) -> Double {
    let q = part.columns.count
    let shift = part.shift(of: set)
    let own = shift > 0 && stream.uniform() < 0.5 ? -shift : 0
    var moved = 0.0
    for level in 0..<part.levelCount {
      var normals = set.map { _ in stream.normal() }
      normals[0] += own
      moved -= normals[0]
      for (i, term) in set.enumerated() {
        var value = 0.0
        for j in 0...i { value += root[i, j] * normals[j] }
        effects[start + level * q + term] = value
      }
    }
    guard shift > 0 else { return 0 }
    // One over the mean of the densities with and without the shift, relative to the prior's.
    let exponent = shift * moved - 0.5 * shift * shift * Double(part.levelCount)
    return -log(0.5 + 0.5 * exp(exponent))
  }

  /// A draw of a log SD, and the log of how much more the prior has of it than the proposal.
  private static func logSD(
    _ prior: LogSDPrior, _ stream: RandomStream
  ) -> (value: Double, logRatio: Double) {
    switch prior.prior {
    case .logNormal(let mean, let sd):
      let z = stream.normal()
      let value = mean + sd * (shift + widening * z)
      let own = (value - mean) / sd
      return (value, 0.5 * (z * z - own * own) + log(widening))
    case .halfNormal(let scale): return (log(scale * stream.normal().magnitude), 0)
    case .halfT(let degrees, let scale):
      return (log(scale * stream.studentT(degreesOfFreedom: degrees).magnitude), 0)
    case .exponential(let rate): return (log(-log(1 - stream.uniform()) / rate), 0)
    }
  }
}
