import Foundation
import PoissonGLMM
import Testing

@Suite struct CallTests {
  private let request =
    #"{"y": [[2],[3],[5],[1],[2],[4]], "x": [[1],[2],[3],[1],[2],[3]], "#
    + #""groups": [[1],[1],[1],[2],[2],[2]]}"#

  /// What is printed gives, read back, the very numbers that the library computes.
  @Test func theTableIsPrintedWithoutLossOfDigits() throws {
    let outcome = try call(request)
    #expect(outcome.status == 0)
    let printed = try JSONDecoder().decode(
      [[PrintedCell]].self, from: Data(outcome.output.utf8))
    guard
      case .table(let rows) = glmmPoisson(try GLMMPoissonArguments(json: Array(request.utf8)))
    else {
      Issue.record("the library has no table for the request")
      return
    }
    #expect(printed.map(\.count) == rows.map(\.count))
    for (printedCell, cell) in zip(printed.joined(), rows.joined()) {
      #expect(printedCell.cell == cell)
    }
  }

  /// The table has no room for them.
  @Test func warningsGoToStandardError() throws {
    let outcome = try call(request)
    #expect(
      outcome.error
        == "glmm-poisson: warning: There are only 2 groups: the standard deviations between groups "
        + "rest largely on their priors.\n")
    let quiet = try CommandRunner.run(["call", "--quiet"], input: request)
    #expect(quiet.error.isEmpty && quiet.output == outcome.output)
  }

  @Test func theRequestMayBeAFile() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(request, to: "request.json")
    let outcome = try CommandRunner.run(["call", file.path])
    #expect(outcome.status == 0)
    #expect(outcome.output == (try call(request)).output)
  }

  @Test(arguments: [
    (#"{"y": [["2"]], "x": 1, "groups": 1}"#, #""Invalid input: y[0][0] must be numeric.""#),
    (#"{"y": 1, "x": NaN, "groups": 1}"#, #""Invalid input: x[0][0] must be finite.""#),
    (#"{"y": 1, "x": 1}"#, #""Invalid input: groups is required.""#),
    (
      #"{"y": 1, "x": 1, "groups": 1, "alpha": true}"#,
      #""Invalid input: alpha must be between 0 and 1.""#
    ),
    (
      #"{"y": 1, "x": 1, "groups": 1, "fit_intercept": 1}"#,
      #""Invalid input: fit_intercept must be a boolean.""#
    ),
    (
      "",
      #""Invalid request: line 1, column 1: expected an object in braces, but the text ends here.""#
    ),
  ])
  func badInputIsAnsweredWithAStringAndStatus65(request: String, answer: String) throws {
    let outcome = try call(request)
    #expect(outcome.status == 65)
    #expect(outcome.output == answer + "\n")
    #expect(outcome.error.isEmpty)
  }

  @Test(arguments: ["[", #"{"y": "#, "{\"y\": \u{0}", "\u{FEFF}"])
  func anyTextIsAnsweredWithOneString(start: String) throws {
    let outcome = try call(String(repeating: start, count: 100_000))
    #expect(outcome.status == 65)
    let answer = try JSONDecoder().decode(String.self, from: Data(outcome.output.utf8))
    #expect(answer.hasPrefix("Invalid request: "))
  }

  @Test func aFileThatIsNotThereHasAStatusOfItsOwn() throws {
    let outcome = try CommandRunner.run(["call", "/nowhere/request.json"])
    #expect(outcome.status == 66)
    #expect(outcome.output.isEmpty)
    #expect(outcome.error.contains("/nowhere/request.json"))
  }

  @Test func aDirectoryIsNoFile() throws {
    let outcome = try CommandRunner.run(["call", "/"])
    #expect(outcome.status == 66)
    #expect(outcome.error == "glmm-poisson: /: expected a file, found a directory\n")
  }

  @Test func anUnknownOptionIsWrongUsage() throws {
    #expect(try CommandRunner.run(["call", "--unknown"]).status == 64)
  }

  private func call(_ request: String) throws -> CommandRunner.Result {
    try CommandRunner.run(["call"], input: request)
  }
}

/// A cell as it is read back from the printed table.
private struct PrintedCell: Decodable {
  let cell: TableCell

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      cell = .empty
    } else if let text = try? container.decode(String.self) {
      cell = .text(text)
    } else {
      cell = .number(try container.decode(Double.self))
    }
  }
}
