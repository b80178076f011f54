import Foundation
import Testing

@testable import PoissonGLMM

private func read(
  _ text: String, _ columns: [ColumnRequest], bufferSize: Int = 1 << 18
) throws -> DataTable {
  try CSVReader.read(
    ByteInput(bytes: Array(text.utf8), name: "data.csv"), columns: columns, bufferSize: bufferSize)
}

private func number(_ name: String) -> ColumnRequest { ColumnRequest(name: name, use: .number) }
private func label(_ name: String) -> ColumnRequest { ColumnRequest(name: name, use: .label) }
private func either(_ name: String) -> ColumnRequest {
  ColumnRequest(name: name, use: .numberOrText)
}

/// The message for a text that cannot be read.
private func message(_ text: String, _ columns: [ColumnRequest]) -> String? {
  do {
    _ = try read(text, columns)
    return nil
  } catch {
    return "\(error)"
  }
}

@Suite struct CSVReaderTests {
  @Test func optionalColumnsMayBeLacking() throws {
    let wanted = [
      number("x"), ColumnRequest(name: "row", use: .label, isOptional: true), label("g"),
    ]
    #expect(try read("g,x\na,1\n", wanted).columnNames == ["x", "g"])
    #expect(try read("g,row,x\na,r,1\n", wanted).columnNames == ["x", "row", "g"])
    #expect(message("row,x\n1,2\n", wanted)?.contains("there is no column 'g'") == true)
  }

  @Test func aFileHasRowsWithoutWantedColumns() throws {
    #expect(try read("x,z\n1,2\n3,4\n", []).rowCount == 2)
  }

  /// Every form that RFC 4180 allows, and the additions the tokenizer names; read with buffers so
  /// small that each field meets the end of one.
  @Test(arguments: [4, 5, 6, 7, 11, 64, 1 << 18])
  func fieldsAndRows(bufferSize: Int) throws {
    let text =
      "\u{FEFF}x,\"the, \"\"name\"\"\",unused\r\n"
      + "1,\"a \"\"quoted\"\" word\",\"\"\"\"\r\n\r\n -2.5e-1 ,  plain "
      + "text\t,\"two\nlines\"\n\"3\", \" kept \" ,\r4,Ünïcode 群,end"
    let table = try read(
      text, [label("the, \"name\""), number("x")], bufferSize: bufferSize)
    #expect(table.columnNames == ["the, \"name\"", "x"])
    #expect(table.column(named: "x") == .numeric([1, -0.25, 3, 4]))
    #expect(
      table.column(named: "the, \"name\"")
        == .text(
          codes: [0, 1, 2, 3],
          levels: ["a \"quoted\" word", "plain text", " kept ", "Ünïcode 群"]))
    #expect(table.column(named: "unused") == nil)
    #expect(
      (0..<4).map(table.location) == ["data.csv:2", "data.csv:4", "data.csv:6", "data.csv:7"])
  }

  @Test func missingValuesAreEmptyFieldsAndNA() throws {
    let table = try read("a,b,c\n,NA,\nNA,,\"\"\n1,u,\n", [either("a"), either("b"), either("c")])
    guard case .numeric(let a) = table.column(named: "a"),
      case .numeric(let c) = table.column(named: "c")
    else {
      Issue.record("columns a and c should be numeric")
      return
    }
    #expect(a[0].isNaN && a[1].isNaN && a[2] == 1)
    #expect(c.allSatisfy(\.isNaN) && c.count == 3)
    #expect(table.column(named: "b") == .text(codes: [-1, -1, 0], levels: ["u"]))
  }

  /// A label is what is written, whatever the other rows hold.
  @Test(arguments: [
    ["1", "2", "1.0", "+2", "01"], ["1", "1.0", "B"], ["1e3", "1000", "1E3", "0x10"],
    ["01001", "1001"], ["-0", "0"],
  ])
  func labelsAreText(labels: [String]) throws {
    for more in [[], ["text"], ["7"]] {
      let all = labels + more
      let table = try read("g\n" + (all + all).joined(separator: "\n") + "\nNA\n", [label("g")])
      let codes = (0..<all.count).map(Int32.init)
      #expect(table.column(named: "g") == .text(codes: codes + codes + [-1], levels: all))
    }
  }

  @Test func aColumnOfNumbersKeepsItsLabelsOnRequest() throws {
    let both = ColumnRequest(name: "x", use: .number, keepsLabels: true)
    let table = try read("x,y\n01,5\n1,6\n,7\n", [both, number("y")])
    guard case .numeric(let x) = table.column(named: "x") else {
      Issue.record("the column should be numeric")
      return
    }
    #expect(x[0] == 1 && x[1] == 1 && x[2].isNaN)
    #expect(table.labels(named: "x") == .text(codes: [0, 1, -1], levels: ["01", "1"]))
    #expect(table.labels(named: "y") == table.column(named: "y"))
    #expect(table.columnNames == ["x", "y"])
  }

  /// Each pair rounds to the same Double; the second is the shortest there is, 2^53 and one more.
  @Test(arguments: [
    ["12345678901234567890", "12345678901234567891"], ["9007199254740992", "9007199254740993"],
  ])
  func longNumbersAreNotMergedAsLabels(labels: [String]) throws {
    let table = try read("g\n" + labels.joined(separator: "\n") + "\n", [label("g")])
    #expect(table.column(named: "g") == .text(codes: [0, 1], levels: labels))
  }

  @Test func manyLabels() throws {
    let names = (0..<5000).map { "label \($0 % 2500)" }
    let table = try read("g\n" + names.joined(separator: "\n"), [label("g")])
    #expect(
      table.column(named: "g")
        == .text(
          codes: (0..<5000).map { Int32($0 % 2500) }, levels: (0..<2500).map { "label \($0)" }))
  }

  @Test(arguments: [
    ("", "data.csv: expected a header row, found an empty file"),
    ("\n\n", "data.csv: expected a header row, found an empty file"),
    ("x,y\n", "data.csv: expected rows of data below the header, found none"),
    ("x,y\n1,2\n3\n", "data.csv:3:1: expected 2 fields, as in the header, found 1"),
    (
      "x,y\n1,2,3\n",
      "data.csv:2:3: expected 2 fields, as in the header, found more; a text or number that holds "
        + "a comma needs quotes around it"
    ),
    ("x,y\n1,2\n3,abc\n", "data.csv:3:2: expected a number in column 'y', found 'abc'"),
    ("x,y\n1,inf\n", "data.csv:2:2: expected a finite number in column 'y', found 'inf'"),
    (
      "x,y\n1,NaN\n",
      "data.csv:2:2: expected a number in column 'y', found 'NaN'; a missing value is an empty "
        + "field or NA, or what --na lists"
    ),
    (
      "x,y\n1,1e999\n",
      "data.csv:2:2: expected a number in column 'y', found one too large: '1e999'"
    ),
    (
      "x,y,y\n1,2,3\n",
      "data.csv:1:3: column 'y' is there twice, as columns 2 and 3"
    ),
    ("x,y\n1,\"2\n", "data.csv:2:2: the quote that opens this field is never closed"),
    (
      "x,y\n1,\"2\"3\n",
      "data.csv:2:2: expected a comma after the closing quote of a field"
    ),
    (
      "x,y\n5'10\",2\n",
      "data.csv:2:1: found a quote inside a field; a field with quotes is quoted as a whole, with "
        + "each quote in it doubled"
    ),
    (
      "x,Y\n1,2\n",
      "data.csv:1: there is no column 'y' (did you mean 'Y'?); the columns are x, Y"
    ),
  ])
  func whatIsWrongIsSaidWithItsPlace(text: String, expected: String) {
    #expect(message(text, [number("y")]) == expected)
  }

  /// Which of the two is the exception is decided by the whole column: the order of the rows does
  /// not matter.
  @Test func aColumnOfNumbersAndTextIsAnError() {
    let remedy = "; if the column holds categories, write factor(x) in the formula"
    for (text, line) in [("x\n1\n2\nlow\n", 4), ("x\nlow\n1\n2\n", 2), ("x\n1\nlow\n2\n", 3)] {
      #expect(
        message(text, [either("x")])
          == "data.csv:\(line):1: expected a number in column 'x', as in 2 rows, found 'low'"
          + remedy)
    }
    for (text, line) in [("x\nlow\nhigh\n3\n", 4), ("x\n3\nlow\nhigh\n", 2)] {
      #expect(
        message(text, [either("x")])
          == "data.csv:\(line):1: expected text in column 'x', as in 2 rows ('low'), found '3'"
          + remedy)
    }
    #expect(
      message("x\n\"2,5\"\n3\n\"3,5\"\n", [either("x")])
        == "data.csv:2:1: expected a number in column 'x', found '2,5'; decimals are expected "
        + "behind a point, and --decimal , reads a comma"
    )
    #expect(
      message("x\n\"1,000\"\n3\n", [either("x")])
        == "data.csv:2:1: expected a number in column 'x', found '1,000'; decimals are expected "
        + "behind a point, and --decimal , reads a comma; if it stands between thousands, take it "
        + "out")
    for word in ["1,031,000", "-12,345.5"] {
      #expect(
        message("x\n3\n\"\(word)\"\n", [either("x")])
          == "data.csv:3:1: expected a number in column 'x', found '\(word)'; take out the commas "
          + "between thousands")
    }
    for word in ["NaN", "na", ".", "NULL"] {
      for text in ["x\n\(word)\n2\n\(word)\n", "x\n2\n\(word)\n"] {
        #expect(
          message(text, [either("x")])?.hasSuffix(
            ":1: expected a number in column 'x', found '\(word)'; a missing value is an empty "
              + "field or NA, or what --na lists") == true)
      }
    }
    #expect(
      message("x\n-Inf\n2\n", [either("x")])
        == "data.csv:2:1: expected a finite number in column 'x', found '-Inf'")
  }

  @Test func invalidTextInAColumnNotAskedForIsNoMatter() throws {
    let bytes = Array("name,x\ncaf".utf8) + [0xE9] + Array(",1\n".utf8)
    let table = try CSVReader.read(ByteInput(bytes: bytes, name: "d"), columns: [number("x")])
    #expect(table.column(named: "x") == .numeric([1]))
  }

  @Test func anEndlessFieldIsAnError() {
    let text = "x\n\"" + String(repeating: "a", count: 5_000_000) + "\"\n"
    #expect(
      message(text, [label("x")])
        == "data.csv:2:1: the field is longer than 1048576 bytes; is a quote never closed?")
  }

  /// 5 million names, all of them empty: only the wanted ones and a few others are looked at. A
  /// release build takes 0.1 s for it, where comparing each name took 6 s.
  @Test func aHeaderOfManyNamesIsNoBurden() {
    let start = threadSeconds()
    #expect(
      message("x" + String(repeating: ",", count: 5_000_000) + "\n1\n", [number("y")])
        == "data.csv:1: there is no column 'y'; the columns are x and 5000000 without a name")
    #expect(threadSeconds() - start < 5)
    #expect(
      message(",,\n1,2,3\n", [number("y")])
        == "data.csv:1: there is no column 'y', and none of the 3 columns has a name")
    let many = (0..<5000).map { "c\($0)" }.joined(separator: ",")
    #expect(message(many + "\n", [number("zz")])?.hasSuffix("c18, c19 and 4980 more") == true)
  }

  @Test func filesThatAreNotThere() throws {
    #expect {
      try CSVReader.read(path: "/nowhere/data.csv", columns: ["x"])
    } throws: {
      ($0 as? CSVError)?.kind == .cannotOpen
        && "\($0)" == "/nowhere/data.csv: there is no such file"
    }
    #expect {
      try CSVReader.read(path: "/tmp", columns: ["x"])
    } throws: { "\($0)" == "/tmp: expected a file, found a directory" }
  }

  /// Whatever the bytes, there is a table or an error, the same for every buffer size.
  @Test func noInputCrashesAndBuffersDoNotMatter() {
    let alphabet = Array("\"\",,\n\r \t1.e-NAx".utf8) + [0xEF, 0xBB, 0xBF, 0x00]
    var generator = SplitMix(state: 11)
    for _ in 0..<5000 {
      let length = Int.random(in: 0...40, using: &generator)
      let bytes =
        Array("x,y\n".utf8)
        + (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      let outcomes = [4, 9, 1 << 18].map { size -> String in
        do {
          let table = try CSVReader.read(
            ByteInput(bytes: bytes, name: "d"), columns: [either("x"), label("y")],
            bufferSize: size)
          // Not the table as a whole: the order of a dictionary's entries is not fixed.
          return ["x", "y"].map { "\(String(describing: table.column(named: $0)))" }.joined()
            + (0..<table.rowCount).map(table.location).joined()
        } catch {
          return "\(error)"
        }
      }
      #expect(Set(outcomes).count == 1, "\(bytes)")
    }
  }

  /// The reader takes 0.3 s of processor time for this on the machine it was written on; 2 s is the
  /// promise made.
  @Test func aMillionRowsInUnderTwoSeconds() throws {
    var generator = SplitMix(state: 3)
    var text = "y,x1,x2,group,days\n"
    let numbers = (0..<1000).map { _ in "\(Double.random(in: -3...3, using: &generator))" }
    for row in 0..<1_000_000 {
      text += "\(row % 7),\(numbers[row % 1000]),\(numbers[row % 997]),g\(row / 10),"
      text += "\(numbers[row % 991])\n"
    }
    let input = ByteInput(bytes: Array(text.utf8), name: "data.csv")
    let start = threadSeconds()
    let table = try CSVReader.read(
      input, columns: [number("y"), either("x1"), either("x2"), label("group"), number("days")])
    let seconds = threadSeconds() - start
    #expect(table.rowCount == 1_000_000)
    #expect(seconds < 2)
  }
}

/// Processor time of this thread: other tests that run at the same time do not count.
private func threadSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
