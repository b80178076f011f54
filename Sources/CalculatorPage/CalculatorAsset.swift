/// A file of the page, from the program itself.
public struct CalculatorAsset: Sendable {
  /// Its address on the server.
  public let path: String
  /// The value of `Content-Type`.
  public let mediaType: String
  /// The file.
  public let bytes: [UInt8]

  /// All files of the page.
  public static let all = [
    CalculatorAsset(
      path: "/", mediaType: "text/html; charset=utf-8", bytes: PackageResources.index_html)
  ]
}
