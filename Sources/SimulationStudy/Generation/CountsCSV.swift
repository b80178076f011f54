import PoissonGLMM

/// A data set as text: a header and one row of fields for each row.
public struct SimulatedTable: Sendable, Equatable {
  public let header: [String]
  public let rows: [[String]]

  public init(header: [String], rows: [[String]]) {
    self.header = header
    self.rows = rows
  }
}

/// Data sets as CSV, as `simulate` writes them.
public enum CountsCSV {
  /// The columns `y`, the covariates, `group` (1, 2, ...), and `exposure` if there is one.
  public static func table(_ data: ClusteredCounts) -> SimulatedTable {
    var columns = [data.counts] + data.covariates.map(\.values)
    columns.append(data.groupOfRow.map { Double($0 + 1) })
    var header = ["y"] + data.covariates.map(\.name) + ["group"]
    if let exposure = data.exposure {
      columns.append(exposure)
      header.append("exposure")
    }
    return SimulatedTable(
      header: header,
      rows: data.counts.indices.map { row in columns.map { number($0[row]) } })
  }

  /// One data set: a header and one line a row.
  public static func text(_ data: ClusteredCounts) -> String {
    let table = table(data)
    return lines([table.header]) + lines(table.rows)
  }

  /// Records as lines; with a replicate's number, that comes first in each.
  public static func lines(_ records: [[String]], replicate: Int? = nil) -> String {
    let before = replicate.map { ["\($0)"] } ?? []
    return records.map { CSVLine.text(before + $0) }.joined()
  }

  /// The fewest digits that give the same double back, whole numbers without a decimal point.
  public static func number(_ number: Double) -> String {
    if let integer = Int(exactly: number), number.sign == .plus || integer != 0 {
      return String(integer)
    }
    return "\(number)"
  }
}
