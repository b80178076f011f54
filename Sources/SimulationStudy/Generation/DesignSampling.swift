import GSLNumerics

extension GroupSize {
  /// Draws the sizes of all groups and gives the group of each row; a group's rows are together.
  func drawGroupOfRow(groups: Int, from stream: RandomStream) -> [Int] {
    var groupOfRow: [Int] = []
    for group in 0..<groups {
      groupOfRow.append(contentsOf: repeatElement(group, count: size(of: group, from: stream)))
    }
    return groupOfRow
  }

  private func size(of group: Int, from stream: RandomStream) -> Int {
    switch self {
    case .constant(let size): return size
    case .listed(let sizes): return sizes[group]
    case .uniform(let range): return stream.uniformInteger(in: range)
    case .poisson(let mean, let minimum):
      return max(minimum, Int(exactly: stream.poisson(mean: mean)) ?? minimum)
    }
  }
}

extension Covariate {
  /// One value a row: drawn for each row, or once for each group and repeated over its rows.
  func draw(groupOfRow: [Int], groups: Int, from stream: RandomStream) -> [Double] {
    switch level {
    case .row:
      return groupOfRow.map { _ in distribution.draw(from: stream) }
    case .group:
      let ofGroup = (0..<groups).map { _ in distribution.draw(from: stream) }
      return groupOfRow.map { ofGroup[$0] }
    }
  }
}

extension Covariate.Distribution {
  func draw(from stream: RandomStream) -> Double {
    switch self {
    case .normal(let mean, let sd): stream.normal(mean: mean, sd: sd)
    case .uniform(let range): stream.uniform(from: range.lower, to: range.upper)
    case .bernoulli(let probability): stream.bernoulli(probability: probability)
    }
  }
}
