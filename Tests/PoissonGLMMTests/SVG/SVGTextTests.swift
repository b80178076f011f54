import Foundation
import Testing

@testable import PoissonGLMM

struct SVGTextTests {
  @Test func longTextKeepsItsEnds() {
    let text = SVGText.shortened("factor(year)1996:treatment_group_high", to: 12)
    #expect(SVGText.width(text) <= 12)
    #expect(text.hasPrefix("fac") && text.hasSuffix("igh") && text.contains("…"))
    #expect(SVGText.shortened("x1", to: 12) == "x1")
    #expect(SVGText.shortened("x1", to: 0) == "…")
  }

  @Test func whatXMLDoesNotAllowIsReplaced() {
    #expect(
      SVGText.escaped("a<b & \"c\">\u{0}\u{202E}d\n")
        == "a&lt;b &amp; &quot;c&quot;&gt;\u{FFFD}\u{FFFD}d ")
  }

  @Test(
    arguments: [[0.013, 912], [-3, 2.5], [5, 5], [1e-9, 2e-9], [-1e12, 1e12], []] as [[Double]])
  func axesHoldTheirValues(_ values: [Double]) {
    let axis = SVGAxis(values)
    for value in values { #expect((0...1).contains(axis.share(value))) }
    for tick in axis.ticks { #expect((0...1).contains(axis.share(tick))) }
    #expect(axis.ticks.count >= 2 && axis.ticks.count <= 8)
  }

  @Test(arguments: [[0.9, 1.1], [0.5, 3], [1e-8, 1e9], [0.999, 1.001], [2, 2]] as [[Double]])
  func logarithmicAxesHoldTheirValues(_ values: [Double]) {
    let axis = SVGAxis(values, scale: .logarithmic)
    for value in values { #expect((0...1).contains(axis.share(value))) }
    for tick in axis.ticks { #expect((0...1).contains(axis.share(tick))) }
    #expect(axis.ticks.count >= 2 && axis.ticks.count <= 9)
  }

  @Test(arguments: [[0, 150], [0, 0], [3, 4], [0.2, 0.9], [1e5, 3e6], [-1, 5]] as [[Double]])
  func axesOfSquareRootsHoldTheirValues(_ values: [Double]) {
    let axis = SVGAxis(values, scale: .squareRoot)
    for value in values where value >= 0 { #expect((0...1).contains(axis.share(value))) }
    for tick in axis.ticks { #expect((0...1).contains(axis.share(tick))) }
    #expect(axis.ticks == axis.ticks.sorted() && axis.ticks.count <= 8)
  }

  @Test func linesBreakBetweenWords() {
    #expect(SVGText.lines("one two three", room: 5) == ["one two", "three"])
    #expect(SVGText.lines("one", room: 0.1) == ["one"])
    #expect(SVGText.lines("", room: 5).isEmpty)
  }
}
