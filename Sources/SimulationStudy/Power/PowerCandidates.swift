import Foundation

/// The values that a search may try, in increasing order.
package struct PowerCandidates: Sendable, Equatable {
  package let values: [Double]
  /// Whether only whole numbers make sense: groups, rows.
  package let areWhole: Bool

  /// So many at most, evenly spread in their logarithms: two neighbours differ by less than 2 %
  /// where the last is 500 times the first.
  private static let most = 320

  /// `5:200` whole numbers, `0.1:0.9` real ones: the least and the largest value.
  /// - Returns: nil unless both are numbers above 0 and the first is smaller.
  package init?(_ text: String) {
    let ends = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard ends.count == 2, let lower = Double(ends[0]), let upper = Double(ends[1]), lower > 0,
      upper.isFinite, lower < upper
    else { return nil }
    areWhole = ends.allSatisfy { Int($0) != nil }
    if areWhole, upper - lower < Double(Self.most) {
      values = stride(from: lower, through: upper, by: 1).map { $0 }
      return
    }
    let step = log(upper / lower) / Double(Self.most - 1)
    var values: [Double] = []
    for index in 0..<Self.most {
      let value = lower * exp(step * Double(index))
      let rounded = areWhole ? value.rounded() : Self.rounded(value)
      if values.last.map({ $0 < rounded }) ?? true, rounded <= upper { values.append(rounded) }
    }
    values[0] = lower
    if let last = values.last, last < upper { values.append(upper) }
    self.values = values
  }

  /// To four significant digits.
  private static func rounded(_ value: Double) -> Double {
    Double(String(format: "%.4g", value)) ?? value
  }

  /// A value as a scenario has it.
  package func text(_ value: Double) -> String {
    areWhole ? String(Int(value)) : "\(value)"
  }
}
