import Foundation
import Testing

@testable import SimulationStudy

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Pictures as gnuplot draws them. It is among the packages that `make deps` installs.
@Suite struct GnuplotTests {
  private static let nasty = #"a_{b}^2 `touch /tmp/x` @x %d "q" 'it' <b>&amp; \alpha \\ }{ ]]> é…"#

  private func gnuplot() throws -> Gnuplot { try #require(Gnuplot.find()) }

  private func elements(of svg: String) throws -> XMLElements {
    let elements = XMLElements()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = elements
    #expect(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
    return elements
  }

  @Test func aPictureIsWholeAndHasItsParts() throws {
    let svg = try gnuplot().svg(of: Fixture.figure(label: Self.nasty), alternative: "<what>")
    let elements = try elements(of: svg)
    #expect(elements.texts.contains(Self.nasty))
    #expect(elements.texts.contains("A title"))
    #expect(elements.texts.contains("<what>"))
    #expect(elements.count["title"] == 1)
    #expect(elements.count["use"] ?? 0 >= 3)
    #expect(elements.identifiers.count == Set(elements.identifiers).count)
    #expect(elements.identifiers.allSatisfy { $0.hasPrefix("small-") })
    #expect(!svg.lowercased().contains("nan"))
    #expect(!svg.contains("rgb("))
    #expect(svg.contains("prefers-color-scheme:dark"))
    // The pages of a browser are not white for everyone.
    #expect(!svg.contains("<rect x=\"0\" y=\"0\""))
  }

  @Test func theSameFigureIsTheSameBytes() throws {
    let figure = Fixture.figure()
    let first = try gnuplot().svg(of: figure, alternative: "a")
    #expect(try gnuplot().svg(of: figure, alternative: "a") == first)
  }

  @Test func allColoursHaveADarkPartner() throws {
    let svg = try gnuplot().svg(of: Fixture.figure(), alternative: "a")
    let body = try #require(svg.components(separatedBy: "</style>").last)
    let known = Set(FigureInk.all.map(\.light))
    let used = body.components(separatedBy: "=\"#").dropFirst().map { "#" + $0.prefix(6) }
      .filter { !$0.hasPrefix("#small-") }
    #expect(used.count > 5)
    #expect(Set(used).isSubset(of: known))
  }

  @Test func aMissingProgramIsNoneAndAFailingOneSaysSo() throws {
    #expect(Gnuplot.find(path: nil) == nil)
    #expect(Gnuplot.find(path: "/nonexistent:/") == nil)
    let figure = Fixture.figure()
    for (program, words) in [
      ("/bin/false", "gnuplot failed"), ("/bin/true", "gnuplot wrote no SVG"),
      ("/nonexistent/gnuplot", "'/nonexistent/gnuplot' cannot be started"),
    ] {
      let failing = Gnuplot(executable: URL(fileURLWithPath: program))
      let error = #expect(throws: Gnuplot.Failure.self) {
        try failing.svg(of: figure, alternative: "")
      }
      #expect(error?.reason == words)
    }
  }

  @Test func aHangingProgramIsStopped() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("glmm-poisson-\(UUID().uuidString)")
    try StudyFile.createDirectory(folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let program = folder.appendingPathComponent("gnuplot")
    try StudyFile.write("#!/bin/sh\nexec sleep 60\n", to: program)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
    var hanging = try #require(Gnuplot.find(path: folder.path))
    hanging.timeLimit = 1
    let error = #expect(throws: Gnuplot.Failure.self) {
      try hanging.svg(of: Fixture.figure(), alternative: "")
    }
    #expect(error?.reason == "gnuplot did not end within 1 s")
  }

  @Test func halfADocumentIsNone() {
    let whole = "<?xml?>\n<svg>\n<defs>\n</defs>\n</svg>\n"
    func svg(_ text: String) -> String? {
      FigureSVG.text(of: text, name: "n", alternative: "", height: 10)
    }
    #expect(svg(whole) != nil)
    #expect(svg("") == nil)
    #expect(svg(String(whole.dropLast(8))) == nil)
  }
}

/// Collects what an SVG document holds.
final class XMLElements: NSObject, XMLParserDelegate {
  private(set) var count: [String: Int] = [:]
  private(set) var identifiers: [String] = []
  private(set) var texts: [String] = []
  private var text = ""

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    count[name, default: 0] += 1
    if let id = attributes["id"] { identifiers.append(id) }
    text = ""
  }

  func parser(_ parser: XMLParser, foundCharacters characters: String) { text += characters }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    if name == "text" || name == "title" { texts.append(text) }
  }
}
