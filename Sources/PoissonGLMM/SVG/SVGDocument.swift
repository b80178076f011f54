import PlatformEssentials

/// A picture that is being drawn, in pixels from the upper left corner.
///
/// Colours are attributes with their values for light pages, so that programs without style sheets
/// draw it too; on a dark page a style sheet replaces each. The title and a description with the
/// numbers stand in for the picture where it is not seen.
struct SVGDocument {
  /// What lines and areas are drawn with.
  enum Ink: String, CaseIterable {
    case text, axis, grid, data, light, reference

    var lightPage: String {
      switch self {
      case .text: "#1f2933"
      case .axis: "#5f6b77"
      case .grid: "#e3e8ed"
      case .data: "#1f5fa8"
      case .light: "#6896c9"
      case .reference: "#b4431f"
      }
    }

    var darkPage: String {
      switch self {
      case .text: "#e6ebf0"
      case .axis: "#9aa7b4"
      case .grid: "#333c45"
      case .data: "#7fb3ee"
      case .light: "#44719f"
      case .reference: "#f0936f"
      }
    }
  }

  enum Anchor: String {
    case start, middle, end
  }

  let width: Double
  private var height: Double
  let title: String
  /// The numbers in words.
  let summary: String
  private var body = ""
  private let titleLines: [String]

  static let fontSize = 12.0
  static let titleSize = 15.0
  private static let titleLeading = 20.0
  private static let captionLeading = 15.0

  /// A picture that has only its title, in as many lines as it needs. What is drawn has places as
  /// if it were one.
  init(width: Double, height: Double, title: String, summary: String) {
    (self.width, self.height, self.title, self.summary) = (width, height, title, summary)
    titleLines = SVGText.lines(title, room: (width - 32) / Self.titleSize / Self.boldWidth)
  }

  /// How far the lines of the title beyond the first push all else down.
  private var shift: Double { Self.titleLeading * Double(max(titleLines.count - 1, 0)) }

  /// Text below an axis, in as many lines as it needs, for which the picture becomes higher.
  mutating func caption(_ text: String, x: Double, y: Double) {
    let room = (2 * min(x, width - x) - 8) / Self.fontSize
    let lines = SVGText.lines(text, room: room)
    for (index, line) in lines.enumerated() {
      self.text(
        line, x: x, y: y + Self.captionLeading * Double(index), anchor: .middle, ink: .axis)
    }
    height += Self.captionLeading * Double(max(lines.count - 1, 0))
  }

  private static let boldWidth = 1.08

  /// One decimal is a tenth of a pixel.
  private func number(_ value: Double) -> String {
    let text = String(printf: "%.1f", value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  mutating func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ ink: Ink, width: Double = 1,
    isDashed: Bool = false
  ) {
    body +=
      "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\" "
      + "stroke=\"\(ink.lightPage)\" stroke-width=\"\(number(width))\""
      + (isDashed ? " stroke-dasharray=\"4 3\"" : "") + "/>\n"
  }

  mutating func circle(_ x: Double, _ y: Double, radius: Double, _ ink: Ink) {
    body +=
      "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(radius))\" "
      + "fill=\"\(ink.lightPage)\"/>\n"
  }

  mutating func rectangle(
    _ x: Double, _ y: Double, width: Double, height: Double, _ ink: Ink
  ) {
    body +=
      "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(max(width, 0)))\" "
      + "height=\"\(number(max(height, 0)))\" fill=\"\(ink.lightPage)\"/>\n"
  }

  /// A line through points, or the area that they enclose.
  mutating func path(_ points: [(x: Double, y: Double)], _ ink: Ink, isFilled: Bool = false) {
    let text = points.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    body +=
      isFilled
      ? "<polygon points=\"\(text)\" fill=\"\(ink.lightPage)\"/>\n"
      : "<polyline points=\"\(text)\" fill=\"none\" stroke=\"\(ink.lightPage)\" "
        + "stroke-width=\"1.5\"/>\n"
  }

  /// A line of text, shortened where it would leave the picture or exceed `room`.
  mutating func text(
    _ text: String, x: Double, y: Double, anchor: Anchor = .start, ink: Ink = .text,
    size: Double = fontSize, room: Double? = nil, isBold: Bool = false
  ) {
    let free =
      switch anchor {
      case .start: width - x
      case .end: x
      case .middle: 2 * min(x, width - x)
      }
    let space = min(room ?? .infinity, free - 4) / size / (isBold ? Self.boldWidth : 1)
    body +=
      "<text x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor.rawValue)\" "
      + "font-size=\"\(number(size))\" fill=\"\(ink.lightPage)\""
      + (isBold ? " font-weight=\"600\"" : "") + ">"
      + SVGText.escaped(SVGText.shortened(text, to: space)) + "</text>\n"
  }

  /// The style sheet that replaces the colours of pictures on a dark page.
  static let darkStyle =
    "@media (prefers-color-scheme:dark){\n"
    + Ink.allCases.flatMap { ink in
      ["stroke", "fill"].map {
        ".fit-picture [\($0)=\"\(ink.lightPage)\"]{\($0):\(ink.darkPage)}"
      }
    }.joined(separator: "\n") + "\n}\n"

  /// The whole file.
  var file: String { element(style: "<style>\n\(Self.darkStyle)</style>\n") }

  /// The picture as an element of a page that has `darkStyle` among its style sheets.
  var element: String { element(style: "") }

  private func element(style: String) -> String {
    var head = self
    head.body = ""
    for (index, line) in titleLines.enumerated() {
      head.text(
        line, x: 16, y: 26 + Self.titleLeading * Double(index), size: Self.titleSize, isBold: true)
    }
    let (w, h) = (number(width), number(height + shift))
    let content =
      shift > 0 ? "<g transform=\"translate(0,\(number(shift)))\">\n\(body)</g>\n" : body
    return """
      <svg xmlns="http://www.w3.org/2000/svg" class="fit-picture" role="img" width="\(w)" \
      height="\(h)" viewBox="0 0 \(w) \(h)" font-family="Helvetica, Arial, sans-serif">
      <title>\(SVGText.escaped(title))</title>
      <desc>\(SVGText.escaped(summary))</desc>
      \(style)\(head.body)\(content)</svg>

      """
  }
}
