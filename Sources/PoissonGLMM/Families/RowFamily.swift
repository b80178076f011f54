/// The distribution of a count given its linear predictor, as far as the fit needs it: five numbers
/// a row, expectations over eta_i ~ N(mean_i, v_i) of the log density l_i and its derivatives,
///
///     l0 = E l,   l1 = E l',   w = -E l'',   t = -E l''',   f = -E l''''
///
/// By Bonnet's and Price's theorems l1 and w are the derivatives of l0 by the mean and, times -1/2,
/// by the variance. Nothing else of the engine knows the family.
protocol RowFamily: Sendable {
  /// Fills the expectations of all rows.
  /// - Parameters:
  ///   - means: n means of the linear predictor.
  ///   - variances: n variances of it.
  /// - Returns: sum_i l0, and the sum of the sizes of its terms, which sets its rounding error; not
  ///   finite where an expectation overflows.
  func evaluate(
    means: DoubleStorage, variances: DoubleStorage, into expectations: RowExpectations
  ) -> (sum: Double, magnitude: Double)

  /// A weighted least-squares start: for each row a weight and a value of the linear predictor, the
  /// offset included, that the count alone suggests.
  func start(weights: DoubleStorage, predictors: DoubleStorage)

  /// Room for the expectations of `count` rows.
  /// - Note: it is the same for all values of the family's parameters.
  func expectations(count: Int) -> RowExpectations

  // What q leaves out of a row's log density along a part x of its linear predictor, x ~ N(0, s):
  //
  //     h(x) = E l(mean + x, variance v - s) - l0 - l1 x + w/2 (x^2 - s)
  //
  // in two parts, as suits the family: a polynomial of second degree, and the rest.

  /// The polynomial part of h(x), as constant + linear x + curvature x^2 / 2.
  /// - Parameter spread: s.
  func remainderPolynomial(
    ofRow row: Int, spread: Double, at point: EvaluatedRows
  ) -> RemainderPolynomial

  /// The rest of h(x) at eight values of x.
  func remainder(
    ofRow row: Int, at x: SIMD8<Double>, spread: Double, _ point: EvaluatedRows
  ) -> SIMD8<Double>

  /// Adds the rest of h(a't) at every point t of a grid.
  /// - Parameters:
  ///   - slopes: a, as many numbers as the grid has dimensions; s is their sum of squares.
  ///   - room: as many numbers as the grid has dimensions, times its largest width.
  ///   - exponents: a number for each point of the grid.
  func addRemainders(
    ofRow row: Int, slopes: UnsafePointer<Double>, grid: OwnEffectGrid, _ point: EvaluatedRows,
    room: DoubleStorage, to exponents: DoubleStorage
  )
}

extension RowFamily {
  func addRemainders(
    ofRow row: Int, slopes a: UnsafePointer<Double>, grid: OwnEffectGrid, _ point: EvaluatedRows,
    room: DoubleStorage, to exponents: DoubleStorage
  ) {
    let others = grid.order - 1
    var spread = 0.0
    for k in 0...others { spread += a[k] * a[k] }
    for line in 0..<grid.lineCount {
      var common = 0.0
      for k in 0..<others {
        common += a[k] * grid.coordinates.pointer[Int(grid.lines.pointer[line * others + k])]
      }
      for lane in stride(from: 0, to: grid.width, by: 8) {
        let x = a[others] * load(grid.coordinates.pointer + lane) + common
        let target = exponents.pointer + (line * grid.width + lane)
        store(load(target) + remainder(ofRow: row, at: x, spread: spread, point), to: target)
      }
    }
  }
}

/// constant + linear x + curvature x^2 / 2.
struct RemainderPolynomial {
  let constant: Double
  let linear: Double
  let curvature: Double
}

/// The expectations of all rows.
struct RowExpectations: Sendable {
  /// l1.
  let first: DoubleStorage
  /// w, t and f.
  let curvatures: RowCurvatures
  /// The derivatives of sum_i l0 by the parameters of the family. Where these are normal they are
  /// derivatives by their means, and then by the logs of their variances.
  let parameterSlopes: DoubleStorage

  /// The same with other weights, and with what is equal to them.
  func replacingWeights(_ weights: DoubleStorage) -> RowExpectations {
    RowExpectations(
      first: first,
      curvatures: curvatures.areEqual
        ? RowCurvatures(equal: weights)
        : RowCurvatures(
          weights: weights, thirds: curvatures.thirds, fourths: curvatures.fourths),
      parameterSlopes: parameterSlopes)
  }
}

/// w, t and f of all rows; where a family has equal ones they share their storage.
struct RowCurvatures: Sendable {
  /// w = -E l''.
  let weights: DoubleStorage
  /// t = -E l'''.
  let thirds: DoubleStorage
  /// f = -E l''''.
  let fourths: DoubleStorage

  init(weights: DoubleStorage, thirds: DoubleStorage, fourths: DoubleStorage) {
    (self.weights, self.thirds, self.fourths) = (weights, thirds, fourths)
  }

  /// Three times the same numbers.
  init(equal weights: DoubleStorage) {
    self.init(weights: weights, thirds: weights, fourths: weights)
  }

  /// Whether w = t = f.
  var areEqual: Bool { weights === thirds && weights === fourths }

  /// Room for `count` rows, shared as here.
  func room(count: Int) -> RowCurvatures {
    let weights = DoubleStorage(count: count)
    return areEqual
      ? RowCurvatures(equal: weights)
      : RowCurvatures(
        weights: weights, thirds: DoubleStorage(count: count), fourths: DoubleStorage(count: count))
  }

  /// Takes the numbers of some rows of others that are shared as here.
  func gather(_ rows: [Int], from source: RowCurvatures) {
    for (target, source) in zip(distinct, source.distinct) {
      for (index, row) in rows.enumerated() { target.pointer[index] = source.pointer[row] }
    }
  }

  /// The storages, each once.
  var distinct: [DoubleStorage] { areEqual ? [weights] : [weights, thirds, fourths] }
}

/// The linear predictors of all rows under a Gaussian, with the expectations there.
struct EvaluatedRows: Sendable {
  let means: DoubleStorage
  /// v.
  let variances: DoubleStorage
  let expectations: RowExpectations
  /// Whose expectations these are.
  let family: any RowFamily

  var curvatures: RowCurvatures { expectations.curvatures }
}
