/// Where the parts of a figure stand, in pixels from the top left.
struct FigureLayout: Sendable {
  struct Rectangle: Sendable, Equatable {
    let left: Double
    let top: Double
    let right: Double
    let bottom: Double
  }

  static let width = 800.0
  static let titleSize = 15.0
  static let textSize = 12.0
  static let tickSize = 11.0
  private static let smallestTitleSize = 9.0
  /// Labels with more letters are shortened.
  static let maximumLabelLength = 34

  private static let edge = 14.0
  private static let gap = 18.0
  private static let legendLine = 21.0
  private static let legendSymbol = 22.0

  let height: Double
  /// Of the panels' coordinate systems, in order.
  let panels: [Rectangle]
  /// The centre of each legend entry's symbol; the name follows.
  let legend: [(x: Double, y: Double)]
  let titleBaseline = 22.0

  init(_ figure: Figure) {
    let columns = max(1, figure.columns)
    let labels = figure.panels.flatMap { $0.vertical.ticks.map(\.label) }
    let labelWidth =
      labels.map { Self.width(of: Self.shortened($0), size: Self.tickSize) }.max() ?? 0
    let left = Self.edge + labelWidth + 10 + (figure.verticalLabel.isEmpty ? 0 : 20)
    let panelWidth =
      (Self.width - left - Self.edge - Self.gap * Double(columns - 1)) / Double(columns)

    var positions: [(x: Double, y: Double)] = []
    var (x, y) = (Self.edge, 42.0)
    for entry in figure.legend {
      let needed = Self.legendSymbol + Self.width(of: entry.name, size: Self.textSize) + 12
      if x > Self.edge, x + needed > Self.width - Self.edge {
        (x, y) = (Self.edge, y + Self.legendLine)
      }
      positions.append((x + Self.legendSymbol / 2, y))
      x += needed
    }
    legend = positions

    var top = (figure.legend.isEmpty ? 30 : y + 14)
    var panels: [Rectangle] = []
    for range in figure.rows {
      let row = figure.panels[range]
      let titled = row.contains { !$0.title.isEmpty }
      top += (titled ? 24 : 8) + (row.first?.rowTitle.isEmpty == false ? 22 : 0)
      let height = row.map(\.height).max() ?? 0
      for column in row.indices {
        let left = left + Double(column - range.lowerBound) * (panelWidth + Self.gap)
        panels.append(
          Rectangle(left: left, top: top, right: left + panelWidth, bottom: top + height))
      }
      let labelled = row.contains { panel in panel.horizontal.ticks.contains { !$0.label.isEmpty } }
      top += height + (labelled ? 22 : 4)
    }
    self.panels = panels
    height = (top + (figure.horizontalLabel.isEmpty ? 6 : 26)).rounded(.up)
  }

  /// About the width of a text in the fonts that readers have.
  static func width(of text: String, size: Double) -> Double {
    // In hundredths of the size, for fonts like Helvetica.
    let letters = text.unicodeScalars.map { letter -> Double in
      switch letter {
      case "i", "j", "l", "t", "f", "I", " ", ".", ",", ":", ";", "|", "!", "'", "(", ")", "-": 32
      case "m", "w", "M", "W", "%", "@": 86
      case "A"..."Z": 70
      default: 58
      }
    }
    return size * letters.reduce(0, +) / 100
  }

  /// The text, or its beginning and its end if it is long.
  static func shortened(_ text: String, to length: Int = maximumLabelLength) -> String {
    guard text.count > length else { return text }
    let kept = length - 1
    return text.prefix(kept / 2) + "…" + text.suffix(kept - kept / 2)
  }

  /// A panel's title as it fits above the panel: in smaller letters if it is long, and without its
  /// middle if these would be too small to read.
  static func title(_ text: String, within room: Double) -> (text: String, size: Double) {
    let size = textSize * room / max(width(of: text, size: textSize), 1)
    if size >= smallestTitleSize { return (text, min(size, textSize)) }
    var short = text
    while short.count > 2, width(of: short, size: smallestTitleSize) > room {
      short = shortened(text, to: short.count - 1)
    }
    return (short, smallestTitleSize)
  }
}
