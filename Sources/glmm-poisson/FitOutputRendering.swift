import PoissonGLMM

extension FitOutput {
  enum Format: String, CaseIterable {
    case text, markdown, csv, json

    /// Whether the warnings stand among the results, where a person sees them.
    var showsWarnings: Bool { self == .text || self == .markdown }
  }

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
