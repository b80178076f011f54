import PoissonGLMM

/// Columns of one length, as `simulate` writes them.
package struct SimulatedTable: Sendable, Equatable {
  package let names: [String]
  /// Numbers, or labels; nothing is missing.
  package let columns: [DataColumn]

  package init(names: [String], columns: [DataColumn]) {
    self.names = names
    self.columns = columns
  }

  /// The columns `y`, the covariates, those of the grouping factors (1, 2, ...), and `exposure` if
  /// there is one.
  package init(_ data: ClusteredCounts) {
    var names = ["y"] + data.covariates.map(\.name) + data.groupings.map(\.name)
    var columns = [data.counts] + data.covariates.map(\.values)
    columns += data.groupings.map { $0.levelOfRow.map { Double($0 + 1) } }
    if let exposure = data.exposure {
      names.append("exposure")
      columns.append(exposure)
    }
    self.init(names: names, columns: columns.map { .numeric($0) })
  }

  package var rowCount: Int { columns.first?.count ?? 0 }
}

/// Data sets as CSV.
public enum CountsCSV {
  /// A header and one line a row. Numbers have the fewest digits that give the same double back.
  public static func text(_ data: ClusteredCounts) -> String {
    let table = SimulatedTable(data)
    return header(table.names) + rows(table)
  }

  package static func header(_ names: [String]) -> String { CSVLine.exact(names) }

  /// One line a row; with a replicate's number, that comes first in each.
  package static func rows(_ table: SimulatedTable, replicate: Int? = nil) -> String {
    let before = replicate.map { "\($0)," } ?? ""
    // Labels are few and rows many: each is put into quotes once, if it has to be.
    let labels = table.columns.map { column -> [String] in
      guard case .text(_, let levels) = column else { return [] }
      return levels.map { String(CSVLine.exact([$0]).dropLast()) }
    }
    var text = ""
    for row in 0..<table.rowCount {
      text += before
      for (position, column) in table.columns.enumerated() {
        if position > 0 { text += "," }
        switch column {
        case .numeric(let values): append(values[row], to: &text)
        case .text(let codes, _): text += labels[position][Int(codes[row])]
        }
      }
      text += "\n"
    }
    return text
  }

  private static func append(_ number: Double, to text: inout String) {
    if let integer = Int(exactly: number), number.sign == .plus || integer != 0 {
      text += String(integer)
    } else {
      text += "\(number)"
    }
  }
}
