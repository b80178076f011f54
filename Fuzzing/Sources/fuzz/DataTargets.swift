@testable import GSLNumerics
@testable import PoissonGLMM

/// A CSV file. The first byte chooses how it is said to be written; all columns are read, as what
/// they may be.
enum CSVTarget {
  static func read(_ bytes: [UInt8]) {
    guard let choice = bytes.first.map(Int.init) else { return }
    let text = Array(bytes.dropFirst())
    let encodings = TextEncoding.allCases
    let separators: [CSVSeparator?] = [nil] + CSVSeparator.allCases
    let format = CSVFormat(
      separator: separators[choice % separators.count],
      decimalMark: DecimalMark.allCases[choice / 8 % 2],
      encoding: encodings[choice / 16 % encodings.count])
    let uses: [ColumnUse] = [.numberOrText, .number, .label]
    let use = uses[choice / 64 % uses.count]
    FuzzTarget.attempt {
      let names = try CSVReader.columnNames(input(text), format: format)
      // A buffer so small that fields go beyond it.
      let table = try CSVReader.read(
        input(text),
        columns: names.map { ColumnRequest(name: $0, use: use, keepsLabels: choice % 2 == 0) },
        format: format, bufferSize: 16)
      precondition(table.rowCount > 0)
    }
    FuzzTarget.attempt { _ = try DataSurvey(text, name: "data", format: format) }
  }

  private static func input(_ bytes: [UInt8]) -> MemoryInput {
    MemoryInput(bytes: bytes, name: "data")
  }
}

/// A formula, and the model that it makes of a table with a column of every kind.
enum FormulaTarget {
  static func read(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    let formula: Formula
    do {
      formula = try Formula(text)
    } catch {
      // Below the sentence stands the formula with a caret.
      FuzzTarget.requireSentence(error.message)
      _ = error.description
      return
    }
    FuzzTarget.attempt {
      _ = try ModelFrame(formula: formula, data: table).model(priors: Priors())
    }
  }

  private static let table: DataTable = {
    let text = """
      y,x,z,f,g,h,n
      2,0.5,1,a,1,p,10
      0,-1.5,2,b,1,q,12
      5,0.25,3,a,2,p,8
      1,2,1,c,2,q,
      3,-0.75,2,b,3,p,11
      4,1e-3,3,c,3,q,9
      0,0,1,a,4,p,10
      7,1,2,b,4,q,13
      """
    let names = ["y", "x", "z", "f", "g", "h", "n"]
    let table = try? CSVReader.read(
      MemoryInput(bytes: Array(text.utf8), name: "table"),
      columns: names.map { ColumnRequest(name: $0, use: .numberOrText, keepsLabels: true) })
    guard let table else { preconditionFailure("the table cannot be read") }
    return table
  }()
}

/// A fit that was saved: a header with a checksum, and what makes the fit. The checksum is made
/// right, since no fuzzer guesses it.
enum SavedFitTarget {
  static func read(_ bytes: [UInt8]) {
    var bytes = bytes
    let size = 40
    if bytes.count >= size {
      let words = [UInt64(bytes.count - size), FNV1a.hash(bytes[size...])]
      for (word, start) in zip(words, [24, 32]) {
        for place in 0..<8 { bytes[start + place] = UInt8(truncatingIfNeeded: word >> (8 * place)) }
      }
    }
    FuzzTarget.attempt { _ = try SavedFit(bytes: bytes) }
  }
}
