/// A point of the quadrature over the log SDs.
struct LogSDPoint {
  let logSDs: [Double]
  /// F(s) + log p(s)
  let logBound: Double
  /// The evidence gap: an estimate of log p(y | s) less F(s); 0 where the bound itself is used.
  let evidenceGap: Double
  /// The derivatives of `logBound`.
  let gradient: [Double]
  /// The moments of q(b, u | s) are this combination of those of some fits: of one, or of several
  /// by interpolation. The shares add up to 1.
  let parts: [Part]

  struct Part {
    let fit: Int
    let share: Double
  }

  /// The log density of q(s), up to normalization.
  var logDensity: Double { logBound + evidenceGap }

  /// A point at which a fit was made.
  init(_ fit: LogSDEvaluation, index: Int) {
    self.init(
      logSDs: fit.logSDs, logBound: fit.logBound, evidenceGap: fit.evidenceGap,
      gradient: fit.gradient,
      parts: [Part(fit: index, share: 1)])
  }

  init(
    logSDs: [Double], logBound: Double, evidenceGap: Double, gradient: [Double], parts: [Part]
  ) {
    self.logSDs = logSDs
    self.logBound = logBound
    self.evidenceGap = evidenceGap
    self.gradient = gradient
    self.parts = parts
  }

  /// Cov(b) here, by the same combination of the fits' own.
  func fixedCovariance(of fits: [LogSDEvaluation]) -> Matrix {
    Matrix(
      order: fits.first?.optimum.posterior.fixedCovariance.order ?? 0,
      elements: combination(of: fits) { $0.optimum.posterior.fixedCovariance.elements })
  }

  /// The combination of some numbers of the fits.
  func combination(of fits: [LogSDEvaluation], _ values: (LogSDEvaluation) -> [Double]) -> [Double]
  {
    guard parts.count > 1 else { return parts.first.map { values(fits[$0.fit]) } ?? [] }
    var result = [Double](repeating: 0, count: parts.first.map { values(fits[$0.fit]).count } ?? 0)
    for part in parts {
      let addends = values(fits[part.fit])
      for index in result.indices { result[index] += part.share * addends[index] }
    }
    return result
  }
}
