import GSLNumerics
import PlatformEssentials

/// The posterior of a model without any event, by a weighted sample of its priors.
///
/// The likelihood is exp(-sum_i mu_i), which is bounded by 1 and smooth: draws of everything but
/// the intercept b0 from the priors have the weight
///
///     W(T) = integral N(b0; 0, sd^2) exp(-exp(b0 + T)) db0,    T = log sum_i exp(eta_i - b0)
///
/// and given the rest b0 is drawn from the integrand. Nothing is approximated but by the sample's
/// size, whatever the random effects are.
struct EventlessSample {
  /// Of each draw, up to a common factor.
  private let weights: [Double]
  /// Of each draw: b, p numbers.
  private let effects: [[Double]]
  /// Of each draw, in the order of the model's: log SDs, and then the atanh of partial
  /// correlations.
  private let hyperparameters: [[Double]]
  private let termCount: Int
  /// E u and Var u, factor after factor.
  let randomMean: [Double]
  let randomVariance: [Double]
  /// log p(y)
  let logEvidence: Double

  /// How many draws of one weight would say as much.
  var effectiveCount: Double {
    let (sum, squares) = weights.reduce((0, 0)) { ($0.0 + $1, $0.1 + $1 * $1) }
    return sum * sum / squares
  }

  /// Ends of 95 % intervals are then within some .03 SD.
  static let enough = 15_000.0
  private static let mostDraws = 250_000
  /// Rows and effects of all draws: about a second.
  private static let mostWork = 1e8
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

  /// - Returns: nil if the model has events, or no column that is the same number in all rows.
  init?(_ model: PoissonMixedModel) throws(FitError) {
    let data = model.data
    let (n, p) = (data.rowCount, data.shape.fixedCount)
    let columns = (0..<p).map { c in (0..<n).map { data.fixedDesign.pointer[c * n + $0] } }
    guard !data.hasEvents,
      let intercept = columns.firstIndex(where: { column in
        column[0] != 0 && column.allSatisfy { $0 == column[0] }
      })
    else { return nil }
    let parts = Self.parts(model)
    let randomCount = parts.reduce(0) { $0 + $1.levelCount * $1.columns.count }
    let work = Double(n * (p + parts.reduce(0) { $0 + $1.columns.count }) + randomCount)
    let count = max(2, min(Self.mostDraws, Int(Self.mostWork / max(work, 1))))
    let sd = model.priors.fixedEffectSD
    let conditional = InterceptGivenTotal(scale: sd * columns[intercept][0].magnitude)
    let priors = model.logSDPriors
    let shape = model.priors.correlationShape
    let stream: RandomStream
    do {
      stream = try RandomStream(
        seed: 0, scenario: "no events", replicate: 0, purpose: .posteriorDraws)
    } catch {
      throw FitError("Draws cannot be made: \(error).")
    }
    var (weights, effects, hyperparameters): ([Double], [[Double]], [[Double]]) = ([], [], [])
    var sum = 0.0
    var means = [Double](repeating: 0, count: randomCount)
    var squares = means
    var random = means
    var eta = [Double](repeating: 0, count: n)
    for draw in 0..<count {
      if draw % 1000 == 0 { try FitLimit.check() }
      var b = (0..<p).map { _ in stream.normal(sd: sd) }
      for i in 0..<n { eta[i] = data.offset.pointer[i] }
      for c in 0..<p where c != intercept {
        for i in 0..<n { eta[i] += b[c] * columns[c][i] }
      }
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
          for column in CovarianceStructure.columns(setSize: set.count) {
            let power = HyperparameterPrior(logSDs: [], correlationShape: shape)
              .power(column: column, setSize: set.count)
            let (a, b) = (
              stream.gamma(shape: power / 2, scale: 1), stream.gamma(shape: power / 2, scale: 1)
            )
            // tanh z = (a - b) / (a + b)
            partials.append(0.5 * log(a / b))
            phi.append(0.5 * log(a / b))
          }
        }
        let roots = part.structure.roots(at: phi)
        for (set, root) in zip(part.sets, roots) {
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
              random[start + level * q + term] = value
            }
          }
          // One over the mean of the densities with and without the shift, relative to the prior's.
          let exponent = shift * moved - 0.5 * shift * shift * Double(part.levelCount)
          if shift > 0 { logRatio -= log(0.5 + 0.5 * exp(exponent)) }
        }
        for (k, column) in part.columns.enumerated() {
          for i in 0..<n { eta[i] += column[i] * random[start + part.levels[i] * q + k] }
        }
        start += part.levelCount * q
      }
      let top = eta.max() ?? 0
      let total = top + log(eta.reduce(0) { $0 + exp($1 - top) })
      let weight = exp(conditional.logIntegral(total) + logRatio)
      guard weight > 0, weight.isFinite else { continue }
      b[intercept] =
        conditional.value(total, uniform: stream.uniform()) / columns[intercept][0]
      sum += weight
      for k in random.indices {
        means[k] += weight * random[k]
        squares[k] += weight * random[k] * random[k]
      }
      weights.append(weight)
      effects.append(b)
      hyperparameters.append(logSDs + partials)
    }
    guard sum > 0, sum.isFinite else { return nil }
    self.weights = weights
    self.effects = effects
    self.hyperparameters = hyperparameters
    termCount = priors.count
    randomMean = means.map { $0 / sum }
    randomVariance = zip(means, squares).map { max($1 / sum - $0 * $0 / (sum * sum), 0) }
    logEvidence = log(sum / Double(count))
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

  /// The distribution of w'b.
  func marginal(ofCombination w: [Double]) -> Marginal {
    Self.marginal(
      effects.map { zip($0, w).reduce(0) { $0 + $1.0 * $1.1 } }, weights: weights)
  }

  var logSDs: [Marginal] {
    (0..<termCount).map { k in
      Self.marginal(hyperparameters.map { $0[k] }, weights: weights)
    }
  }

  /// The parts of equal weight of which a distribution has a normal each.
  private static let parts = 400

  private static func marginal(_ values: [Double], weights: [Double]) -> Marginal {
    let order = values.indices.sorted { values[$0] < values[$1] }
    let share = weights.reduce(0, +) / Double(parts)
    var normals: [(weight: Double, mean: Double, sd: Double)] = []
    var (mass, first, second) = (0.0, 0.0, 0.0)
    func close() {
      guard mass > 0 else { return }
      let mean = first / mass
      normals.append((mass, mean, max(second / mass - mean * mean, 0).squareRoot()))
      (mass, first, second) = (0, 0, 0)
    }
    for index in order {
      mass += weights[index]
      first += weights[index] * values[index]
      second += weights[index] * values[index] * values[index]
      if mass >= share { close() }
    }
    close()
    let total = normals.reduce(0) { $0 + $1.weight }
    let narrowest = 1e-9 * (normals.reduce(0) { max($0, $1.mean.magnitude) } + 1e-300)
    return Marginal(
      NormalMixture(
        weights: normals.map { $0.weight / total }, means: normals.map(\.mean),
        standardDeviations: normals.map { max($0.sd, narrowest) }))
  }
}
