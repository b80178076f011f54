import PlatformEssentials

/// The covariance Sigma of the q terms of one grouping factor as a function of its hyperparameters.
///
/// The terms fall into consecutive sets. Those of different sets are independent; those of one set
/// are correlated, Sigma = D R D with D = diag(exp s) and R = L L',
///
///     L_ij = tanh(z_ij) prod_{k<j} sech(z_ik)        L_ii = prod_{k<i} sech(z_ik)
///
/// The hyperparameters are, set by set, the log SDs s of its terms, then z_ij row by row (i > j),
/// the atanh of canonical partial correlations. Nothing constrains them: Sigma is positive definite
/// whatever they are.
struct CovarianceStructure: Sendable, Equatable {
  /// The terms of each set, which together are 0 ..< q in order. A set of one is an independent
  /// term.
  let sets: [Range<Int>]
  /// The hyperparameters of each set.
  let hyperparameterRanges: [Range<Int>]

  /// What one hyperparameter is.
  enum Hyperparameter: Sendable, Equatable {
    /// The log SD of a term.
    case logSD(term: Int)
    /// The atanh of a canonical partial correlation of two terms, the first of them the later one.
    case partialCorrelation(Int, Int)
  }

  /// - Parameter setSizes: the number of terms of each set, one or more.
  init(setSizes: [Int]) {
    precondition(setSizes.allSatisfy { $0 > 0 })
    var (sets, ranges): ([Range<Int>], [Range<Int>]) = ([], [])
    for size in setSizes {
      let (term, index) = (sets.last?.upperBound ?? 0, ranges.last?.upperBound ?? 0)
      sets.append(term..<(term + size))
      ranges.append(index..<(index + size * (size + 1) / 2))
    }
    (self.sets, hyperparameterRanges) = (sets, ranges)
  }

  /// q
  var termCount: Int { sets.last?.upperBound ?? 0 }

  var hyperparameterCount: Int { hyperparameterRanges.last?.upperBound ?? 0 }

  /// What each hyperparameter is, in order.
  var hyperparameters: [Hyperparameter] {
    sets.flatMap { set in
      set.map { .logSD(term: $0) }
        + set.flatMap { i in (set.lowerBound..<i).map { .partialCorrelation(i, $0) } }
    }
  }

  /// Expectations where the hyperparameters are known: the values themselves.
  private func moments(at phi: some Collection<Double>) -> CovarianceMoments {
    let means = Array(phi)
    return CovarianceMoments(self, means: means, variances: means.map { _ in 0 })
  }

  /// Sigma^-1 = D^-1 L^-T L^-1 D^-1, q x q.
  func precision(at phi: some Collection<Double>) -> Matrix { moments(at: phi).precision }

  /// log|Sigma| = 2 sum s + 2 sum log L_ii.
  func logDeterminant(at phi: some Collection<Double>) -> Double {
    moments(at: phi).logDeterminant
  }

  /// The derivatives by the hyperparameters of -G/2 log|Sigma| - 1/2 tr(Sigma^-1 T), which is log
  /// p(u | Sigma) up to a constant where T = sum_j u_j u_j'.
  /// - Parameters:
  ///   - levels: G.
  ///   - secondMoments: T, q x q, symmetric.
  func gradient(
    at phi: some Collection<Double>, levels: Int, secondMoments: Matrix
  ) -> [Double] {
    moments(at: phi).gradient(levels: levels, secondMoments: secondMoments).means
  }

  /// exp(s) of every term, q numbers.
  func standardDeviations(at phi: some Collection<Double>) -> [Double] {
    zip(hyperparameters, phi).compactMap { kind, value in
      if case .logSD = kind { exp(value) } else { nil }
    }
  }

  /// R of every set, as many rows and columns as it has terms.
  func correlations(at phi: some Collection<Double>) -> [Matrix] {
    let phi = Array(phi)
    return zip(sets, hyperparameterRanges).map { set, range in
      let factor = Self.correlationFactor(phi[range.dropFirst(set.count)], order: set.count)
      return factor * factor.transposed
    }
  }

  /// D L of every set, whose products with their transposes are the blocks of Sigma.
  func roots(at phi: some Collection<Double>) -> [Matrix] {
    let phi = Array(phi)
    return zip(sets, hyperparameterRanges).map { set, range in
      var root = Self.correlationFactor(phi[range.dropFirst(set.count)], order: set.count)
      for i in 0..<set.count {
        for j in 0...i { root[i, j] *= exp(phi[range.lowerBound + i]) }
      }
      return root
    }
  }

  /// L of one set, from its z's.
  private static func correlationFactor(_ z: ArraySlice<Double>, order: Int) -> Matrix {
    var factor = Matrix(order: order)
    var index = z.startIndex
    for i in 0..<order {
      var left = 1.0
      for j in 0..<i {
        factor[i, j] = tanh(z[index]) * left
        left /= cosh(z[index])
        index += 1
      }
      factor[i, i] = left
    }
    return factor
  }
}

// MARK: Prior

extension CovarianceStructure {
  /// The column, counted from 0 in its set, of each z of a set of terms, in order.
  static func columns(setSize: Int) -> [Int] { (0..<setSize).flatMap { 0..<$0 } }

  /// log p of the hyperparameters.
  func logPrior(at phi: some Collection<Double>, _ prior: HyperparameterPrior) -> Double {
    moments(at: phi).logPrior(prior)
  }

  /// The derivatives of log p.
  func logPriorGradient(
    at phi: some Collection<Double>, _ prior: HyperparameterPrior
  ) -> [Double] {
    moments(at: phi).logPriorGradient(prior).means
  }
}
