/// Why two studies cannot be compared. `description` is one sentence, or two where the second says
/// what to do.
public struct ComparisonError: Error, Equatable, CustomStringConvertible, Sendable {
  public let description: String

  init(_ description: String) {
    self.description = description
  }
}
