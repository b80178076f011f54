/// A figure of a study with what a report says of it.
struct StudyFigure: Sendable, Equatable {
  /// The question of the report that it helps to answer.
  enum Question: Sendable, Equatable {
    case coverage
    case bias
    case standardErrors
    case tests
    case calibration
    case time
  }

  let question: Question
  let figure: Figure
  /// What is to be seen, for readers who do not see it.
  let alternative: String
  /// What is drawn and how to read it, in whole sentences.
  let caption: RichText
  /// The only scenario that it shows; nil where it shows all of the study.
  var scenario: String? = nil
}

/// A picture as values: what is drawn where, free of any drawing program.
struct Figure: Sendable, Equatable {
  /// Of the file, without its ending; letters, digits and hyphens.
  let name: String
  let title: String
  /// Shown above the panels, in order.
  let legend: [LegendEntry]
  /// Row by row from the top left; a row has `columns` panels, or ends before one that starts a
  /// row. The panels of a row share their vertical axis, whose labels stand at the left of the row.
  let panels: [FigurePanel]
  /// Panels side by side at most, 1 or more.
  let columns: Int
  /// With the unit; stands once below all panels.
  let horizontalLabel: String
  /// Stands once at the left; empty where the vertical axis lists names.
  let verticalLabel: String

  /// The numbers of the panels of each row.
  var rows: [Range<Int>] {
    var starts: [Int] = []
    for (number, panel) in panels.enumerated() {
      if panel.startsRow || starts.last.map({ number - $0 >= max(1, columns) }) ?? true {
        starts.append(number)
      }
    }
    return zip(starts, starts.dropFirst() + [panels.count]).map { $0..<$1 }
  }

  struct LegendEntry: Sendable, Equatable {
    let name: String
    let style: MethodStyle
  }
}

/// One coordinate system with its data.
struct FigurePanel: Sendable, Equatable {
  /// Stands above the titles of a row of panels, if the row's first panel has it.
  var rowTitle = ""
  /// Whether it stands at the left even where there is room beside the panel before.
  var startsRow = false
  let title: String
  let horizontal: FigureAxis
  let vertical: FigureAxis
  /// In pixels, without titles and labels.
  let height: Double
  /// Drawn in this order.
  let marks: [FigureMark]
}

/// Something drawn in a panel. Coordinates are values on the panel's axes.
enum FigureMark: Sendable, Equatable {
  /// Points, each with a bar if it has an interval.
  case points([FigurePoint], MethodStyle, bars: BarDirection)
  case line([FigurePosition], FigureInk, LineKind)
  /// The area between two curves.
  case band([FigureBand])
  case segments([FigureSegment], FigureInk, width: Double)
  /// Small text at each position.
  case texts([FigureText])

  enum BarDirection: Sendable, Equatable {
    case horizontal
    case vertical
  }

  enum LineKind: Sendable, Equatable {
    case solid
    case dashed
  }
}

struct FigurePosition: Sendable, Equatable {
  let x: Double
  let y: Double
}

struct FigurePoint: Sendable, Equatable {
  let x: Double
  let y: Double
  /// In the direction of the bars; nil for no bar.
  let interval: ClosedRange<Double>?
}

struct FigureBand: Sendable, Equatable {
  let x: Double
  let lower: Double
  let upper: Double
}

struct FigureSegment: Sendable, Equatable {
  let start: FigurePosition
  let end: FigurePosition
}

struct FigureText: Sendable, Equatable {
  /// Which part of the text stands at its position.
  enum Alignment: String, Sendable {
    case left, center, right
  }

  let position: FigurePosition
  let text: String
  var alignment = Alignment.center
}
