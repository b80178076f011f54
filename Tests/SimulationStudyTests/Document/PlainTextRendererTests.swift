import Testing

@testable import SimulationStudy

@Suite struct PlainTextRendererTests {
  @Test func nothingIsMarkedUp() {
    let table = ReportTable(
      columns: [.left("Method"), .right("Coverage")],
      rows: [[.code("a|b"), "0.95"], [.strong("mean-field"), "1"]])
    let document = ReportDocument(
      title: "A *title*",
      sections: [
        ReportSection(
          title: "One",
          blocks: [
            .paragraph("\(strong: "Bold") and \(code: "x_1") < 3"), .table(table),
            .bullets(["first", "second"]), .code("run this\nand that"),
            .figure(ReportFigure(name: "f", alternative: "a", caption: "c", svg: "")),
            .folded(summary: "more", [.paragraph("inside")]),
          ])
      ])
    #expect(
      PlainTextRenderer.text(of: document) == """
        A *title*
        =========

        One
        ---

        Bold and x_1 < 3

        Method      Coverage
        ----------  --------
        a|b             0.95
        mean-field         1

        - first
        - second

          run this
          and that

        more

        inside

        """)
  }

  @Test func linesAreBrokenBetweenWords() {
    let text = PlainTextRenderer.wrapped(
      Array(repeating: "word", count: 40).joined(separator: " "), indent: "  ")
    let lines = text.split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("  word") })
    let long = String(repeating: "x", count: 100)
    #expect(PlainTextRenderer.wrapped("a \(long) b") == "a\n\(long)\nb")
    // What a terminal would obey is shown.
    #expect(!PlainTextRenderer.inline("a\u{1B}[2Jb").contains("\u{1B}"))
  }
}
