import PlatformEssentials
import PoissonGLMM

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
      path: "/", mediaType: "text/html; charset=utf-8", bytes: PackageResources.index_html),
    CalculatorAsset(
      path: "/page.css", mediaType: "text/css; charset=utf-8",
      // The colours of pictures are those of the program that draws them.
      bytes: PackageResources.page_css + Array(FitPicture.styleSheet.utf8)),
    script("/program.js", PackageResources.program_js),
    script("/answer.js", PackageResources.answer_js),
    script("/cells.js", PackageResources.cells_js),
    script("/page.js", PackageResources.page_js),
    CalculatorAsset(
      path: "/icon.svg", mediaType: "image/svg+xml", bytes: PackageResources.icon_svg),
    CalculatorAsset(path: "/examples.json", mediaType: "application/json", bytes: examples),
  ]

  private static func script(_ path: String, _ bytes: [UInt8]) -> CalculatorAsset {
    CalculatorAsset(path: path, mediaType: "text/javascript; charset=utf-8", bytes: bytes)
  }

  private static let examples: [UInt8] = {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return (try? encoder.encode(PageExample.all)).map(Array.init) ?? Array("[]".utf8)
  }()
}
