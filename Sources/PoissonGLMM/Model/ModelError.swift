/// Why data cannot be modelled. `description` is one sentence that says what, where, and what was expected.
public struct ModelError: Error, Equatable, CustomStringConvertible, Sendable {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
