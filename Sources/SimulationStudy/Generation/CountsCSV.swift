/// A data set as CSV, as `simulate` writes it.
public enum CountsCSV {
  /// One line a row: `y`, the covariates, `group` (1, 2, ...), and `exposure` if there is one. Numbers
  /// have the fewest digits that give the same double back.
  public static func text(_ data: ClusteredCounts) -> String {
    var text = (["y"] + data.covariates.map(\.name) + ["group"]).joined(separator: ",")
    if data.exposure != nil { text += ",exposure" }
    text += "\n"
    for row in data.counts.indices {
      append(data.counts[row], to: &text)
      for column in data.covariates {
        text += ","
        append(column.values[row], to: &text)
      }
      text += ",\(data.groupOfRow[row] + 1)"
      if let exposure = data.exposure {
        text += ","
        append(exposure[row], to: &text)
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
