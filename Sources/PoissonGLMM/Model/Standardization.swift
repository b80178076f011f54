import PlatformEssentials

/// Centring and scaling of the columns of the fixed effects, and the way back.
///
/// With a column of ones in the design, x becomes (x - center) / scale:
///
/// - Columns of 0 and 1 are centred, not scaled: their effect is a difference between two kinds of
///   rows, for which the prior means the same however rare one kind is.
/// - Other columns are centred at their mean and scaled by their SD, products (interactions) like
///   all others.
/// - Constant columns stay as they are.
///
/// Without a column of ones centring would change the model; columns other than of 0 and 1 are then
/// divided by their root mean square. The columns of random terms always stay as they are. The
/// effects b of the columns as they are follow from those of the standardized ones, b*:
///
///     b_c = b*_c / scale_c      b_intercept = b*_intercept - sum of center_c b*_c / scale_c
///
/// so that a prior on b* is one on b too, under which effects of columns that vary little may be
/// large.
public struct Standardization: Sendable, Equatable {
  /// p numbers, 0 where a column is not centred.
  public let centers: [Double]
  /// p numbers, 1 where a column is not scaled.
  public let scales: [Double]
  /// The column of ones, if there is one.
  public let intercept: Int?

  /// The standardization of the fixed columns of `model`.
  public init(_ model: PoissonMixedModel) {
    let (rows, p) = (model.rowCount, model.fixedNames.count)
    let columns = (0..<p).map { c in
      UnsafeBufferPointer(start: model.data.fixedDesign.pointer + c * rows, count: rows)
    }
    let intercept = columns.firstIndex { column in column.allSatisfy { $0 == 1 } }
    var centers = [Double](repeating: 0, count: p)
    var scales = [Double](repeating: 1, count: p)
    for (c, column) in columns.enumerated() {
      let spread = ColumnSpread(column)
      guard !spread.isConstant else { continue }
      if intercept != nil { centers[c] = spread.mean }
      if !spread.isIndicator {
        let sd = spread.standardDeviation
        scales[c] =
          intercept != nil ? sd : (sd * sd + spread.mean * spread.mean).squareRoot()
      }
    }
    self.centers = centers
    self.scales = scales
    self.intercept = intercept
  }
}

extension Standardization: EffectTransformation {
  var means: [Double] { [Double](repeating: 0, count: scales.count) }

  var matrix: Matrix {
    var matrix = Matrix(diagonal: scales.map { 1 / $0 })
    if let intercept {
      for c in scales.indices where c != intercept {
        matrix[intercept, c] = -centers[c] / scales[c]
      }
    }
    return matrix
  }

  func inverse(_ difference: [Double]) -> [Double] {
    var result = zip(scales, difference).map(*)
    if let intercept {
      for c in difference.indices where c != intercept {
        result[intercept] += centers[c] * difference[c]
      }
    }
    return result
  }

  /// The same model of standardized fixed columns.
  func transformed(_ model: PoissonMixedModel) -> PoissonMixedModel {
    PoissonMixedModel(model, knownEffects: means) { c, x in (x - centers[c]) / scales[c] }
  }
}
