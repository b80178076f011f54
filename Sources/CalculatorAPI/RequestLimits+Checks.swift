import PoissonGLMM

extension RequestLimits {
  /// Requires that data are not too long.
  /// - Parameters:
  ///   - rows: their rows.
  ///   - name: what a message calls them.
  public func require(rows count: Int, of name: String) throws(RequestProblem) {
    try require(count <= rows, "\(name) has \(count) rows, and this server takes \(rows) at most.")
  }

  /// Requires that data are not too wide.
  /// - Parameters:
  ///   - columns: their columns.
  ///   - name: what a message calls them.
  public func require(columns count: Int, of name: String) throws(RequestProblem) {
    try require(
      count <= columns, "\(name) has \(count) columns, and this server takes \(columns) at most.")
  }

  /// Requires that a model does not have too many random effects.
  /// - Parameter randomEffects: the groups of each factor times its terms.
  public func require(randomEffects count: Int) throws(RequestProblem) {
    try require(
      count <= randomEffects,
      "The model has \(count) random effects, one for each group and term, and this server takes "
        + "\(randomEffects) at most.")
  }

  /// Requires that the matrices of a model are not too large.
  /// - Parameter designValues: rows times columns.
  public func require(designValues count: Int) throws(RequestProblem) {
    try require(
      count <= designValues,
      "The rows times the effects of the model are \(count), and this server takes "
        + "\(designValues) at most.")
  }

  /// Requires that the text of a file is not too long or wide: before it is read.
  /// - Parameters:
  ///   - csv: the text.
  ///   - name: what a message calls it.
  public func require(csv: [UInt8], of name: String) throws(RequestProblem) {
    // Lines end in one of the two, or in both; the last one need not.
    let isEnd = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
    let filled = csv.prefix((csv.lastIndex { !isEnd($0) } ?? -1) + 1)
    let ends = ["\n", "\r"].map { (end: Unicode.Scalar) in
      filled.reduce(0) { $1 == UInt8(ascii: end) ? $0 + 1 : $0 }
    }
    // The first line is the header.
    try require(rows: ends.max() ?? 0, of: name)
    let header = csv.prefix { !isEnd($0) }
    let separators = [",", ";", "\t", "|"].map { (separator: Unicode.Scalar) in
      header.reduce(0) { $1 == UInt8(ascii: separator) ? $0 + 1 : $0 }
    }
    try require(columns: (separators.max() ?? 0) + 1, of: name)
  }

  /// Requires that a model is not too large to be fitted here.
  /// - Parameter frame: its columns.
  package func require(_ frame: ModelFrame) throws(RequestProblem) {
    try require(
      randomEffects: frame.factors.reduce(0) { $0 + $1.grouping.count * $1.terms.count })
    let columns = frame.fixed.count + frame.factors.reduce(0) { $0 + $1.terms.count }
    try require(designValues: frame.counts.count * columns)
  }

  private func require(_ holds: Bool, _ sentence: @autoclosure () -> String) throws(RequestProblem)
  {
    if !holds { throw RequestProblem(.tooLarge, sentence()) }
  }
}
