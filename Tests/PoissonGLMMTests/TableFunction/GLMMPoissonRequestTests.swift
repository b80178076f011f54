import Testing

@testable import PoissonGLMM

@Suite struct GLMMPoissonRequestTests {
  @Test func numbersTruthTextAndEmptinessAreToldApart() throws {
    let arguments = try read(
      """
      \u{FEFF}{ "groups" : [1, 1.0, -0, 2.5e-3, 1E+2],
        "y":[true,false,null,"",
             "caf\\u00e9 \\"\\\\\\n\\ud83d\\ude00 é"],\t"x":[[],{},{"a":[1,{"b":2}]}]}\r\n
      """)
    #expect(
      arguments.groups
        == .list([.number(1), .number(1), .number(0), .number(0.0025), .number(100)]))
    #expect(
      arguments.y
        == .list([.bool(true), .bool(false), .null, .text(""), .text("café \"\\\n😀 é")]))
    #expect(arguments.x == .list([.list([]), .text("{}"), .text(#"{"a":[1,{"b":2}]}"#)]))
  }

  /// The limit is on the depth of brackets, not on their number.
  @Test func aLongListIsNotADeepOne() throws {
    let rows = (0..<1000).map { "[\($0)]" }.joined(separator: ",")
    let arguments = try read(#"{"y": [\#(rows)], "x": 1, "groups": 1}"#)
    #expect(arguments.y == SpreadsheetValue(rows: (0..<1000).map { [Double($0)] }))
  }

  @Test func whatPythonWritesForNumbersThatAreNotFiniteIsRead() throws {
    let arguments = try read(
      #"{"y": NaN, "x": [Infinity, -Infinity, 1e400, -1e400], "groups": \#(longNumber)}"#)
    guard case .number(let y) = arguments.y else {
      Issue.record("y is \(arguments.y)")
      return
    }
    #expect(y.isNaN)
    #expect(
      arguments.x
        == .list([
          .number(.infinity), .number(-.infinity), .number(.infinity), .number(-.infinity),
        ]))
    #expect(arguments.groups == .number(.infinity))
  }

  private let longNumber = String(repeating: "9", count: 400)

  @Test(arguments: [
    ("", "line 1, column 1: expected an object in braces, but the text ends here."),
    ("[1]", #"line 1, column 1: expected an object in braces, found "["."#),
    ("{", "line 1, column 2: expected a key in double quotes, but the text ends here."),
    ("{\n\"y\":\n  [1, 2,]}", #"line 3, column 9: expected a value, found "]"."#),
    (#"{"y": [1 2]}"#, #"line 1, column 10: expected a comma or "]", found "2"."#),
    (#"{"é": 1, }"#, #"line 1, column 10: expected a key in double quotes, found "}"."#),
    (#"{"y" 1}"#, #"line 1, column 6: expected a colon after the key, found "1"."#),
    (#"{"y": 1, "x": 'a'}"#, #"line 1, column 15: expected a value, found "'"."#),
    (#"{"y": 01}"#, "line 1, column 7: a number cannot begin with 0 and another digit."),
    (#"{"y": 1.}"#, #"line 1, column 9: expected a digit, found "}"."#),
    (#"{"y": -}"#, #"line 1, column 8: expected a digit, found "}"."#),
    (#"{"y": .5}"#, #"line 1, column 7: expected a value, found "."."#),
    (#"{"y": 1e}"#, #"line 1, column 9: expected a digit, found "}"."#),
    (#"{"y": 0x1F}"#, #"line 1, column 8: expected a comma or "}", found "x"."#),
    (#"{"y": nul}"#, #"line 1, column 7: expected a value, found "n"."#),
    (#"{"y": "abc}"#, "line 1, column 7: this string has no end."),
    (#"{"y": "abc\"#, "line 1, column 7: this string has no end."),
    (
      #"{"y": "\x"}"#,
      "line 1, column 7: this string has a character or an escape that JSON does not allow."
    ),
    (
      #"{"y": "\ud800"}"#,
      "line 1, column 7: this string has a character or an escape that JSON does not allow."
    ),
    (#"{"y": 1} {"#, #"line 1, column 10: expected nothing after the object, found "{"."#),
    (#"{"y": 1, "x": 2, "y": 3}"#, #"line 1, column 18: the key "y" appears a second time."#),
    ("{\"y\": \u{1}}", #"line 1, column 7: expected a value, found "?"."#),
    (
      #"{"y": 1, "xrandom": 2}"#,
      #"line 1, column 10: unknown key "xrandom"; a request has y, x, groups, x_random, "#
        + "fit_intercept, alpha, approximation, spreadsheet, result, new_x, new_groups, "
        + "new_x_random."
    ),
  ])
  func whatIsNotARequestIsRefusedWithItsPlace(json: String, sentence: String) {
    let error = #expect(throws: GLMMPoissonError.self) { try read(json) }
    #expect(error?.description.hasPrefix("Invalid request: \(sentence)") == true, "\(error as Any)")
  }

  @Test(arguments: [
    ("{}", "y"), (#"{"x": 1, "groups": 1}"#, "y"), (#"{"y": 1, "groups": 1}"#, "x"),
    (#"{"y": 1, "x": 1}"#, "groups"),
  ])
  func aMissingArgumentIsNamed(json: String, name: String) {
    let error = #expect(throws: GLMMPoissonError.self) { try read(json) }
    #expect(error?.description == "Invalid input: \(name) is required.")
  }

  /// A recursion as deep as these brackets would overflow the stack.
  @Test(arguments: ["[", #"{"a":"#])
  func bracketsNestedBeyondReasonAreRefused(bracket: String) {
    let json = #"{"y": "# + String(repeating: bracket, count: 100_000)
    let error = #expect(throws: GLMMPoissonError.self) { try read(json) }
    #expect(error?.description.contains("nested more than") == true)
  }

  @Test func bytesThatAreNotUTF8AreRefused() {
    #expect(throws: GLMMPoissonError.self) {
      try GLMMPoissonArguments(json: Array(#"{"y": ""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8))
    }
    #expect(throws: GLMMPoissonError.self) {
      try GLMMPoissonArguments(json: [0x7B, 0xC3, 0x28, 0xFF])
    }
  }

  @discardableResult
  private func read(_ json: String) throws(GLMMPoissonError) -> GLMMPoissonArguments {
    try GLMMPoissonArguments(json: Array(json.utf8))
  }
}
