import PlatformEssentials
import PoissonGLMM

/// The formula GLMM_POISSON that repeats a fit in a spreadsheet.
struct SpreadsheetFormula: Encodable, Equatable {
  /// Beginning with `=`; nil if the function has no such model.
  var formula: String?
  /// The cells that the formula speaks of, as a CSV file to be opened at A1; nil where the numbers
  /// stand in the formula itself.
  var cells: String?
  /// What to know about it: why there is none, or where its cells are.
  var note: String

  /// Excel takes no longer one.
  private static let longest = 8192

  init(_ report: FitReport, settings: FitSettings) {
    formula = nil
    let frame = report.frame
    if let reason = Self.obstacle(frame, settings) {
      note = "GLMM_POISSON has no such model: \(reason)."
      return
    }
    let hasIntercept = Self.isIntercept(frame.fixed[0])
    let x = Array(frame.fixed.dropFirst(hasIntercept ? 1 : 0))
    let slopes = Array(frame.random.dropFirst())
    let groups = DesignColumn(name: frame.factors[0].name, values: Self.numbers(frame.grouping))
    let counts = DesignColumn(name: "y", values: frame.counts)
    var options: [String] = []
    if !hasIntercept || settings.alpha != 0.05 { options.append(hasIntercept ? "TRUE" : "FALSE") }
    if settings.alpha != 0.05 { options.append(settings.alpha.description) }
    func call(_ arguments: [String]) -> String {
      let random = slopes.isEmpty ? (options.isEmpty ? [] : [""]) : [arguments[3]]
      return "=GLMM_POISSON("
        + (arguments.prefix(3) + random + options).joined(separator: ", ")
        .replacing(", ,", with: ",,") + ")"
    }
    let blocks = [[counts], x, [groups], slopes]
    let cellCount = frame.counts.count * blocks.reduce(0) { $0 + $1.count }
    // A cell and what parts it from the next are two characters at least.
    let inline = 2 * cellCount <= Self.longest ? call(blocks.map(Self.array)) : nil
    if let inline, inline.utf8.count <= Self.longest {
      formula = inline
      note = "It gives the table above wherever the function GLMM_POISSON is installed."
      return
    }
    formula = call(Self.ranges(blocks, rows: frame.counts.count))
    cells = Self.csv(blocks.flatMap { $0 })
    note =
      "The numbers are too many for a formula: it is about the cells of cells.csv, opened so that "
      + "its first name is in A1."
  }

  /// Why the function cannot fit the model; nil if it can.
  private static func obstacle(_ frame: ModelFrame, _ settings: FitSettings) -> String? {
    let factors = frame.factors
    if factors.isEmpty { return "it always has groups" }
    if factors.count > 1 { return "it has one grouping factor" }
    if frame.offset != nil { return "it has no exposure" }
    if settings.family != .poisson { return "its counts are Poisson" }
    guard let first = factors[0].terms.first, isIntercept(first) else {
      return "its groups always have a random intercept"
    }
    if factors[0].correlatedSets.contains(where: { $0.count > 1 }) {
      return "its random effects are independent of each other, as (1 + x || g) writes it"
    }
    if settings.approximation != FitOptions().approximation || settings.standardizes
      || settings.priors != Priors()
    {
      return "its cells have no place for these options"
    }
    if frame.fixed.allSatisfy(isIntercept) { return "it needs a predictor" }
    return nil
  }

  private static func isIntercept(_ column: DesignColumn) -> Bool {
    column.name == DesignColumn.intercept(rows: 0).name
  }

  /// The groups as numbers: their own names where these are numbers, else 1, 2, ...
  private static func numbers(_ grouping: Grouping) -> [Double] {
    let names = grouping.labels.map { Double($0) ?? .nan }
    let areNumbers = names.allSatisfy(\.isFinite) && Set(names).count == names.count
    return grouping.groupOfRow.map { areNumbers ? names[$0] : Double($0 + 1) }
  }

  private static func text(_ value: Double) -> String {
    value == value.rounded() && value.magnitude < 1e15
      ? String(printf: "%.0f", value) : value.description
  }

  /// `{1,2;3,4}`
  private static func array(_ columns: [DesignColumn]) -> String {
    let rows = columns.first?.values.indices ?? 0..<0
    return "{"
      + rows.map { row in columns.map { text($0.values[row]) }.joined(separator: ",") }
      .joined(separator: ";") + "}"
  }

  /// `B2:C101` for each block of columns, one beside the other below a row of names.
  private static func ranges(_ blocks: [[DesignColumn]], rows: Int) -> [String] {
    var next = 0
    return blocks.map { block in
      let (first, last) = (next, next + max(block.count, 1) - 1)
      next += block.count
      return "\(SpreadsheetColumn.letters(first))2:\(SpreadsheetColumn.letters(last))\(rows + 1)"
    }
  }

  private static func csv(_ columns: [DesignColumn]) -> String {
    let rows = columns.first?.values.indices ?? 0..<0
    return CSVLine.text(columns.map(\.name))
      + rows.map { row in CSVLine.exact(columns.map { text($0.values[row]) }) }.joined()
  }
}
