import PlatformEssentials

/// What is known of t = scale z, z standard normal, where only exp(-exp(t + T)) bounds it from
/// above: the integral, and quantiles, from a table over T.
struct InterceptGivenTotal {
  /// By T: the log integral, and then the quantiles.
  private let rows: [[Double]]
  private let lowest: Double

  private static let spacing = 0.25
  private static let reach = 9.0
  private static let points = 721
  private static let quantiles = 128

  init(scale: Double) {
    // Below, nothing is cut off; above, the integral is 0 but for the farthest tail.
    let (low, high) = (-Self.reach * scale - 4, Self.reach * scale + 4)
    let step = max(Self.spacing, (high - low) / 4000)
    spacing = step
    lowest = low
    let z = (0..<Self.points).map {
      Self.reach * (2 * Double($0) / Double(Self.points - 1) - 1)
    }
    let width = z[1] - z[0]
    rows = (0...Int(((high - low) / step).rounded(.up))).map { index in
      let total = low + step * Double(index)
      var cumulative: [Double] = [0]
      var last = 0.0
      for (place, value) in z.enumerated() {
        let own = exp(-0.5 * value * value - exp(min(scale * value + total, 700)))
        if place > 0 { cumulative.append(cumulative[place - 1] + 0.5 * (own + last)) }
        last = own
      }
      let sum = cumulative[Self.points - 1]
      var quantiles: [Double] = []
      var place = 0
      for part in 0...Self.quantiles {
        let wanted = sum * (Double(part) + 0.5) / Double(Self.quantiles + 1)
        while place < Self.points - 2, cumulative[place + 1] < wanted { place += 1 }
        let rise = cumulative[place + 1] - cumulative[place]
        let share = rise > 0 ? (wanted - cumulative[place]) / rise : 0
        quantiles.append(scale * (z[place] + max(0, min(1, share)) * width))
      }
      return [log(sum * width / (2 * Double.pi).squareRoot())] + quantiles
    }
  }

  private let spacing: Double

  private func place(_ total: Double) -> (index: Int, share: Double)? {
    let place = (total - lowest) / spacing
    guard place < Double(rows.count - 1) else { return nil }
    guard place > 0 else { return (0, 0) }
    return (Int(place), place - place.rounded(.down))
  }

  func logIntegral(_ total: Double) -> Double {
    guard let (index, share) = place(total) else { return -.infinity }
    let (a, b) = (rows[index][0], rows[index + 1][0])
    return a.isFinite && b.isFinite ? a + share * (b - a) : -.infinity
  }

  /// The quantile of a probability.
  func value(_ total: Double, uniform: Double) -> Double {
    guard let (index, share) = place(total) else { return .nan }
    let position = max(0, min(Double(Self.quantiles), uniform * Double(Self.quantiles + 1) - 0.5))
    let low = min(Int(position), Self.quantiles - 1)
    let part = position - Double(low)
    func quantile(_ row: [Double]) -> Double {
      row[1 + low] + part * (row[2 + low] - row[1 + low])
    }
    return quantile(rows[index]) + share * (quantile(rows[index + 1]) - quantile(rows[index]))
  }
}
