/// The rows that estimated marginal means are averages over: every combination of the factors'
/// levels, with covariates at their means (Searle, Speed & Milliken 1980; R's package emmeans).
///
/// Factors are columns of text, columns in `factor()`, and columns of numbers with two values at
/// most; all other columns of numbers are covariates, whose mean over the rows of the fit goes into
/// whatever the formula makes of them: `log(x)` is there the logarithm of the mean.
struct ReferenceGrid {
  /// A column of the data as the grid has it.
  private struct Axis {
    let name: String
    /// The levels, in their order; of a covariate none.
    let labels: [String]
    /// A number for each level, of columns of numbers; of a covariate its mean.
    let numbers: [Double]
    var isFactor: Bool { !labels.isEmpty }
    var count: Int { max(1, labels.count) }
  }

  /// A factor of the formula and a covariate with its mean, for messages.
  struct Covariate: Sendable, Equatable {
    let name: String
    let mean: Double
  }

  private let axes: [Axis]
  private let rowCount: Int

  /// More rows than this are too many levels to average over.
  private static let largestRowCount = 100_000

  /// - Parameter names: the columns of the data that the grid is to have.
  /// - Throws: `ModelError` if the grid would be too large.
  init(_ names: [String], frame: ModelFrame) throws(ModelError) {
    var axes: [Axis] = []
    for name in names { axes.append(try Self.axis(name, frame: frame)) }
    var count = 1
    for axis in axes {
      count *= axis.count
      guard count <= Self.largestRowCount else {
        throw ModelError(
          "The factors of the formula have more than \(Self.largestRowCount) combinations of "
            + "levels, which is too many to average over.")
      }
    }
    self.axes = axes
    rowCount = count
  }

  private static func axis(_ name: String, frame: ModelFrame) throws(ModelError) -> Axis {
    let rows = frame.rows
    let coded = frame.levels(ofColumn: name)
    guard rows.isNumeric(name) else {
      let labels = coded ?? rows.factor(name).levels
      return Axis(name: name, labels: labels, numbers: [])
    }
    let values = try rows.numbers(name, for: "a marginal mean")
    if coded == nil, Set(values).count > 2 {
      // A second pass takes away the rounding error of the first, as in R's `mean`.
      let count = Double(values.count)
      let first = values.reduce(0, +) / count
      let mean = first + values.reduce(0) { $0 + ($1 - first) } / count
      // That of a centred column is 0 but for rounding errors.
      let largest = values.reduce(0) { max($0, $1.magnitude) }
      return Axis(
        name: name, labels: [], numbers: [mean.magnitude < 1e-14 * largest ? 0 : mean])
    }
    var numbers: [String: Double] = [:]
    let labels = Factor(numbers: values)
    for (value, level) in zip(values, labels.levelOfRow) { numbers[labels.levels[level]] = value }
    // `factor(x, levels = ...)` may list numbers that no row has.
    let levels = (coded ?? labels.levels).filter { numbers[$0] != nil || Double($0) != nil }
    return Axis(
      name: name, labels: levels, numbers: levels.map { numbers[$0] ?? Double($0) ?? 0 })
  }

  /// The columns that are factors, with their levels.
  var factors: [(name: String, levels: [String])] {
    axes.filter(\.isFactor).map { ($0.name, $0.labels) }
  }

  var covariates: [Covariate] {
    axes.filter { !$0.isFactor }.map { Covariate(name: $0.name, mean: $0.numbers[0]) }
  }

  /// For each row of the grid the index of its level of an axis: the last axis varies fastest.
  private func levels(ofAxis index: Int) -> [Int] {
    let inner = axes[(index + 1)...].reduce(1) { $0 * $1.count }
    return (0..<rowCount).map { $0 / inner % axes[index].count }
  }

  func levels(ofFactor name: String) -> [Int]? {
    axes.firstIndex { $0.name == name && $0.isFactor }.map(levels(ofAxis:))
  }

  /// The grid as a table of data; one row even without a column.
  func rows() throws(ModelError) -> CompleteRows {
    let columns = axes.indices.map { index -> (name: String, values: DataColumn) in
      let (axis, levels) = (axes[index], levels(ofAxis: index))
      return axis.numbers.isEmpty
        ? (axis.name, .text(codes: levels.map { Int32($0) }, levels: axis.labels))
        : (axis.name, .numeric(levels.map { axis.numbers[$0] }))
    }
    // A formula without any column still has its intercept in one row.
    let filled = columns.isEmpty ? [(name: "row", values: DataColumn.numeric([1]))] : columns
    return try CompleteRows(of: DataTable(columns: filled), columns: filled.map(\.name))
  }
}

extension ModelFrame {
  /// The levels of a column that the formula takes for a factor; nil if it does not.
  func levels(ofColumn name: String) -> [String]? {
    for coding in codings.values {
      if case .factor(.column(name), let levels) = coding { return levels }
    }
    return nil
  }
}
