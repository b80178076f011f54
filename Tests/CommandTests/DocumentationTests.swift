import Foundation
import Testing

/// The pages of the documentation against the sources that they speak of.
@Suite struct DocumentationTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Every row of the table of symbols names what is in the file that it names.
  @Test func theTableOfSymbolsNamesWhatIsThere() throws {
    let sources = Self.root.appending(path: "Sources/PoissonGLMM")
    let page = try String(
      contentsOf: sources.appending(path: "PoissonGLMM.docc/HowAFitIsComputed.md"), encoding: .utf8)
    let rows = page.split(separator: "\n").filter { $0.hasSuffix(".swift` |") }
    #expect(rows.count > 25)
    for row in rows {
      let spans = row.matches(of: /`([^`]+)`/).map { String($0.output.1) }
      let file = try #require(spans.last)
      let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
      #expect(spans.count > 1, "\(row)")
      for name in spans.dropLast() {
        // The last word of `Type.member(label:)`; its type may stand in another file.
        let path = name.prefix { $0 != "(" }.split(separator: ".")
        let member = String(try #require(path.last))
        let pattern = try Regex("(let|var|func|struct|class|enum) \(member)\\b")
        #expect(text.contains(pattern), "\(name) is not in \(file)")
      }
    }
  }
}
