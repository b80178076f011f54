import PlatformEssentials

/// A fit with its corrections, and the log density of the coordinates there.
struct SurfacePoint: Sendable {
  let node: ConditionalGaussian
  let correction: PosteriorCorrection
  let height: Double
  /// y.
  let coordinates: [Double]
  /// F + log p(phi), and its derivatives by y.
  let value: Double
  let gradient: [Double]

  /// Its mass over that of the heaviest point; never nothing, so that a polynomial is bound there
  /// too.
  func weight(comparedWith center: SurfacePoint) -> Double {
    exp(max(height - center.height, -12))
  }
}

/// Where the numbers of a fit and of its corrections are in the list that is interpolated.
struct SurfaceLayout: Sendable {
  private let fixedCount: Int
  private let randomCount: Int
  private let rowCount: Int
  /// Whether weights of rows are never negative, so that their logs can be interpolated.
  private let hasLogWeights: Bool

  init(_ node: ConditionalGaussian, hasLogWeights: Bool) {
    self.hasLogWeights = hasLogWeights
    fixedCount = node.fixedMean.count
    randomCount = node.randomMean.count
    rowCount = node.rowWeights.count
  }

  /// R.
  var evidence: Int { 0 }
  /// L^-1 Cov(b) L^-T by linear response, L of the node's own S_bb.
  var fixedRatio: Range<Int> { 1..<(1 + fixedCount * fixedCount) }
  /// log of Var(u) by linear response over that of the bound.
  private var randomLogRatios: Range<Int> { after(fixedRatio, count: randomCount) }
  /// All corrections.
  var corrections: Range<Int> { 0..<randomLogRatios.upperBound }
  private var fixedMean: Range<Int> { after(corrections, count: fixedCount) }
  /// L^-1 S_bb L^-T, L of S_bb at the center.
  private var fixedCovariance: Range<Int> { after(fixedMean, count: fixedCount * fixedCount) }
  private var randomMean: Range<Int> { after(fixedCovariance, count: randomCount) }
  /// log Var(u) under S.
  private var randomLogVariances: Range<Int> { after(randomMean, count: randomCount) }
  /// log w, or w.
  private var scaledRowWeights: Range<Int> { after(randomLogVariances, count: rowCount) }
  private var largestVariance: Int { scaledRowWeights.upperBound }

  private func after(_ range: Range<Int>, count: Int) -> Range<Int> {
    range.upperBound..<(range.upperBound + count)
  }

  /// All numbers of a point; nil if one is missing or not finite.
  func numbers(_ point: SurfacePoint, root: CovarianceRoot) -> [Double]? {
    let (node, correction) = (point.node, point.correction)
    guard let evidence = correction.evidence, let response = correction.response else { return nil }
    var numbers = [evidence]
    numbers += response.fixedRatio.elements
    numbers += response.randomLogRatios
    numbers += node.fixedMean
    numbers += root.relative(node.fixedCovariance).elements
    numbers += node.randomMean
    numbers += node.randomVariance.map { log($0) }
    numbers += hasLogWeights ? node.rowWeights.map { log($0) } : node.rowWeights
    numbers.append(node.largestVariance)
    return numbers.allSatisfy(\.isFinite) ? numbers : nil
  }

  /// The corrections from their numbers.
  func correction(_ numbers: [Double]) -> PosteriorCorrection {
    PosteriorCorrection(
      evidence: numbers[evidence],
      response: .init(
        fixedRatio: Matrix(order: fixedCount, elements: Array(numbers[fixedRatio])),
        randomLogRatios: Array(numbers[randomLogRatios])))
  }

  /// The Gaussian from all numbers, without the corrections of its moments.
  func node(
    _ numbers: [Double], phi: [Double], bound: Double, root: CovarianceRoot, lastStep: Double
  ) -> ConditionalGaussian {
    ConditionalGaussian(
      phi: phi, bound: bound, fixedMean: Array(numbers[fixedMean]),
      fixedCovariance: root.absolute(
        Matrix(order: fixedCount, elements: Array(numbers[fixedCovariance]))),
      randomMean: Array(numbers[randomMean]),
      randomVariance: numbers[randomLogVariances].map { exp($0) },
      rowWeights: hasLogWeights
        ? numbers[scaledRowWeights].map { exp($0) } : Array(numbers[scaledRowWeights]),
      largestVariance: numbers[largestVariance], iterations: 0, lastStep: lastStep)
  }

  /// The largest of the errors of the fixed effects' moments, in SDs, and the root mean squares of
  /// those of the random effects'.
  func relativeErrors(_ errors: [Double], at center: ConditionalGaussian) -> Double {
    var largest = errors[fixedCovariance].reduce(0, max)
    for (c, index) in fixedMean.enumerated() {
      largest = max(largest, errors[index] / center.fixedCovariance[c, c].squareRoot())
    }
    guard randomCount > 0 else { return largest }
    var (means, variances) = (0.0, 0.0)
    for k in 0..<randomCount {
      let error = errors[randomMean.lowerBound + k]
      means += error * error / center.randomVariance[k]
      variances +=
        errors[randomLogVariances.lowerBound + k] * errors[randomLogVariances.lowerBound + k]
    }
    let count = Double(randomCount)
    return max(largest, max((means / count).squareRoot(), (variances / count).squareRoot()))
  }
}
