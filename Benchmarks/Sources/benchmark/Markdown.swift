import Foundation

/// A table in Markdown, printed row by row as results come in.
struct MarkdownTable {
  private let columns: Int

  /// The first columns are text, the others are numbers.
  init(_ headings: [String], textColumns: Int = 1) {
    columns = headings.count
    row(headings)
    row(headings.indices.map { $0 < textColumns ? "---" : "---:" })
  }

  /// Missing cells at the end are left empty.
  func row(_ cells: [String]) {
    let cells = cells + Array(repeating: "", count: max(0, columns - cells.count))
    StandardOutput.line("| " + cells.joined(separator: " | ") + " |")
  }
}

/// Lines on standard output, each visible at once.
enum StandardOutput {
  static func line(_ text: String = "") {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
  }
}

extension Double {
  /// Three significant digits, without an exponent where a reader can do without.
  var brief: String {
    guard isFinite else { return "–" }
    let size = magnitude
    if size >= 1000 { return String(format: "%.0f", self) }
    if size != 0 && size < 1e-6 { return String(format: "%.2e", self) }
    let decimals = size == 0 ? 0 : max(0, 2 - Int(log10(size).rounded(.down)))
    return String(format: "%.\(decimals)f", self)
  }
}

extension Int {
  /// With commas between the thousands.
  var grouped: String {
    let digits = Array(String(magnitude))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index).isMultiple(of: 3) { text += "," }
      text.append(digit)
    }
    return (self < 0 ? "-" : "") + text
  }

  /// Bytes as megabytes of 10^6.
  var megabytes: String { (Double(self) / 1e6).brief }
}
