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

  /// Every name in the pages that looks like one of a type, a member of a type or a file is one in
  /// the sources, the tests or the scripts.
  @Test func thePagesNameWhatIsThere() throws {
    let files = try FileManager.default.subpathsOfDirectory(
      atPath: Self.root.appending(path: "Sources").path)
    let swift = files.filter { $0.hasSuffix(".swift") }
    // Modules and rooms are names too.
    var declared = Set(swift.flatMap { $0.split(separator: "/").dropLast().map(String.init) })
    for file in swift {
      let text = try String(
        contentsOf: Self.root.appending(path: "Sources/\(file)"), encoding: .utf8)
      let declaration = /(?:let|var|func|struct|class|enum|protocol|typealias|case) `?(\w+)/
      for match in text.matches(of: declaration) { declared.insert(String(match.output.1)) }
    }
    let names = Set(swift.map { String($0.split(separator: "/").last ?? "") })
    var checked = 0
    for page in files where page.hasSuffix(".md") {
      let text = try String(
        contentsOf: Self.root.appending(path: "Sources/\(page)"), encoding: .utf8)
      // A type, a type's member or a Swift file; what is called in upper case alone is no name.
      let span = /`([A-Z][a-z]\w*(?:\.\w+)?(?:\([\w:]*\))?|\w[\w+]*\.swift)`/
      for match in text.matches(of: span) {
        let name = String(match.output.1)
        checked += 1
        if name.hasSuffix(".swift") {
          #expect(names.contains(name), "\(page): there is no \(name)")
          continue
        }
        for part in name.prefix(while: { $0 != "(" }).split(separator: ".") {
          #expect(declared.contains(String(part)), "\(page): there is no \(part) of \(name)")
        }
      }
    }
    #expect(checked > 50)
  }
}
