import GSLNumerics
import PlatformEssentials

/// One draw of all parameters of a model from their posterior, and the rows' linear predictors.
///
/// Where the model holds, a draw from the posterior and the data are jointly distributed as the
/// parameters and the data are: given the draw, counts are independent Poisson numbers and random
/// effects independent normals, exactly, although the same data gave the posterior (Johnson 2007,
/// "Bayesian model assessment using pivotal quantities").
final class CheckDraw {
  let rows: CheckRows
  let stream: RandomStream
  /// eta, in the order of `rows`.
  let predictors: DoubleStorage
  /// u by factor, level-major.
  let effects: [DoubleStorage]
  /// What the counts are given their linear predictors; nil for Poisson.
  var distribution: CountDistribution?
  /// Sigma_k^-1 by factor.
  var precisions: [Matrix]
  /// The shape of the random terms, factor after factor.
  private(set) var shapes: [ShapeSums] = []
  private let shifts: DoubleStorage
  private var conditional: ConditionalEffect

  /// - Parameter number: of the draw, which has a stream of its own for these counts.
  /// - Returns: nil without memory for a stream.
  init?(_ rows: CheckRows, number: Int) {
    guard
      let stream = try? RandomStream(
        seed: rows.checksum, scenario: "checks", replicate: UInt64(number), purpose: .modelChecks)
    else { return nil }
    self.rows = rows
    self.stream = stream
    predictors = DoubleStorage(count: rows.count)
    shifts = DoubleStorage(count: rows.count)
    effects = rows.factors.map { DoubleStorage(count: $0.levels * $0.terms.count) }
    precisions = rows.factors.map { Matrix(order: $0.terms.count) }
    let longest = rows.factors.map { factor in
      factor.isIntercept
        ? 1 : (0..<factor.levels).reduce(0) { max($0, factor.starts[$1 + 1] - factor.starts[$1]) }
    }
    conditional = ConditionalEffect(rows: longest.max() ?? 1)
  }

  /// eta = o + X b + sum Z u.
  func setPredictors(fixedEffects b: [Double]) {
    predictors.copy(from: rows.offset)
    for (column, value) in zip(rows.fixed, b) { predictors.add(column, times: value) }
    for (factor, own) in zip(rows.factors, effects) {
      let q = factor.terms.count
      for level in 0..<factor.levels {
        for place in factor.starts[level]..<factor.starts[level + 1] {
          let row = Int(factor.rows[place])
          for term in 0..<q {
            predictors.pointer[row] +=
              factor.terms[term].pointer[row] * own.pointer[level * q + term]
          }
        }
      }
    }
  }

  /// P(Y <= count) at a rate.
  func cumulative(_ count: Double, rate: Double) -> Double {
    distribution?.cumulative(count, rate: rate)
      ?? PoissonDistribution.cumulative(count, mean: rate)
  }

  /// Draws every random effect given all others, some times over, and sums in the last round
  /// what the data say of the shape of each term, given everything else.
  func drawEffects(rounds: Int) {
    guard rounds > 0 else { return }
    for round in 1...rounds {
      shapes = []
      for index in rows.factors.indices {
        for term in rows.factors[index].terms.indices {
          let sums = drawEffects(factor: index, term: term, isLast: round == rounds)
          if round == rounds { shapes.append(sums) }
        }
      }
    }
  }

  private func drawEffects(factor index: Int, term: Int, isLast: Bool) -> ShapeSums {
    let factor = rows.factors[index]
    let (q, u, column) = (factor.terms.count, effects[index].pointer, factor.terms[term].pointer)
    let own = precisions[index]
    let sd = 1 / own[term, term].squareRoot()
    let (y, eta, rate) = (rows.counts.pointer, predictors.pointer, shifts.pointer)
    if factor.isIntercept {
      fillExponentials(of: eta, into: rate, count: rows.count)
    }
    var sums = ShapeSums(levels: factor.levels)
    factor.rows.withUnsafeBufferPointer { order in
      for level in 0..<factor.levels {
        // The prior of this term given the others of its level.
        var center = 0.0
        for other in 0..<q where other != term {
          center -= own[term, other] / own[term, term] * u[level * q + other]
        }
        let old = u[level * q + term]
        conditional.removeRows()
        let range = factor.starts[level]..<factor.starts[level + 1]
        if factor.isIntercept {
          var (events, total) = (0.0, 0.0)
          for place in range {
            events += y[Int(order[place])]
            total += rate[Int(order[place])]
          }
          conditional.add(events: events, slope: sd, rate: total * exp(center - old))
        } else {
          for place in range {
            let row = Int(order[place])
            let z = column[row]
            guard z != 0 else { continue }
            conditional.add(events: y[row], slope: z * sd, rate: exp(eta[row] + z * (center - old)))
          }
        }
        conditional.locate(from: (old - center) / sd)
        if isLast { sums.add(conditional.shapeMoments()) }
        let new = center + sd * conditional.draw(stream)
        u[level * q + term] = new
        for place in range {
          let row = Int(order[place])
          eta[row] += column[row] * (new - old)
        }
      }
    }
    return sums
  }
}

/// Sums of `ShapeMoments` over the levels of a random term.
struct ShapeSums {
  let levels: Int
  private(set) var skewness = 0.0
  private(set) var tails = 0.0
  private(set) var skewnessVariance = 0.0
  private(set) var tailsVariance = 0.0
  private(set) var reliability = 0.0

  init(levels: Int) { self.levels = levels }

  mutating func add(_ moments: ShapeMoments) {
    let variances = moments.variances
    skewness += moments.skewness
    tails += moments.tails
    skewnessVariance += variances.skewness
    tailsVariance += variances.tails
    reliability += moments.reliability
  }
}
