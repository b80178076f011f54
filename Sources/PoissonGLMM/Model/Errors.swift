/// Why data cannot be modelled. `description` is one sentence that says what, where, and what was
/// expected.
public struct ModelError: Error, Equatable, CustomStringConvertible, Sendable {
  /// One sentence: what is wrong, where, and what was expected.
  public let description: String
  /// The row at fault, counted from 0, where there is one.
  public let row: Int?

  /// An error about data.
  /// - Parameters:
  ///   - description: one sentence.
  ///   - row: the row at fault, counted from 0, where there is one.
  public init(_ description: String, row: Int? = nil) {
    self.description = description
    self.row = row
  }
}

/// A fit that could not be carried out. `description` is one sentence.
public struct FitError: Error, Equatable, CustomStringConvertible, Sendable {
  /// One sentence: why there is no fit.
  public let description: String

  /// The error of a fit.
  /// - Parameter description: one sentence.
  public init(_ description: String) {
    self.description = description
  }
}
