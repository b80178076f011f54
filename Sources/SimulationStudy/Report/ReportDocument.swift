/// A report, free of any output format.
struct ReportDocument: Sendable, Equatable {
  var title: RichText
  var sections: [ReportSection]
}

/// One question of the reader and its answer.
struct ReportSection: Sendable, Equatable {
  var title: RichText
  var blocks: [ReportBlock]
}

indirect enum ReportBlock: Sendable, Equatable {
  case paragraph(RichText)
  case bullets([RichText])
  case table(ReportTable)
  /// Text to be copied as it stands.
  case code(String)
  /// Closed until the reader opens it.
  case folded(summary: RichText, [ReportBlock])
  case figure(ReportFigure)
}

/// A picture with what is said of it.
struct ReportFigure: Sendable, Equatable {
  /// Of its file in the folder `plots`, without the ending.
  let name: String
  /// For readers who do not see it.
  let alternative: String
  let caption: RichText
  /// The document that stands in the file.
  let svg: String
}

/// A table; every row has one cell a column.
struct ReportTable: Sendable, Equatable {
  enum Alignment: Sendable, Equatable {
    case left
    case right
  }

  struct Column: Sendable, Equatable {
    let title: RichText
    let alignment: Alignment

    static func left(_ title: RichText) -> Column { Column(title: title, alignment: .left) }
    static func right(_ title: RichText) -> Column { Column(title: title, alignment: .right) }
  }

  var columns: [Column]
  var rows: [[RichText]]
}
