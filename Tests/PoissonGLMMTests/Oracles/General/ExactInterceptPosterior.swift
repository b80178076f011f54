import Foundation

/// The posterior of one intercept b and one random intercept u_j for each group at a given SD, by
/// trapezoid sums over u and b: exact to rounding.
///
///     y_i ~ Poisson(exp(b + u_j)),  u_j ~ N(0, exp(2 s)),  b ~ N(0, fixedSD^2)
struct ExactInterceptPosterior {
  /// log p(y | s).
  let logEvidence: Double
  let mean: Double
  let sd: Double
  /// log p(b, y | s) of b at `values`.
  let logDensities: [Double]
  let values: [Double]

  /// - Parameter values: an equidistant grid that holds the posterior of b.
  init(counts: [Double], codes: [Int], logSD: Double, fixedSD: Double, values: [Double]) {
    let logDensities = values.map { b in
      Self.logNormal(b, sd: fixedSD)
        + Self.logLikelihood(counts: counts, codes: codes, b: b, logSD: logSD)
    }
    let step = values[1] - values[0]
    let highest = logDensities.max()!
    let masses = logDensities.map { exp($0 - highest) }
    let total = masses.reduce(0, +)
    logEvidence = highest + log(total * step)
    let mean = zip(masses, values).reduce(0) { $0 + $1.0 * $1.1 } / total
    self.mean = mean
    sd =
      (zip(masses, values).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) } / total)
      .squareRoot()
    self.logDensities = logDensities
    self.values = values
  }

  /// log p(y | b, s).
  static func logLikelihood(counts: [Double], codes: [Int], b: Double, logSD: Double) -> Double {
    let groups = Dictionary(grouping: counts.indices) { codes[$0] }
    return groups.values.reduce(-counts.reduce(0) { $0 + lgamma($1 + 1) }) { total, rows in
      total
        + logIntegral(
          rows: Double(rows.count), sum: rows.reduce(0) { $0 + counts[$1] }, b: b, sd: exp(logSD))
    }
  }

  /// log of the integral of prod_i exp(y_i eta - exp(eta)) N(u; 0, sd^2) over u, eta = b + u:
  /// points .01 SD of the prior apart, which is a fraction of the SD that some tens of counts
  /// leave.
  private static func logIntegral(rows: Double, sum: Double, b: Double, sd: Double) -> Double {
    let step = 0.01
    let densities = (-1000...1000).map { node in
      let u = Double(node) * step * sd
      return sum * (b + u) - rows * exp(b + u) + logNormal(u, sd: sd)
    }
    let highest = densities.max()!
    return highest + log(densities.reduce(0) { $0 + exp($1 - highest) } * step * sd)
  }

  private static func logNormal(_ x: Double, sd: Double) -> Double {
    -0.5 * (x / sd) * (x / sd) - log(sd * (2 * Double.pi).squareRoot())
  }
}
