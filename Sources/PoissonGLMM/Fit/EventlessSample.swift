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
    var proposal = EventlessProposal(model)
    let work = Double(n * p) + proposal.work
    let count = max(2, min(Self.mostDraws, Int(Self.mostWork / max(work, 1))))
    let sd = model.priors.fixedEffectSD
    let conditional = InterceptGivenTotal(scale: sd * columns[intercept][0].magnitude)
    let stream: RandomStream
    do {
      stream = try RandomStream(
        seed: 0, scenario: "no events", replicate: 0, purpose: .posteriorDraws)
    } catch {
      throw FitError("Draws cannot be made: \(error).")
    }
    var (weights, effects, hyperparameters): ([Double], [[Double]], [[Double]]) = ([], [], [])
    var sum = 0.0
    var means = [Double](repeating: 0, count: proposal.effects.count)
    var squares = means
    var eta = [Double](repeating: 0, count: n)
    for draw in 0..<count {
      if draw % 1000 == 0 { try FitLimit.check() }
      var b = (0..<p).map { _ in stream.normal(sd: sd) }
      for i in 0..<n { eta[i] = data.offset.pointer[i] }
      for c in 0..<p where c != intercept {
        for i in 0..<n { eta[i] += b[c] * columns[c][i] }
      }
      let drawn = proposal.draw(stream, addingTo: &eta)
      let top = eta.max() ?? 0
      let total = top + log(eta.reduce(0) { $0 + exp($1 - top) })
      let weight = exp(conditional.logIntegral(total) + drawn.logRatio)
      guard weight > 0, weight.isFinite else { continue }
      b[intercept] =
        conditional.value(total, uniform: stream.uniform()) / columns[intercept][0]
      sum += weight
      for (k, effect) in proposal.effects.enumerated() {
        means[k] += weight * effect
        squares[k] += weight * effect * effect
      }
      weights.append(weight)
      effects.append(b)
      hyperparameters.append(drawn.hyperparameters)
    }
    guard sum > 0, sum.isFinite else { return nil }
    self.weights = weights
    self.effects = effects
    self.hyperparameters = hyperparameters
    termCount = model.logSDPriors.count
    randomMean = means.map { $0 / sum }
    randomVariance = zip(means, squares).map { max($1 / sum - $0 * $0 / (sum * sum), 0) }
    logEvidence = log(sum / Double(count))
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
