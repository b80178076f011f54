/// A fit that could not be carried out. `description` is one sentence.
public struct FitError: Error, Equatable, CustomStringConvertible, Sendable {
  public let description: String

  public init(_ description: String) {
    self.description = description
  }
}
