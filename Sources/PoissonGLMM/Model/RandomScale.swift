import PlatformEssentials

/// The size of a random term's column, and whether the prior expects it.
///
/// Effects u of a column z matter where z u is of size 1 or so. The prior keeps log SD(u) near 0,
/// and so expects z of size 1. It does not expect a log size more than three prior SDs from 0: it
/// would pull against any data with such a column.
enum RandomScale {
  /// The root mean square of the values other than 0, so that an indicator has size 1, however
  /// rare. nil for a column of zeros.
  static func size(of values: some Sequence<Double>) -> Double? {
    var (sum, count) = (0.0, 0.0)
    for value in values where value != 0 {
      sum += value * value
      count += 1
    }
    let size = (sum / count).squareRoot()
    return count > 0 && size > 0 ? size : nil
  }

  static func isUnexpected(_ size: Double, priors: Priors) -> Bool {
    abs(log(size)) > 3 * priors.logSDSD
  }
}

extension ModelData {
  /// The size of each random term's column; 1 for a column of zeros.
  func termSizes() -> [Double] {
    (0..<shape.termCount).map { k in
      guard let size = size(ofTerm: k), size.isFinite else { return 1 }
      return size
    }
  }

  private func size(ofTerm k: Int) -> Double? {
    RandomScale.size(
      of: UnsafeBufferPointer(start: randomDesign.pointer + k * rowCount, count: rowCount))
  }

  /// The sizes of the random terms' columns if the prior does not expect one of them; sizes that it
  /// expects count as 1. nil if it expects all of them.
  func unexpectedRandomScales(priors: Priors) -> [Double]? {
    let scales = (0..<shape.termCount).map { k in
      guard let size = size(ofTerm: k), RandomScale.isUnexpected(size, priors: priors),
        size.isFinite
      else { return 1.0 }
      return size
    }
    return scales.contains { $0 != 1 } ? scales : nil
  }
}
