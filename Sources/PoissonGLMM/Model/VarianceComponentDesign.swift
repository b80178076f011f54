/// A random-effect design in statsmodels' form: `exog_vc`, one column per random effect, and
/// `ident`, the variance component of each column.
///
/// The columns are brought into the arrow form that the fitter uses. Columns that share no row are
/// independent given the fixed effects and become different groups; if the groups are not alike
/// (the same components, equally often), all columns form one group, which costs O(K^3) for K
/// columns instead of O(K).
public struct VarianceComponentDesign: Sendable {
  public let model: PoissonMixedModel
  /// For each column, the index of its effect in the fit's `RandomEffectPosteriors`.
  public let effectOfColumn: [Int]

  /// - Parameters:
  ///   - columns: K columns of n values each (`exog_vc`, transposed).
  ///   - components: for each column, a number that names its variance component (`ident`).
  ///     Components are reported in ascending order of these numbers.
  /// - Throws: `ModelError` as `PoissonMixedModel` does.
  public init(
    counts: [Double], fixed: [DesignColumn], columns: [[Double]], components: [Int],
    offset: [Double]? = nil, priors: Priors = Priors()
  ) throws(ModelError) {
    guard columns.count == components.count else {
      throw ModelError(
        "There are \(columns.count) random-effect columns but \(components.count) identifiers.")
    }
    for (index, column) in columns.enumerated() where column.count != counts.count {
      throw ModelError(
        "There are \(counts.count) counts but random-effect column \(index) has "
          + "\(column.count) values.")
    }
    let blocks = Self.alikeBlocks(columns, components) ?? [Array(columns.indices)]
    let termCount = blocks[0].count
    var effectOfColumn = [Int](repeating: 0, count: columns.count)
    var groupOfRow = [Double](repeating: 0, count: counts.count)
    var terms = [[Double]](
      repeating: [Double](repeating: 0, count: counts.count), count: termCount)
    for (group, block) in blocks.enumerated() {
      for (term, column) in block.enumerated() {
        effectOfColumn[column] = group * termCount + term
        for (row, value) in columns[column].enumerated() where value != 0 {
          groupOfRow[row] = Double(group)
          terms[term][row] = value
        }
      }
    }
    let distinct = Set(components).sorted()
    let componentOfTerm = blocks[0].map { column in
      distinct.firstIndex(of: components[column]) ?? 0
    }
    self.effectOfColumn = effectOfColumn
    model = try PoissonMixedModel(
      counts: counts, fixed: fixed,
      random: terms.enumerated().map { DesignColumn(name: "Effect[\($0)]", values: $1) },
      grouping: Grouping(numbers: groupOfRow), offset: offset, priors: priors,
      componentOfTerm: componentOfTerm, componentNames: distinct.map { "Component[\($0)]" })
  }

  /// The columns of each connected block, ordered by component, if every block has the same
  /// components; blocks in the order in which the rows first touch them, as groups are numbered.
  private static func alikeBlocks(_ columns: [[Double]], _ components: [Int]) -> [[Int]]? {
    guard let rows = columns.first?.count else { return nil }
    // Union-find over columns: columns that are both nonzero in some row belong together.
    var parent = Array(columns.indices)
    func root(_ column: Int) -> Int {
      var current = column
      while parent[current] != current { current = parent[current] }
      return current
    }
    var orderOfBlocks: [Int] = []
    for row in 0..<rows {
      let touched = columns.indices.filter { columns[$0][row] != 0 }
      guard let first = touched.first else { continue }
      for column in touched.dropFirst() { parent[root(column)] = root(first) }
      orderOfBlocks.append(first)
    }
    var blocks: [Int: [Int]] = [:]
    for column in columns.indices { blocks[root(column), default: []].append(column) }
    var ordered: [[Int]] = []
    for column in orderOfBlocks {
      if let block = blocks.removeValue(forKey: root(column)) {
        ordered.append(block.sorted { (components[$0], $0) < (components[$1], $1) })
      }
    }
    // What is left are columns of zeros: effects that no row sees.
    guard blocks.isEmpty, let pattern = ordered.first?.map({ components[$0] }) else { return nil }
    return ordered.allSatisfy({ $0.map { components[$0] } == pattern }) ? ordered : nil
  }
}
