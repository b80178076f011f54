import Foundation
import Testing

@testable import PoissonGLMM

private func read(
  _ bytes: [UInt8], _ columns: [ColumnRequest], _ format: CSVFormat = CSVFormat(),
  bufferSize: Int = 1 << 18
) throws -> DataTable {
  try CSVReader.read(
    ByteInput(bytes: bytes, name: "data.csv"), columns: columns, format: format,
    bufferSize: bufferSize)
}

private func message(
  _ bytes: [UInt8], _ columns: [ColumnRequest], _ format: CSVFormat = CSVFormat()
) -> String? {
  do {
    _ = try read(bytes, columns, format)
    return nil
  } catch {
    return "\(error)"
  }
}

private let number = ColumnRequest(name: "x", use: .number)
private let label = ColumnRequest(name: "g", use: .label)
private let both = [number, label]

private func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

private func utf16(_ text: String, isBigEndian: Bool) -> [UInt8] {
  text.utf16.flatMap { unit -> [UInt8] in
    let bytes = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
    return isBigEndian ? bytes : bytes.reversed()
  }
}

@Suite struct CSVFormatTests {
  private func expectTable(_ table: DataTable, x: [Double], g: [String]) {
    #expect(table.column(named: "x") == .numeric(x))
    #expect(table.column(named: "g") == .text(codes: g.indices.map(Int32.init), levels: g))
  }

  @Test(arguments: [
    "x,g\n1.5,a b\n2,c\n", "x;g\r\n1.5;a b\r\n2;c\r\n", "x\tg\n1.5\ta b\n2\tc\n",
    "x|g\n1.5|a b\n2|c",
    "\"x\";\"g\"\n\"1.5\";\"a b\"\n2;c\n", "sep=;\nx;g\n1.5;a b\n2;c\n",
    "\n\nx ; g\n1.5 ;a b \n2; c\n",
  ])
  func separatorsAreFound(text: String) throws {
    for size in [4, 7, 1 << 18] {
      expectTable(try read(utf8(text), both, bufferSize: size), x: [1.5, 2], g: ["a b", "c"])
    }
  }

  /// The separator is the one that gives the wanted columns, however many others the names hold.
  @Test func namesMayHoldOtherSeparators() throws {
    let text = "x,\"a;b;c;d\",g,e|f|h|i\n1.5,0,a,0\n"
    expectTable(try read(utf8(text), both), x: [1.5], g: ["a"])
    expectTable(try read(utf8("x;g;a, b, c, d\n1.5;a;0\n"), both), x: [1.5], g: ["a"])
  }

  /// An empty field between tabs is a missing value, and no blank.
  @Test func tabsAreNoBlanksWhereTheySeparate() throws {
    let table = try read(utf8("x\tz\tg\n1\t\ta\n2\t5\t\n"), both)
    #expect(table.column(named: "x") == .numeric([1, 2]))
    #expect(table.column(named: "g") == .text(codes: [0, -1], levels: ["a"]))
  }

  @Test func aSeparatorMayBeGiven() throws {
    let text = utf8("x;g\n1;a,b\n")
    expectTable(try read(text, both, CSVFormat(separator: .semicolon)), x: [1], g: ["a,b"])
    #expect(
      message(text, both, CSVFormat(separator: .tab))
        == "data.csv:1: there is no column 'x'; the columns are x;g; the fields "
        + "seem to be separated by semicolons, but tabs are expected")
    #expect(
      message(utf8("x  g\n1 a\n"), both)
        == "data.csv:1: there is no column 'x'; the columns are x  g; the fields seem to be "
        + "separated by spaces: write commas, semicolons or tabs")
    #expect(
      message(utf8("# made by hand\nx,g\n1,a\n"), both)
        == "data.csv:1: there is no column 'x'; the columns are # made by hand; the first line "
        + "begins with '#', but has to be the header: take comments out")
    #expect(
      message(utf8("x;g\n\"1\"2;a\n"), both)
        == "data.csv:2:1: expected a semicolon after the closing quote of a field")
    #expect(
      message(utf8("x;y\n1;2\n"), both)
        == "data.csv:1: there is no column 'g'; the columns are x, y")
  }

  @Test func decimalCommas() throws {
    let comma = CSVFormat(decimalMark: .comma)
    expectTable(
      try read(utf8("x;g\n-1,5;1,5\n2;b\n1,25e2;c\n0,00000000000000000000125;d\n"), both, comma),
      x: [-1.5, 2, 125, 1.25e-21], g: ["1,5", "b", "c", "d"])
    expectTable(try read(utf8("x,g\n\"1,5\",a\n"), both, comma), x: [1.5], g: ["a"])
    #expect(
      message(utf8("x;g\n1.5;a\n"), both, comma)
        == "data.csv:2:1: expected a number in column 'x', found '1.5'; decimals are expected "
        + "behind a comma, as --decimal , says")
    #expect(
      message(utf8("x;g\n1.234,5;a\n"), both, comma)
        == "data.csv:2:1: expected a number in column 'x', found '1.234,5'; take out the points "
        + "between thousands")
    #expect(
      message(utf8("x;g\n1,5;a\n"), both)
        == "data.csv:2:1: expected a number in column 'x', found '1,5'; decimals are expected "
        + "behind a point, and --decimal , reads a comma")
  }

  @Test func missingTexts() throws {
    let format = CSVFormat(missingTexts: ["NULL", "-", ".", "n/a"])
    let table = try read(
      utf8("x,g\n1,NULL\n-,a\n-2,.\n\".\",NA\n,\"n/a\"\nNULL,-.\n"), both, format)
    guard case .numeric(let x) = table.column(named: "x") else {
      Issue.record("the column should be numeric")
      return
    }
    #expect(x.map(\.isNaN) == [false, true, false, true, true, true])
    #expect(x[2] == -2)
    #expect(
      table.column(named: "g")
        == .text(codes: [-1, 0, -1, 1, -1, 2], levels: ["a", "NA", "-."]))
  }

  @Test(arguments: [4, 5, 1 << 18])
  func encodings(bufferSize: Int) throws {
    let text = "x;g\n1;Zoë\n2;群🦋\n"
    for isBigEndian in [true, false] {
      let marked = utf16("\u{FEFF}" + text, isBigEndian: isBigEndian)
      let plain = utf16(text, isBigEndian: isBigEndian)
      for (bytes, encoding) in [(marked, TextEncoding.utf8), (marked, .utf16), (plain, .utf16)] {
        let table = try read(
          bytes, both, CSVFormat(encoding: encoding), bufferSize: bufferSize)
        expectTable(table, x: [1, 2], g: ["Zoë", "群🦋"])
      }
      #expect(
        message(plain, both)
          == "data.csv: this seems to be UTF-16 without its mark: --encoding utf-16 reads it")
      #expect(message(marked.dropLast(), both) == "data.csv: this is not valid UTF-16")
    }
    let latin1 = utf8("x;g\n1;Zo") + [0xEB, 0x0A] + utf8("2;") + [0x80, 0xFF, 0x0A]
    expectTable(
      try read(latin1, both, CSVFormat(encoding: .latin1), bufferSize: bufferSize), x: [1, 2],
      g: ["Zoë", "€ÿ"])
    #expect(
      message(latin1, both)
        == "data.csv:2:2: column 'g' is not valid UTF-8; if an older program wrote it, "
        + "--encoding latin-1 may read it")
    // The mark of UTF-8 tells more than an option.
    expectTable(
      try read(utf8("\u{FEFF}x;g\n1;é\n"), both, CSVFormat(encoding: .latin1)), x: [1], g: ["é"])
  }

  /// What Python 3.11's `gzip.compress` makes of "x,g\n1,a\n" and of "2,b\n".
  private static let members: [[UInt8]] = [
    [
      0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xAB, 0xD0, 0x49, 0xE7,
      0x32, 0xD4, 0x49, 0xE4, 0x02, 0x00, 0x5F, 0xB2, 0x38, 0xA8, 0x08, 0x00, 0x00, 0x00,
    ],
    [
      0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x33, 0xD2, 0x49, 0xE2,
      0x02, 0x00, 0x89, 0xB0, 0x2F, 0xFD, 0x04, 0x00, 0x00, 0x00,
    ],
  ]

  @Test func gzip() throws {
    let (first, second) = (Self.members[0], Self.members[1])
    for size in [4, 1 << 18] {
      expectTable(try read(first, both, bufferSize: size), x: [1], g: ["a"])
      // Two files one behind the other are the two contents, and zeros behind them do not count.
      expectTable(
        try read(first + second + [0, 0], both, bufferSize: size), x: [1, 2], g: ["a", "b"])
    }
    #expect(
      message(first.dropLast(9), both)
        == "data.csv: the compressed data end too early: the file is cut off")
    var damaged = first
    damaged[12] ^= 0xFF
    #expect(message(damaged, both) == "data.csv: the compressed data are damaged")
  }
}
