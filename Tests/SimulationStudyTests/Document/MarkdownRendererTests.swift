import Testing

@testable import SimulationStudy

@Suite struct MarkdownRendererTests {
  @Test(arguments: [
    ("a_b *c* [d](e)", "a_b \\*c\\* \\[d\\](e)"),
    ("_lead_ x_", "\\_lead\\_ x\\_"),
    ("<script> & co", "&lt;script&gt; &amp; co"),
    ("back\\slash `tick`", "back\\\\slash \\`tick\\`"),
    ("~~x~~ $a$ #1", "\\~\\~x\\~\\~ \\$a\\$ \\#1"),
    ("two\nlines\r\nthree", "two lines three"),
  ])
  func contentIsNeverMarkup(_ text: String, _ markdown: String) {
    #expect(MarkdownRenderer.inline("\(text)") == markdown)
  }

  @Test func codeOfAnyName() {
    #expect(MarkdownRenderer.inline("\(code: "log_sd(x)")") == "`log_sd(x)`")
    #expect(MarkdownRenderer.inline("\(code: "a`b``c")") == "``` a`b``c ```")
    #expect(MarkdownRenderer.inline("\(code: "")") == "")
  }

  @Test func aTableKeepsItsShape() {
    let table = ReportTable(
      columns: [.left("A|B"), .right("n")],
      rows: [[.code("x|y"), "1"], ["a long cell", "1,000"], [.empty, .strong("no")]])
    #expect(
      MarkdownRenderer.text(of: table) == """
        | A\\|B        |      n |
        | ----------- | -----: |
        | `x\\|y`      |      1 |
        | a long cell |  1,000 |
        |             | **no** |
        """)
  }

  @Test func blocks() {
    let folded = ReportBlock.folded(
      summary: "All <3> \(code: "rows")", [.paragraph("inside"), .bullets(["one", "two"])])
    #expect(
      MarkdownRenderer.text(of: folded) == """
        <details>
        <summary>All &lt;3&gt; <code>rows</code></summary>

        inside

        - one
        - two

        </details>
        """)
    #expect(MarkdownRenderer.text(of: .code("a\n```\nb")) == "````\na\n```\nb\n````")
  }
}
