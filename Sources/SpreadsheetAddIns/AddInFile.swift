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
  public static let all = [
    AddInFile(
      path: "/excel/manifest.xml", mediaType: "application/xml; charset=utf-8",
      template: PackageResources.manifest_xml),
    AddInFile(
      path: "/excel/functions.json", mediaType: "application/json",
      template: PackageResources.functions_json),
    AddInFile(
      path: "/excel/functions.js", mediaType: "text/javascript; charset=utf-8",
      template: PackageResources.functions_js),
    AddInFile(
      path: "/excel/functions.html", mediaType: "text/html; charset=utf-8",
      template: PackageResources.functions_html),
    AddInFile(
      path: "/excel/icon-32.png", mediaType: "image/png", template: PackageResources.icon_32_png),
    AddInFile(
      path: "/excel/icon-64.png", mediaType: "image/png", template: PackageResources.icon_64_png),
    AddInFile(
      path: "/sheets/Code.gs", mediaType: "text/plain; charset=utf-8",
      template: PackageResources.Code_gs),
  ]
}
