extension FitOutput {
  /// The results in one of the formats, with a line break at the end.
  func rendered(as format: Format) throws -> String {
    switch format {
    case .text: text
    case .markdown: markdown
    case .csv: csv
    case .json: try json
    }
  }
}
