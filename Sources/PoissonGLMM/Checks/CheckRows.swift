/// The rows of a model as its checks go through them, and for each grouping factor the rows of each
/// level. Immutable, so that threads share it.
final class CheckRows: Sendable {
  /// One grouping factor.
  struct Factor: Sendable {
    /// G.
    let levels: Int
    /// q columns of n numbers.
    let terms: [DoubleStorage]
    /// Whether the only term is 1 in every row.
    let isIntercept: Bool
    /// G + 1 places: level j has `rows[starts[j] ..< starts[j + 1]]`.
    let starts: [Int]
    /// The rows, level after level.
    let rows: [Int32]

    init(levels: Int, terms: [DoubleStorage], starts: [Int], rows: [Int32]) {
      (self.levels, self.terms, self.starts, self.rows) = (levels, terms, starts, rows)
      isIntercept =
        terms.count == 1 && (0..<terms[0].count).allSatisfy { terms[0].pointer[$0] == 1 }
    }
  }

  /// n.
  let count: Int
  /// n counts.
  let counts: DoubleStorage
  /// n known terms of the linear predictor.
  let offset: DoubleStorage
  /// p columns of n numbers.
  let fixed: [DoubleStorage]
  let factors: [Factor]
  /// For each row here its index among the rows of the data.
  let rowOrder: [Int32]

  /// A number that is another one for other counts: the seed of draws. So the same data give the
  /// same draws, and the draws of different data are independent.
  var checksum: UInt64 {
    Self.checksum(UnsafeBufferPointer(start: counts.pointer, count: count))
  }

  /// The same of counts in any order.
  static func checksum(_ counts: some Collection<Double>) -> UInt64 {
    counts.reduce(UInt64(counts.count)) { $0 &* 6_364_136_223_846_793_005 &+ $1.bitPattern }
  }

  /// The rows of a model with one grouping factor, sorted by its groups.
  init(_ data: ModelData) {
    let n = data.rowCount
    func columns(_ design: DoubleStorage, _ count: Int) -> [DoubleStorage] {
      (0..<count).map { DoubleStorage(viewOf: design, from: $0 * n, count: n) }
    }
    count = n
    counts = data.counts
    offset = data.offset
    fixed = columns(data.fixedDesign, data.shape.fixedCount)
    factors = [
      Factor(
        levels: data.shape.groupCount, terms: columns(data.randomDesign, data.shape.termCount),
        starts: data.groupStarts, rows: (0..<n).map(Int32.init))
    ]
    rowOrder = data.rowOrder
  }

  /// The rows of any design, in the order of a layout.
  /// - Parameter origins: for each row of `data` its index among the rows of the model's data; its
  ///   own if nil.
  init(_ data: DesignData, order: [Int], origins: [Int32]? = nil) {
    func gathered(_ values: [Double]) -> DoubleStorage { DoubleStorage(order.map { values[$0] }) }
    count = order.count
    counts = gathered(data.counts)
    offset = gathered(data.offset)
    fixed = data.fixed.map(gathered)
    factors = data.factors.map { factor in
      let levels = factor.grouping.count
      let levelOfRow = order.map { factor.grouping.groupOfRow[$0] }
      let (starts, rows) = ModelData.rowsSortedByGroup(levelOfRow, groups: levels)
      return Factor(
        levels: levels, terms: factor.terms.map { gathered($0.values) }, starts: starts, rows: rows)
    }
    rowOrder = order.map { origins?[$0] ?? Int32($0) }
  }
}

extension DesignData {
  /// The rows of a model with one grouping factor and independent terms, sorted by its groups, or
  /// without any factor.
  convenience init(_ data: ModelData, factor: GroupingFactor?) {
    let n = data.rowCount
    func column(_ design: DoubleStorage, _ index: Int) -> [Double] {
      DoubleStorage(viewOf: design, from: index * n, count: n).array
    }
    var groupOfRow = [Int](repeating: 0, count: n)
    for group in 0..<data.shape.groupCount {
      for row in data.groupStarts[group]..<data.groupStarts[group + 1] { groupOfRow[row] = group }
    }
    self.init(
      counts: data.counts.array, offset: data.offset.array,
      fixed: (0..<data.shape.fixedCount).map { column(data.fixedDesign, $0) },
      factors: factor.map { factor in
        RandomFactor(
          name: factor.name,
          grouping: Grouping(keys: groupOfRow, label: { factor.levels[$0] }),
          terms: factor.terms.enumerated().map {
            DesignColumn(name: $1, values: column(data.randomDesign, $0))
          })
      }.map { [$0] } ?? [])
  }
}
