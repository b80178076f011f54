import Foundation
import Testing

@testable import PoissonGLMM

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Reads a picture: its texts with their places, and how many elements of each kind it has.
private final class PictureReader: NSObject, XMLParserDelegate {
  struct Text {
    let x: Double
    let anchor: String
    let size: Double
    var content = ""
  }

  private(set) var width = 0.0
  private(set) var height = 0.0
  private(set) var texts: [Text] = []
  private(set) var counts: [String: Int] = [:]
  private(set) var outside: [String] = []
  private(set) var contents: [String: String] = [:]
  private var current = ""

  init(_ svg: String) throws {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    try #require(parser.parse(), "\(parser.parserError.map { "\($0)" } ?? "")")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    current = name
    counts[name, default: 0] += 1
    func number(_ key: String) -> Double { attributes[key].flatMap(Double.init) ?? .nan }
    switch name {
    case "svg": (width, height) = (number("width"), number("height"))
    case "text":
      texts.append(
        Text(x: number("x"), anchor: attributes["text-anchor"] ?? "", size: number("font-size")))
      if !(0...height).contains(number("y")) { outside.append("text") }
    case "circle":
      if !(0...width).contains(number("cx")) || !(0...height).contains(number("cy")) {
        outside.append("circle")
      }
    case "line":
      for (key, limit) in [("x1", width), ("x2", width), ("y1", height), ("y2", height)]
      where !(0...limit).contains(number(key)) { outside.append("line") }
    default: break
    }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    contents[current, default: ""] += string
    if current == "text", !texts.isEmpty { texts[texts.count - 1].content += string }
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    current = ""
  }

  /// Texts that do not fit between the edges.
  var cut: [String] {
    texts.filter { text in
      let length = SVGText.width(text.content) * text.size
      let start =
        text.anchor == "start"
        ? text.x
        : text.anchor == "end"
          ? text.x - length
          : text.x - length / 2
      return start < 0 || start + length > width
    }.map(\.content)
  }
}

struct FitPictureTests {
  /// A plot of so many estimates by such a name.
  static func plot(_ count: Int, name: String, isLogarithmic: Bool = true) -> IntervalPlot {
    IntervalPlot(
      title: "Rate ratios", axisTitle: "rate ratio",
      entries: (0..<count).map { index in
        let center = exp(sin(Double(index)))
        return .init(
          name: "\(name)\(index)", estimate: center, lower: center / 1.5, upper: center * 1.6)
      }, isLogarithmic: isLogarithmic, reference: isLogarithmic ? 1 : 0)
  }

  @Test(
    arguments: [1, 2, 40, 500],
    ["x", "an interaction:of(several, very) long:names <&> ", "変数の名前がとても長い場合でも切れない"])
  func intervalsAndNamesStayWithin(_ count: Int, name: String) throws {
    for isLogarithmic in [true, false] {
      let picture = try PictureReader(
        Self.plot(count, name: name, isLogarithmic: isLogarithmic).drawing.document.file)
      #expect(picture.counts["circle"] == count)
      #expect(picture.outside.isEmpty)
      #expect(picture.cut.isEmpty)
      #expect(picture.contents["title"] == "Rate ratios")
      // The numbers in words, for those who do not see the picture.
      #expect(picture.contents["desc"]?.contains("1 (0.6667 to 1.6)") == true)
    }
  }

  @Test func numbersBeyondRangeStayWithin() throws {
    let plot = IntervalPlot(
      title: "t", axisTitle: "a",
      entries: [
        .init(name: "wide", estimate: 1e200, lower: 0, upper: .infinity),
        .init(name: "plain", estimate: 1, lower: 0.5, upper: 2),
      ], isLogarithmic: true, reference: 1)
    let svg = plot.drawing.document.file
    let picture = try PictureReader(svg)
    #expect(picture.outside.isEmpty)
    #expect(!svg.contains("nan"))
  }

  @Test func aFitHasSixPictures() throws {
    let model = try ModelChecksTests.model(sample: 6)
    let fit = try model.fit(FitOptions(keepsRandomEffects: true))
    let residuals = try model.residuals(of: fit)
    let pictures = try model.pictures(of: fit, residuals: residuals)
    #expect(
      pictures.map(\.name)
        == [
          "rate-ratios", "random-effects", "fitted", "quantile-quantile", "residuals", "rootogram",
        ])
    for picture in pictures {
      #expect(picture.numbers.count > 1)
      #expect(picture.numbers.allSatisfy { $0.count == picture.numbers[0].count })
      let read = try PictureReader(picture.svg)
      #expect(read.outside.isEmpty, "\(picture.name)")
      #expect(read.cut.isEmpty, "\(picture.name)")
      #expect(read.contents["desc"]?.isEmpty == false)
      #expect(picture.svg.contains("prefers-color-scheme:dark"))
      #expect(!picture.svg.contains("nan") && !picture.svg.contains("inf"))
    }
    // One point a row; of the fitted counts also one for each tenth of the rows.
    #expect(try PictureReader(pictures[2].svg).counts["circle"] == 330)
    #expect(try PictureReader(pictures[3].svg).counts["circle"] == 320)
  }

  /// A phone has room for half of the width: titles and names of axes take more lines.
  @Test(arguments: [300, 335, 500, 1000])
  func picturesHaveAnyWidth(_ width: Double) throws {
    let model = try ModelChecksTests.model(sample: 6)
    let fit = try model.fit(FitOptions(keepsRandomEffects: true))
    let residuals = try model.residuals(of: fit)
    for picture in try model.pictures(of: fit, residuals: residuals, width: width) {
      let read = try PictureReader(picture.svg)
      #expect(read.width == width)
      #expect(read.outside.isEmpty && read.cut.isEmpty, "\(picture.name)")
      #expect(!read.texts.contains { $0.content.contains("…") }, "\(picture.name)")
    }
  }

  /// Of thousands of groups as many are drawn as there are lines of pixels, the extremes among
  /// them.
  @Test func caterpillarsHaveAnEnd() throws {
    let drawing = Self.plot(20_000, name: "g", isLogarithmic: false).drawing
    let picture = try PictureReader(drawing.document.file)
    #expect(picture.counts["circle"] == 640)
    #expect(picture.texts.contains { $0.content.contains("640 of 20000 at equal steps") })
    #expect(drawing.numbers.count == 102)
  }

  /// The means of tenths are those of the rows.
  @Test func fittedCountsAreComparedInTenths() throws {
    let residuals = (1...100).map {
      RowResidual(
        observed: Double($0 % 7), fitted: Double($0), standardDeviation: Double($0).squareRoot(),
        quantile: 0, newGroupQuantile: 0)
    }
    let numbers = FittedPlot(residuals: residuals.shuffled()).drawing.numbers
    #expect(numbers.count == 11)
    // Of 1 to 10; their remainders by 7 are 1 to 6, 0, 1, 2 and 3.
    #expect(numbers[1] == ["10", "5.5", "2.7"])
    #expect(numbers[10][1] == "95.5")
  }

  @Test func expectedFrequenciesAddUpToTheRows() throws {
    let model = try ModelChecksTests.model(sample: 7)
    let fit = try model.fit()
    let frequencies = model.countFrequencies(of: fit)
    #expect(frequencies.reduce(0) { $0 + $1.observed } == 320)
    // Less than half a row is left out at the end.
    let expected = frequencies.reduce(0) { $0 + $1.expected }
    #expect(expected > 319.5 && expected <= 320.000001)
    #expect(frequencies.first?.counts == 0...0)
    // One by one, but for what few rows reach.
    #expect(frequencies.dropLast().enumerated().allSatisfy { $1.counts == $0...$0 })
  }

  /// One row far out does not make a tail of empty bars.
  @Test func theTailIsOneBar() throws {
    var counts = (0..<200).map { Double($0 % 4) }
    counts[17] = 60
    let model = try PoissonMixedModel(
      counts: counts, fixed: [.intercept(rows: 200)], random: [.intercept(rows: 200)],
      grouping: Grouping(numbers: (0..<200).map { Double($0 / 10) }))
    let frequencies = model.countFrequencies(of: try model.fit())
    #expect(frequencies.map(\.name) == ["0", "1", "2", "3", "4+"])
    #expect(frequencies.map(\.observed) == [50, 49, 50, 50, 1])
    #expect(abs(frequencies.reduce(0) { $0 + $1.expected } - 200) < 1e-9)
  }

  @Test func largeCountsStandInRanges() throws {
    let model = try ModelChecksTests.model(sample: 8, intercept: 6)
    let frequencies = model.countFrequencies(of: try model.fit())
    #expect(frequencies.count <= 82)
    // Zeros are alone, and the last of the ranges may be shorter.
    #expect(frequencies[0].counts == 0...0)
    let width = frequencies[1].counts.count
    #expect(width > 1)
    #expect(frequencies.dropFirst().dropLast(2).allSatisfy { $0.counts.count == width })
    let expected = frequencies.reduce(0) { $0 + $1.expected }
    #expect(expected > 319.5 && expected <= 320.000001)
  }
}
