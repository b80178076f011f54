import Foundation
import Testing

@testable import SimulationStudy

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct HTMLRendererTests {
  @Test func contentIsNeverMarkup() {
    let text: RichText = "<b> & \"q\" \(code: "a<b>") \(strong: "x<y\nz")"
    #expect(
      HTMLText.inline(text)
        == "&lt;b&gt; &amp; &quot;q&quot; <code>a&lt;b&gt;</code> <b>x&lt;y z</b>")
    #expect(HTMLText.escaped("a\u{0}b\u{1b}c") == "a b c")
    #expect(
      HTMLRenderer.text(of: ReportBlock.code("if a < b:\n  \"c\""))
        == "<pre><code>if a &lt; b:\n  &quot;c&quot;</code></pre>")
  }

  @Test func aTableScrollsAndItsNumbersAreOnTheRight() {
    let table = ReportTable(
      columns: [.left("Name"), .right("n")], rows: [[.code("a|b"), "1,000"], [.empty, "2"]])
    #expect(
      HTMLRenderer.text(of: table) == """
        <div class="table" tabindex="0">
        <table>
        <thead><tr><th>Name</th><th class="number">n</th></tr></thead>
        <tbody>
        <tr class="first"><td><code>a|b</code></td><td class="number">1,000</td></tr>
        <tr><td></td><td class="number">2</td></tr>
        </tbody>
        </table>
        </div>
        """)
  }

  @Test func marksStandInAColumnOfTheirOwn() {
    let table = ReportTable(columns: [.right("c")], rows: [["0.94"], ["0.41 ▼"]])
    let text = HTMLRenderer.text(of: table)
    #expect(text.contains("<td class=\"number\">0.94<span class=\"mark\"></span></td>"))
    #expect(text.contains("<td class=\"number\">0.41<span class=\"mark\">▼</span></td>"))
  }

  @Test func foldsAndFigures() {
    let figure = ReportFigure(
      name: "f", alternative: "what <is>", caption: "n = \(code: "3")", svg: "<svg></svg>\n")
    #expect(
      HTMLRenderer.text(of: .folded(summary: "All <3>", [.bullets(["one"]), .figure(figure)]))
        == """
        <details>
        <summary>All &lt;3&gt;</summary>
        <ul>
        <li>one</li>
        </ul>
        <figure>
        <svg></svg>
        <figcaption>n = <code>3</code></figcaption>
        </figure>
        </details>
        """)
    #expect(
      MarkdownRenderer.text(of: .figure(figure))
        == "![what &lt;is&gt;](plots/f.svg)\n\nn = `3`")
  }

  /// Everything that is opened is closed, in order: the page read as XML, after its first line and
  /// the two elements that HTML never closes.
  @Test func theWholePageIsWellFormed() throws {
    let page = try StudyReportTests.report().html()
    let closed = page.replacing("<!DOCTYPE html>\n", with: "")
      .split(separator: "\n").filter { !$0.hasPrefix("<meta") }.joined(separator: "\n")
    let parser = XMLParser(data: Data(closed.utf8))
    #expect(parser.parse(), "line \(parser.lineNumber)")
    #expect(page.contains("<title>Simulation study: 3 scenarios, 2 methods</title>"))
    #expect(page.contains("5 groups of 10, an *even* design"))
    #expect(page.contains("the matrix is &lt;singular&gt;"))
  }
}
