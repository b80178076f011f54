import CalculatorAPI

/// A file of the add-ins for Excel and Google Sheets, from the program itself.
public struct AddInFile: Sendable {
  /// Its address on the server.
  public let path: String
  /// The value of `Content-Type`.
  public let mediaType: String
  private let template: [UInt8]

  /// What stands in the files for the address by which users reach the server.
  private static let placeholder = "@ADDRESS@"

  /// The file for users of a server.
  public func bytes(for address: ServerAddress) -> [UInt8] {
    guard mediaType != "image/png" else { return template }
    return Array(
      String(decoding: template, as: UTF8.self)
        .replacing(Self.placeholder, with: address.description).utf8)
  }

  /// All files.
  public static let all: [AddInFile] = []
}
