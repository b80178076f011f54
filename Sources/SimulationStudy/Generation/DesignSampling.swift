import Foundation
import GSLNumerics

extension GroupSize {
  /// The size of every group as a whole number, drawn one after the other.
  func drawSizes(groups: Int, from stream: RandomStream) -> [Double] {
    (0..<groups).map { size(of: $0, from: stream) }
  }

  private func size(of group: Int, from stream: RandomStream) -> Double {
    switch self {
    case .constant(let size): return Double(size)
    case .listed(let sizes): return Double(sizes[group])
    case .uniform(let range): return Double(stream.uniformInteger(in: range))
    case .poisson(let mean, let minimum):
      return max(Double(minimum), stream.poisson(mean: mean))
    case .lognormal(let mean, let sd, let minimum):
      let (meanLog, sdLog) = Self.logMoments(mean: mean, sd: sd)
      return max(Double(minimum), stream.lognormal(meanLog: meanLog, sdLog: sdLog).rounded())
    }
  }
}

extension Departures {
  /// Sizes that depend on the groups' standardized random intercepts, if they are to.
  func informed(_ sizes: [Double], intercepts: [Double]) -> [Double] {
    guard informativeGroupSize != 0 else { return sizes }
    return zip(sizes, intercepts).map { size, z in
      let factor = exp(informativeGroupSize * (z - informativeGroupSize / 2))
      return max(1, (size * factor).rounded())
    }
  }
}

/// Which rows belong to which group: those of a group are together, in the order of the groups.
struct RowLayout {
  let groups: Int
  let groupOfRow: [Int]
  /// 0, 1, 2, ... within each group.
  let positionInGroup: [Int]

  /// - Throws: `GenerationError` if the sizes have more rows than a data set may have.
  init(sizes: [Double]) throws(GenerationError) {
    let rows = sizes.reduce(0, +)
    guard rows <= Double(DataGeneratingMechanism.maximumRows) else {
      throw GenerationError(
        "the groups have more than \(DataGeneratingMechanism.maximumRows) rows together, the most "
          + "a "
          + "data set may have.")
    }
    groups = sizes.count
    var groupOfRow: [Int] = []
    var positionInGroup: [Int] = []
    groupOfRow.reserveCapacity(Int(rows))
    positionInGroup.reserveCapacity(Int(rows))
    for (group, size) in sizes.enumerated() {
      groupOfRow.append(contentsOf: repeatElement(group, count: Int(size)))
      positionInGroup.append(contentsOf: 0..<Int(size))
    }
    self.groupOfRow = groupOfRow
    self.positionInGroup = positionInGroup
  }
}
