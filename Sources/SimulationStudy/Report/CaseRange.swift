/// The numbers of several cases in one cell: `0.41 to 0.96, 3 ▼`.
struct CaseRange {
  /// One number: where it sorts, how it reads, and whether it is marked.
  struct Entry {
    let value: Double
    let text: String
    let standing: Standing?

    init(_ value: Double, _ text: String, _ standing: Standing?) {
      self.value = value
      self.text = text
      self.standing = standing
    }

    /// nil where the row has no number.
    init?(_ row: JudgedRow) {
      guard let value = row.value else { return nil }
      self.init(value, row.briefText, row.standing)
    }

    init(_ bias: StandardizedBias) { self.init(bias.value, bias.text, bias.row.standing) }
  }

  let entries: [Entry]

  /// From the lowest to the highest, once if they read alike, and how many are marked.
  func text(unit: String = "") -> RichText {
    guard let lowest = entries.min(by: { $0.value < $1.value }),
      let highest = entries.max(by: { $0.value < $1.value })
    else { return RichText(ReportNumber.absent) }
    var result =
      (lowest.text == highest.text ? lowest.text : lowest.text + " to " + highest.text) + unit
    for standing in [Standing.below, .above] {
      let marked = entries.count { $0.standing == standing }
      if marked == 0 { continue }
      result +=
        entries.count == 1 ? standing.mark : ", \(ReportNumber.count(marked))\(standing.mark)"
    }
    return RichText(result)
  }
}
