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

/// The levels of grouping factors and their cells, before there are rows.
struct CellLayout {
  /// A factor's levels in all: 0, 1, 2, ..., those within one level of the parent together.
  struct Levels {
    let factor: FactorDesign.Factor
    /// Of each level of the parent the number of the first level within it, and then the end; one
    /// range of all levels without a parent.
    let starts: [Int]

    var count: Int { starts[starts.count - 1] }

    /// The levels within one of the parent.
    func range(in parent: Int?) -> Range<Int> {
      starts[parent ?? 0]..<starts[(parent ?? 0) + 1]
    }
  }

  let levels: [Levels]
  /// For each factor the level of each cell; nil for one that is drawn.
  let levelOfCell: [[Int]?]
  let count: Int

  /// Draws how many levels there are, factor by factor, then crosses them: the cells of a factor's
  /// first level come first.
  /// - Throws: `GenerationError` if there are more cells than a data set may have rows.
  init(_ design: FactorDesign, from stream: RandomStream) throws(GenerationError) {
    var levels: [Levels] = []
    var levelOfCell: [[Int]?] = []
    var count = 1
    for factor in design.factors {
      let parent = design.factors.firstIndex { $0.name == factor.parent }
      let sizes = factor.levels.drawSizes(
        groups: parent.map { levels[$0].count } ?? 1, from: stream)
      try Self.checkNumber(sizes.reduce(0, +))
      let own = Levels(
        factor: factor, starts: sizes.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int($1)) })
      levels.append(own)
      guard factor.popularity == nil else {
        levelOfCell.append(nil)
        continue
      }
      let ranges = (0..<count).map { cell in
        own.range(in: parent.flatMap { levelOfCell[$0]?[cell] })
      }
      let cells = ranges.reduce(0.0) { $0 + Double($1.count) }
      try Self.checkNumber(cells)
      levelOfCell = levelOfCell.map { column in
        column.map { column in
          zip(column, ranges).flatMap { repeatElement($0, count: $1.count) }
        }
      }
      levelOfCell.append(ranges.flatMap { $0 })
      count = Int(cells)
    }
    self.levels = levels
    self.levelOfCell = levelOfCell
    self.count = count
  }

  private static func checkNumber(_ number: Double) throws(GenerationError) {
    guard number <= Double(DataGeneratingMechanism.maximumRows) else {
      throw GenerationError(
        "the grouping factors have more than \(DataGeneratingMechanism.maximumRows) levels or "
          + "combinations of levels, the most rows a data set may have.")
    }
  }
}

/// Which rows belong to which levels: those of a cell are together, in the order of the cells.
struct RowLayout {
  /// The level of each row, by each factor.
  let groupings: [ClusteredCounts.GroupingColumn]
  /// How many levels each factor has, those without a row among them.
  let levelCounts: [Int]
  /// 0, 1, 2, ... within each cell.
  let positionInCell: [Int]

  var rows: Int { positionInCell.count }

  /// Gives each cell its rows, and then draws the levels of the factors that are drawn.
  /// - Throws: `GenerationError` if the sizes have more rows than a data set may have.
  init(
    _ cells: CellLayout, sizes: [Double], from stream: RandomStream
  ) throws(GenerationError) {
    let rows = sizes.reduce(0, +)
    guard rows <= Double(DataGeneratingMechanism.maximumRows) else {
      throw GenerationError(
        "the groups have more than \(DataGeneratingMechanism.maximumRows) rows together, the most "
          + "a "
          + "data set may have.")
    }
    var positionInCell: [Int] = []
    positionInCell.reserveCapacity(Int(rows))
    for size in sizes { positionInCell.append(contentsOf: 0..<Int(size)) }
    var groupings: [ClusteredCounts.GroupingColumn] = []
    for (levels, levelOfCell) in zip(cells.levels, cells.levelOfCell) {
      var levelOfRow: [Int] = []
      levelOfRow.reserveCapacity(Int(rows))
      if let levelOfCell {
        for (level, size) in zip(levelOfCell, sizes) {
          levelOfRow.append(contentsOf: repeatElement(level, count: Int(size)))
        }
      } else {
        let parents = groupings.first { $0.name == levels.factor.parent }?.levelOfRow
        let weights = (levels.factor.popularity ?? .even).drawWeights(levels.count, from: stream)
        for row in positionInCell.indices {
          let range = levels.range(in: parents?[row])
          let drawn = stream.category(weights: Array(weights[range])) ?? 0
          levelOfRow.append(range.lowerBound + drawn)
        }
      }
      groupings.append(.init(name: levels.factor.name, levelOfRow: levelOfRow))
    }
    self.groupings = groupings
    self.positionInCell = positionInCell
    levelCounts = cells.levels.map(\.count)
  }

  /// A factor's number of levels and the level of each row; nil if there is no such factor.
  func levels(of factor: String) -> (count: Int, ofRow: [Int])? {
    groupings.firstIndex { $0.name == factor }.map {
      (levelCounts[$0], groupings[$0].levelOfRow)
    }
  }
}

extension FactorDesign.Popularity {
  /// Numbers in proportion to the probabilities of the levels.
  fileprivate func drawWeights(_ count: Int, from stream: RandomStream) -> [Double] {
    (0..<count).map { _ in
      switch self {
      case .even: 1
      case .lognormal(let sd): exp(sd * stream.normal())
      }
    }
  }
}
