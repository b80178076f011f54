/// A value for which a row of a panel has no room: its point stands at the end of the axis, beside
/// an arrow and the number.
struct BeyondAxis: Sendable {
  let value: Double
  /// Counted from the top.
  let row: Int
  /// Linear.
  let axis: FigureAxis

  private var isAbove: Bool { value > axis.range.upperBound }

  /// Where the point stands.
  var place: Double { inset(by: 0.03) }

  /// A distance from the end, as a share of the axis.
  private func inset(by share: Double) -> Double {
    let length = axis.range.upperBound - axis.range.lowerBound
    return isAbove
      ? axis.range.upperBound - share * length : axis.range.lowerBound + share * length
  }

  /// Two digits, or more before the point; the axis says no more of its own values.
  private static func text(_ value: Double) -> String {
    ReportNumber.fixed(value, decimals: abs(value) < 9.95 ? 1 : 0)
  }

  /// One text for the methods that share a row and an end.
  static func texts(_ marks: [BeyondAxis]) -> [FigureText] {
    let rows = marks.map(\.row).reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    return rows.sorted().flatMap { row in
      [true, false].compactMap { isAbove -> FigureText? in
        let own = marks.filter { $0.row == row && $0.isAbove == isAbove }
        guard let first = own.first, let least = own.map(\.value).min(),
          let most = own.map(\.value).max()
        else { return nil }
        let (low, high) = (text(least), text(most))
        let number = low == high ? low : "\(low) to \(high)"
        return FigureText(
          position: FigurePosition(x: first.inset(by: 0.08), y: -Double(row)),
          text: isAbove ? "\(number) →" : "← \(number)", alignment: isAbove ? .right : .left)
      }
    }
  }
}
